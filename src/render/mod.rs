//! Records to text: the only room that writes to stdout and stderr.
//!
//! stdout carries session records and nothing else; everything that is said about them goes to stderr.

mod ask;
mod debug;
mod exit_code;
mod json;
mod session_option;
mod table;
mod terminal;

pub use ask::ask;
pub use debug::DebugLines;
pub use exit_code::ExitCode;
pub use session_option::session_option;

use crate::cmdlet::{Flow, Host};
use crate::error::ErrorRecord;
use crate::session::PSSession;
use ask::Answer;
use std::io::{self, IsTerminal, Write};
use table::Table;

/// The forms of session records: the values of --output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// PowerShell's table.
    #[default]
    Table,
    /// PowerShell's list of all properties.
    List,
    /// One array.
    Json,
    /// One object a line, as it happens.
    JsonLines,
}

/// When colour is used; it never carries meaning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless NO_COLOR says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// What of the records is shown, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub output: Output,
    pub color: Color,
    /// 5.1's seven columns instead of the help page's six.
    pub wide: bool,
    pub verbose: bool,
    pub show_errors: bool,
    /// The first error ends the run.
    pub stop_at_error: bool,
    pub show_warnings: bool,
}

/// stdout and stderr of this process.
pub struct Console {
    settings: Settings,
    table: Table,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    records: usize,
    errors: usize,
    /// Nobody reads stdout any more.
    closed: bool,
    /// What was answered for all that is still to be asked.
    confirmed: Option<bool>,
}

impl Console {
    pub fn new(settings: Settings) -> Console {
        let stdout_is_terminal = io::stdout().is_terminal();
        Console {
            settings,
            table: Table::new(settings.wide, terminal::width(stdout_is_terminal)),
            stdout_is_terminal,
            stderr_is_terminal: io::stderr().is_terminal(),
            records: 0,
            errors: 0,
            closed: false,
            confirmed: None,
        }
    }

    /// Ends what the records began, and tells how the run went.
    pub fn finish(mut self) -> ExitCode {
        match (self.settings.output, self.records) {
            (Output::Table | Output::List, 0) | (Output::JsonLines, _) => {}
            (Output::Table | Output::List, _) => self.write(self.table.foot()),
            (Output::Json, 0) => self.write("[]\n"),
            (Output::Json, _) => self.write("\n]\n"),
        }
        if self.errors == 0 { ExitCode::Success } else { ExitCode::Error }
    }

    /// Writes to stdout. A closed pipe is the reader's way to say enough, not an error.
    fn write(&mut self, text: &str) {
        if self.closed {
            return;
        }
        let mut stdout = io::stdout().lock();
        if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            self.closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.errors += 1;
                say(&format!("connect-pssession: the records cannot be written: {error}"));
            }
        }
    }

    fn uses_color(&self) -> bool {
        match self.settings.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                self.stderr_is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    /// Says something on stderr, in the form of the format.
    fn message(&self, stream: &'static str, prefix: &str, text: &str) {
        match self.settings.output {
            Output::Table | Output::List => self.say(&format!("{prefix}{text}")),
            Output::Json | Output::JsonLines => say(&json::message(stream, text)),
        }
    }

    fn say(&self, text: &str) {
        if self.stderr_is_terminal { say(&terminal::harmless(text)) } else { say(text) }
    }

    fn flow(&self) -> Flow {
        if self.closed { Flow::Stop } else { Flow::GoOn }
    }
}

impl Host for Console {
    fn session(&mut self, session: &PSSession) -> Flow {
        let text = match self.settings.output {
            Output::Table | Output::List => {
                let head = if self.records == 0 { self.table.head() } else { String::new() };
                let text = head + &self.table.row(session);
                if self.stdout_is_terminal { terminal::harmless(&text).into_owned() } else { text }
            }
            Output::Json if self.records == 0 => format!("[\n{}", json::session(session)),
            Output::Json => format!(",\n{}", json::session(session)),
            Output::JsonLines => json::session(session) + "\n",
        };
        self.records += 1;
        self.write(&text);
        self.flow()
    }

    fn error(&mut self, error: &ErrorRecord) -> Flow {
        self.errors += 1;
        if self.settings.show_errors {
            match self.settings.output {
                Output::Table | Output::List => {
                    let text = error_text(error);
                    if self.uses_color() {
                        say(&format!("\x1b[31m{}\x1b[0m", terminal::harmless(&text)));
                    } else {
                        self.say(&text);
                    }
                }
                Output::Json | Output::JsonLines => say(&json::error(error)),
            }
        }
        if self.settings.stop_at_error { Flow::Stop } else { self.flow() }
    }

    fn warning(&mut self, text: &str) {
        if self.settings.show_warnings {
            self.message("Warning", "WARNING: ", text);
        }
    }

    fn verbose(&mut self, text: &str) {
        if self.settings.verbose {
            self.message("Verbose", "VERBOSE: ", text);
        }
    }

    fn what_if(&mut self, text: &str) {
        self.message("WhatIf", "What if: ", text);
    }

    fn confirm(&mut self, action: &str) -> io::Result<bool> {
        if let Some(answered) = self.confirmed {
            return Ok(answered);
        }
        let answer = ask::confirm(action)?;
        self.confirmed = match answer {
            Answer::YesToAll => Some(true),
            Answer::NoToAll => Some(false),
            Answer::Yes | Answer::No => None,
        };
        Ok(matches!(answer, Answer::Yes | Answer::YesToAll))
    }
}

/// An error as Windows PowerShell 5.1 shows it, without the lines that quote the command; then the way out.
fn error_text(error: &ErrorRecord) -> String {
    let (name, type_name) = match &error.target {
        Some(target) => (shorten(&target.name), shorten(target.type_name)),
        None => Default::default(),
    };
    let mut text = format!(
        "{} : {}\n    + CategoryInfo          : {}: ({name}:{type_name}) [{}], {}\n    + FullyQualifiedErrorId : {}",
        error.cmdlet.name(),
        error.message,
        error.category.name(),
        error.cmdlet.name(),
        error.reason,
        error.fully_qualified_error_id
    );
    if let Some(hint) = &error.hint {
        text += "\n    hint: ";
        text += hint;
    }
    text
}

/// A part of CategoryInfo longer than 40 characters keeps 15 at either end.
fn shorten(part: &str) -> String {
    let characters: Vec<char> = part.chars().collect();
    match characters.len() {
        0..=40 => part.to_owned(),
        length => {
            let end = |range: std::ops::Range<usize>| characters[range].iter().collect::<String>();
            format!("{}...{}", end(0..15), end(length - 15..length))
        }
    }
}

/// Writes a line to stderr. Where even that fails there is nobody left to tell.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes text to stdout, for help and the like.
pub fn show(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
