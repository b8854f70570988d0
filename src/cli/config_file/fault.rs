//! What can be wrong with a configuration file.

use std::path::PathBuf;

/// The file's keys and what they mean, for help and errors.
pub const KEYS: [(&str, &str); 11] = [
    ("application_name", "$PSSessionApplicationName: what an empty -ApplicationName means"),
    ("configuration_name", "$PSSessionConfigurationName: an empty -ConfigurationName"),
    ("user", "stands in for -Credential"),
    ("password_command", "stands in for --password-command"),
    ("trusted_hosts", "stands in for --trusted-hosts; an array of strings"),
    ("ca_file", "stands in for --ca-file"),
    ("cert_store", "stands in for --cert-store"),
    ("store", "stands in for --store"),
    ("timeout", "stands in for --timeout; a number"),
    ("output", "stands in for --output"),
    ("color", "stands in for --color"),
];

/// Why the file cannot be used; nothing is done then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The configuration file {} cannot be used: {fault}.", .file.display())]
pub struct BadConfigFile {
    pub file: PathBuf,
    pub fault: ConfigFault,
}

/// What is wrong with it. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    #[error("{0}")]
    Unreadable(String),
    #[error("line {line}: the key {key} is not known")]
    UnknownKey { line: usize, key: String },
    #[error("line {line}: {key}: {reason}")]
    BadValue { line: usize, key: String, reason: String },
    #[error("line {line}: {reason}")]
    Syntax { line: usize, reason: String },
}
