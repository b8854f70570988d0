//! Whole command lines: the requests they make, and the errors if they are wrong.

use super::cmdlets::TABLES;
use super::common::ActionPreference;
use super::credential::{CertificatePlace, CertificateSource, PasswordSource};
use super::environment::StandardInput;
use super::*;
use crate::render::Color;
use pssession::access::{Pins, Policy, TrustAnchors, TrustedHosts};
use pssession::cmdlet::connect;
use pssession::cmdlet::selection::{Input, Known, Selection};
use pssession::error::{ErrorCategory, ErrorRecord, Hint};
use pssession::secret::Secret;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A terminal, and nothing in the environment.
pub(super) fn environment() -> Environment {
    Environment { stdin: StandardInput::Terminal, ..Environment::default() }
}

/// The words of a hint of this program's own.
pub(super) fn words_of(hint: Option<Hint>) -> String {
    let Some(Hint::Text(words)) = hint else { panic!("{hint:?}") };
    words
}

fn os(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn parse_in(environment: &Environment, words: &[&str]) -> Result<Invocation, Refusal> {
    invocation_as("connect-pssession", environment, words)
}

pub(super) fn invocation_as(
    name: &str,
    environment: &Environment,
    words: &[&str],
) -> Result<Invocation, Refusal> {
    parse(OsStr::new(name), &os(words), environment)
}

/// What a command line of another cmdlet asks for.
#[track_caller]
pub(super) fn request_as(name: &str, environment: &Environment, words: &[&str]) -> Request {
    match invocation_as(name, environment, words) {
        Ok(Invocation::Run(command)) => command.request,
        other => panic!("{name} {words:?} gave {other:?}"),
    }
}

/// The error record of a command line of another cmdlet.
#[track_caller]
pub(super) fn record_as(name: &str, words: &[&str]) -> ErrorRecord {
    let refusal = invocation_as(name, &environment(), words).unwrap_err();
    refusal.error.record(refusal.cmdlet)
}

#[track_caller]
fn command_in(environment: &Environment, words: &[&str]) -> Command {
    match parse_in(environment, words) {
        Ok(Invocation::Run(command)) => *command,
        other => panic!("{words:?} gave {other:?}"),
    }
}

#[track_caller]
pub(super) fn request_in(environment: &Environment, words: &[&str]) -> connect::Request {
    match command_in(environment, words).request {
        Request::Connect(request) => request,
        other => panic!("{words:?} gave {other:?}"),
    }
}

#[track_caller]
pub(super) fn request(words: &[&str]) -> connect::Request {
    request_in(&environment(), words)
}

#[track_caller]
pub(super) fn record(words: &[&str]) -> ErrorRecord {
    let refusal = parse_in(&environment(), words).unwrap_err();
    refusal.error.record(refusal.cmdlet)
}

/// Checks message and id; the category is the one of PowerShell's binding errors unless `check_as` says otherwise.
#[track_caller]
pub(super) fn check(words: &[&str], id: &str, message: &str) {
    check_as(words, id, (ErrorCategory::InvalidArgument, "ParameterBindingException"), message);
}

pub(super) const INVALID_DATA: (ErrorCategory, &str) =
    (ErrorCategory::InvalidData, "ParameterBindingValidationException");

#[track_caller]
pub(super) fn check_as(words: &[&str], id: &str, (category, reason): (ErrorCategory, &str), message: &str) {
    let record = record(words);
    assert_eq!(record.message, message, "{words:?}");
    assert_eq!(
        record.fully_qualified_error_id,
        format!("{id},Microsoft.PowerShell.Commands.ConnectPSSessionCommand"),
        "{words:?}"
    );
    assert_eq!((record.category, record.reason, record.target), (category, reason, None), "{words:?}");
}

#[test]
fn own_options_that_are_wrong() {
    check_as(
        &["s", "--output", "xml"],
        "ParameterArgumentValidationError",
        INVALID_DATA,
        "Cannot validate argument on parameter '--output'. The argument \"xml\" does not belong to the set \
         \"table,list,json,jsonl,csv,id\" specified by the ValidateSet attribute. Supply an argument that is in the set and then \
         try the command again.",
    );
    check_as(
        &["s", "--timeout", "0"],
        "ParameterArgumentValidationError",
        INVALID_DATA,
        "Cannot validate argument on parameter '--timeout'. The 0 argument is less than the minimum allowed range of \
         1. Supply an argument that is greater than or equal to 1 and then try the command again.",
    );
    check(
        &["s", "--timeout=abc"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter '--timeout'. Cannot convert value \"abc\" to type \"System.Int32\". Error: \"The input string 'abc' \
         was not in a correct format.\"",
    );
    for words in [&["s", "--output"] as &[_], &["--output", "-Name", "x"], &["s", "--output="]] {
        check(
            words,
            "MissingArgument",
            "Missing an argument for parameter '--output'. Specify a parameter of type 'System.String' and try again.",
        );
    }
    check(&["s", "--wide=yes"], "OptionTakesNoValue", "The option '--wide' does not take a value.");
    for words in [["s", "--as", "x"].as_slice(), &["-Name", "x", "--as=x"]] {
        check(words, "AsIsNotFirst", "The option '--as' is not the first word.");
    }
    let twice = record(&["s", "--output", "json", "--output", "table"]);
    assert_eq!(
        twice.fully_qualified_error_id,
        "ParameterAlreadyBound,Microsoft.PowerShell.Commands.ConnectPSSessionCommand"
    );
}

#[test]
fn errors_are_written_as_the_output_is() {
    let output = |words: &[&str]| parse_in(&environment(), words).unwrap_err().output;
    assert_eq!(output(&["-Foo"]), Output::Table);
    assert_eq!(output(&["--output", "json", "-Foo"]), Output::Json);
    assert_eq!(output(&["-Foo", "--OUTPUT=jsonl"]), Output::JsonLines);
    assert_eq!(output(&["-Foo", "--", "--output", "json"]), Output::Table);
    assert_eq!(output(&["--output"]), Output::Table);
}

#[test]
fn the_name_of_the_program_chooses_the_cmdlet() {
    let cmdlet = |argv0: &str, words: &[&str]| match parse(OsStr::new(argv0), &os(words), &environment()) {
        Ok(Invocation::Run(command)) => Ok(command.cmdlet),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(Box::new(refusal.error.record(refusal.cmdlet))),
    };
    for (argv0, words) in [
        ("connect-pssession", &["4"] as &[_]),
        ("/usr/bin/Connect-PSSession.exe", &["4"]),
        ("cnsn", &["4"]),
        ("x", &["--as", "Connect-PSSession", "4"]),
        ("x", &["--as=cnsn", "4"]),
    ] {
        assert_eq!(cmdlet(argv0, words), Ok(Cmdlet::ConnectPSSession), "{argv0}");
    }
    for (name, alias, expected) in [
        ("Get-PSSession", "gsn", Cmdlet::GetPSSession),
        ("disconnect-pssession", "dnsn", Cmdlet::DisconnectPSSession),
        ("Remove-PSSession.exe", "RSN", Cmdlet::RemovePSSession),
    ] {
        assert_eq!(cmdlet(name, &["4"]), Ok(expected), "{name}");
        assert_eq!(cmdlet("connect-pssession", &["--as", alias, "4"]), Ok(expected), "{alias}");
    }
    let record = cmdlet("/opt/Copy-Item", &["4"]).unwrap_err();
    assert_eq!(
        record.message,
        "The term 'Copy-Item' is not recognized as the name of a cmdlet, function, script file, or operable \
         program. Check the spelling of the name, or if a path was included, verify that the path is correct and try \
         again."
    );
    assert_eq!(record.fully_qualified_error_id, "CommandNotFoundException");
    assert_eq!(record.category, ErrorCategory::ObjectNotFound);
    assert_eq!(
        words_of(record.hint),
        "this program acts as connect-pssession, get-pssession, new-pssession, enter-pssession, invoke-command, disconnect-pssession, \
         receive-pssession, remove-pssession, new-pssessionoption; choose one with --as CMDLET as the first word"
    );
    assert_eq!(
        cmdlet("connect-pssession", &["--as"]).unwrap_err().message,
        "Missing an argument for parameter '--as'. Specify a parameter of type 'System.String' and try again."
    );
}

#[test]
fn every_cmdlet_is_chosen_by_its_names() {
    for table in TABLES {
        let name = table.cmdlet.name();
        for argv0 in [
            name.to_owned(),
            name.to_lowercase(),
            format!("/usr/bin/{}", name.to_uppercase()),
            format!("{name}.exe"),
        ] {
            let (chosen, _) = choose(OsStr::new(&argv0), &[]).unwrap();
            assert_eq!(chosen.cmdlet, table.cmdlet, "{argv0}");
        }
        for name in [name, table.alias].into_iter().filter(|name| !name.is_empty()) {
            for words in [vec!["--as".to_owned(), name.to_uppercase()], vec![format!("--AS={name}")]] {
                let words: Vec<OsString> =
                    words.into_iter().chain(["4".to_owned()]).map(OsString::from).collect();
                let (chosen, rest) = choose(OsStr::new("x"), &words).unwrap();
                assert_eq!((chosen.cmdlet, rest), (table.cmdlet, &os(&["4"])[..]), "{words:?}");
            }
        }
    }
    // A cmdlet without an alias does not answer to no name at all.
    for (argv0, words) in [("", &[] as &[_]), ("x", &["--as="]), ("x", &["--as", ""])] {
        assert!(choose(OsStr::new(argv0), &os(words)).is_err());
    }
}

#[test]
fn links_are_for_every_cmdlet() {
    let links = |words: &[&str]| match parse_in(&environment(), words) {
        Ok(Invocation::InstallLinks(Links { names, directory })) => {
            assert_eq!(names, super::cmdlets::names().collect::<Vec<_>>());
            directory
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(links(&["--install-links"]), None);
    assert_eq!(links(&["--install-links", "bin"]), Some(PathBuf::from("bin")));
    assert_eq!(links(&["--install-links=./-odd"]), Some(PathBuf::from("./-odd")));
    assert_eq!(links(&["--install-links", "-Verbose"]), None);
}

#[test]
fn help_and_version() {
    let print = |words: &[&str]| match parse_in(&environment(), words) {
        Ok(Invocation::Print(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(print(&["-?"]).starts_with("NAME\n    Connect-PSSession"));
    assert!(print(&["-Foo", "--help"]).len() > print(&["-h"]).len());
    assert_eq!(print(&["--version"]), concat!("connect-pssession ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn program_options() {
    let options = |environment: &Environment, words: &[&str]| command_in(environment, words).options;
    let defaults = ProgramOptions {
        output: Output::Table,
        wide: false,
        color: Color::Auto,
        password: PasswordSource::Terminal,
        proxy_password: None,
        policy: Policy::default(),
        certificates: CertificateSource::default(),
        store: None,
        wildcards: false,
        transcript: None,
        command: Default::default(),
    };
    assert_eq!(options(&environment(), &["4"]), defaults);
    let words = [
        "--output",
        "jsonl",
        "--wide",
        "--color=never",
        "--password-file",
        "pw",
        "--trusted-hosts",
        "a, *.b,",
        "--spn",
        "WSMAN/c",
        "--no-ntlm",
        "--ca-file",
        "ca.pem",
        "--pin-sha256",
        &"ab".repeat(32),
        "--cert-file=c.pem",
        "--key-file",
        "k.pem",
        "--no-channel-binding",
        "--store",
        "dir",
        "4",
        "--timeout",
        "60",
        "--wildcards",
        "--transcript",
        "transcript",
    ];
    let given = ProgramOptions {
        output: Output::JsonLines,
        wide: true,
        color: Color::Never,
        password: PasswordSource::File(PathBuf::from("pw")),
        proxy_password: Some(Secret::new("Proxy1!".into())),
        policy: Policy {
            anchors: TrustAnchors {
                ca_file: Some(PathBuf::from("ca.pem")),
                pins: Pins::parse(&"ab".repeat(32)).unwrap(),
            },
            trusted_hosts: TrustedHosts::parse("a,*.b"),
            channel_binding: false,
            spn: Some("WSMAN/c".into()),
            no_ntlm: true,
            timeout: Some(Duration::from_secs(60)),
            ..Policy::default()
        },
        certificates: CertificateSource {
            place: CertificatePlace::File { certificate: "c.pem".into(), key: Some("k.pem".into()) },
            password: Some(Secret::new("Pfx1!".into())),
        },
        store: Some(PathBuf::from("dir")),
        wildcards: true,
        transcript: Some(PathBuf::from("transcript")),
        command: Default::default(),
    };
    let variables = |name: &str| match name {
        "PSSESSION_STORE" => Some("other".into()),
        "PSSESSION_TRUSTED_HOSTS" => Some("c".into()),
        "PSSESSION_CERT_STORE" => Some("certs".into()),
        "PSSESSION_CERT_PASSWORD" => Some("Pfx1!".into()),
        "PSSESSION_PASSWORD" => Some("Passw0rd!".into()),
        "PSSESSION_PROXY_PASSWORD" => Some("Proxy1!".into()),
        "PSSESSION_PASSWORD_COMMAND" => Some("pass show server".into()),
        "PSSESSION_USER" => Some("".into()),
        _ => None,
    };
    let mut environment = Environment::new(StandardInput::Terminal, variables);
    assert_eq!(environment.user, None);
    assert_eq!(options(&environment, &words), given);
    assert_eq!(
        options(&environment, &["4", "--password-command", "x", "--password-file", "y"]).password,
        PasswordSource::Command("x".into())
    );
    let from_environment = options(&environment, &["4"]);
    assert_eq!(from_environment.store, Some(PathBuf::from("other")));
    assert_eq!(from_environment.policy.trusted_hosts, TrustedHosts::parse("c"));
    assert_eq!(from_environment.certificates.place, CertificatePlace::Store("certs".into()));
    assert_eq!(from_environment.password, PasswordSource::Command("pass show server".into()));
    environment.password_command = None;
    let password = options(&environment, &["4"]).password;
    assert_eq!(password, PasswordSource::Environment(Secret::new("Passw0rd!".into())));
    assert!(!format!("{password:?}").contains("Passw0rd!"));
}

#[test]
fn common_parameters() {
    let common = |words: &[&str]| command_in(&environment(), words).common;
    let defaults = common(&["4"]);
    assert_eq!((defaults.verbose, defaults.debug), (false, false));
    assert_eq!(defaults.error_action, ActionPreference::Continue);
    assert_eq!(defaults.information_action, ActionPreference::SilentlyContinue);
    assert_eq!(defaults.out_variable, None);
    let given = common(&[
        "4",
        "-vb",
        "-Debug:true",
        "-ea",
        "Stop",
        "-WarningAction",
        "silently",
        "-infa",
        "2",
        "-proga",
        "Ignore",
        "-ov",
        "+file:out.json",
        "-ErrorVariable",
        "./err",
        "-wv",
        "w",
        "-iv",
        "i",
        "-OutBuffer",
        "0",
        "-pv",
        "p",
    ]);
    assert_eq!((given.verbose, given.debug), (true, true));
    assert_eq!(given.error_action, ActionPreference::Stop);
    assert_eq!(given.warning_action, ActionPreference::SilentlyContinue);
    assert_eq!(given.information_action, ActionPreference::Continue);
    assert_eq!(given.progress_action, ActionPreference::Ignore);
    let out = given.out_variable.unwrap();
    assert_eq!((out.file(), out.append), (Some(Path::new("out.json")), true));
    assert_eq!(given.error_variable.unwrap().file(), Some(Path::new("./err")));
    assert_eq!(given.warning_variable.unwrap().file(), None);
    assert_eq!(given.pipeline_variable.unwrap().name, "p");
    check_as(
        &["4", "-OutBuffer", "-1"],
        "ParameterArgumentValidationError",
        INVALID_DATA,
        "Cannot validate argument on parameter 'OutBuffer'. The -1 argument is less than the minimum allowed range of \
         0. Supply an argument that is greater than or equal to 0 and then try the command again.",
    );
}

#[test]
fn what_is_missing_is_asked_for() {
    let args = os(&["--as", "cnsn", "-ThrottleLimit", "5"]);
    let refusal = parse(OsStr::new("x"), &args, &environment()).unwrap_err();
    let prompt = Prompt::after(&refusal.error, refusal.cmdlet).unwrap();
    assert_eq!(prompt.caption, "cmdlet Connect-PSSession at command pipeline position 1");
    assert_eq!(prompt.message, "Supply values for the following parameters:");
    let labels: Vec<_> =
        prompt.fields.iter().map(|field| (field.is_array(), field.label(0), field.label(1))).collect();
    assert_eq!(labels, [(true, "Name[0]: ".to_owned(), "Name[1]: ".to_owned())]);

    let answered = prompt.answer(&args, &[vec!["ITTask".into(), "-x".into()]]).unwrap();
    let Ok(Invocation::Run(command)) = parse(OsStr::new("x"), &answered, &environment()) else { panic!() };
    let names = Input::Given(vec!["ITTask".into(), "-x".into()]);
    let Request::Connect(request) = command.request else { panic!() };
    assert_eq!(request.selection, Selection::Known(Known::Names(names)));
    assert_eq!(request.throttle_limit.get(), 5);

    let error = prompt.answer(&args, &[vec![]]).unwrap_err().record(refusal.cmdlet);
    assert_eq!(error.message, "Cannot bind argument to parameter 'Name' because it is an empty array.");
    assert_eq!(
        error.fully_qualified_error_id,
        "ParameterArgumentValidationErrorEmptyArrayNotAllowed,Microsoft.PowerShell.Commands.ConnectPSSessionCommand"
    );
    assert_eq!(Prompt::after(&BindError::AmbiguousParameterSet, refusal.cmdlet), None);
}

/// Nothing that can be typed may panic; this types a great deal.
#[test]
fn random_command_lines_do_not_panic() {
    const PIECES: [&str; 40] = [
        "-",
        "--",
        "-Name",
        "-Id",
        "-Con",
        "-UseSSL",
        ":",
        ",",
        "=",
        "@{",
        "}",
        ";",
        "'",
        "\"",
        "{",
        "(",
        ")",
        "0x",
        "-5",
        "http://",
        "[::1]",
        "::1",
        "%",
        "é",
        "\u{2014}",
        "\u{301}",
        " ",
        "\t",
        "$true",
        "OpenTimeout=",
        "1.00:00:00",
        "934b6b5b-0123-4567-89ab-cdef01234567",
        "--output",
        "--timeout",
        "json",
        "-SessionOption",
        "-Cn",
        "-URI",
        "\u{0}",
        "-InstanceId",
    ];
    // xorshift: small, and the same every time.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    for _ in 0..3_000 {
        let words: Vec<String> =
            (0..next(6)).map(|_| (0..=next(4)).map(|_| PIECES[next(PIECES.len())]).collect()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = TABLES[next(TABLES.len())].cmdlet.name();
        if let Err(refusal) = invocation_as(name, &environment(), &words) {
            let record = refusal.error.record(refusal.cmdlet);
            assert!(!record.message.is_empty(), "{words:?}");
        }
    }
}

/// Every beginning of a long command line is a command line as well.
#[test]
fn truncated_command_lines_do_not_panic() {
    let line = "-ConnectionUri:https://[fe80::1%25a]:5986/a?b -InstanceId {0x934b6b5b,0x0123,0x4567,{0x89,0xab}} \
                -SessionOption @{OpenTimeout=1.00:00:00;Culture='é'} --output=json -Confirm:$false";
    for end in (0..=line.len()).filter(|end| line.is_char_boundary(*end)) {
        let words: Vec<&str> = line[..end].split(' ').collect();
        let _ = parse_in(&environment(), &words);
    }
}
