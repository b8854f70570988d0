//! Values as JSON, typed and to their full depth.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pssession::value::{Identity, PSValue, ValueKind};
use pssession::{PSObject, RemoteError};
use std::fmt::{self, Write};

/// Deepest nesting: as deep as a server may nest without naming an object twice.
const DEEPEST: usize = 100;

/// Most values that are written again because the objects they are in are shared. A short message can describe more than
/// any disk holds.
const MOST_REPEATED: usize = 100_000;

/// Most octets of the text that is left of what is not written.
const MOST_TEXT: usize = 1000;

/// Types that have properties and yet are one value.
const VALUE_TYPES: &[&str] = &[
    "System.DateTimeOffset",
    "System.DateOnly",
    "System.TimeOnly",
    "System.Net.IPAddress",
    "System.Management.Automation.SemanticVersion",
    "System.Version",
    "System.Uri",
    BIG_INTEGER,
];
const BIG_INTEGER: &str = "System.Numerics.BigInteger";

/// Appends a value without a line end, with the computer it is from where that is to be said.
pub fn write(object: &PSObject, computer: Option<&str>, out: &mut String) {
    // Most of all output.
    if let (Some(text), None) = (object.as_str(), computer) {
        return string(text, out);
    }
    let view = object.view();
    let mut writer = Writer { out, open: Vec::new(), in_reference: false, repeated: 0 };
    writer.record(view.root(), computer);
}

/// The record of an error on a stream, as an object.
pub fn error(error: &RemoteError, computer: &str) -> String {
    let mut out = String::from("{\"Stream\":\"Error\",");
    let view = error.record.view();
    let mut writer = Writer { out: &mut out, open: Vec::new(), in_reference: false, repeated: 0 };
    writer.error(view.root(), error);
    out.push_str(",\"PSComputerName\":");
    string(computer, &mut out);
    out + "}"
}

/// Appends a JSON string.
pub fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, octet) in text.bytes().enumerate() {
        let escaped = match octet {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1F => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + 1;
        out.push_str(escaped);
        if escaped.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{octet:04x}");
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

struct Writer<'o> {
    out: &'o mut String,
    /// The objects around the one that is being written.
    open: Vec<Identity>,
    in_reference: bool,
    repeated: usize,
}

impl Writer<'_> {
    fn record(&mut self, value: PSValue<'_>, computer: Option<&str>) {
        let Some(computer) = computer else { return self.value(value) };
        let begin = self.out.len();
        self.value(value);
        // Only an object has a place for another property.
        if self.out.as_bytes().get(begin) == Some(&b'{') {
            self.out.pop();
            self.out.push_str(if self.out.ends_with('{') { "" } else { "," });
        } else {
            self.out.insert_str(begin, "{\"value\":");
            self.out.push(',');
        }
        self.out.push_str("\"PSComputerName\":");
        string(computer, self.out);
        self.out.push('}');
    }

    fn value(&mut self, value: PSValue<'_>) {
        match value.kind() {
            ValueKind::Null | ValueKind::SecureString => self.out.push_str("null"),
            ValueKind::Bool(value) => self.plain(value),
            ValueKind::Integer(number) => self.plain(number),
            ValueKind::Decimal(digits) => self.digits(digits),
            ValueKind::Single(number) if number.is_finite() => self.plain(format_args!("{number:?}")),
            ValueKind::Double(number) if number.is_finite() => self.plain(format_args!("{number:?}")),
            ValueKind::String(text) | ValueKind::Enum(text) => string(text, self.out),
            ValueKind::DateTime(at) => string(&at.to_string(), self.out),
            ValueKind::ByteArray(bytes) => string(&STANDARD.encode(bytes), self.out),
            ValueKind::List(_) | ValueKind::Dictionary(_) | ValueKind::Object => self.container(value),
            _ => string(&value.to_string(), self.out),
        }
    }

    /// An object, unless it cannot be written here: then the text that is left of it.
    fn container(&mut self, value: PSValue<'_>) {
        let is_shared = value.is_reference() || self.in_reference;
        self.repeated += usize::from(is_shared);
        let Some(identity) = value.identity() else { return self.out.push_str("null") };
        let is_cut = self.open.contains(&identity) || self.open.len() >= DEEPEST;
        if is_cut || (is_shared && self.repeated > MOST_REPEATED) {
            return string(&text_left(value), self.out);
        }
        let outer = std::mem::replace(&mut self.in_reference, is_shared);
        self.open.push(identity);
        match value.kind() {
            ValueKind::List(items) => {
                self.out.push('[');
                items.enumerate().for_each(|(index, item)| {
                    self.separate(index);
                    self.value(item);
                });
                self.out.push(']');
            }
            ValueKind::Dictionary(entries) => {
                self.object(entries.map(|(key, value)| (key.to_string(), value)));
            }
            _ => self.bag(value),
        }
        self.open.pop();
        self.in_reference = outer;
    }

    fn bag(&mut self, value: PSValue<'_>) {
        let mut properties = value.properties().peekable();
        let text = value.to_string_there();
        let is_value = VALUE_TYPES.iter().any(|name| value.is_of_type(name));
        if let Some(error) = RemoteError::from_value(value) {
            self.out.push('{');
            self.error(value, &error);
            self.out.push('}');
        } else if let Some(text) = text.filter(|_| is_value || properties.peek().is_none()) {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
            if is_number && value.is_of_type(BIG_INTEGER) {
                self.digits(text);
            } else {
                string(text, self.out);
            }
        } else {
            self.object(properties);
        }
    }

    /// What is in the object of an error.
    fn error(&mut self, record: PSValue<'_>, error: &RemoteError) {
        let texts = [
            ("\"Message\":", &*error.message),
            (",\"FullyQualifiedErrorId\":", &*error.fully_qualified_error_id),
            (",\"Category\":", error.category),
        ];
        for (name, text) in texts {
            self.out.push_str(name);
            string(text, self.out);
        }
        self.out.push_str(",\"TargetObject\":");
        match record.property("TargetObject") {
            Some(target) => self.value(target),
            None => self.out.push_str("null"),
        }
    }

    fn object<'v>(&mut self, properties: impl Iterator<Item = (impl AsRef<str>, PSValue<'v>)>) {
        self.out.push('{');
        for (index, (name, value)) in properties.enumerate() {
            self.separate(index);
            string(name.as_ref(), self.out);
            self.out.push(':');
            self.value(value);
        }
        self.out.push('}');
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    /// A number as a server wrote it, but for zeros in front, which JSON does not have.
    fn digits(&mut self, text: &str) {
        let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
        let pairs = digits.bytes().zip(digits.bytes().skip(1));
        let zeros = pairs.take_while(|(zero, next)| *zero == b'0' && next.is_ascii_digit()).count();
        self.out.push_str(sign);
        self.out.push_str(&digits[zeros..]);
    }

    fn plain(&mut self, value: impl fmt::Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
    }
}

/// The text of an object, which a list may make as long as itself.
fn text_left(value: PSValue<'_>) -> String {
    struct Short(String);
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = MOST_TEXT.saturating_sub(self.0.len());
            self.0.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
            if text.len() > room { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut short = Short(String::new());
    // An error is the end of the room.
    let _ = write!(short, "{value}");
    short.0
}

#[cfg(test)]
mod tests;
