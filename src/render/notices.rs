//! All that is said on stderr: a text, or a line of JSON where the records are JSON.

use super::{Color, Output, hint, json, progress, terminal};
use pssession::error::ErrorRecord;
use std::io::{self, IsTerminal, Write};

/// How things are said.
#[derive(Debug, Clone, Copy)]
pub struct Notices {
    json: bool,
    color: bool,
}

/// PowerShell's streams besides those of records and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Warning,
    Verbose,
    Debug,
    WhatIf,
}

impl Stream {
    /// The name, and what goes before the text where it is no JSON.
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Stream::Warning => ("Warning", "WARNING: "),
            Stream::Verbose => ("Verbose", "VERBOSE: "),
            Stream::Debug => ("Debug", "DEBUG: "),
            Stream::WhatIf => ("WhatIf", "What if: "),
        }
    }
}

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

impl Notices {
    pub fn new(output: Output, color: Color) -> Notices {
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Notices { json: output.is_json(), color }
    }

    pub fn error(self, error: &ErrorRecord) {
        match self.json {
            true => self.json(&json::error(error)),
            false => self.text(&error_text(error), Some(RED)),
        }
    }

    pub fn message(self, stream: Stream, text: &str) {
        let (name, prefix) = stream.marks();
        match self.json {
            true => self.json(&json::message(name, text)),
            false => self.text(
                &format!("{prefix}{}", terminal::line(text)),
                (stream == Stream::Warning).then_some(YELLOW),
            ),
        }
    }

    fn json(self, line: &str) {
        say(&terminal::harmless_json(line));
    }

    /// A text whose parts are harmless.
    fn text(self, text: &str, color: Option<&str>) {
        match color.filter(|_| self.color) {
            Some(color) => say(&format!("{color}{text}{PLAIN}")),
            None => say(text),
        }
    }
}

/// Writes a line to stderr. Where even that fails there is nothing left to do.
fn say(text: &str) {
    progress::aside(|| {
        let _ = writeln!(io::stderr(), "{text}");
    });
}

/// An error as Windows PowerShell 5.1 shows it, without the lines that quote the command; then the way out.
fn error_text(error: &ErrorRecord) -> String {
    let (name, type_name) = match &error.target {
        Some(target) => (shorten(&terminal::line(&target.name)), shorten(target.type_name)),
        None => Default::default(),
    };
    let mut text = format!(
        "{} : {}\n    + CategoryInfo          : {}: ({name}:{type_name}) [{}], {}\n    + FullyQualifiedErrorId : {}",
        error.cmdlet.name(),
        terminal::line(&error.message),
        error.category.name(),
        error.cmdlet.name(),
        error.reason,
        terminal::line(&error.fully_qualified_error_id)
    );
    if let Some(words) = error.hint.as_ref().and_then(hint::words) {
        text += "\n    hint: ";
        text += &terminal::line(&words);
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
