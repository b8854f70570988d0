//! The common parameters: preferences, and files in the place of variables.

use crate::support::terminal::{Shown, Terminal};
use crate::support::{HELD_BY_ALICE, Home, LIST_PARAMETERS, Login, Place, Seen, error, no_such_name, table};
use std::process::Command;

const FIRST: &str = "  1 First           localhost       Opened        Microsoft.PowerShell     Available";
const SECOND: &str = "  1 Second          localhost       Opened        Microsoft.PowerShell     Available";

/// The error of a session that another client holds.
fn held(name: &str) -> String {
    error(
        &format!("{}.", held_message(name)),
        &format!("InvalidOperation: ([PSSession]{name}:PSSession), RuntimeException"),
        "PSSessionConnectFailed",
        Some(HELD_BY_ALICE),
    )
}

fn held_message(name: &str) -> String {
    format!(
        "Cannot connect PSSession \"{name}\", either because it is not in the Disconnected state, or it is not available \
         for connection"
    )
}

/// The error of a run that a preference or a person ended.
fn stopped(message: &str) -> String {
    error(
        &format!("The running command stopped because {message}"),
        "OperationStopped: (:), ParentContainsErrorRecordException",
        "ActionPreferenceStop",
        None,
    )
}

/// Another client holds First, but not Second.
fn place() -> (Place, String) {
    let place = Place::new();
    place.busy_session("First");
    let second = place.session("Second");
    (place, second)
}

const BOTH: [&str; 2] = ["-Name", "First,Second"];

fn both(args: &[&'static str]) -> Vec<&'static str> {
    [&BOTH[..], args].concat()
}

#[test]
fn error_action_stop_asks_no_further_computer() {
    let (first, second) = (Place::new(), Place::new());
    second.session("ITTask");
    let uris = format!("http://127.0.0.1:1/wsman,{}", second.listener.http_url());
    let args = ["-ConnectionUri", &uris, "-ThrottleLimit", "1", "-EA", "Stop"];
    let seen = Seen::of(&mut first.home.program(&args));
    assert!(
        seen.stderr.starts_with("Connect-PSSession : The remote session query failed for 127.0.0.1 with")
    );
    assert_eq!(
        (seen.stdout.as_str(), seen.stderr.lines().count(), seen.status),
        ("", 4, 1),
        "{}",
        seen.stderr
    );
    assert_eq!(second.listener.counters().http_requests, 0);
}

#[test]
fn errors_that_are_not_shown_still_count() {
    for action in ["SilentlyContinue", "Ignore", "0", "4"] {
        let (place, _) = place();
        place.run(&both(&["-ErrorAction", action])).is(&table(&[SECOND]), "", 1);
    }
}

/// The program at a terminal that is asked about First.
fn at_question(place: &Place, args: &[&'static str]) -> Terminal {
    let terminal = Terminal::start(&place.command(Login::Ntlm, &both(args)), Shown::Nothing, 120);
    terminal.wait_for("(default is \"Y\"): ", 1);
    terminal
}

const INQUIRY: &str = "[Y] Yes  [A] Yes to All  [H] Halt Command  [?] Help (default is \"Y\"): ";

#[test]
fn error_action_inquire_asks_whether_to_go_on() {
    let question = format!("\nConfirm\n{}.\n{INQUIRY}", held_message("First"));
    let help = "Y - Continue with only the next step of the operation.\nA - Continue with all the steps of the \
                operation.\nH - Stop this command.\n";
    for (keys, typed) in [("\n", "\n"), ("yes\n", "yes\n"), ("A\n", "A\n")] {
        let (place, second) = place();
        let mut terminal = at_question(&place, &["-ErrorAction", "Inquire", "-ThrottleLimit", "1"]);
        assert!(!place.is_connected(&second));
        terminal.press(keys);
        let seen = terminal.end();
        assert_eq!(seen.screen, format!("{question}{typed}"));
        assert_eq!((seen.stdout, seen.stderr, seen.status), (table(&[SECOND]), held("First"), 1));
    }
    let (place, second) = place();
    let mut terminal = at_question(&place, &["-ErrorAction", "Inquire", "-ThrottleLimit", "1"]);
    terminal.press("?\n");
    terminal.wait_for(INQUIRY, 2);
    terminal.press("perhaps\n");
    terminal.wait_for(INQUIRY, 3);
    terminal.press("h\n");
    let seen = terminal.end();
    assert_eq!(seen.screen, format!("{question}?\n{help}{INQUIRY}perhaps\n{INQUIRY}h\n"));
    let halted = stopped("the user selected the Stop option.");
    assert_eq!((seen.stdout.as_str(), seen.stderr, seen.status), ("", halted, 1));
    assert!(!place.is_connected(&second));
}

#[test]
fn yes_to_all_asks_no_more() {
    let place = Place::new();
    for name in ["First", "Second", "Third"] {
        place.busy_session(name);
    }
    let args = ["-Name", "First,Second,Third", "-ErrorAction", "Inquire", "-ThrottleLimit", "1"];
    let mut terminal = Terminal::start(&place.command(Login::Ntlm, &args), Shown::Nothing, 120);
    terminal.wait_for(INQUIRY, 1);
    terminal.press("y\n");
    terminal.wait_for(INQUIRY, 2);
    terminal.press("a\n");
    let seen = terminal.end();
    assert_eq!(seen.screen.matches(INQUIRY).count(), 2);
    assert_eq!((seen.stderr, seen.status), (["First", "Second", "Third"].map(held).concat(), 1));
}

/// The same program in a session of its own, which has no terminal.
fn without_terminal(command: &Command) -> Command {
    let mut apart = Command::new("setsid");
    apart.arg("--wait").arg(command.get_program()).args(command.get_args()).env_clear();
    apart.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    apart
}

#[test]
fn inquire_needs_a_terminal() {
    let (place, second) = place();
    let command = place.command(Login::Ntlm, &both(&["-ErrorAction", "Inquire", "-ThrottleLimit", "1"]));
    let seen = Seen::of(&mut without_terminal(&command));
    let no_terminal = error(
        "The question whether to continue cannot be asked: No such device or address (os error 6).",
        "InvalidArgument: (:), ArgumentException",
        "InquiryUnavailable",
        Some("Inquire needs a terminal; Continue and Stop need none"),
    );
    seen.is("", &format!("{}{no_terminal}", held("First")), 1);
    assert!(!place.is_connected(&second));
}

const WARNING: &str = "WARNING: No session's name matches \"no*\".\n";

#[test]
fn warning_action_stop_makes_a_warning_fatal() {
    let (first, second) = (Place::new(), Place::new());
    second.session("ITTask");
    let uris = format!("{},{}", first.listener.http_url(), second.listener.http_url());
    let args = ["-ConnectionUri", &uris, "-ThrottleLimit", "1", "-WarningAction", "Stop"];
    let seen = Seen::of(&mut first.home.program(&args));
    let warning = "127.0.0.1 has no sessions to connect to.";
    let fatal = stopped(&format!(
        "the preference variable \"WarningPreference\" or common parameter is set to Stop: {warning}"
    ));
    seen.is("", &format!("WARNING: {warning}\n{fatal}"), 1);
    assert_eq!(second.listener.counters().http_requests, 0);
}

#[test]
fn a_fatal_warning_before_anything_is_done_does_nothing() {
    let (place, _) = place();
    let mut command =
        place.command(Login::Ntlm, &both(&["-PipelineVariable", "x", "-WarningAction", "Stop"]));
    // No password is asked for either.
    let seen = Seen::of(&mut without_terminal(command.env_remove("PSSESSION_PASSWORD")));
    assert!(seen.stderr.ends_with(&stopped(
        "the preference variable \"WarningPreference\" or common parameter is set to Stop: -PipelineVariable has no \
         effect: this program has no variables."
    )));
    assert_eq!((seen.stdout.as_str(), seen.status, place.listener.counters().http_requests), ("", 1, 0));
}

#[test]
fn warning_action_inquire_asks_whether_to_go_on() {
    let question = format!("\nConfirm\nContinue with this operation?\n{INQUIRY}");
    let place = Place::new();
    let args = ["-Name", "no*,nosuch", "-WarningAction", "Inquire"];
    for (keys, expected) in [
        ("y\n", no_such_name("nosuch")),
        ("h\n", stopped("the user selected the Stop option.") + &no_such_name("nosuch")),
    ] {
        let mut terminal = Terminal::start(&place.command(Login::Ntlm, &args), Shown::Nothing, 120);
        terminal.wait_for(INQUIRY, 1);
        terminal.press(keys);
        let seen = terminal.end();
        assert_eq!(seen.screen, format!("{question}{keys}"));
        assert_eq!(
            (seen.stdout, seen.stderr, seen.status),
            (String::new(), format!("{WARNING}{expected}"), 1)
        );
    }
}

#[test]
fn warnings_that_are_not_wanted_are_not_shown() {
    let place = Place::new();
    for action in ["SilentlyContinue", "Ignore"] {
        place.run(&["-Name", "no*", "-WarningAction", action]).is("", "", 0);
    }
    for action in ["SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore"] {
        place.run(&["-Name", "no*", "-InformationAction", action]).is("", WARNING, 0);
    }
}

/// The contents of files in a home.
fn files<const N: usize>(home: &Home, names: [&str; N]) -> [String; N] {
    names.map(|name| std::fs::read_to_string(home.path().join(name)).unwrap())
}

const ERROR_LINE: &str = "{\"Stream\":\"Error\",\"Message\":\"The command cannot find a PSSession that has the name \
                          \\\"nosuch\\\".\",\"CategoryInfo\":{\"Category\":\"InvalidOperation\",\"Activity\":\
                          \"Connect-PSSession\",\"Reason\":\"RuntimeException\",\"TargetName\":\"nosuch\",\
                          \"TargetType\":\"String\"},\"FullyQualifiedErrorId\":\"PSSessionNameMatchFail,\
                          Microsoft.PowerShell.Commands.ConnectPSSessionCommand\",\"Hint\":\"get-pssession \
                          -ComputerName NAME lists the sessions on a server\"}\n";
const WARNING_LINE: &str =
    "{\"Stream\":\"Warning\",\"Message\":\"No session's name matches \\\"no*\\\".\"}\n";

#[test]
fn variables_are_files() {
    let place = Place::new();
    place.session("First");
    let home = place.home.path().to_str().unwrap().to_owned();
    let name = |name: &str| format!("{home}/{name}");
    let args = [
        ["-Name", "First,no*,nosuch"],
        ["-ErrorVariable", &name("errors")],
        ["-WarningVariable", &format!("file:{home}/warnings")],
        ["-InformationVariable", &name("information")],
        ["-OutVariable", &name("out")],
    ];
    place.home.write("errors", "what was there before\n");
    let seen = place.run(args.as_flattened());
    seen.is(&table(&[FIRST]), &format!("{WARNING}{}", no_such_name("nosuch")), 1);
    let [errors, warnings, information, out] =
        files(&place.home, ["errors", "warnings", "information", "out"]);
    assert_eq!((errors.as_str(), warnings.as_str(), information.as_str()), (ERROR_LINE, WARNING_LINE, ""));
    assert!(
        out.starts_with("{\"Id\":1,\"Name\":\"First\",\"InstanceId\":") && out.lines().count() == 1,
        "{out}"
    );
}

#[test]
fn a_plus_sign_appends() {
    let place = Place::new();
    let (once, always) = (place.home.write("once", "before\n"), place.home.write("always", "before\n"));
    for _ in 0..2 {
        let args = ["-Name", "no*,nosuch", "-ev", &once, "-wv", &format!("+{always}"), "-WarningAction", "0"];
        place.run(&args).is("", &no_such_name("nosuch"), 1);
    }
    let [once, always] = files(&place.home, ["once", "always"]);
    assert_eq!((once, always), (ERROR_LINE.to_owned(), format!("before\n{WARNING_LINE}{WARNING_LINE}")));
}

#[test]
fn two_parameters_may_name_one_file() {
    let place = Place::new();
    let file = place.home.write("all", "before\n");
    let args = ["-Name", "no*,nosuch", "-ev", &file, "-wv", &file];
    place.run(&args).is("", &format!("{WARNING}{}", no_such_name("nosuch")), 1);
    assert_eq!(files(&place.home, ["all"]), [format!("{WARNING_LINE}{ERROR_LINE}")]);
}

#[test]
fn ignored_records_are_in_no_variable() {
    let place = Place::new();
    let file = place.home.write("all", "before\n");
    let args = ["-Name", "no*,nosuch", "-ev", &file, "-wv", &file, "-ea", "Ignore", "-wa", "Ignore"];
    place.run(&args).is("", "", 1);
    assert_eq!(files(&place.home, ["all"]), [""]);
}

#[test]
fn a_variable_that_cannot_be_written_is_found_out_first() {
    let (place, _) = place();
    for name in ["ErrorVariable", "WarningVariable", "InformationVariable", "OutVariable"] {
        let expected = error(
            &format!(
                "The file /nosuch/file of -{name} cannot be opened: No such file or directory (os error 2)."
            ),
            "OpenError: (:), IOException",
            "VariableFileUnavailable",
            None,
        );
        place.run(&[&format!("-{name}"), "/nosuch/file", "-ea", "Ignore"]).is("", &expected, 2);
    }
    assert_eq!(place.listener.counters().http_requests, 0);
}

#[test]
fn a_variable_on_a_full_disk_is_an_error_and_stops_nothing() {
    let place = Place::new();
    place.session("First");
    let expected = error(
        "The file /dev/full cannot be written: No space left on device (os error 28).",
        "WriteError: (:), IOException",
        "OutputUnavailable",
        None,
    );
    place.run(&["-OutVariable", "/dev/full"]).is(&table(&[FIRST]), &expected, 1);
}

#[test]
fn a_variable_that_is_no_file_is_said_to_have_no_effect() {
    let place = Place::new();
    for name in ["ErrorVariable", "WarningVariable", "InformationVariable", "OutVariable"] {
        let expected = format!(
            "WARNING: -{name} has no effect: this program has no variables, and the name of a file must contain a \
             slash.\n{WARNING}"
        );
        place.run(&["-Name", "no*", &format!("-{name}"), "+errors_1"]).is("", &expected, 0);
    }
    let expected =
        format!("WARNING: -PipelineVariable has no effect: this program has no variables.\n{WARNING}");
    place.run(&["-Name", "no*", "-PipelineVariable", "x"]).is("", &expected, 0);
}

#[test]
fn a_name_that_is_none_is_refused() {
    let validation = |name: &str, reason: &str| {
        error(
            &format!("Cannot validate argument on parameter '{name}'. {reason}"),
            "InvalidData: (:), ParameterBindingValidationException",
            "ParameterArgumentValidationError",
            Some(LIST_PARAMETERS),
        )
    };
    let run = |args: &[&str]| Seen::of(&mut Home::new().program(&[&["Server01"], args].concat()));
    let nothing = "Cannot process argument because the value of argument \"path\" is not valid. Change the value of \
                   the \"path\" argument and run the operation again.";
    let no_name = "Cannot validate argument 'a:b' because it is not a valid variable name.";
    for (given, reason) in
        [("", nothing), ("+", nothing), ("file:", nothing), ("a:b", no_name), ("+a:b", no_name)]
    {
        for name in
            ["ErrorVariable", "WarningVariable", "InformationVariable", "OutVariable", "PipelineVariable"]
        {
            run(&[&format!("-{name}"), given]).is("", &validation(name, reason), 2);
        }
    }
    let too_small = "The -1 argument is less than the minimum allowed range of 0. Supply an argument that is greater \
                     than or equal to 0 and then try the command again.";
    run(&["-OutBuffer:-1"]).is("", &validation("OutBuffer", too_small), 2);
}

#[test]
fn an_out_buffer_changes_nothing() {
    let place = Place::new();
    place.session("First");
    place.run(&["-OutBuffer", "10"]).is_table(&[FIRST]);
}

const CONFIRM: &str = "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): ";

#[test]
fn a_confirmation_is_given_at_the_terminal() {
    let place = Place::new();
    let shells = ["First", "Second", "Third", "Fourth"].map(|name| place.session(name));
    let args = ["-Name", "First,Second,Third,Fourth", "-Confirm", "--output", "id", "-ThrottleLimit", "1"];
    let mut terminal = Terminal::start(&place.command(Login::Ntlm, &args), Shown::Nothing, 120);
    for (asked, keys) in ["n\n", "y\n", "l\n"].into_iter().enumerate() {
        terminal.wait_for(CONFIRM, asked + 1);
        terminal.press(keys);
    }
    let seen = terminal.end();
    let asked = |name: &str| {
        format!(
            "\nConfirm\nAre you sure you want to perform this action?\nPerforming the operation \"Connect\" on target \
             \"{name}\".\n{CONFIRM}"
        )
    };
    let screen = format!("{}n\n{}y\n{}l\n", asked("First"), asked("Second"), asked("Third"));
    assert_eq!(
        (seen.screen, seen.stdout.as_str(), seen.stderr.as_str(), seen.status),
        (screen, "1\n", "", 0)
    );
    assert_eq!(shells.map(|shell| place.is_connected(&shell)), [false, true, false, false]);
}
