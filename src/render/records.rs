//! Session records on stdout, in the form that was asked for.

use super::table::Table;
use super::{Output, csv, json, list, progress, terminal};
use jiff::tz::TimeZone;
use pssession::record::PSSession;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::time::SystemTime;

/// The records of one run.
pub struct Records {
    form: Form,
    is_terminal: bool,
    written: usize,
    /// Nothing more can be written.
    closed: bool,
}

enum Form {
    Table(Table),
    /// With the zone of its times.
    List(Option<TimeZone>),
    Json,
    JsonLines,
    /// Whether a person reads it. A program gets what there is, to the letter.
    Csv {
        at_terminal: bool,
    },
    Id,
}

impl Records {
    pub fn new(output: Output, wide: bool) -> Records {
        let is_terminal = io::stdout().is_terminal();
        let form = match output {
            Output::Table => Form::Table(Table::new(wide, terminal::width(is_terminal))),
            Output::List => Form::List(TimeZone::try_system().ok()),
            Output::Json => Form::Json,
            Output::JsonLines => Form::JsonLines,
            Output::Csv => Form::Csv { at_terminal: is_terminal },
            Output::Id => Form::Id,
        };
        Records { form, is_terminal, written: 0, closed: false }
    }

    /// Writes a session, and what goes before the first one.
    ///
    /// # Errors
    /// As `write`; after an error nothing is written any more, and that is none.
    pub fn session(&mut self, session: &PSSession) -> io::Result<()> {
        let text = self.form.session(session, self.written == 0);
        self.written += 1;
        self.write(&text)
    }

    /// Whether there were any.
    pub fn any(&self) -> bool {
        self.written > 0
    }

    /// Ends what the records began.
    ///
    /// # Errors
    /// As `write`.
    pub fn finish(&mut self) -> io::Result<()> {
        match (&self.form, self.written) {
            (Form::Json, 0) => self.write("[]\n"),
            (Form::Json, _) => self.write("\n]\n"),
            (Form::Table(_) | Form::List(_), 1..) => self.write("\n\n"),
            _ => Ok(()),
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let written = write(&self.shown(text));
        self.closed = written.is_err();
        written
    }

    fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match (&self.form, self.is_terminal) {
            // People read these behind a pipe too.
            (Form::Table(_) | Form::List(_), _) => terminal::harmless(text),
            (Form::Json | Form::JsonLines, true) => terminal::harmless_json(text),
            (Form::Json | Form::JsonLines | Form::Csv { .. } | Form::Id, _) => text.into(),
        }
    }
}

impl Form {
    /// The text of a session, with what goes before the first one.
    fn session(&self, session: &PSSession, first: bool) -> String {
        match self {
            Form::Table(table) if first => table.head() + &table.row(session),
            Form::Table(table) => table.row(session),
            Form::List(zone) => format!("\n{}", list::session(session, zone.as_ref(), SystemTime::now())),
            Form::Json if first => format!("[\n{}", json::session(session)),
            Form::Json => format!(",\n{}", json::session(session)),
            Form::JsonLines => json::session(session) + "\n",
            Form::Csv { at_terminal } if first => csv::header(session) + &csv::row(session, *at_terminal),
            Form::Csv { at_terminal } => csv::row(session, *at_terminal),
            // One that has no Id here is named by what names it everywhere.
            Form::Id => match session.id {
                Some(id) => format!("{id}\n"),
                None => format!("{}\n", session.instance_id),
            },
        }
    }
}

/// Writes to stdout.
///
/// # Errors
/// Those of the stream; a closed pipe is [`io::ErrorKind::BrokenPipe`].
pub fn write(text: &str) -> io::Result<()> {
    let seen = if io::stdout().is_terminal() { text } else { "" };
    progress::writing(seen, || {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_session_that_was_only_seen_is_told_by_its_instance_id() {
        let mut session = samples::session(4, "ITTask", "Server01", "ITTasks");
        assert_eq!(Form::Id.session(&session, true), "4\n");
        session.id = None;
        assert_eq!(Form::Id.session(&session, true), "00000000-0000-0000-0000-000000000000\n");
    }
}
