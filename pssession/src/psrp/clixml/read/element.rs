//! Elements and text out of quick-xml's events; everything that is about XML and not about values.
//!
//! Namespaces play no part in PSRP; a prefix, should there be one, is passed over. There is no place for
//! entities or document types in a message, so they are refused rather than bounded.

#![allow(clippy::wildcard_enum_match_arm, reason = "the enums are quick-xml's")]

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{EscapeError, resolve_xml_entity, unescape};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::psrp::clixml::error::ReadError;
use crate::psrp::clixml::escape;
use crate::psrp::clixml::limits::Allowance;

/// A start tag, or a whole element without content.
pub(super) struct Element<'x> {
    tag: BytesStart<'x>,
    is_empty: bool,
}

impl Element<'_> {
    /// The local name.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// The error about an element that has no business where it is.
    pub(super) fn unexpected(&self) -> ReadError {
        ReadError::UnexpectedElement(shortened(self.name()))
    }

    /// The attribute `N`: the name of a property, `Key` or `Value`.
    pub(super) fn property_name(&self) -> Result<Option<String>, ReadError> {
        self.attribute("N", |value| Ok(escape::decode(value).into_owned()))
    }

    /// The attribute `RefId`; `tag` is for the error.
    pub(super) fn ref_id(&self, tag: &'static str) -> Result<Option<u32>, ReadError> {
        self.attribute("RefId", |value| value.trim().parse().map_err(|_| ReadError::InvalidRefId(tag)))
    }

    fn attribute<T>(
        &self,
        name: &str,
        convert: impl FnOnce(Cow<'_, str>) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        // Looking for duplicates takes quadratic time, and only our own two names matter.
        for attribute in self.tag.attributes().with_checks(false) {
            let Attribute { key, value } = attribute.map_err(|_| ReadError::MalformedTag)?;
            if key.into_inner() == name {
                let unescaped = unescape(&value).map_err(|error| match error {
                    EscapeError::UnrecognizedEntity(_, name) => ReadError::UnknownEntity(shortened(&name)),
                    _ => ReadError::MalformedTag,
                });
                return convert(unescaped?).map(Some);
            }
        }
        Ok(None)
    }
}

/// A name out of a message, cut to what an error can show.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Yields elements and their text, in the order of the document.
pub(super) struct ElementReader<'x> {
    xml: Reader<&'x [u8]>,
    elements: Allowance,
}

impl<'x> ElementReader<'x> {
    pub(super) fn new(xml: &'x [u8], elements: Allowance) -> ElementReader<'x> {
        ElementReader { xml: Reader::from_reader(xml), elements }
    }

    /// The outermost element.
    pub(super) fn root(&mut self) -> Result<Element<'x>, ReadError> {
        self.next_element()?.ok_or(ReadError::Truncated)
    }

    /// The next child of the element whose children are being read; `None` after its last.
    pub(super) fn next_child(&mut self, parent: &Element<'_>) -> Result<Option<Element<'x>>, ReadError> {
        if parent.is_empty {
            return Ok(None);
        }
        self.next_element()
    }

    /// Reads an element that may have no children to its end.
    pub(super) fn no_content(&mut self, element: Element<'x>) -> Result<(), ReadError> {
        self.next_child(&element)?.map_or(Ok(()), |child| Err(child.unexpected()))
    }

    /// Reads an element that may have nothing but text to its end.
    pub(super) fn text(&mut self, element: Element<'x>) -> Result<Cow<'x, str>, ReadError> {
        let mut text = Cow::Borrowed("");
        if element.is_empty {
            return Ok(text);
        }
        loop {
            let piece = match self.event()? {
                Event::Text(piece) => piece.xml10_content(),
                Event::CData(piece) => piece.xml10_content(),
                Event::GeneralRef(reference) => self.resolve(&reference)?,
                Event::Comment(_) | Event::PI(_) => continue,
                Event::End(_) => return Ok(text),
                Event::Start(tag) | Event::Empty(tag) => {
                    return Err(Element { tag, is_empty: false }.unexpected());
                }
                other => return Err(self.misplaced(&other)),
            };
            if text.is_empty() {
                text = piece;
            } else {
                text.to_mut().push_str(&piece);
            }
        }
    }

    /// Makes sure that nothing comes after the outermost element.
    pub(super) fn finish(&mut self) -> Result<(), ReadError> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if is_blank(&text) => {}
                Event::Comment(_) | Event::PI(_) => {}
                Event::Start(tag) | Event::Empty(tag) => {
                    return Err(Element { tag, is_empty: false }.unexpected());
                }
                other => return Err(self.misplaced(&other)),
            }
        }
    }

    fn next_element(&mut self) -> Result<Option<Element<'x>>, ReadError> {
        loop {
            let (tag, is_empty) = match self.event()? {
                Event::Start(tag) => (tag, false),
                Event::Empty(tag) => (tag, true),
                Event::End(_) => return Ok(None),
                Event::Text(text) if is_blank(&text) => continue,
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => continue,
                other => return Err(self.misplaced(&other)),
            };
            self.elements.spend(ReadError::TooManyElements)?;
            return Ok(Some(Element { tag, is_empty }));
        }
    }

    fn event(&mut self) -> Result<Event<'x>, ReadError> {
        self.xml.read_event().map_err(|_| self.not_well_formed())
    }

    fn misplaced(&self, event: &Event<'x>) -> ReadError {
        match event {
            Event::Eof => ReadError::Truncated,
            Event::DocType(_) => ReadError::DocumentType,
            Event::Decl(_) => self.not_well_formed(),
            _ => ReadError::UnexpectedText,
        }
    }

    fn not_well_formed(&self) -> ReadError {
        ReadError::NotWellFormed(self.xml.buffer_position())
    }

    fn resolve(&self, reference: &BytesRef<'x>) -> Result<Cow<'x, str>, ReadError> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(Cow::Owned(character.to_string())),
            Ok(None) => match resolve_xml_entity(reference) {
                Some(text) => Ok(Cow::Borrowed(text)),
                None => Err(ReadError::UnknownEntity(shortened(reference))),
            },
            Err(_) => Err(self.not_well_formed()),
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
