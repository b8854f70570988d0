//! Lines that are typed on the terminal, which is asked for by name: stdin and stdout may be pipes.
//!
//! A run takes SIGINT as a request to end early once it comes to it, and a read of the terminal goes on after a signal.
//! So a question looks for signals itself.

use super::typed_ahead::AheadLine;
use super::{progress, watch};
use std::io;
use zeroize::Zeroizing;

/// What is to be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Line,
    /// Half a line that was typed before the question is no part of its answer, and is discarded.
    Choice,
    /// It is not seen.
    Secret,
    /// One key instead of a line.
    Key {
        is_seen: bool,
    },
}

/// Shows a text, whose parts are harmless, and reads the line that is typed after it, without its end.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] after Ctrl-C or a signal, [`io::ErrorKind::UnexpectedEof`] when the input ends instead,
/// others when there is no terminal or what is typed is no text.
pub fn ask(text: &str, answer: Answer) -> io::Result<Zeroizing<String>> {
    watch::aside(|| progress::aside(|| ask_after(text, answer)))
}

/// As [`ask`], once what was typed ahead is no part of the answer, or the beginning of it, or all.
fn ask_after(text: &str, answer: Answer) -> io::Result<Zeroizing<String>> {
    let is_seen = matches!(answer, Answer::Line | Answer::Choice);
    let ahead = if let Answer::Key { .. } = answer { None } else { watch::next_line() };
    match ahead {
        Some(AheadLine::Whole(line)) => {
            system::show(&[text, if is_seen { line.as_str() } else { "" }, "\n"].concat())?;
            Ok(line)
        }
        Some(AheadLine::Begun(begun)) if answer != Answer::Choice => {
            let shown = [text, if is_seen { begun.as_str() } else { "" }].concat();
            let rest = system::ask(&shown, answer)?;
            Ok(Zeroizing::new([begun.as_str(), rest.as_str()].concat()))
        }
        Some(AheadLine::Begun(_)) | None => system::ask(text, answer),
    }
}

pub use system::{edit, show, unless_terminated};

/// What happens while a line is typed or read.
#[derive(Debug, PartialEq, Eq)]
pub enum Watched {
    Nothing,
    /// A text to show, whose parts are harmless.
    Said(String),
    /// The line is no longer wanted.
    Over,
}

#[cfg(unix)]
mod system {
    use super::{Answer, Watched};
    use crate::render::watch::{PAUSE, nothing_came};
    use rustix::io::{ioctl_fionbio, ioctl_fionread};
    use rustix::termios::{
        InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };
    use signal_hook::SigId;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::low_level::{pipe, unregister};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;
    use zeroize::Zeroizing;

    /// The longest line that a terminal gives (Linux).
    const MOST_OCTETS: usize = 4096;

    /// So often it is looked at what happens while a line is typed.
    const LOOK: Duration = Duration::from_millis(100);

    pub fn ask(text: &str, answer: Answer) -> io::Result<Zeroizing<String>> {
        let signals = Signals::watch(&[SIGINT, SIGTERM])?;
        let typing = Typing::begin(answer)?;
        (&typing.terminal).write_all(text.as_bytes())?;
        let line = typing.line(&signals);
        // The next thing that is shown begins on a line of its own.
        match &line {
            Ok(line) if typing.is_ahead && matches!(answer, Answer::Line | Answer::Choice) => {
                (&typing.terminal).write_all(line.as_bytes())?;
                (&typing.terminal).write_all(b"\n")?;
            }
            Ok(_) => {}
            Err(_) => (&typing.terminal).write_all(b"\n")?,
        }
        line
    }

    /// Shows a text on the terminal.
    pub fn show(text: &str) -> io::Result<()> {
        OpenOptions::new().write(true).open("/dev/tty")?.write_all(text.as_bytes())
    }

    /// The terminal while a line is typed; afterwards it is what it was.
    struct Typing {
        terminal: File,
        before: Termios,
        /// A line is there already, so that it was seen before the question and not behind it.
        is_ahead: bool,
        is_key: bool,
    }

    impl Typing {
        fn begin(answer: Answer) -> io::Result<Typing> {
            let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut during = before.clone();
            during.input_modes |= InputModes::ICRNL;
            during.local_modes |= LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHONL;
            let is_seen = !matches!(answer, Answer::Secret | Answer::Key { is_seen: false });
            during.local_modes.set(LocalModes::ECHO, is_seen);
            if let Answer::Key { .. } = answer {
                during.local_modes.remove(LocalModes::ICANON | LocalModes::ECHONL);
                during.special_codes[SpecialCodeIndex::VMIN] = 1;
                during.special_codes[SpecialCodeIndex::VTIME] = 0;
            }
            let is_ahead = ioctl_fionread(&terminal)? > 0;
            let discards = answer == Answer::Choice && !is_ahead;
            let when = if discards { OptionalActions::Flush } else { OptionalActions::Now };
            tcsetattr(&terminal, when, &during)?;
            Ok(Typing { terminal, before, is_ahead, is_key: matches!(answer, Answer::Key { .. }) })
        }

        /// A line, or as much as one key sends, unless a signal comes before.
        fn line(&self, signals: &Signals) -> io::Result<Zeroizing<String>> {
            let terminal = File::open("/dev/tty")?;
            ioctl_fionbio(&terminal, true)?;
            let mut line = Zeroizing::new(Vec::with_capacity(2 * MOST_OCTETS));
            let mut piece = Zeroizing::new([0; MOST_OCTETS]);
            while !line.ends_with(b"\n") && line.len() <= MOST_OCTETS {
                match (&terminal).read(&mut *piece) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        signals.pause(PAUSE)?;
                        continue;
                    }
                    Err(error) => return Err(error),
                    Ok(0) if line.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(0) => break,
                    Ok(length) => line.extend_from_slice(&piece[..length]),
                }
                if self.is_key {
                    break;
                }
            }
            let text = str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
            Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }

    impl Drop for Typing {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// Waits for something, unless there is a request to end before, or it is no longer wanted.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`]
    pub fn unless_terminated<T: Send + 'static>(
        wait: impl FnOnce() -> io::Result<T> + Send + 'static,
        watch: &mut dyn FnMut() -> Watched,
    ) -> io::Result<T> {
        Signals::watch(&[SIGTERM])?.unless_they_come(wait, watch)?
    }

    /// As [`unless_terminated`], for an editor that changes the terminal's mode until it has its line.
    pub fn edit<T: Send + 'static>(
        edit: impl FnOnce() -> T + Send + 'static,
        watch: &mut dyn FnMut() -> Watched,
    ) -> io::Result<T> {
        const NO_BRACKETED_PASTE: &[u8] = b"\x1b[?2004l\r\n";
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let edited = Signals::watch(&[SIGTERM])?.unless_they_come(edit, watch);
        if edited.is_err() {
            let _ = (&terminal).write_all(NO_BRACKETED_PASTE);
            let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
        }
        edited
    }

    /// Signals that end a wait: Ctrl-C, the polite request to end, or both.
    struct Signals {
        watched: Vec<SigId>,
        woken: UnixStream,
        wake: UnixStream,
    }

    impl Signals {
        fn watch(watched: &[i32]) -> io::Result<Signals> {
            let (woken, wake) = UnixStream::pair()?;
            let mut signals = Signals { watched: Vec::new(), woken, wake };
            for signal in watched {
                signals.watched.push(pipe::register(*signal, signals.wake.try_clone()?)?);
            }
            Ok(signals)
        }

        /// Lets time pass.
        ///
        /// # Errors
        /// [`io::ErrorKind::Interrupted`] when a signal comes.
        fn pause(&self, time: Duration) -> io::Result<()> {
            self.woken.set_read_timeout(Some(time))?;
            match (&self.woken).read(&mut [0]) {
                Ok(_) => Err(io::ErrorKind::Interrupted.into()),
                Err(error) if nothing_came(&error) => Ok(()),
                Err(error) => Err(error),
            }
        }

        /// Waits aside, since not every system can wait for a terminal and for something else; a thread that is left behind
        /// ends with the process.
        fn unless_they_come<T: Send + 'static>(
            self,
            wait: impl FnOnce() -> T + Send + 'static,
            watch: &mut dyn FnMut() -> Watched,
        ) -> io::Result<T> {
            let (sender, receiver) = mpsc::channel();
            let mut wake = self.wake.try_clone()?;
            thread::Builder::new().spawn(move || {
                let _ = sender.send(wait()).map(|()| wake.write_all(b"!"));
            })?;
            // Being woken is no interruption yet: it may be that there is what was waited for.
            while self.pause(LOOK).is_ok() && watch() != Watched::Over {}
            receiver.try_recv().map_err(|_| io::ErrorKind::Interrupted.into())
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            self.watched.drain(..).for_each(|signal| {
                unregister(signal);
            });
        }
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Answer, Watched};
    use std::fs::OpenOptions;
    use std::io::{self, BufRead, BufReader, Write};
    use zeroize::Zeroizing;

    pub fn unless_terminated<T>(
        wait: impl FnOnce() -> io::Result<T>,
        _: &mut dyn FnMut() -> Watched,
    ) -> io::Result<T> {
        wait()
    }

    pub fn edit<T>(edit: impl FnOnce() -> T, _: &mut dyn FnMut() -> Watched) -> io::Result<T> {
        Ok(edit())
    }

    pub fn show(text: &str) -> io::Result<()> {
        OpenOptions::new().write(true).open("CONOUT$")?.write_all(text.as_bytes())
    }

    pub fn ask(text: &str, answer: Answer) -> io::Result<Zeroizing<String>> {
        if answer == Answer::Secret {
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
