//! Writing XML: elements are nested calls, and text is escaped on its way in.
//!
//! Windows writes `<name/>` only for elements that its schema leaves empty and `<name></name>` where it
//! happens to have no content; both are offered, so that an answer can have Windows' shape to the octet.

/// XML text under construction.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// `<name attributes>content</name>`.
    pub fn element(&mut self, name: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Xml)) {
        self.start(name, attributes);
        self.0.push('>');
        content(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// `<name>text</name>`.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, &[], |xml| xml.text(text));
    }

    /// `<name attributes/>`.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push_str("/>");
    }

    /// Character data.
    pub fn text(&mut self, text: &str) {
        self.0.push_str(&escape(text));
    }

    /// XML that is already written.
    pub fn raw(&mut self, xml: &str) {
        self.0.push_str(xml);
    }

    /// What was written so far.
    pub fn into_string(self) -> String {
        self.0
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
    }
}

/// The text of one piece of XML, written by `content`.
pub fn write(content: impl FnOnce(&mut Xml)) -> String {
    let mut xml = Xml::default();
    content(&mut xml);
    xml.into_string()
}

/// `text` with the characters replaced that have a meaning in XML text or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_and_attributes_stays_text() {
        let hostile = "</a> & \"quoted\"\r";
        let xml = write(|xml| xml.element("a", &[("b", hostile)], |xml| xml.text(hostile)));
        let document = roxmltree::Document::parse(&xml).unwrap();
        assert_eq!(document.root_element().attribute("b"), Some(hostile));
        assert_eq!(document.root_element().text(), Some(hostile));
    }

    #[test]
    fn an_empty_element_and_one_without_content_are_written_differently() {
        assert_eq!(write(|xml| xml.empty("rsp:SendResponse", &[])), "<rsp:SendResponse/>");
        assert_eq!(write(|xml| xml.leaf("s:Body", "")), "<s:Body></s:Body>");
    }
}
