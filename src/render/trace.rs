//! What the program reports of itself: `-Debug` as lines on stderr, `--transcript` as a file.

use super::Settings;
use super::notices::{Notices, Stream};
use pssession::transcript::TARGET;
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Takes the library's events only: those of other crates may contain what must not be shown.
pub struct Trace {
    notices: Notices,
    is_debug: bool,
    transcript: Option<Transcript>,
}

impl Trace {
    pub fn new(settings: Settings, is_debug: bool, transcript: Option<Transcript>) -> Trace {
        Trace { notices: Notices::new(settings.output, settings.color), is_debug, transcript }
    }
}

impl Subscriber for Trace {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        match metadata.target() {
            TARGET => self.transcript.is_some(),
            target => self.is_debug && target.split("::").next() == Some("pssession"),
        }
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        match &self.transcript {
            Some(transcript) if event.metadata().target() == TARGET => {
                transcript.write(&line.0, self.notices)
            }
            Some(_) | None => self.notices.message(Stream::Debug, &line.0),
        }
    }

    // No spans are used.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

/// A file with the exchanges of this run; `None` once it could not be written.
pub struct Transcript(Mutex<Option<File>>, Instant);

impl Transcript {
    /// Makes the file, readable by this user only.
    pub fn create(path: &Path) -> io::Result<Transcript> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
        writeln!(file, "connect-pssession {version}, {os} {arch}; without names, addresses and contents\n")?;
        Ok(Transcript(Mutex::new(Some(file)), Instant::now()))
    }

    fn write(&self, text: &str, notices: Notices) {
        let Transcript(file, since) = self;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written =
            file.as_mut().map(|file| writeln!(file, "{:.3} s: {text}\n", since.elapsed().as_secs_f64()));
        if let Some(Err(error)) = written {
            *file = None;
            notices.message(Stream::Warning, &format!("The transcript ends here: {error}."));
        }
    }
}
