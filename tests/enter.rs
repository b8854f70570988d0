//! Lines that are typed in a session, at a terminal and through a pipe.

use crate::support::terminal::{SeenOnTerminal, Shown, Terminal};
use crate::support::{Home, Login, Place, Seen, error_of};
use std::os::unix::fs::MetadataExt;
use std::process::Command;

pub const PROMPT: &str = "[localhost]: PS C:\\> ";

pub fn opening(place: &Place) -> Command {
    let to = place.to(Login::Ntlm);
    place.home.cmdlet("enter-pssession", &to.iter().map(String::as_str).collect::<Vec<_>>())
}

pub fn known(place: &Place, args: &[&str]) -> Command {
    place.home.cmdlet("enter-pssession", args)
}

fn piped(place: &Place, command: Command, lines: &str) -> Seen {
    Seen::of(&mut place.home.fed(command, lines))
}

/// A terminal in which a session was entered.
pub fn entered(command: &Command) -> Terminal {
    let terminal = Terminal::start(command, Shown::Everything, 100);
    terminal.wait_for(PROMPT, 1);
    terminal
}

/// What is seen once what steers the terminal is left out.
pub fn plain(seen: &SeenOnTerminal) -> String {
    let mut text = String::new();
    let mut rest = seen.screen.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        text += before;
        let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |end| end + 1);
        rest = &after[end..];
    }
    (text + rest).replace('\r', "")
}

#[test]
fn lines_are_run_one_after_the_other() {
    let place = Place::new();
    let lines = "$x = 'kept'\n\nWrite-Output $x\nWrite-Error bad\nhostname\n'a\nb'\nWrite-Warning careful\n";
    let seen = piped(&place, opening(&place), lines);
    seen.is("kept\nSERVER01\na\nb\n", "Write-Error: bad\nWARNING: careful\n", 0);
    assert!(place.listener.sessions().is_empty(), "a session that was opened for it is closed");
}

#[test]
fn the_status_is_that_of_exit_or_of_the_last_line() {
    let place = Place::new();
    for (lines, status) in [
        ("", 0),
        ("'a'\n", 0),
        ("Write-Error bad\n", 1),
        ("Write-Error bad\n'a'", 0),
        ("throw 'bad'\n", 1),
        ("'a\n", 1),
        ("exit 5\n'not run'\n", 5),
        ("Write-Error bad\nexit\n", 0),
        ("'a'; exit 6\n'not run'\n", 6),
        ("exit 3010\n", 255),
        ("Exit-PSSession\n'not run'\n", 0),
    ] {
        let seen = piped(&place, opening(&place), lines);
        assert_eq!((seen.status, seen.stdout.contains("not run")), (status, false), "{lines:?}: {seen:?}");
    }
}

#[test]
fn a_statement_that_is_not_complete_is_an_error_at_the_end() {
    let place = Place::new();
    let seen = piped(&place, opening(&place), "'a\nb\n");
    let expected = "ParserError: The string is missing the terminator: '.\n";
    seen.is("", expected, 1);
}

#[test]
fn a_known_session_stays_and_is_entered_again_at_once() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    for (lines, expected) in [("$x = 'kept'\n", ""), ("$x\n", "kept\n"), ("$x\n", "kept\n")] {
        piped(&place, known(&place, &["-Id", "1"]), lines).is(expected, "", 0);
    }
    piped(&place, known(&place, &["-Name", "ittask"]), "$x\n").is("kept\n", "", 0);
    assert!(place.is_connected(shell_id));
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}

#[test]
fn a_line_at_a_terminal_is_completed_and_may_go_on() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("hostn\t\r");
    terminal.wait_for("SERVER01", 1);
    terminal.wait_for(PROMPT, 2);
    terminal.press("Get-\t");
    terminal.press("\t");
    terminal.wait_for("Get-Service", 1);
    terminal.press("\x15'two\r");
    terminal.wait_for(">> ", 1);
    terminal.press("lines'\r");
    terminal.wait_for(">> ", 2);
    terminal.press("\r");
    terminal.wait_for("two\nlines\n", 1);
    terminal.press("Read-Host Name\r");
    terminal.wait_for("Name: ", 1);
    terminal.press("Alice\n");
    terminal.wait_for("Alice", 2);
    terminal.press("exit 5\r");
    let seen = terminal.end();
    assert_eq!((seen.status, seen.echoes), (5, true), "{seen:?}");
    assert!(plain(&seen).contains(&format!("{PROMPT}hostname\nSERVER01\n")), "{:?}", plain(&seen));
}

#[test]
fn lines_that_are_typed_ahead_are_run() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("'one'\r'two'\r'three\rfour'\r\r'five'\rexit 4\r");
    let seen = terminal.end();
    let shown = plain(&seen);
    for text in ["one\n", "two\n", "three\nfour\n", "five\n"] {
        assert!(shown.contains(&format!("\n{text}")), "{text:?} in {shown:?}");
    }
    assert_eq!(seen.status, 4);
}

#[test]
fn ctrl_c_stops_the_line_and_not_the_session() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("'runs'; Wait-Event; 'not run'\r");
    terminal.wait_for("\nruns", 1);
    terminal.press("\x03");
    terminal.wait_for("Error: The pipeline has been stopped.", 1);
    terminal.wait_for(PROMPT, 2);
    // The line that is typed is given up.
    terminal.press("'typed'\x03");
    terminal.wait_for(PROMPT, 3);
    terminal.press("'three\r");
    terminal.wait_for(">> ", 1);
    terminal.press("\x03");
    terminal.wait_for(PROMPT, 4);
    terminal.press("'goes on'\r");
    terminal.wait_for("\ngoes on\n", 1);
    terminal.press("exit\r");
    let seen = terminal.end();
    assert_eq!((seen.status, seen.screen.contains("\nnot run")), (0, false), "{seen:?}");
}

#[test]
fn ctrl_c_at_a_question_stops_the_script_that_asks() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("Read-Host Name; 'went on'\r");
    terminal.wait_for("Name: ", 1);
    terminal.press("\x03");
    terminal.wait_for("Error: The pipeline has been stopped.", 1);
    terminal.wait_for(PROMPT, 2);
    terminal.press("'still here'\r");
    terminal.wait_for("\nstill here\n", 1);
    terminal.press("exit\r");
    let seen = terminal.end();
    assert_eq!((seen.status, seen.screen.contains("\nwent on")), (0, false), "{seen:?}");
}

#[test]
fn a_session_is_left_and_come_back_to() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("$x = 'kept'\r");
    terminal.wait_for(PROMPT, 2);
    terminal.press("~?\r");
    terminal.wait_for("~d  leave; the session goes on    ~.  give up at once", 1);
    terminal.press("~d\r");
    let seen = terminal.end();
    let last = "\nLeft localhost. To come back: enter-pssession -Id 1\n";
    assert!(seen.screen.ends_with(last) && seen.status == 75 && seen.echoes, "{seen:?}");
    assert_eq!(place.states(), [(1, "Disconnected", "None")]);

    let mut terminal = entered(&known(&place, &["-Id", "1"]));
    terminal.press("$x\r");
    terminal.wait_for("\nkept\n", 1);
    let connected: Vec<bool> = place.listener.sessions().iter().map(|session| session.connected).collect();
    terminal.press("~.\r");
    let seen = terminal.end();
    let last = "\nGave up the session on localhost. To come back: enter-pssession -Id 1\n";
    assert!(seen.screen.ends_with(last) && seen.status == 75, "{seen:?}");
    assert_eq!((connected, place.states()), (vec![true], vec![(1, "Opened", "Available")]));
    piped(&place, known(&place, &["-Id", "1"]), "$x\n").is("kept\n", "", 0);
}

#[test]
fn an_escape_can_be_another_or_none() {
    let place = Place::new();
    let mut terminal = entered(&known_after_left(&place, &["--escape", "%"]));
    terminal.press("%d\r");
    assert_eq!(terminal.end().status, 75);
    let mut terminal = entered(&known(&place, &["-Id", "1", "--escape", "none"]));
    terminal.press("~d\r");
    terminal.wait_for("~d", 2);
    terminal.wait_for(PROMPT, 2);
    terminal.press("\x04");
    assert_eq!(terminal.end().status, 1);
    let seen = Seen::of(&mut known(&place, &["-Id", "1", "--escape", "ab"]));
    assert_eq!(seen.status, 2);
    assert!(seen.stderr.contains("String must be exactly one character long."), "{seen:?}");
}

/// The command that enters a session that is known and disconnected.
fn known_after_left(place: &Place, args: &[&str]) -> Command {
    place.left(&["ITTask"]);
    known(place, &[&["-Id", "1"], args].concat())
}

#[test]
fn what_was_typed_is_kept_for_its_user_and_answers_are_not() {
    let place = Place::new();
    let mut terminal = entered(&opening(&place));
    terminal.press("Read-Host Name\r");
    terminal.wait_for("Name: ", 1);
    terminal.press("answer\n");
    terminal.wait_for("answer", 2);
    terminal.press(" 'behind a blank'\r");
    terminal.wait_for("\nbehind a blank\n", 1);
    terminal.press("exit\r");
    assert_eq!(terminal.end().status, 0);
    let file = place.home.store().join("history");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "\"Read-Host Name\"\n\"exit\"\n");
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let mut terminal = entered(&opening(&place));
    terminal.press("\x1b[A\x1b[A\r");
    terminal.wait_for("Name: ", 1);
    terminal.press("Bob\nexit\r");
    assert_eq!(terminal.end().status, 0);
}

#[test]
fn a_request_to_end_at_the_prompt_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    let terminal = entered(&opening(&place));
    let id = terminal.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let seen = terminal.end();
    assert_eq!((seen.status, seen.echoes), (130, true), "{seen:?}");
}

#[test]
fn one_session_is_entered_or_none() {
    let place = Place::new();
    let shell_ids = place.connected(&["Twice", "Other"]);
    place.session("Twice");
    assert_eq!(place.run(&["-Name", "Twice"]).status, 0);
    let seen = piped(&place, known(&place, &["-Name", "Twice"]), "'not run'\n");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{seen:?}");
    let expected = error_of(
        "Enter-PSSession",
        "Multiple matches found for name Twice.",
        "InvalidArgument: (Twice:String), ArgumentException",
        "RemoteRunspaceHasMultipleMatchesForSpecifiedName",
        Some("get-pssession shows the known sessions; -Id chooses one"),
    );
    assert_eq!(seen.stderr, expected);
    let seen = piped(&place, known(&place, &["-Name", "T*"]), "'not run'\n");
    assert!(seen.stderr.contains("RemoteRunspaceNotAvailableForSpecifiedName,"), "{seen:?}");
    for args in [&["-Id", "1,2"][..], &["one,two"], &["-Name", "a,b"]] {
        let seen = piped(&place, known(&place, args), "");
        assert_eq!(seen.status, 2, "{seen:?}");
        assert!(seen.stderr.contains("Specified method is not supported."), "{seen:?}");
    }
    place.lost_to(&Home::new(), &shell_ids[1], "Other");
    let seen = piped(&place, known(&place, &["-Name", "Other"]), "'not run'\n");
    assert!(seen.stderr.contains("EnterPSSessionCannotConnectDisconnectedSession,"), "{seen:?}");
    let seen = piped(&place, known(&place, &["-ComputerName", "server.invalid"]), "");
    assert!(seen.stderr.contains("FullyQualifiedErrorId : CreateRemoteRunspaceFailed\n"), "{seen:?}");
    assert_eq!(seen.status, 1);
}
