//! A look into a [`PSObject`](super::PSObject): its kind, its properties, what it holds.

use crate::psrp::clixml::{Content, Object, ProgressRecord, References, Value};
use std::collections::HashSet;
use std::slice;
use uuid::Uuid;

pub use crate::psrp::clixml::{DateTime, DateTimeKind, TimeSpan};

/// A value with the objects in it that are referred to by number.
#[derive(Debug)]
pub struct ObjectView<'v> {
    value: &'v Value,
    references: References<'v>,
}

/// A value, or a value in it.
///
/// Objects may be shared, and may contain themselves: a short message can describe a tree without end.
/// [`identity`](PSValue::identity) is the same wherever an object appears; bound what you follow.
#[derive(Debug, Clone, Copy)]
pub struct PSValue<'v> {
    value: &'v Value,
    references: &'v References<'v>,
}

/// Objects around an object; a message may describe more by wrapping one into itself.
const MOST_WRAPPINGS: usize = 100;

/// Many objects may share names, and each is searched for its own.
const MOST_TYPE_NAMES: usize = 100;

/// Names an object within one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity(usize);

/// What a value is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ValueKind<'v> {
    /// `$null`.
    Null,
    /// System.Boolean.
    Bool(bool),
    /// System.Char: a UTF-16 code unit, possibly half of a surrogate pair.
    Char(u16),
    /// System.String.
    String(&'v str),
    /// An integer of any size and sign.
    Integer(i128),
    /// System.Single.
    Single(f32),
    /// System.Double.
    Double(f64),
    /// System.Decimal in its digits.
    Decimal(&'v str),
    /// An enumeration: the names that are set.
    Enum(&'v str),
    /// System.DateTime.
    DateTime(DateTime),
    /// System.TimeSpan.
    TimeSpan(TimeSpan),
    /// An array of System.Byte.
    ByteArray(&'v [u8]),
    /// System.Guid.
    Guid(Uuid),
    /// System.Uri.
    Uri(&'v str),
    /// System.Version: two to four numbers.
    Version([Option<u32>; 4]),
    /// A semantic version.
    SemanticVersion(&'v str),
    /// An XML document.
    Xml(&'v str),
    /// A script block's text.
    ScriptBlock(&'v str),
    /// A secure string, whose text is not shown.
    SecureString,
    /// A progress record.
    Progress(&'v ProgressRecord),
    /// A list, or anything that can be enumerated.
    List(Items<'v>),
    /// A dictionary.
    Dictionary(Entries<'v>),
    /// An object with properties.
    Object,
}

/// The values of a list.
#[derive(Debug, Clone)]
pub struct Items<'v> {
    items: slice::Iter<'v, Value>,
    references: &'v References<'v>,
}

/// The keys and values of a dictionary, in the order of the sender.
#[derive(Debug, Clone)]
pub struct Entries<'v> {
    entries: slice::Iter<'v, (Value, Value)>,
    references: &'v References<'v>,
}

impl<'v> ObjectView<'v> {
    pub(super) fn new(value: &'v Value) -> ObjectView<'v> {
        ObjectView { value, references: References::of(value) }
    }

    /// The value itself.
    pub fn root(&self) -> PSValue<'_> {
        PSValue { value: self.value, references: &self.references }
    }
}

impl<'v> PSValue<'v> {
    /// What the value is; of one with notes, what it is without them.
    pub fn kind(self) -> ValueKind<'v> {
        let references = self.references;
        let object = match self.base() {
            Ok(object) => object,
            Err(value) => return self.primitive(value),
        };
        match &object.content {
            Content::List(items)
            | Content::Enumerable(items)
            | Content::Stack(items)
            | Content::Queue(items) => ValueKind::List(Items { items: items.iter(), references }),
            Content::Dictionary(entries) => {
                ValueKind::Dictionary(Entries { entries: entries.iter(), references })
            }
            Content::None | Content::Value(_) => ValueKind::Object,
        }
    }

    fn primitive(self, value: &'v Value) -> ValueKind<'v> {
        match value {
            Value::Nil => ValueKind::Null,
            Value::Bool(value) => ValueKind::Bool(*value),
            Value::Char(unit) => ValueKind::Char(*unit),
            Value::String(text) => ValueKind::String(text),
            Value::Byte(number) => self.integer(*number),
            Value::SByte(number) => self.integer(*number),
            Value::U16(number) => self.integer(*number),
            Value::I16(number) => self.integer(*number),
            Value::U32(number) => self.integer(*number),
            Value::I32(number) => self.integer(*number),
            Value::U64(number) => self.integer(*number),
            Value::I64(number) => self.integer(*number),
            Value::Single(number) => ValueKind::Single(*number),
            Value::Double(number) => ValueKind::Double(*number),
            Value::Decimal(number) => ValueKind::Decimal(number.as_str()),
            Value::DateTime(at) => ValueKind::DateTime(*at),
            Value::TimeSpan(span) => ValueKind::TimeSpan(*span),
            Value::ByteArray(bytes) => ValueKind::ByteArray(bytes),
            Value::Guid(guid) => ValueKind::Guid(*guid),
            Value::Uri(text) => ValueKind::Uri(text),
            Value::Version(version) => ValueKind::Version([
                Some(version.major),
                Some(version.minor),
                version.build,
                version.revision,
            ]),
            Value::SemanticVersion(text) => ValueKind::SemanticVersion(text),
            Value::XmlDocument(text) => ValueKind::Xml(text),
            Value::ScriptBlock(text) => ValueKind::ScriptBlock(text),
            Value::SecureString(_) => ValueKind::SecureString,
            Value::ProgressRecord(record) => ValueKind::Progress(record),
            Value::Object(_) | Value::Ref(_) => ValueKind::Object,
        }
    }

    /// The text of a string, with or without notes.
    pub fn as_str(self) -> Option<&'v str> {
        if let Err(Value::String(text)) = self.base() { Some(text) } else { None }
    }

    /// The object's type names, the most derived first; none of a primitive value. What would be more than any type has is
    /// left out.
    pub fn type_names(self) -> &'v [String] {
        let names = self.object().and_then(|object| object.type_names.as_deref()).unwrap_or_default();
        names.get(..MOST_TYPE_NAMES).unwrap_or(names)
    }

    /// Whether this is one of the object's types.
    pub fn is_of_type(self, name: &str) -> bool {
        self.type_names().iter().any(|found| found.strip_prefix("Deserialized.").unwrap_or(found) == name)
    }

    /// What ToString() gave on the server; a primitive and a property bag have none.
    pub fn to_string_there(self) -> Option<&'v str> {
        self.object()?.to_string.as_deref()
    }

    /// The properties: those of the type, then those that were added, which come instead of one of the same name.
    pub fn properties(self) -> impl Iterator<Item = (&'v str, PSValue<'v>)> + use<'v> {
        let references = self.references;
        let all = self.object().into_iter().flat_map(|object| {
            let added = &object.extended.properties.0;
            let names: HashSet<String> = match object.adapted.0.is_empty() {
                true => HashSet::new(),
                false => added.iter().map(|property| property.name.to_lowercase()).collect(),
            };
            let own = object.adapted.0.iter();
            own.filter(move |property| !names.contains(&property.name.to_lowercase())).chain(added)
        });
        all.map(move |property| (&*property.name, PSValue { value: &property.value, references }))
    }

    /// The property of this name, in any letter case.
    pub fn property(self, name: &str) -> Option<PSValue<'v>> {
        Some(PSValue { value: self.object()?.property(name)?, references: self.references })
    }

    /// Names the object; a primitive value has none.
    pub fn identity(self) -> Option<Identity> {
        self.object().map(|object| Identity(std::ptr::from_ref(object).addr()))
    }

    /// Whether this is an object that is written elsewhere in the message and only referred to here.
    pub fn is_reference(self) -> bool {
        matches!(self.value, Value::Ref(_))
    }

    /// A copy of the object. What is referred to and not in it is lost.
    pub(super) fn copy(self) -> Option<Value> {
        self.object().map(|object| object.clone().into())
    }

    fn object(self) -> Option<&'v Object> {
        self.references.object(self.value)
    }

    /// What is left when the objects around a value are taken off: another object, or a primitive value.
    fn base(self) -> Result<&'v Object, &'v Value> {
        let mut value = self.value;
        for _ in 0..MOST_WRAPPINGS {
            let object = self.references.object(value).ok_or(value)?;
            let Content::Value(inner) = &object.content else { return Ok(object) };
            value = inner;
        }
        Err(&Value::Nil)
    }

    fn integer(self, number: impl Into<i128>) -> ValueKind<'v> {
        self.enumeration().unwrap_or_else(|| ValueKind::Integer(number.into()))
    }

    fn enumeration(self) -> Option<ValueKind<'v>> {
        let object = self.object()?;
        let is_enum = object.type_names.as_ref()?.iter().any(|name| name.ends_with("System.Enum"));
        object.to_string.as_deref().filter(|_| is_enum).map(ValueKind::Enum)
    }
}

impl<'v> Iterator for Items<'v> {
    type Item = PSValue<'v>;

    fn next(&mut self) -> Option<PSValue<'v>> {
        self.items.next().map(|value| PSValue { value, references: self.references })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl ExactSizeIterator for Items<'_> {}

impl<'v> Iterator for Entries<'v> {
    type Item = (PSValue<'v>, PSValue<'v>);

    fn next(&mut self) -> Option<(PSValue<'v>, PSValue<'v>)> {
        let (key, value) = self.entries.next()?;
        let looked_at = |value| PSValue { value, references: self.references };
        Some((looked_at(key), looked_at(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Entries<'_> {}

#[cfg(test)]
mod tests {
    use super::{PSValue, ValueKind};
    use crate::pipeline::{PSObject, RemoteError};

    fn object(xml: &str) -> PSObject {
        PSObject::from_clixml(xml).unwrap()
    }

    fn names(value: PSValue<'_>) -> Vec<(String, String)> {
        value.properties().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
    }

    #[test]
    fn properties_come_in_order_and_added_ones_count() {
        let object = object(concat!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Deserialized.Pet</T></TN><ToString>Rex</ToString>"#,
            r#"<Props><I32 N="b">1</I32><I32 N="a">2</I32></Props><MS><I32 N="B">3</I32></MS></Obj>"#,
        ));
        let view = object.view();
        let value = view.root();
        assert!(matches!(value.kind(), ValueKind::Object));
        assert!(value.is_of_type("Pet") && !value.is_of_type("Deserialized.Pet"));
        assert_eq!(value.to_string_there(), Some("Rex"));
        assert_eq!(names(value), [("a".into(), "2".into()), ("B".into(), "3".into())]);
        assert!(matches!(value.property("b").map(PSValue::kind), Some(ValueKind::Integer(3))));
    }

    #[test]
    fn references_are_followed_and_recognised() {
        let object = object(concat!(
            r#"<Obj RefId="0"><LST><Obj RefId="1"><LST><S>x</S></LST></Obj><Ref RefId="1" /><Ref RefId="0" />"#,
            r#"</LST></Obj>"#,
        ));
        let view = object.view();
        let ValueKind::List(items) = view.root().kind() else { panic!() };
        let [first, second, outer] = items.collect::<Vec<_>>().try_into().unwrap();
        assert!(second.is_reference() && !first.is_reference());
        assert_eq!(first.identity(), second.identity());
        assert_eq!(outer.identity(), view.root().identity());
        let ValueKind::List(mut items) = second.kind() else { panic!() };
        assert_eq!((items.len(), items.next().and_then(PSValue::as_str)), (1, Some("x")));
    }

    #[test]
    fn an_object_wrapped_into_itself_is_nothing() {
        let object = object(r#"<Obj RefId="0"><Ref RefId="0" /></Obj>"#);
        assert!(matches!(object.view().root().kind(), ValueKind::Null));
        assert_eq!(object.to_string(), "");
    }

    #[test]
    fn a_value_with_notes_is_the_value() {
        let noted = object("<I32>5</I32>").with_note("Unit", "kg");
        let view = noted.view();
        assert!(matches!(view.root().kind(), ValueKind::Integer(5)));
        assert_eq!(view.root().property("unit").and_then(PSValue::as_str), Some("kg"));
        assert_eq!(
            noted.to_clixml(&mut 3),
            r#"<Obj RefId="3"><I32>5</I32><MS><S N="Unit">kg</S></MS></Obj>"#
        );
    }

    #[test]
    fn only_an_error_record_is_an_error() {
        let record = object(concat!(
            r#"<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.ErrorRecord</T></TN><ToString>no</ToString>"#,
            r#"<MS><S N="FullyQualifiedErrorId">NativeCommandError</S></MS></Obj>"#,
        ));
        let error = RemoteError::from_value(record.view().root()).unwrap();
        assert_eq!(error.message, "no");
        assert!(error.is_native_output());
        assert_eq!(RemoteError::from_value(object("<S>no</S>").view().root()), None);
    }

    #[test]
    fn a_secure_string_does_not_leave_the_session() {
        assert_eq!(object("<SS>AAAA</SS>").to_clixml(&mut 0), "<Nil />");
    }
}
