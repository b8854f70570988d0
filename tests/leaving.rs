//! Commands that are stopped, left, timed out or lost.

use crate::support::{Place, Seen};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::io::Read;
use std::process::{Child, Command, Stdio};

const STOPPED: &str = "OperationStopped: The pipeline has been stopped.\n";

fn begin(place: &Place, args: &[&str]) -> Child {
    let mut command = place.remote_command("invoke-command", args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a run has written this, and no more.
pub fn first_line(child: &mut Child, line: &str) {
    let mut octets = vec![0; line.len()];
    child.stdout.as_mut().unwrap().read_exact(&mut octets).unwrap();
    assert_eq!(octets, line.as_bytes());
}

pub fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn ctrl_c_stops_the_command_and_its_session_is_gone() {
    let place = Place::new();
    let mut child = begin(&place, &["-ScriptBlock", "'a'; Wait-Event"]);
    first_line(&mut child, "a\n");
    interrupt(&child);
    Seen::at_end_of(child).is("", STOPPED, 130);
    assert_eq!((place.listener.sessions(), place.home.stored()), (vec![], vec![]));
}

#[test]
fn ctrl_c_leaves_a_session_that_was_there_as_it_is() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let mut command = place.home.cmdlet("invoke-command", &[&id, "'a'; Wait-Event"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    first_line(&mut child, "a\n");
    interrupt(&child);
    Seen::at_end_of(child).is("", STOPPED, 130);
    Seen::of(&mut place.home.cmdlet("invoke-command", &[&id, "'still here'"])).is("still here\n", "", 0);
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let place = Place::new();
    let mut child = begin(&place, &["-ScriptBlock", "'a'; Wait-Event"]);
    first_line(&mut child, "a\n");
    place.listener.inject(Injection::new(Target::Verb(Verb::Signal), Effect::Never));
    interrupt(&child);
    std::thread::sleep(std::time::Duration::from_millis(300));
    interrupt(&child);
    assert_eq!(Seen::at_end_of(child).status, 130);
}

#[test]
fn ctrl_c_leaves_the_command_running_where_that_is_wanted() {
    let place = Place::new();
    let mut child = begin(&place, &["--on-interrupt", "detach", "-ScriptBlock", "'a'; Wait-Event"]);
    first_line(&mut child, "a\n");
    interrupt(&child);
    let seen = Seen::at_end_of(child);
    // A session that was opened for the call is kept.
    let id = place.home.stored()[0].session.id.unwrap().0;
    let expected = format!("Left running on localhost. To go on: receive-pssession -Id {id}\n");
    seen.is("", &expected, 75);
    assert!(!place.listener.sessions()[0].connected);
}

#[test]
fn a_command_that_takes_too_long_is_stopped() {
    let place = Place::new();
    let args = ["--timeout", "1", "-ScriptBlock", "'a'; Wait-Event"];
    place.remote("invoke-command", &args).is("a\n", STOPPED, 124);
    assert_eq!(place.listener.sessions(), []);
    let seen = place.remote("invoke-command", &[&args[..], &["--on-interrupt", "detach"]].concat());
    assert_eq!((seen.stdout.as_str(), seen.status), ("a\n", 124), "{seen:?}");
    assert!(
        seen.stderr.starts_with("Left running on localhost. To go on: receive-pssession -Id "),
        "{seen:?}"
    );
}

#[test]
fn a_server_that_does_not_answer_keeps_nobody_beyond_the_time_limit() {
    let place = Place::new();
    place.listener.inject(Injection::new(Target::Verb(Verb::Create), Effect::Never));
    let seen = place.remote("invoke-command", &["--timeout", "1", "-ScriptBlock", "'a'"]);
    let error = "Invoke-Command : The time limit has passed, and the server did not answer what was still to be done.\n    \
                 + CategoryInfo          : OperationTimeout: (:) [Invoke-Command], TimeoutException\n    \
                 + FullyQualifiedErrorId : TimeLimitExceeded,Microsoft.PowerShell.Commands.InvokeCommandCommand\n    \
                 hint: get-pssession lists the sessions that may be left, remove-pssession ends them\n";
    seen.is("", error, 124);
    // What it may have created is known.
    assert_eq!(place.home.stored().len(), 1);
}

/// Its end is seen, and what is asked for after that is not answered.
#[test]
fn a_time_limit_that_passes_after_the_end_of_a_command_is_an_error_too() {
    let place = Place::new();
    let slow = Effect::Delay(std::time::Duration::from_secs(2));
    place.listener.inject(Injection::new(Target::Verb(Verb::Delete), slow));
    let seen = place.remote("invoke-command", &["--timeout", "1", "-ScriptBlock", "'a'"]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("a\n", 124), "{seen:?}");
    let error = "Invoke-Command : The time limit has passed, and the server has not answered yet.\n";
    assert!(seen.stderr.starts_with(error), "{seen:?}");
}

#[test]
fn a_command_that_may_not_have_been_started_is_not_said_to_run() {
    let place = Place::new();
    place.listener.inject(Injection::new(Target::Verb(Verb::Command), Effect::DropBefore));
    let args = ["-InDisconnectedSession", "-ScriptBlock", "'a'", "--reconnect-for", "0"];
    let seen = place.remote("invoke-command", &args);
    assert!(seen.stderr.contains(" Whether the command was started is not known. "), "{seen:?}");
    assert!(seen.stderr.ends_with("\nTo go on: receive-pssession -Id 1\n"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 74));
}

#[test]
fn a_reader_that_has_enough_stops_the_command_quietly() {
    let place = Place::new();
    let script = "1..100000 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }";
    for _ in 0..5 {
        let mut child = begin(&place, &["-ScriptBlock", script]);
        first_line(&mut child, "1\n");
        drop(child.stdout.take());
        Seen::at_end_of(child).is("", "", 141);
        assert_eq!(place.listener.sessions(), []);
    }
    let mut child = begin(&place, &["--on-interrupt", "detach", "-ScriptBlock", script]);
    first_line(&mut child, "1\n");
    drop(child.stdout.take());
    let seen = Seen::at_end_of(child);
    let left = "Left running on localhost. To go on: receive-pssession -Id ";
    assert_eq!((seen.stderr.starts_with(left), seen.status), (true, 75), "{seen:?}");
}

#[test]
fn a_reader_that_has_enough_of_several_computers_hears_no_summary() {
    let place = Place::new();
    place.connected(&["First", "Second"]);
    let script = "1..100000 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }";
    let mut command = place.home.cmdlet("invoke-command", &["-Id", "1,2", "-ScriptBlock", script]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    first_line(&mut child, "localhost: 1\n");
    drop(child.stdout.take());
    Seen::at_end_of(child).is("", "", 141);
}

#[test]
fn a_connection_that_breaks_for_a_moment_is_no_end() {
    let place = Place::new();
    let id = place.opened("ITTask");
    for effect in [Effect::DropBefore, Effect::DropAfter, Effect::Garbage] {
        place.listener.inject(Injection::new(Target::Verb(Verb::Receive), effect.clone()).after(1));
        let script = "1..5 | ForEach-Object { $_; Start-Sleep -Milliseconds 50 }";
        let seen = Seen::of(&mut place.home.cmdlet("invoke-command", &[&id, script]));
        assert_eq!((seen.stdout.as_str(), seen.status), ("1\n2\n3\n4\n5\n", 0), "{effect:?} {seen:?}");
    }
}
