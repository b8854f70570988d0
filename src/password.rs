//! Where a password comes from: a command, a file, the environment, the person at the terminal; never argv.

use crate::cli::credential::PasswordSource;
use crate::render;
use pssession::cmdlet::Request;
use pssession::cmdlet::connection::Credential;
use pssession::secret::{Masked, Secret};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// More than any password has.
const MOST_OCTETS: u64 = 64 * 1024;

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password command cannot be run: {0}")]
    Command(io::Error),
    #[error("the password command failed ({0})")]
    CommandFailed(std::process::ExitStatus),
    #[error("the password file {} cannot be read: {source}", .file.display())]
    File { file: PathBuf, source: io::Error },
    #[error("the password file {} can be read by others (chmod 600 mends that)", .0.display())]
    Exposed(PathBuf),
    #[error("the password is not UTF-8 text of one line")]
    NotText,
    #[error("there is no password for {user} and no terminal to ask for it")]
    NoTerminal { user: String },
    /// Ctrl-C instead of a password: the wish to end, and no error.
    #[error("the run was interrupted")]
    Interrupted,
}

/// The passwords of one run, each asked for once.
pub struct Passwords {
    source: PasswordSource,
    known: HashMap<String, Masked>,
}

impl Passwords {
    pub fn of(source: PasswordSource) -> Passwords {
        Passwords { source, known: HashMap::new() }
    }

    /// Asks for the password of the user whom the request names, if it names one, before anything else is done.
    pub fn prepare(&mut self, request: &Request) -> Result<(), PasswordError> {
        match request.connection().map(|connection| &connection.credential) {
            Some(Credential::UserName(user)) => self.password(user).map(drop),
            Some(Credential::CurrentUser | Credential::CertificateThumbprint(_)) | None => Ok(()),
        }
    }

    /// The password of a user. May wait for a person to type it.
    pub fn password(&mut self, user_name: &str) -> Result<Secret, PasswordError> {
        if let Some(password) = self.known.get(user_name) {
            return Ok(password.secret());
        }
        let password = read(&self.source, user_name)?;
        self.known.insert(user_name.to_owned(), Masked::of(&password));
        Ok(password)
    }
}

/// Gets the password of a user.
fn read(source: &PasswordSource, user: &str) -> Result<Secret, PasswordError> {
    match source {
        PasswordSource::Command(command) => of_command(command),
        PasswordSource::File(file) => of_file(file),
        PasswordSource::Environment(password) => Ok(password.clone()),
        PasswordSource::Terminal => match render::ask_secret(&format!("Password for user {user}: ")) {
            Ok(mut password) => Ok(Secret::new(std::mem::take(&mut password))),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::Interrupted => PasswordError::Interrupted,
                io::ErrorKind::InvalidData => PasswordError::NotText,
                _ => PasswordError::NoTerminal { user: user.to_owned() },
            }),
        },
    }
}

fn of_command(command: &str) -> Result<Secret, PasswordError> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .args([flag, command])
        // Its own input may be this program's list of sessions, and its environment need not know another password.
        .stdin(Stdio::null())
        .env_remove("PSSESSION_PASSWORD")
        .env_remove("PSSESSION_CERT_PASSWORD")
        .env_remove("PSSESSION_PROXY_PASSWORD")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(PasswordError::Command)?;
    let output = child.stdout.take().map_or(Err(PasswordError::NotText), first_line);
    let status = child.wait().map_err(PasswordError::Command)?;
    if status.success() { output } else { Err(PasswordError::CommandFailed(status)) }
}

fn of_file(file: &Path) -> Result<Secret, PasswordError> {
    let unreadable = |source| PasswordError::File { file: file.to_owned(), source };
    let opened = File::open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    if metadata.is_file() && is_exposed(&metadata) {
        return Err(PasswordError::Exposed(file.to_owned()));
    }
    first_line(opened)
}

#[cfg(unix)]
fn is_exposed(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &std::fs::Metadata) -> bool {
    false
}

fn first_line(source: impl Read) -> Result<Secret, PasswordError> {
    let mut line = Zeroizing::new(Vec::with_capacity(256));
    let mut reader = BufReader::with_capacity(1, source.take(MOST_OCTETS));
    reader.read_until(b'\n', &mut line).map_err(PasswordError::Command)?;
    while line.last().is_some_and(|end| matches!(end, b'\n' | b'\r')) {
        line.pop();
    }
    let text = std::str::from_utf8(&line).map_err(|_| PasswordError::NotText)?;
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_without_its_end() {
        let read = |text: &[u8]| first_line(text).map(|password| password.expose_secret().to_owned());
        assert_eq!(read(b"Passw0rd!\r\nmore\n").unwrap(), "Passw0rd!");
        assert_eq!(read(b" a b ").unwrap(), " a b ");
        assert!(matches!(read(b"\xFF\n"), Err(PasswordError::NotText)));
    }
}
