//! The help page's examples and notes, and the errors of Connect-PSSession, line by line: what the other stories do not
//! cover.

use crate::support::known::{row, rows};
use crate::support::{
    Home, LIST_SESSIONS, Login, PASSWORD, Place, Seen, connect_error, error, error_of, held, instance,
    logging_on, no_longer_exists, no_such_instance, no_such_name, not_available, not_disconnected,
    not_resolved, query_error, table,
};
use pssession::record::{RunspaceAvailability, RunspaceState};
use pssession::store::{Change, Durability, Store};
use pssession_listener::{Config, Effect, Injection, SessionSpec, Target, User, Verb};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// 0x8033805B: the selectors name no shell.
const INVALID_SELECTORS: u32 = 2_150_858_843;

/// 0x8033803B: there is no such session configuration.
const UNKNOWN_CONFIGURATION: u32 = 2_150_858_811;

/// 0x803381A5: the user has as many shells as are allowed; PowerShell has no name for it.
const TOO_MANY_SHELLS: u32 = 2_150_859_173;

/// 0x803381C5: the shell does not support disconnecting.
const DISCONNECT_NOT_SUPPORTED: u32 = 2_150_859_205;

fn no_such_id(id: u32) -> String {
    error(
        &format!("The remote session with the session ID {id} is not available."),
        &format!("InvalidArgument: ({id}:Int32), ArgumentException"),
        "RemoteRunspaceNotAvailableForSpecifiedSessionId",
        Some("get-pssession lists the sessions that are known here; -ComputerName finds those of a server"),
    )
}

/// [`not_available`], without the hint about another client.
/// Another client of alice's, or of another user's, at the listener.
fn from(home: &Home, place: &Place, cmdlet: &str, args: &[&str]) -> Seen {
    let to = place.to(Login::Ntlm);
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    Seen::of(&mut home.cmdlet(cmdlet, &[&to, args].concat()))
}

// The first example.

#[test]
fn a_computer_without_a_port_is_asked_at_that_of_winrm_and_under_wsman() {
    let home = Home::new();
    let args = ["-ComputerName", "Server01.invalid", "-Name", "ITTask", "-Verbose"];
    let expected = not_resolved("Server01.invalid");
    for (more, url) in [
        (&["--trusted-hosts", "*"][..], "http://server01.invalid:5985/wsman"),
        (&["-UseSSL"], "https://server01.invalid:5986/wsman"),
    ] {
        let asking = logging_on("Server01.invalid")
            + &format!("VERBOSE: Asking Server01.invalid for its sessions at {url}.\n");
        Seen::of(&mut home.program(&[&args, more].concat())).is("", &(asking + &expected), 1);
    }
}

#[test]
fn a_session_is_listed_afterwards_under_its_id_and_with_the_letters_that_were_typed() {
    let place = Place::new();
    let configuration = "ITTasks".to_owned();
    place.add(SessionSpec { name: Some("ITTask".into()), configuration, ..SessionSpec::default() });
    let port = place.listener.http_address().port().to_string();
    let row = "  1 ITTask          LocalHost       Opened        ITTasks                  Available";
    let args = ["-ComputerName", "LocalHost", "-Port", &port, "-Name", "itTASK"];
    Seen::of(&mut place.home.program(&args)).is_table(&[row]);
    place.listener.clear_journal();
    place.run_as("get-pssession", &[]).is_table(&[row]);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_session_that_is_connected_already_is_no_error_where_there_are_others() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let other = place.session("Backups");
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    let warning = "WARNING: Session ITTask on localhost is already connected.\n";
    place.run(&["-Name", "ITTask"]).is("", warning, 0);
    assert!(place.is_connected(&shell_id) && !place.is_connected(&other));
    // Selecting all of them gives the rest.
    place.run(&[]).is(&table(&[&row(2, "Backups")]), warning, 0);
}

#[test]
fn a_computer_that_cannot_be_reached_is_named_and_the_others_are_connected_to() {
    let place = Place::new();
    place.session("ITTask");
    let port = place.listener.http_address().port().to_string();
    let expected = not_resolved("Server01.invalid");
    for computers in ["Server01.invalid,localhost", "localhost,Server01.invalid"] {
        let place_of = ["-ComputerName", computers, "-Port", &port, "--trusted-hosts", "*"];
        let home = Home::new();
        let seen = Seen::of(&mut home.program(&[&place_of[..], &["-Name", "ITTask"]].concat()));
        seen.is(&table(&[ROW]), &expected, 1);
        let shell_id = place.listener.sessions()[0].shell_id.clone();
        place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    }
}

// The second example.

#[test]
fn a_table_of_open_sessions_comes_out_as_it_went_in() {
    let place = Place::new();
    place.connected(&["Backups", "ITTask"]);
    let expected = place.run_as("get-pssession", &[]);
    expected.is(&rows(&[(1, "Backups"), (2, "ITTask")]), "", 0);
    assert_eq!(place.listener.counters().connections, 0);
    assert_eq!(place.piped(&["-ThrottleLimit", "1"], &expected.stdout), expected);
    assert_eq!(place.actions(), ["Reconnect", "Reconnect"]);
}

#[test]
fn a_session_that_was_disconnected_and_connected_again_is_the_same_record() {
    let place = Place::new();
    place.connected(&["Backups"]);
    let list = || {
        let seen = place.run_as("get-pssession", &["--output", "jsonl"]);
        Seen { stdout: seen.stdout.replace(&place.home.last_seen(1), ""), ..seen }
    };
    let expected = list();
    assert_eq!((expected.stdout.lines().count(), expected.stderr.as_str(), expected.status), (1, "", 0));
    let open = place.run_as("get-pssession", &[]).stdout;
    let disconnect = place.home.fed(place.home.cmdlet("disconnect-pssession", &[]), &open);
    let row = "  1 Backups         localhost       Disconnected  Microsoft.PowerShell          None";
    Seen::of(&mut { disconnect }).is_table(&[row]);
    let left = place.run_as("get-pssession", &[]).stdout;
    let connected = place.piped(&["--output", "jsonl"], &left);
    assert_eq!(connected.stdout.replace(&place.home.last_seen(1), ""), expected.stdout);
    assert_eq!(list(), expected);
}

#[test]
fn of_a_table_with_a_broken_session_the_others_are_connected_to() {
    let place = Place::new();
    let shell_ids = place.left(&["Broken", "ITTask"]);
    place.listener.with_service(|service, _| service.remove_session(&shell_ids[0]));
    place.known(&["-Id", "1"]).is("", &no_longer_exists("Broken", 1), 1);
    let expected = place.run_as("get-pssession", &[]);
    expected.is_table(&[
        "  1 Broken          localhost       Broken        Microsoft.PowerShell          None",
        "  2 ITTask          localhost       Disconnected  Microsoft.PowerShell          None",
    ]);
    place.piped(&[], &expected.stdout).is(&rows(&[(2, "ITTask")]), &not_disconnected("Broken", 1), 1);
    assert!(place.is_connected(&shell_ids[1]));
}

// The notes.

#[test]
fn a_server_without_disconnecting_is_reported_as_one() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    let refusal = Effect::Fault(DISCONNECT_NOT_SUPPORTED, None);
    place.listener.inject(Injection::new(Target::Verb(Verb::Disconnect), refusal));
    let expected = error_of(
        "Disconnect-PSSession",
        &format!(
            "Disconnect-PSSession operation failed for runspace Id = {} for the following reason: The disconnection \
             operation is not supported on the remote computer. To support disconnecting, the remote computer must be \
             running Windows PowerShell 3.0 or a later version of Windows PowerShell.",
            instance(shell_id)
        ),
        "InvalidOperation: (:), RuntimeException",
        "PSSessionDisconnectFailed",
        None,
    );
    place.run_as("disconnect-pssession", &["-Id", "1"]).is("", &expected, 1);
    assert!(place.is_connected(shell_id));
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}

#[test]
fn a_session_that_one_client_has_open_is_busy_for_another_until_it_lets_go() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    let other = Home::new();
    let seen_as = |availability: &str| {
        table(&[&format!(
            "    ITTask          localhost       Disconnected  Microsoft.PowerShell {availability:>13}"
        )])
    };
    from(&other, &place, "get-pssession", &[]).is(&seen_as("Busy"), "", 0);
    from(&other, &place, "connect-pssession", &["-Name", "ITTask"]).is("", &held("ITTask"), 1);
    // The server had said so already.
    assert_eq!(place.actions(), ["Enumerate", "Enumerate"]);
    assert!(place.is_connected(shell_id));

    place.run_as("disconnect-pssession", &["-Id", "1"]);
    place.listener.clear_journal();
    from(&other, &place, "get-pssession", &[]).is(&seen_as("None"), "", 0);
    from(&other, &place, "connect-pssession", &["-Name", "ITTask"]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Enumerate", "Enumerate", "Connect"]);
    // Now it is the first client that cannot have it.
    place.known(&["-Id", "1"]).is("", &not_available("ITTask"), 1);
    Seen::of(&mut other.cmdlet("disconnect-pssession", &["-Id", "1"]));
    place.known(&["-Id", "1"]).is_table(&[ROW]);
}

#[test]
fn an_idle_timeout_given_when_connecting_changes_nothing_on_the_server() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.run(&["-Name", "ITTask", "-SessionOption", "IdleTimeout=60000"]).is_table(&[ROW]);
    assert_eq!(place.listener.session(&shell_id).unwrap().idle_timeout, Duration::from_secs(7_200));
    assert!(place.listener.requests().iter().all(|request| !request.soap.contains("IdleTimeOut>")));
}

#[test]
fn a_session_that_was_left_too_long_is_gone_although_a_command_ran_in_it() {
    let place = Place::new();
    let script = Some("Start-Sleep 100000".to_owned());
    let shell_id = place.add(SessionSpec { name: Some("ITTask".into()), script, ..SessionSpec::default() });
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    place.run_as("disconnect-pssession", &["-Id", "1", "-IdleTimeoutSec", "600"]);
    let after = |seconds| {
        place.listener.with_service(|service, now| service.advance(now + Duration::from_secs(seconds)));
    };
    after(540);
    assert!(place.listener.session(&shell_id).is_some());
    after(660);
    assert!(place.listener.session(&shell_id).is_none());
    place.known(&["-Id", "1"]).is("", &no_longer_exists("ITTask", 1), 1);
    place.run(&["-Name", "ITTask"]).is("", &no_such_name("ITTask"), 1);
    let instance_id = instance(&shell_id);
    place.run(&["-InstanceId", &instance_id]).is("", &no_such_instance(&instance_id), 1);
}

#[test]
fn a_session_that_went_away_after_it_was_listed_is_reported_in_the_servers_words() {
    let place = Place::new();
    place.session("ITTask");
    let gone = Effect::Fault(INVALID_SELECTORS, Some("There is no such shell.".into()));
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), gone));
    let expected = connect_error(
        "ITTask",
        "There is no such shell.",
        "CannotConnectTargetSessionDoesNotExist,",
        Some(LIST_SESSIONS),
    );
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
    assert_eq!(place.states(), []);
}

#[test]
fn a_closed_session_cannot_be_connected_to() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let known = place.home.stored().remove(0);
    let mut closed = known.clone();
    closed.session.state = RunspaceState::Closed;
    closed.session.availability = RunspaceAvailability::None;
    let mut store = Store::open(&place.home.store()).unwrap();
    store.update(&known.key(), Durability::PowerCut, |_| Change::write(closed)).unwrap();
    place.known(&["-Id", "1"]).is("", &not_disconnected("ITTask", 1), 1);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_session_of_another_user_is_connected_to_with_the_credential_of_that_user() {
    let place =
        Place::with(|config: &mut Config| config.users[0] = User::new("alice", PASSWORD).administrator());
    let owner = "bob".to_owned();
    let shell_id = place.add(SessionSpec { name: Some("ITTask".into()), owner, ..SessionSpec::default() });
    let seen = place.run(&["-Name", "ITTask"]);
    let hint = "only the user who created a session can connect to it; -Credential names that user";
    seen.is("", &connect_error("ITTask", "Access is denied.", "AccessDenied,", Some(hint)), 1);
    let mut command = place.command(Login::Ntlm, &["-Name", "ITTask", "-Credential", "bob"]);
    Seen::of(command.env("PSSESSION_PASSWORD", "Password2!")).is(&rows(&[(2, "ITTask")]), "", 0);
    assert!(place.is_connected(&shell_id));
}

#[test]
fn an_id_means_a_session_of_ones_own_store() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let other = Home::new();
    Seen::of(&mut other.program(&["-Id", "1"])).is("", &no_such_id(1), 1);
    assert_eq!(place.listener.counters().connections, 0);
    // What is looked at on a server is not known by that.
    from(&other, &place, "get-pssession", &[]);
    Seen::of(&mut other.program(&["-Id", "1"])).is("", &no_such_id(1), 1);
}

/// Takes a connection, if one comes in time; it is never answered.
fn accept(listener: &TcpListener, patience: Duration) -> Option<TcpStream> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Ok((connection, _)) = listener.accept() {
            return Some(connection);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

/// Asks more computers than may be asked at once, none of which answers: so many are connected to and no more.
#[track_caller]
fn at_once(count: usize, args: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let uris: Vec<_> = (0..count + 2).map(|number| format!("http://127.0.0.1:{port}/{number}")).collect();
    let home = Home::new();
    let mut program = home.program(&[&["-ConnectionUri", &uris.join(",")], args].concat());
    let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let connections: Vec<_> = (0..count).map_while(|_| accept(&listener, Duration::from_secs(20))).collect();
    let another = accept(&listener, Duration::from_millis(500));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((connections.len(), another.is_some()), (count, false), "{args:?}");
}

#[test]
fn thirty_two_computers_are_asked_at_once_unless_another_limit_is_given() {
    at_once(32, &[]);
    at_once(32, &["-ThrottleLimit", "0"]);
    at_once(33, &["-ThrottleLimit", "33"]);
    at_once(1, &["-ThrottleLimit", "1"]);
}

#[test]
fn who_wants_tls_is_not_served_without_it() {
    let place = Place::new();
    place.session("ITTask");
    let expected = query_error(
        "No TLS connection to localhost could be made: it does not speak TLS on this port.",
        "12175,",
        Some("the port may be that of HTTP, 5985: leave out -UseSSL, or give -Port"),
    );
    place.run(&["-Name", "ITTask", "-UseSSL"]).is("", &expected, 1);
    assert_eq!(place.listener.counters().http_requests, 0);
}

// The errors.

#[test]
fn a_code_without_a_name_is_shown_as_its_number() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let fault = Effect::Fault(TOO_MANY_SHELLS, Some("There are too many.".into()));
    place.listener.inject(Injection::new(Target::Soap, fault.clone()));
    let expected = query_error("There are too many.", "-2144108123,", None);
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), fault));
    let expected = connect_error("ITTask", "There are too many.", "-2144108123,", None);
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
    assert!(!place.is_connected(&shell_id));
}

#[test]
fn a_session_configuration_that_is_not_there_is_named_and_the_help_topic_once() {
    let place = Place::new();
    let configuration = "ITTasks".to_owned();
    place.add(SessionSpec { name: Some("ITTask".into()), configuration, ..SessionSpec::default() });
    let fault = Effect::Fault(UNKNOWN_CONFIGURATION, Some("There is none.".into()));
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), fault));
    let message = "The WS-Management service cannot process the request. Cannot find the ITTasks session configuration \
                   in the WSMan: drive on the localhost computer.";
    let hint = "-ConfigurationName names a session configuration; on the server, Get-PSSessionConfiguration lists them";
    let expected = connect_error("ITTask", message, "InvalidResourceUri,", Some(hint));
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
}

#[test]
fn a_long_name_is_shown_whole_and_shortened_in_the_category() {
    let place = Place::new();
    let (longest, longer) = ("a".repeat(20) + &"b".repeat(20), "a".repeat(21) + &"b".repeat(20));
    place.run(&["-Name", &longest]).is("", &no_such_name(&longest), 1);
    let shortened = format!("({}...{}:String)", "a".repeat(15), "b".repeat(15));
    let expected = no_such_name(&longer).replace(&format!("({longer}:String)"), &shortened);
    place.run(&["-Name", &longer]).is("", &expected, 1);
}

#[test]
fn a_reconnect_that_fails_is_reported_as_one() {
    let place = Place::new();
    place.left(&["ITTask"]);
    // The first of the two comes with the login, and is asked again without it.
    let status = Effect::Status(404, None);
    place.listener.inject(Injection::new(Target::Verb(Verb::Reconnect), status).times(2));
    let expected = connect_error(
        "ITTask",
        "The computer localhost answered HTTP 404.",
        "URLNotAvailable,",
        Some("-ApplicationName names the path of the service, wsman by default"),
    );
    let expected = expected.replace("Connecting to remote server", "Reconnecting to the remote server");
    place.known(&["-Id", "1"]).is("", &expected, 1);
    place.known(&["-Id", "1"]).is_table(&[ROW]);
}

#[test]
fn a_fault_without_a_text_is_shown_by_its_number() {
    let place = Place::new();
    place.session("ITTask");
    let fault = Effect::Fault(TOO_MANY_SHELLS, Some(String::new()));
    place.listener.inject(Injection::new(Target::Soap, fault));
    let expected = query_error("The service answered with the fault 0x803381A5.", "-2144108123,", None);
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
}
