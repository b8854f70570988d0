//! The line that is typed at a session's prompt.

use super::tty::Watched;
use super::typed_ahead::AheadLine;
use super::{terminal, tty, watch};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::{History, MemHistory};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, Changeset, CompletionType, Config, Context, Editor, Helper};
use std::cell::Cell;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

/// Says what may be where the cursor is: what it replaces, and the candidates with what a list shows for them.
pub type Complete = Box<dyn Fn(&str, usize) -> Option<(Range<usize>, Vec<(String, String)>)> + Send>;

/// What was typed.
pub enum TypedLine {
    Line(String),
    /// Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupted,
}

/// Edits lines on the terminal.
pub struct LineEditor {
    /// Away while a line is typed; lost with a line that is given up.
    editor: Option<Editor<Completing, MemHistory>>,
    may_hold_more: bool,
}

struct Completing {
    complete: Complete,
    /// Where what is replaced ends.
    end: AtomicUsize,
    /// When a key was last seen in the line.
    edited: Cell<Instant>,
    /// Enter came faster after that key than a person types.
    is_burst: Cell<bool>,
    typed: Arc<Mutex<Typed>>,
}

/// What is typed so far, as it was shown last.
#[derive(Default)]
struct Typed {
    line: String,
    cursor: usize,
}

/// No one types faster, and no editor takes longer over a key.
const BURST: Duration = Duration::from_millis(10);

impl LineEditor {
    /// # Errors
    /// There is no terminal that can do this.
    pub fn new(history: Vec<String>) -> io::Result<LineEditor> {
        let config = Config::builder()
            .behavior(Behavior::PreferTerm)
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .build();
        let mut lines = MemHistory::with_config(&config);
        for line in history {
            lines.add_owned(line).map_err(io_error)?;
        }
        let editor = Editor::with_history(config, lines).map_err(io_error)?;
        Ok(LineEditor { editor: Some(editor), may_hold_more: false })
    }

    /// Whether the editor may have read more than the last line, as of a paste. It comes before what is typed now.
    pub fn may_hold_more(&self) -> bool {
        self.may_hold_more
    }

    /// A line behind a prompt whose parts are harmless; one that was typed ahead, if there is one. What happens meanwhile
    /// is shown above it.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] when it is no longer wanted, others of the terminal.
    pub fn read(
        &mut self,
        prompt: &str,
        complete: Complete,
        happens: &mut dyn FnMut() -> Watched,
    ) -> io::Result<TypedLine> {
        let begun = match watch::next_line() {
            Some(AheadLine::Whole(line)) => {
                tty::show(&format!("{prompt}{}\n", *line))?;
                return Ok(TypedLine::Line(line.to_string()));
            }
            Some(AheadLine::Begun(begun)) => begun,
            None => Zeroizing::default(),
        };
        let mut editor = self.editor.take().ok_or(io::ErrorKind::Interrupted)?;
        let typed = Arc::<Mutex<Typed>>::default();
        editor.set_helper(Some(Completing {
            complete,
            end: AtomicUsize::default(),
            edited: Cell::new(Instant::now()),
            is_burst: Cell::default(),
            typed: typed.clone(),
        }));
        let columns = terminal::width(true);
        let mut show_above = || {
            let happened = happens();
            if let Watched::Said(text) = &happened {
                let typed = typed.lock().unwrap_or_else(PoisonError::into_inner);
                // If the terminal cannot be written to, nobody waits for this.
                let _ = io::stderr().write_all(above(text, prompt, &typed, columns).as_bytes());
            }
            happened
        };
        let shown = prompt.to_owned();
        let edit = move || {
            let line = editor.readline_with_initial(&shown, (&begun, ""));
            (editor, line)
        };
        let (editor, line) = tty::edit(edit, &mut show_above)?;
        self.may_hold_more = editor.helper().is_some_and(|helper| helper.is_burst.get());
        self.editor = Some(editor);
        match line {
            Ok(line) => Ok(TypedLine::Line(line)),
            Err(ReadlineError::Eof) => Ok(TypedLine::End),
            Err(ReadlineError::Interrupted) => Ok(TypedLine::Interrupted),
            Err(error) => Err(io_error(error)),
        }
    }

    /// Keeps a line for the arrow keys.
    pub fn remember(&mut self, line: &str) {
        if let Some(editor) = &mut self.editor {
            // The memory of this editor has no way to fail.
            let _ = editor.add_history_entry(line);
        }
    }
}

/// What shows a text above the line that is typed, and that line again below it.
fn above(text: &str, prompt: &str, typed: &Typed, columns: usize) -> String {
    let line = format!("{prompt}{}", typed.line);
    let end = place(&line, columns);
    let cursor = place(&line[..prompt.len() + typed.cursor], columns);
    let up = |rows: usize| if rows > 0 { format!("\x1b[{rows}A") } else { String::new() };
    let right = if cursor.1 > 0 { format!("\x1b[{}C", cursor.1) } else { String::new() };
    let line = line.replace('\n', "\r\n");
    format!("{}\r\x1b[J{text}\r\n{line}{}\r{right}", up(cursor.0), up(end.0 - cursor.0))
}

/// Row and column behind a text that begins a line.
fn place(text: &str, columns: usize) -> (usize, usize) {
    text.chars().fold((0, 0), |(row, column), character| match character.width().unwrap_or(0) {
        _ if character == '\n' => (row + 1, 0),
        width if column + width > columns => (row + 1, width),
        width => (row, column + width),
    })
}

fn io_error(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        error => io::Error::other(error),
    }
}

impl Completer for Completing {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let found = (self.complete)(line, cursor).filter(|(replaced, _)| replaced.start <= cursor);
        let Some((replaced, candidates)) = found else { return Ok((cursor, Vec::new())) };
        self.end.store(replaced.end, Ordering::Relaxed);
        // What could steer a terminal is no part of a line.
        let candidates = candidates.into_iter().filter(|(text, _)| terminal::harmless(text) == *text);
        let pairs =
            candidates.map(|(replacement, label)| Pair { replacement, display: terminal::line(&label) });
        Ok((replaced.start, pairs.collect()))
    }

    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let end = self.end.swap(start + elected.len(), Ordering::Relaxed).min(line.len());
        line.replace(start..end.max(start), elected, changes);
    }
}

impl Helper for Completing {}
impl Highlighter for Completing {}

impl Validator for Completing {
    /// Enter was pressed.
    fn validate(&self, _: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        self.is_burst.set(self.edited.get().elapsed() < BURST);
        Ok(ValidationResult::Valid(None))
    }
}

impl Hinter for Completing {
    type Hint = String;

    /// The line is shown anew.
    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<String> {
        self.edited.set(Instant::now());
        *self.typed.lock().unwrap_or_else(PoisonError::into_inner) = Typed { line: line.to_owned(), cursor };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_above_the_line_and_the_cursor_stays_in_it() {
        let typed = |line: &str, cursor| Typed { line: line.to_owned(), cursor };
        assert_eq!(above("lost", "PS> ", &typed("", 0), 10), "\r\x1b[Jlost\r\nPS> \r\x1b[4C");
        assert_eq!(above("lost", "PS> ", &typed("abc", 1), 10), "\r\x1b[Jlost\r\nPS> abc\r\x1b[5C");
        let wrapped = typed("abcdefghijklmnopqr", 8);
        let shown = "\x1b[1A\r\x1b[Jlost\r\nPS> abcdefghijklmnopqr\x1b[1A\r\x1b[2C";
        assert_eq!(above("lost", "PS> ", &wrapped, 10), shown);
        assert_eq!(place("a備\nb", 10), (1, 1));
        assert_eq!(place("a備備", 4), (1, 2));
    }
}
