//! The values that the canned commands deal with: as CLIXML, as text, and read from a client's CLIXML.

use roxmltree::Node;

use super::clixml::{decode, encode};
use super::key::SessionKey;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i32),
    String(String),
    /// A DateTime in the form of CLIXML.
    Date(&'static str),
    Enum {
        kind: &'static str,
        name: &'static str,
        number: i32,
    },
    List(Vec<Value>),
    Hashtable(Vec<(String, Value)>),
    Object(Object),
    SecureString(String),
    /// What a client sent and is nothing of these: its CLIXML and its text.
    Foreign(String, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Of its types the most derived; the others are left out but for System.Object.
    pub kind: &'static str,
    pub text: Option<String>,
    /// Adapted properties of an object of .NET.
    pub properties: Vec<(String, Value)>,
    /// Properties that were added to it; all that a PSCustomObject has.
    pub notes: Vec<(String, Value)>,
}

pub const CUSTOM_OBJECT: &str = "System.Management.Automation.PSCustomObject";
const CREDENTIAL: &str = "System.Management.Automation.PSCredential";

impl Value {
    pub fn string(text: impl Into<String>) -> Value {
        Value::String(text.into())
    }

    /// A PSCustomObject.
    pub fn custom(notes: Vec<(String, Value)>) -> Value {
        Value::Object(Object { kind: CUSTOM_OBJECT, text: None, properties: Vec::new(), notes })
    }

    /// An object of .NET whose text is its type.
    pub fn object(kind: &'static str, properties: Vec<(&str, Value)>) -> Value {
        let properties = properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(Object { kind, text: Some(kind.to_owned()), properties, notes: Vec::new() })
    }

    pub fn credential(user: &str, password: String) -> Value {
        let properties = vec![("UserName", Value::string(user)), ("Password", Value::SecureString(password))];
        Value::object(CREDENTIAL, properties)
    }

    /// Its text inside a string.
    pub fn text(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::String(text) | Value::Foreign(_, text) => text.clone(),
            Value::Date(date) => (*date).to_owned(),
            Value::Enum { name, .. } => (*name).to_owned(),
            Value::List(values) => join(values),
            Value::Hashtable(_) => "System.Collections.Hashtable".to_owned(),
            Value::SecureString(_) => "System.Security.SecureString".to_owned(),
            Value::Object(object) => object.text.clone().unwrap_or_else(|| {
                let members: Vec<String> =
                    object.members().map(|(name, value)| format!("{name}={}", value.text())).collect();
                format!("@{{{}}}", members.join("; "))
            }),
        }
    }

    /// A property, by its name in any case.
    pub fn member(&self, name: &str) -> Value {
        let named = |members: &[(String, Value)]| {
            members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let found = match self {
            Value::Object(object) => named(&object.properties).or_else(|| named(&object.notes)),
            Value::Hashtable(entries) => named(entries),
            Value::String(text) | Value::SecureString(text) if name.eq_ignore_ascii_case("Length") => {
                Some(Value::Int(i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX)))
            }
            _ => None,
        };
        found.unwrap_or(Value::Null)
    }

    /// Its CLIXML, alone in a message. SecureStrings are encrypted with the key.
    pub fn clixml(&self, key: &SessionKey) -> String {
        self.named_clixml("", &mut 0, key)
    }

    /// Its CLIXML with this attribute, such as ` N="name"`, and with RefIds from `next` on.
    fn named_clixml(&self, attribute: &str, next: &mut u32, key: &SessionKey) -> String {
        let simple = |tag: &str, content: &str| format!("<{tag}{attribute}>{content}</{tag}>");
        let mut object = |kinds: &[&str]| {
            let id = *next;
            *next += 1;
            let kinds: String = kinds.iter().map(|kind| format!("<T>{kind}</T>")).collect();
            format!("<Obj{attribute} RefId=\"{id}\"><TN RefId=\"{id}\">{kinds}<T>System.Object</T></TN>")
        };
        match self {
            Value::Null => format!("<Nil{attribute} />"),
            Value::Bool(value) => simple("B", &value.to_string()),
            Value::Int(number) => simple("I32", &number.to_string()),
            Value::String(text) => simple("S", &encode(text)),
            Value::Date(date) => simple("DT", date),
            Value::SecureString(text) => simple("SS", &key.encrypt(text)),
            Value::Foreign(xml, _) => xml.clone(),
            Value::Enum { kind, name, number } => {
                let start = object(&[kind, "System.Enum", "System.ValueType"]);
                format!("{start}<ToString>{name}</ToString><I32>{number}</I32></Obj>")
            }
            Value::List(values) => {
                let start = object(&["System.Object[]", "System.Array"]);
                let items: String = values.iter().map(|value| value.named_clixml("", next, key)).collect();
                format!("{start}<LST>{items}</LST></Obj>")
            }
            Value::Hashtable(entries) => {
                let start = object(&["System.Collections.Hashtable"]);
                let entries: String = entries
                    .iter()
                    .map(|(name, value)| {
                        let value = value.named_clixml(" N=\"Value\"", next, key);
                        format!("<En><S N=\"Key\">{}</S>{value}</En>", encode(name))
                    })
                    .collect();
                format!("{start}<DCT>{entries}</DCT></Obj>")
            }
            Value::Object(Object { kind, text, properties, notes }) => {
                let start = object(&[kind]);
                let text = text.as_ref().map(|text| format!("<ToString>{}</ToString>", encode(text)));
                let mut members = |tag: &str, members: &[(String, Value)]| {
                    let members: String = members
                        .iter()
                        .map(|(name, value)| {
                            value.named_clixml(&format!(" N=\"{}\"", encode(name)), next, key)
                        })
                        .collect();
                    if members.is_empty() { String::new() } else { format!("<{tag}>{members}</{tag}>") }
                };
                let properties = members("Props", properties);
                format!("{start}{}{properties}{}</Obj>", text.unwrap_or_default(), members("MS", notes))
            }
        }
    }

    /// A value of the client.
    pub fn read(node: Node, key: &SessionKey) -> Value {
        let text = node.text().unwrap_or_default();
        let items = |tag: &str| node.children().find(|child| child.has_tag_name(tag));
        match node.tag_name().name() {
            "Nil" => Value::Null,
            "B" => Value::Bool(text == "true"),
            "S" => Value::String(decode(text)),
            "SS" => Value::SecureString(key.decrypt(text).unwrap_or_default()),
            "I32" | "I64" if text.parse::<i32>().is_ok() => Value::Int(text.parse().unwrap_or_default()),
            "Obj" if items("LST").is_some() => {
                Value::List(items("LST").map(|list| read_all(list, key)).unwrap_or_default())
            }
            "Obj" if items("DCT").is_some() => {
                let entries = items("DCT").into_iter().flat_map(|entries| entries.children());
                let entry = |entry: Node| match read_all(entry, key).as_slice() {
                    [name, value] => Some((name.text(), value.clone())),
                    _ => None,
                };
                Value::Hashtable(entries.filter_map(entry).collect())
            }
            "Obj" if node.descendants().any(|type_name| type_name.text() == Some(CREDENTIAL)) => {
                let part = |name: &str| node.descendants().find(|child| child.attribute("N") == Some(name));
                let password = match part("Password").map(|node| Value::read(node, key)) {
                    Some(Value::SecureString(password)) => password,
                    _ => String::new(),
                };
                let user = part("UserName").and_then(|node| node.text()).map(decode);
                Value::credential(&user.unwrap_or_default(), password)
            }
            _ => {
                let shown = items("ToString").and_then(|node| node.text()).unwrap_or(text);
                let whole = node.document().input_text().get(node.range()).unwrap_or_default();
                // An argument has a name of its own.
                Value::Foreign(whole.replacen(" N=\"V\"", "", 1), decode(shown))
            }
        }
    }
}

fn read_all(parent: Node, key: &SessionKey) -> Vec<Value> {
    parent.children().filter(|child| child.is_element()).map(|child| Value::read(child, key)).collect()
}

impl Object {
    /// Its properties in the order in which they are shown.
    pub fn members(&self) -> impl Iterator<Item = &(String, Value)> {
        self.properties.iter().chain(&self.notes)
    }
}

/// The text of several values inside a string.
pub fn join(values: &[Value]) -> String {
    values.iter().map(Value::text).collect::<Vec<_>>().join(" ")
}
