//! From XML to a value.
//!
//! The order of an object's parts is not relied upon. An element without a meaning here is an error that
//! names it, where skipping it would pass over a value in silence; unknown attributes are skipped, because
//! PowerShell has some (`S`, the stream) that mean nothing within a message.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::ReadError;
use super::limits::{Allowance, Limits};
use super::value::{
    Content, MemberSet, Object, ProgressRecord, ProgressRecordType, Properties, Property, RefId, TypeNames,
    Value,
};
use super::{SecureString, escape};
use element::{Element, ElementReader};

mod element;

#[cfg(test)]
mod tests;

/// Reads the one value of a message from UTF-8 text.
pub(crate) fn read(xml: &[u8], limits: &Limits) -> Result<Value, ReadError> {
    if xml.len() > limits.size {
        return Err(ReadError::TooLarge);
    }
    if let Some(text) = plain_string(xml) {
        return Ok(Value::String(escape::decode(text.into()).into_owned()));
    }
    let mut reader = ValueReader {
        xml: ElementReader::new(xml, Allowance(limits.elements)),
        nesting: Allowance(limits.nesting),
        objects: Allowance(limits.objects),
        references: Allowance(limits.references),
        seen: SeenIds::default(),
        type_names: HashMap::new(),
    };
    let element = reader.xml.root()?;
    let value = reader.value(element)?;
    reader.xml.finish()?;
    Ok(value)
}

/// The text of a lone string without markup in it: most output is lines of text.
fn plain_string(xml: &[u8]) -> Option<&str> {
    let text = xml.strip_prefix(b"<S>")?.strip_suffix(b"</S>")?;
    // A raw CR is not what it seems in XML.
    let is_plain = memchr::memchr3(b'<', b'&', b'\r', text).is_none();
    std::str::from_utf8(text).ok().filter(|_| is_plain)
}

struct ValueReader<'x> {
    xml: ElementReader<'x>,
    nesting: Allowance,
    objects: Allowance,
    references: Allowance,
    seen: SeenIds,
    type_names: HashMap<u32, TypeNames>,
}

impl<'x> ValueReader<'x> {
    fn value(&mut self, element: Element<'x>) -> Result<Value, ReadError> {
        Ok(match element.name() {
            "S" => Value::String(self.text(element)?),
            "I32" => Value::I32(self.parse(element, "I32")?),
            "Obj" => self.object(element)?,
            "Nil" => {
                self.xml.no_content(element)?;
                Value::Nil
            }
            "B" => Value::Bool(self.boolean(element)?),
            "Ref" => self.reference(element)?,
            "I64" => Value::I64(self.parse(element, "I64")?),
            "Version" => Value::Version(self.parse(element, "Version")?),
            "DT" => Value::DateTime(self.parse(element, "DT")?),
            "TS" => Value::TimeSpan(self.parse(element, "TS")?),
            "Db" => Value::Double(self.float(element, "Db", [f64::INFINITY, f64::NEG_INFINITY, f64::NAN])?),
            "Sg" => Value::Single(self.float(element, "Sg", [f32::INFINITY, f32::NEG_INFINITY, f32::NAN])?),
            "D" => Value::Decimal(self.parse(element, "D")?),
            "U32" => Value::U32(self.parse(element, "U32")?),
            "U64" => Value::U64(self.parse(element, "U64")?),
            "By" => Value::Byte(self.parse(element, "By")?),
            "SB" => Value::SByte(self.parse(element, "SB")?),
            "U16" => Value::U16(self.parse(element, "U16")?),
            "I16" => Value::I16(self.parse(element, "I16")?),
            "C" => Value::Char(self.parse(element, "C")?),
            "G" => Value::Guid(self.parse(element, "G")?),
            "BA" => Value::ByteArray(self.base64(element, "BA")?),
            "SS" => Value::SecureString(SecureString::new(self.base64(element, "SS")?)),
            "URI" => Value::Uri(self.text(element)?),
            "XD" => Value::XmlDocument(self.text(element)?),
            "SBK" => Value::ScriptBlock(self.text(element)?),
            "SemanticVersion" => Value::SemanticVersion(self.text(element)?),
            "PR" => self.progress_record(element)?,
            _ => return Err(element.unexpected()),
        })
    }

    fn text(&mut self, element: Element<'x>) -> Result<String, ReadError> {
        Ok(escape::decode(self.xml.text(element)?).into_owned())
    }

    /// Numbers and the like: never escaped, and blanks around them do not count.
    fn parse<T: FromStr>(&mut self, element: Element<'x>, tag: &'static str) -> Result<T, ReadError> {
        self.xml.text(element)?.trim().parse().map_err(|_| ReadError::InvalidText(tag))
    }

    fn boolean(&mut self, element: Element<'x>) -> Result<bool, ReadError> {
        match self.xml.text(element)?.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(ReadError::InvalidText("B")),
        }
    }

    /// As XML Schema spells floats: `INF`, `-INF` and `NaN` (given as `special`) are words of their own.
    fn float<T: FromStr + Copy>(
        &mut self,
        element: Element<'x>,
        tag: &'static str,
        special: [T; 3],
    ) -> Result<T, ReadError> {
        let text = self.xml.text(element)?;
        let [infinity, negative_infinity, nan] = special;
        match text.trim() {
            "INF" => Ok(infinity),
            "-INF" => Ok(negative_infinity),
            "NaN" => Ok(nan),
            // Rust has words of its own for these three, which are none here.
            number if number.ends_with(|last: char| last.is_ascii_digit() || last == '.') => {
                number.parse().map_err(|_| ReadError::InvalidText(tag))
            }
            _ => Err(ReadError::InvalidText(tag)),
        }
    }

    /// As .NET reads base64: blanks anywhere, padding required.
    fn base64(&mut self, element: Element<'x>, tag: &'static str) -> Result<Vec<u8>, ReadError> {
        let text = self.xml.text(element)?;
        let decoded = if text.contains([' ', '\t', '\r', '\n']) {
            STANDARD.decode(text.replace([' ', '\t', '\r', '\n'], ""))
        } else {
            STANDARD.decode(text.as_bytes())
        };
        decoded.map_err(|_| ReadError::InvalidText(tag))
    }

    fn reference(&mut self, element: Element<'x>) -> Result<Value, ReadError> {
        self.references.spend(ReadError::TooManyReferences)?;
        let id = element.ref_id("Ref")?.ok_or(ReadError::InvalidRefId("Ref"))?;
        if !self.seen.contains(id) {
            return Err(ReadError::UnknownObject(id));
        }
        self.xml.no_content(element)?;
        Ok(Value::Ref(RefId(id)))
    }

    fn object(&mut self, element: Element<'x>) -> Result<Value, ReadError> {
        self.objects.spend(ReadError::TooManyObjects)?;
        let mut object = Object::default();
        if let Some(id) = element.ref_id("Obj")? {
            // Before the parts, which may refer back to the object around them.
            if !self.seen.insert(id) {
                return Err(ReadError::DuplicateObject(id));
            }
            object.ref_id = Some(RefId(id));
        }
        self.nesting.spend(ReadError::TooDeep)?;
        while let Some(part) = self.xml.next_child(&element)? {
            self.part(&mut object, part)?;
        }
        self.nesting.0 += 1;
        Ok(Value::Object(Box::new(object)))
    }

    /// One part of an object (MS-PSRP 2.2.5.2).
    fn part(&mut self, object: &mut Object, part: Element<'x>) -> Result<(), ReadError> {
        match part.name() {
            "TN" => object.type_names = Some(self.type_names(part)?),
            "TNRef" => object.type_names = Some(self.type_names_reference(part)?),
            "ToString" => object.to_string = Some(self.text(part)?),
            "Props" => self.properties(&mut object.adapted, part)?,
            "MS" => self.member_set(&mut object.extended, part)?,
            _ if !matches!(object.content, Content::None) => return Err(part.unexpected()),
            "LST" => object.content = Content::List(self.items(part)?),
            "IE" => object.content = Content::Enumerable(self.items(part)?),
            "STK" => object.content = Content::Stack(self.items(part)?),
            "QUE" => object.content = Content::Queue(self.items(part)?),
            "DCT" => object.content = Content::Dictionary(self.entries(part)?),
            _ => object.content = Content::Value(self.value(part)?),
        }
        Ok(())
    }

    fn type_names(&mut self, element: Element<'x>) -> Result<TypeNames, ReadError> {
        let mut names = Vec::new();
        while let Some(child) = self.xml.next_child(&element)? {
            match child.name() {
                "T" => names.push(self.text(child)?),
                _ => return Err(child.unexpected()),
            }
        }
        let names = TypeNames::from(names);
        if let Some(id) = element.ref_id("TN")?
            && self.type_names.insert(id, names.clone()).is_some()
        {
            return Err(ReadError::DuplicateTypeNames(id));
        }
        Ok(names)
    }

    fn type_names_reference(&mut self, element: Element<'x>) -> Result<TypeNames, ReadError> {
        let id = element.ref_id("TNRef")?.ok_or(ReadError::InvalidRefId("TNRef"))?;
        self.xml.no_content(element)?;
        self.type_names.get(&id).cloned().ok_or(ReadError::UnknownTypeNames(id))
    }

    fn items(&mut self, element: Element<'x>) -> Result<Vec<Value>, ReadError> {
        let mut items = Vec::new();
        while let Some(item) = self.xml.next_child(&element)? {
            items.push(self.value(item)?);
        }
        Ok(items)
    }

    fn entries(&mut self, element: Element<'x>) -> Result<Vec<(Value, Value)>, ReadError> {
        let mut entries = Vec::new();
        while let Some(entry) = self.xml.next_child(&element)? {
            match entry.name() {
                "En" => entries.push(self.entry(entry)?),
                _ => return Err(entry.unexpected()),
            }
        }
        Ok(entries)
    }

    fn entry(&mut self, element: Element<'x>) -> Result<(Value, Value), ReadError> {
        let (mut key, mut value) = (None, None);
        while let Some(child) = self.xml.next_child(&element)? {
            let half = match child.property_name()?.as_deref() {
                Some("Key") => &mut key,
                Some("Value") => &mut value,
                _ => return Err(ReadError::InvalidEntry),
            };
            if half.replace(self.value(child)?).is_some() {
                return Err(ReadError::InvalidEntry);
            }
        }
        key.zip(value).ok_or(ReadError::InvalidEntry)
    }

    fn properties(&mut self, properties: &mut Properties, element: Element<'x>) -> Result<(), ReadError> {
        while let Some(child) = self.xml.next_child(&element)? {
            self.property(properties, child)?;
        }
        Ok(())
    }

    fn property(&mut self, properties: &mut Properties, element: Element<'x>) -> Result<(), ReadError> {
        let name = element.property_name()?.ok_or(ReadError::MissingName)?;
        let value = self.value(element)?;
        properties.0.push(Property { name, value });
        Ok(())
    }

    fn member_set(&mut self, set: &mut MemberSet, element: Element<'x>) -> Result<(), ReadError> {
        while let Some(child) = self.xml.next_child(&element)? {
            if child.name() == "MS" {
                let name = child.property_name()?.ok_or(ReadError::MissingName)?;
                let mut inner = MemberSet::default();
                self.nesting.spend(ReadError::TooDeep)?;
                self.member_set(&mut inner, child)?;
                self.nesting.0 += 1;
                set.sets.push((name, inner));
            } else {
                self.property(&mut set.properties, child)?;
            }
        }
        Ok(())
    }

    fn progress_record(&mut self, element: Element<'x>) -> Result<Value, ReadError> {
        let mut record = ProgressRecord::default();
        while let Some(child) = self.xml.next_child(&element)? {
            match child.name() {
                "AV" => record.activity = self.text(child)?,
                "AI" => record.activity_id = self.parse(child, "AI")?,
                // PowerShell writes the current operation as a nameless string or null; CO is its name in the
                // schema of MS-PSRP 2.2.5.1.25.
                "S" | "CO" => record.current_operation = Some(self.text(child)?),
                "Nil" => self.xml.no_content(child)?,
                "PI" => record.parent_activity_id = self.parse(child, "PI")?,
                "PC" => record.percent_complete = self.parse(child, "PC")?,
                "T" => record.record_type = self.progress_record_type(child)?,
                "SR" => record.seconds_remaining = self.parse(child, "SR")?,
                "SD" => record.status_description = Some(self.text(child)?),
                _ => return Err(child.unexpected()),
            }
        }
        Ok(Value::ProgressRecord(Box::new(record)))
    }

    fn progress_record_type(&mut self, element: Element<'x>) -> Result<ProgressRecordType, ReadError> {
        match self.xml.text(element)?.trim() {
            "Processing" => Ok(ProgressRecordType::Processing),
            "Completed" => Ok(ProgressRecordType::Completed),
            _ => Err(ReadError::InvalidText("T")),
        }
    }
}

/// The numbers of the objects so far.
#[derive(Default)]
struct SeenIds {
    /// Every number below this one is seen: senders count from 0.
    below: u32,
    /// Those that came out of turn.
    others: HashSet<u32>,
}

impl SeenIds {
    fn contains(&self, id: u32) -> bool {
        id < self.below || self.others.contains(&id)
    }

    /// False where it was there already.
    fn insert(&mut self, id: u32) -> bool {
        if self.contains(id) {
            return false;
        }
        if id == self.below && id < u32::MAX {
            self.below += 1;
        } else {
            self.others.insert(id);
        }
        true
    }
}
