//! Every operation: the request as it goes out, the answer as it is read, and the answers that are refused.

use super::enumerate::*;
use super::envelope;
use super::fault::Fault;
use super::shell::*;
use super::*;
use std::time::Duration;
use uuid::Uuid;

const MESSAGE: MessageId = MessageId(Uuid::from_u128(0x11111111_2222_3333_4444_555555555555));
const SESSION: SessionId = SessionId(Uuid::from_u128(0x66666666_7777_8888_9999_aaaaaaaaaaaa));
const SHELL_ID: &str = "B6631D8E-65A0-49F2-9053-A1B156C95777";

fn request<O: Operation>(operation: &O) -> String {
    let header = Header {
        to: "http://server01:5985/wsman",
        session_id: SESSION,
        message_id: MESSAGE,
        operation_timeout: Duration::from_secs(180),
        max_envelope_size: MaxEnvelopeSize::SAFE,
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
    assert_eq!(between("<a:Action s:mustUnderstand=\"true\">", "<"), O::ACTION);
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
    envelope::read(operation, answer(&format!("{}Response", O::ACTION), body).as_bytes(), MESSAGE)
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
        name: Some("a \"b\" <c> & d"),
        idle_timeout: None,
        buffer_mode: None,
        creation_xml: b"",
    };
    let request = request(&create);
    assert!(request.contains("<w:ResourceURI s:mustUnderstand=\"true\">urn:&lt;&amp;&gt;</w:ResourceURI>"));
    assert!(request.contains(" Name=\"a &quot;b&quot; &lt;c&gt; &amp; d\">"));
}

#[test]
fn enumerate_shells() {
    assert_eq!(
        essence(&all_shells()),
        "|<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>"
    );
    let item = |id: &str, state: &str| {
        format!(
            "<rsp:Shell xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><rsp:ShellId>{id}\
             </rsp:ShellId><rsp:Name>IT &amp; Task</rsp:Name><rsp:ResourceUri>\
             http://schemas.microsoft.com/powershell/ITTasks</rsp:ResourceUri><rsp:Owner>SERVER01\\alice</rsp:Owner>\
             <rsp:ClientIP>10.0.2.2</rsp:ClientIP><rsp:ProcessId>2792</rsp:ProcessId><rsp:IdleTimeOut>PT7200.000S\
             </rsp:IdleTimeOut><rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut><rsp:BufferMode>Block\
             </rsp:BufferMode><rsp:State>{state}</rsp:State><rsp:ShellInactivity>P0DT0H1M2S</rsp:ShellInactivity>\
             </rsp:Shell>"
        )
    };
    let page = read(
        &all_shells(),
        &format!(
            "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>{}{}</w:Items>\
         <w:EndOfSequence/></n:EnumerateResponse>",
            item(SHELL_ID, "Disconnected"),
            item("2", "Connected"),
        ),
    )
    .unwrap();
    assert_eq!(page.next, None);
    assert_eq!(
        page.items[0],
        Shell {
            shell_id: Some(ShellId(SHELL_ID.into())),
            name: Some("IT & Task".into()),
            resource_uri: Some(ResourceUri::of_configuration("ITTasks")),
            state: Some(ShellState::Disconnected),
            idle_timeout: Some(Duration::from_secs(7200)),
            max_idle_timeout: Some(Duration::from_millis(2_147_483_647)),
            buffer_mode: Some(BufferMode::Block),
            inactivity: Some(Duration::from_secs(62)),
        }
    );
    assert_eq!(page.items[1].state, Some(ShellState::Connected));
}

#[test]
fn shells_of_other_names_are_passed_over_whatever_is_in_them() {
    let named = || Enumerate::shells(ShellFilter::Named(Box::new(|name| name.starts_with("IT"))));
    let shells = "<rsp:Shell><rsp:ShellId>1</rsp:ShellId><rsp:Name>ITTask</rsp:Name>\
                  <rsp:State>Disconnected</rsp:State></rsp:Shell>\
                  <rsp:Shell><rsp:ShellId>2</rsp:ShellId><rsp:Name>Other</rsp:Name><rsp:IdleTimeOut>never\
                  </rsp:IdleTimeOut><rsp:Shell><rsp:Name>ITInner</rsp:Name></rsp:Shell></rsp:Shell>\
                  <rsp:Shell><rsp:ShellId>3</rsp:ShellId><rsp:State>Disconnected</rsp:State></rsp:Shell>\
                  <rsp:Shell><rsp:State>Disconnected</rsp:State><rsp:Name>ITLast</rsp:Name></rsp:Shell>";
    let names =
        |page: Page<Shell>| page.items.into_iter().map(|shell| shell.name.unwrap()).collect::<Vec<_>>();
    let answer =
        format!("<n:EnumerateResponse><w:Items>{shells}</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
    let page = read(&named(), &answer).unwrap();
    assert_eq!(page.items[0].state, Some(ShellState::Disconnected));
    assert_eq!(page.told, 4);
    assert_eq!(names(page), ["ITTask", "ITLast"]);

    let enumerate = named();
    let pull = Pull::after(&enumerate, EnumerationContext("uuid:7".into()));
    let answer = format!("<n:PullResponse><n:Items>{shells}</n:Items><n:EndOfSequence/></n:PullResponse>");
    assert_eq!(names(read(&pull, &answer).unwrap()), ["ITTask", "ITLast"]);
    // It is no business of the service's.
    assert_eq!(essence(&named()), essence(&all_shells()));
}

#[test]
fn an_enumeration_ends_only_where_the_service_says_so() {
    let none = read(&all_shells(), "<n:EnumerateResponse><w:EndOfSequence/></n:EnumerateResponse>");
    assert_eq!(none, Ok(Page { items: vec![], told: 0, next: None }));
    let more = read(
        &all_shells(),
        "<n:EnumerateResponse><n:EnumerationContext>uuid:7</n:EnumerationContext></n:EnumerateResponse>",
    );
    assert_eq!(more, Ok(Page { items: vec![], told: 0, next: Some(EnumerationContext("uuid:7".into())) }));
    assert_eq!(
        malformed(&all_shells(), "<n:EnumerateResponse></n:EnumerateResponse>"),
        Malformed::Missing("EndOfSequence")
    );
    assert_eq!(malformed(&all_shells(), "<n:PullResponse/>"), Malformed::Missing("EnumerateResponse"));
}

#[test]
fn pull_and_release_go_on_with_the_context() {
    let context = EnumerationContext("uuid:7".into());
    let enumerate = all_shells();
    let pull = Pull::after(&enumerate, context.clone());
    assert_eq!(
        essence(&pull),
        "|<n:Pull><n:EnumerationContext>uuid:7</n:EnumerationContext>\
         <n:MaxElements>32000</n:MaxElements></n:Pull>"
    );
    let release = Release::of(&enumerate, context.clone());
    assert_eq!(
        essence(&release),
        "|<n:Release><n:EnumerationContext>uuid:7</n:EnumerationContext></n:Release>"
    );
    let last = read(
        &pull,
        "<n:PullResponse><n:Items><rsp:Shell><rsp:ShellId>1</rsp:ShellId></rsp:Shell></n:Items>\
         <n:EndOfSequence/></n:PullResponse>",
    )
    .unwrap();
    assert_eq!((last.items.len(), last.next), (1, None));
    assert_eq!(read(&release, ""), Ok(()));
}

#[test]
fn enumerate_commands_of_a_shell() {
    let commands = Enumerate::commands(ShellId(SHELL_ID.into()));
    assert_eq!(
        essence(&commands),
        format!(
            "|<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements><w:Filter \
             Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\">{SELECTOR}</w:Filter></n:Enumerate>"
        )
    );
    let item = "<rsp:Command><rsp:CommandId>C1</rsp:CommandId><rsp:CommandLine> </rsp:CommandLine>\
                <rsp:CommandState>Running</rsp:CommandState></rsp:Command>";
    let body =
        format!("<n:EnumerateResponse><w:Items>{item}</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
    let page = read(&commands, &body).unwrap();
    let command = enumerate::Command { command_id: CommandId("C1".into()), command_line: String::new() };
    assert_eq!(page.items, [command]);
    let body = body.replace("<rsp:CommandId>C1</rsp:CommandId>", "");
    assert_eq!(malformed(&commands, &body), Malformed::Missing("CommandId"));
}

#[test]
fn create() {
    let create = Create {
        shell: shell(),
        name: Some("ITTask"),
        idle_timeout: Some(Duration::from_secs(7200)),
        buffer_mode: Some(BufferMode::Drop),
        creation_xml: &[0, 1, 2],
    };
    assert_eq!(
        essence(&create),
        format!(
            "<w:OptionSet s:mustUnderstand=\"true\"><w:Option Name=\"protocolversion\" MustComply=\"true\">2.3\
             </w:Option></w:OptionSet>|<rsp:Shell ShellId=\"{SHELL_ID}\" Name=\"ITTask\">\
             <rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut><rsp:BufferMode>Drop</rsp:BufferMode>\
             <rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>\
             <creationXml xmlns=\"http://schemas.microsoft.com/powershell\">AAEC</creationXml></rsp:Shell>"
        )
    );
    let shell = read(
        &create,
        "<x:ResourceCreated><a:Address>http://s/wsman</a:Address></x:ResourceCreated>\
         <rsp:Shell><rsp:ShellId>OTHER</rsp:ShellId><rsp:State>Connected</rsp:State></rsp:Shell>",
    )
    .unwrap();
    assert_eq!(shell.shell_id, Some(ShellId("OTHER".into())));
    assert_eq!(malformed(&create, "<x:ResourceCreated/>"), Malformed::Missing("Shell"));
    assert_eq!(malformed(&create, "<rsp:Shell/>"), Malformed::Missing("ShellId"));
}

#[test]
fn get() {
    let get = get_shell();
    assert_eq!(essence(&get), format!("{SELECTOR}|"));
    assert_eq!(get.resource_uri().0, "http://schemas.microsoft.com/wbem/wsman/1/windows/shell");
    let shell = read(&get, "<rsp:Shell><rsp:State>Connected</rsp:State></rsp:Shell>").unwrap();
    assert_eq!(shell.state, Some(ShellState::Connected));
    assert_eq!(malformed(&get, ""), Malformed::Missing("Shell"));
}

#[test]
fn connect() {
    let connect = Connect { shell: shell(), buffer_mode: None, connect_xml: &[0, 1, 2] };
    assert_eq!(
        essence(&connect),
        format!(
            "{SELECTOR}|<rsp:Connect><connectXml xmlns=\"http://schemas.microsoft.com/powershell\">AAEC\
             </connectXml></rsp:Connect>"
        )
    );
    assert_eq!(
        essence(&Connect { buffer_mode: Some(BufferMode::Drop), shell: shell(), ..connect }),
        format!(
            "{SELECTOR}|<rsp:Connect><rsp:BufferMode>Drop</rsp:BufferMode>\
             <connectXml xmlns=\"http://schemas.microsoft.com/powershell\">AAEC</connectXml></rsp:Connect>"
        )
    );
    let response = |text: &str| {
        format!(
            "<rsp:ConnectResponse><rsp:InputStreams>stdin pr</rsp:InputStreams><connectResponseXml \
             xmlns=\"http://schemas.microsoft.com/powershell\">{text}</connectResponseXml></rsp:ConnectResponse>"
        )
    };
    assert_eq!(read(&connect, &response("AAEC")), Ok(vec![0, 1, 2]));
    assert_eq!(read(&connect, &response("AA\r\n  EC\n")), Ok(vec![0, 1, 2]));
    assert_eq!(
        malformed(&connect, &response("AAE*")),
        Malformed::Value { element: "connectResponseXml", value: "AAE*".into() }
    );
    assert_eq!(malformed(&connect, "<rsp:ConnectResponse/>"), Malformed::Missing("connectResponseXml"));
}

#[test]
fn the_verbs_without_an_answer_of_their_own() {
    let command_id = || CommandId("C1".into());
    let connect = ConnectCommand { shell: shell(), command_id: command_id() };
    assert_eq!(essence(&connect), format!("{SELECTOR}|<rsp:Connect CommandId=\"C1\"/>"));
    let disconnect = Disconnect { shell: shell(), idle_timeout: None, buffer_mode: None };
    assert_eq!(essence(&disconnect), format!("{SELECTOR}|<rsp:Disconnect></rsp:Disconnect>"));
    let disconnect = Disconnect {
        shell: shell(),
        idle_timeout: Some(Duration::from_secs(54_000)),
        buffer_mode: Some(BufferMode::Drop),
    };
    assert_eq!(
        essence(&disconnect),
        format!(
            "{SELECTOR}|<rsp:Disconnect><rsp:IdleTimeOut>PT54000.000S</rsp:IdleTimeOut>\
             <rsp:BufferMode>Drop</rsp:BufferMode></rsp:Disconnect>"
        )
    );
    let reconnect = Reconnect { shell: shell(), buffer_mode: None };
    assert_eq!(essence(&reconnect), format!("{SELECTOR}|"));
    assert_eq!(
        essence(&Reconnect { shell: shell(), buffer_mode: Some(BufferMode::Block) }),
        format!("{SELECTOR}|<rsp:Reconnect><rsp:BufferMode>Block</rsp:BufferMode></rsp:Reconnect>")
    );
    let delete = Delete { shell: shell() };
    assert_eq!(essence(&delete), format!("{SELECTOR}|"));
    let send = Send { shell: shell(), command_id: Some(command_id()), data: &[0, 1, 2] };
    assert_eq!(
        essence(&send),
        format!(
            "{SELECTOR}|<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"C1\">AAEC</rsp:Stream></rsp:Send>"
        )
    );
    let signal = |code| Signal { shell: shell(), command_id: command_id(), code };
    assert_eq!(
        essence(&signal(SignalCode::Stop)),
        format!(
            "{SELECTOR}|<rsp:Signal CommandId=\"C1\"><rsp:Code>powershell/signal/crtl_c</rsp:Code></rsp:Signal>"
        )
    );
    assert_eq!(
        essence(&signal(SignalCode::Terminate)),
        format!(
            "{SELECTOR}|<rsp:Signal CommandId=\"C1\"><rsp:Code>\
             http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate</rsp:Code></rsp:Signal>"
        )
    );
    // The service answers with nothing, or with an element that holds nothing.
    assert_eq!(read(&disconnect, ""), Ok(()));
    assert_eq!(read(&reconnect, ""), Ok(()));
    assert_eq!(read(&delete, ""), Ok(()));
    assert_eq!(read(&connect, "<rsp:ConnectResponse/>"), Ok(()));
    assert_eq!(read(&send, "<rsp:SendResponse/>"), Ok(()));
    assert_eq!(read(&signal(SignalCode::Stop), "<rsp:SignalResponse/>"), Ok(()));
}

#[test]
fn command() {
    let command =
        super::shell::Command { shell: shell(), command_id: CommandId("C1".into()), arguments: &[0, 1, 2] };
    assert_eq!(
        essence(&command),
        format!(
            "{SELECTOR}|<rsp:CommandLine CommandId=\"C1\"><rsp:Command/><rsp:Arguments>AAEC</rsp:Arguments>\
             </rsp:CommandLine>"
        )
    );
    let own = "<rsp:CommandResponse><rsp:CommandId>C2</rsp:CommandId></rsp:CommandResponse>";
    assert_eq!(read(&command, own), Ok(CommandId("C2".into())));
    assert_eq!(malformed(&command, "<rsp:CommandResponse/>"), Malformed::Missing("CommandId"));
}

#[test]
fn receive() {
    let of_pool = Receive { shell: shell(), command_id: None };
    let options = "<w:OptionSet s:mustUnderstand=\"true\"><w:Option Name=\"WSMAN_CMDSHELL_OPTION_KEEPALIVE\" \
                   MustComply=\"false\">TRUE</w:Option></w:OptionSet>";
    assert_eq!(
        essence(&of_pool),
        format!(
            "{SELECTOR}{options}|<rsp:Receive><rsp:DesiredStream>stdout</rsp:DesiredStream></rsp:Receive>"
        )
    );
    let of_command = Receive { shell: shell(), command_id: Some(CommandId("C1".into())) };
    assert!(essence(&of_command).contains("<rsp:DesiredStream CommandId=\"C1\">stdout</rsp:DesiredStream>"));

    let received = read(
        &of_pool,
        "<rsp:ReceiveResponse><rsp:Stream Name=\"stdout\" CommandId=\"C1\">AAEC</rsp:Stream>\
         <rsp:Stream Name=\"stdout\">AwQ=</rsp:Stream><rsp:CommandState CommandId=\"C1\" \
         State=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done\">\
         <rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>",
    )
    .unwrap();
    let c1 = || Some(CommandId("C1".into()));
    assert_eq!(
        received,
        Received {
            streams: vec![
                StreamData { command_id: c1(), data: vec![0, 1, 2] },
                StreamData { command_id: None, data: vec![3, 4] }
            ],
            commands: vec![(c1(), CommandState::Done)],
        }
    );
    assert_eq!(read(&of_pool, "<rsp:ReceiveResponse/>"), Ok(Received::default()));
    let odd = "<rsp:ReceiveResponse><rsp:CommandState State=\"urn:Lost\"/></rsp:ReceiveResponse>";
    let value = "urn:Lost".to_owned();
    assert_eq!(malformed(&of_pool, odd), Malformed::Value { element: "CommandState", value });
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
    let body = format!(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value></s:Subcode>\
         </s:Code><s:Reason><s:Text xml:lang=\"en-US\">The reason.</s:Text></s:Reason>{detail}</s:Fault>"
    );
    let answer = answer("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", &body);
    match envelope::read(&get_shell(), answer.as_bytes(), MESSAGE) {
        Err(Failure::Fault(fault)) => *fault,
        other => panic!("{other:?}"),
    }
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
            machine: Some("srv".into()),
            redirect_location: None,
        }
    );
    assert_eq!(fault(""), Fault { code: None, message: "The reason.".into(), machine: None, ..nested });
}

#[test]
fn a_redirect_fault_tells_where_to_in_one_of_its_texts() {
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

#[test]
fn identify() {
    let request = identify::write();
    assert!(request.contains("<s:Header/><s:Body><wsmid:Identify/></s:Body>"), "{request}");
    for namespace in ["wsmanidentity.xsd", "wsmanidentity", ""] {
        let answer = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header/><s:Body>\
             <wsmid:IdentifyResponse xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/{namespace}\">\
             <wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>\
             <wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion>\
             </wsmid:IdentifyResponse></s:Body></s:Envelope>"
        );
        let identity = identify::read(answer.as_bytes()).unwrap();
        assert_eq!(identity.product_vendor, "Microsoft Corporation");
        assert_eq!(identity.stack(), Some("3.0"));
    }
    assert_eq!(identify::read(b"<s:Envelope/>"), Err(Malformed::Missing("Envelope")));
}
