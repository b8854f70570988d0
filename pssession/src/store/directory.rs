//! The user's directories.

use std::env;
use std::path::PathBuf;

/// What a directory of the user is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserDirectory {
    /// What the user writes.
    Config,
    /// What the program remembers.
    State,
}

impl UserDirectory {
    /// Where it is: by the XDG Base Directory Specification, and on macOS and Windows by their own rules.
    pub fn path(self) -> Option<PathBuf> {
        const PROGRAM: &str = "connect-pssession";
        let absolute = |path: &PathBuf| path.is_absolute();
        let variable = |name| env::var_os(name).map(PathBuf::from).filter(absolute);
        let home = |below| Some(env::home_dir().filter(absolute)?.join(below));
        let (xdg, default, windows, inner) = match self {
            UserDirectory::Config => ("XDG_CONFIG_HOME", ".config", "APPDATA", "config"),
            UserDirectory::State => ("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA", "data"),
        };
        if cfg!(windows) {
            Some(variable(windows)?.join(PROGRAM).join(inner))
        } else if cfg!(target_os = "macos") {
            Some(home("Library/Application Support")?.join(PROGRAM))
        } else {
            Some(variable(xdg).or_else(|| home(default))?.join(PROGRAM))
        }
    }
}
