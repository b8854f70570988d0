//! Reading and writing the XML of envelopes: elements by namespace and name, text, nothing else.
//!
//! The reader is a cursor over quick-xml's parser. Each reading function takes what it knows and
//! skips the rest, so that unknown elements never fail a message. A document type declaration is refused, and with
//! it every entity but XML's own five.

use super::error::Malformed;
use super::name::Namespace;
use crate::excerpt::excerpt;
use memchr::memchr_iter;
use quick_xml::XmlVersion;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::Reader;
use std::borrow::Cow;

/// Far deeper than any WS-Management message nests.
const MAX_DEPTH: u16 = 64;
/// Declared prefixes, through which each element's own is looked for. Windows declares ten.
const MOST_PREFIXES: usize = 64;

/// A cursor over a document, always just inside some element.
pub(crate) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// What is declared around the current element. What is skipped is not looked at for declarations, which is why
    /// this is not left to quick-xml's reader.
    namespaces: NamespaceResolver,
    depth: u16,
    document_length: usize,
}

/// A piece of an element's content.
pub(crate) enum Node<'a> {
    Child(Element<'a>),
    Text(Cow<'a, str>),
}

/// The start of an element.
pub(crate) struct Element<'a> {
    pub namespace: Namespace,
    start: BytesStart<'a>,
    /// Where the local name begins, after the prefix.
    local: usize,
}

impl<'a> Xml<'a> {
    pub(crate) fn new(document: &'a str) -> Xml<'a> {
        let mut reader = Reader::from_str(document);
        reader.config_mut().expand_empty_elements = true;
        let mut namespaces = NamespaceResolver::default();
        namespaces.set_max_namespace_bindings(MOST_PREFIXES);
        Xml { reader, namespaces, depth: 0, document_length: document.len() }
    }

    /// How many octets the whole document has.
    pub(crate) fn document_length(&self) -> usize {
        self.document_length
    }

    /// The next piece of the current element; `None` when that element has ended, and so is left.
    ///
    /// A child met is entered, and must be left before the next piece is asked for: by [`Xml::text`], by [`Xml::skip`],
    /// or by asking for its own pieces until there are no more.
    pub(crate) fn next_node(&mut self) -> Result<Option<Node<'a>>, Malformed> {
        loop {
            let text = match self.reader.read_event()? {
                Event::Start(start) => {
                    self.enter()?;
                    return self.element(start).map(|element| Some(Node::Child(element)));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(None);
                }
                Event::Text(text) => text.into_inner(),
                Event::CData(text) => text.into_inner(),
                Event::GeneralRef(reference) => Cow::Owned(resolve(&reference)?),
                Event::DocType(_) => return Err(Malformed::DocumentType),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(Malformed::Truncated),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
            return Ok(Some(Node::Text(text)));
        }
    }

    /// The next child element of the current element; text between children is skipped.
    pub(crate) fn next_child(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        loop {
            match self.next_node()? {
                Some(Node::Child(child)) => return Ok(Some(child)),
                Some(Node::Text(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next child element of this name; others are skipped.
    pub(crate) fn next_named(
        &mut self,
        namespace: Namespace,
        name: &str,
    ) -> Result<Option<Element<'a>>, Malformed> {
        while let Some(child) = self.next_child()? {
            if child.is(namespace, name) {
                return Ok(Some(child));
            }
            self.skip()?;
        }
        Ok(None)
    }

    /// The next child element, which must be the one named.
    pub(crate) fn expect_child(
        &mut self,
        namespace: Namespace,
        name: &'static str,
    ) -> Result<Element<'a>, Malformed> {
        match self.next_child()? {
            Some(child) if child.is(namespace, name) => Ok(child),
            _ => Err(Malformed::Missing(name)),
        }
    }

    /// The text of the current element, which is left. Child elements are skipped.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, Malformed> {
        let mut text = Cow::Borrowed("");
        while let Some(node) = self.next_node()? {
            match node {
                Node::Child(_) => self.skip()?,
                Node::Text(piece) if text.is_empty() => text = piece,
                Node::Text(piece) => text.to_mut().push_str(&piece),
            }
        }
        Ok(text)
    }

    /// Leaves the current element and skips its contents.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.reader.read_event()? {
                Event::Start(_) => self.enter()?,
                Event::End(_) => self.depth -= 1,
                Event::DocType(_) => return Err(Malformed::DocumentType),
                Event::Eof => return Err(Malformed::Truncated),
                _ => {}
            }
        }
        Ok(())
    }

    /// Leaves the current element, which is this one and has been partly read: as [`Xml::skip`], but without reading
    /// the rest of it where that is plain. Most of a long list is passed over.
    pub(crate) fn skip_rest(&mut self, element: &Element<'_>) -> Result<(), Malformed> {
        let rest = *self.reader.get_ref();
        if let Some(end) = plain_end(rest, element.start.name().into_inner()) {
            // The reader counts octets for the places of errors only, which are not used.
            *self.reader.get_mut() = &rest[end..];
        }
        self.skip()
    }

    /// An element that has just been entered.
    fn element(&mut self, start: BytesStart<'a>) -> Result<Element<'a>, Malformed> {
        // What was declared in its elder siblings has ended with them.
        self.namespaces.set_level(self.depth - 1);
        if !start.attributes_raw().is_empty() {
            self.namespaces.push(&start).map_err(quick_xml::Error::from)?;
        }
        let prefix = start.name().prefix();
        let local = prefix.map_or(0, |prefix| prefix.into_inner().len() + ":".len());
        let namespace = match self.namespaces.resolve_prefix(prefix, true) {
            ResolveResult::Bound(namespace) => Namespace::of_uri(namespace.0),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => Namespace::Other,
        };
        Ok(Element { namespace, start, local })
    }

    fn enter(&mut self) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Malformed::TooDeep) } else { Ok(()) }
    }

    /// Reads to the end of the document, which must end properly: half an answer is none.
    pub(crate) fn finish(&mut self) -> Result<(), Malformed> {
        while self.depth > 0 {
            self.next_node()?;
        }
        Ok(())
    }
}

/// Where in the rest of an element its end tag begins, if nothing before that could hide it or be taken for it. What
/// follows the element is not looked at: each octet of a list is passed over once.
fn plain_end(rest: &[u8], name: &str) -> Option<usize> {
    for start in memchr_iter(b'<', rest) {
        let tag = &rest[start + 1..];
        if let [] | [b'!' | b'?', ..] = tag {
            return None;
        }
        let end = tag.strip_prefix(b"/");
        let after = end.unwrap_or(tag).strip_prefix(name.as_bytes());
        // Another name may begin in the same way.
        if let Some([] | [b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n', ..]) = after {
            return end.map(|_| start);
        }
    }
    None
}

/// A character reference or one of XML's five entities.
fn resolve(reference: &BytesRef<'_>) -> Result<String, Malformed> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    resolve_xml_entity(reference)
        .map(str::to_owned)
        .ok_or_else(|| Malformed::Entity(excerpt(reference.to_string())))
}

impl Element<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.start.name().into_inner()[self.local..]
    }

    pub(crate) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name() == name
    }

    /// The value of an attribute without a namespace.
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<String>, Malformed> {
        let Some(attribute) = self.start.try_get_attribute(name).map_err(|_| Malformed::NotWellFormed)?
        else {
            return Ok(None);
        };
        Ok(Some(attribute.normalized_value(XmlVersion::Explicit1_0)?.into_owned()))
    }
}

/// Writes elements into text; names carry the prefixes of [`Namespace::DECLARED`].
pub(crate) struct Writer {
    out: String,
}

/// The attributes of an element to be written.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Writer {
        Writer { out: String::with_capacity(bytes) }
    }

    /// An element around what `content` writes.
    pub(crate) fn element(&mut self, name: &str, attributes: Attributes, content: impl FnOnce(&mut Writer)) {
        self.open(name, attributes);
        self.out.push('>');
        content(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// An element with text alone.
    pub(crate) fn text(&mut self, name: &str, attributes: Attributes, text: &str) {
        self.element(name, attributes, |w| w.out.push_str(&escape(text)));
    }

    /// An element with nothing in it.
    pub(crate) fn empty(&mut self, name: &str, attributes: Attributes) {
        self.open(name, attributes);
        self.out.push_str("/>");
    }

    fn open(&mut self, name: &str, attributes: Attributes) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.out.push_str(&escape(*value));
            self.out.push('"');
        }
    }

    pub(crate) fn into_string(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_of_a_prefix_holds_for_its_element_and_no_further() {
        let (shell, other) = (Namespace::Shell.uri(), Namespace::Enumeration.uri());
        let document = format!(
            "<a xmlns=\"{shell}\" xmlns:p=\"{shell}\"><b xmlns=\"{other}\"><p:c/><d/></b>\
             <skipped xmlns:p=\"{other}\"><p:x/></skipped><p:e xmlns:p=\"{other}\"/><p:f/><g/><q:h/></a>"
        );
        fn walk(xml: &mut Xml<'_>, seen: &mut Vec<(String, Namespace)>) {
            while let Some(child) = xml.next_child().unwrap() {
                seen.push((child.name().to_owned(), child.namespace));
                if child.name() == "skipped" {
                    xml.skip().unwrap();
                } else {
                    walk(xml, seen);
                }
            }
        }
        let mut seen = Vec::new();
        walk(&mut Xml::new(&document), &mut seen);
        let seen: Vec<_> = seen.iter().map(|(name, namespace)| (name.as_str(), *namespace)).collect();
        use Namespace::{Enumeration, Other, Shell};
        let expected = [
            ("a", Shell),
            ("b", Enumeration),
            ("c", Shell),
            ("d", Enumeration),
            ("skipped", Shell),
            ("e", Enumeration),
            ("f", Shell),
            ("g", Shell),
            ("h", Other),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_rest_of_an_element_ends_where_it_would_if_it_were_read() {
        let rests = [
            "",
            "text<b/><c d=\"e\">f</c>",
            "<ab/><a-b></a-b><a.c/>",
            "<a>1</a><a/>2",
            "<a x=\"y\"></a>",
            "<b><a\n/></b>",
            "<![CDATA[</a>]]>",
            "<!-- </a> -->",
            "<?pi </a>?>",
            "&amp;<b>&lt;/a></b>",
        ];
        for rest in rests {
            for end in ["</a>", "</a >"] {
                let document = format!("<r><a><first/>{rest}{end}<after/></r>");
                let mut xml = Xml::new(&document);
                xml.next_child().unwrap();
                let element = xml.next_child().unwrap().unwrap();
                xml.next_child().unwrap();
                xml.skip().unwrap();
                xml.skip_rest(&element).unwrap();
                let after = xml.next_child().unwrap().map(|after| after.name().to_owned());
                assert_eq!(after.as_deref(), Some("after"), "{document}");
                xml.finish().unwrap();
            }
        }
    }

    #[test]
    fn what_follows_an_element_is_not_looked_at_for_its_end() {
        for (rest, end) in [("<b/>text</a>", Some(8)), ("</a >", Some(0)), ("<a/>", None), ("<!---->", None)]
        {
            for behind in ["", "<a>", "</a>", "<!-- -->", "<"] {
                let rest = format!("{rest}{behind}");
                assert_eq!(plain_end(rest.as_bytes(), "a"), end, "{rest}");
            }
        }
    }

    #[test]
    fn the_rest_of_an_element_is_not_looked_at() {
        let mut xml = Xml::new("<r><a><first/><b>&nosuch;</c></a><after/></r>");
        xml.next_child().unwrap();
        let element = xml.next_child().unwrap().unwrap();
        xml.next_child().unwrap();
        xml.skip().unwrap();
        xml.skip_rest(&element).unwrap();
        assert_eq!(xml.next_child().unwrap().unwrap().name(), "after");
    }

    #[test]
    fn the_rest_of_an_element_that_does_not_end_is_no_rest() {
        for rest in ["", "<b></b>", "<b>", "<a></a>", "</b>", "<!DOCTYPE a></a>", "<!-- </a>"] {
            let document = format!("<a>{rest}");
            let mut xml = Xml::new(&document);
            let element = xml.next_child().unwrap().unwrap();
            assert!(xml.skip_rest(&element).is_err(), "{document}");
        }
    }
}
