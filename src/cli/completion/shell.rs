//! The shells, and how each of them reads and writes words.

use crate::cli::value_enum::value_enum;
use std::iter::Peekable;
use std::str::Chars;

/// A shell whose command lines can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Pwsh,
}

value_enum!(Shell: Bash "bash", Zsh "zsh", Fish "fish", Pwsh "powershell");

/// A command line as far as it is typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Without quotes. The last word is the one that is being typed; it is empty after a blank.
    pub words: Vec<String>,
    /// The quote that the last word has opened and not closed.
    pub open: Option<char>,
}

impl Shell {
    /// Splits one simple command into words. Nothing is expanded.
    pub fn split(self, text: &str) -> Line {
        let mut line = Line { words: Vec::new(), open: None };
        let mut word: Option<String> = None;
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match line.open {
                None if c.is_whitespace() => line.words.extend(word.take()),
                _ if self.escapes(c, line.open, &mut characters) => {
                    let word = word.get_or_insert_default();
                    // An escaped end of line is not a character.
                    word.extend(characters.next().filter(|c| *c != '\n'));
                }
                None if is_quote(c) => {
                    line.open = Some(c);
                    word.get_or_insert_default();
                }
                Some(quote) if c == quote => line.open = None,
                _ => word.get_or_insert_default().push(c),
            }
        }
        line.words.push(word.unwrap_or_default());
        line
    }

    /// Whether `c` only makes the next character an ordinary one.
    fn escapes(self, c: char, open: Option<char>, rest: &mut Peekable<Chars<'_>>) -> bool {
        let next = rest.peek().copied();
        let one_of = |characters: &str| next.is_some_and(|next| characters.contains(next));
        match (self, c, open) {
            (Shell::Pwsh, '`', None | Some('"')) => true,
            // A quote is doubled to be one.
            (Shell::Pwsh, _, Some(quote)) => c == quote && next == open,
            (Shell::Pwsh, ..) => false,
            (_, '\\', None) => true,
            (Shell::Fish, '\\', Some('"')) => one_of("\"\\$"),
            (Shell::Fish, '\\', Some(_)) => one_of("'\\"),
            (_, '\\', Some('"')) => one_of("\"\\$`\n"),
            _ => false,
        }
    }

    /// Writes text so that the shell reads it as it is, within the quote that is open. What closes the quote is not
    /// written. zsh and fish quote by themselves.
    pub fn quote(self, text: &str, open: Option<char>) -> String {
        match (self, open) {
            (Shell::Zsh | Shell::Fish, _) => text.to_owned(),
            (Shell::Pwsh, _) if text.chars().all(is_plain) && !text.starts_with('@') => text.to_owned(),
            // The whole word is replaced, its quotes included.
            (Shell::Pwsh, _) => format!("'{}'", text.replace('\'', "''")),
            (Shell::Bash, Some('"')) => escape(text, |c| "\"\\$`".contains(c)),
            (Shell::Bash, Some(_)) => text.replace('\'', r"'\''"),
            (Shell::Bash, None) => escape(text, |c| !is_plain(c)),
        }
    }
}

fn is_quote(c: char) -> bool {
    c == '\'' || c == '"'
}

/// Nothing that a shell would make something of.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_./:=,+%@^".contains(c) || matches!(c, '\u{2013}'..='\u{2015}')
}

fn escape(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if is_special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
