//! A PSSessionOption as a JSON object.

use super::hash_table::Entry;
use crate::cli::convert::SessionOptionError;
use pssession::session_option::PropertyValue;
use serde_json::{Map, Value};

/// The entries of an object; values become the texts that they would be in a hash table.
pub fn entries(text: &str) -> Result<Vec<Entry<'static>>, SessionOptionError> {
    let object: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| SessionOptionError::NotJson { line: error.line(), column: error.column() })?;
    let text = |value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Object(entries) => Some(PropertyValue::Dictionary(&entries).to_string()),
        other => Some(other.to_string()),
    };
    Ok(object.into_iter().map(|(key, value)| (key.into(), text(value).map(Into::into))).collect())
}
