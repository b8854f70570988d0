//! Exchanges with servers, written down without what they say, so that they can be shown to strangers.
//!
//! They are events of `tracing`, at level TRACE. What is not known to be harmless is left out: of texts only their length
//! is there, of PSRP only ids, lengths and types.

use crate::psrp::outline::outline;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::fmt::{self, Write};
use tracing::Level;

/// The target of the events.
pub const TARGET: &str = "pssession::transcript";

/// Elements whose text names no one and nothing: protocol constants, numbers, and ids that were drawn at random.
const HARMLESS: &[&str] = &[
    "Action",
    "BufferMode",
    "Code",
    "CommandId",
    "CompressionMode",
    "DesiredStream",
    "Encoding",
    "ExitCode",
    "FaultDetail",
    "IdleTimeOut",
    "InputStreams",
    "MaxElements",
    "MaxEnvelopeSize",
    "MaxIdleTimeOut",
    "MessageID",
    "OperationID",
    "OperationTimeout",
    "OutputStreams",
    "ProfileLoaded",
    "RelatesTo",
    "SequenceId",
    "SessionId",
    "ShellId",
    "ShellInactivity",
    "ShellRunTime",
    "State",
    "Value",
];

/// Attributes of which the same holds.
const HARMLESS_ATTRIBUTES: &[&str] = &[
    "Code",
    "CommandId",
    "Dialect",
    "End",
    "MustComply",
    "ShellId",
    "State",
    "lang",
    "mustUnderstand",
    "nil",
];

/// Elements whose attribute Name is a constant of the protocol, and not the name of a session.
const NAMED: &[&str] = &["Option", "Selector", "Stream"];

/// A message that was sent or received, if anyone wants to have it.
pub(crate) fn message(title: &str, document: &[u8]) {
    if tracing::enabled!(target: TARGET, Level::TRACE) {
        let redacted = redacted(&String::from_utf8_lossy(document));
        tracing::trace!(target: TARGET, "{title}, {} octets{redacted}", document.len());
    }
}

/// A request to which there was no answer.
pub(crate) fn no_answer(message_id: impl fmt::Display) {
    tracing::trace!(target: TARGET, "No answer to uuid:{message_id}");
}

/// The elements of a document, each on a line of its own.
fn redacted(document: &str) -> String {
    let mut reader = Reader::from_str(document);
    let mut out = String::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        let written = match reader.read_event() {
            Ok(Event::Start(start)) => {
                let line = line(&mut out, open.len(), &start);
                open.push(local_name(&start));
                line
            }
            Ok(Event::Empty(start)) => line(&mut out, open.len(), &start),
            Ok(Event::Text(text)) => match open.last() {
                Some(element) => out.write_str(&content(element, &text)),
                None => Ok(()),
            },
            Ok(Event::CData(text)) => write!(out, " ({} octets)", text.len()),
            Ok(Event::End(_)) => {
                open.pop();
                Ok(())
            }
            Ok(Event::Eof) => return out,
            Ok(
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::GeneralRef(_),
            ) => Ok(()),
            Err(_) => {
                out.push_str("\n(the rest is not XML)");
                return out;
            }
        };
        // Writing to a string does not fail.
        let _ = written;
    }
}

fn line(out: &mut String, depth: usize, start: &BytesStart<'_>) -> fmt::Result {
    let element = local_name(start);
    write!(out, "\n{:1$}<{element}", "", depth * 2)?;
    for attribute in start.attributes().flatten() {
        let name = attribute.key.local_name().into_inner();
        let is_declaration = attribute.key.as_namespace_binding().is_some();
        let is_harmless = HARMLESS_ATTRIBUTES.contains(&name) || name == "Name" && NAMED.contains(&&*element);
        match is_harmless {
            _ if is_declaration => {}
            true => write!(out, " {name}=\"{}\"", attribute.value)?,
            false => write!(out, " {name}=({} octets)", attribute.value.len())?,
        }
    }
    out.write_char('>')
}

fn local_name(start: &BytesStart<'_>) -> String {
    start.local_name().into_inner().to_owned()
}

/// What may be shown of an element's text.
fn content(element: &str, text: &str) -> String {
    let text = text.trim();
    let octets = || BASE64_STANDARD.decode(text).ok();
    match element {
        _ if text.is_empty() => String::new(),
        _ if HARMLESS.contains(&element) => format!(" {text}"),
        "ResourceURI" | "ResourceUri" if names_no_configuration(text) => format!(" {text}"),
        "Stream" | "Arguments" | "creationXml" | "connectXml" | "connectResponseXml" => {
            octets().map_or_else(|| format!(" ({} octets)", text.len()), |octets| outline(&octets))
        }
        _ => format!(" ({} octets)", text.len()),
    }
}

/// Whether the name of an endpoint does not show, which its administrator may have chosen.
fn names_no_configuration(resource_uri: &str) -> bool {
    let uri = resource_uri.to_ascii_lowercase();
    uri.split_once("/powershell/").is_none_or(|(_, name)| name == "microsoft.powershell")
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn what_is_not_known_to_be_harmless_is_left_out() {
        let document = r#"<?xml version="1.0"?><s:Envelope xmlns:s="urn:s"><s:Header><a:To>http://server01/wsman</a:To>
            <w:ResourceURI>http://schemas.microsoft.com/powershell/Payroll</w:ResourceURI>
            <w:ResourceURI>http://schemas.microsoft.com/powershell/Microsoft.PowerShell</w:ResourceURI>
            <a:MessageID>uuid:1</a:MessageID><w:OptionSet><w:Option Name="protocolversion">2.3</w:Option></w:OptionSet>
            </s:Header><s:Body><rsp:Shell Name="Payroll" ShellId="5A"><rsp:Owner>EXAMPLE\alice</rsp:Owner>
            <rsp:State>Connected</rsp:State><rsp:ClientIP/></rsp:Shell><![CDATA[secret]]></s:Body>"#;
        assert_eq!(
            redacted(document),
            "\n<Envelope>\n  <Header>\n    <To> (21 octets)\n    <ResourceURI> (47 octets)\n    \
             <ResourceURI> http://schemas.microsoft.com/powershell/Microsoft.PowerShell\n    <MessageID> uuid:1\n    <OptionSet>\n      <Option \
             Name=\"protocolversion\"> (3 octets)\n  <Body>\n    <Shell Name=(7 octets) ShellId=\"5A\">\n      \
             <Owner> (13 octets)\n      <State> Connected\n      <ClientIP> (6 octets)"
        );
    }
}
