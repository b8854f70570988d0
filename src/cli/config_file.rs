//! The configuration file: what PowerShell keeps in preference variables, and what is tedious to type each time.
//!
//! The command line and the environment override it. An unknown key is an error, because it may be a misspelled
//! security setting.

mod fault;

pub use fault::{BadConfigFile, ConfigFault, KEYS};

use super::environment::Environment;
use super::options;
use crate::render::{Color, Output};
use clap::ValueEnum;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the file says. What is not there stays open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    application_name: Option<String>,
    configuration_name: Option<String>,
    user: Option<String>,
    password_command: Option<String>,
    trusted_hosts: Option<Vec<String>>,
    ca_file: Option<PathBuf>,
    cert_store: Option<PathBuf>,
    store: Option<PathBuf>,
    #[serde(default, deserialize_with = "seconds::<1, _>")]
    timeout: Option<Duration>,
    #[serde(default, deserialize_with = "seconds::<0, _>")]
    reconnect_for: Option<Duration>,
    #[serde(default, deserialize_with = "one_of")]
    output: Option<Output>,
    #[serde(default, deserialize_with = "one_of")]
    color: Option<Color>,
}

impl ConfigFile {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &Path, text: &str) -> Result<ConfigFile, BadConfigFile> {
        let bad = |fault| BadConfigFile { file: file.to_owned(), fault };
        let mut config: ConfigFile = toml::from_str(text).map_err(|error| bad(fault(text, &error)))?;
        // The file may be read from any directory, so a path in it is not relative to the current directory.
        let directory = file.parent().unwrap_or(Path::new(""));
        for path in [&mut config.ca_file, &mut config.cert_store, &mut config.store].into_iter().flatten() {
            *path = directory.join(&path);
        }
        Ok(config)
    }

    /// Fills in what the environment leaves open.
    pub fn behind(self, environment: Environment) -> Environment {
        // A password of the environment goes before any command of the file.
        let has_password = environment.password.is_some() || environment.password_command.is_some();
        Environment {
            user: environment.user.or(self.user),
            password_command: environment
                .password_command
                .or(self.password_command.filter(|_| !has_password)),
            store: environment.store.or(self.store),
            trusted_hosts: environment.trusted_hosts.or(self.trusted_hosts.map(|hosts| hosts.join(","))),
            cert_store: environment.cert_store.or(self.cert_store),
            ca_file: environment.ca_file.or(self.ca_file),
            application_name: environment.application_name.or(self.application_name),
            configuration_name: environment.configuration_name.or(self.configuration_name),
            timeout: environment.timeout.or(self.timeout),
            reconnect_for: environment.reconnect_for.or(self.reconnect_for),
            output: environment.output.or(self.output),
            color: environment.color.or(self.color),
            ..environment
        }
    }
}

/// What is wrong, with the line and the key it is about. The parser's own words are not shown.
fn fault(text: &str, error: &toml::de::Error) -> ConfigFault {
    let Range { start, end } = error.span().unwrap_or_default();
    let line = text.get(..start).unwrap_or(text).matches('\n').count() + 1;
    let reason = error.message();
    if toml::from_str::<toml::Table>(text).is_err() {
        return match reason {
            "duplicate key" => ConfigFault::Twice { line },
            _ => ConfigFault::Syntax { line },
        };
    }
    if reason.starts_with("unknown field") {
        let key = text.get(start..end).unwrap_or_default().trim_matches(['"', '\'']);
        return ConfigFault::UnknownKey { line, key: key.to_owned() };
    }
    let is_head = |line: &&str| line.contains('=') || line.starts_with('[');
    let written = text.lines().take(line).filter(is_head).last().unwrap_or_default();
    let key = written.split('=').next().unwrap_or_default().trim_matches(['[', ']', ' ', '\t']).to_owned();
    match reason.starts_with("invalid type") {
        true => ConfigFault::BadType { line, type_name: type_of(&key), key },
        false => ConfigFault::BadValue { line, key, reason: reason.to_owned() },
    }
}

/// What the value of a key has to be.
fn type_of(key: &str) -> &'static str {
    match key {
        "timeout" | "reconnect_for" => "a number of seconds",
        "trusted_hosts" => "an array of strings",
        _ => "a string",
    }
}

/// At least so many.
fn seconds<'de, const LEAST: u64, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let seconds = i64::deserialize(deserializer)?;
    match u64::try_from(seconds) {
        Ok(number @ ..=0x7FFF_FFFF) if number >= LEAST => Ok(Some(Duration::from_secs(number))),
        _ => {
            Err(D::Error::custom(format!("{seconds} is not a number of seconds from {LEAST} to 2147483647")))
        }
    }
}

/// One of the values that an own option takes.
fn one_of<'de, D: Deserializer<'de>, T: ValueEnum>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = String::deserialize(deserializer)?;
    let no_member =
        |_| D::Error::custom(format!("\"{value}\" is not one of {}", options::names::<T>().join(", ")));
    T::from_str(&value, false).map(Some).map_err(no_member)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::StandardInput;
    use pssession::secret::Secret;

    fn parse(text: &str) -> Result<ConfigFile, ConfigFault> {
        ConfigFile::parse(Path::new("/etc/x/config.toml"), text).map_err(|bad| bad.fault)
    }

    const WHOLE: &str = "
        application_name = 'powershell'
        configuration_name = 'ITTasks'
        user = 'Domain01\\User01'
        password_command = 'pass show server01'
        trusted_hosts = ['server01', '*.example.com']
        ca_file = 'ca.pem'
        cert_store = '/home/user01/certs'
        store = 'sessions'
        timeout = 30
        reconnect_for = 0
        output = 'json'
        color = 'never'
    ";

    #[test]
    fn all_keys_are_known_and_told() {
        let environment = parse(WHOLE).unwrap().behind(Environment::default());
        let expected = Environment {
            user: Some("Domain01\\User01".into()),
            password_command: Some("pass show server01".into()),
            trusted_hosts: Some("server01,*.example.com".into()),
            ca_file: Some("/etc/x/ca.pem".into()),
            cert_store: Some("/home/user01/certs".into()),
            store: Some("/etc/x/sessions".into()),
            application_name: Some("powershell".into()),
            configuration_name: Some("ITTasks".into()),
            timeout: Some(Duration::from_secs(30)),
            reconnect_for: Some(Duration::ZERO),
            output: Some(Output::Json),
            color: Some(Color::Never),
            read_file: environment.read_file,
            ..Environment::default()
        };
        assert_eq!(format!("{environment:?}"), format!("{expected:?}"));
        let written: Vec<_> = WHOLE.lines().filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
        assert_eq!(written, KEYS.map(|(key, _)| key));
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let variables =
            |name: &str| (name != "PSSESSION_PASSWORD_COMMAND").then(|| format!("env {name}").into());
        let environment = Environment::new(StandardInput::Nothing, variables);
        let both = parse(WHOLE).unwrap().behind(environment.clone());
        assert_eq!(both.user, environment.user);
        assert_eq!(both.trusted_hosts, environment.trusted_hosts);
        assert_eq!(both.store, environment.store);
        assert_eq!(both.cert_store, environment.cert_store);
        // The variable's password goes before the file's command.
        assert_eq!(both.password_command, None);
        assert_eq!(both.password, Some(Secret::new("env PSSESSION_PASSWORD".into())));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_key() {
        for (text, expected) in [
            ("\nuser = 'a'\ntrusted_host = ['b']\n", "line 3: unknown key trusted_host"),
            ("[user]\nname = 1", "line 1: user: the value must be a string"),
            ("timeout = '30'", "line 1: timeout: the value must be a number of seconds"),
            ("timeout = 0", "line 1: timeout: 0 is not a number of seconds from 1 to 2147483647"),
            ("\noutput = \"xml\"", "line 2: output: \"xml\" is not one of "),
            (
                "reconnect_for = -1",
                "line 1: reconnect_for: -1 is not a number of seconds from 0 to 2147483647",
            ),
            ("color = 1", "line 1: color: the value must be a string"),
            ("trusted_hosts = 'a'", "line 1: trusted_hosts: the value must be an array of strings"),
            ("user = 'a'\nuser = 'b'", "line 2: a key is there twice"),
            ("user = ", "line 1: this is not TOML"),
            ("user", "line 1: this is not TOML"),
            ("\u{0}", "line 1: this is not TOML"),
        ] {
            let fault = parse(text).unwrap_err().to_string();
            assert!(fault.starts_with(expected), "{text:?}: {fault}");
        }
        assert_eq!(parse(""), Ok(ConfigFile::default()));
        assert_eq!(parse("# nothing\n"), Ok(ConfigFile::default()));
    }
}
