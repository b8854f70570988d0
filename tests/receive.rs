//! Receive-PSSession: what a command that was left has written and writes.

use crate::support::{Home, Login, Place, Seen, instance, table};
use pssession_listener::{BufferMode, Effect, Injection, SessionSpec, Target, Verb};
use std::process::Child;

const LEFT: &str = "  1 ITTask          localhost       Disconnected  Microsoft.PowerShell          None";

fn receive(place: &Place, args: &[&str]) -> Seen {
    Seen::of(&mut place.home.cmdlet("receive-pssession", args))
}

/// Runs the program on another machine.
fn elsewhere(place: &Place, home: &Home, args: &[&str]) -> Seen {
    let mut all = vec!["--as".to_owned(), "receive-pssession".to_owned()];
    all.extend(place.to(Login::Ntlm));
    all.extend(args.iter().map(|arg| arg.to_string()));
    Seen::of(&mut home.program(&all))
}

fn how_to_go_on(id: u32) -> String {
    format!("Left running on localhost. To go on: receive-pssession -Id {id}\n")
}

/// Starts a script in a session that no other test has, and leaves it.
fn start(place: &Place, script: &str) -> Seen {
    let args = ["-InDisconnectedSession", "-SessionName", "ITTask", "-ScriptBlock", script];
    place.remote("invoke-command", &args)
}

/// Starts it, and gives the Id of its session.
fn started(place: &Place, script: &str) -> u32 {
    assert_eq!(start(place, script).status, 0);
    place.home.stored()[0].session.id.unwrap().0
}

#[test]
fn a_command_is_started_and_left_with_the_lines_that_bring_it_back() {
    let place = Place::new();
    let seen = start(&place, "1; Wait-Event");
    let expected = "Running on localhost. Expires in 2 h without a connection (IdleTimeout in -SessionOption changes \
                    that).\nTo read it here:      receive-pssession -Id 1\nFrom another machine: receive-pssession \
                    -ComputerName localhost -Port PORT -Name ITTask\n";
    let port = place.listener.http_address().port().to_string();
    seen.is(&table(&[LEFT]), &expected.replace("PORT", &port), 0);
    assert!(!place.listener.sessions()[0].connected);
    // The last line is all that another machine needs.
    let words: Vec<_> = seen.stderr.lines().last().unwrap().split(' ').skip(3).collect();
    let again = Seen::of(&mut Home::new().cmdlet(words[0], &[&words[1..], &["--no-wait"]].concat()));
    assert_eq!((again.stdout.as_str(), again.status), ("1\n", 75), "{again:?}");
}

#[test]
fn output_errors_and_status_come_once() {
    let place = Place::new();
    let id = started(&place, "'one'; Write-Error 'bad'; Write-Warning 'w'; 'two'; exit 4").to_string();
    receive(&place, &["-Id", &id]).is("one\ntwo\n", "Write-Error: bad\nWARNING: w\n", 4);
    // The session stays, and its command has nothing more.
    assert!(place.listener.sessions()[0].connected);
    receive(&place, &["-Id", &id]).is("", "", 0);
}

#[test]
fn every_way_to_name_a_session_leads_to_its_command() {
    let place = Place::new();
    let id = started(&place, "$x = 1").to_string();
    receive(&place, &["-Id", &id]).is("", "", 0);
    let instance_id = instance(&place.listener.sessions()[0].shell_id);
    let url = place.listener.http_url().to_string().replace("127.0.0.1", "localhost");
    let port = place.listener.http_address().port().to_string();
    for words in [
        vec!["-Id", &id],
        vec![&id],
        vec!["-Session", &id],
        vec!["-Session", "ITTask"],
        vec!["-Name", "itt*"],
        vec!["-InstanceId", &instance_id],
        vec!["-ComputerName", "localhost", "-Port", &port, "-Name", "ITTask"],
        vec!["-ComputerName", "localhost", "-Port", &port, "-InstanceId", &instance_id],
        vec!["-ConnectionUri", &url, "-Name", "ITTask"],
        vec!["-ConnectionUri", &url, "-InstanceId", &instance_id],
    ] {
        let start = ["-Id", &id, "-InDisconnectedSession", "-ScriptBlock", "'here'; $x"];
        let started = Seen::of(&mut place.home.cmdlet("invoke-command", &start));
        assert_eq!(started.status, 0, "{words:?} {started:?}");
        let seen = receive(&place, &words);
        assert_eq!(seen, Seen { stdout: "here\n1\n".into(), stderr: String::new(), status: 0 }, "{words:?}");
    }
}

#[test]
fn the_forms_of_what_was_started_elsewhere() {
    let place = Place::new();
    place.add(SessionSpec {
        name: Some("A".into()),
        script: Some("Get-Service WinRM".into()),
        ..Default::default()
    });
    let seen = place.remote("receive-pssession", &["-Name", "A", "--output", "jsonl"]);
    let expected =
        r#"{"Status":"Running","Name":"WinRM","DisplayName":"Windows Remote Management (WS-Management)"}"#;
    seen.is(&format!("{expected}\n"), "", 0);
    place.add(SessionSpec {
        name: Some("B".into()),
        script: Some("Get-Service WinRM".into()),
        ..Default::default()
    });
    let text = "\nStatus   Name               DisplayName\n------   ----               -----------\n\
                Running  WinRM              Windows Remote Management (WS-Managem…\n\n";
    place.remote("receive-pssession", &["-Name", "B"]).is(text, "", 0);
}

#[test]
fn a_session_that_runs_nothing_shows_nothing() {
    let place = Place::new();
    place.session("Idle");
    place.remote("receive-pssession", &["-Name", "Idle"]).is("", "", 0);
}

#[test]
fn what_if_receives_nothing() {
    let place = Place::new();
    let id = started(&place, "'one'").to_string();
    let expected = "What if: Performing the operation \"Receive\" on target \"ITTask\".\n";
    receive(&place, &["-Id", &id, "-WhatIf"]).is("", expected, 0);
    receive(&place, &["-Id", &id]).is("one\n", "", 0);
}

#[test]
fn without_waiting_it_is_left_again_and_nothing_comes_twice() {
    let place = Place::new();
    let id = started(&place, "1..3; Wait-Event");
    let words = ["-Id", &id.to_string(), "--no-wait"];
    receive(&place, &words).is("1\n2\n3\n", &how_to_go_on(id), 75);
    receive(&place, &words).is("", &how_to_go_on(id), 75);
    assert!(!place.listener.sessions()[0].connected);
}

#[test]
fn a_command_that_is_never_silent_is_left_too() {
    let place = Place::new();
    let id = started(&place, "1..100000 | ForEach-Object { $_; Start-Sleep -Milliseconds 100 }");
    let seen = receive(&place, &["-Id", &id.to_string(), "--no-wait"]);
    assert_eq!((seen.stderr.as_str(), seen.status), (how_to_go_on(id).as_str(), 75));
    let first: Vec<u32> = seen.stdout.lines().map(|line| line.parse().unwrap()).collect();
    let seen = receive(&place, &["-Id", &id.to_string(), "--no-wait"]);
    let second: Vec<u32> = seen.stdout.lines().map(|line| line.parse().unwrap()).collect();
    let both: Vec<u32> = first.into_iter().chain(second).collect();
    assert_eq!(both, (1..=u32::try_from(both.len()).unwrap()).collect::<Vec<_>>());
}

/// Another machine does not know what the first one showed: the last answer comes again, and no more.
#[test]
fn another_machine_gets_the_last_answer_again_and_all_that_follows() {
    let place = Place::new();
    let id = started(&place, "1..3; Start-Sleep 4; 4..6");
    receive(&place, &["-Id", &id.to_string(), "--no-wait"]).is("1\n2\n3\n", &how_to_go_on(id), 75);
    let other = Home::new();
    let seen = elsewhere(&place, &other, &["-Name", "ITTask"]);
    assert!(["1\n2\n3\n4\n5\n6\n", "4\n5\n6\n"].contains(&seen.stdout.as_str()), "{seen:?}");
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
}

fn begin(mut command: std::process::Command) -> Child {
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
}

#[test]
fn ctrl_c_leaves_the_command_running() {
    let place = Place::new();
    let id = started(&place, "1; Wait-Event");
    let mut child = begin(place.home.cmdlet("receive-pssession", &["-Id", &id.to_string()]));
    crate::leaving::first_line(&mut child, "1\n");
    crate::leaving::interrupt(&child);
    Seen::at_end_of(child).is("", &how_to_go_on(id), 75);
    let words = ["-Id", &id.to_string(), "--timeout", "1"];
    let seen = receive(&place, &words);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 124), "{seen:?}");
}

#[test]
fn a_time_limit_that_passes_before_there_is_a_session_is_an_error() {
    let place = Place::new();
    started(&place, "1; Wait-Event");
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), Effect::Never));
    let error = "Receive-PSSession : The time limit has passed, and the server has not answered yet.\n    \
                 + CategoryInfo          : OperationTimeout: (:) [Receive-PSSession], TimeoutException\n    \
                 + FullyQualifiedErrorId : TimeLimitExceeded,Microsoft.PowerShell.Commands.ReceivePSSessionCommand\n    \
                 hint: --timeout SECONDS waits longer\n";
    place.remote("receive-pssession", &["-Name", "ITTask", "--timeout", "1"]).is("", error, 124);
}

/// The process after one that was killed is the same client to the server, whose next Receive would be the receipt of
/// the answer that nobody has seen.
#[test]
fn an_answer_that_a_killed_process_did_not_get_is_not_lost() {
    let place = Place::new();
    let id = started(&place, "1..6 | ForEach-Object { $_; Start-Sleep -Milliseconds 300 }").to_string();
    let mut child = begin(place.home.cmdlet("receive-pssession", &["-Id", &id]));
    crate::leaving::first_line(&mut child, "1\n");
    // From here on no answer arrives.
    let reconnects = || place.actions().iter().filter(|action| action.ends_with("Reconnect")).count();
    let before = reconnects();
    for verb in [Verb::Receive, Verb::Reconnect] {
        place.listener.inject(Injection::new(Target::Verb(verb), Effect::DropAfter).times(1000));
    }
    while reconnects() == before {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    let first = Seen::at_end_of(child);
    place.listener.clear_injections();
    let rest = receive(&place, &["-Id", &id]);
    let numbers: Vec<_> =
        [first.stdout.as_str(), &rest.stdout].concat().split_whitespace().map(str::to_owned).collect();
    assert_eq!((numbers.join(" ").as_str(), rest.stderr.as_str(), rest.status), ("2 3 4 5 6", "", 0));
    assert_eq!(place.home.store().read_dir().unwrap().count(), 1, "the mark of the reader is gone");
}

#[test]
fn a_session_that_is_removed_after_its_reader_was_killed_leaves_nothing() {
    let place = Place::new();
    let id = started(&place, "1; Wait-Event").to_string();
    let mut child = begin(place.home.cmdlet("receive-pssession", &["-Id", &id]));
    crate::leaving::first_line(&mut child, "1\n");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.home.store().read_dir().unwrap().count(), 2, "the store and the mark of the reader");
    Seen::of(&mut place.home.cmdlet("remove-pssession", &["-Id", &id])).is("", "", 0);
    assert_eq!(place.home.store().read_dir().unwrap().count(), 1);
}

#[test]
fn a_hole_is_named() {
    let place = Place::with(|config| config.service.buffer_size = 50_000);
    let script = "'a' * 100; 'b' * 300000; 'c'".to_owned();
    let (name, buffer_mode) = (Some("Full".into()), Some(BufferMode::Drop));
    place.add(SessionSpec { name, buffer_mode, script: Some(script), ..Default::default() });
    let seen = place.remote("receive-pssession", &["-Name", "Full"]);
    let expected =
        "WARNING: Output is missing here: the buffer of the session was full, and its mode is Drop.\n";
    seen.is("c\n", expected, 0);
}

#[test]
fn sessions_that_are_not_there_are_errors() {
    let place = Place::new();
    for (words, id) in [
        (["-Id", "77"], "RemoteRunspaceNotAvailableForSpecifiedSessionId"),
        (["-Name", "zzz"], "RemoteRunspaceNotAvailableForSpecifiedName"),
    ] {
        let seen = receive(&place, &words);
        assert!(
            seen.stderr.contains(&format!(": {id},Microsoft.PowerShell.Commands.ReceivePSSessionCommand")),
            "{seen:?}"
        );
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    }
    let seen = place.remote("receive-pssession", &["-Name", "zzz"]);
    assert!(seen.stderr.contains(": PSSessionNameMatchFail,"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
}
