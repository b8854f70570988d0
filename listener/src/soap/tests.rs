//! Requests as clients send them, and as they must not.

use std::time::Duration;

use super::fault::FaultKind;
use super::names::Verb;
use super::operation::{Chunk, Connect, CreateShell, Enumerate, Operation};
use super::request::{Request, Summary, is_identify};
use super::test_client::{Envelope, SESSION};
use crate::shell::BufferMode;

fn read(envelope: Envelope) -> Result<Request, FaultKind> {
    Request::read(&envelope.to_string()).map_err(|fault| fault.kind)
}

fn operation(verb: Verb, body: &str) -> Result<Operation, FaultKind> {
    read(Envelope::new(verb).body(body)).map(|request| request.operation)
}

#[test]
fn the_headers_of_a_request_are_read() {
    let request = read(Envelope::new(Verb::Delete).shell("ABC").option("a", "b", true)).unwrap();
    assert_eq!(request.verb, Verb::Delete);
    assert_eq!(request.header.shell_id.as_deref(), Some("ABC"));
    assert_eq!(request.header.session_id.as_deref(), Some(SESSION));
    assert_eq!(request.header.operation_timeout, Some(Duration::from_secs(20)));
    assert_eq!(request.header.max_envelope_size, 153_600);
    assert!(request.header.options[0].must_comply);
}

#[test]
fn each_bad_header_has_its_fault() {
    use FaultKind::*;
    for (case, edit, fault) in [
        ("no Action", ("a:Action", "a:Unknown"), MessageInformationHeaderRequired),
        ("no MessageID", ("a:MessageID", "a:Unknown"), MessageInformationHeaderRequired),
        ("no To", ("a:To", "a:Unknown"), MessageInformationHeaderRequired),
        ("no ReplyTo", ("a:ReplyTo", "a:Unknown"), MessageInformationHeaderRequired),
        ("no ResourceURI", ("w:ResourceURI", "w:Unknown"), InvalidResourceUri),
        ("an unknown action", ("transfer/Get", "transfer/Put"), ActionNotSupported),
        ("a reply elsewhere", ("role/anonymous", "role/none"), InvalidMessageInformationHeader),
        ("a negative timeout", ("PT20S", "PT-20S"), InvalidMessageInformationHeader),
        ("a number for a timeout", ("PT20S", "20"), InvalidMessageInformationHeader),
        ("a small envelope", ("153600", "8191"), InvalidMessageInformationHeader),
        ("a wrong SessionId", (SESSION, "yesterday"), InvalidSessionId),
        (
            "a header to be understood",
            ("p:DataLocale s:mustUnderstand=\"false\"", "p:What s:mustUnderstand=\"true\""),
            MustUnderstand,
        ),
        ("no Body", ("s:Body", "s:Torso"), SchemaValidation),
        (
            "SOAP 1.1",
            ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"),
            SchemaValidation,
        ),
        ("no XML", ("</s:Envelope>", ""), InvalidXml),
        ("a document type", ("<s:Envelope", "<!DOCTYPE x [<!ENTITY e 'e'>]><s:Envelope"), InvalidXml),
    ] {
        let (from, to) = edit;
        let text = Envelope::new(Verb::Get).to_string();
        assert!(text.contains(from), "{case}");
        // Headers that must be understood are unmarked, so that only the absence counts.
        let text = text.replace(from, to).replace("Unknown s:mustUnderstand=\"true\"", "Unknown");
        assert_eq!(Request::read(&text).map_err(|fault| fault.kind).err(), Some(fault), "{case}");
    }
}

#[test]
fn bodies_are_read() {
    let shell = "<rsp:Shell ShellId=\"A\" Name=\"n\"><rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut><rsp:InputStreams>stdin pr\
         </rsp:InputStreams><creationXml xmlns=\"http://schemas.microsoft.com/powershell\">AQI=</creationXml></rsp:Shell>";
    let filter = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9</w:MaxElements><w:Filter \
         Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\"><w:SelectorSet><w:Selector Name=\"ShellId\">A\
         </w:Selector></w:SelectorSet></w:Filter></n:Enumerate>";
    let id = || Some("C".to_owned());
    for (verb, body, operation_read) in [
        (Verb::Get, "", Operation::Get),
        (Verb::Delete, "", Operation::Delete),
        (
            Verb::Create,
            shell,
            Operation::Create(CreateShell {
                shell_id: Some("A".to_owned()),
                name: Some("n".to_owned()),
                idle_timeout: Some(Duration::from_secs(60)),
                buffer_mode: None,
                creation_xml: Some(vec![1, 2]),
            }),
        ),
        (
            Verb::Enumerate,
            "<n:Enumerate/>",
            Operation::Enumerate(Enumerate { optimize: false, max_elements: None, filter: None }),
        ),
        (
            Verb::Enumerate,
            filter,
            Operation::Enumerate(Enumerate {
                optimize: true,
                max_elements: Some(9),
                filter: Some("A".to_owned()),
            }),
        ),
        (
            Verb::Pull,
            "<n:Pull><n:EnumerationContext>c</n:EnumerationContext></n:Pull>",
            Operation::Pull { context: "c".to_owned(), max_elements: None },
        ),
        (
            Verb::Send,
            "<rsp:Send><rsp:Stream Name=\"pr\" CommandId=\"C\">AQ==</rsp:Stream></rsp:Send>",
            Operation::Send(vec![Chunk { command_id: id(), data: vec![1] }]),
        ),
        (
            Verb::Receive,
            "<rsp:Receive><rsp:DesiredStream CommandId=\"C\">stdout</rsp:DesiredStream></rsp:Receive>",
            Operation::Receive { command_id: id() },
        ),
        (
            Verb::Connect,
            "<rsp:Connect CommandId=\"C\"/>",
            Operation::Connect(Connect::Command { command_id: "C".to_owned() }),
        ),
        (
            Verb::Disconnect,
            "<rsp:Disconnect/>",
            Operation::Disconnect { idle_timeout: None, buffer_mode: None },
        ),
        (
            Verb::Disconnect,
            "<rsp:Disconnect><rsp:IdleTimeOut>PT3600.000S</rsp:IdleTimeOut><rsp:BufferMode>Drop</rsp:BufferMode></rsp:Disconnect>",
            Operation::Disconnect {
                idle_timeout: Some(Duration::from_secs(3600)),
                buffer_mode: Some(BufferMode::Drop),
            },
        ),
        (Verb::Reconnect, "", Operation::Reconnect { command_id: None, buffer_mode: None }),
        (
            Verb::Reconnect,
            "<rsp:Reconnect CommandId=\"C\"/>",
            Operation::Reconnect { command_id: id(), buffer_mode: None },
        ),
        (
            Verb::Reconnect,
            "<rsp:Reconnect><rsp:BufferMode>Drop</rsp:BufferMode></rsp:Reconnect>",
            Operation::Reconnect { command_id: None, buffer_mode: Some(BufferMode::Drop) },
        ),
    ] {
        assert_eq!(operation(verb, body), Ok(operation_read), "{body}");
    }
}

#[test]
fn each_bad_body_has_its_fault() {
    use FaultKind::*;
    for (verb, body, fault) in [
        (Verb::Get, "<x/>", SchemaValidation),
        (Verb::Create, "", SchemaValidation),
        (Verb::Create, "<rsp:Shell><rsp:IdleTimeout>PT60S</rsp:IdleTimeout></rsp:Shell>", SchemaValidation),
        (Verb::Create, "<rsp:Shell><rsp:IdleTimeOut>60</rsp:IdleTimeOut></rsp:Shell>", SchemaValidation),
        (Verb::Create, "<rsp:Shell/><rsp:Shell/>", SchemaValidation),
        (
            Verb::Disconnect,
            "<rsp:Disconnect><rsp:BufferMode>Drop</rsp:BufferMode><rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut></rsp:Disconnect>",
            SchemaValidation,
        ),
        (
            Verb::Disconnect,
            "<rsp:Disconnect><rsp:BufferMode>drop</rsp:BufferMode></rsp:Disconnect>",
            SchemaValidation,
        ),
        (Verb::Disconnect, "<Disconnect/>", SchemaValidation),
        (Verb::Command, "<rsp:CommandLine><rsp:Command/></rsp:CommandLine>", InvalidArgumentSet),
        (
            Verb::Command,
            "<rsp:CommandLine><rsp:Command/><rsp:Arguments>AQ==</rsp:Arguments><rsp:Arguments/></rsp:CommandLine>",
            InvalidArgumentSet,
        ),
        (Verb::Send, "<rsp:Send/>", SchemaValidation),
        (Verb::Send, "<rsp:Send><rsp:Stream Name=\"stdin\">A</rsp:Stream></rsp:Send>", SchemaValidation),
        (Verb::Send, "<rsp:Send><rsp:Stream Name=\"stdout\">AQ==</rsp:Stream></rsp:Send>", SchemaValidation),
        (
            Verb::Receive,
            "<rsp:Receive><rsp:DesiredStream>stderr</rsp:DesiredStream></rsp:Receive>",
            InvalidArgumentSet,
        ),
        (Verb::Signal, "<rsp:Signal/>", SchemaValidation),
        (Verb::Enumerate, "<n:Enumerate><w:MaxElements>0</w:MaxElements></n:Enumerate>", SchemaValidation),
        (Verb::Enumerate, "<n:Enumerate><w:Filter Dialect=\"x\"/></n:Enumerate>", FilterDialectUnavailable),
        (Verb::Pull, "<n:Pull/>", SchemaValidation),
    ] {
        assert_eq!(operation(verb, body), Err(fault), "{body}");
    }
}

#[test]
fn even_a_request_that_is_refused_tells_its_ids() {
    let text = Envelope::new(Verb::Connect).shell("ABC").body("<rsp:Connect CommandId=\"C\"/>").to_string();
    let summary = Summary::of(&text.replace("PT20S", "never"));
    assert_eq!(summary.verb(), "Connect");
    assert_eq!(summary.shell_id.as_deref(), Some("ABC"));
    assert_eq!(summary.command_id.as_deref(), Some("C"));
    assert!(summary.message_id.is_some_and(|id| text.contains(&id)));
    assert_eq!(Summary::of("<"), Summary::default());
}

#[test]
fn identify_is_known_by_its_body() {
    assert!(is_identify(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/\
         identity/1/wsmanidentity.xsd\"><s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>"
    ));
    assert!(!is_identify(&Envelope::new(Verb::Get).to_string()));
}

#[test]
fn no_prefix_of_a_request_is_a_request() {
    let whole = Envelope::new(Verb::Get).shell("ABC").to_string();
    for length in 0..whole.len() {
        assert_eq!(
            Request::read(&whole[..length]).map_err(|fault| fault.kind).err(),
            Some(FaultKind::InvalidXml),
            "{length}"
        );
    }
}
