//! Where the configuration file is, and reading it.

use crate::cli::Environment;
use crate::cli::config_file::{BadConfigFile, ConfigFault, ConfigFile};
use pssession::store::{Links, UserDirectory, open_owned};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

/// More than any configuration has.
const MOST_OCTETS: u64 = 1 << 20;

/// Puts the configuration file behind what the environment says. A file that cannot be used is part of the result:
/// it stops what would need it, and not the help text.
pub fn behind(environment: Environment, variable: impl Fn(&str) -> Option<OsString>) -> Environment {
    match read(variable("PSSESSION_CONFIG").filter(|path| !path.is_empty())) {
        Ok(config) => config.behind(environment),
        Err(bad) => Environment { bad_config_file: Some(bad), ..environment },
    }
}

/// The file that is named, which must be there; else the one of the platform's configuration directory
/// (`$XDG_CONFIG_HOME`, `~/.config` or its like), which need not.
fn read(named: Option<OsString>) -> Result<ConfigFile, BadConfigFile> {
    let must_be_there = named.is_some();
    let usual = || Some(UserDirectory::Config.path()?.join("config.toml"));
    let Some(file) = named.map(PathBuf::from).or_else(usual) else { return Ok(ConfigFile::default()) };
    // It says where passwords come from and which servers are trusted with them.
    match open_owned(&file, Links::Refused).and_then(text) {
        Ok(text) => ConfigFile::parse(&file, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be_there => Ok(ConfigFile::default()),
        Err(error) => Err(BadConfigFile { file, fault: ConfigFault::Unreadable(error.to_string()) }),
    }
}

/// The text of a file that says how to do something; too long a text is refused and never cut.
///
/// # Errors
/// It cannot be read, is not UTF-8, or is too long.
pub fn text(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MOST_OCTETS + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST_OCTETS {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")),
        false => Ok(text),
    }
}
