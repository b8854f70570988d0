//! What a person at a terminal sees while a server takes its time.

use crate::enter::known;
use crate::support::terminal::{Shown, Terminal};
use crate::support::{Place, Seen, in_parallel, table};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::process::Command;
use std::time::Duration;

const ROW: &str = "  1 ITTask          localhost       Disconnected  Microsoft.PowerShell          None";

/// Lets the listener take its time over a verb, longer than a person waits without a word.
fn slow(place: &Place, verb: Verb) {
    place.listener.inject(Injection::new(Target::Verb(verb), Effect::Delay(Duration::from_secs(4))));
}

#[test]
fn a_wait_says_what_it_is_for_and_is_gone_when_it_is_over() {
    let row_of_server = ROW.replace("  1", "   ");
    let opened = ROW.replace("Disconnected", "Opened      ").replace("     None", "Available");
    let stories: [(Verb, &str, &[&str], &str, &str); 7] = [
        (Verb::Enumerate, "get-pssession", &[], "list its sessions", &table(&[&row_of_server])),
        (
            Verb::Connect,
            "connect-pssession",
            &["-Name", "ITTask"],
            "connect session ITTask",
            &table(&[&opened]),
        ),
        (Verb::Reconnect, "connect-pssession", &["-Id", "1"], "connect session ITTask", &table(&[&opened])),
        (
            Verb::Disconnect,
            "disconnect-pssession",
            &["-Id", "1"],
            "disconnect session ITTask",
            &table(&[ROW]),
        ),
        (Verb::Delete, "remove-pssession", &["-Id", "1"], "remove session ITTask", ""),
        (Verb::Enumerate, "receive-pssession", &["-Id", "1"], "list the commands of session ITTask", ""),
        (Verb::Create, "invoke-command", &["-ScriptBlock", "'x'"], "create a session", "x\n"),
    ];
    in_parallel(stories.into(), |(verb, cmdlet, args, what, left)| {
        let place = Place::new();
        let is_known = args.contains(&"-Id");
        match is_known {
            true => drop(place.connected(&["ITTask"])),
            false => drop(place.session("ITTask")),
        }
        slow(&place, verb);
        let command = match is_known {
            true => place.home.cmdlet(cmdlet, args),
            false => place.remote_command(cmdlet, args),
        };
        let seen = Terminal::start(&command, Shown::Everything, 100).end();
        let line = format!(" Waiting for localhost to {what}");
        assert!(seen.screen.contains(&line), "{cmdlet} {seen:?}");
        assert_eq!((seen.left().as_str(), seen.status), (left, 0), "{cmdlet} {seen:?}");
    });
}

#[test]
fn nobody_waits_for_a_line_where_no_one_looks() {
    let place = Place::new();
    place.session("ITTask");
    for (args, shown) in
        [(&["-ProgressAction", "SilentlyContinue"][..], Shown::Everything), (&[], Shown::Stdout)]
    {
        slow(&place, Verb::Enumerate);
        let seen = Terminal::start(&place.remote_command("get-pssession", args), shown, 100).end();
        let row = ROW.replace("  1", "   ");
        assert_eq!((seen.screen, seen.stderr, seen.status), (table(&[&row]), String::new(), 0));
    }
}

/// A session that is known here, with a command in it that does not end.
fn busy() -> Place {
    let place = Place::new();
    let id = place.opened("ITTask");
    let start = ["-Id", &id, "-InDisconnectedSession", "-ScriptBlock", "Wait-Event"];
    assert_eq!(place.run_as("invoke-command", &start).status, 0);
    place
}

fn invoking(place: &Place) -> Command {
    place.home.cmdlet("invoke-command", &["-Id", "1", "-ScriptBlock", "'mine'"])
}

#[test]
fn a_session_that_is_busy_is_said_to_be_and_how_not_to_wait() {
    let line = "Session ITTask on localhost is busy (Ctrl-C gives up; remove-pssession -Id 1 ends it)";
    let place = busy();
    let mut terminal = Terminal::start(&invoking(&place), Shown::Everything, 140);
    terminal.wait_for(line, 1);
    terminal.press("\x03");
    let seen = terminal.end();
    // Who is logged on already is not said to log on.
    assert!(!seen.screen.contains("Logging on"), "{seen:?}");
    let stopped = "OperationStopped: The pipeline has been stopped.\n";
    assert_eq!((seen.left().as_str(), seen.status), (stopped, 130), "{seen:?}");

    let place = busy();
    let terminal = Terminal::start(&invoking(&place), Shown::Everything, 140);
    terminal.wait_for(line, 1);
    place.run_as("remove-pssession", &["-Id", "1"]).is("", "", 0);
    let seen = terminal.end();
    assert!(seen.status != 0 && !seen.left().contains(line), "{seen:?}");

    let line = line.replace("Ctrl-C", "~.");
    let place = busy();
    let mut terminal = Terminal::start(&known(&place, &["-Id", "1"]), Shown::Everything, 140);
    terminal.wait_for(&line, 1);
    terminal.press("~.");
    let seen = terminal.end();
    let left = "Gave up the session on localhost. To come back: enter-pssession -Id 1\n";
    assert_eq!((seen.left().as_str(), seen.status), (left, 75), "{seen:?}");
}

#[test]
fn a_command_gets_its_turn_and_the_line_is_gone() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let start = ["-Id", &id, "-InDisconnectedSession", "-ScriptBlock", "Start-Sleep 5"];
    assert_eq!(place.run_as("invoke-command", &start).status, 0);
    let terminal = Terminal::start(&invoking(&place), Shown::Everything, 140);
    terminal.wait_for("Session ITTask on localhost is busy", 1);
    let seen = terminal.end();
    assert_eq!((seen.left().as_str(), seen.status), ("mine\n", 0), "{seen:?}");
}

#[test]
fn what_does_not_stop_is_said_to_be_awaited() {
    let place = Place::new();
    let script = "'a'; Wait-Event";
    let command = place.remote_command("invoke-command", &["-ScriptBlock", script]);
    let mut terminal = Terminal::start(&command, Shown::Everything, 100);
    terminal.wait_for("a\n", 1);
    terminal.wait_for_echo(false);
    place.listener.inject(Injection::new(Target::Verb(Verb::Signal), Effect::Never));
    terminal.press("\x03");
    terminal.wait_for("Waiting for localhost to stop the command (~. gives up, ~d leaves it running)", 1);
    terminal.press("~.");
    let seen = terminal.end();
    let left = "a\nGave up the session on localhost. The command may still run there. To go on: receive-pssession -Id 1\n";
    assert_eq!((seen.left().as_str(), seen.status), (left, 75), "{seen:?}");
}

#[test]
fn every_computer_has_a_line_for_how_far_it_is() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let script = "Write-Progress 'Copying' 'file 1' -PercentComplete 10; Start-Sleep 2; 'done'";
    let args = ["-ComputerName", "localhost,LOCALHOST,127.0.0.1", "-Port", &port, "-ScriptBlock", script];
    let command = place.home.cmdlet("invoke-command", &args);
    let seen = Terminal::start(&command, Shown::Everything, 60).end();
    let lines = |spinner: char| {
        ["127.0.0.1", "LOCALHOST", "localhost"]
            .map(|computer| format!("{spinner} [{computer}] Copying: file 1 10 %"))
            .join("\n")
    };
    assert!("-\\|/".chars().any(|spinner| seen.screen.contains(&lines(spinner))), "{seen:?}");
    let mut left: Vec<_> = seen.left().lines().map(str::to_owned).collect();
    assert_eq!(left.pop().as_deref(), Some("3 ok, 0 failed, 0 unreachable."));
    left.sort();
    assert_eq!(left, ["127.0.0.1: done", "LOCALHOST: done", "localhost: done"], "{seen:?}");
    assert!(!Seen::of(&mut place.home.cmdlet("invoke-command", &args)).stderr.contains("Copying"));
}

#[test]
fn there_are_no_more_lines_than_the_terminal_has() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let script = "Write-Progress 'Copying' 'file 1'; Start-Sleep 2";
    let args = ["-ComputerName", "localhost,LOCALHOST,127.0.0.1", "-Port", &port, "-ScriptBlock", script];
    let command = place.home.cmdlet("invoke-command", &args);
    let seen = Terminal::of_size(&command, Shown::Everything, 60, 3).end();
    assert!(
        seen.screen.contains(" [127.0.0.1] Copying: file 1\n") && seen.screen.contains(" and 2 more"),
        "{seen:?}"
    );
    assert_eq!(seen.left(), "3 ok, 0 failed, 0 unreachable.\n");
}

/// A line that a script has begun is not erased with those below it.
#[test]
fn output_that_ends_in_the_middle_of_a_line_stays() {
    let place = Place::new();
    let script =
        "Write-Host 'half' -NoNewline; Write-Progress 'Copying'; Start-Sleep 1; Write-Host ' and half'";
    let command = place.remote_command("invoke-command", &["-ScriptBlock", script]);
    let seen = Terminal::start(&command, Shown::Everything, 60).end();
    assert_eq!((seen.left().as_str(), seen.status), ("half and half\n", 0), "{seen:?}");
}
