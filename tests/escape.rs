//! What is typed on a terminal while a command runs: the escapes, and what is for the next question.

use crate::enter::{PROMPT, entered, opening, plain};
use crate::support::Place;
use crate::support::terminal::{Shown, Terminal};
use pssession_listener::{Effect, Injection, Target};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const HELP: &str = "~d  leave; the session goes on    ~.  give up at once    ~~  a line that begins with ~\n";
const VAIN: &str =
    "WARNING: What was typed while the command ran is lost; --escape none leaves it to the shell.\n";

/// Types a line as a person does: Enter is a key of its own.
fn run_line(terminal: &mut Terminal, line: &str) {
    terminal.press(line);
    sleep(Duration::from_millis(100));
    terminal.press("\r");
}

/// A terminal in which a command runs that has written `a`.
fn running(command: &Command) -> Terminal {
    let terminal = Terminal::start(command, Shown::Everything, 100);
    terminal.wait_for("a\n", 1);
    terminal.wait_for_echo(false);
    terminal
}

/// A command in a session of its own.
fn invoking(place: &Place, args: &[&str], script: &str) -> Command {
    let rest = ["-ProgressAction", "SilentlyContinue", "--color", "never", "-ScriptBlock", script];
    place.remote_command("invoke-command", &[args, &rest].concat())
}

fn receiving(place: &Place, id: &str) -> Command {
    place.home.cmdlet("receive-pssession", &[id, "-ProgressAction", "SilentlyContinue"])
}

/// From now on nothing comes through.
fn cut(place: &Place, effect: Effect) {
    place.listener.inject(Injection::new(Target::Http, effect).times(usize::MAX));
}

const LONG: &str = "'a'; Wait-Event";

#[test]
fn a_running_line_is_left() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(&mut terminal, LONG);
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    terminal.press("~?");
    terminal.wait_for(HELP, 1);
    terminal.press("~d");
    let seen = terminal.end();
    let left = "Left running on localhost. To go on: receive-pssession -Id 1\n";
    assert_eq!(plain(&seen), format!("{PROMPT}{LONG}\na\n{HELP}{left}"));
    assert_eq!((seen.status, seen.echoes, place.states()), (75, true, vec![(1, "Disconnected", "None")]));
}

/// What a terminal pastes comes in brackets and runs with the Enter that a person presses, so that nothing is behind it.
#[test]
fn a_pasted_line_is_left_as_one_that_was_typed() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(&mut terminal, &format!("\x1b[200~{LONG}\n'b'\x1b[201~"));
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    terminal.press("~d");
    let seen = terminal.end();
    assert!(
        plain(&seen).ends_with("\na\nLeft running on localhost. To go on: receive-pssession -Id 1\n"),
        "{seen:?}"
    );
    assert_eq!((seen.status, seen.echoes), (75, true));
}

#[test]
fn a_running_line_is_given_up() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(&mut terminal, LONG);
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    place.listener.clear_journal();
    terminal.press("~.");
    let seen = terminal.end();
    let left = "Gave up the session on localhost. The command may still run there. To go on: receive-pssession -Id 1\n";
    assert_eq!(plain(&seen), format!("{PROMPT}{LONG}\na\n{left}"));
    assert_eq!((seen.status, seen.echoes, place.states()), (75, true, vec![(1, "Opened", "Available")]));
    assert!(place.listener.sessions()[0].connected, "no word was said to the server");
    // It is there to be received.
    let mut terminal = Terminal::start(&receiving(&place, "1"), Shown::Everything, 100);
    terminal.wait_for_echo(false);
    terminal.press("~d");
    assert_eq!(terminal.end().status, 75);
    assert_eq!(place.states(), [(1, "Disconnected", "None")]);
}

#[test]
fn what_is_typed_while_a_line_runs_is_for_the_next() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(&mut terminal, "'a'; Start-Sleep -Milliseconds 700; 'b'");
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    terminal.press("~~'not known'\r'seco");
    terminal.press("mnd\x7f\x7f\x7fnd'\r'thi");
    terminal.wait_for(PROMPT, 4);
    run_line(&mut terminal, "rd'");
    terminal.wait_for(PROMPT, 5);
    run_line(&mut terminal, "exit 3");
    let seen = terminal.end();
    let shown = plain(&seen);
    assert!(
        shown.starts_with(&format!(
            "{PROMPT}'a'; Start-Sleep -Milliseconds 700; 'b'\na\nb\n{PROMPT}~'not known'\n"
        )),
        "{shown:?}"
    );
    assert!(shown.contains(&format!("\n{PROMPT}'second'\nsecond\n{PROMPT}'third'\nthird\n")), "{shown:?}");
    assert_eq!((seen.status, seen.echoes), (3, true));
}

#[test]
fn a_question_gets_the_terminal_and_what_was_typed_before() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(
        &mut terminal,
        "'a'; Start-Sleep -Milliseconds 500; Read-Host First; Read-Host Second; Wait-Event",
    );
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    terminal.press("~~one\n");
    terminal.wait_for("Second: ", 1);
    terminal.wait_for_echo(true);
    terminal.press("~d\n");
    terminal.wait_for("~d", 2);
    terminal.wait_for_echo(false);
    terminal.press("\n~d");
    let seen = terminal.end();
    let shown = plain(&seen);
    assert!(
        shown.contains("\na\nFirst: ~one\n~one\nSecond: ~d\n~d\nLeft running on localhost."),
        "{shown:?}"
    );
    assert_eq!((seen.status, seen.echoes), (75, true));
}

#[test]
fn ctrl_c_stops_a_line_and_gives_the_terminal_back() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    run_line(&mut terminal, LONG);
    terminal.wait_for("\na\n", 1);
    terminal.wait_for_echo(false);
    terminal.press("\x03");
    terminal.wait_for("Error: The pipeline has been stopped.", 1);
    terminal.wait_for(PROMPT, 2);
    run_line(&mut terminal, "exit");
    let seen = terminal.end();
    assert_eq!((seen.status, seen.echoes), (0, true), "{seen:?}");
}

#[test]
fn a_command_is_left_and_received_and_given_up() {
    let place = Place::new();
    let mut terminal = running(&invoking(&place, &[], LONG));
    terminal.press("~?");
    terminal.wait_for(HELP, 1);
    terminal.press("~d");
    let seen = terminal.end();
    // A session that was opened for the call is kept.
    let id = place.home.stored()[0].session.id.unwrap().0.to_string();
    let left = format!("Left running on localhost. To go on: receive-pssession -Id {id}\n");
    assert_eq!(seen.screen, format!("a\n{HELP}{left}"));
    assert_eq!((seen.status, seen.echoes), (75, true));
    assert!(!place.listener.sessions()[0].connected);

    let mut terminal = Terminal::start(&receiving(&place, &id), Shown::Everything, 100);
    terminal.wait_for_echo(false);
    terminal.press("~.");
    let seen = terminal.end();
    let left = format!(
        "Gave up the session on localhost. The command may still run there. To go on: receive-pssession -Id {id}\n"
    );
    assert_eq!((seen.screen, seen.status, seen.echoes), (left, 75, true));
    assert!(place.listener.sessions()[0].connected);
}

#[test]
fn all_commands_are_left_together() {
    let place = Place::new();
    place.connected(&["First", "Second"]);
    let args = ["-Name", "*", "-ProgressAction", "SilentlyContinue", "-ScriptBlock", LONG];
    let mut terminal = Terminal::start(&place.home.cmdlet("invoke-command", &args), Shown::Everything, 100);
    terminal.wait_for("a\n", 2);
    terminal.press("~d");
    let seen = terminal.end();
    for id in [1, 2] {
        let left = format!("Left running on localhost. To go on: receive-pssession -Id {id}\n");
        assert!(seen.screen.contains(&left), "{seen:?}");
    }
    assert_eq!(
        (seen.status, place.states()),
        (75, vec![(1, "Disconnected", "None"), (2, "Disconnected", "None")])
    );
}

#[test]
fn without_a_connection_what_is_left_is_lost() {
    for keys in ["~d", "~."] {
        let place = Place::new();
        let script = "'a'; 1..10000 | ForEach-Object { $_; Start-Sleep -Milliseconds 50 }";
        let mut terminal = running(&invoking(&place, &[], script));
        cut(&place, Effect::DropBefore);
        terminal.wait_for("The network connection to localhost has been interrupted.", 1);
        terminal.press(keys);
        let seen = terminal.end();
        let left = "\nThe connection to localhost is lost. The command may still run there.\nTo go on: receive-pssession -Id ";
        assert!(seen.screen.contains(left), "{keys} {seen:?}");
        assert_eq!((seen.status, seen.echoes), (74, true));
    }
}

#[test]
fn a_wait_for_a_silent_server_can_be_given_up() {
    for first in ["~d", "\x03"] {
        let place = Place::new();
        let mut terminal = running(&invoking(&place, &[], LONG));
        cut(&place, Effect::Never);
        terminal.press(first);
        sleep(Duration::from_millis(200));
        terminal.press("~.");
        let seen = terminal.end();
        let left = "a\nGave up the session on localhost. The command may still run there. To go on: receive-pssession -Id ";
        assert!(seen.screen.starts_with(left), "{first:?} {seen:?}");
        assert_eq!((seen.status, seen.echoes), (75, true));
    }
}

#[test]
fn what_no_one_read_is_said_to_be_lost() {
    let place = Place::new();
    let mut terminal = running(&invoking(&place, &[], LONG));
    terminal.press("ls\r\r~d");
    let seen = terminal.end();
    assert!(seen.screen.starts_with(&format!("a\n{VAIN}Left running on localhost.")), "{seen:?}");
    let mut terminal = running(&invoking(&place, &[], LONG));
    terminal.press("\r\r~d");
    let seen = terminal.end();
    assert!(seen.screen.starts_with("a\nLeft running on localhost."), "{seen:?}");
}

#[test]
fn the_terminal_is_left_alone_where_nothing_typed_is_meant_for_the_program() {
    let place = Place::new();
    for (args, shown) in [(&["--escape", "none"][..], Shown::Everything), (&[], Shown::Stderr)] {
        let terminal = Terminal::start(&invoking(&place, args, LONG), shown, 100);
        while place.actions().iter().filter(|action| *action == "Receive").count() < 2 {
            sleep(Duration::from_millis(5));
        }
        assert!(terminal.echoes());
        let id = terminal.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(terminal.end().status, 130);
        place.listener.clear_journal();
    }
}

#[test]
fn an_escape_of_a_command_can_be_another() {
    let place = Place::new();
    let mut terminal = running(&invoking(&place, &["--escape", "%"], LONG));
    terminal.press("~d\r%d");
    let seen = terminal.end();
    assert_eq!(
        (seen.status, seen.screen.starts_with(&format!("a\n{VAIN}Left running"))),
        (75, true),
        "{seen:?}"
    );
}

#[test]
fn a_request_to_end_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    for name in ["-TERM", "-INT"] {
        let terminal = running(&invoking(&place, &[], LONG));
        let id = terminal.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
        let seen = terminal.end();
        assert_eq!((seen.status, seen.echoes), (130, true), "{seen:?}");
    }
}
