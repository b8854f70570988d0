//! The answers to host calls, in the forms that PowerShell's own client gives them.

use super::screen::{BufferCell, ConsoleColor, Coordinates, KeyInfo, Size};
use crate::psrp::clixml::{Content, Object, Value, Version, type_names};
use crate::psrp::session_key::SessionKey;
use crate::secret::Secret;
use uuid::Uuid;

/// The answer to a host call. A script fails where the kind of the answer is not what its call asks for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HostAnswer {
    /// A line, a title, a name, a culture; of a field, whatever its type: the server converts it.
    Text(String),
    /// A line that must not be seen. It is sent encrypted.
    Secret(Secret),
    /// To PromptForCredential.
    Credential(Credential),
    /// To Prompt: the value of each field by the field's name.
    Fields(Vec<(String, HostAnswer)>),
    /// The items of a field that is a list.
    List(Vec<HostAnswer>),
    /// To PromptForChoice: the index of the choice.
    Choice(usize),
    /// To PromptForChoiceMultipleSelection: the indexes of the choices.
    Choices(Vec<usize>),
    /// To ReadKey.
    Key(KeyInfo),
    /// Whether a key is available, or another runspace in use.
    Bool(bool),
    /// A number, such as the size of the cursor.
    Number(i32),
    /// A color; `None` for the terminal's own.
    Color(Option<ConsoleColor>),
    /// A position.
    Coordinates(Coordinates),
    /// A size.
    Size(Size),
    /// An id.
    Guid(Uuid),
    /// A version: its major and minor number.
    Version(u32, u32),
    /// To GetBufferContents: characters by row.
    BufferContents(Vec<Vec<BufferCell>>),
}

/// A user name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The user, perhaps with a domain.
    pub user_name: String,
    /// The password. It is sent encrypted.
    pub password: Secret,
}

impl HostAnswer {
    /// `None` where it holds a secret and there is no key.
    pub(super) fn to_value(&self, key: Option<&SessionKey>) -> Option<Value> {
        const LIST: &str = "System.Collections.ArrayList";
        const DICTIONARY: &str = "System.Collections.Hashtable";
        let secure = |secret| Some(Value::SecureString(key?.encrypt(secret)));
        Some(match self {
            HostAnswer::Text(text) => text.as_str().into(),
            HostAnswer::Secret(secret) => secure(secret)?,
            HostAnswer::Credential(credential) => credential.to_value(secure(&credential.password)?),
            HostAnswer::Fields(fields) => {
                let field = |(name, answer): &(String, HostAnswer)| {
                    Some((Value::from(name.as_str()), answer.to_value(key)?))
                };
                let fields = fields.iter().map(field).collect::<Option<_>>()?;
                container(DICTIONARY, Content::Dictionary(fields))
            }
            HostAnswer::List(items) => {
                let items = items.iter().map(|item| item.to_value(key)).collect::<Option<_>>()?;
                container(LIST, Content::List(items))
            }
            HostAnswer::Choice(index) => number(*index),
            HostAnswer::Choices(indexes) => {
                container(LIST, Content::List(indexes.iter().map(|index| number(*index)).collect()))
            }
            HostAnswer::Key(key) => key.to_value(),
            HostAnswer::Bool(value) => Value::Bool(*value),
            HostAnswer::Number(number) => Value::I32(*number),
            HostAnswer::Color(color) => ConsoleColor::to_value(*color),
            HostAnswer::Coordinates(coordinates) => coordinates.to_value(),
            HostAnswer::Size(size) => size.to_value(),
            HostAnswer::Guid(id) => Value::Guid(*id),
            HostAnswer::Version(major, minor) => Value::Version(Version::new(*major, *minor)),
            HostAnswer::BufferContents(rows) => {
                let width = rows.first().map_or(0, Vec::len);
                let cells = rows.iter().flatten().map(|cell| cell.to_value()).collect();
                let lengths = Object {
                    type_names: Some(type_names(["System.Int32[]", "System.Array", "System.Object"])),
                    content: Content::List(vec![number(rows.len()), number(width)]),
                    ..Object::default()
                };
                let cells = container(LIST, Content::List(cells));
                Object::bag([("mae", cells), ("mal", lengths.into())]).into()
            }
        })
    }
}

impl Credential {
    fn to_value(&self, password: Value) -> Value {
        const TYPE_NAME: &str = "System.Management.Automation.PSCredential";
        let properties = [("UserName", self.user_name.as_str().into()), ("Password", password)];
        let object = Object {
            type_names: Some(type_names([TYPE_NAME, "System.Object"])),
            to_string: Some(TYPE_NAME.to_owned()),
            adapted: properties.into_iter().collect(),
            ..Object::default()
        };
        object.into()
    }
}

fn container(type_name: &str, content: Content) -> Value {
    let type_names = Some(type_names([type_name, "System.Object"]));
    Object { type_names, content, ..Object::default() }.into()
}

fn number(index: usize) -> Value {
    Value::I32(i32::try_from(index).unwrap_or(i32::MAX))
}
