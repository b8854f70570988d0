//! A pipeline that runs while its client reads, asks, leaves and comes back.

use super::*;
use crate::psrp::MessageType;
use crate::soap::names::SIGNAL_STOP;
use crate::soap::test_client::OTHER_SESSION;

fn other(envelope: Envelope) -> Envelope {
    envelope.session(Some(OTHER_SESSION))
}

/// A Send of these octets to the command.
fn send(octets: &[u8]) -> Envelope {
    let octets = BASE64.encode(octets);
    Envelope::new(Verb::Send).shell(SHELL).body(&format!(
        "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"{COMMAND}\">{octets}</rsp:Stream></rsp:Send>"
    ))
}

/// A PIPELINE_HOST_RESPONSE with these members.
fn host_response(object_id: u64, members: &str) -> Envelope {
    let data = format!("<Obj RefId=\"0\"><MS>{members}<I32 N=\"mi\">23</I32></MS></Obj>");
    let message = psrp::object(MessageType::PipelineHostResponse as u32, RPID, psrp::PID, &data);
    send(&psrp::fragment(object_id, 0, 3, &message))
}

fn field(value: &str) -> String {
    format!(
        "<Obj N=\"mr\" RefId=\"1\"><DCT><En><S N=\"Key\">Name</S>{value}</En></DCT></Obj><I64 N=\"ci\">1</I64>"
    )
}

/// The command's state as an enumeration shows it.
fn listed(server: &mut Server) -> String {
    let body = format!(
        "<n:Enumerate><w:OptimizeEnumeration/><w:Filter Dialect=\"{}\"><w:SelectorSet><w:Selector Name=\"ShellId\">\
         {SHELL}</w:Selector></w:SelectorSet></w:Filter></n:Enumerate>",
        crate::soap::names::SELECTOR_FILTER
    );
    let request = Envelope::new(Verb::Enumerate).resource(crate::soap::names::COMMANDS).body(&body);
    server.ask(request).all("CommandState").concat()
}

#[test]
fn a_stream_has_one_receive_at_a_time_and_each_stream_its_own() {
    let mut server = Server::new();
    server.open();
    server.ask(receive());
    server.ask(receive());
    server.run("Start-Sleep 5; 'late'");
    server.ask(receive_command());
    let pool = server.wait(receive());
    let command = server.wait(receive_command());
    assert_eq!(server.refused(receive()), FaultKind::Concurrency);
    assert_eq!(server.refused(receive_command()), FaultKind::Concurrency);
    assert!(server.poll(&pool).is_none() && server.poll(&command).is_none());
    server.pass(Duration::from_secs(5));
    assert_eq!(server.poll(&command).unwrap().outputs(), ["<S>late</S>"]);
    assert!(server.poll(&pool).is_none());
    // Its client is gone: the next one may receive.
    server.service.abandon(server.now, &pool);
    server.wait(receive());
}

#[test]
fn a_receive_is_sent_once_more_under_its_operation_id() {
    let mut server = Server::new();
    server.open();
    let attempt = || {
        let operation = format!("<p:OperationID>uuid:{COMMAND}</p:OperationID></s:Header>");
        receive().to_string().replace("</s:Header>", &operation)
    };
    let mut ask = |soap: String| server.service.exchange(&mut server.now, &server.caller, soap.as_bytes());
    let first = Answer(ask(attempt()));
    let again = Answer(ask(attempt()));
    assert_eq!((first.kinds(), first.all("MessageID")), (again.kinds(), again.all("MessageID")));
    assert_eq!(Answer(ask(receive().to_string())).kinds(), [0x0002_1005]);
}

#[test]
fn a_script_that_does_not_fit_in_one_fragment_comes_by_send() {
    let mut server = Server::new();
    server.open();
    let data = psrp::create_pipeline("'whole'", true);
    let message = psrp::object(MessageType::CreatePipeline as u32, RPID, psrp::PID, &data);
    let (first, rest) = message.split_at(100);
    let arguments = BASE64.encode(psrp::fragment(3, 0, 1, first));
    let body = format!(
        "<rsp:CommandLine CommandId=\"{COMMAND}\"><rsp:Command/><rsp:Arguments>{arguments}</rsp:Arguments></rsp:CommandLine>"
    );
    server.ask(Envelope::new(Verb::Command).shell(SHELL).body(&body)).expect_success();
    let (middle, last) = rest.split_at(100);
    server.ask(send(&psrp::fragment(3, 1, 0, middle))).expect_success();
    server.ask(send(&psrp::fragment(3, 2, 2, last))).expect_success();
    assert_eq!(server.ask(receive_command()).outputs(), ["<S>whole</S>"]);
}

#[test]
fn a_large_string_comes_whole_over_many_answers() {
    let mut server = Server::new();
    server.open();
    server.run("'0123456789abcdef' * 65536");
    let (mut octets, mut answers) = (Vec::new(), 0);
    loop {
        let answer = server.ask(receive_command()).expect_success();
        answers += 1;
        octets.extend(answer.all("Stream").iter().flat_map(|text| BASE64.decode(text).unwrap()));
        if answer.states() == ["Done"] {
            break;
        }
    }
    let seen = psrp::read_server(&octets);
    assert_eq!(seen[1].data.len(), "<S></S>".len() + 16 * 65_536);
    assert!(answers > 8, "{answers}");
}

#[test]
fn a_session_is_left_and_taken_up_again_and_again() {
    let mut server = Server::new();
    server.open();
    server.run("1..100 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }");
    let mut outputs: Vec<String> = Vec::new();
    let mut private_data = 0;
    for round in 0.. {
        let answer = server.ask(receive_command()).expect_success();
        outputs.extend(answer.outputs());
        if answer.states() == ["Done"] {
            break;
        }
        if round % 7 == 3 {
            server.ask(disconnect("")).expect_success();
            server.pass(Duration::from_millis(100));
            server.ask(connect(SHELL, RPID)).expect_success();
            server.ask(connect_command()).expect_success();
            let kinds = server.ask(receive()).kinds();
            private_data += kinds.iter().filter(|kind| **kind == 0x0002_1009).count();
        }
    }
    let expected: Vec<String> = (1..=100).map(|number| format!("<I32>{number}</I32>")).collect();
    assert_eq!(outputs, expected);
    assert!(private_data > 5, "{private_data}");
}

#[test]
fn a_pipeline_that_is_stopped_says_so_in_its_last_message() {
    let mut server = Server::new();
    server.open();
    server.run("1..100 | ForEach-Object { $_; Start-Sleep 1 }");
    assert_eq!(server.ask(receive_command()).outputs(), ["<I32>1</I32>"]);
    let wait = server.wait(receive_command());
    let stop = format!("<rsp:Signal CommandId=\"{COMMAND}\"><rsp:Code>{SIGNAL_STOP}</rsp:Code></rsp:Signal>");
    server.ask(Envelope::new(Verb::Signal).shell(SHELL).body(&stop)).expect_success();
    let answer = server.poll(&wait).unwrap();
    assert_eq!((answer.kinds(), answer.states()), (vec![0x0004_1006], vec!["Done".to_owned()]));
    let state = &answer.messages()[0].data;
    assert!(state.contains("<I32 N=\"PipelineState\">3</I32>"), "{state}");
    assert!(state.contains("The pipeline has been stopped."), "{state}");
}

#[test]
fn a_question_to_the_host_keeps_the_pipeline_pending() {
    let mut server = Server::new();
    server.open();
    server.run("'before'; Read-Host 'Name'; 'after'");
    let question = server.ask(receive_command());
    assert_eq!(question.kinds(), [0x0004_1010, 0x0004_1004, 0x0004_1100]);
    assert!(question.messages()[2].data.contains("<S N=\"name\">Name</S>"));
    assert_eq!((question.states(), listed(&mut server).as_str()), (vec!["Pending".to_owned()], "Pending"));
    // An answer to another call is none to this one.
    server.ask(host_response(4, "<I64 N=\"ci\">2</I64>")).expect_success();
    assert_eq!(server.refused(receive_command()), FaultKind::OperationTimedOut);
    server.ask(host_response(5, &field("<S N=\"Value\">Alice</S>"))).expect_success();
    let answer = server.ask(receive_command());
    assert_eq!(answer.outputs(), ["<S>Alice</S>", "<S>after</S>"]);
    assert_eq!(answer.states(), ["Done"]);
}

#[test]
fn an_answer_on_the_stream_of_the_pool_finds_its_pipeline() {
    let mut server = Server::new();
    server.open();
    server.run("Read-Host 'Name'");
    server.ask(receive_command());
    let answer = host_response(4, &field("<S N=\"Value\">Alice</S>")).to_string();
    let answer = answer.replace(&format!("Name=\"stdin\" CommandId=\"{COMMAND}\""), "Name=\"pr\"");
    let reply = server.service.exchange(&mut server.now, &server.caller, answer.as_bytes());
    assert_eq!(reply.status, 200);
    assert_eq!(server.ask(receive_command()).outputs(), ["<S>Alice</S>"]);
}

#[test]
fn an_error_of_the_host_is_an_error_of_that_statement_only() {
    let mut server = Server::new();
    server.open();
    server.run("Read-Host 'Name'; 'after'");
    server.ask(receive_command());
    let error = "<I64 N=\"ci\">1</I64><Obj N=\"me\" RefId=\"1\"><ToString>no terminal</ToString></Obj>";
    server.ask(host_response(4, error)).expect_success();
    let answer = server.ask(receive_command());
    assert_eq!(answer.kinds(), [0x0004_1005, 0x0004_1004, 0x0004_1006]);
    assert!(answer.messages()[0].data.contains("no terminal"));
}

#[test]
fn a_question_is_put_again_to_the_client_that_comes_next() {
    let mut server = Server::new();
    server.open();
    server.run("Read-Host 'Name'");
    let question = server.ask(receive_command());
    server.ask(disconnect("")).expect_success();
    server.ask(other(connect(SHELL, RPID))).expect_success();
    server.ask(other(connect_command())).expect_success();
    let again = server.ask(other(receive_command()));
    assert_eq!(again.messages(), question.messages());
    server.ask(other(host_response(4, &field("<S N=\"Value\">Bob</S>")))).expect_success();
    assert_eq!(server.ask(other(receive_command())).outputs(), ["<S>Bob</S>"]);
}
