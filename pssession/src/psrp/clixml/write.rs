//! From a value to XML, in the order and numbering that PowerShell itself uses (MS-PSRP 2.2.5).

use std::collections::HashMap;
use std::fmt::{Display, UpperExp, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::escape;
use super::value::{
    Content, MemberSet, Object, ProgressRecord, ProgressRecordType, Properties, RefId, TypeNames, Value,
};

/// Writes one value as the data of a message.
///
/// Objects and lists of type names are numbered from 0 as they come. A [`Value::Ref`] gets the new number of
/// its object; one whose object was not begun before it refers to nothing, and is written as null.
pub(crate) fn write(value: &Value) -> String {
    let mut writer = ValueWriter::default();
    writer.value(None, value);
    writer.xml
}

/// Writes one value as one of several in a document, whose objects are numbered throughout: from `first_id`, which becomes
/// the next value's. What is encrypted for the session is null there.
pub(crate) fn write_for_document(value: &Value, first_id: &mut u32) -> String {
    let next = *first_id;
    let mut writer = ValueWriter {
        next_ref_id: next,
        next_type_names: next,
        without_secrets: true,
        ..ValueWriter::default()
    };
    writer.value(None, value);
    *first_id = writer.next_ref_id.max(writer.next_type_names);
    writer.xml
}

#[derive(Default)]
struct ValueWriter {
    xml: String,
    without_secrets: bool,
    next_ref_id: u32,
    /// New numbers of the objects that had one.
    ref_ids: HashMap<RefId, u32>,
    next_type_names: u32,
    type_names: HashMap<TypeNames, u32>,
}

impl ValueWriter {
    /// `name` is the attribute `N`: of a property, or the place in a dictionary's entry.
    fn value(&mut self, name: Option<&str>, value: &Value) {
        match value {
            Value::Nil => self.empty("Nil", name),
            Value::String(text) => self.escaped("S", name, text),
            Value::Char(unit) => self.plain("C", name, unit),
            Value::Bool(value) => self.plain("B", name, value),
            Value::DateTime(at) => self.plain("DT", name, at),
            Value::TimeSpan(span) => self.plain("TS", name, span),
            Value::Byte(number) => self.plain("By", name, number),
            Value::SByte(number) => self.plain("SB", name, number),
            Value::U16(number) => self.plain("U16", name, number),
            Value::I16(number) => self.plain("I16", name, number),
            Value::U32(number) => self.plain("U32", name, number),
            Value::I32(number) => self.plain("I32", name, number),
            Value::U64(number) => self.plain("U64", name, number),
            Value::I64(number) => self.plain("I64", name, number),
            Value::Single(number) => self.float("Sg", name, f64::from(*number), number),
            Value::Double(number) => self.float("Db", name, *number, number),
            Value::Decimal(number) => self.plain("D", name, number),
            Value::ByteArray(bytes) => self.plain("BA", name, STANDARD.encode(bytes)),
            Value::Guid(guid) => self.plain("G", name, guid),
            Value::Uri(text) => self.escaped("URI", name, text),
            Value::Version(version) => self.plain("Version", name, version),
            Value::SemanticVersion(text) => self.escaped("SemanticVersion", name, text),
            Value::XmlDocument(text) => self.escaped("XD", name, text),
            Value::ScriptBlock(text) => self.escaped("SBK", name, text),
            Value::SecureString(_) if self.without_secrets => self.empty("Nil", name),
            Value::SecureString(secret) => self.plain("SS", name, STANDARD.encode(secret.as_bytes())),
            Value::ProgressRecord(record) => self.progress_record(name, record),
            Value::Object(object) => self.object(name, object),
            Value::Ref(id) => match self.ref_ids.get(id).copied() {
                Some(number) => self.element("Ref", name, Some(number), |_| {}),
                None => self.empty("Nil", name),
            },
        }
    }

    /// The parts of an object in the order of MS-PSRP 2.2.5.2.
    fn object(&mut self, name: Option<&str>, object: &Object) {
        let number = self.next_ref_id;
        self.next_ref_id += 1;
        if let Some(id) = object.ref_id {
            self.ref_ids.insert(id, number);
        }
        self.element("Obj", name, Some(number), |writer| {
            if let Some(names) = &object.type_names {
                writer.type_names(names);
            }
            if let Some(text) = &object.to_string {
                writer.escaped("ToString", None, text);
            }
            writer.content(&object.content);
            if !object.adapted.0.is_empty() {
                writer.element("Props", None, None, |writer| writer.properties(&object.adapted));
            }
            if object.extended != MemberSet::default() {
                writer.member_set(None, &object.extended);
            }
        });
    }

    fn type_names(&mut self, names: &TypeNames) {
        if let Some(&number) = self.type_names.get(names) {
            return self.element("TNRef", None, Some(number), |_| {});
        }
        let number = self.next_type_names;
        self.next_type_names += 1;
        self.type_names.insert(names.clone(), number);
        self.element("TN", None, Some(number), |writer| {
            names.iter().for_each(|name| writer.escaped("T", None, name));
        });
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::None => {}
            Content::Value(value) => self.value(None, value),
            Content::List(items) => self.items("LST", items),
            Content::Enumerable(items) => self.items("IE", items),
            Content::Stack(items) => self.items("STK", items),
            Content::Queue(items) => self.items("QUE", items),
            Content::Dictionary(entries) => self.element("DCT", None, None, |writer| {
                for (key, value) in entries {
                    writer.element("En", None, None, |writer| {
                        writer.value(Some("Key"), key);
                        writer.value(Some("Value"), value);
                    });
                }
            }),
        }
    }

    fn items(&mut self, tag: &str, items: &[Value]) {
        self.element(tag, None, None, |writer| items.iter().for_each(|item| writer.value(None, item)));
    }

    fn properties(&mut self, properties: &Properties) {
        properties.0.iter().for_each(|property| self.value(Some(&property.name), &property.value));
    }

    fn member_set(&mut self, name: Option<&str>, set: &MemberSet) {
        self.element("MS", name, None, |writer| {
            writer.properties(&set.properties);
            set.sets.iter().for_each(|(name, set)| writer.member_set(Some(name), set));
        });
    }

    fn progress_record(&mut self, name: Option<&str>, record: &ProgressRecord) {
        let record_type = match record.record_type {
            ProgressRecordType::Processing => "Processing",
            ProgressRecordType::Completed => "Completed",
        };
        self.element("PR", name, None, |writer| {
            writer.escaped("AV", None, &record.activity);
            writer.plain("AI", None, record.activity_id);
            match &record.current_operation {
                Some(text) => writer.escaped("S", None, text),
                None => writer.empty("Nil", None),
            }
            writer.plain("PI", None, record.parent_activity_id);
            writer.plain("PC", None, record.percent_complete);
            writer.plain("T", None, record_type);
            writer.plain("SR", None, record.seconds_remaining);
            if let Some(text) = &record.status_description {
                writer.escaped("SD", None, text);
            }
        });
    }

    /// Shortest digits that read back as the same number; an exponent where plain notation grows long.
    fn float(&mut self, tag: &str, name: Option<&str>, value: f64, shortest: &(impl Display + UpperExp)) {
        match value {
            f64::INFINITY => self.plain(tag, name, "INF"),
            f64::NEG_INFINITY => self.plain(tag, name, "-INF"),
            _ if value.is_nan() => self.plain(tag, name, "NaN"),
            _ if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) => {
                self.plain(tag, name, format_args!("{shortest:E}"));
            }
            _ => self.plain(tag, name, shortest),
        }
    }
}

/// The XML itself.
impl ValueWriter {
    /// Text that needs no escaping, because its form has none of the characters.
    fn plain(&mut self, tag: &str, name: Option<&str>, text: impl Display) {
        self.element(tag, name, None, |writer| {
            // Writing to a String cannot fail.
            let _ = write!(writer.xml, "{text}");
        });
    }

    fn escaped(&mut self, tag: &str, name: Option<&str>, text: &str) {
        self.element(tag, name, None, |writer| escape::encode(text, &mut writer.xml));
    }

    fn empty(&mut self, tag: &str, name: Option<&str>) {
        self.element(tag, name, None, |_| {});
    }

    /// An element with whatever `content` writes; without a separate end tag where that is nothing.
    fn element(
        &mut self,
        tag: &str,
        name: Option<&str>,
        ref_id: Option<u32>,
        content: impl FnOnce(&mut Self),
    ) {
        self.xml.push('<');
        self.xml.push_str(tag);
        if let Some(name) = name {
            self.xml.push_str(" N=\"");
            escape::encode(name, &mut self.xml);
            self.xml.push('"');
        }
        if let Some(ref_id) = ref_id {
            let _ = write!(self.xml, " RefId=\"{ref_id}\"");
        }
        self.xml.push('>');
        let start = self.xml.len();
        content(self);
        if self.xml.len() == start {
            self.xml.pop();
            self.xml.push_str(" />");
            return;
        }
        self.xml.push_str("</");
        self.xml.push_str(tag);
        self.xml.push('>');
    }
}
