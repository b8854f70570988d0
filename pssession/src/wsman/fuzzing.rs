//! What holds of answers, whatever a server sends, and of requests, whatever they are about.

use super::enumerate::{Enumerate, EnumerationContext, Pull, ShellFilter};
use super::envelope::{self, Failure, Header, Locale, MaxEnvelopeSize, Operation};
use super::id::{CommandId, MessageId, ResourceUri, SessionId, ShellId};
use super::request::Request;
use super::shell::{
    Command, Connect, ConnectCommand, Create, Delete, Disconnect, Get, Receive, Send, ShellAddress, Signal,
    SignalCode,
};
use crate::fuzzing::Choices;
use quick_xml::events::Event;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const ID: MessageId = MessageId(Uuid::nil());

fn shell(text: &str) -> ShellAddress {
    ShellAddress { resource_uri: ResourceUri(text.into()), shell_id: ShellId(text.into()) }
}

fn requests(text: &str, data: &[u8]) -> Vec<Request> {
    let (shell, command_id) = (|| shell(text), || CommandId(text.into()));
    vec![
        Create {
            shell: shell(),
            name: Some(text.into()),
            idle_timeout: Some(Duration::from_millis(data.len() as u64)),
            buffer_mode: None,
            no_machine_profile: false,
            creation_xml: data.to_vec(),
        }
        .into(),
        Get::shell(ShellId(text.into())).into(),
        Connect { shell: shell(), buffer_mode: None, connect_xml: data.to_vec() }.into(),
        ConnectCommand { shell: shell(), command_id: command_id() }.into(),
        Disconnect { shell: shell(), idle_timeout: None, buffer_mode: None }.into(),
        Command { shell: shell(), command_id: command_id(), arguments: data.to_vec() }.into(),
        Send { shell: shell(), command_id: Some(command_id()), data: data.to_vec() }.into(),
        Receive { shell: shell(), command_id: Some(command_id()) }.into(),
        Signal { shell: shell(), command_id: command_id(), code: SignalCode::Stop }.into(),
        Delete { shell: shell() }.into(),
    ]
}

/// An answer is read to the same in UTF-8 and in UTF-16, by every operation.
pub fn envelope(data: &[u8]) {
    let mut choices = Choices(data);
    let (which, is_whole) = (usize::from(choices.octet()), choices.flag());
    let requests = requests("x", &[]);
    match which % (requests.len() + 4) {
        0 => answer(&Enumerate::shells(ShellFilter::All), choices.0, is_whole),
        1 => {
            let named = Enumerate::shells(ShellFilter::Named(Box::new(|name| name.len() < 3)));
            let pull = Pull::after(Arc::new(named), EnumerationContext("1".into()));
            answer(&pull, choices.0, is_whole);
        }
        2 => answer(&Enumerate::commands(ShellId("x".into())), choices.0, is_whole),
        3 => answer(&requests[1], choices.0, is_whole),
        other => answer(&requests[other - 4], choices.0, is_whole),
    }
}

fn answer<O: Operation<Response: Debug>>(operation: &O, body: &[u8], is_whole: bool) {
    let body = String::from_utf8_lossy(body);
    let text = match is_whole {
        true => body.into_owned(),
        false => enveloped(&format!("{}Response", operation.action()), &body),
    };
    let _ = in_both_encodings(operation, &text);
}

/// In Windows' prefixes, and with PowerShell's namespace as the default.
fn enveloped(action: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' \
         xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing' \
         xmlns:x='http://schemas.xmlsoap.org/ws/2004/09/transfer' \
         xmlns:w='http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd' \
         xmlns:n='http://schemas.xmlsoap.org/ws/2004/09/enumeration' \
         xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' \
         xmlns:rsp='http://schemas.microsoft.com/wbem/wsman/1/windows/shell' \
         xmlns='http://schemas.microsoft.com/powershell'><s:Header><a:Action>{action}</a:Action>\
         <a:RelatesTo>{ID}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn in_both_encodings<O: Operation<Response: Debug>>(operation: &O, text: &str) -> Result<(), Failure> {
    let read = envelope::read(operation, text.as_bytes(), ID);
    // What begins otherwise is XML without a mark in no encoding but UTF-8.
    if text.starts_with('<') && !text.starts_with("<\0") {
        let mut units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = envelope::read(operation, &units, ID);
        assert_eq!(without_sizes(&read), without_sizes(&wide));
        units.chunks_exact_mut(2).for_each(|unit| unit.swap(0, 1));
        let other = envelope::read(operation, &units, ID);
        assert_eq!(format!("{wide:?}"), format!("{other:?}"));
    }
    read.map(drop)
}

/// Offsets and lengths are those of the encoding that was read.
fn without_sizes(read: &impl Debug) -> String {
    format!("{read:?}").split("octets: ").next().unwrap_or_default().to_owned()
}

/// A fault is an error with bounded texts, and never a response.
pub fn fault(data: &[u8]) {
    let body = String::from_utf8_lossy(data);
    let action = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
    for body in [format!("<s:Fault>{body}</s:Fault>"), body.into_owned()] {
        match in_both_encodings(&Delete { shell: shell("x") }, &enveloped(action, &body)) {
            Err(Failure::Fault(fault)) => {
                const MOST: usize = 1024 + "…".len();
                assert!(fault.message.len() <= MOST && fault.subcode.is_none_or(|code| code.len() <= MOST));
                assert!(fault.redirect_location.is_none_or(|address| address.len() <= 2048));
            }
            Err(Failure::Malformed(_)) => {}
            Ok(()) => panic!("a fault was taken for a response: {body}"),
        }
    }
}

/// Whatever the names, ids and data are, a request is well-formed, and none of them becomes markup.
pub fn request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for (request, plain) in requests(&text, data).iter().zip(requests("x", &[])) {
        assert_eq!(shape(&written(request, &text)), shape(&written(&plain, "x")), "{text:?}");
    }
}

fn written(request: &Request, text: &str) -> String {
    let header = Header {
        to: text,
        session_id: SessionId(Uuid::nil()),
        sequence: None,
        message_id: ID,
        operation_timeout: Duration::from_secs(180),
        max_envelope_size: MaxEnvelopeSize::SAFE,
        locale: Locale { ui_culture: text, culture: text },
    };
    envelope::write(request, &header)
}

/// Its elements and the names of their attributes.
fn shape(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut shape = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => {
                shape.push(start.name().as_ref().to_owned());
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap_or_else(|error| panic!("{error}: {xml}"));
                    shape.push(format!("@{}", attribute.key.as_ref()));
                }
            }
            Ok(Event::Eof) => return shape,
            Ok(Event::End(_) | Event::Text(_) | Event::GeneralRef(_)) => {}
            other => panic!("{other:?}: {xml}"),
        }
    }
}
