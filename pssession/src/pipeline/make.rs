//! Values that a client makes: arguments and input.

use super::object::PSObject;
use crate::psrp::clixml::{Content, Object, Value, type_names};

impl PSObject {
    /// `$null`.
    pub fn null() -> PSObject {
        PSObject(Value::Nil)
    }

    /// An array of objects.
    pub fn array(items: impl IntoIterator<Item = PSObject>) -> PSObject {
        let items = items.into_iter().map(|item| item.0).collect();
        let names = ["System.Object[]", "System.Array", "System.Object"];
        PSObject::object(Object {
            type_names: Some(type_names(names)),
            content: Content::List(items),
            ..Object::default()
        })
    }

    /// A hash table, in this order.
    pub fn hashtable(entries: impl IntoIterator<Item = (PSObject, PSObject)>) -> PSObject {
        let entries = entries.into_iter().map(|(key, value)| (key.0, value.0)).collect();
        let names = ["System.Collections.Hashtable", "System.Object"];
        PSObject::object(Object {
            type_names: Some(type_names(names)),
            content: Content::Dictionary(entries),
            ..Object::default()
        })
    }

    /// A custom object with these properties.
    pub fn custom(properties: impl IntoIterator<Item = (String, PSObject)>) -> PSObject {
        let names = ["System.Management.Automation.PSCustomObject", "System.Object"];
        let mut object = Object { type_names: Some(type_names(names)), ..Object::default() };
        for (name, PSObject(value)) in properties {
            object.extended.properties.extend([(name.as_str(), value)]);
        }
        PSObject::object(object)
    }

    fn object(object: Object) -> PSObject {
        PSObject(object.into())
    }
}

impl From<&str> for PSObject {
    fn from(text: &str) -> PSObject {
        PSObject(text.into())
    }
}

impl From<String> for PSObject {
    fn from(text: String) -> PSObject {
        PSObject(Value::String(text))
    }
}

impl From<bool> for PSObject {
    fn from(value: bool) -> PSObject {
        PSObject(Value::Bool(value))
    }
}

impl From<i32> for PSObject {
    fn from(number: i32) -> PSObject {
        PSObject(Value::I32(number))
    }
}

impl From<i64> for PSObject {
    fn from(number: i64) -> PSObject {
        PSObject(Value::I64(number))
    }
}

impl From<f64> for PSObject {
    fn from(number: f64) -> PSObject {
        PSObject(Value::Double(number))
    }
}

impl From<Vec<u8>> for PSObject {
    /// An array of bytes.
    fn from(octets: Vec<u8>) -> PSObject {
        PSObject(Value::ByteArray(octets))
    }
}
