//! Every method both ways: the calls as PowerShell sends them, and the answers as its own client gives them.

use super::*;
use crate::psrp::clixml::{self, ProgressRecord, Value};
use crate::psrp::error_record::ErrorRecord;
use crate::psrp::handshake::DecodeError;
use crate::psrp::session_key::SessionKey;
use HostRequest as R;

fn host_call(id: i64, method: i32, parameters: &str) -> HostCall {
    let xml = format!(
        r#"<Obj RefId="0"><MS><I64 N="ci">{id}</I64><Obj N="mi" RefId="1"><ToString>x</ToString><I32>{method}</I32></Obj><Obj N="mp" RefId="2"><LST>{parameters}</LST></Obj></MS></Obj>"#
    );
    decode(&without_ids(&xml)).unwrap()
}

/// Pieces of XML that are used several times would have the same ids, which nothing refers to.
fn without_ids(xml: &str) -> String {
    let mut parts = xml.split(" RefId=\"");
    let first = parts.next().unwrap_or_default();
    let rest = parts.filter_map(|part| Some(part.split_once('"')?.1));
    std::iter::once(first).chain(rest).collect()
}

fn decode(xml: &str) -> Result<HostCall, DecodeError> {
    HostCall::decode(xml.as_bytes(), &clixml::Limits::default())
}

fn request(method: i32, parameters: &str) -> HostRequest {
    host_call(1, method, parameters).request
}

/// The `mr` of a response.
fn result(answer: HostAnswer) -> String {
    let data = host_call(1, 11, "").response(Ok(Some(answer))).encode(None).unwrap();
    let start = data.find("<MS>").unwrap() + 4;
    let end = data.find("<I64 N=\"ci\">").unwrap();
    data[start..end].to_owned()
}

#[test]
fn a_call_without_an_answer() {
    let call = host_call(-100, 6, "<I32>3010</I32>");
    assert_eq!((call.request.clone(), call.expects_response()), (R::SetShouldExit(3010), false));
}

#[test]
fn methods_have_names_as_far_as_they_are_known() {
    let name = |number| HostMethodId(number).name();
    let names = [1, 11, 17, 23, 26, 46, 53, 56].map(name);
    let expected = [
        "GetName",
        "ReadLine",
        "WriteLine3",
        "Prompt",
        "PromptForChoice",
        "ReadKey",
        "PopRunspace",
        "PromptForChoiceMultipleSelection",
    ];
    assert_eq!(names, expected.map(Some));
    assert_eq!([i32::MIN, 0, 57].map(name), [None; 3]);
    assert_eq!(HostMethodId(57).to_string(), "host method 57");
}

#[test]
fn an_answer_repeats_call_and_method() {
    let call = host_call(7, 11, "");
    assert!(call.expects_response());
    let expected = concat!(
        r#"<Obj RefId="0"><MS><S N="mr">line</S><I64 N="ci">7</I64><Obj N="mi" RefId="1"><TN RefId="0">"#,
        r#"<T>System.Management.Automation.Remoting.RemoteHostMethodId</T><T>System.Enum</T>"#,
        r#"<T>System.ValueType</T><T>System.Object</T></TN><ToString>ReadLine</ToString><I32>11</I32></Obj></MS></Obj>"#,
    );
    assert_eq!(call.response(Ok(Some(HostAnswer::Text("line".into())))).encode(None).unwrap(), expected);
}

#[test]
fn a_refusal_names_what_was_asked() {
    let message = |call: HostCall| call.refusal().result.unwrap_err().message;
    let field = r#"<Obj RefId="3"><LST><Obj RefId="4"><MS><S N="name">Your name</S></MS></Obj></LST></Obj>"#;
    let prompt = |caption, text| message(host_call(1, 23, &format!("<S>{caption}</S><S>{text}</S>{field}")));
    assert_eq!(
        prompt("", ""),
        "The client has no terminal, so the prompt \"Your name\" (Prompt) cannot be answered."
    );
    assert!(prompt("Caption", "").contains("\"Caption\" (Prompt)"));
    assert!(prompt("Caption", "Really?").contains("\"Really?\" (Prompt)"));
    assert_eq!(
        message(host_call(1, 46, "<I32>6</I32>")),
        "The client has no terminal, so ReadKey cannot be answered."
    );
}

#[test]
fn a_refusal_is_an_error_record() {
    let data = host_call(1, 46, "").refusal().encode(None).unwrap();
    let bag = clixml::read(data.as_bytes(), &clixml::Limits::default()).unwrap();
    assert_eq!(bag.property("mr"), None);
    assert_eq!(bag.property("ci"), Some(&Value::I64(1)));
    let record = ErrorRecord::new(bag.property("me").unwrap().clone());
    assert_eq!(record.message, "The client has no terminal, so ReadKey cannot be answered.");
    assert_eq!(record.category.reason, "HostException");
}

#[test]
fn parameters_that_are_no_list_are_malformed() {
    for (parameters, expected) in [
        (r#"<S N="mp">x</S>"#, DecodeError::InvalidProperty("mp")),
        (r#"<Obj N="mp" RefId="2" />"#, DecodeError::InvalidProperty("mp")),
        ("", DecodeError::MissingProperty("mp")),
    ] {
        let xml =
            format!(r#"<Obj RefId="0"><MS><I64 N="ci">1</I64><I32 N="mi">11</I32>{parameters}</MS></Obj>"#);
        assert_eq!(decode(&xml), Err(expected));
    }
}

#[test]
fn texts_are_written_with_their_colors() {
    let write = |text: &str, foreground, background, newline| R::Write {
        text: text.to_owned(),
        foreground,
        background,
        newline,
    };
    let (gray, black) = (Some(ConsoleColor::Gray), Some(ConsoleColor::Black));
    assert_eq!(request(13, "<S>w</S>"), write("w", None, None, false));
    assert_eq!(request(14, "<I32>7</I32><I32>0</I32><S>1 </S>"), write("1 ", gray, black, false));
    assert_eq!(request(15, ""), write("", None, None, true));
    assert_eq!(request(16, "<S>wl</S>"), write("wl", None, None, true));
    assert_eq!(request(17, "<I32>7</I32><I32>0</I32><S></S>"), write("", gray, black, true));
    // A terminal's own colors, and colors that are none.
    assert_eq!(request(17, "<I32>-1</I32><I32>16</I32><S>x</S>"), write("x", None, None, true));
    assert_eq!(request(18, "<S>el</S>"), R::WriteErrorLine("el".into()));
    assert_eq!(request(19, "<S>dl</S>"), R::WriteDebugLine("dl".into()));
    assert_eq!(request(21, "<S>vl</S>"), R::WriteVerboseLine("vl".into()));
    assert_eq!(request(22, "<Nil />"), R::WriteWarningLine(String::new()));
}

#[test]
fn progress_is_a_record_with_its_source() {
    let record = r#"<I64>3</I64><Obj RefId="3"><MS><S N="Activity">Copying</S><I32 N="ActivityId">2</I32><S N="StatusDescription">file 1 of 3</S><Nil N="CurrentOperation" /><I32 N="ParentActivityId">-1</I32><I32 N="PercentComplete">33</I32><Obj N="Type" RefId="4"><ToString>Processing</ToString><I32>0</I32></Obj><I32 N="SecondsRemaining">2</I32></MS></Obj>"#;
    let R::WriteProgress { source_id: 3, record } = request(20, record) else {
        panic!("progress of source 3")
    };
    let expected = ProgressRecord {
        activity: "Copying".into(),
        activity_id: 2,
        percent_complete: 33,
        seconds_remaining: 2,
        status_description: Some("file 1 of 3".into()),
        ..ProgressRecord::default()
    };
    assert_eq!(record, expected);
}

fn field(name: &str, label: &str, type_name: &str, help: &str) -> String {
    format!(
        r#"<Obj RefId="4"><MS><S N="name">{name}</S><S N="label">{label}</S><S N="parameterTypeName">x</S><S N="parameterTypeFullName">{type_name}</S><S N="parameterAssemblyFullName">{type_name}, System.Private.CoreLib</S><S N="helpMessage">{help}</S><B N="isMandatory">true</B><Obj N="metadata" RefId="5"><LST /></Obj><B N="modifiedByRemotingProtocol">false</B><B N="isFromRemoteHost">false</B></MS></Obj>"#
    )
}

#[test]
fn a_prompt_has_fields_with_types() {
    let fields = [
        field("First", "&amp;First", "System.String", "given name"),
        field("Secret", "", "System.Security.SecureString", ""),
        field("Cred", "", "System.Management.Automation.PSCredential", ""),
        field("Names", "", "System.String[]", ""),
        field("Secrets", "", "System.Security.SecureString[]", ""),
        field("Any", "", "System.Collections.ArrayList", ""),
    ];
    let parameters =
        format!(r#"<S>Caption</S><S>Fill in</S><Obj RefId="3"><LST>{}</LST></Obj>"#, fields.concat());
    let R::Prompt(prompt) = request(23, &parameters) else { panic!("a prompt") };
    assert_eq!((prompt.caption.as_str(), prompt.message.as_str()), ("Caption", "Fill in"));
    let first = &prompt.fields[0];
    assert_eq!(
        (first.name.as_str(), first.label.as_str(), first.help_message.as_str()),
        ("First", "First", "given name")
    );
    assert!(first.is_mandatory);
    let kinds: Vec<_> = prompt.fields.iter().map(FieldDescription::kind).collect();
    let list = |kind| FieldKind::List(Box::new(kind));
    use FieldKind::*;
    assert_eq!(kinds, [Text, SecureString, Credential, list(Text), list(SecureString), list(Text)]);
}

#[test]
fn a_credential_is_asked_for_in_two_ways() {
    let texts = r"<S>PowerShell credential request</S><S>Sign in</S><S>CORP\alice</S><S></S>";
    let expected = |allowed_types, options| {
        R::PromptForCredential(CredentialPrompt {
            caption: "PowerShell credential request".into(),
            message: "Sign in".into(),
            user_name: r"CORP\alice".into(),
            target_name: String::new(),
            allowed_types,
            options,
        })
    };
    assert_eq!(request(24, texts), expected(3, CredentialOptions::ValidateUserNameSyntax));
    let with = |types, options| request(25, &format!("{texts}<I32>{types}</I32><I32>{options}</I32>"));
    assert_eq!(with(3, 1), expected(3, CredentialOptions::ValidateUserNameSyntax));
    assert_eq!(with(1, 3), expected(1, CredentialOptions::ReadOnlyUserName));
}

const CHOICES: &str = r#"<S>Pick</S><S>Several</S><Obj RefId="3"><LST><Obj RefId="4"><MS><S N="label">&amp;One</S><S N="helpMessage">first</S></MS></Obj><Obj RefId="5"><MS><S N="label">T&amp;wo</S><S N="helpMessage"></S></MS></Obj><Obj RefId="6"><MS><S N="label">Three&amp;</S></MS></Obj></LST></Obj>"#;

#[test]
fn choices_have_labels_keys_help_and_defaults() {
    let with = |method, default: &str| match request(method, &format!("{CHOICES}{default}")) {
        R::PromptForChoice(prompt) | R::PromptForChoiceMultipleSelection(prompt) => prompt,
        other => panic!("{other:?}"),
    };
    let prompt = with(26, "<I32>1</I32>");
    let choices = prompt
        .choices
        .iter()
        .map(|choice| (choice.label.as_str(), choice.hot_key, choice.help_message.as_str()));
    let expected = [("One", Some('O'), "first"), ("Two", Some('W'), ""), ("Three", None, "")];
    assert!(choices.eq(expected));
    assert_eq!(prompt.defaults, [1]);
    assert!(with(26, "<I32>-1</I32>").defaults.is_empty());
    assert!(with(26, "<I32>3</I32>").defaults.is_empty());
    let array = r#"<Obj RefId="7"><MS><Obj N="mae" RefId="8"><LST><I32>0</I32><I32>2</I32></LST></Obj><Obj N="mal" RefId="9"><LST><I32>2</I32></LST></Obj></MS></Obj>"#;
    assert_eq!(with(56, array).defaults, [0, 2]);
    assert_eq!(with(56, r#"<Obj RefId="7"><LST><I32>2</I32></LST></Obj>"#).defaults, [2]);
    assert!(with(56, "<Nil />").defaults.is_empty());
}

const CELL: &str = r#"<Obj RefId="9"><MS><C N="character">65</C><I32 N="foregroundColor">7</I32><I32 N="backgroundColor">-1</I32><I32 N="bufferCellType">0</I32></MS></Obj>"#;

fn cell() -> BufferCell {
    BufferCell { character: 65, foreground: Some(ConsoleColor::Gray), background: None, cell_type: 0 }
}

#[test]
fn the_screen_is_described_in_characters() {
    let position = r#"<Obj RefId="7"><MS><I32 N="x">3</I32><I32 N="y">4</I32></MS></Obj>"#;
    let size = r#"<Obj RefId="7"><MS><I32 N="width">80</I32><I32 N="height">24</I32></MS></Obj>"#;
    let region = r#"<Obj RefId="8"><MS><I32 N="left">1</I32><I32 N="top">2</I32><I32 N="right">3</I32><I32 N="bottom">4</I32></MS></Obj>"#;
    let at = Coordinates { x: 3, y: 4 };
    let whole = Size { width: 80, height: 24 };
    let rectangle = Rectangle { left: 1, top: 2, right: 3, bottom: 4 };
    assert_eq!(request(28, "<I32>12</I32>"), R::SetForegroundColor(Some(ConsoleColor::Red)));
    assert_eq!(request(30, "<I32>-1</I32>"), R::SetBackgroundColor(None));
    assert_eq!(request(32, position), R::SetCursorPosition(at));
    assert_eq!(request(34, position), R::SetWindowPosition(at));
    assert_eq!(request(36, "<I32>25</I32>"), R::SetCursorSize(25));
    assert_eq!(request(38, size), R::SetBufferSize(whole));
    assert_eq!(request(40, size), R::SetWindowSize(whole));
    assert_eq!(request(42, "<S>new title</S>"), R::SetWindowTitle("new title".into()));
    assert_eq!(
        request(48, &format!("{region}{CELL}")),
        R::SetBufferContents1 { region: rectangle, fill: cell() }
    );
    let cells = format!(
        r#"<Obj RefId="10"><MS><Obj N="mae" RefId="11"><LST>{CELL}{CELL}{CELL}{CELL}</LST></Obj><Obj N="mal" RefId="12"><LST><I32>2</I32><I32>2</I32></LST></Obj></MS></Obj>"#
    );
    let contents = vec![vec![cell(); 2]; 2];
    assert_eq!(request(49, &format!("{position}{cells}")), R::SetBufferContents2 { origin: at, contents });
    assert_eq!(request(50, region), R::GetBufferContents(rectangle));
    let scroll =
        R::ScrollBufferContents { source: rectangle, destination: at, clip: rectangle, fill: cell() };
    assert_eq!(request(51, &format!("{region}{position}{region}{CELL}")), scroll);
}

#[test]
fn keys_are_asked_for_with_options() {
    let R::ReadKey(options) = request(46, "<I32>6</I32>") else { panic!("a key") };
    let options = [options.allow_ctrl_c, options.no_echo, options.include_key_down, options.include_key_up];
    assert_eq!(options, [false, true, true, false]);
}

#[test]
fn methods_without_arguments_are_known_by_their_numbers() {
    let expected = [
        (1, R::GetName),
        (2, R::GetVersion),
        (3, R::GetInstanceId),
        (4, R::GetCurrentCulture),
        (5, R::GetCurrentUICulture),
        (11, R::ReadLine),
        (12, R::ReadLineAsSecureString),
        (27, R::GetForegroundColor),
        (29, R::GetBackgroundColor),
        (31, R::GetCursorPosition),
        (33, R::GetWindowPosition),
        (35, R::GetCursorSize),
        (37, R::GetBufferSize),
        (39, R::GetWindowSize),
        (41, R::GetWindowTitle),
        (43, R::GetMaxWindowSize),
        (44, R::GetMaxPhysicalWindowSize),
        (45, R::GetKeyAvailable),
        (47, R::FlushInputBuffer),
        (52, R::PushRunspace),
        (53, R::PopRunspace),
        (54, R::GetIsRunspacePushed),
        (55, R::GetRunspace),
    ];
    for (method, expected) in expected {
        assert_eq!(request(method, ""), expected);
    }
}

#[test]
fn a_call_that_is_not_understood_is_named() {
    let other = |method: &str| R::Other { method: method.into() };
    for (method, parameters, name) in [
        (7, "", "EnterNestedPrompt"),
        (10, "", "NotifyEndApplication"),
        (57, "", "host method 57"),
        (6, "", "SetShouldExit"),
        (6, "<S>x</S>", "SetShouldExit"),
        (23, "<S>a</S><S>b</S><S>c</S>", "Prompt"),
        (26, "<S>a</S><S>b</S><Nil /><I32>0</I32>", "PromptForChoice"),
        (49, "<Nil /><Nil />", "SetBufferContents2"),
    ] {
        assert_eq!(request(method, parameters), other(name));
    }
}

#[test]
fn answers_have_the_forms_of_powershells_client() {
    assert_eq!(result(HostAnswer::Choice(2)), r#"<I32 N="mr">2</I32>"#);
    let key = KeyInfo { virtual_key_code: 81, character: 113, control_key_state: 0, key_down: true };
    assert_eq!(
        result(HostAnswer::Key(key)),
        r#"<Obj N="mr" RefId="1"><MS><I32 N="virtualKeyCode">81</I32><C N="character">113</C><I32 N="controlKeyState">0</I32><B N="keyDown">true</B></MS></Obj>"#
    );
    let fields = vec![
        ("Your name".to_owned(), HostAnswer::Text("Alice".into())),
        ("Tags".to_owned(), HostAnswer::List(vec![HostAnswer::Text("a".into())])),
    ];
    assert_eq!(
        result(HostAnswer::Fields(fields)),
        concat!(
            r#"<Obj N="mr" RefId="1"><TN RefId="0"><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT>"#,
            r#"<En><S N="Key">Your name</S><S N="Value">Alice</S></En><En><S N="Key">Tags</S><Obj N="Value" RefId="2">"#,
            r#"<TN RefId="1"><T>System.Collections.ArrayList</T><T>System.Object</T></TN><LST><S>a</S></LST></Obj></En></DCT></Obj>"#,
        )
    );
    assert_eq!(
        result(HostAnswer::Choices(vec![0, 1])),
        r#"<Obj N="mr" RefId="1"><TN RefId="0"><T>System.Collections.ArrayList</T><T>System.Object</T></TN><LST><I32>0</I32><I32>1</I32></LST></Obj>"#
    );
    assert_eq!(result(HostAnswer::Bool(false)), r#"<B N="mr">false</B>"#);
    assert_eq!(result(HostAnswer::Number(100)), r#"<I32 N="mr">100</I32>"#);
    assert_eq!(result(HostAnswer::Color(None)), r#"<I32 N="mr">-1</I32>"#);
    assert_eq!(result(HostAnswer::Color(Some(ConsoleColor::White))), r#"<I32 N="mr">15</I32>"#);
    assert_eq!(result(HostAnswer::Version(7, 6)), r#"<Version N="mr">7.6</Version>"#);
    assert_eq!(
        result(HostAnswer::Coordinates(Coordinates { x: 3, y: 4 })),
        r#"<Obj N="mr" RefId="1"><MS><I32 N="x">3</I32><I32 N="y">4</I32></MS></Obj>"#
    );
    assert_eq!(
        result(HostAnswer::Size(Size { width: 80, height: 24 })),
        r#"<Obj N="mr" RefId="1"><MS><I32 N="width">80</I32><I32 N="height">24</I32></MS></Obj>"#
    );
}

#[test]
fn what_is_on_the_screen_is_answered_as_it_is_set() {
    let contents = vec![vec![cell(); 2]; 3];
    let data = result(HostAnswer::BufferContents(contents.clone()));
    let cells = data.replacen(r#" N="mr""#, "", 1);
    let position = r#"<Obj RefId="70"><MS><I32 N="x">0</I32><I32 N="y">0</I32></MS></Obj>"#;
    let origin = Coordinates::default();
    assert_eq!(request(49, &format!("{position}{cells}")), R::SetBufferContents2 { origin, contents });
}

#[test]
fn a_method_without_a_result_is_answered_without_one() {
    let data = host_call(3, 16, "<S>x</S>").response(Ok(None)).encode(None).unwrap();
    assert!(data.starts_with(r#"<Obj RefId="0"><MS><I64 N="ci">3</I64><Obj N="mi" RefId="1">"#), "{data}");
}

#[test]
fn secrets_wait_for_a_key_and_are_not_shown() {
    let secret = || HostAnswer::Secret("Passw0rd!".into());
    let credential = Credential { user_name: "bob".into(), password: "Passw0rd!".into() };
    let answers = [
        secret(),
        HostAnswer::Credential(credential),
        HostAnswer::Fields(vec![("Secret".into(), secret())]),
        HostAnswer::Fields(vec![("Secrets".into(), HostAnswer::List(vec![secret()]))]),
    ];
    for answer in answers {
        let response = host_call(1, 23, "").response(Ok(Some(answer)));
        assert_eq!(response.encode(None), None);
        assert!(!format!("{response:?}").contains("Passw0rd!"));
    }
}

#[test]
fn a_credential_has_the_form_of_powershells_client() {
    let credential = Credential { user_name: "bob".into(), password: "pw".into() };
    let response = host_call(1, 25, "").response(Ok(Some(HostAnswer::Credential(credential))));
    let data = response.encode(Some(&SessionKey::of([7; 32]))).unwrap();
    let (before, rest) = data.split_once(r#"<SS N="Password">"#).unwrap();
    assert_eq!(
        before,
        concat!(
            r#"<Obj RefId="0"><MS><Obj N="mr" RefId="1"><TN RefId="0"><T>System.Management.Automation.PSCredential</T>"#,
            r#"<T>System.Object</T></TN><ToString>System.Management.Automation.PSCredential</ToString><Props>"#,
            r#"<S N="UserName">bob</S>"#,
        )
    );
    assert!(rest.contains(r#"</SS></Props></Obj><I64 N="ci">1</I64>"#) && !data.contains("cAB3AA"), "{data}");
}

#[test]
fn a_host_without_a_terminal_is_null() {
    let null = r#"<Obj RefId="0"><MS><B N="_isHostUINull">true</B><B N="_isHostRawUINull">true</B><B N="_isHostNull">true</B><B N="_useRunspaceHost">true</B></MS></Obj>"#;
    assert_eq!(clixml::write(&Host::None.to_value()), null);
}

#[test]
fn a_terminal_is_described_by_its_size_colors_and_title() {
    let mut terminal = Terminal::new(80, 24);
    terminal.title = "work".into();
    terminal.foreground = Some(ConsoleColor::Green);
    terminal.buffer.height = 3000;
    let host = Host::Terminal(terminal).to_value();
    let data = host.property("_hostDefaultData").and_then(|data| data.property("data")).unwrap();
    let clixml::Content::Dictionary(entries) = &data.as_object().unwrap().content else {
        panic!("a dictionary")
    };
    let entry = |number| {
        let (_, value) = entries.iter().find(|(key, _)| *key == Value::I32(number)).unwrap();
        value.property("V").unwrap()
    };
    assert_eq!([0, 1].map(|number| entry(number).as_i32()), [Some(10), Some(-1)]);
    assert_eq!(
        [5, 6].map(|number| entry(number).property("height").unwrap().as_i32()),
        [Some(3000), Some(24)]
    );
    assert_eq!(entry(9).as_str(), Some("work"));
}
