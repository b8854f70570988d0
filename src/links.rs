//! Other names for the program, which acts as the cmdlet it is called by.

use pssession::error::{Cmdlet, ErrorRecord, Hint};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a name cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("The program cannot find its own file: {0}")]
    Program(io::Error),
    #[error("{} already exists and is not this program", .0.display())]
    Foreign(PathBuf),
    #[error("{} cannot be created: {source}", .link.display())]
    Make { link: PathBuf, source: io::Error },
}

impl LinkError {
    pub fn record(&self) -> ErrorRecord {
        let hint = match self {
            LinkError::Program(_) => {
                "ln -s /PATH/TO/connect-pssession DIR/get-pssession makes a link by hand"
            }
            LinkError::Foreign(_) => "move it away, or name another directory: --install-links DIR",
            LinkError::Make { .. } => "name a directory that you can write to: --install-links DIR",
        };
        let hint = Some(Hint::Text(hint.to_owned()));
        Cmdlet::ConnectPSSession.own(format!("{self}."), "LinksUnavailable", hint)
    }
}

/// A name that the program has now.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    pub path: PathBuf,
    /// It was there before.
    pub is_old: bool,
}

/// Gives the program these names in a directory, or beside it. The program's own name needs no link.
///
/// # Errors
/// What is there and is not this program stays as it is; then no link is made at all.
pub fn install(names: &[String], directory: Option<&Path>) -> Result<Vec<Link>, LinkError> {
    let program = std::env::current_exe().and_then(fs::canonicalize).map_err(LinkError::Program)?;
    let beside = program.parent().unwrap_or(Path::new("")).to_owned();
    let directory = directory.map_or(beside.clone(), Path::to_owned);
    let is_beside = fs::canonicalize(&directory).is_ok_and(|directory| directory == beside);
    let mut links = Vec::new();
    for name in names {
        let path = directory.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        let is_program = is_beside && path.file_name() == program.file_name();
        match fs::symlink_metadata(&path) {
            _ if is_program => {}
            Ok(_) if leads_to(&path, &program) => links.push(Link { path, is_old: true }),
            Ok(_) => return Err(LinkError::Foreign(path)),
            Err(_) => links.push(Link { path, is_old: false }),
        }
    }
    for link in links.iter().filter(|link| !link.is_old) {
        let target = if is_beside { program.file_name().map(Path::new) } else { None };
        make(target.unwrap_or(&program), &program, &link.path)
            .map_err(|source| LinkError::Make { link: link.path.clone(), source })?;
    }
    Ok(links)
}

/// Whether it is the program by another name: a link to its file, or the same file, or a copy of it.
fn leads_to(path: &Path, program: &Path) -> bool {
    if fs::canonicalize(path).is_ok_and(|path| path == program) {
        return true;
    }
    cfg!(not(unix)) && matches!((fs::read(path), fs::read(program)), (Ok(one), Ok(other)) if one == other)
}

/// `target` is the program as a symbolic link names it.
#[cfg(unix)]
fn make(target: &Path, _program: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// A symbolic link takes special rights here.
#[cfg(not(unix))]
fn make(_target: &Path, program: &Path, link: &Path) -> io::Result<()> {
    fs::hard_link(program, link).or_else(|_| fs::copy(program, link).map(drop))
}
