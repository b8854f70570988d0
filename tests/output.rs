//! The forms of records, what a terminal gets and what a pipe, and what happens when the records are not read.

use crate::support::terminal::{Shown, Terminal};
use crate::support::{Login, Place, Seen, error, instance, no_such_name, query_error, table};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

const FORMS: [&str; 6] = ["table", "list", "json", "jsonl", "csv", "id"];

/// A time of a record as the list shows it.
fn local(time: &str) -> String {
    let time: jiff::Timestamp = time.parse().unwrap();
    time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

#[test]
fn records_as_a_list() {
    let place = Place::new();
    let ids = [place.session("First"), place.session("Second")];
    let record = |id: u32, name: &str, shell_id: &str| {
        format!(
            "
State                  : Opened
IdleTimeout            : 7200000
OutputBufferingMode    : Block
DisconnectedOn         :
ExpiresOn              :
ExpiresIn              :
LastSeen               : {}
Command                :
ComputerType           : RemoteMachine
ComputerName           : localhost
ContainerId            :
VMName                 :
VMId                   :
ConfigurationName      : Microsoft.PowerShell
InstanceId             : {}
Id                     : {id}
Name                   : {name}
Availability           : Available
ApplicationPrivateData :
Runspace               :
",
            local(&place.home.last_seen(id)),
            instance(shell_id)
        )
    };
    let seen = place.run(&["-Name", "First,Second", "--output", "list", "-ThrottleLimit", "1"]);
    seen.is(&format!("{}{}\n\n", record(1, "First", &ids[0]), record(2, "Second", &ids[1])), "", 0);
}

#[test]
fn records_as_comma_separated_values() {
    let place = Place::new();
    let quoted = place.session("a \"b\", c");
    let nameless = place.session("Second");
    let port = place.listener.http_address().port();
    let seen = place.run(&["-Name", "a*", "--output", "csv"]);
    let header = "\"Id\",\"Name\",\"InstanceId\",\"ComputerName\",\"ComputerType\",\"ConnectionUri\",\
                  \"ConfigurationName\",\"State\",\"Availability\",\"IdleTimeout\",\"OutputBufferingMode\",\
                  \"DisconnectedOn\",\"ExpiresOn\",\"LastSeen\"\n";
    let rest = format!(
        "\"localhost\",\"RemoteMachine\",\"http://localhost:{port}/wsman\",\"Microsoft.PowerShell\",\"Opened\",\
         \"Available\""
    );
    let row = format!(
        "\"1\",\"a \"\"b\"\", c\",\"{}\",{rest},\"7200000\",\"Block\",,,\"{}\"\n",
        instance(&quoted),
        place.home.last_seen(1)
    );
    seen.is(&format!("{header}{row}"), "", 0);
    // What the server is not asked for has no value.
    let seen = place.run(&["-InstanceId", &nameless, "--output", "csv"]);
    seen.is(
        &format!("{header}\"2\",,\"{}\",{rest},,,,,\"{}\"\n", instance(&nameless), place.home.last_seen(2)),
        "",
        0,
    );
}

#[test]
fn records_as_ids() {
    let place = Place::new();
    place.session("First");
    place.session("Second");
    place.run(&["-Name", "First,Second", "--output", "id", "-ThrottleLimit", "1"]).is("1\n2\n", "", 0);
}

#[test]
fn no_records_are_nothing_in_every_form() {
    let place = Place::new();
    for form in FORMS {
        let seen = place.run(&["-Name", "nosuch*", "-WarningAction", "Ignore", "--output", form]);
        seen.is(if form == "json" { "[]\n" } else { "" }, "", 0);
    }
}

#[test]
fn errors_are_json_where_records_are() {
    let place = Place::new();
    for form in FORMS {
        let seen = place.run(&["-Name", "nosuch", "--output", form]);
        if form.starts_with("json") {
            assert!(seen.stderr.starts_with("{\"Stream\":\"Error\",\"Message\":\"The command cannot find"));
            assert_eq!(seen.stderr.lines().count(), 1);
        } else {
            seen.is("", &no_such_name("nosuch"), 1);
        }
    }
}

/// A place with many sessions, and its program with this form.
fn crowded(form: &str) -> (Place, Command) {
    let place = Place::new();
    for number in 0..20 {
        place.session(&format!("Session{number}"));
    }
    let command = place.command(Login::Ntlm, &["--output", form, "-ThrottleLimit", "1"]);
    (place, command)
}

#[test]
fn a_closed_pipe_ends_it_quietly_in_every_form() {
    for form in FORMS {
        let (place, mut command) = crowded(form);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        Seen::at_end_of(child).is("", "", 0);
        assert_eq!(place.actions(), ["Enumerate", "Connect"], "{form}: it stops when its output is closed");
    }
}

#[test]
fn a_reader_that_takes_one_line_gets_it() {
    let (place, command) = crowded("id");
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\" | head -n 1", "sh"]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Seen::of(&mut shell).is("1\n", "", 0);
    assert!(place.actions().len() < 20, "it stops when its output is closed");
}

#[test]
fn a_full_disk_is_an_error_in_every_form() {
    let expected = error(
        "The records cannot be written: No space left on device (os error 28).",
        "WriteError: (:), IOException",
        "OutputUnavailable",
        None,
    );
    for form in FORMS {
        let (place, mut command) = crowded(form);
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let seen = Seen::of(command.stdout(full).stderr(Stdio::piped()));
        if form.starts_with("json") {
            assert!(seen.stderr.contains("\"The records cannot be written: No space left"), "{seen:?}");
            assert_eq!((seen.stderr.lines().count(), seen.status), (1, 1));
        } else {
            seen.is("", &expected, 1);
        }
        assert_eq!(place.actions(), ["Enumerate", "Connect"], "{form}");
    }
}

#[test]
fn help_on_a_full_disk_is_an_error() {
    let place = Place::new();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let expected = error(
        "The text cannot be written: No space left on device (os error 28).",
        "WriteError: (:), IOException",
        "OutputUnavailable",
        None,
    );
    Seen::of(place.home.program(&["--help"]).stdout(full).stderr(Stdio::piped())).is("", &expected, 1);
}

/// A name that would do harm on a terminal.
const HARMFUL: &str = "a\u{9b}31mb\u{202e}c\u{2028}d";
const HARMLESS: &str = "a\u{FFFD}31mb\u{FFFD}c\u{FFFD}d";

#[test]
fn remote_text_is_harmless_for_people_and_untouched_for_programs() {
    for form in FORMS {
        let place = Place::new();
        place.session(HARMFUL);
        let args = ["-Name", "a*", "-Verbose", "--output", form];
        let seen = Terminal::start(&place.command(Login::Ntlm, &args), Shown::Everything, 120).end();
        assert!(
            !seen.screen.contains(|c: char| HARMFUL.contains(c) && !c.is_ascii()),
            "{form}: {:?}",
            seen.screen
        );
        let shown = match form {
            "json" | "jsonl" => "a\\u009b31mb\\u202ec\\u2028d",
            _ => HARMLESS,
        };
        // Named in what -Verbose says, and in the record, where the form has names.
        let times = if form == "id" { 1 } else { 2 };
        assert_eq!(seen.screen.matches(shown).count(), times, "{form}: {:?}", seen.screen);

        let place = Place::new();
        place.session(HARMFUL);
        let seen = place.run(&args);
        let [in_records, in_words] = match form {
            "json" | "jsonl" => [HARMFUL, "a\\u009b31mb\\u202ec\\u2028d"],
            "csv" => [HARMFUL, HARMLESS],
            _ => [HARMLESS; 2],
        };
        assert_eq!(seen.stderr.matches(in_words).count(), 1, "{form}: {seen:?}");
        assert_eq!(seen.stdout.matches(in_records).count(), times - 1, "{form}: {seen:?}");
    }
}

#[test]
fn a_fault_cannot_steer_a_terminal() {
    let place = Place::new();
    let fault = Effect::Fault(5, Some(format!("{HARMFUL}\r\nend")));
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), fault.clone()));
    let seen = Terminal::start(&place.command(Login::Ntlm, &["--color", "never"]), Shown::Stderr, 80).end();
    let hint = "the user needs the right to remote there; on the server, Add-LocalGroupMember 'Remote Management Users' USER grants it";
    let expected = |message: &str| query_error(message, "AccessDenied,", Some(hint));
    let shown = expected("a\u{FFFD}31mb\u{FFFD}c d end");
    assert_eq!((&seen.screen, seen.stdout, seen.status), (&shown, String::new(), 1));
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), fault));
    place.run(&[]).is("", &shown, 1);
}

#[test]
fn a_question_cannot_steer_a_terminal() {
    let place = Place::new();
    place.session(HARMFUL);
    let mut terminal = Terminal::start(&place.command(Login::Ntlm, &["-Confirm"]), Shown::Nothing, 80);
    terminal.wait_for("(default is \"Y\"): ", 1);
    terminal.press("n\n");
    let seen = terminal.end();
    let line = format!("\nPerforming the operation \"Connect\" on target \"{HARMLESS}\".\n");
    assert!(seen.screen.contains(&line) && seen.status == 0, "{seen:?}");
}

#[test]
fn a_table_fits_its_window() {
    for (columns, width) in
        [(1, 0), (2, 1), (4, 3), (5, 3), (30, 29), (60, 59), (84, 83), (85, 84), (200, 84)]
    {
        let place = Place::new();
        place.session("備份工作備份工作備份工作");
        let seen = Terminal::start(&place.command(Login::Ntlm, &[]), Shown::Stdout, columns).end();
        let widest = seen.screen.lines().map(|line| line.width()).max().unwrap();
        assert_eq!(widest, width, "{columns}: {}", seen.screen);
        assert_eq!((seen.screen.lines().count(), seen.stderr.as_str(), seen.status), (6, "", 0));
    }
}

#[test]
fn a_table_in_a_pipe_is_as_wide_as_columns_says() {
    let place = Place::new();
    place.session("備份工作備份工作");
    let mut command = place.command(Login::Ntlm, &[]);
    let narrow =
        "\n Id Name            Comp...\n -- ----            -------\n  1 備份工作備份... loca...\n\n\n";
    Seen::of(command.env("COLUMNS", "28")).is(narrow, "", 0);
}

#[test]
fn errors_are_red_and_warnings_yellow_on_a_terminal() {
    let red = format!("\x1b[31m{}\x1b[0m\n", no_such_name("nosuch").trim_end());
    let yellow = "\x1b[33mWARNING: No session's name matches \"no*\".\x1b[0m\n";
    let args = ["-Name", "no*,nosuch"];
    let place = Place::new();
    let on_terminal = |args: &[&str], variable: Option<&str>| {
        let mut command = place.command(Login::Ntlm, &[&["-Name", "no*,nosuch"], args].concat());
        command.envs(variable.map(|value| ("NO_COLOR", value)));
        Terminal::start(&command, Shown::Stderr, 80).end().screen
    };
    let colorful = format!("{yellow}{red}");
    let plain = format!("WARNING: No session's name matches \"no*\".\n{}", no_such_name("nosuch"));
    assert_eq!(on_terminal(&[], None), colorful);
    assert_eq!(on_terminal(&[], Some("")), colorful);
    assert_eq!(on_terminal(&[], Some("1")), plain);
    assert_eq!(on_terminal(&["--color", "always"], Some("1")), colorful);
    assert_eq!(on_terminal(&["--color", "never"], None), plain);
    place.run(&args).is("", &plain, 1);
    place.run(&[&args[..], &["--color", "always"]].concat()).is("", &colorful, 1);
    let seen = place.run(&[&args[..], &["--color", "always", "--output", "jsonl"]].concat());
    assert!(!seen.stderr.contains('\x1b'), "{seen:?}");
}

/// What is left on a screen of lines that were erased again.
fn left(screen: &str) -> String {
    screen.split('\n').map(|line| line.rsplit("\x1b[2K").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_takes_long_is_shown_and_erased_again() {
    let place = Place::new();
    place.session("ITTask");
    let delay = Effect::Delay(Duration::from_secs(1));
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), delay.clone()));
    let seen = Terminal::start(&place.command(Login::Ntlm, &[]), Shown::Everything, 60).end();
    assert!(seen.screen.contains(" Asking localhost for its sessions at http://localhost:..."), "{seen:?}");
    let narrow = "
 Id Name            ComputerName    State         Config...
 -- ----            ------------    -----         ---------
  1 ITTask          localhost       Opened        Micros...


";
    assert_eq!((left(&seen.screen).as_str(), seen.status), (narrow, 0), "{:?}", seen.screen);

    // Not where it is not wanted, and not in a pipe.
    let place = Place::new();
    for args in [&["-ProgressAction", "SilentlyContinue"][..], &["-ProgressAction", "Ignore"], &["-Verbose"]]
    {
        place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), delay.clone()));
        let seen = Terminal::start(&place.command(Login::Ntlm, args), Shown::Stderr, 60).end();
        assert!(!seen.screen.contains("\x1b[2K"), "{seen:?}");
    }
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), delay));
    place.run(&[]).is("", "WARNING: localhost has no sessions to connect to.\n", 0);
}

#[test]
fn what_is_over_soon_is_not_shown() {
    let place = Place::new();
    place.session("ITTask");
    let seen = Terminal::start(&place.command(Login::Ntlm, &[]), Shown::Everything, 120).end();
    let row = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";
    // A machine that has much else to do may be slow even at this.
    assert_eq!(left(&seen.screen), table(&[row]));
}

#[test]
fn a_question_owns_the_terminal_whatever_was_typed_before_it() {
    // Half a line is no part of the answer; whole lines are answers, and are shown behind their questions.
    for (ahead, answers) in [("a", "n\n"), ("n\nn\n", "")] {
        let place = Place::new();
        let sessions = [place.session("One"), place.session("Two")];
        let delay = Effect::Delay(Duration::from_secs(1));
        place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), delay));
        let args = ["-Confirm", "-ThrottleLimit", "1"];
        let mut terminal = Terminal::start(&place.command(Login::Ntlm, &args), Shown::Everything, 120);
        terminal.wait_for(" Asking localhost for its sessions", 1);
        terminal.press(ahead);
        for question in 1..=2 {
            terminal.wait_for("(default is \"Y\"): ", question);
            terminal.press(answers);
        }
        let seen = terminal.end();
        let answered = "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): n\n";
        assert_eq!(left(&seen.screen).matches(answered).count(), 2, "{ahead:?}: {:?}", seen.screen);
        assert_eq!(seen.status, 0, "{ahead:?}");
        assert!(!sessions.iter().any(|session| place.is_connected(session)), "{ahead:?}");
    }
}
