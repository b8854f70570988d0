//! The input of a command: lines of text, JSON, or octets.

use super::not_bound::NotBound;
use super::utf8::Utf8;
use crate::cli::bind_error::BadInput;
use pssession::PSObject;
use serde_json::Value;
use std::io::{self, BufRead, Read};

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputForm {
    /// A string for each line.
    Text,
    /// An object for each JSON value, or for each element of one array.
    Json,
    /// Arrays of bytes.
    Bytes,
}

/// The most octets of a line.
const MOST_LINE: usize = 64 << 20;
/// The most octets of a script.
const MOST_SCRIPT: u64 = 16 << 20;
/// The octets of one array.
const BYTES: usize = 64 << 10;

/// The objects of an input, with the number of each; an error is the last.
pub type Objects = Box<dyn Iterator<Item = (usize, Result<PSObject, NotBound>)> + Send + Sync>;

/// Reads objects from an input as they are asked for.
pub fn objects(input: impl BufRead + Send + Sync + 'static, form: InputForm) -> Objects {
    match form {
        InputForm::Text => counted(lines(Utf8::new(input))),
        InputForm::Json => counted(json(Unbounded(Utf8::new(input)))),
        InputForm::Bytes => counted(bytes(input)),
    }
}

/// The text of a script, without a byte order mark, which a server would not take off.
///
/// # Errors
/// It cannot be read, is not text, or is longer than any script.
pub fn script(input: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    Utf8::new(input).take(MOST_SCRIPT + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST_SCRIPT {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MiB")),
        false => Ok(text),
    }
}

/// Numbers items, and ends with the first error.
fn counted(items: impl Iterator<Item = Result<PSObject, NotBound>> + Send + Sync + 'static) -> Objects {
    let mut is_over = false;
    Box::new(items.enumerate().map(|(index, item)| (index + 1, item)).take_while(move |(_, item)| {
        let is_in = !is_over;
        is_over = item.is_err();
        is_in
    }))
}

fn unreadable(error: &io::Error) -> NotBound {
    NotBound { text: String::new(), reason: BadInput::Unreadable(error.to_string()) }
}

fn lines<R: BufRead>(mut input: Utf8<R>) -> impl Iterator<Item = Result<PSObject, NotBound>> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        // The bound is one of each line, for there may be any number of them.
        input.left = MOST_LINE;
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(unreadable(&error))),
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Ok(String::from_utf8_lossy(line).into_owned().into()))
    })
}

fn bytes(mut input: impl Read) -> impl Iterator<Item = Result<PSObject, NotBound>> {
    std::iter::from_fn(move || {
        let mut octets = Vec::new();
        match input.by_ref().take(BYTES as u64).read_to_end(&mut octets) {
            Ok(0) => None,
            Ok(_) => Some(Ok(octets.into())),
            Err(error) => Some(Err(unreadable(&error))),
        }
    })
}

/// Text whose length is bounded where it is used.
struct Unbounded<R>(Utf8<R>);

impl<R: BufRead> Read for Unbounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.left = MOST_LINE;
        self.0.read(buffer)
    }
}

fn json(input: impl Read) -> impl Iterator<Item = Result<PSObject, NotBound>> {
    let values = serde_json::Deserializer::from_reader(input).into_iter::<Value>();
    let objects = values.map(|value| match value {
        Ok(Value::Array(items)) => items.into_iter().map(|item| Ok(object(item))).collect(),
        Ok(value) => vec![Ok(object(value))],
        Err(error) => {
            let text = format!("line {}, column {}", error.line(), error.column());
            vec![Err(NotBound { text, reason: BadInput::NotJson })]
        }
    });
    objects.flatten()
}

fn object(value: Value) -> PSObject {
    match value {
        Value::Null => PSObject::null(),
        Value::Bool(value) => value.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => i32::try_from(number).map_or_else(|_| number.into(), PSObject::from),
            (None, Some(number)) => number.into(),
            (None, None) => number.to_string().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => PSObject::array(items.into_iter().map(object)),
        Value::Object(fields) => {
            PSObject::custom(fields.into_iter().map(|(name, value)| (name, object(value))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &'static [u8], form: InputForm) -> Vec<Result<PSObject, BadInput>> {
        objects(input, form).map(|(_, item)| item.map_err(|bad| bad.reason)).collect()
    }

    #[test]
    fn lines_are_strings() {
        let lines = ["a", "", " b ", "c"].map(|text| Ok(PSObject::from(text)));
        assert_eq!(read(b"\xEF\xBB\xBFa\r\n\n b \nc", InputForm::Text), lines);
        assert_eq!(read(b"\xFF\xFEa\0\n\0", InputForm::Text), [Ok(PSObject::from("a"))]);
        assert_eq!(read(b"", InputForm::Text), []);
    }

    #[test]
    fn json_values_and_the_elements_of_arrays_are_objects() {
        let custom = |name: &str, value| Ok(PSObject::custom([(name.to_owned(), value)]));
        assert_eq!(
            read(b"{\"a\":1}\n[2,\"x\"] null", InputForm::Json),
            [custom("a", 1.into()), Ok(2.into()), Ok("x".into()), Ok(PSObject::null()),]
        );
        assert_eq!(read(b"1 {", InputForm::Json), [Ok(1.into()), Err(BadInput::NotJson)]);
    }

    #[test]
    fn octets_stay_as_they_are() {
        assert_eq!(read(b"\xFF\0x", InputForm::Bytes), [Ok(b"\xFF\0x".to_vec().into())]);
    }
}
