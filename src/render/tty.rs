//! Lines that are typed on the terminal, which is asked for by name: stdin and stdout may be pipes.
//!
//! A run takes SIGINT as the wish to end early and goes on waiting; so does a read of the terminal. While a line is
//! typed, the character for it therefore ends the line, and is seen here.

use super::{progress, terminal};
use std::io;
use zeroize::Zeroizing;

/// Whether what is typed is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    On,
    Off,
}

/// Shows a text and reads the line that is typed after it, without its end.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] after Ctrl-C or a signal, [`io::ErrorKind::UnexpectedEof`] when the input ends instead,
/// others when there is no terminal or what is typed is no text.
pub fn ask(text: &str, echo: Echo) -> io::Result<Zeroizing<String>> {
    progress::aside(|| system::ask(&terminal::harmless(text), echo))
}

#[cfg(unix)]
mod system {
    use super::Echo;
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use rustix::termios::{InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
    use rustix::termios::{tcgetattr, tcsetattr};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read, Write};
    use zeroize::Zeroizing;

    /// The longest line that a terminal gives (Linux).
    const MOST_OCTETS: usize = 4096;

    pub fn ask(text: &str, echo: Echo) -> io::Result<Zeroizing<String>> {
        let typing = Typing::begin(echo)?;
        (&typing.terminal).write_all(text.as_bytes())?;
        let line = typing.line();
        if line.is_err() {
            // The next thing that is shown begins on a line of its own.
            (&typing.terminal).write_all(b"\n")?;
        }
        line
    }

    /// The terminal while a line is typed; afterwards it is what it was.
    struct Typing {
        terminal: File,
        before: Termios,
        /// What Ctrl-C sends.
        interrupt: u8,
    }

    impl Typing {
        fn begin(echo: Echo) -> io::Result<Typing> {
            let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let interrupt = before.special_codes[SpecialCodeIndex::VINTR];
            let mut during = before.clone();
            during.special_codes[SpecialCodeIndex::VINTR] = DISABLED;
            during.special_codes[SpecialCodeIndex::VEOL] = interrupt;
            during.input_modes |= InputModes::ICRNL;
            during.local_modes |= LocalModes::ICANON | LocalModes::ECHONL;
            during.local_modes.set(LocalModes::ECHO, echo == Echo::On);
            tcsetattr(&terminal, OptionalActions::Now, &during)?;
            Ok(Typing { terminal, before, interrupt })
        }

        fn line(&self) -> io::Result<Zeroizing<String>> {
            let mut line = Zeroizing::new(Vec::with_capacity(2 * MOST_OCTETS));
            let mut piece = Zeroizing::new([0; MOST_OCTETS]);
            while line.len() < MOST_OCTETS {
                self.wait()?;
                let length = (&self.terminal).read(&mut *piece)?;
                line.extend_from_slice(&piece[..length]);
                match line.last() {
                    None => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Some(b'\n') => break,
                    Some(last) if *last == self.interrupt && self.interrupt != DISABLED => {
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                    Some(_) if length == 0 => break,
                    Some(_) => {}
                }
            }
            let text = str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
            let text = text.trim_end_matches(['\r', '\n']);
            Ok(Zeroizing::new(text.to_owned()))
        }

        /// Waits for the line, or for a signal: unlike a read, this is not taken up again after one. Where a terminal
        /// cannot be waited for (macOS), the read does.
        fn wait(&self) -> io::Result<()> {
            match poll(&mut [PollFd::new(&self.terminal, PollFlags::IN)], None) {
                Err(Errno::INTR) => Err(io::ErrorKind::Interrupted.into()),
                _ => Ok(()),
            }
        }
    }

    impl Drop for Typing {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// _POSIX_VDISABLE: no character does it.
    const DISABLED: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xFF };
}

#[cfg(not(unix))]
mod system {
    use super::Echo;
    use std::fs::OpenOptions;
    use std::io::{self, BufRead, BufReader, Write};
    use zeroize::Zeroizing;

    pub fn ask(text: &str, echo: Echo) -> io::Result<Zeroizing<String>> {
        if echo == Echo::Off {
            return rpassword::prompt_password(text).map(Zeroizing::new);
        }
        let mut output = OpenOptions::new().write(true).open("CONOUT$")?;
        let input = OpenOptions::new().read(true).open("CONIN$")?;
        output.write_all(text.as_bytes())?;
        output.flush()?;
        let mut line = Zeroizing::new(String::new());
        if BufReader::new(input).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(length);
        Ok(line)
    }
}
