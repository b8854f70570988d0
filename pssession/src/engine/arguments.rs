//! The application arguments of a new session, in the types that PowerShell gives to what JSON has.

use crate::psrp::clixml::{Content, Object, Value, type_names};
use serde_json::{Map, Value as Json};

/// The entries of a PSPrimitiveDictionary.
pub(super) fn dictionary(arguments: &Map<String, Json>) -> Vec<(Value, Value)> {
    arguments.iter().map(|(key, value)| (Value::from(key.as_str()), primitive(value))).collect()
}

fn primitive(value: &Json) -> Value {
    match value {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => i32::try_from(integer).map_or(Value::I64(integer), Value::I32),
            (None, real) => Value::Double(real.unwrap_or(f64::INFINITY)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(values) => {
            let names = ["System.Object[]", "System.Array", "System.Object"];
            let content = Content::List(values.iter().map(primitive).collect());
            Object { type_names: Some(type_names(names)), content, ..Object::default() }.into()
        }
        Json::Object(entries) => Object::primitive_dictionary(dictionary(entries)).into(),
    }
}
