//! All that is said on stderr: a text, or a line of JSON where the records are JSON.

use super::host_text::HostText;
use super::left::Left;
use super::outcomes::Outcomes;
use super::{Color, Output, hint, json, progress, terminal};
use pssession::error::ErrorRecord;
use pssession::host::HostRequest;
use std::io::{self, IsTerminal, Write};

/// How things are said.
#[derive(Debug, Clone, Copy)]
pub struct Notices {
    json: bool,
    color: bool,
    colors_output: bool,
}

/// PowerShell's streams besides those of records and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Warning,
    Verbose,
    Debug,
    WhatIf,
    /// Write-Host and the like.
    Information,
}

impl Stream {
    /// The name, and what goes before the text where it is no JSON.
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Stream::Warning => ("Warning", "WARNING: "),
            Stream::Verbose => ("Verbose", "VERBOSE: "),
            Stream::Debug => ("Debug", "DEBUG: "),
            Stream::WhatIf => ("WhatIf", "What if: "),
            Stream::Information => ("Information", ""),
        }
    }
}

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

impl Notices {
    pub fn new(output: Output, color: Color) -> Notices {
        let colors = |is_terminal| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Notices {
            json: output.is_json(),
            color: colors(io::stderr().is_terminal()),
            colors_output: colors(io::stdout().is_terminal()),
        }
    }

    /// Whether output that has colors of its own keeps them.
    pub fn colors_output(self) -> bool {
        self.colors_output
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

    /// What a remote command says on a stream, line by line.
    pub fn remote(self, computer: Option<&str>, stream: Stream, text: &str) {
        let (name, prefix) = stream.marks();
        if self.json {
            return self.json(&json::remote_message(name, computer, text));
        }
        let text = terminal::output(text);
        let text = format!("{}{prefix}{text}", mark(computer));
        self.text(&text, (stream == Stream::Warning).then_some(YELLOW));
    }

    /// What a script writes to its host.
    pub fn host(self, text: &mut HostText, computer: &str, mark: Option<&str>, call: &HostRequest) {
        if self.json {
            if let HostRequest::Write { text, .. } | HostRequest::WriteErrorLine(text) = call {
                self.json(&json::remote_message("Information", mark, text));
            }
            return;
        }
        let mark = mark.map(|computer| self::mark(Some(computer)));
        if let Some(shown) = text.of(computer, mark.as_deref(), call, self.color) {
            put(&shown);
        }
    }

    /// An error of a remote command, as a text whose parts are not harmless yet, or as JSON.
    pub fn remote_error(self, computer: Option<&str>, text: &str, json: impl FnOnce() -> String) {
        match self.json {
            true => self.json(&json()),
            false => self.text(&format!("{}{}", mark(computer), terminal::output(text)), Some(RED)),
        }
    }

    /// How to go on with a session that was left.
    pub fn left(self, left: &Left) {
        match self.json {
            true => self.json(&json::left(left)),
            false => left.lines().iter().for_each(|line| self.text(line, None)),
        }
    }

    /// How many commands ended well, and on which computers they did not.
    pub fn recap(self, outcomes: &Outcomes) {
        let (failed, unreachable) = outcomes.failed();
        let ok = outcomes.succeeded();
        if self.json {
            return self.json(&json::recap(ok, &failed, &unreachable));
        }
        let mut text = format!("{ok} ok, {} failed, {} unreachable.", failed.len(), unreachable.len());
        for (name, computers) in [("Failed", failed), ("Unreachable", unreachable)] {
            if !computers.is_empty() {
                text += &format!(" {name}: {}", terminal::line(&computers.join(",")));
            }
        }
        self.text(&text, None);
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

/// Which computer a line is from.
fn mark(computer: Option<&str>) -> String {
    computer.map(|computer| format!("[{}] ", terminal::line(computer))).unwrap_or_default()
}

/// Writes a line, whose parts are harmless, to stderr. Where even that fails there is nothing left to do.
pub fn say(text: &str) {
    put(&format!("{text}\n"));
}

/// Writes to stderr, which may leave a line begun.
fn put(text: &str) {
    progress::writing(text, || {
        let _ = io::stderr().write_all(text.as_bytes());
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
