//! Ctrl-C, a request to end, and a kill, while something is under way.

use crate::support::terminal::{Shown, Terminal};
use crate::support::{Login, PASSWORD, Place, Seen, table};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn start(place: &Place, args: &[&str]) -> Child {
    place.command(Login::Ntlm, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    signal_id(child.id(), name);
}

fn signal_id(id: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for something that is in progress.
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
fn an_interrupt_leaves_nothing_of_what_was_shown_while_waiting() {
    let place = Place::new();
    delay(&place, Verb::Enumerate, 60);
    let mut terminal = Terminal::start(&place.command(Login::Ntlm, &[]), Shown::Everything, 120);
    terminal.wait_for(" Asking localhost for its sessions at http://localhost:", 1);
    terminal.press("\x03");
    let seen = terminal.end();
    // The cursor is back where it was, and the line is empty.
    assert!(seen.screen.ends_with("\r\x1b[2K") && !seen.screen.contains('\n'), "{seen:?}");
    assert_eq!(seen.status, 130);
}

#[test]
fn an_interrupted_connect_is_finished_and_nothing_begun() {
    let place = Place::new();
    let first = place.session("First");
    let second = place.session("Second");
    delay(&place, Verb::Connect, 1);
    let child = start(&place, &["-Name", "First,Second", "-ThrottleLimit", "1"]);
    wait_until(|| place.listener.counters().http_requests == 3);
    signal(&child, "INT");
    let row = "  1 First           localhost       Opened        Microsoft.PowerShell     Available";
    Seen::at_end_of(child).is(&table(&[row]), "", 130);
    assert!(place.is_connected(&first) && !place.is_connected(&second));
}

/// There is one connection until its first request is answered: the others wait for it, and are withdrawn.
#[test]
fn an_interrupt_withdraws_what_still_waits_for_a_connection() {
    let place = Place::new();
    let shell_ids = place.connected(&["First", "Second", "Third"]);
    let before = place.states();
    for (cmdlet, verb) in [("connect-pssession", Verb::Reconnect), ("disconnect-pssession", Verb::Disconnect)]
    {
        place.listener.clear_journal();
        place.listener.inject(Injection::new(Target::Verb(verb), Effect::Delay(Duration::from_secs(1))));
        let mut command = place.home.cmdlet(cmdlet, &["-Name", "*", "--output", "id"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| place.listener.counters().http_requests == 2);
        signal(&child, "INT");
        let seen = Seen::at_end_of(child);
        assert_eq!(
            (seen.stdout.lines().count(), seen.stderr.as_str(), seen.status),
            (1, "", 130),
            "{seen:?}"
        );
        assert_eq!(place.actions().len(), 1, "{:?}", place.actions());
    }
    assert_eq!(shell_ids.iter().filter(|shell_id| place.is_connected(shell_id)).count(), 2);
    assert_eq!(place.states().iter().filter(|state| before.contains(state)).count(), 2);
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

/// Ends a run at an open question; gives what the screen shows after the question.
#[track_caller]
fn at_question(command: &Command, question: &str, interrupt: impl FnOnce(&mut Terminal)) -> String {
    let mut terminal = Terminal::start(command, Shown::Nothing, 120);
    terminal.wait_for(question, 1);
    interrupt(&mut terminal);
    let seen = terminal.end();
    assert_eq!((seen.stdout.as_str(), seen.stderr.as_str(), seen.status), ("", "", 130), "{seen:?}");
    assert!(seen.echoes, "what is typed is not seen any more");
    seen.screen.split_once(question).unwrap().1.to_owned()
}

const MENU: &str = "[?] Help (default is \"Y\"): ";

#[test]
fn ctrl_c_at_a_confirmation_ends_it_at_once() {
    let place = Place::new();
    let shells = ["First", "Second"].map(|name| place.session(name));
    let command = place.command(Login::Ntlm, &["-Name", "First,Second", "-Confirm"]);
    for keys in ["\x03", "ye\x03"] {
        // A terminal may throw away what it has not shown yet.
        let shown = at_question(&command, MENU, |terminal| terminal.press(keys));
        assert!(["^C\n", "ye^C\n"].contains(&shown.as_str()), "{shown:?}");
    }
    for name in ["INT", "TERM"] {
        assert_eq!(at_question(&command, MENU, |terminal| signal_id(terminal.id(), name)), "\n");
    }
    assert!(shells.iter().all(|shell_id| !place.is_connected(shell_id)));
    assert_eq!(place.actions(), ["Enumerate"; 4]);
}

#[test]
fn ctrl_c_at_an_inquiry_ends_it_at_once() {
    let place = Place::new();
    place.busy_session("First");
    let second = place.session("Second");
    let args = ["-Name", "First,Second", "-ErrorAction", "Inquire", "-ThrottleLimit", "1"];
    let command = place.command(Login::Ntlm, &args);
    assert_eq!(at_question(&command, MENU, |terminal| terminal.press("\x03")), "^C\n");
    let command = place.command(Login::Ntlm, &["-Name", "no*,Second", "-WarningAction", "Inquire"]);
    let mut terminal = Terminal::start(&command, Shown::Nothing, 120);
    terminal.wait_for(MENU, 1);
    terminal.press("\x03");
    let seen = terminal.end();
    // The Id that was taken ahead for it before is not given again.
    let row = "  2 Second          localhost       Opened        Microsoft.PowerShell     Available";
    let expected = "WARNING: No session's name matches \"no*\".\n";
    assert_eq!((seen.stdout, seen.stderr.as_str(), seen.status), (table(&[row]), expected, 130));
    assert!(place.is_connected(&second), "what was connected before stays so");
}

#[test]
fn a_password_is_asked_for_without_being_seen() {
    let place = Place::new();
    place.session("ITTask");
    let mut command = place.command(Login::Ntlm, &[]);
    command.env_remove("PSSESSION_PASSWORD");
    let mut terminal = Terminal::start(&command, Shown::Nothing, 120);
    terminal.wait_for("Password for user alice: ", 1);
    assert!(!terminal.echoes());
    terminal.press(&format!("wrong\x15{PASSWORD}\n"));
    let seen = terminal.end();
    let row = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";
    assert_eq!(seen.screen, "Password for user alice: \n");
    assert_eq!((seen.stdout, seen.stderr.as_str(), seen.status), (table(&[row]), "", 0));
    assert!(seen.echoes);
}

#[test]
fn ctrl_c_at_a_password_ends_it_at_once() {
    let place = Place::new();
    let mut command = place.command(Login::Ntlm, &[]);
    command.env_remove("PSSESSION_PASSWORD");
    for keys in ["\x03", "Passw\x03"] {
        assert_eq!(at_question(&command, "Password for user alice: ", |terminal| terminal.press(keys)), "\n");
    }
    assert_eq!(place.listener.counters().http_requests, 0);
}

#[test]
fn an_end_of_input_at_a_password_is_no_password() {
    let place = Place::new();
    let mut command = place.command(Login::Ntlm, &[]);
    command.env_remove("PSSESSION_PASSWORD");
    let mut terminal = Terminal::start(&command, Shown::Nothing, 120);
    terminal.wait_for("Password for user alice: ", 1);
    terminal.press("\x04");
    let seen = terminal.end();
    assert!(seen.stderr.contains("PasswordUnavailable") && seen.status == 2 && seen.echoes, "{seen:?}");
}

#[test]
fn ctrl_c_at_a_missing_parameter_ends_it_at_once() {
    let place = Place::new();
    let command = place.home.program::<&str>(&[]);
    assert_eq!(at_question(&command, "Name[0]: ", |terminal| terminal.press("\x03")), "^C\n");
    let first = |terminal: &mut Terminal| {
        terminal.press("First\n");
        terminal.wait_for("Name[1]: ", 1);
        terminal.press("\x03");
    };
    assert_eq!(at_question(&command, "Name[0]: ", first), "First\nName[1]: ^C\n");
}
