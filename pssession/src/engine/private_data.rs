//! What a server says of itself, as JSON: the part of it that is text, numbers and versions.

use crate::psrp::clixml::{Content, Object, Value};
use crate::psrp::handshake::ApplicationPrivateData;
use serde_json::{Map, Value as Json};

/// PSVersionTable is a dictionary in a dictionary, with lists in it.
const MOST_DEPTH: usize = 4;
/// More than any server says; it is kept with the session.
const MOST_OCTETS: usize = 16 << 10;

/// The dictionary; `None` for one that is null or too long.
pub(super) fn to_json(data: &ApplicationPrivateData) -> Option<Map<String, Json>> {
    let entries = dictionary(data.dictionary()?, MOST_DEPTH)?;
    let length = serde_json::to_string(&entries).map_or(usize::MAX, |text| text.len());
    Some(entries).filter(|_| length <= MOST_OCTETS)
}

fn dictionary(object: &Object, depth: usize) -> Option<Map<String, Json>> {
    let Content::Dictionary(entries) = &object.content else { return None };
    let entry = |(key, value): &(Value, Value)| Some((key.as_str()?.to_owned(), json(value, depth - 1)?));
    Some(entries.iter().filter_map(entry).collect())
}

fn json(value: &Value, depth: usize) -> Option<Json> {
    if depth == 0 {
        return None;
    }
    let text = |text: String| Some(Json::String(text));
    match (value.base(), value.as_object().map(|object| &object.content)) {
        (Value::Bool(value), _) => Some(Json::Bool(*value)),
        (Value::SemanticVersion(version), _) => text(version.clone()),
        (_, Some(Content::Dictionary(_))) => dictionary(value.as_object()?, depth).map(Json::Object),
        (_, Some(Content::List(values))) => {
            Some(Json::Array(values.iter().filter_map(|value| json(value, depth - 1)).collect()))
        }
        _ => match (value.as_str(), value.as_version(), value.as_i64()) {
            (Some(own), ..) => text(own.to_owned()),
            (None, Some(version), _) => text(version.to_string()),
            (None, None, number) => number.map(Json::from),
        },
    }
}
