//! Every operation: the request as it goes out, the answer as it is read, and the answers that are refused. Here what
//! is the same for all; what each says for itself is in the modules.

mod enumerate;
mod shell;

use super::enumerate::*;
use super::envelope;
use super::fault::Fault;
use super::shell::*;
use super::*;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const MESSAGE: MessageId = MessageId(Uuid::from_u128(0x11111111_2222_3333_4444_555555555555));
const SESSION: SessionId = SessionId(Uuid::from_u128(0x66666666_7777_8888_9999_aaaaaaaaaaaa));
const SHELL_ID: &str = "B6631D8E-65A0-49F2-9053-A1B156C95777";

fn request<O: Operation>(operation: &O) -> String {
    let header = Header {
        to: "http://server01:5985/wsman",
        sequence: None,
        session_id: SESSION,
        message_id: MESSAGE,
        operation_timeout: Duration::from_secs(180),
        max_envelope_size: MaxEnvelopeSize::SAFE,
        locale: Locale::DEFAULT,
    };
    envelope::write(operation, &header)
}

/// What of a request differs from operation to operation: action, selectors and options, body.
fn essence<O: Operation>(operation: &O) -> String {
    let request = request(operation);
    let between = |from: &str, to: &str| {
        let start = request.find(from).expect(from) + from.len();
        &request[start..start + request[start..].find(to).expect(to)]
    };
    assert_eq!(between("<a:Action s:mustUnderstand=\"true\">", "<"), operation.action());
    let particular = between("</p:SessionId>", "<w:OperationTimeout>");
    format!("{particular}|{}", between("<s:Body>", "</s:Body>"))
}

fn all_shells() -> Enumerate<Shell> {
    Enumerate::shells(ShellFilter::All)
}

fn get_shell() -> Get {
    Get::shell(ShellId(SHELL_ID.into()))
}

fn shell() -> ShellAddress {
    ShellAddress {
        resource_uri: ResourceUri::of_configuration("ITTasks"),
        shell_id: ShellId(SHELL_ID.into()),
    }
}

const SELECTOR: &str = "<w:SelectorSet><w:Selector Name=\"ShellId\">B6631D8E-65A0-49F2-9053-A1B156C95777</w:Selector></w:SelectorSet>";

/// An answer in Windows' prefixes.
fn answer(action: &str, body: &str) -> String {
    format!(
        "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" \
         xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" \
         xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" \
         xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\" \
         xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>\
         <a:Action>{action}</a:Action><a:MessageID>uuid:00000000-0000-0000-0000-000000000001</a:MessageID>\
         <a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>\
         <a:RelatesTo>uuid:11111111-2222-3333-4444-555555555555</a:RelatesTo></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn read<O: Operation>(operation: &O, body: &str) -> Result<O::Response, Failure> {
    envelope::read(operation, answer(&format!("{}Response", operation.action()), body).as_bytes(), MESSAGE)
}

fn malformed<O: Operation>(operation: &O, body: &str) -> Malformed {
    match read(operation, body) {
        Err(Failure::Malformed(malformed)) => malformed,
        Err(Failure::Fault(fault)) => panic!("a fault: {fault:?}"),
        Ok(_) => panic!("accepted: {body}"),
    }
}

#[test]
fn a_request_carries_every_header() {
    assert_eq!(
        request(&Delete { shell: shell() }),
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" \
         xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\" \
         xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" \
         xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><s:Header>\
         <a:To>http://server01:5985/wsman</a:To>\
         <w:ResourceURI s:mustUnderstand=\"true\">http://schemas.microsoft.com/powershell/ITTasks</w:ResourceURI>\
         <a:ReplyTo><a:Address s:mustUnderstand=\"true\">\
         http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>\
         <a:Action s:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete</a:Action>\
         <w:MaxEnvelopeSize s:mustUnderstand=\"true\">153600</w:MaxEnvelopeSize>\
         <a:MessageID>uuid:11111111-2222-3333-4444-555555555555</a:MessageID>\
         <w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>\
         <p:DataLocale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>\
         <p:SessionId s:mustUnderstand=\"false\">uuid:66666666-7777-8888-9999-AAAAAAAAAAAA</p:SessionId>\
         <w:SelectorSet><w:Selector Name=\"ShellId\">B6631D8E-65A0-49F2-9053-A1B156C95777</w:Selector>\
         </w:SelectorSet><w:OperationTimeout>PT180.000S</w:OperationTimeout></s:Header><s:Body></s:Body></s:Envelope>"
    );
}

#[test]
fn text_is_escaped_in_elements_and_attributes() {
    let mut shell = shell();
    shell.resource_uri = ResourceUri("urn:<&>".into());
    let create = Create {
        shell,
        name: Some("a \"b\" <c> & d".into()),
        idle_timeout: None,
        buffer_mode: None,
        no_machine_profile: false,
        creation_xml: Vec::new(),
    };
    let request = request(&create);
    assert!(request.contains("<w:ResourceURI s:mustUnderstand=\"true\">urn:&lt;&amp;&gt;</w:ResourceURI>"));
    assert!(request.contains(" Name=\"a &quot;b&quot; &lt;c&gt; &amp; d\">"));
}

#[test]
fn prefixes_do_not_matter_and_neither_do_unknown_elements() {
    let answer = "<?xml version=\"1.0\"?><env:Envelope xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:wsa=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><env:Header>\
         <wsa:Action env:mustUnderstand=\"true\"> http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse \
         </wsa:Action><x xmlns=\"urn:x\"><Action>no</Action></x><wsa:RelatesTo>\
         UUID:11111111-2222-3333-4444-555555555555</wsa:RelatesTo></env:Header><env:Body>\
         <Shell xmlns=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><New><State>Connected</State></New>\
         <State><!-- c -->Disco<![CDATA[nnected]]></State><f:State xmlns:f=\"urn:f\">Connected</f:State></Shell>\
         </env:Body></env:Envelope>";
    let shell = envelope::read(&get_shell(), answer.as_bytes(), MESSAGE).unwrap();
    assert_eq!(shell, Shell { state: Some(ShellState::Disconnected), ..Shell::default() });
}

fn fault(detail: &str) -> Fault {
    fault_because("The reason.", detail)
}

fn fault_because(reason: &str, detail: &str) -> Fault {
    let body = format!(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value></s:Subcode>\
         </s:Code><s:Reason><s:Text xml:lang=\"en-US\">{reason}</s:Text></s:Reason>{detail}</s:Fault>"
    );
    let answer = answer("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", &body);
    match envelope::read(&get_shell(), answer.as_bytes(), MESSAGE) {
        Err(Failure::Fault(fault)) => *fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fault_without_a_reason_shows_its_subcode() {
    assert_eq!(fault_because("", "").message, "InvalidSelectors");
}

#[test]
fn a_fault_is_its_number_and_its_innermost_message() {
    let nested = fault(
        "<s:Detail><w:FaultDetail>urn:x</w:FaultDetail><f:WSManFault \
         xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"2150858843\" Machine=\"srv\">\
         <f:Message>Outer text.<f:ProviderFault provider=\"Shell provider\" path=\"x.dll\"><f:WSManFault \
         Code=\"2150858843\" Machine=\"srv\"><f:Message>The shell\n   was &lt;not&gt; found.</f:Message>\
         </f:WSManFault></f:ProviderFault></f:Message></f:WSManFault></s:Detail>",
    );
    assert_eq!(
        nested,
        Fault {
            code: Some(FaultCode::INVALID_SELECTORS),
            subcode: Some("InvalidSelectors".into()),
            message: "The shell was <not> found.".into(),
            redirect_location: None,
        }
    );
    assert_eq!(fault(""), Fault { code: None, message: "The reason.".into(), ..nested });
}

#[test]
fn a_redirect_fault_has_the_location_in_one_of_its_texts() {
    let location = |code: &str, message: &str| {
        let detail = format!(
            "<s:Detail><f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" \
             Code=\"{code}\">{message}</f:WSManFault></s:Detail>"
        );
        fault(&detail).redirect_location
    };
    const REDIRECT: &str = "2150859161";
    for message in [
        "<f:Message>It is \"HTTPS://Server02/wsman?x=1&amp;y=2\".</f:Message>",
        "<f:Message>Elsewhere.</f:Message><f:Location>HTTPS://Server02/wsman?x=1&amp;y=2</f:Location>",
        "<f:Message>Go to HTTPS://Server02/wsman?x=1&amp;y=2. Or to http://server03.</f:Message>",
        "<f:Message>(HTTPS://Server02/wsman?x=1&amp;y=2)</f:Message>",
    ] {
        assert_eq!(location(REDIRECT, message), Some("HTTPS://Server02/wsman?x=1&y=2".into()), "{message}");
        assert_eq!(location("5", message), None);
    }
    assert_eq!(location(REDIRECT, "<f:Message>Elsewhere.</f:Message>"), None);
}

#[test]
fn a_fault_code_may_be_signed() {
    let code = |text: &str| {
        let detail = format!(
            "<s:Detail><WSManFault xmlns=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" \
             Code=\"{text}\"/></s:Detail>"
        );
        fault(&detail).code
    };
    assert_eq!(code("-2144108453"), Some(FaultCode::INVALID_SELECTORS));
    assert_eq!(code("5"), Some(FaultCode::ACCESS_DENIED));
    assert_eq!(code("0x5"), None);
    assert_eq!(FaultCode::INVALID_SELECTORS.signed(), -2_144_108_453);
    assert_eq!(
        FaultCode::INVALID_SELECTORS.transport_error(),
        Some("CannotConnectTargetSessionDoesNotExist")
    );
    assert_eq!(format!("{:?}", FaultCode::ACCESS_DENIED), "0x00000005 ACCESS_DENIED");
}

#[test]
fn an_answer_may_be_utf_16() {
    let text = answer(
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
        "<rsp:Shell><rsp:Name>bücher \u{1F4DA}</rsp:Name></rsp:Shell>",
    );
    let units =
        |text: &str, octets: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(octets).collect::<Vec<u8>>();
    let marked = String::from("\u{feff}") + &format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{text}");
    for octets in [
        units(&marked, u16::to_le_bytes),
        units(&marked, u16::to_be_bytes),
        units(&text, u16::to_le_bytes),
        units(&text, u16::to_be_bytes),
        marked.replace("UTF-16", "UTF-8").into_bytes(),
    ] {
        let shell = envelope::read(&get_shell(), &octets, MESSAGE).unwrap();
        assert_eq!(shell.name.as_deref(), Some("bücher \u{1F4DA}"));
    }
    let mut half = units(&marked, u16::to_le_bytes);
    half.pop();
    let lone = [units("\u{feff}<", u16::to_le_bytes), 0xD800_u16.to_le_bytes().into()].concat();
    for octets in [half, lone, b"<\xFF".to_vec()] {
        let failure = envelope::read(&get_shell(), &octets, MESSAGE).unwrap_err();
        assert_eq!(failure, Failure::Malformed(Malformed::NotText));
    }
}

#[test]
fn answers_that_are_none_are_refused() {
    let whole = answer("http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse", "<rsp:Shell/>");
    let read = |text: &str| envelope::read(&get_shell(), text.as_bytes(), MESSAGE).unwrap_err();
    let other = whole.replace("GetResponse", "DeleteResponse");
    let action = "http://schemas.xmlsoap.org/ws/2004/09/transfer/DeleteResponse".to_owned();
    assert_eq!(read(&other), Failure::Malformed(Malformed::Action(action)));
    let other = whole.replace("uuid:11111111", "uuid:11111112");
    let relates_to = "uuid:11111112-2222-3333-4444-555555555555".to_owned();
    assert_eq!(read(&other), Failure::Malformed(Malformed::RelatesTo(relates_to)));
    let missing = |name| Failure::Malformed(Malformed::Missing(name));
    let (start, end) = (whole.find("<a:RelatesTo>").unwrap(), whole.find("</s:Header>").unwrap());
    assert_eq!(read(&format!("{}{}", &whole[..start], &whole[end..])), missing("RelatesTo"));
    assert_eq!(read("<html><body>It works!</body></html>"), missing("Envelope"));
    assert_eq!(read(""), missing("Envelope"));
    assert_eq!(envelope::read(&get_shell(), &[0xFF, 0xFF], MESSAGE), Err(Malformed::NotText.into()));
    let dtd = format!("<!DOCTYPE x [<!ENTITY e \"x\">]>{whole}");
    assert_eq!(read(&dtd), Malformed::DocumentType.into());
    let entity = whole.replace("<rsp:Shell/>", "<rsp:Shell><rsp:Name>&e;</rsp:Name></rsp:Shell>");
    assert_eq!(read(&entity), Malformed::Entity("e".into()).into());
    let deep = whole.replace("<rsp:Shell/>", &format!("{}{}", "<y>".repeat(100), "</y>".repeat(100)));
    assert_eq!(read(&deep), missing("Shell"));
    let deep = whole.replace("<rsp:Shell/>", &format!("<rsp:Shell>{}", "<y>".repeat(100_000)));
    assert_eq!(read(&deep), Malformed::TooDeep.into());
}

#[test]
fn an_answer_cut_anywhere_is_refused() {
    let whole = answer(
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
        "<rsp:Shell><rsp:Name>a&amp;b&#x41;</rsp:Name></rsp:Shell>",
    );
    assert!(envelope::read(&get_shell(), whole.as_bytes(), MESSAGE).is_ok());
    for end in 0..whole.len() {
        assert!(envelope::read(&get_shell(), &whole.as_bytes()[..end], MESSAGE).is_err(), "cut at {end}");
    }
}
