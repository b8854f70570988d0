//! What is typed while nothing asks for it: escapes for this program, and lines for the next question.

use std::collections::VecDeque;
use std::mem;
use zeroize::Zeroizing;

/// What takes effect at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// The escape at the start of a line, and a letter.
    Escaped(Escaped),
    /// Ctrl-Z.
    Suspend,
    /// Ctrl-\.
    Quit,
}

/// What follows the escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaped {
    /// `d`
    Leave,
    /// `.`
    GiveUp,
    /// `?`
    Help,
}

impl Escaped {
    pub fn of(key: char) -> Option<Escaped> {
        match key {
            'd' => Some(Escaped::Leave),
            '.' => Some(Escaped::GiveUp),
            '?' => Some(Escaped::Help),
            _ => None,
        }
    }
}

/// A line that was typed ahead.
#[derive(Debug, PartialEq, Eq)]
pub enum AheadLine {
    Whole(Zeroizing<String>),
    /// A line that is not finished, or that was typed with keys whose meaning only an editor knows.
    Begun(Zeroizing<String>),
}

/// All that was typed ahead and has no reader yet.
#[derive(Debug, Default)]
pub struct TypedAhead {
    escape: Option<char>,
    lines: VecDeque<AheadLine>,
    line: Zeroizing<String>,
    /// The line has a key that only an editor knows.
    needs_editor: bool,
    /// The escape was typed at the start of this line.
    is_escaping: bool,
    sequence: Sequence,
    /// The first octets of a character.
    octets: Vec<u8>,
    kept: usize,
}

/// How much has come of what a terminal sends for a key without a character.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Sequence {
    #[default]
    None,
    Begun,
    Parameters,
}

/// What is typed ahead beyond that is lost, as on a terminal that nobody reads.
const MOST_OCTETS: usize = 64 << 10;

impl TypedAhead {
    pub fn new(escape: char) -> TypedAhead {
        TypedAhead { escape: Some(escape), ..TypedAhead::default() }
    }

    /// Takes in what a terminal sends; returns what is for this program.
    pub fn take(&mut self, octets: &[u8]) -> Vec<Pressed> {
        self.octets.extend_from_slice(octets);
        let octets = mem::take(&mut self.octets);
        let mut pressed = Vec::new();
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let (text, invalid) = match str::from_utf8(rest) {
                Ok(text) => (text, 0),
                Err(error) => {
                    let text = str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default();
                    (text, error.error_len().unwrap_or_default())
                }
            };
            pressed.extend(text.chars().filter_map(|key| self.key(key)));
            rest = &rest[text.len() + invalid..];
            if invalid == 0 {
                self.octets = rest.to_vec();
                break;
            }
        }
        pressed
    }

    fn key(&mut self, key: char) -> Option<Pressed> {
        match (self.sequence, key) {
            (Sequence::None, '\x1b') => self.sequence = Sequence::Begun,
            (Sequence::Begun, '[' | 'O') => self.sequence = Sequence::Parameters,
            (Sequence::Parameters, '0'..='?' | ' '..='/') => {}
            (Sequence::Begun | Sequence::Parameters, _) => {
                self.sequence = Sequence::None;
                self.needs_editor = true;
            }
            (Sequence::None, _) if mem::take(&mut self.is_escaping) => return self.escaped(key),
            (Sequence::None, _) if Some(key) == self.escape && self.line.is_empty() => {
                self.is_escaping = true
            }
            (Sequence::None, _) => return self.typed(key),
        }
        None
    }

    /// The key after an escape.
    fn escaped(&mut self, key: char) -> Option<Pressed> {
        if let Some(escaped) = Escaped::of(key) {
            return Some(Pressed::Escaped(escaped));
        }
        self.line.extend(self.escape);
        if Some(key) == self.escape { None } else { self.typed(key) }
    }

    fn typed(&mut self, key: char) -> Option<Pressed> {
        match key {
            '\x1a' => return Some(Pressed::Suspend),
            '\x1c' => return Some(Pressed::Quit),
            '\n' | '\r' => self.end_line(),
            '\x7f' | '\x08' => drop(self.line.pop()),
            // Ctrl-U and Ctrl-W.
            '\x15' => self.line.clear(),
            '\x17' => {
                let word = self.line.trim_end().rfind(' ').map_or(0, |blank| blank + 1);
                self.line.truncate(word);
            }
            key if key.is_control() => self.needs_editor = true,
            key if self.kept + self.line.len() < MOST_OCTETS => self.line.push(key),
            _ => {}
        }
        None
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        let needs_editor = mem::take(&mut self.needs_editor);
        if self.kept + line.len() < MOST_OCTETS {
            self.kept += line.len() + 1;
            self.lines.push_back(if needs_editor { AheadLine::Begun(line) } else { AheadLine::Whole(line) });
        }
    }

    /// The next line, for the reader that asks for one.
    pub fn next_line(&mut self) -> Option<AheadLine> {
        let line = self.lines.pop_front();
        match &line {
            Some(AheadLine::Whole(text) | AheadLine::Begun(text)) => self.kept -= text.len() + 1,
            None => {
                self.needs_editor = false;
                let begun = mem::take(&mut self.line);
                return (!begun.is_empty()).then_some(AheadLine::Begun(begun));
            }
        }
        line
    }

    /// Whether anything but blanks is left.
    pub fn any(&self) -> bool {
        let is_text = |line: &AheadLine| {
            let (AheadLine::Whole(text) | AheadLine::Begun(text)) = line;
            !text.trim().is_empty()
        };
        self.lines.iter().any(is_text) || !self.line.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is pressed, and the lines that are left, those that are begun behind `...`.
    fn typed(pieces: &[&[u8]]) -> (Vec<Pressed>, Vec<String>) {
        let mut ahead = TypedAhead::new('~');
        let pressed = pieces.iter().flat_map(|piece| ahead.take(piece)).collect();
        let lines = std::iter::from_fn(|| ahead.next_line()).map(|line| match line {
            AheadLine::Whole(text) => text.to_string(),
            AheadLine::Begun(text) => format!("...{}", *text),
        });
        (pressed, lines.collect())
    }

    #[test]
    fn an_escape_counts_at_the_start_of_a_line() {
        let nothing = || (vec![], vec![]);
        assert_eq!(typed(&[b"~d"]), (vec![Pressed::Escaped(Escaped::Leave)], vec![]));
        assert_eq!(typed(&[b"~", b"."]), (vec![Pressed::Escaped(Escaped::GiveUp)], vec![]));
        assert_eq!(
            typed(&[b"~?~d"]),
            (vec![Pressed::Escaped(Escaped::Help), Pressed::Escaped(Escaped::Leave)], vec![])
        );
        assert_eq!(typed(&[b"x\r~d"]), (vec![Pressed::Escaped(Escaped::Leave)], vec!["x".into()]));
        assert_eq!(typed(&[b"xy\x7f\x7f~d"]).0, [Pressed::Escaped(Escaped::Leave)]);
        assert_eq!(typed(&[b"x\x15~d"]).0, [Pressed::Escaped(Escaped::Leave)]);
        assert_eq!(typed(&[b"x~d"]), (vec![], vec!["...x~d".into()]));
        assert_eq!(typed(&[b" ~d\n"]), (vec![], vec![" ~d".into()]));
        assert_eq!(typed(&[b"~~d\n"]), (vec![], vec!["~d".into()]));
        assert_eq!(typed(&[b"~/x\n"]), (vec![], vec!["~/x".into()]));
        assert_eq!(typed(&[b"~\n"]), (vec![], vec!["~".into()]));
        assert_eq!(typed(&[b"~\x7f"]), nothing());
        assert_eq!(typed(&[b"~"]), nothing());
    }

    #[test]
    fn what_is_typed_ahead_is_kept_line_by_line() {
        assert_eq!(typed(&[b"on", b"e\rtwo\nth"]).1, ["one", "two", "...th"]);
        assert_eq!(typed(&["gr\u{fc}n\n".as_bytes()]).1, ["gr\u{fc}n"]);
        assert_eq!(typed(&[b"gr\xc3", b"\xbcn\n"]).1, ["gr\u{fc}n"]);
        assert_eq!(typed(&[b"a\xff\xfeb\n"]).1, ["ab"]);
        assert_eq!(typed(&[b"one two\x17three\n"]).1, ["one three"]);
        assert_eq!(typed(&[b"a\x7f\x7fb\n"]).1, ["b"]);
    }

    #[test]
    fn a_line_with_a_key_that_only_an_editor_knows_is_not_taken_as_it_is() {
        assert_eq!(typed(&[b"Get-Pro\t\nexit\n"]).1, ["...Get-Pro", "exit"]);
        assert_eq!(typed(&[b"\x1b[A\n"]).1, ["..."]);
        assert_eq!(typed(&[b"a\x1b[1;5", b"Cb\x1bOAc\n"]).1, ["...abc"]);
        assert_eq!(typed(&[b"\x1b[A", b"~d"]).0, [Pressed::Escaped(Escaped::Leave)]);
    }

    #[test]
    fn ctrl_z_and_its_like_take_effect_at_once() {
        assert_eq!(typed(&[b"x\x1a\x1c"]), (vec![Pressed::Suspend, Pressed::Quit], vec!["...x".into()]));
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut ahead = TypedAhead::new('~');
        for _ in 0..100 {
            ahead.take(&[b'x'; 4096]);
            ahead.take(b"\n");
        }
        assert_eq!(ahead.lines.len(), 15);
        assert_eq!(ahead.take(b"~d"), [Pressed::Escaped(Escaped::Leave)]);
    }
}
