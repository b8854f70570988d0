//! Where the lines come from that are run in a session.

use super::history::History;
use crate::render::{self, Escaped, LineEditor, TypedLine, Watched};
use pssession::event::{Completer, Completion, Line};
use std::io::{self, BufRead, IsTerminal};
use std::mem;
use std::path::Path;

/// The lines that are run in a session.
pub enum Lines {
    Typed(Box<TypedLines>),
    /// Standard input, to its end.
    Piped,
}

/// Lines that a person types.
pub struct TypedLines {
    editor: LineEditor,
    history: History,
    /// With what a line begins that is for this program.
    escape: Option<char>,
    /// The statement that is being typed, if it has several lines.
    begun: String,
}

/// The next line, as the session asks for it.
pub struct Question<'a> {
    pub computer: &'a str,
    pub prompt: &'a str,
    pub continues: bool,
    pub completer: Completer,
    /// What happens while it is typed.
    pub watch: &'a mut dyn FnMut() -> Watched,
}

impl Lines {
    /// Lines are typed where standard input is a terminal. What was typed is kept in the directory.
    pub fn new(directory: &Path, escape: Option<char>) -> io::Result<Lines> {
        if !io::stdin().is_terminal() {
            return Ok(Lines::Piped);
        }
        let history = History::in_directory(directory);
        let editor = LineEditor::new(history.lines())?;
        Ok(Lines::Typed(Box::new(TypedLines { editor, history, escape, begun: String::new() })))
    }

    /// Whether more than the last line may be there already, which comes before what is typed now.
    pub fn may_hold_more(&self) -> bool {
        match self {
            Lines::Typed(lines) => lines.editor.may_hold_more(),
            Lines::Piped => true,
        }
    }

    /// The next line.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] after a request to end; others where nothing can be read.
    pub fn next(&mut self, mut question: Question<'_>) -> io::Result<Line> {
        match self {
            Lines::Typed(lines) => lines.next(&mut question),
            Lines::Piped => {
                let read = || {
                    let mut line = String::new();
                    io::stdin().lock().read_line(&mut line).map(|_| line)
                };
                let line = render::unless_terminated(read, &mut *question.watch)?;
                Ok(match line.is_empty() {
                    // What is begun has to show its error.
                    true if question.continues => Line::Last(line),
                    true => Line::Exit,
                    false => Line::Text(line.trim_end_matches(['\r', '\n']).to_owned()),
                })
            }
        }
    }
}

impl TypedLines {
    fn next(&mut self, question: &mut Question<'_>) -> io::Result<Line> {
        if question.continues {
            return self.rest(question);
        }
        self.remember();
        let prompt =
            format!("[{}]: {}", render::line(question.computer), render::styled(question.prompt, false));
        loop {
            let Some(line) = self.type_line(&prompt, question)? else { continue };
            let Some(line) = line else { return Ok(Line::Exit) };
            match Word::of(&line, self.escape) {
                Word::Line(line) => {
                    line.clone_into(&mut self.begun);
                    return Ok(Line::Text(line.to_owned()));
                }
                Word::Escaped(Escaped::Leave, _) => return Ok(Line::Leave),
                Word::Escaped(Escaped::GiveUp, _) => return Ok(Line::GiveUp),
                Word::Escaped(Escaped::Help, escape) => render::say(&help(escape)),
            }
        }
    }

    /// The rest of a statement, up to an empty line.
    fn rest(&mut self, question: &mut Question<'_>) -> io::Result<Line> {
        let mut rest = String::new();
        loop {
            match self.type_line(">> ", question)? {
                None => {
                    self.remember();
                    return Ok(Line::Nothing);
                }
                Some(Some(line)) if !line.is_empty() => {
                    for text in [&mut rest, &mut self.begun] {
                        text.push_str(if text.is_empty() { "" } else { "\n" });
                        text.push_str(&line);
                    }
                }
                Some(_) => return Ok(Line::Last(rest)),
            }
        }
    }

    /// A line, which is `None` inside at the end of input, and outside after Ctrl-C.
    fn type_line(&mut self, prompt: &str, question: &mut Question<'_>) -> io::Result<Option<Option<String>>> {
        let before = if self.begun.is_empty() { String::new() } else { format!("{}\n", self.begun) };
        let completer = question.completer.clone();
        let complete = move |line: &str, cursor: usize| {
            let all = format!("{before}{line}");
            let Completion { replaced, candidates, .. } =
                completer.complete(all, before.len() + cursor).blocking_recv().ok()?;
            let start = replaced.start.checked_sub(before.len())?;
            let candidates = candidates.into_iter().map(|candidate| (candidate.text, candidate.label));
            Some((start..replaced.end - before.len(), candidates.collect()))
        };
        Ok(match self.editor.read(prompt, Box::new(complete), &mut *question.watch)? {
            TypedLine::Line(line) => Some(Some(line)),
            TypedLine::End => Some(None),
            TypedLine::Interrupted => None,
        })
    }

    /// Keeps the statement that was typed last. One behind a blank is kept nowhere, as in other shells.
    fn remember(&mut self) {
        let statement = mem::take(&mut self.begun);
        if !statement.trim().is_empty() && !statement.starts_with(' ') {
            self.history.add(&statement);
            self.editor.remember(&statement);
        }
    }
}

impl Drop for TypedLines {
    fn drop(&mut self) {
        self.remember();
    }
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
enum Word<'a> {
    /// For the session.
    Line(&'a str),
    /// For this program, behind this escape.
    Escaped(Escaped, char),
}

impl Word<'_> {
    fn of(line: &str, escape: Option<char>) -> Word<'_> {
        let Some((escape, rest)) = escape.and_then(|escape| Some((escape, line.strip_prefix(escape)?)))
        else {
            return Word::Line(line);
        };
        let mut keys = rest.trim_end().chars();
        match (keys.next().and_then(Escaped::of), keys.next()) {
            (Some(escaped), None) => Word::Escaped(escaped, escape),
            _ if rest.starts_with(escape) => Word::Line(rest),
            _ => Word::Line(line),
        }
    }
}

/// What the escapes do.
pub fn help(escape: char) -> String {
    format!(
        "{escape}d  leave; the session goes on    {escape}.  give up at once    {escape}{escape}  a line that begins with \
         {escape}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_the_escape_is_for_the_program() {
        for (line, word) in [
            ("~d", Word::Escaped(Escaped::Leave, '~')),
            ("~d ", Word::Escaped(Escaped::Leave, '~')),
            ("~.", Word::Escaped(Escaped::GiveUp, '~')),
            ("~~d", Word::Line("~d")),
            ("~~", Word::Line("~")),
            ("~", Word::Line("~")),
            ("~/run.ps1", Word::Line("~/run.ps1")),
            ("~dir", Word::Line("~dir")),
            (" ~d", Word::Line(" ~d")),
            ("Get-Job", Word::Line("Get-Job")),
        ] {
            assert_eq!(Word::of(line, Some('~')), word, "{line}");
        }
        assert_eq!(Word::of("~d", None), Word::Line("~d"));
        assert_eq!(Word::of("~d", Some('%')), Word::Line("~d"));
        assert_eq!(Word::of("%d", Some('%')), Word::Escaped(Escaped::Leave, '%'));
        assert_eq!(Word::of("%?", Some('%')), Word::Escaped(Escaped::Help, '%'));
    }
}
