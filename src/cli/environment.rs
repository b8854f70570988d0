//! The environment of a run, as data: parsing itself reads no variable, no terminal and no file.

use super::config_file::BadConfigFile;
use crate::render::{Color, Output};
use pssession::secret::Secret;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The environment of one run.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub stdin: StandardInput,
    /// `PSSESSION_USER`: default for -Credential.
    pub user: Option<String>,
    /// `PSSESSION_PASSWORD`
    pub password: Option<Secret>,
    /// `PSSESSION_PROXY_PASSWORD`: for the ProxyCredential of -SessionOption.
    pub proxy_password: Option<Secret>,
    /// `PSSESSION_PASSWORD_COMMAND`: default for --password-command.
    pub password_command: Option<String>,
    /// `PSSESSION_STORE`: default for --store.
    pub store: Option<PathBuf>,
    /// `PSSESSION_TRUSTED_HOSTS`: default for --trusted-hosts.
    pub trusted_hosts: Option<String>,
    /// `PSSESSION_CERT_PASSWORD`: opens files with client certificates.
    pub cert_password: Option<Secret>,
    /// `PSSESSION_CERT_STORE`: default for --cert-store.
    pub cert_store: Option<PathBuf>,
    /// The rest only the configuration file says.
    pub ca_file: Option<PathBuf>,
    /// What an empty -ApplicationName means.
    pub application_name: Option<String>,
    /// What an empty -ConfigurationName means.
    pub configuration_name: Option<String>,
    pub timeout: Option<Duration>,
    pub reconnect_for: Option<Duration>,
    pub output: Option<Output>,
    pub color: Option<Color>,
    /// The configuration file cannot be used: no command is run.
    pub bad_config_file: Option<BadConfigFile>,
    /// How a file is read that an argument names.
    pub read_file: ReadFile,
    /// How a script is read; `-` is standard input.
    pub read_script: ReadFile,
    /// The width of the terminal that the output goes to.
    pub width: Option<u16>,
}

/// What is on the standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StandardInput {
    /// A terminal: nothing is read from it unasked, and missing parameters are prompted for.
    Terminal,
    /// A pipe, a socket or a file: PowerShell's pipeline.
    Pipeline,
    /// Something else, such as /dev/null under cron: read only if the command line asks for it.
    #[default]
    Nothing,
}

/// Reads the text of a file; by default, nothing can be read.
#[derive(Debug, Clone, Copy)]
pub struct ReadFile(pub fn(&Path) -> io::Result<String>);

impl ReadFile {
    pub fn read(self, path: &Path) -> io::Result<String> {
        self.0(path)
    }
}

impl Default for ReadFile {
    fn default() -> ReadFile {
        ReadFile(|_| Err(io::ErrorKind::Unsupported.into()))
    }
}

impl Environment {
    /// Reads the variables through `variable`, for example `std::env::var_os`. An empty variable counts as unset,
    /// and so does one that is not Unicode, except for the stores, which are paths.
    pub fn new(stdin: StandardInput, variable: impl Fn(&str) -> Option<OsString>) -> Environment {
        let raw = |name| variable(name).filter(|value| !value.is_empty());
        let text = |name| raw(name).and_then(|value| value.into_string().ok());
        // What `$(cat FILE)` leaves of a file from Windows.
        let line =
            |text: String| text.trim_start_matches('\u{FEFF}').trim_end_matches(['\r', '\n']).to_owned();
        let secret = |name| text(name).map(line).filter(|line| !line.is_empty()).map(Secret::new);
        Environment {
            stdin,
            user: text("PSSESSION_USER"),
            password: secret("PSSESSION_PASSWORD"),
            proxy_password: secret("PSSESSION_PROXY_PASSWORD"),
            password_command: text("PSSESSION_PASSWORD_COMMAND"),
            store: raw("PSSESSION_STORE").map(PathBuf::from),
            trusted_hosts: text("PSSESSION_TRUSTED_HOSTS"),
            cert_password: secret("PSSESSION_CERT_PASSWORD"),
            cert_store: raw("PSSESSION_CERT_STORE").map(PathBuf::from),
            ..Environment::default()
        }
    }
}
