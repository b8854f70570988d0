//! The CLIXML texts that the server half of PSRP sends, and the few things it reads from the client's.
//!
//! There is no object model: each message is one text in the form in which Windows writes it. Values are
//! escaped by [`encode`] on their way in.

use roxmltree::{Document, Node};

use crate::xml::escape;

/// A text as the content of a CLIXML string or of an `N` attribute (MS-PSRP 2.2.5.3.2): control characters
/// and the halves of surrogate pairs become `_xHHHH_`, and so does an underscore that would begin such an
/// escape.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let begins_escape = character == '_' && matches!(characters.peek(), Some('x' | 'X'));
        match character {
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{10000}'.. => encode_units(&mut encoded, character),
            '_' if begins_escape => encode_units(&mut encoded, character),
            _ => encoded.push(character),
        }
    }
    escape(&encoded)
}

fn encode_units(encoded: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        encoded.push_str(&format!("_x{unit:04X}_"));
    }
}

/// `<S>text</S>`.
pub fn string(text: &str) -> String {
    format!("<S>{}</S>", encode(text))
}

/// `<I32>number</I32>`.
pub fn int(number: i32) -> String {
    format!("<I32>{number}</I32>")
}

/// SESSION_CAPABILITY (MS-PSRP 2.2.2.1) of a server that speaks this version. PSVersion is 2.0 whatever runs.
pub fn session_capability(protocol: Version) -> String {
    format!(
        "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">{}.{}</Version>\
         <Version N=\"PSVersion\">2.0</Version><Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>",
        protocol.0, protocol.1
    )
}

/// ENCRYPTED_SESSION_KEY (MS-PSRP 2.2.2.4).
pub fn encrypted_session_key(key: &str) -> String {
    format!("<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">{key}</S></MS></Obj>")
}

/// RUNSPACEPOOL_STATE (MS-PSRP 2.2.2.9) of a pool that is opened.
pub fn runspacepool_opened() -> String {
    "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>".to_owned()
}

/// RUNSPACEPOOL_INIT_DATA. Windows fills the two fields the wrong way round, and so does
/// this.
pub fn runspacepool_init_data(min: i32, max: i32) -> String {
    format!(
        "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">{max}</I32><I32 N=\"MaxRunspaces\">{min}</I32></MS></Obj>"
    )
}

/// RUNSPACE_AVAILABILITY (MS-PSRP 2.2.2.8) with an answer that is already CLIXML but for its name.
pub fn runspace_availability(call_id: i64, response: Availability) -> String {
    let response = match response {
        Availability::Done(done) => format!("<B N=\"SetMinMaxRunspacesResponse\">{done}</B>"),
        Availability::Count(count) => format!("<I32 N=\"SetMinMaxRunspacesResponse\">{count}</I32>"),
    };
    format!("<Obj RefId=\"0\"><MS>{response}<I64 N=\"ci\">{call_id}</I64></MS></Obj>")
}

/// What RUNSPACE_AVAILABILITY answers: a request to change something, or one to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    Done(bool),
    Count(i32),
}

/// APPLICATION_PRIVATE_DATA (MS-PSRP 2.2.2.13): the version table of Windows PowerShell 5.1.
pub fn application_private_data(protocol: Version) -> String {
    let version = |key, version: &str| {
        format!("<En><S N=\"Key\">{key}</S><Version N=\"Value\">{version}</Version></En>")
    };
    let compatible: String = ["1.0", "2.0", "3.0", "4.0", "5.0", "5.1.17763.316"]
        .map(|version| format!("<Version>{version}</Version>"))
        .concat();
    let table = [
        version("PSVersion", "5.1.17763.316"),
        "<En><S N=\"Key\">PSEdition</S><S N=\"Value\">Desktop</S></En>".to_owned(),
        format!(
            "<En><S N=\"Key\">PSCompatibleVersions</S><Obj N=\"Value\" RefId=\"3\"><TN RefId=\"1\">\
             <T>System.Version[]</T><T>System.Array</T><T>System.Object</T></TN><LST>{compatible}</LST></Obj></En>"
        ),
        version("CLRVersion", "4.0.30319.42000"),
        version("BuildVersion", "10.0.17763.316"),
        version("WSManStackVersion", "3.0"),
        version("PSRemotingProtocolVersion", &format!("{}.{}", protocol.0, protocol.1)),
        version("SerializationVersion", "1.1.0.1"),
    ]
    .concat();
    format!(
        "<Obj RefId=\"0\"><MS><Obj N=\"ApplicationPrivateData\" RefId=\"1\"><TN RefId=\"0\">\
         <T>System.Management.Automation.PSPrimitiveDictionary</T><T>System.Collections.Hashtable</T>\
         <T>System.Object</T></TN><DCT><En><S N=\"Key\">PSVersionTable</S><Obj N=\"Value\" RefId=\"2\">\
         <TNRef RefId=\"0\" /><DCT>{table}</DCT></Obj></En></DCT></Obj></MS></Obj>"
    )
}

/// The major and minor number of a protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

/// The member set of a property bag: what all messages for pool and pipeline are.
pub struct Members<'a, 'input>(Node<'a, 'input>);

impl<'a, 'input> Members<'a, 'input> {
    /// The members of the object that is the whole document, or of nothing where it is no bag.
    pub fn of(document: &'a Document<'input>) -> Option<Members<'a, 'input>> {
        Members::of_object(document.root_element())
    }

    fn of_object(object: Node<'a, 'input>) -> Option<Members<'a, 'input>> {
        object.children().find(|child| child.has_tag_name("MS")).map(Members)
    }

    /// The member with this name; PowerShell compares names without regard to case.
    pub fn get(&self, name: &str) -> Option<Node<'a, 'input>> {
        self.0
            .children()
            .find(|child| child.attribute("N").is_some_and(|attribute| attribute.eq_ignore_ascii_case(name)))
    }

    /// The members of a bag that is a member.
    pub fn bag(&self, name: &str) -> Option<Members<'a, 'input>> {
        self.get(name).and_then(Members::of_object)
    }

    /// The bags in a list that is a member; empty where there is none.
    pub fn list(&self, name: &str) -> Vec<Members<'a, 'input>> {
        let list = self.get(name).and_then(|node| node.children().find(|child| child.has_tag_name("LST")));
        list.map(|list| list.children().filter_map(Members::of_object).collect()).unwrap_or_default()
    }

    /// The text of a primitive member.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(|node| node.text().unwrap_or_default())
    }

    /// A number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).and_then(|text| text.trim().parse().ok())
    }

    /// The first two parts of a version.
    pub fn version(&self, name: &str) -> Option<Version> {
        let mut parts = self.text(name)?.trim().split('.').map(|part| part.parse().ok());
        Some(Version(parts.next()??, parts.next()??))
    }
}

/// The text of a CLIXML string, with `_xHHHH_` undone.
pub fn decode(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = match escaped_unit(rest) {
            Some(unit) => {
                units.push(unit);
                ESCAPE_LENGTH
            }
            None => {
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
                character.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    String::from_utf16_lossy(&units)
}

/// The octets of `_xHHHH_`.
const ESCAPE_LENGTH: usize = 7;

/// The UTF-16 code unit of the escape at the head of `text`.
fn escaped_unit(text: &str) -> Option<u16> {
    let escape = text.get(..ESCAPE_LENGTH)?;
    let digits = escape.strip_prefix("_x").or_else(|| escape.strip_prefix("_X"))?.strip_suffix('_')?;
    // The number parser would take a sign as well.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_powershell_does() {
        for (text, encoded) in [
            ("plain", "plain"),
            ("a\r\nb", "a_x000D__x000A_b"),
            ("_x0041_", "_x005F_x0041_"),
            ("a_b", "a_b"),
            ("\u{1F600}", "_xD83D__xDE00_"),
            ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ] {
            assert_eq!(encode(text), encoded);
            let xml = string(text);
            let document = Document::parse(&xml).unwrap();
            assert_eq!(decode(document.root_element().text().unwrap()), text);
        }
    }

    #[test]
    fn what_only_looks_like_an_escape_stays() {
        for text in ["_x00", "_xZZZZ_", "_x+041_", "_xé000_", "_", "éé_x", "_x0041"] {
            assert_eq!(decode(text), text, "{text}");
        }
    }
}
