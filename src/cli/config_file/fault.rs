//! What can be wrong with a configuration file.

use std::path::PathBuf;

/// The file's keys and what they mean, for help and errors.
pub const KEYS: [(&str, &str); 12] = [
    ("application_name", "$PSSessionApplicationName: replaces an empty -ApplicationName"),
    ("configuration_name", "$PSSessionConfigurationName: replaces an empty -ConfigurationName"),
    ("user", "default for -Credential"),
    ("password_command", "default for --password-command"),
    ("trusted_hosts", "default for --trusted-hosts; an array of strings"),
    ("ca_file", "default for --ca-file"),
    ("cert_store", "default for --cert-store"),
    ("store", "default for --store"),
    ("timeout", "default for --timeout; a number"),
    ("reconnect_for", "default for --reconnect-for; a number"),
    ("output", "default for --output"),
    ("color", "default for --color"),
];

/// Why the file cannot be used; no command is run then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The configuration file {} cannot be used: {fault}.", .file.display())]
pub struct BadConfigFile {
    pub file: PathBuf,
    pub fault: ConfigFault,
}

impl BadConfigFile {
    /// What can be done about it.
    pub fn hint(&self) -> String {
        let file = self.file.display();
        match &self.fault {
            ConfigFault::Unreadable(_) => {
                format!("ls -l {file} shows whose it is; PSSESSION_CONFIG names another")
            }
            ConfigFault::UnknownKey { .. } => {
                format!("the known keys are {}", KEYS.map(|(key, _)| key).join(", "))
            }
            ConfigFault::BadValue { key, .. } | ConfigFault::BadType { key, .. } => {
                let example = match key.as_str() {
                    "timeout" => "30",
                    "reconnect_for" => "240",
                    "trusted_hosts" => "['server01']",
                    "output" => "'json'",
                    "color" => "'never'",
                    _ => "'VALUE'",
                };
                format!("write {key} = {example}")
            }
            ConfigFault::Twice { line } => format!("remove line {line}, or the one before it with that key"),
            ConfigFault::Syntax { .. } => "a line is written as user = 'alice' or timeout = 30".to_owned(),
        }
    }
}

/// What is wrong with it. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    #[error("{0}")]
    Unreadable(String),
    #[error("line {line}: unknown key {key}")]
    UnknownKey { line: usize, key: String },
    #[error("line {line}: {key}: {reason}")]
    BadValue { line: usize, key: String, reason: String },
    #[error("line {line}: {key}: the value must be {type_name}")]
    BadType { line: usize, key: String, type_name: &'static str },
    #[error("line {line}: a key is there twice")]
    Twice { line: usize },
    #[error("line {line}: this is not TOML")]
    Syntax { line: usize },
}
