//! JSON among the items: where a value ends, and which session it names.

use super::wanted::Wanted;
use crate::cli::convert::guid;
use pssession::cmdlet::selection::{SessionRecord, SessionReference};
use serde_json::{Map, Value};

/// Levels that are tracked; deeper ones are only counted, because no session goes that deep.
const DEPTH: usize = 16;

/// Finds the end of one value without reading it: brackets and strings are enough for that, also in a value that is
/// wrong inside.
#[derive(Debug, Default)]
pub struct Nesting {
    open: Vec<u8>,
    deeper: usize,
    in_string: bool,
    escaped: bool,
    /// This line, not the first one, has only white space so far.
    line_begins: bool,
    /// The last byte that was not white space, outside of strings.
    before: u8,
}

/// What a byte does to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    GoOn,
    /// The value ends with this byte.
    Whole,
    /// This byte belongs to the next value; this one was cut off.
    Broken,
}

impl Nesting {
    pub fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            return self.step_in_string(byte);
        }
        match byte {
            b'\n' => self.line_begins = true,
            b' ' | b'\t' | b'\r' => {}
            b'{' if self.line_begins && !self.may_begin_here() => return Step::Broken,
            _ => {
                self.line_begins = false;
                self.before = byte;
                return self.step_of_value(byte);
            }
        }
        Step::GoOn
    }

    fn step_of_value(&mut self, byte: u8) -> Step {
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' if self.open.len() < DEPTH => self.open.push(byte),
            b'{' | b'[' => self.deeper += 1,
            b'}' | b']' if self.deeper > 0 => self.deeper -= 1,
            b'}' | b']' => {
                self.open.pop();
                if self.open.is_empty() {
                    return Step::Whole;
                }
            }
            _ => {}
        }
        Step::GoOn
    }

    fn step_in_string(&mut self, byte: u8) -> Step {
        match byte {
            // A string ends on its line.
            b'\n' => return Step::Broken,
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if self.open.is_empty() {
                    return Step::Whole;
                }
            }
            _ => {}
        }
        Step::GoOn
    }

    /// Whether an object may begin here. Where it may not, a line that begins with one is the next record, and
    /// this value lacks its end.
    fn may_begin_here(&self) -> bool {
        match self.before {
            b':' | b'[' => true,
            b',' => self.open.last() == Some(&b'['),
            _ => false,
        }
    }
}

/// The session that a JSON value names.
pub fn reference(bytes: &[u8], wanted: Wanted) -> Option<SessionReference> {
    match serde_json::from_slice(bytes).ok()? {
        Value::Object(properties) => session(&properties, wanted),
        Value::String(text) => wanted.of_string(&text),
        Value::Number(number) => wanted.of_text(&number.as_i64()?.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// The session of a record with these properties.
pub fn session(properties: &Map<String, Value>, wanted: Wanted) -> Option<SessionReference> {
    wanted.of_record(record(properties)?)
}

/// The properties bound by name, in any letter case. Null is a property that is not there; one of another type
/// binds nothing.
fn record(properties: &Map<String, Value>) -> Option<SessionRecord> {
    Some(SessionRecord {
        id: property(properties, "Id", |value| i32::try_from(value.as_i64()?).ok())?,
        instance_id: property(properties, "InstanceId", |value| guid(value.as_str()?).ok())?,
        name: text(properties, "Name")?.filter(|name| !name.is_empty()),
        computer_name: text(properties, "ComputerName")?,
        connection_uri: text(properties, "ConnectionUri")?,
    })
}

/// `None` where the property is there and cannot be read.
fn property<T>(
    properties: &Map<String, Value>,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<Option<T>> {
    match properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
        None | Some((_, Value::Null)) => Some(None),
        Some((_, value)) => read(value).map(Some),
    }
}

fn text(properties: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    property(properties, name, |value| value.as_str().map(str::to_owned))
}
