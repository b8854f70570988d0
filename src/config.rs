//! Where the configuration file is, and reading it.

use crate::cli::Environment;
use crate::cli::config_file::{BadConfigFile, ConfigFault, ConfigFile};
use pssession::store::UserDirectory;
use std::ffi::OsString;
use std::io;
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
    match text(&file) {
        Ok(text) => ConfigFile::parse(&file, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be_there => Ok(ConfigFile::default()),
        Err(error) => Err(BadConfigFile { file, fault: ConfigFault::Unreadable(error.to_string()) }),
    }
}

fn text(file: &PathBuf) -> io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)?.take(MOST_OCTETS).read_to_string(&mut text)?;
    Ok(text)
}
