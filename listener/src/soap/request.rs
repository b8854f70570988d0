//! Reading a request: the headers and what Windows demands of them.
//!
//! A request is read twice, by different standards. [`Summary`] takes whatever ids it finds, so that even a
//! request that is refused is logged and answered with its own MessageID. [`Request`] is what is acted upon,
//! and holds only what was checked.

use std::time::Duration;

use roxmltree::{Document, Node};

use super::duration;
use super::fault::{Fault, FaultKind};
use super::names::{self, Verb};
use super::node::{child, elements, text};
use super::operation::Operation;

/// The ids of a request, as far as it has any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub action: String,
    pub resource_uri: String,
    pub message_id: Option<String>,
    pub session_id: Option<String>,
    pub shell_id: Option<String>,
    pub command_id: Option<String>,
    pub operation_id: Option<String>,
    pub sequence_id: Option<String>,
}

impl Summary {
    /// Reads what can be read.
    pub fn of(soap: &str) -> Summary {
        let Ok(document) = Document::parse(soap) else { return Summary::default() };
        let Some(header) = child(document.root_element(), names::SOAP, "Header") else {
            return Summary::default();
        };
        let optional = |namespace, name| child(header, namespace, name).map(|node| text(node).to_owned());
        Summary {
            action: optional(names::ADDRESSING, "Action").unwrap_or_default(),
            resource_uri: optional(names::WSMAN, "ResourceURI").unwrap_or_default(),
            message_id: optional(names::ADDRESSING, "MessageID"),
            session_id: optional(names::WSMV, "SessionId"),
            shell_id: selector(header),
            command_id: document
                .descendants()
                .find_map(|node| node.attribute("CommandId"))
                .map(|command_id| command_id.to_owned()),
            operation_id: optional(names::WSMV, "OperationID"),
            sequence_id: optional(names::WSMV, "SequenceId"),
        }
    }

    /// The last word of the action, such as `Connect`; empty where there is none.
    pub fn verb(&self) -> &str {
        self.action.rsplit('/').next().unwrap_or_default()
    }
}

/// A request whose headers and body were checked.
#[derive(Debug, Clone)]
pub struct Request {
    pub verb: Verb,
    pub header: Header,
    pub operation: Operation,
}

/// The headers of a request.
#[derive(Debug, Clone)]
pub struct Header {
    pub to: String,
    pub resource_uri: String,
    pub message_id: String,
    /// In upper case, so that two may be compared.
    pub session_id: Option<String>,
    /// The ShellId selector, as it was sent: Windows compares it case-sensitively.
    pub shell_id: Option<String>,
    pub options: Vec<SoapOption>,
    /// Bounded by the service's own limit later.
    pub operation_timeout: Option<Duration>,
    /// Octets of SOAP that the client takes in one answer.
    pub max_envelope_size: usize,
    pub locale: String,
    pub data_locale: String,
}

/// One `w:Option`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoapOption {
    pub name: String,
    pub value: String,
    pub must_comply: bool,
}

impl Request {
    /// Reads and checks a whole request.
    pub fn read(soap: &str) -> Result<Request, Fault> {
        let document =
            Document::parse(soap).map_err(|error| Fault::new(FaultKind::InvalidXml, error.to_string()))?;
        let envelope = document.root_element();
        if !envelope.has_tag_name((names::SOAP, "Envelope")) {
            return Err(Fault::new(FaultKind::SchemaValidation, "the document is no SOAP 1.2 envelope"));
        }
        let lacks = |name| Fault::new(FaultKind::SchemaValidation, format!("the envelope has no {name}"));
        let header = child(envelope, names::SOAP, "Header").ok_or_else(|| lacks("Header"))?;
        let body = child(envelope, names::SOAP, "Body").ok_or_else(|| lacks("Body"))?;

        let action = required(header, names::ADDRESSING, "Action")?;
        let verb = Verb::from_action(&action).ok_or_else(|| {
            Fault::new(FaultKind::ActionNotSupported, format!("no operation has the action {action}"))
        })?;
        let header = Header::read(header)?;
        Ok(Request { verb, operation: Operation::read(verb, body)?, header })
    }
}

/// True where the body asks who the server is. Such a request has no addressing headers at all (DSP0226,
/// Identify).
pub fn is_identify(soap: &str) -> bool {
    let Ok(document) = Document::parse(soap) else { return false };
    let body = child(document.root_element(), names::SOAP, "Body");
    body.is_some_and(|body| elements(body).any(|node| node.tag_name().name() == "Identify"))
}

/// The headers that a WinRM service knows; any other that is marked mustUnderstand is refused.
const KNOWN: &[(&str, &str)] = &[
    (names::ADDRESSING, "To"),
    (names::ADDRESSING, "ReplyTo"),
    (names::ADDRESSING, "Action"),
    (names::ADDRESSING, "MessageID"),
    (names::WSMAN, "ResourceURI"),
    (names::WSMAN, "SelectorSet"),
    (names::WSMAN, "OptionSet"),
    (names::WSMAN, "MaxEnvelopeSize"),
    (names::WSMAN, "OperationTimeout"),
    (names::WSMAN, "Locale"),
    (names::WSMV, "DataLocale"),
    (names::WSMV, "SessionId"),
    (names::WSMV, "OperationID"),
    (names::WSMV, "SequenceId"),
    (names::SHELL, "CompressionType"),
];

/// MaxEnvelopeSize of a request without that header. Windows' client always sends it, some others leave it
/// out.
const USUAL_ENVELOPE: usize = 153_600;
/// The least MaxEnvelopeSize that DSP0226 lets a client ask for.
const LEAST_ENVELOPE: usize = 8_192;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl Header {
    fn read(header: Node) -> Result<Header, Fault> {
        refuse_unknown(header)?;
        check_reply_to(header)?;
        let invalid = |name: &str, why: &str| {
            Fault::new(FaultKind::InvalidMessageInformationHeader, format!("{name} {why}"))
        };

        let max_envelope_size =
            match child(header, names::WSMAN, "MaxEnvelopeSize").map(|node| text(node).parse()) {
                None => USUAL_ENVELOPE,
                Some(Ok(size)) if size >= LEAST_ENVELOPE => size,
                Some(_) => return Err(invalid("MaxEnvelopeSize", "is no number of 8192 or more")),
            };
        let operation_timeout = match child(header, names::WSMAN, "OperationTimeout") {
            Some(node) => Some(duration::parse(text(node)).ok_or_else(|| {
                invalid("OperationTimeout", &format!("{} is no length of time", text(node)))
            })?),
            None => None,
        };
        let session_id = match child(header, names::WSMV, "SessionId") {
            Some(node) => Some(session_id(text(node))?),
            None => None,
        };
        let language = |namespace, name| {
            let node = child(header, namespace, name);
            node.and_then(|node| node.attribute((XML, "lang"))).unwrap_or("en-US").to_owned()
        };
        Ok(Header {
            to: required(header, names::ADDRESSING, "To")?,
            resource_uri: child(header, names::WSMAN, "ResourceURI")
                .map(|node| text(node).to_owned())
                .ok_or_else(|| Fault::new(FaultKind::InvalidResourceUri, "there is no ResourceURI header"))?,
            message_id: required(header, names::ADDRESSING, "MessageID")?,
            session_id,
            shell_id: selector(header),
            options: options(header),
            operation_timeout,
            max_envelope_size,
            locale: language(names::WSMAN, "Locale"),
            data_locale: language(names::WSMV, "DataLocale"),
        })
    }
}

/// The text of a header that every request must have.
fn required(header: Node, namespace: &str, name: &str) -> Result<String, Fault> {
    let found = child(header, namespace, name).map(text).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| {
        Fault::new(FaultKind::MessageInformationHeaderRequired, format!("there is no {name} header"))
    })
}

/// SOAP 1.2 part 1, 5.2.3: a header block that must be understood and is not ends the request.
fn refuse_unknown(header: Node) -> Result<(), Fault> {
    for node in elements(header) {
        let must_understand = matches!(node.attribute((names::SOAP, "mustUnderstand")), Some("true" | "1"));
        if must_understand && !KNOWN.iter().any(|known| node.has_tag_name(*known)) {
            let why = format!("the header {} must be understood and is unknown", node.tag_name().name());
            return Err(Fault::new(FaultKind::MustUnderstand, why));
        }
    }
    Ok(())
}

/// DSP0226: only anonymous replies, that is answers on the connection of the request.
fn check_reply_to(header: Node) -> Result<(), Fault> {
    let reply_to = child(header, names::ADDRESSING, "ReplyTo").ok_or_else(|| {
        Fault::new(FaultKind::MessageInformationHeaderRequired, "there is no ReplyTo header")
    })?;
    match child(reply_to, names::ADDRESSING, "Address").map(text) {
        Some(names::ANONYMOUS) => Ok(()),
        address => Err(Fault::new(
            FaultKind::InvalidMessageInformationHeader,
            format!("replies to {} are not possible", address.unwrap_or("no address")),
        )),
    }
}

/// The GUID of a SessionId header in upper case.
fn session_id(text: &str) -> Result<String, Fault> {
    let guid = text.strip_prefix("uuid:").unwrap_or(text);
    match uuid::Uuid::parse_str(guid) {
        Ok(_) => Ok(guid.to_ascii_uppercase()),
        Err(_) => Err(Fault::new(FaultKind::InvalidSessionId, format!("the SessionId {text} is no GUID"))),
    }
}

/// The ShellId of the first SelectorSet below `node`.
pub(super) fn selector(node: Node) -> Option<String> {
    let set = child(node, names::WSMAN, "SelectorSet")?;
    let selector = elements(set).find(|selector| selector.attribute("Name") == Some("ShellId"))?;
    Some(text(selector).to_owned())
}

fn options(header: Node) -> Vec<SoapOption> {
    let Some(set) = child(header, names::WSMAN, "OptionSet") else { return Vec::new() };
    elements(set)
        .map(|option| SoapOption {
            name: option.attribute("Name").unwrap_or_default().to_owned(),
            value: text(option).to_owned(),
            must_comply: matches!(option.attribute("MustComply"), Some("true" | "1")),
        })
        .collect()
}
