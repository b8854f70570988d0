//! Commands, and the way their output takes through waits, disconnects and other clients.

use super::*;
use crate::shell::BufferMode;
use crate::soap::names::SIGNAL_STOP;
use crate::soap::test_client::OTHER_SESSION;

const TERMINATE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate";

#[test]
fn a_pool_opens_in_two_answers_and_then_has_nothing_to_say() {
    let mut server = Server::new();
    server.open();
    assert_eq!(server.ask(receive()).kinds(), [0x0001_0002, 0x0002_1009]);
    assert_eq!(server.ask(receive()).kinds(), [0x0002_1005]);
    let before = server.now;
    assert_eq!(server.refused(receive()), FaultKind::OperationTimedOut);
    assert_eq!(server.now - before, Duration::from_secs(20));
    assert_eq!(server.refused(receive().timeout("PT180S")), FaultKind::OperationTimedOut);
    assert_eq!(server.now - before, Duration::from_secs(80));
}

#[test]
fn a_receive_may_end_without_a_fault() {
    for (idle_receive, seconds, states) in [
        (IdleReceive::Empty, 20, vec![]),
        (IdleReceive::Running(Duration::from_secs(30)), 30, vec!["Running"]),
    ] {
        let mut server = Server::with(Settings { idle_receive, ..Settings::default() });
        server.open();
        server.run("Start-Sleep 90; 'late'");
        // What the first command of a session begins with.
        server.ask(receive_command());
        let before = server.now;
        let answer = server.ask(receive_command()).expect_success();
        assert_eq!(server.now - before, Duration::from_secs(seconds));
        assert!(answer.has("ReceiveResponse") && !answer.has("Stream"));
        assert_eq!(answer.states(), states);
    }
}

#[test]
fn a_command_runs_and_its_output_comes_as_it_is_produced() {
    let mut server = Server::new();
    server.open();
    server.run("'a'; Start-Sleep 5; 'b'");
    // The first command of a session prepares modules first.
    let first = server.ask(receive_command());
    assert_eq!((first.kinds(), first.has("CommandState")), (vec![0x0004_1010, 0x0004_1004], false));
    let before = server.now;
    let last = server.ask(receive_command());
    assert_eq!(server.now - before, Duration::from_secs(5));
    assert_eq!(last.kinds(), [0x0004_1004, 0x0004_1006]);
    assert_eq!((last.all("ExitCode"), last.outputs()), (vec!["0".to_owned()], vec!["<S>b</S>".to_owned()]));
    assert_eq!(server.refused(receive_command()), FaultKind::UnknownCommand);
    server.ask(signal(TERMINATE)).expect_success();
    assert_eq!(server.session().commands, []);
}

#[test]
fn commands_are_refused_for_what_windows_does_not_have() {
    let mut server = Server::new();
    server.open();
    server.run("Wait-Event");
    assert_eq!(server.refused(command(COMMAND, "1")), FaultKind::CommandIdInUse);
    assert_eq!(server.refused(command("C1", "1")), FaultKind::CommandIdNotValid);
    let arguments = BASE64.encode(psrp::connect_xml(RPID));
    let body = format!(
        "<rsp:CommandLine CommandId=\"{SHELL}\"><rsp:Command/><rsp:Arguments>{arguments}</rsp:Arguments></rsp:CommandLine>"
    );
    let no_pipeline = Envelope::new(Verb::Command).shell(SHELL).body(&body);
    assert_eq!(server.refused(no_pipeline), FaultKind::ManagedException);
    let unknown = receive().body(&format!(
        "<rsp:Receive><rsp:DesiredStream CommandId=\"{SHELL}\">stdout</rsp:DesiredStream></rsp:Receive>"
    ));
    assert_eq!(server.refused(unknown), FaultKind::UnknownCommand);
    let send = "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"X\">AA==</rsp:Stream></rsp:Send>";
    assert_eq!(server.refused(Envelope::new(Verb::Send).shell(SHELL).body(send)), FaultKind::UnknownCommand);
}

#[test]
fn input_is_sent_to_a_command() {
    let mut server = Server::new();
    server.open();
    let arguments = BASE64.encode(psrp::arguments("$input", false));
    let body = format!(
        "<rsp:CommandLine CommandId=\"{COMMAND}\"><rsp:Command/><rsp:Arguments>{arguments}</rsp:Arguments></rsp:CommandLine>"
    );
    server.ask(Envelope::new(Verb::Command).shell(SHELL).body(&body)).expect_success();
    let message = |id, kind: crate::psrp::MessageType, data| {
        psrp::fragment(id, 0, 3, &psrp::object(kind as u32, RPID, psrp::PID, data))
    };
    let input = [
        message(4, crate::psrp::MessageType::PipelineInput, "<S>x</S>"),
        message(5, crate::psrp::MessageType::EndOfPipelineInput, ""),
    ];
    let body = format!(
        "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"{COMMAND}\">{}</rsp:Stream></rsp:Send>",
        BASE64.encode(input.concat())
    );
    server.ask(Envelope::new(Verb::Send).shell(SHELL).body(&body)).expect_success();
    assert_eq!(server.ask(receive_command()).outputs(), ["<S>x</S>"]);
}

#[test]
fn only_the_misspelt_signal_stops_a_pipeline_and_any_other_closes_it() {
    for (code, stops) in [(SIGNAL_STOP, true), ("powershell/signal/ctrl_c", false), (TERMINATE, false)] {
        let mut server = Server::new();
        server.open();
        server.run("Wait-Event");
        server.ask(receive_command());
        let wait = server.wait(receive_command());
        server.ask(signal(code)).expect_success();
        let answer = server.poll(&wait).unwrap();
        match stops {
            true => {
                assert!(answer.has("CommandState"));
                assert!(answer.messages()[0].data.contains("<I32 N=\"PipelineState\">3</I32>"));
            }
            false => assert_eq!(answer.fault(), Some(2150858843), "{code}"),
        }
    }
}

#[test]
fn output_waits_while_its_owner_is_away() {
    let mut server = Server::new();
    server.open();
    server.run("1..3 | ForEach-Object { $_; Start-Sleep 1 }");
    server.ask(disconnect("")).expect_success();
    server.pass(Duration::from_secs(10));
    let other = |envelope: Envelope| envelope.session(Some(OTHER_SESSION));
    server.ask(other(connect(SHELL, RPID))).expect_success();
    assert_eq!(server.refused(other(receive_command())), FaultKind::ShellDisconnected);
    server.ask(other(connect_command())).expect_success();
    let answer = server.ask(other(receive_command()));
    assert_eq!(answer.outputs(), ["<I32>1</I32>", "<I32>2</I32>", "<I32>3</I32>"]);
    assert!(answer.has("CommandState"));
}

#[test]
fn commands_are_reconnected_one_by_one() {
    let mut server = Server::new();
    server.open();
    server.run("'a'");
    server.ask(disconnect("")).expect_success();
    server.ask(reconnect()).expect_success();
    assert_eq!(server.refused(receive_command()), FaultKind::ShellDisconnected);
    let command = format!("<rsp:Reconnect CommandId=\"{COMMAND}\"/>");
    server.ask(reconnect().body(&command)).expect_success();
    assert_eq!(server.ask(receive_command()).outputs(), ["<S>a</S>"]);
}

#[test]
fn a_new_client_gets_the_last_answer_of_the_old_one_once_again() {
    let mut server = Server::new();
    server.open();
    server.ask(receive());
    let last = server.ask(receive());
    server.ask(disconnect("")).expect_success();
    let other = |envelope: Envelope| envelope.session(Some(OTHER_SESSION));
    server.ask(other(connect(SHELL, RPID))).expect_success();

    let request = other(receive()).message_id("uuid:REPLAY");
    let replayed = server.ask(request);
    assert_eq!(replayed.messages(), last.messages());
    assert_eq!(replayed.all("MessageID"), last.all("MessageID"));
    assert_eq!(replayed.all("ActivityId"), last.all("ActivityId"));
    assert_eq!(replayed.all("RelatesTo"), ["uuid:REPLAY"]);
    // Only then comes what is new.
    assert_eq!(server.ask(other(receive())).kinds(), [0x0002_1009]);
}

#[test]
fn the_same_client_gets_nothing_twice_unless_it_asks_with_the_same_message_id() {
    let mut server = Server::new();
    server.open();
    let first = server.ask(receive().message_id("uuid:1"));
    let again = server.ask(receive().message_id("uuid:1"));
    assert_eq!(first.messages(), again.messages());
    server.ask(disconnect("")).expect_success();
    server.ask(connect(SHELL, RPID)).expect_success();
    assert_eq!(server.ask(receive().message_id("uuid:2")).kinds(), [0x0002_1005, 0x0002_1009]);
}

#[test]
fn a_receive_that_waits_ends_with_what_ends_its_stream() {
    let deleted = Envelope::new(Verb::Delete).shell(SHELL);
    for (event, fault) in [
        (disconnect(""), FaultKind::StreamDisconnected),
        (deleted, FaultKind::UnknownShell),
        (receive().message_id("uuid:WAITS"), FaultKind::OperationAborted),
    ] {
        let mut server = Server::new();
        server.open();
        server.ask(receive());
        server.ask(receive());
        let wait = server.wait(receive().message_id("uuid:WAITS"));
        assert!(server.poll(&wait).is_none());
        server.service.handle(server.now, &server.caller, event.to_string().as_bytes());
        assert_eq!(server.poll(&wait).unwrap().fault(), Some(fault.row().code), "{fault:?}");
    }
}

#[test]
fn answers_are_as_large_as_the_client_takes() {
    let mut server = Server::new();
    server.open();
    server.run(&format!("1..9 | % {{ '{}' }}", "x".repeat(3_000)));
    let mut outputs = 0;
    loop {
        let answer = server.ask(receive_command().max_envelope_size(12_000)).expect_success();
        assert!(answer.0.soap().len() <= 12_000);
        outputs += answer.outputs().len();
        if answer.has("CommandState") {
            break;
        }
    }
    assert_eq!(outputs, 9);
}

#[test]
fn a_fragment_that_is_too_large_for_the_client_is_kept_for_one_who_takes_it() {
    let mut server = Server::new();
    server.open();
    server.run(&format!("'{}'", "x".repeat(20_000)));
    server.ask(receive_command().max_envelope_size(8_192)).expect_success();
    assert_eq!(server.refused(receive_command().max_envelope_size(8_192)), FaultKind::EnvelopeTooLarge);
    assert_eq!(server.ask(receive_command()).outputs().len(), 1);
}

#[test]
fn with_block_a_full_buffer_holds_the_pipeline_up() {
    let mut server = Server::with(Settings { buffer_size: 1_000, ..Settings::default() });
    server.open();
    server.run("1..100");
    server.ask(disconnect("")).expect_success();
    server.pass(Duration::from_secs(10));
    let session = server.session();
    assert!(session.buffered < 4_500, "{session:?}");
    server.ask(reconnect()).expect_success();
    server.ask(connect_command()).expect_success();
    let mut outputs = Vec::new();
    loop {
        let answer = server.ask(receive_command()).expect_success();
        outputs.extend(answer.outputs());
        if answer.has("CommandState") {
            break;
        }
    }
    assert_eq!(outputs.len(), 100);
}

#[test]
fn with_drop_the_oldest_output_is_lost_and_the_pipeline_ends() {
    let mut server = Server::with(Settings { buffer_size: 1_000, ..Settings::default() });
    server.open();
    server.run("Start-Sleep 1; 1..100");
    server.ask(disconnect("<rsp:BufferMode>Drop</rsp:BufferMode>")).expect_success();
    server.pass(Duration::from_secs(10));
    assert_eq!(server.session().commands, [(COMMAND.to_owned(), true)]);
    server.ask(reconnect()).expect_success();
    server.ask(connect_command()).expect_success();
    let outputs = server.ask(receive_command()).outputs();
    assert!((1..20).contains(&outputs.len()), "{outputs:?}");
    assert_eq!(outputs[outputs.len() - 1], "<I32>100</I32>");
}

#[test]
fn pipelines_beyond_the_runspaces_wait_their_turn() {
    // The pool of these tests has two runspaces.
    let mut server = Server::new();
    server.open();
    let ids = [COMMAND, SHELL, "DB4E8DCF-51CC-423F-A7DF-5D0EA0D6FA08"];
    server.ask(command(ids[0], "Wait-Event")).expect_success();
    server.ask(command(ids[1], "Start-Sleep 3")).expect_success();
    server.ask(command(ids[2], "'third'")).expect_success();
    let ended =
        |server: &Server| server.session().commands.into_iter().map(|(_, ended)| ended).collect::<Vec<_>>();
    server.pass(Duration::from_secs(2));
    assert_eq!(ended(&server), [false, false, false]);
    server.pass(Duration::from_secs(1));
    assert_eq!(ended(&server), [false, true, true]);
}

#[test]
fn variables_stay_in_the_session() {
    let mut server = Server::new();
    server.open();
    server.run("$BackupSpecs = 'all'");
    server.ask(receive_command()).expect_success();
    server.ask(signal(TERMINATE)).expect_success();
    server.ask(disconnect("")).expect_success();
    server.ask(connect(SHELL, RPID)).expect_success();
    server.run("$BackupSpecs");
    assert_eq!(server.ask(receive_command()).outputs(), ["<S>all</S>"]);
}

#[test]
fn a_client_that_does_not_fetch_holds_up_its_pipeline_in_either_mode() {
    for buffer_mode in [BufferMode::Block, BufferMode::Drop] {
        let mut server = Server::with(Settings { buffer_mode, buffer_size: 10_000, ..Settings::default() });
        server.open();
        server.run("1..1000 | ForEach-Object { 'x' * 1000 }");
        server.pass(Duration::from_secs(1));
        assert!(server.session().buffered < 20_000, "{}", server.session().buffered);
    }
}
