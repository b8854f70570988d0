//! Disconnecting from sessions, ending them, and looking at them.

use crate::support::known::rows;
use crate::support::{Home, Login, Place, Seen, error_of, instance, not_available, table};
use pssession_listener::{BufferMode, Effect, Injection, Target, Verb};
use std::time::{Duration, SystemTime};

const DISCONNECTED: &str =
    "  1 ITTask          localhost       Disconnected  Microsoft.PowerShell          None";
const OPENED: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

fn disconnect(place: &Place, args: &[&str]) -> Seen {
    place.run_as("disconnect-pssession", args)
}

fn remove(place: &Place, args: &[&str]) -> Seen {
    place.run_as("remove-pssession", args)
}

fn bad_idle_timeout(given: u64, longest: u64) -> String {
    error_of(
        "Disconnect-PSSession",
        &format!(
            "The session ITTask cannot be disconnected because the specified idle time-out value {given} (seconds) is \
             either greater than the server maximum allowed {longest} (seconds), or less than the minimum allowed 60 \
             (seconds).  Specify an idle time-out value that is within the allowed range, and try again."
        ),
        "InvalidArgument: ([PSSession]ITTask:PSSession), RuntimeException",
        "CannotDisconnectSessionWithInvalidIdleTimeout",
        Some(&format!("give -IdleTimeoutSec a number of seconds from 60 to {longest}")),
    )
}

fn not_opened(name: &str) -> String {
    error_of(
        "Disconnect-PSSession",
        &format!("Cannot disconnect PSSession \"{name}\" because it is not in the Opened state."),
        &format!("InvalidOperation: ([PSSession]{name}:PSSession), RuntimeException"),
        "CannotDisconnectSessionWhenNotOpened",
        Some("remove-pssession -Id 1 forgets it"),
    )
}

#[test]
fn an_open_session_is_disconnected_in_one_request() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    let before = SystemTime::now();
    disconnect(&place, &["-Id", "1"]).is_table(&[DISCONNECTED]);
    let after = SystemTime::now();
    assert_eq!(place.actions(), ["Disconnect"]);
    assert!(!place.is_connected(shell_id));
    let stored = place.home.stored().remove(0).session;
    let on = stored.disconnected_on.unwrap();
    // The store counts milliseconds.
    assert!(on + Duration::from_millis(1) > before && on <= after, "{before:?} {on:?} {after:?}");
    assert_eq!(stored.expires_on, on.checked_add(Duration::from_secs(7_200)));
    place.known(&["-Id", "1"]).is_table(&[OPENED]);
    let stored = place.home.stored().remove(0).session;
    assert_eq!((stored.disconnected_on, stored.expires_on), (None, None));
}

#[test]
fn a_session_goes_round_from_one_command_to_the_next() {
    let place = Place::new();
    let shell_ids = place.connected(&["One", "Two"]);
    let expected = place.run_as("get-pssession", &["--output", "jsonl"]).stdout;
    let gone = Seen::of(
        &mut place.home.fed(place.home.cmdlet("disconnect-pssession", &["--output", "jsonl"]), &expected),
    );
    assert_eq!((gone.stdout.lines().count(), gone.stderr.as_str(), gone.status), (2, "", 0));
    assert!(shell_ids.iter().all(|shell_id| !place.is_connected(shell_id)));
    for shell_id in &shell_ids {
        assert!(gone.stdout.contains(&instance(shell_id)), "{gone:?}");
    }
    place.piped(&["-ThrottleLimit", "1"], &gone.stdout).is(&rows(&[(1, "One"), (2, "Two")]), "", 0);
    assert!(shell_ids.iter().all(|shell_id| place.is_connected(shell_id)));
}

#[test]
fn options_of_disconnecting_reach_the_server() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    let options = ["-IdleTimeoutSec", "60*60*15", "-OutputBufferingMode", "Drop"];
    disconnect(&place, &[&["-Id", "1"], &options[..]].concat()).is_table(&[DISCONNECTED]);
    let session = place.listener.session(shell_id).unwrap();
    assert_eq!((session.idle_timeout, session.buffer_mode), (Duration::from_secs(54_000), BufferMode::Drop));
    let stored = place.home.stored().remove(0).session;
    assert_eq!(stored.idle_timeout, Some(Duration::from_secs(54_000)));
    let on = stored.disconnected_on.unwrap();
    assert_eq!(stored.expires_on, on.checked_add(Duration::from_secs(54_000)));
    // None leaves it as it is.
    place.known(&["-Id", "1"]).is_table(&[OPENED]);
    assert_eq!(disconnect(&place, &["1", "-OutputBufferingMode", "None"]).status, 0);
    let session = place.listener.session(shell_id).unwrap();
    assert_eq!((session.idle_timeout, session.buffer_mode), (Duration::from_secs(54_000), BufferMode::Drop));
}

#[test]
fn an_idle_timeout_out_of_bounds_leaves_the_session_open() {
    let place = Place::with(|config| config.service.max_idle_timeout = Duration::from_secs(43_200));
    let shell_id = &place.connected(&["ITTask"])[0];
    for given in [0, 1, 59, 43_201, i32::MAX as u64] {
        let seen = disconnect(&place, &["-Id", "1", "-IdleTimeoutSec", &given.to_string()]);
        seen.is("", &bad_idle_timeout(given, 43_200), 1);
    }
    assert_eq!(place.new_requests(), 0);
    assert!(place.is_connected(shell_id));
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
    disconnect(&place, &["-Id", "1", "-IdleTimeoutSec", "43200"]).is_table(&[DISCONNECTED]);
}

#[test]
fn an_idle_timeout_is_judged_by_the_server_where_its_bounds_are_not_known() {
    let place = Place::with(|config| config.service.max_idle_timeout = Duration::from_secs(43_200));
    let shell_id = place.session("ITTask");
    assert_eq!(place.run(&["-InstanceId", &shell_id]).status, 0);
    place.listener.clear_journal();
    let seen = disconnect(&place, &["-Id", "1", "-IdleTimeoutSec", "43201"]);
    let expected = bad_idle_timeout(43_201, 43_200).replace("ITTask", &instance(&shell_id));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(seen.stderr.lines().next(), expected.lines().next());
    assert_eq!(place.actions(), ["Disconnect", "Get"]);
    assert!(place.is_connected(&shell_id));
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}

#[test]
fn too_many_milliseconds_become_the_largest_number() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    disconnect(&place, &["-Id", "1", "-IdleTimeoutSec", "2147484"]).is_table(&[DISCONNECTED]);
    assert_eq!(place.listener.session(shell_id).unwrap().idle_timeout, Duration::from_millis(0x7FFF_FFFF));
}

#[test]
fn a_server_that_has_let_go_by_itself_is_no_error() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    disconnect(&place, &["-Id", "1"]).is_table(&[DISCONNECTED]);
    assert_eq!(place.states(), [(1, "Disconnected", "None")]);
}

#[test]
fn a_server_that_has_disconnected_by_itself_still_gets_the_options() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    disconnect(&place, &["-Id", "1", "-IdleTimeoutSec", "600"]).is_table(&[DISCONNECTED]);
    let session = place.listener.session(shell_id).unwrap();
    assert_eq!((session.idle_timeout, session.connected), (Duration::from_secs(600), false));
}

#[test]
fn a_session_that_another_client_took_is_not_disconnected() {
    for options in [&[][..], &["-IdleTimeoutSec", "600"]] {
        let place = Place::new();
        let shell_id = &place.connected(&["ITTask"])[0];
        place.lost_to(&Home::new(), shell_id, "ITTask");
        let seen = disconnect(&place, &[&["-Id", "1"], options].concat());
        let expected =
            format!("Disconnect-PSSession operation failed for runspace Id = {}", instance(shell_id));
        assert!(
            seen.stderr.starts_with(&format!("Disconnect-PSSession : {expected} for the following reason: ")),
            "{seen:?}"
        );
        assert!(seen.stderr.contains(": PSSessionDisconnectFailed,"), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
        assert!(place.is_connected(shell_id));
        assert_eq!(place.states()[0].1, "Disconnected");
    }
}

#[test]
fn a_session_that_is_gone_cannot_be_disconnected() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    place.listener.with_service(|service, _| service.remove_session(shell_id));
    let seen = disconnect(&place, &["-Id", "1"]);
    assert!(seen.stderr.contains(": PSSessionDisconnectFailed,"), "{seen:?}");
    assert!(seen.stderr.ends_with("    hint: remove-pssession -Id 1 forgets it\n"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!((place.new_requests(), place.states()), (1, vec![(1, "Broken", "None")]));
    disconnect(&place, &["-Id", "1"]).is("", &not_opened("ITTask"), 1);
    assert_eq!(place.new_requests(), 0);
}

#[test]
fn a_disconnected_session_is_written_as_it_is_without_a_request() {
    let place = Place::new();
    place.left(&["ITTask"]);
    for options in [&[][..], &["-IdleTimeoutSec", "5"]] {
        disconnect(&place, &[&["-Id", "1"], options].concat()).is_table(&[DISCONNECTED]);
    }
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn an_answer_to_a_disconnect_that_is_lost_is_asked_for_again() {
    for effect in [Effect::DropAfter, Effect::Garbage] {
        let place = Place::new();
        let shell_id = &place.connected(&["ITTask"])[0];
        place.listener.inject(Injection::new(Target::Verb(Verb::Disconnect), effect.clone()));
        let seen = disconnect(&place, &["-Id", "1"]);
        assert_eq!(
            seen,
            Seen { stdout: table(&[DISCONNECTED]), stderr: String::new(), status: 0 },
            "{effect:?}"
        );
        assert!(!place.is_connected(shell_id));
        place.known(&["-Id", "1"]).is_table(&[OPENED]);
    }
}

#[test]
fn what_if_disconnects_and_removes_nothing() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let text = "What if: Performing the operation \"Disconnect\" on target \"ITTask\".\n";
    disconnect(&place, &["-Id", "1", "-WhatIf"]).is("", text, 0);
    let text = "What if: Performing the operation \"Remove\" on target \"localhost\".\n";
    remove(&place, &["-Id", "1", "-WhatIf"]).is("", text, 0);
    assert_eq!(place.listener.counters().connections, 0);
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}

#[test]
fn an_open_session_is_made_sure_of_and_removed() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    remove(&place, &["-Id", "1"]).is("", "", 0);
    assert_eq!(place.actions(), ["Reconnect", "Delete"]);
    assert_eq!((place.listener.sessions(), place.states()), (vec![], vec![]));
    // Its Id is not given again.
    place.session("Next");
    place.run(&["-Name", "Next"]).is(&rows(&[(2, "Next")]), "", 0);
}

#[test]
fn a_disconnected_session_is_taken_up_and_removed() {
    let place = Place::new();
    place.left(&["ITTask"]);
    remove(&place, &["-Name", "it*"]).is("", "", 0);
    assert_eq!(place.actions(), ["Reconnect", "Delete"]);
    assert_eq!((place.listener.sessions(), place.states()), (vec![], vec![]));
}

#[test]
fn a_session_that_another_client_had_since_is_connected_to_and_removed() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    place.lost_to(&Home::new(), shell_id, "ITTask");
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    remove(&place, &["-ComputerName", "LOCAL*"]).is("", "", 0);
    assert_eq!(place.actions(), ["Reconnect", "Connect", "Delete"]);
    assert_eq!((place.listener.sessions(), place.states()), (vec![], vec![]));
}

#[test]
fn a_session_that_another_client_holds_is_not_removed() {
    for opened in [true, false] {
        let place = Place::new();
        let shell_id = &place.connected(&["ITTask"])[0];
        if !opened {
            place.let_go(std::slice::from_ref(shell_id));
        }
        place.lost_to(&Home::new(), shell_id, "ITTask");
        let seen = remove(&place, &["-Id", "1"]);
        let expected = not_available("ITTask").replace("Connect-PSSession", "Remove-PSSession");
        seen.is("", &expected.replace("ConnectPSSessionCommand", "RemovePSSessionCommand"), 1);
        assert!(place.is_connected(shell_id), "{opened}");
        assert_eq!(place.states().len(), 1, "{opened}");
    }
}

#[test]
fn a_session_that_is_gone_or_broken_is_forgotten() {
    let place = Place::new();
    let shell_ids = place.connected(&["Opened", "Disconnected", "Broken"]);
    place.let_go(&shell_ids[1..]);
    for shell_id in &shell_ids {
        place.listener.with_service(|service, _| service.remove_session(shell_id));
    }
    assert_eq!(place.known(&["-Name", "Broken"]).status, 1);
    place.listener.clear_journal();
    remove(&place, &["-Name", "*"]).is("", "", 0);
    assert_eq!(place.actions(), ["Reconnect", "Reconnect"]);
    assert_eq!(place.states(), []);
}

#[test]
fn a_session_on_a_server_that_cannot_be_reached_is_forgotten_with_an_error() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let Place { listener, home } = place;
    let address = listener.http_address();
    drop(listener);
    // The port closes as soon as the listener's task is gone.
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let seen = Seen::of(&mut home.cmdlet("remove-pssession", &["-Id", "1"]));
    let expected = "Remove-PSSession : Remote session ITTask could not be connected and could not be removed from the \
                server. The client remote session object will be removed from the server, but the state of the remote \
                session on the server is unknown.\n";
    assert!(seen.stderr.starts_with(expected), "{seen:?}");
    assert!(seen.stderr.contains(": RemoveSessionCannotConnectToServer,"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(home.stored(), []);
}

#[test]
fn a_delete_that_is_refused_is_not_a_session_that_could_not_be_connected_to() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let refusal = Effect::Fault(5, Some("Access is denied.".into()));
    place.listener.inject(Injection::new(Target::Verb(Verb::Delete), refusal));
    let expected = error_of(
        "Remove-PSSession",
        "Remote session ITTask could not be removed from the server: Access is denied. It is no longer known here, and \
         its state on the server is unknown.",
        "InvalidOperation: ([PSSession]ITTask:PSSession), RuntimeException",
        "RemoveSessionFailed",
        None,
    );
    remove(&place, &["-Id", "1"]).is("", &expected, 1);
    // What was refused is not carried out.
    assert_eq!(place.actions(), ["Reconnect"]);
    assert_eq!(place.states(), []);
}

#[test]
fn removing_what_is_not_known_is_an_error() {
    let place = Place::new();
    let seen = remove(&place, &["-ComputerName", "Server01"]);
    let hint = "get-pssession lists the sessions that are known here; -ComputerName finds those of a server";
    let expected = error_of(
        "Remove-PSSession",
        "Remote session is not available for ComputerName Server01.",
        "InvalidArgument: (Server01:String), ArgumentException",
        "RemoteRunspaceNotAvailableForSpecifiedComputer",
        Some(hint),
    );
    seen.is("", &expected, 1);
    let expected = "WARNING: No session's computer name matches \"Server*\".\n";
    remove(&place, &["-ComputerName", "Server*"]).is("", expected, 0);
}

#[test]
fn listing_known_sessions_creates_no_store_and_sends_no_request() {
    let place = Place::new();
    place.run_as("get-pssession", &[]).is("", "", 0);
    assert!(!place.home.path().join(".local").exists());
    place.connected(&["ITTask"]);
    place.run_as("get-pssession", &[]).is_table(&[OPENED]);
    place.run_as("get-pssession", &["-Name", "it*"]).is_table(&[OPENED]);
    place.run_as("get-pssession", &["1"]).is_table(&[OPENED]);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_store_that_cannot_be_looked_at_is_no_empty_one() {
    let place = Place::new();
    let file = place.home.write("file", "");
    let seen = place.run_as("get-pssession", &["--store", &format!("{file}/store")]);
    assert!(seen.stderr.contains("SessionStoreUnavailable,Microsoft"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
}

#[test]
fn looking_at_a_server_shows_its_sessions_under_the_ids_that_are_known_here() {
    let place = Place::new();
    place.connected(&["Mine"]);
    place.session("Free");
    place.busy_session("Busy");
    let list = |args: &[&str]| {
        let mut all: Vec<String> = ["--as", "get-pssession"].map(str::to_owned).into();
        all.extend(place.to(Login::Ntlm));
        all.extend(args.iter().map(|arg| arg.to_string()));
        let mut lines: Vec<String> =
            Seen::of(&mut place.home.program(&all)).stdout.lines().skip(3).map(str::to_owned).collect();
        lines.retain(|line| !line.is_empty());
        lines.sort();
        lines
    };
    let mine = "  1 Mine            localhost       Opened        Microsoft.PowerShell     Available";
    let free = "    Free            localhost       Disconnected  Microsoft.PowerShell          None";
    let busy = "    Busy            localhost       Disconnected  Microsoft.PowerShell          Busy";
    assert_eq!(list(&[]), [busy, free, mine]);
    assert_eq!(list(&["-State", "Opened"]), [mine]);
    assert_eq!(list(&["-State", "Disconnected"]), [busy, free]);
    assert_eq!(list(&["-State", "Broken"]), [""; 0]);
    assert_eq!(list(&["-Name", "fr*"]), [free]);
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}
