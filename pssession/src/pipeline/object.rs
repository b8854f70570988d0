//! A value from a pipeline.

use super::value::ObjectView;
use crate::psrp::clixml::{self, Content, Object, ReadError, Value};
use std::fmt;

/// A value as PowerShell sent it: a string, a number, or a deserialized object. It displays as the text that PowerShell
/// converts it to; [`view`](PSObject::view) shows all there is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct PSObject(pub(crate) Value);

impl PSObject {
    /// Reads one value from CLIXML as it travels, without a root element.
    ///
    /// # Errors
    /// Where the text is no such value, or one that is larger than what a server may send.
    pub fn from_clixml(xml: &str) -> Result<PSObject, InvalidClixml> {
        let value = clixml::read(xml.as_bytes(), &clixml::Limits::default());
        value.map(PSObject).map_err(InvalidClixml)
    }

    /// Writes the value as one of a document that Import-Clixml reads. `first_id` numbers its objects and becomes the
    /// number of the next one's; a document begins with 0.
    ///
    /// A secure string is null here: its text is for this session only.
    pub fn to_clixml(&self, first_id: &mut u32) -> String {
        clixml::write_for_document(&self.0, first_id)
    }

    /// The value with a text added to it as a property.
    pub fn with_note(&self, name: &str, text: &str) -> PSObject {
        let mut object = match &self.0 {
            Value::Object(object) => (**object).clone(),
            value => Object { content: Content::Value(value.clone()), ..Object::default() },
        };
        object.extended.properties.extend([(name, Value::from(text))]);
        PSObject(object.into())
    }

    /// The value, to be looked at.
    pub fn view(&self) -> ObjectView<'_> {
        ObjectView::new(&self.0)
    }

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
        match self.0.as_str() {
            Some(text) => f.write_str(text),
            None => self.view().root().fmt(f),
        }
    }
}

/// The text is not CLIXML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidClixml(ReadError);
