//! What is asked of one shell.

use super::*;

#[test]
fn create() {
    let create = Create {
        shell: shell(),
        name: Some("ITTask".into()),
        idle_timeout: Some(Duration::from_secs(7200)),
        buffer_mode: Some(BufferMode::Drop),
        no_machine_profile: false,
        creation_xml: vec![0, 1, 2],
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
fn a_created_shell_may_be_known_by_its_address_alone() {
    let create = Create {
        shell: shell(),
        name: None,
        idle_timeout: None,
        buffer_mode: None,
        no_machine_profile: false,
        creation_xml: vec![],
    };
    let address = "<x:ResourceCreated><a:Address>http://s/wsman</a:Address><a:ReferenceParameters>\
                   <w:ResourceURI>urn:x</w:ResourceURI><w:SelectorSet><w:Selector Name=\"Other\">1</w:Selector>\
                   <w:Selector Name=\"ShellId\">S1</w:Selector></w:SelectorSet></a:ReferenceParameters>\
                   </x:ResourceCreated>";
    assert_eq!(read(&create, address).map(|shell| shell.shell_id), Ok(Some(ShellId("S1".into()))));
    let described = format!("{address}<rsp:Shell><rsp:ShellId>S2</rsp:ShellId></rsp:Shell>");
    assert_eq!(read(&create, &described).map(|shell| shell.shell_id), Ok(Some(ShellId("S2".into()))));
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
fn a_shell_may_be_of_the_cim_class_with_what_is_unknown_left_empty() {
    let body = "<c:Shell xmlns:c=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Shell\"><c:ShellId>S</c:ShellId>\
                <c:Name>ITTask</c:Name><c:State>Disconnected</c:State><c:BufferMode/><c:ShellInactivity/></c:Shell>";
    let expected = Shell {
        shell_id: Some(ShellId("S".into())),
        name: Some("ITTask".into()),
        state: Some(ShellState::Disconnected),
        ..Shell::default()
    };
    assert_eq!(read(&get_shell(), body), Ok(expected));
}

#[test]
fn connect() {
    let connect = Connect { shell: shell(), buffer_mode: None, connect_xml: vec![0, 1, 2] };
    assert_eq!(
        essence(&connect),
        format!(
            "{SELECTOR}|<rsp:Connect><connectXml xmlns=\"http://schemas.microsoft.com/powershell\">AAEC\
             </connectXml></rsp:Connect>"
        )
    );
    assert_eq!(
        essence(&Connect { buffer_mode: Some(BufferMode::Drop), shell: shell(), ..connect.clone() }),
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
    let send = Send { shell: shell(), command_id: Some(command_id()), data: vec![0, 1, 2] };
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
    let command = crate::wsman::shell::Command {
        shell: shell(),
        command_id: CommandId("C1".into()),
        arguments: vec![0, 1, 2],
    };
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
fn an_answer_without_an_id_is_about_the_command_that_was_asked_for() {
    let of_command = Receive { shell: shell(), command_id: Some(CommandId("C1".into())) };
    let c1 = || Some(CommandId("C1".into()));
    let received = read(
        &of_command,
        "<rsp:ReceiveResponse><rsp:Stream Name=\"stdout\">AAEC</rsp:Stream><rsp:CommandState \
         State=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Running\"/>\
         </rsp:ReceiveResponse>",
    );
    let expected = Received {
        streams: vec![StreamData { command_id: c1(), data: vec![0, 1, 2] }],
        commands: vec![(c1(), CommandState::Running)],
    };
    assert_eq!(received, Ok(expected));
}

#[test]
fn the_state_of_a_command_may_be_missing() {
    let of_command = Receive { shell: shell(), command_id: Some(CommandId("C1".into())) };
    let without = "<rsp:ReceiveResponse><rsp:CommandState CommandId=\"C1\"/></rsp:ReceiveResponse>";
    assert_eq!(read(&of_command, without), Ok(Received::default()));
}

#[test]
fn the_action_of_an_answer_is_compared_without_letter_case() {
    let receive = Receive { shell: shell(), command_id: None };
    let action = "http://schemas.microsoft.com/wbem/wsman/1/windows/Shell/ReceiveResponse";
    let answer = answer(action, "<rsp:ReceiveResponse/>");
    assert_eq!(envelope::read(&receive, answer.as_bytes(), MESSAGE), Ok(Received::default()));
}
