//! What a CLIXML value can be (MS-PSRP 2.2.5).
//!
//! A message is a tree. Where the .NET objects were a graph, an object that was written before is only named
//! by its number: [`Value::Ref`]. So a tree is never larger than its message and never contains itself;
//! [`References`](super::References) finds the object behind a number for those who want to follow it.

use std::sync::Arc;

use uuid::Uuid;

use super::{DateTime, Decimal, SecureString, TimeSpan, Version};

/// One value: null, a primitive, an object, or a reference to an object of the same message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `Nil`, null.
    Nil,
    /// `S`, System.String.
    String(String),
    /// `C`, System.Char: one UTF-16 code unit, possibly half of a surrogate pair.
    Char(u16),
    /// `B`, System.Boolean.
    Bool(bool),
    /// `DT`, System.DateTime.
    DateTime(DateTime),
    /// `TS`, System.TimeSpan.
    TimeSpan(TimeSpan),
    /// `By`, System.Byte, which has no sign.
    Byte(u8),
    /// `SB`, System.SByte.
    SByte(i8),
    /// `U16`, System.UInt16.
    U16(u16),
    /// `I16`, System.Int16.
    I16(i16),
    /// `U32`, System.UInt32.
    U32(u32),
    /// `I32`, System.Int32.
    I32(i32),
    /// `U64`, System.UInt64.
    U64(u64),
    /// `I64`, System.Int64.
    I64(i64),
    /// `Sg`, System.Single.
    Single(f32),
    /// `Db`, System.Double.
    Double(f64),
    /// `D`, System.Decimal.
    Decimal(Decimal),
    /// `BA`, an array of System.Byte.
    ByteArray(Vec<u8>),
    /// `G`, System.Guid.
    Guid(Uuid),
    /// `URI`, System.Uri.
    Uri(String),
    /// `Version`, System.Version.
    Version(Version),
    /// `SemanticVersion`, of PowerShell 6 and later.
    SemanticVersion(String),
    /// `XD`, System.Xml.XmlDocument: its outer XML.
    XmlDocument(String),
    /// `SBK`, a ScriptBlock, of which only the text arrives.
    ScriptBlock(String),
    /// `SS`, System.Security.SecureString.
    SecureString(SecureString),
    /// `PR`, a ProgressRecord among data; the PROGRESS_RECORD message is an object instead.
    ProgressRecord(Box<ProgressRecord>),
    /// `Obj`.
    Object(Box<Object>),
    /// `Ref`: an object that was begun earlier in the message, and may still be open around this place.
    Ref(RefId),
}

/// The number of an object within its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RefId(pub u32);

/// `Obj`: a .NET object with its type names, content and properties (MS-PSRP 2.2.5.2).
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    /// As numbered by the sender. Needed in a value to be written only where a [`Value::Ref`] names it;
    /// writing numbers objects anew.
    pub ref_id: Option<RefId>,
    /// Absent for a property bag.
    pub type_names: Option<TypeNames>,
    /// What ToString() gave on the sender's side.
    pub to_string: Option<String>,
    pub content: Content,
    /// `Props`: properties of the type itself.
    pub adapted: Properties,
    /// `MS`: properties that were added to the object; all there is in most messages of the protocol.
    pub extended: MemberSet,
}

/// Type names from the most derived to System.Object; shared by all objects of one type in a message.
pub(crate) type TypeNames = Arc<[String]>;

/// What an object is beside its properties.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Content {
    #[default]
    None,
    /// A primitive that has properties or a type of its own, such as the number of an enum; or an object in
    /// an object.
    Value(Value),
    /// `LST`, an array or list.
    List(Vec<Value>),
    /// `IE`, any IEnumerable.
    Enumerable(Vec<Value>),
    /// `STK`, the top first.
    Stack(Vec<Value>),
    /// `QUE`, the head first.
    Queue(Vec<Value>),
    /// `DCT`, in the order of the sender; keys may be of any type.
    Dictionary(Vec<(Value, Value)>),
}

/// Named values, in the order of the sender.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Properties(pub Vec<Property>);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    pub name: String,
    pub value: Value,
}

/// `MS`: properties, and sets of them that have names of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct MemberSet {
    pub properties: Properties,
    pub sets: Vec<(String, MemberSet)>,
}

/// A ProgressRecord (MS-PSRP 2.2.5.1.25).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgressRecord {
    /// What is being done.
    pub activity: String,
    /// Names the activity among those of its command.
    pub activity_id: i32,
    /// What is being done to what.
    pub current_operation: Option<String>,
    /// The activity that this one is a part of; -1 where there is none.
    pub parent_activity_id: i32,
    /// From 0 to 100; -1 where unknown.
    pub percent_complete: i32,
    /// Whether the activity goes on.
    pub record_type: ProgressRecordType,
    /// -1 where unknown.
    pub seconds_remaining: i32,
    /// Its state in words.
    pub status_description: Option<String>,
}

impl Default for ProgressRecord {
    /// What PowerShell assumes where a record does not say.
    fn default() -> ProgressRecord {
        ProgressRecord {
            activity: String::new(),
            activity_id: 0,
            current_operation: None,
            parent_activity_id: -1,
            percent_complete: -1,
            record_type: ProgressRecordType::Processing,
            seconds_remaining: -1,
            status_description: None,
        }
    }
}

/// System.Management.Automation.ProgressRecordType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressRecordType {
    /// The activity goes on.
    Processing,
    /// It has ended.
    Completed,
}

impl Value {
    /// The object, where the value is one. A [`Value::Ref`] is not followed.
    pub(crate) fn as_object(&self) -> Option<&Object> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }

    /// The property of that name, in any letter case, where the value is an object that has it.
    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        self.as_object()?.property(name)
    }

    /// Takes the property of that name, in any letter case, out of the object, where the value is one that has it.
    pub(crate) fn take_property(&mut self, name: &str) -> Option<Value> {
        let Value::Object(object) = self else { return None };
        object.extended.properties.take(name).or_else(|| object.adapted.take(name))
    }

    /// What is left when the objects around a value are taken off, as PSObject.BaseObject does: the number of
    /// an enum, a string with properties.
    pub(crate) fn base(&self) -> &Value {
        self.as_object().and_then(Object::wrapped).map_or(self, Value::base)
    }

    /// The text of a string, with or without properties.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self.base() { Some(text) } else { None }
    }

    /// Any integer that fits; senders differ in the width they choose.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other types are no integers")]
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match *self.base() {
            Value::Byte(number) => Some(number.into()),
            Value::SByte(number) => Some(number.into()),
            Value::U16(number) => Some(number.into()),
            Value::I16(number) => Some(number.into()),
            Value::U32(number) => Some(number.into()),
            Value::I32(number) => Some(number.into()),
            Value::U64(number) => i64::try_from(number).ok(),
            Value::I64(number) => Some(number),
            _ => None,
        }
    }

    /// As [`as_i64`](Value::as_i64), where it fits into 32 bits.
    pub(crate) fn as_i32(&self) -> Option<i32> {
        i32::try_from(self.as_i64()?).ok()
    }

    pub(crate) fn as_version(&self) -> Option<Version> {
        if let Value::Version(version) = self.base() { Some(*version) } else { None }
    }
}

impl Object {
    /// A property bag, the form of most messages of the protocol: nothing but extended properties.
    pub(crate) fn bag<const N: usize>(properties: [(&str, Value); N]) -> Object {
        let extended = MemberSet { properties: properties.into_iter().collect(), sets: Vec::new() };
        Object { extended, ..Object::default() }
    }

    /// A value of an enum type whose underlying type is System.Int32.
    pub(crate) fn enumeration(type_name: &str, text: &str, number: i32) -> Object {
        Object {
            type_names: Some(type_names([type_name, "System.Enum", "System.ValueType", "System.Object"])),
            to_string: Some(text.to_owned()),
            content: Content::Value(Value::I32(number)),
            ..Object::default()
        }
    }

    /// A PSPrimitiveDictionary, in which PowerShell keeps application arguments and private data.
    pub(crate) fn primitive_dictionary(entries: Vec<(Value, Value)>) -> Object {
        const TYPE_NAME: &str = "System.Management.Automation.PSPrimitiveDictionary";
        Object {
            type_names: Some(type_names([TYPE_NAME, "System.Collections.Hashtable", "System.Object"])),
            content: Content::Dictionary(entries),
            ..Object::default()
        }
    }

    /// The property of that name in any letter case: an added one before one of the type itself, and where
    /// the object is wrapped around another one, the inner one's last.
    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        let own = self.extended.properties.get(name).or_else(|| self.adapted.get(name));
        own.or_else(|| self.wrapped()?.property(name))
    }

    /// The value that the object is wrapped around.
    fn wrapped(&self) -> Option<&Value> {
        if let Content::Value(inner) = &self.content { Some(inner) } else { None }
    }

    /// The value of a dictionary under a string key, in any letter case.
    #[cfg(test)]
    pub(crate) fn entry(&self, key: &str) -> Option<&Value> {
        let Content::Dictionary(entries) = &self.content else { return None };
        let is_key = |candidate: &Value| candidate.as_str().is_some_and(|text| same_name(text, key));
        entries.iter().rev().find(|(candidate, _)| is_key(candidate)).map(|(_, value)| value)
    }
}

/// Type names for an object to be written, the most derived first.
pub(crate) fn type_names<const N: usize>(names: [&str; N]) -> TypeNames {
    names.map(str::to_owned).into()
}

impl Properties {
    /// The value of that name in any letter case; the last one where names differ in nothing else.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|property| same_name(&property.name, name)).map(|property| &property.value)
    }

    /// As [`get`](Properties::get), and it is here no longer.
    fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.0.iter().rposition(|property| same_name(&property.name, name))?;
        Some(self.0.remove(index).value)
    }
}

impl<'n> FromIterator<(&'n str, Value)> for Properties {
    fn from_iter<I: IntoIterator<Item = (&'n str, Value)>>(properties: I) -> Properties {
        let mut collected = Properties::default();
        collected.extend(properties);
        collected
    }
}

impl<'n> Extend<(&'n str, Value)> for Properties {
    fn extend<I: IntoIterator<Item = (&'n str, Value)>>(&mut self, properties: I) {
        let named = |(name, value): (&str, Value)| Property { name: name.to_owned(), value };
        self.0.extend(properties.into_iter().map(named));
    }
}

/// PowerShell's OrdinalIgnoreCase.
fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!a.is_ascii()
            && a.chars().flat_map(char::to_uppercase).eq(b.chars().flat_map(char::to_uppercase)))
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(Box::new(object))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}
