//! Who may do what to a shell, in which state.

use super::*;
use crate::service::SpecError;
use crate::soap::test_client::{OTHER_SESSION, SESSION};

#[test]
fn a_shell_is_created_disconnected_connected_by_another_client_and_deleted() {
    let mut server = Server::new();
    server.open();
    assert_eq!(server.session().session_id.as_deref(), Some(SESSION));
    server.ask(disconnect("")).expect_success();
    assert!(!server.session().connected);
    server.ask(connect(SHELL, RPID).session(Some(OTHER_SESSION))).expect_success();
    assert_eq!(server.session().session_id.as_deref(), Some(OTHER_SESSION));
    server.ask(Envelope::new(Verb::Delete).shell(SHELL).session(Some(OTHER_SESSION))).expect_success();
    assert_eq!(server.service.sessions(), []);
    assert_eq!(server.refused(receive()), FaultKind::UnknownShell);
}

#[test]
fn create_is_refused_for_what_windows_does_not_have() {
    let nameless =
        |name: &str| create(SHELL).body(&format!("<rsp:Shell ShellId=\"{SHELL}\" Name=\"{name}\"/>"));
    let idle = |time: &str| {
        create(SHELL).body(&format!(
            "<rsp:Shell ShellId=\"{SHELL}\"><rsp:IdleTimeOut>{time}</rsp:IdleTimeOut></rsp:Shell>"
        ))
    };
    let cut = BASE64.encode(&psrp::creation_xml()[..30]);
    let wrong_order = BASE64.encode(psrp::connect_xml(RPID).split_at(220).1);
    let creation = |xml: &str| {
        create(SHELL).body(&format!(
            "<rsp:Shell ShellId=\"{SHELL}\"><creationXml xmlns=\"http://schemas.microsoft.com/powershell\">{xml}\
             </creationXml></rsp:Shell>"
        ))
    };
    for (case, request, fault) in [
        (
            "configuration",
            create(SHELL).resource("http://schemas.microsoft.com/powershell/None"),
            FaultKind::InvalidResourceUri,
        ),
        (
            "cmd",
            create(SHELL).resource("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"),
            FaultKind::InvalidResourceUri,
        ),
        ("no version", Envelope::new(Verb::Create).body("<rsp:Shell/>"), FaultKind::ProtocolVersionMissing),
        (
            "version 3",
            Envelope::new(Verb::Create).body("<rsp:Shell/>").option("protocolversion", "3.0", true),
            FaultKind::ProtocolVersionMismatch,
        ),
        ("option", create(SHELL).option("PS_WHAT", "1", true), FaultKind::OptionNotUnderstood),
        ("id", create("not-a-guid"), FaultKind::ShellIdNotValid),
        ("long name", nameless(&"n".repeat(256)), FaultKind::ShellNameTooLong),
        ("59 s", idle("PT59S"), FaultKind::IdleTimeoutOutOfBounds),
        ("25 days", idle("P25D"), FaultKind::IdleTimeoutOutOfBounds),
        ("another message first", creation(&wrong_order), FaultKind::ManagedException),
    ] {
        let mut server = Server::new();
        assert_eq!(server.refused(request), fault, "{case}");
        assert_eq!(server.service.sessions(), [], "{case}");
    }
    let mut server = Server::new();
    server.ask(creation(&cut)).expect_success();
    assert_eq!(server.refused(create(&SHELL.to_lowercase())), FaultKind::ShellIdInUse);
    // Its pool waits for the rest, and cannot be connected to before.
    server.ask(disconnect("")).expect_success();
    assert_eq!(server.refused(connect(SHELL, RPID)), FaultKind::ConnectOperationFailed);
}

#[test]
fn the_shell_is_found_by_its_own_uri_and_the_exact_text_of_its_id() {
    let mut server = Server::new();
    server.open();
    for request in [
        receive().resource("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"),
        receive().resource("http://schemas.microsoft.com/powershell/ITTasks"),
        receive().shell(&SHELL.to_lowercase()),
        Envelope::new(Verb::Delete).shell("00000000-0000-0000-0000-000000000000"),
    ] {
        assert_eq!(server.refused(request), FaultKind::UnknownShell);
    }
    assert_eq!(server.refused(Envelope::new(Verb::Delete)), FaultKind::InsufficientSelectors);
}

#[test]
fn a_connected_shell_is_for_its_own_session_only() {
    let mut server = Server::new();
    server.open();
    for (request, fault) in [
        (connect(SHELL, RPID), FaultKind::ConnectedToDifferentClient),
        (reconnect(), FaultKind::ClientSessionIdMismatch),
        (receive(), FaultKind::ClientSessionIdMismatch),
        (command(COMMAND, "1"), FaultKind::ClientSessionIdMismatch),
        (disconnect(""), FaultKind::ClientSessionIdMismatch),
    ] {
        assert_eq!(server.refused(request.session(Some(OTHER_SESSION))), fault);
    }
    for request in [connect(SHELL, RPID), reconnect(), receive(), disconnect("")] {
        assert_eq!(server.refused(request.session(None)), FaultKind::InvalidSessionId);
    }
    assert_eq!(server.refused(connect(SHELL, RPID)), FaultKind::ReconnectNotValid);
    server.ask(reconnect()).expect_success();
}

#[test]
fn a_disconnected_shell_wants_to_be_connected_first() {
    let mut server = Server::new();
    server.open();
    server.ask(disconnect("")).expect_success();
    for (request, fault) in [
        (receive(), FaultKind::ShellDisconnected),
        (command(COMMAND, "1"), FaultKind::ShellDisconnected),
        (disconnect(""), FaultKind::DisconnectNotValid),
        (reconnect().session(Some(OTHER_SESSION)), FaultKind::ClientSessionIdMismatch),
        (connect(SHELL, RPID).session(None), FaultKind::InvalidSessionId),
    ] {
        assert_eq!(server.refused(request), fault);
    }
    server.ask(reconnect()).expect_success();
    server.ask(receive()).expect_success();
}

#[test]
fn connect_xml_is_checked() {
    let mut server = Server::new();
    server.open();
    server.ask(disconnect("")).expect_success();
    let empty = Envelope::new(Verb::Connect).shell(SHELL).body("<rsp:Connect/>");
    assert_eq!(server.refused(empty), FaultKind::NoNegotiationData);
    assert_eq!(server.refused(connect(SHELL, [0x33; 16])), FaultKind::ConnectOperationFailed);
    assert!(!server.session().connected);
    // PowerShell sends no option with Connect, other clients do.
    server.ask(connect(SHELL, RPID).option("protocolversion", "2.3", true)).expect_success();
}

#[test]
fn a_shell_created_without_a_session_or_an_id_cannot_be_disconnected() {
    let mut server = Server::new();
    server.ask(create(SHELL).session(None)).expect_success();
    assert_eq!(server.refused(disconnect("")), FaultKind::DisconnectNotSupported);

    let mut server = Server::new();
    let anonymous = create(SHELL).body("<rsp:Shell/>");
    server.ask(anonymous).expect_success();
    let id = server.session().shell_id;
    assert_eq!(server.refused(disconnect("").shell(&id)), FaultKind::DisconnectNotSupported);
}

#[test]
fn disconnect_may_change_idle_timeout_and_buffering() {
    let mut server = Server::new();
    server.open();
    let out_of_bounds = "<rsp:IdleTimeOut>PT59.999S</rsp:IdleTimeOut>";
    assert_eq!(server.refused(disconnect(out_of_bounds)), FaultKind::IdleTimeoutOutOfBounds);
    assert!(server.session().connected);
    let both = "<rsp:IdleTimeOut>PT54000.000S</rsp:IdleTimeOut><rsp:BufferMode>Drop</rsp:BufferMode>";
    server.ask(disconnect(both)).expect_success();
    let session = server.session();
    assert_eq!((session.idle_timeout, session.buffer_mode.name()), (Duration::from_secs(54_000), "Drop"));
}

#[test]
fn other_users_see_no_shell_and_administrators_may_look_and_delete() {
    let mut server = Server::new();
    server.open();
    server.ask(disconnect("")).expect_success();
    let get = || Envelope::new(Verb::Get).shell(SHELL).resource(crate::soap::names::SHELLS);
    server.caller = caller("bob");
    for request in [get(), connect(SHELL, RPID), Envelope::new(Verb::Delete).shell(SHELL)] {
        assert_eq!(server.refused(request), FaultKind::AccessDenied);
    }
    server.caller = caller("admin");
    server.ask(get()).expect_success();
    assert_eq!(server.refused(connect(SHELL, RPID)), FaultKind::AccessDenied);
    server.ask(Envelope::new(Verb::Delete).shell(SHELL)).expect_success();
}

#[test]
fn the_configuration_is_for_administrators() {
    let mut server = Server::new();
    let get = || Envelope::new(Verb::Get).resource(crate::soap::names::CONFIG);
    assert_eq!(server.refused(get()), FaultKind::AccessDenied);
    server.caller = caller("admin");
    assert_eq!(server.ask(get()).all("MaxEnvelopeSizekb"), ["500"]);
}

#[test]
fn a_shell_without_requests_is_disconnected_after_a_minute() {
    let mut server = Server::new();
    server.open();
    server.pass(Duration::from_secs(59));
    assert!(server.session().connected);
    server.ask(reconnect()).expect_success();
    server.pass(Duration::from_secs(59));
    assert!(server.session().connected);
    server.pass(Duration::from_secs(1));
    assert!(!server.session().connected);
    server.ask(reconnect()).expect_success();
    assert!(server.session().connected);
}

#[test]
fn a_receive_that_waits_keeps_the_shell_connected() {
    let mut server = Server::new();
    server.open();
    server.ask(receive()).expect_success();
    server.ask(receive()).expect_success();
    let wait = server.wait(receive().timeout("PT60S"));
    server.pass(Duration::from_millis(59_999));
    assert!(server.poll(&wait).is_none());
    server.pass(Duration::from_millis(1));
    assert_eq!(server.poll(&wait).unwrap().fault(), Some(2150858793));
    server.pass(Duration::from_secs(59));
    assert!(server.session().connected);
}

#[test]
fn a_disconnected_shell_is_gone_after_its_idle_timeout() {
    let mut server = Server::new();
    server.open();
    server.ask(disconnect("<rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut>")).expect_success();
    server.pass(Duration::from_secs(59));
    assert_eq!(server.service.sessions().len(), 1);
    server.pass(Duration::from_secs(1));
    assert_eq!(server.refused(connect(SHELL, RPID)), FaultKind::UnknownShell);
}

#[test]
fn hours_may_pass_at_once() {
    let mut server = Server::new();
    server.open();
    server.pass(Duration::from_secs(60 + 7_200));
    assert_eq!(server.service.sessions(), []);
}

#[test]
fn sessions_may_be_put_on_the_server() {
    let mut server = Server::new();
    let uuid = uuid::Uuid::parse_str(SHELL).unwrap();
    let spec =
        || SessionSpec { name: Some("ITTask".to_owned()), shell_id: Some(uuid), ..SessionSpec::default() };
    assert_eq!(server.add(spec()), SHELL);
    assert_eq!(server.service.add_session(server.now, spec()), Err(SpecError::ShellIdInUse(uuid)));
    let unknown = SessionSpec { configuration: "None".to_owned(), ..SessionSpec::default() };
    let error = server.service.add_session(server.now, unknown);
    assert_eq!(error, Err(SpecError::UnknownConfiguration("None".to_owned())));

    // The pool's id is the shell's in .NET's order of octets, or connecting fails.
    assert_eq!(server.refused(connect(SHELL, *uuid.as_bytes())), FaultKind::ConnectOperationFailed);
    server.ask(connect(SHELL, uuid.to_bytes_le())).expect_success();

    let elsewhere =
        server.add(SessionSpec { state: SessionState::ConnectedElsewhere, ..SessionSpec::default() });
    assert_eq!(server.refused(connect(&elsewhere, RPID)), FaultKind::ConnectedToDifferentClient);
    assert!(server.service.force_disconnect(server.now, &elsewhere));
    assert!(!server.session().connected);
    assert!(server.service.remove_session(&elsewhere));
    assert!(!server.service.remove_session(&elsewhere));
}

#[test]
fn a_session_may_have_been_left_some_time_ago() {
    let mut server = Server::new();
    let shell =
        server.add(SessionSpec { inactive_for: Duration::from_secs(3_661), ..SessionSpec::default() });
    let get = || Envelope::new(Verb::Get).shell(&shell).resource(crate::soap::names::SHELLS);
    let answer = server.ask(get());
    assert_eq!(
        (answer.all("ShellInactivity"), answer.all("ShellRunTime")),
        (vec!["P0DT1H1M1S".to_owned()], vec!["P0DT1H1M1S".to_owned()])
    );
    server.pass(Duration::from_secs(7_200 - 3_661));
    assert_eq!(server.refused(get()), FaultKind::UnknownShell);
}

#[test]
fn requests_and_refusals_are_in_the_journal() {
    let mut server = Server::new();
    server.open();
    server.refused(receive().shell("A"));
    let records = server.service.journal.requests();
    assert_eq!(records.iter().map(|record| record.summary.verb()).collect::<Vec<_>>(), ["Create", "Receive"]);
    assert_eq!((records[1].user.as_str(), records[1].connection), ("alice", 1));
    assert_eq!(records[1].summary.shell_id.as_deref(), Some("A"));
    assert_eq!(server.service.journal.refusals()[0].why, "there is no shell A");
    assert_eq!(server.service.journal.counters.faults[&2150858843], 1);
    server.service.journal.clear();
    assert_eq!(server.service.journal.requests(), []);
}

#[test]
fn deeply_nested_requests_are_no_danger() {
    let mut server = Server::new();
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert_eq!(server.refused(Envelope::new(Verb::Get).body(&deep)), FaultKind::SchemaValidation);
}

#[test]
fn no_mutation_of_a_request_makes_the_service_panic() {
    let mut server = Server::new();
    server.open();
    let requests =
        [create(COMMAND), connect(SHELL, RPID), command(COMMAND, "1..3"), disconnect(""), receive()];
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for _ in 0..3_000 {
        let mut octets = requests[below(requests.len())].to_string().into_bytes();
        for _ in 0..=below(3) {
            let at = below(octets.len());
            octets[at] = below(256) as u8;
        }
        server.service.exchange(&mut server.now, &server.caller, &octets);
    }
}

#[test]
fn a_user_has_so_many_shells_and_no_more() {
    let mut server = Server::with(Settings { max_shells_per_user: 1, ..Settings::default() });
    server.add(SessionSpec { owner: "bob".to_owned(), ..SessionSpec::default() });
    server.open();
    let other = "C6631D8E-65A0-49F2-9053-A1B156C95777";
    assert_eq!(server.refused(create(other)), FaultKind::TooManyShells);
}
