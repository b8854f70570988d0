//! Ctrl-C, a request to end, and a kill, while something is under way.

use crate::support::{Place, Seen, Way, table};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn start(place: &Place, args: &[&str]) -> Child {
    place.command(Way::Ntlm, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for something that is on its way.
fn wait_until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Lets the listener take its time over a verb.
fn delay(place: &Place, verb: Verb, seconds: u64) {
    place.listener.inject(Injection::new(Target::Verb(verb), Effect::Delay(Duration::from_secs(seconds))));
}

#[test]
fn an_interrupted_query_ends_at_once_and_connects_to_nothing() {
    for name in ["INT", "TERM"] {
        let place = Place::new();
        let shell_id = place.session("ITTask");
        delay(&place, Verb::Enumerate, 60);
        let child = start(&place, &["-Name", "ITTask"]);
        wait_until(|| place.listener.counters().http_requests == 2);
        signal(&child, name);
        Seen::at_end_of(child).is("", "", 130);
        assert!(!place.is_connected(&shell_id));
    }
}

#[test]
fn an_interrupted_connect_is_finished_and_nothing_begun() {
    let place = Place::new();
    let first = place.session("First");
    let second = place.session("Second");
    delay(&place, Verb::Connect, 1);
    let child = start(&place, &["-Name", "First,Second"]);
    wait_until(|| place.listener.counters().http_requests == 3);
    signal(&child, "INT");
    let row = "  1 First           localhost       Opened        Microsoft.PowerShell     Available";
    Seen::at_end_of(child).is(&table(&[row]), "", 130);
    assert!(place.is_connected(&first) && !place.is_connected(&second));
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let place = Place::new();
    place.session("ITTask");
    delay(&place, Verb::Connect, 60);
    let child = start(&place, &["-Name", "ITTask"]);
    wait_until(|| place.listener.counters().http_requests == 3);
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(100));
    signal(&child, "INT");
    assert_eq!(Seen::at_end_of(child).status, 130);
}

#[test]
fn a_kill_in_mid_connect_loses_nothing() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::Never));
    let mut child = start(&place, &["-Name", "ITTask"]);
    wait_until(|| place.listener.counters().http_requests == 3);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.is_connected(&shell_id));
    let row = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";
    let seen = place.run(&["-Name", "ITTask"]);
    // The record of the killed one may have been made, or not yet.
    let with_id = |id| table(&[&row.replace("  1", id)]);
    assert!([with_id("  1"), with_id("  2")].contains(&seen.stdout), "{seen:?}");
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
}
