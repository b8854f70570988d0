//! A value from a pipeline.

use crate::psrp::clixml::Value;
use std::fmt;

/// A value as PowerShell sent it: a string, a number, or a deserialized object. It displays as the text that PowerShell
/// gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct PSObject(pub(crate) Value);

impl PSObject {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// The number, of an `Int32` or an enumeration.
    pub fn as_i32(&self) -> Option<i32> {
        self.0.as_i32()
    }

    /// Whether it is `$null`.
    pub fn is_null(&self) -> bool {
        self.0 == Value::Nil
    }

    /// The property of this name, in PowerShell's spelling of it.
    pub fn property(&self, name: &str) -> Option<PSObject> {
        self.0.property(name).cloned().map(PSObject)
    }
}

impl fmt::Display for PSObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.base() {
            Value::Nil => Ok(()),
            Value::String(text)
            | Value::Uri(text)
            | Value::SemanticVersion(text)
            | Value::XmlDocument(text)
            | Value::ScriptBlock(text) => f.write_str(text),
            Value::Char(unit) => {
                char::from_u32(u32::from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER).fmt(f)
            }
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::DateTime(at) => at.fmt(f),
            Value::TimeSpan(span) => span.fmt(f),
            Value::Byte(number) => number.fmt(f),
            Value::SByte(number) => number.fmt(f),
            Value::U16(number) => number.fmt(f),
            Value::I16(number) => number.fmt(f),
            Value::U32(number) => number.fmt(f),
            Value::I32(number) => number.fmt(f),
            Value::U64(number) => number.fmt(f),
            Value::I64(number) => number.fmt(f),
            Value::Single(number) => number.fmt(f),
            Value::Double(number) => number.fmt(f),
            Value::Decimal(number) => number.fmt(f),
            Value::ByteArray(octets) => write!(f, "{} octets", octets.len()),
            Value::Guid(guid) => guid.fmt(f),
            Value::Version(version) => version.fmt(f),
            Value::SecureString(_) => f.write_str("System.Security.SecureString"),
            Value::ProgressRecord(record) => f.write_str(&record.activity),
            Value::Object(object) => f.write_str(object.to_string.as_deref().unwrap_or_default()),
            Value::Ref(_) => f.write_str("..."),
        }
    }
}
