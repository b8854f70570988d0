//! What follows from when a server was heard of last, and from what other clients do meanwhile.

use crate::support::terminal::{Shown, Terminal};
use crate::support::{Home, Place, Seen, error, instance, no_longer_exists, not_available};
use pssession::store::{Change, Durability, Store};
use pssession_listener::{Effect, Injection, SessionSpec, Target, Verb};
use std::time::{Duration, SystemTime};

/// Records that the session with this Id was seen last so many seconds ago.
fn seen_ago(home: &Home, id: u32, seconds: u64) {
    let mut stored = home.stored().remove(id as usize - 1);
    stored.session.last_seen = Some(SystemTime::now() - Duration::from_secs(seconds));
    let mut store = Store::open(&home.store()).unwrap();
    store.update(&stored.key(), Durability::PowerCut, |_| Change::write(stored)).unwrap();
}

#[test]
fn a_session_without_contact_for_more_than_a_minute_is_shown_as_disconnected() {
    let place = Place::new();
    place.connected(&["Old", "New"]);
    seen_ago(&place.home, 1, 61);
    seen_ago(&place.home, 2, 30);
    let rows = [
        "  1 Old             localhost       Disconnected  Microsoft.PowerShell          None",
        "  2 New             localhost       Opened        Microsoft.PowerShell     Available",
    ];
    place.run_as("get-pssession", &[]).is_table(&rows);
    let json = place.run_as("get-pssession", &["--output", "jsonl", "-Id", "1"]).stdout;
    let last_seen = place.home.last_seen(1);
    assert!(json.contains("\"State\":\"Disconnected\",\"Availability\":\"None\""), "{json}");
    assert!(json.contains(&format!("\"LastSeen\":\"{last_seen}\"")), "{json}");
    // That is what is shown: what is recorded stays, and no server was asked.
    assert_eq!(place.states(), [(1, "Opened", "Available"), (2, "Opened", "Available")]);
    assert_eq!(place.listener.counters().connections, 0);
    // To connect makes sure, and then it was seen just now.
    assert_eq!(place.known(&["-Id", "1"]).status, 0);
    assert_eq!(place.actions(), ["Reconnect"]);
    place.run_as("get-pssession", &["-Id", "1"]).is_table(&[&rows[1].replace("  2 New", "  1 Old")]);
}

/// Two stores share a session.
fn shared() -> (Place, Home, String) {
    let place = Place::new();
    let shell_id = place.connected(&["ITTask"]).remove(0);
    let other = Home::new();
    place.lost_to(&other, &shell_id, "ITTask");
    (place, other, shell_id)
}

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

#[test]
fn a_session_that_another_store_has_connected_and_disconnected_is_connected_to() {
    let (place, other, shell_id) = shared();
    let disconnected = Seen::of(&mut other.cmdlet("disconnect-pssession", &["-Id", "1"]));
    assert_eq!((disconnected.stderr.as_str(), disconnected.status), ("", 0));
    place.listener.clear_journal();
    place.known(&["-Id", "1"]).is_table(&[ROW]);
    // The first request asks as the client that held it last here. A service takes that from the client that held it
    // last at all, so that another one follows.
    assert_eq!(place.actions(), ["Reconnect", "Connect"]);
    assert!(place.is_connected(&shell_id));
    place.listener.clear_journal();
    place.known(&["-Id", "1"]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Reconnect"]);
}

#[test]
fn a_session_that_another_store_holds_is_not_shown_as_opened() {
    let (place, _other, shell_id) = shared();
    for selecting in
        [["-Id", "1"], ["-Name", "ITTask"], ["-InstanceId", &instance(&shell_id)], ["-Session", "1"]]
    {
        place.known(&selecting).is("", &not_available("ITTask"), 1);
        assert_eq!(place.states(), [(1, "Disconnected", "Busy")]);
    }
}

#[test]
fn the_list_of_a_server_does_not_take_another_client_for_this_one() {
    let (place, _other, _) = shared();
    // Within a minute of the last request no other client can have it; the server reports only that a client does.
    seen_ago(&place.home, 1, 61);
    let row = "  1 ITTask          localhost       Disconnected  Microsoft.PowerShell          Busy";
    Seen::of(&mut place.home.program(&place.as_get())).is_table(&[row]);
    assert_eq!(place.states(), [(1, "Disconnected", "Busy")]);
}

#[test]
fn a_server_that_lists_another_ones_session_gets_neither_its_record_nor_its_client() {
    let (ours, other) = (Place::new(), Place::new());
    let shell_id = ours.connected(&["ITTask"]).remove(0);
    let holder = |place: &Place| place.listener.session(&shell_id).unwrap().session_id.unwrap();
    let client = holder(&ours);
    other.add(SessionSpec {
        name: Some("ITTask".into()),
        shell_id: Some(shell_id.parse().unwrap()),
        ..SessionSpec::default()
    });
    // The same home, and a host of another name.
    let uri = other.listener.http_url();
    assert!(uri.contains("127.0.0.1"), "{uri}");
    let row = "  2 ITTask          127.0.0.1       Opened        Microsoft.PowerShell     Available";
    let to = ["-ConnectionUri", &uri];
    Seen::of(&mut ours.home.cmdlet("get-pssession", &to))
        .is_table(&["    ITTask          127.0.0.1       Disconnected  Microsoft.PowerShell          None"]);
    Seen::of(&mut ours.home.program(&[&to[..], &["-Name", "ITTask"]].concat())).is_table(&[row]);
    assert_ne!(holder(&other), client);
    assert_eq!(other.listener.requests().iter().filter(|one| one.soap.contains(&client)).count(), 0);
    // Each is gone on with where it is.
    for (id, place, seen) in [("1", &ours, ROW), ("2", &other, row)] {
        other.listener.clear_journal();
        ours.listener.clear_journal();
        ours.known(&["-Id", id]).is_table(&[seen]);
        assert_eq!(place.actions(), ["Reconnect"]);
    }
    ours.run_as("remove-pssession", &["-Id", "2"]).is("", "", 0);
    assert_eq!((ours.is_connected(&shell_id), ours.states()), (true, vec![(1, "Opened", "Available")]));
}

#[test]
fn a_session_that_is_held_under_another_name_of_its_computer_is_pointed_to() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let uri = place.listener.http_url();
    let expected = not_available("ITTask");
    let hint = expected.find("hint: ").unwrap();
    let expected = format!(
        "{}hint: connect-pssession -Id 1 connects to the session with this InstanceId on localhost\n",
        &expected[..hint]
    );
    place.known(&["-ConnectionUri", &uri, "-Name", "ITTask"]).is("", &expected, 1);
    place.known(&["-Id", "1"]).is_table(&[ROW]);
}

#[test]
fn no_server_learns_as_which_client_sessions_are_held_on_another() {
    let (one, other) = (Place::new(), Place::new());
    let held = [&one, &other].map(|place| (place, place.session("ITTask")));
    let uris = [one.listener.http_url(), other.listener.http_url()].join(",");
    assert_eq!(one.known(&["-ConnectionUri", &uris, "-Name", "ITTask"]).status, 0);
    let clients =
        held.map(|(place, shell_id)| place.listener.session(&shell_id).unwrap().session_id.unwrap());
    for (place, others) in [(&one, &clients[1]), (&other, &clients[0])] {
        assert!(place.listener.requests().iter().all(|request| !request.soap.contains(others.as_str())));
    }
}

#[test]
fn a_server_cannot_fill_the_store() {
    let place = Place::new();
    (0..1001).for_each(|number| drop(place.session(&format!("Task{number}"))));
    let expected = error(
        "The computer localhost lists 1001 sessions to connect to; one command connects to 1000 at most.",
        "InvalidArgument: (:), ArgumentException",
        "TooManySessions",
        Some("select some of them with -Name or -InstanceId"),
    );
    place.run(&[]).is("", &expected, 1);
    assert_eq!(place.home.stored(), []);
    assert_eq!(place.run(&["-Name", "Task7", "--output", "id"]).stdout, "1\n");
}

#[test]
fn a_session_that_is_recorded_as_open_may_be_gone() {
    let place = Place::new();
    let shell_id = place.connected(&["ITTask"]).remove(0);
    place.listener.with_service(|service, _| service.remove_session(&shell_id));
    place.known(&["-Id", "1"]).is("", &no_longer_exists("ITTask", 1), 1);
    assert_eq!((place.new_requests(), place.states()), (1, vec![(1, "Broken", "None")]));
}

#[test]
fn a_live_session_of_a_name_comes_before_one_that_is_gone() {
    let place = Place::new();
    let shell_id = place.left(&["ITTask"]).remove(0);
    place.listener.with_service(|service, _| service.remove_session(&shell_id));
    assert_eq!(place.known(&["-Id", "1"]).status, 1);
    place.session("ITTask");
    assert_eq!(place.run(&["-Name", "ITTask"]).status, 0);
    for name in ["ittask", "IT*"] {
        place.known(&["-Name", name]).is_table(&[&ROW.replace("  1", "  2")]);
        let listed = place.run_as("get-pssession", &["-Name", name, "--output", "id"]).stdout;
        assert_eq!(listed.lines().count(), 1, "{listed}");
    }
    // All are listed, and each can be had by its Id.
    assert_eq!(place.run_as("get-pssession", &["--output", "jsonl"]).stdout.lines().count(), 2);
    place.run_as("remove-pssession", &["-Id", "1"]).is("", "", 0);
    assert_eq!(place.states(), [(2, "Opened", "Available")]);
}

/// The network goes on while a person thinks.
#[test]
fn an_answer_that_comes_while_a_question_is_open_is_not_lost() {
    let (first, second) = (Place::new(), Place::new());
    let sessions = [first.session("A"), second.session("B")];
    let late = Effect::Delay(Duration::from_secs(2));
    second.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), late));
    let uris = format!("{},{}", first.listener.http_url(), second.listener.http_url());
    let args = ["-ConnectionUri", &uris, "--timeout", "5", "-Confirm"];
    let mut terminal = Terminal::start(&first.home.program(&args), Shown::Nothing, 120);
    terminal.wait_for("on target \"A\"", 1);
    // Longer than the timeout; the other computer answers meanwhile.
    std::thread::sleep(Duration::from_secs(6));
    terminal.press("a\n");
    let seen = terminal.end();
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0), "{seen:?}");
    assert!(first.is_connected(&sessions[0]) && second.is_connected(&sessions[1]), "{seen:?}");
}
