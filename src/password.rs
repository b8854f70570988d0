//! Where a password comes from: a command, a file, the environment, the person at the terminal; never argv.

use crate::cli::credential::PasswordSource;
use crate::render;
use pssession::cmdlet::Request;
use pssession::cmdlet::connection::Credential;
use pssession::error::Unavailable;
use pssession::secret::{Masked, Secret};
use pssession::store::{Links, open_owned};
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
    #[error("the password file {} can be read by others", .0.display())]
    Exposed(PathBuf),
    /// A wrong password counts for the account's lockout, so that what cannot be the right one is not sent.
    #[error("{origin} {flaw}")]
    Flawed { origin: Origin, flaw: Flaw },
    #[error("there is no password for {user} and no terminal to prompt for it")]
    NoTerminal { user: String },
    /// Ctrl-C instead of a password: the wish to end, and no error.
    #[error("the run was interrupted")]
    Interrupted,
}

impl PasswordError {
    pub fn unavailable(&self) -> Unavailable {
        Unavailable { reason: self.to_string(), hint: self.hint() }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Command(_) | Self::CommandFailed(_) | Self::Flawed { origin: Origin::Command, .. } => {
                "run the command by itself: the first line that it prints is taken for the password"
                    .to_owned()
            }
            Self::File { file, .. } => format!("ls -l {} shows who may read it", file.display()),
            Self::Exposed(file) => format!("chmod 600 {}", file.display()),
            Self::Flawed { origin: Origin::File(file), .. } => {
                format!("write the password in UTF-8 as the first line of {}", file.display())
            }
            Self::Flawed { origin: Origin::Terminal, .. } | Self::NoTerminal { .. } => {
                "use --password-command, --password-file, PSSESSION_PASSWORD_COMMAND or PSSESSION_PASSWORD"
                    .to_owned()
            }
            Self::Interrupted => return None,
        })
    }
}

/// Where a text came from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Origin {
    #[error("the first line that the password command printed")]
    Command,
    #[error("the first line of the password file {}", .0.display())]
    File(PathBuf),
    #[error("the typed password")]
    Terminal,
}

/// Why a text is not a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("is empty")]
    Empty,
    #[error("contains a NUL character; if it is UTF-16, save it as UTF-8")]
    Nul,
    #[error("is not UTF-8 text")]
    NotText,
    #[error("is longer than 64 KiB")]
    TooLong,
}

impl Flaw {
    fn of(self, origin: Origin) -> PasswordError {
        PasswordError::Flawed { origin, flaw: self }
    }
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
        PasswordSource::Terminal => match render::ask_secret(&format!("Password for user {user}")) {
            Ok(typed) => password(typed.as_bytes()).map_err(|flaw| flaw.of(Origin::Terminal)),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::Interrupted => PasswordError::Interrupted,
                io::ErrorKind::InvalidData => Flaw::NotText.of(Origin::Terminal),
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
    let line = child.stdout.take().map_or_else(|| Ok(Zeroizing::default()), first_line);
    let status = child.wait().map_err(PasswordError::Command)?;
    match password(&line.map_err(PasswordError::Command)?) {
        // A command that is not read to its end fails for that reason.
        Err(Flaw::TooLong) => Err(Flaw::TooLong.of(Origin::Command)),
        _ if !status.success() => Err(PasswordError::CommandFailed(status)),
        password => password.map_err(|flaw| flaw.of(Origin::Command)),
    }
}

fn of_file(file: &Path) -> Result<Secret, PasswordError> {
    let unreadable = |source| PasswordError::File { file: file.to_owned(), source };
    let opened = open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    if metadata.is_file() && is_exposed(&metadata) {
        return Err(PasswordError::Exposed(file.to_owned()));
    }
    let line = first_line(opened).map_err(unreadable)?;
    password(&line).map_err(|flaw| flaw.of(Origin::File(file.to_owned())))
}

/// A file that a shell has opened for this program, as `<(COMMAND)` does, is what the user made it.
fn open(file: &Path) -> io::Result<File> {
    let is_open = ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|place| file.starts_with(place));
    if is_open { File::open(file) } else { open_owned(file, Links::Followed) }
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

/// The first line with its end, or more of it than any password has.
fn first_line(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // The room for all of it is taken at once: a growing buffer would leave copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MOST_OCTETS as usize + 1));
    BufReader::with_capacity(1, source.take(MOST_OCTETS + 1)).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The password in a line. Editors of Windows put a mark before it and two characters after it.
fn password(line: &[u8]) -> Result<Secret, Flaw> {
    if line.len() as u64 > MOST_OCTETS {
        return Err(Flaw::TooLong);
    }
    let text = str::from_utf8(line).map_err(|_| Flaw::NotText)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).trim_end_matches(['\r', '\n']);
    match text {
        "" => Err(Flaw::Empty),
        text if text.contains('\0') => Err(Flaw::Nul),
        text => Ok(Secret::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<String, Flaw> {
        password(&first_line(text).unwrap()).map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_counts_without_its_mark_and_end() {
        assert_eq!(read(b"Passw0rd!\r\nmore\n").unwrap(), "Passw0rd!");
        assert_eq!(read("\u{FEFF}Passw0rd!\r\n".as_bytes()).unwrap(), "Passw0rd!");
        assert_eq!(read(b" a b ").unwrap(), " a b ");
        let longest = "x".repeat(MOST_OCTETS as usize);
        assert_eq!(read(longest.as_bytes()), Ok(longest));
    }

    #[test]
    fn what_cannot_be_the_password_is_not_taken_for_it() {
        for (text, flaw) in [
            (b"".as_slice(), Flaw::Empty),
            (b"\nPassw0rd!\n", Flaw::Empty),
            (b"\r\n", Flaw::Empty),
            ("\u{FEFF}\n".as_bytes(), Flaw::Empty),
            (b"P\0a\0s\0s\0\n\0", Flaw::Nul),
            (b"\xFF\xFEP\0a\0", Flaw::NotText),
            (b"\xFF\n", Flaw::NotText),
            (&[b'x'; MOST_OCTETS as usize + 1], Flaw::TooLong),
        ] {
            assert_eq!(read(text), Err(flaw), "{}", text.len());
        }
    }
}
