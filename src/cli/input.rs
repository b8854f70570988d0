//! Sessions from standard input, which replaces PowerShell's pipeline.
//!
//! One a line: an Id, an InstanceId or a name; or JSON as --output json and jsonl write it, however another program has
//! laid it out since. What begins with a bracket is JSON only if it continues like JSON: a name may have brackets and
//! commas in it. CSV and the table that these cmdlets print are read back too. Where only names are wanted, a line is a
//! name and nothing else. An item that does not name a session is one error; reading continues with the next. Only the
//! current item is held.

mod csv;
mod json;
mod not_bound;
mod objects;
mod table;
mod utf8;
mod wanted;

pub use not_bound::NotBound;
pub use objects::{InputForm, objects, script};
pub use wanted::Wanted;

use super::bind_error::BadInput;
use csv::Columns;
use json::{Nesting, Step};
use pssession::cmdlet::selection::SessionReference;
use std::collections::VecDeque;
use std::io::{self, BufRead};
use table::{Line, Table};
use utf8::Utf8;

/// The most bytes of one item.
const LIMIT: usize = 64 << 10;
/// Characters of an item that an error repeats.
const SHOWN: usize = 100;
/// The line that Export-Csv of Windows PowerShell puts before the names.
const TYPE_LINE: &str = "#TYPE ";

/// The sessions of an input, each with the number of its first line, counted from 1.
///
/// An input that cannot be read any more ends with an error.
#[derive(Debug)]
pub struct SessionLines<R> {
    source: Source<Utf8<R>>,
    wanted: Wanted,
    /// How many JSON arrays are open.
    arrays: usize,
    /// This line holds JSON already, so no bare text begins here.
    in_json: bool,
    table: Table,
    /// It is CSV, all of it from here on.
    csv: Option<Columns>,
    ended: bool,
}

impl<R: BufRead> SessionLines<R> {
    pub fn new(input: R, wanted: Wanted) -> SessionLines<R> {
        let source = Source { input: Utf8::new(input), ahead: VecDeque::new(), line: 1, column: 0 };
        let table = Table::default();
        SessionLines { source, wanted, arrays: 0, in_json: false, table, csv: None, ended: false }
    }
}

impl<R: BufRead> Iterator for SessionLines<R> {
    type Item = (usize, Result<SessionReference, NotBound>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let (line, item) = match self.begin_item() {
                Ok(Some(first)) => {
                    let (line, column) = (self.source.line, self.source.column);
                    (line, self.item(first).map(|item| (column, item)))
                }
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => (self.source.line, Err(error)),
            };
            match item {
                Ok((column, item)) => match self.reference(&item, column) {
                    Some(reference) => return Some((line, reference)),
                    None => continue,
                },
                Err(error) => {
                    self.ended = true;
                    let reason = BadInput::Unreadable(error.to_string());
                    return Some((line, Err(NotBound { text: String::new(), reason })));
                }
            }
        }
        None
    }
}

impl<R> SessionLines<R> {
    /// The session that an item names; `None` where it is not meant to name one.
    fn reference(&mut self, item: &Item, column: usize) -> Option<Result<SessionReference, NotBound>> {
        let reference = match (item.text(), &self.csv) {
            (Some(text), _) if self.wanted == Wanted::Names => {
                let name = text.strip_suffix('\r').unwrap_or(text);
                (!name.trim().is_empty()).then(|| self.wanted.of_text(name))?
            }
            (Some(row), Some(columns)) => columns.reference(row.trim_end(), self.wanted),
            (Some(text), None) => {
                self.csv = Columns::of(text.trim_end());
                if self.csv.is_some() || text.starts_with(TYPE_LINE) {
                    return None;
                }
                match self.table.line(text, column, self.wanted) {
                    Line::Furniture => return None,
                    Line::Row(reference) => reference,
                    Line::Other => of_line(text, self.wanted),
                }
            }
            (None, _) => item.json(self.wanted),
        };
        Some(reference.ok_or_else(|| item.not_bound()))
    }
}

/// The session on a line of text.
fn of_line(text: &str, wanted: Wanted) -> Option<SessionReference> {
    let text = text.trim();
    // jq without -r leaves the quotes.
    let unquoted: Option<String> = text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten();
    unquoted.map_or_else(|| wanted.of_text(text), |text| wanted.of_string(&text))
}

impl<R: BufRead> SessionLines<R> {
    /// Skips what separates items; returns the first byte of the next one, without consuming it.
    fn begin_item(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.source.peek()? {
            match byte {
                b'\n' => self.in_json = false,
                _ if self.wanted == Wanted::Names => return Ok(Some(byte)),
                b' ' | b'\t' | b'\r' => {}
                _ if self.csv.is_some() => return Ok(Some(byte)),
                b'[' if !self.is_in_json() && !self.begins_array()? => return Ok(Some(byte)),
                b'[' => (self.arrays, self.in_json) = (self.arrays.saturating_add(1), true),
                b']' | b',' if !self.is_in_json() && !self.is_of_array()? => return Ok(Some(byte)),
                b']' => (self.arrays, self.in_json) = (self.arrays.saturating_sub(1), true),
                b',' => self.in_json = true,
                _ => return Ok(Some(byte)),
            }
            self.source.take();
        }
        Ok(None)
    }

    fn is_in_json(&self) -> bool {
        self.in_json || self.arrays > 0
    }

    /// Whether the bracket that is next begins an array and not a name.
    fn begins_array(&mut self) -> io::Result<bool> {
        let at = self.source.behind(1, b" \t\r")?;
        match self.source.peek_at(at)? {
            None | Some(b'\n' | b'{' | b'"' | b'[' | b']') => Ok(true),
            // Numbers are in an array if there is nothing else on the line.
            Some(b'-' | b'0'..=b'9') => {
                let end = self.source.behind(at, b"-0123456789,] \t\r")?;
                Ok(matches!(self.source.peek_at(end)?, None | Some(b'\n')))
            }
            Some(_) => Ok(false),
        }
    }

    /// Whether the comma or bracket that is next is left from an array, as when lines were taken out of one.
    fn is_of_array(&mut self) -> io::Result<bool> {
        let at = self.source.behind(1, b"], \t\r")?;
        Ok(matches!(self.source.peek_at(at)?, None | Some(b'\n' | b'{' | b'"')))
    }

    fn item(&mut self, first: u8) -> io::Result<Item> {
        if self.wanted == Wanted::Names {
            return self.until(b"\n", Item::default());
        }
        if self.csv.is_some() {
            return self.row();
        }
        let in_json = self.is_in_json();
        let mut item = Item::default();
        let mut nesting = Nesting::default();
        if first == b'{' {
            nesting.step(first);
            item.push(first);
            self.source.take();
            // A GUID may be in braces. No key of an object begins with a digit.
            if in_json || !self.source.peek()?.is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return self.json(item, nesting);
            }
        }
        match first {
            b'"' if in_json => self.json(item, nesting),
            _ if self.arrays > 0 => self.until(b"\n,]", Item { is_json: true, ..item }),
            // Behind JSON it is neither.
            _ if in_json => self.until(b"\n", Item { fault: Some(BadInput::NotASession), ..item }),
            _ => self.until(b"\n", item),
        }
    }

    /// The rest of an object or a string.
    fn json(&mut self, mut item: Item, mut nesting: Nesting) -> io::Result<Item> {
        self.in_json = true;
        item.is_json = true;
        while let Some(byte) = self.source.peek()? {
            let step = nesting.step(byte);
            if step == Step::Broken {
                return Ok(Item { fault: Some(BadInput::NotASession), ..item });
            }
            item.push(byte);
            self.source.take();
            if step == Step::Whole {
                break;
            }
        }
        Ok(item)
    }

    /// A row of CSV, which ends with a line, but not within quotes.
    fn row(&mut self) -> io::Result<Item> {
        let mut item = Item::default();
        let mut is_quoted = false;
        while let Some(byte) = self.source.peek()?.filter(|byte| is_quoted || *byte != b'\n') {
            is_quoted ^= byte == b'"';
            item.push(byte);
            self.source.take();
        }
        Ok(item)
    }

    /// All up to one of these bytes.
    fn until(&mut self, ends: &[u8], mut item: Item) -> io::Result<Item> {
        while let Some(byte) = self.source.peek()?.filter(|byte| !ends.contains(byte)) {
            item.push(byte);
            self.source.take();
        }
        Ok(item)
    }
}

/// The bytes of an input.
#[derive(Debug)]
struct Source<R> {
    input: R,
    /// Bytes that were looked at ahead of their turn; no more than an item may have.
    ahead: VecDeque<u8>,
    /// The line of the next byte.
    line: usize,
    /// How many bytes of the line come before it.
    column: usize,
}

impl<R: BufRead> Source<R> {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        match self.ahead.front() {
            Some(byte) => Ok(Some(*byte)),
            None => self.fill(),
        }
    }

    /// The byte so many places behind the next one; none behind the most that an item may have.
    fn peek_at(&mut self, index: usize) -> io::Result<Option<u8>> {
        while self.ahead.len() <= index && index < LIMIT {
            let Some(byte) = self.fill()? else { return Ok(None) };
            self.ahead.push_back(byte);
            self.input.consume(1);
        }
        Ok(self.ahead.get(index).copied())
    }

    /// The first place from this one on whose byte is none of these.
    fn behind(&mut self, mut index: usize, bytes: &[u8]) -> io::Result<usize> {
        while self.peek_at(index)?.is_some_and(|byte| bytes.contains(&byte)) {
            index += 1;
        }
        Ok(index)
    }

    /// The next byte that was not looked at.
    fn fill(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on behind the byte that was peeked at.
    fn take(&mut self) {
        if let Ok(Some(byte)) = self.peek() {
            self.column = self.column.saturating_add(1);
            if byte == b'\n' {
                (self.line, self.column) = (self.line.saturating_add(1), 0);
            }
            if self.ahead.pop_front().is_none() {
                self.input.consume(1);
            }
        }
    }
}

/// The bytes of one item.
#[derive(Debug, Default)]
struct Item {
    bytes: Vec<u8>,
    is_json: bool,
    /// Why it does not name a session.
    fault: Option<BadInput>,
}

impl Item {
    fn push(&mut self, byte: u8) {
        match self.bytes.len() < LIMIT {
            true => self.bytes.push(byte),
            false => self.fault = Some(BadInput::TooLong),
        }
    }

    /// The session of a JSON value.
    fn json(&self, wanted: Wanted) -> Option<SessionReference> {
        let is_whole = self.is_json && self.fault.is_none();
        is_whole.then(|| json::reference(&self.bytes, wanted)).flatten()
    }

    /// A line that is not JSON.
    fn text(&self) -> Option<&str> {
        let is_text = !self.is_json && self.fault.is_none();
        is_text.then(|| std::str::from_utf8(&self.bytes).ok()).flatten()
    }

    fn not_bound(&self) -> NotBound {
        let text = String::from_utf8_lossy(&self.bytes);
        // White space in a row is one blank, so that the item stays on the line of the error.
        let words: Vec<_> = text.split_whitespace().collect();
        let text = words.join(" ").chars().take(SHOWN).collect();
        NotBound { text, reason: self.fault.clone().unwrap_or(BadInput::NotASession) }
    }
}

#[cfg(test)]
mod tests;
