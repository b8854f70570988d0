//! Command lines that ask for help, that are wrong, and that this version does not carry out yet.

use crate::support::{Home, LIST_PARAMETERS, Place, Seen, error};
use std::process::Stdio;

fn run(args: &[&str]) -> Seen {
    Seen::of(&mut Home::new().program(args))
}

/// A binding error, which ends with 2.
#[track_caller]
fn refused(args: &[&str], message: &str, id: &str, hint: Option<&str>) {
    let category = "InvalidArgument: (:), ParameterBindingException";
    run(args).is("", &error(message, category, id, hint), 2);
}

#[test]
fn help_and_version() {
    for args in [&["--help"][..], &["-?"], &["-ComputerName", "Server01", "--nosuch", "--help"]] {
        let seen = run(args);
        assert!(seen.stdout.starts_with("NAME\n    Connect-PSSession (connect-pssession, alias cnsn)\n"));
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
    }
    run(&["--version"]).is(concat!("connect-pssession ", env!("CARGO_PKG_VERSION"), "\n"), "", 0);
}

#[test]
fn a_parameter_that_is_none() {
    refused(
        &["-ComputerNam", "Server01", "-Nonsense"],
        "A parameter cannot be found that matches parameter name 'Nonsense'.",
        "NamedParameterNotFound",
        Some(LIST_PARAMETERS),
    );
    refused(
        &["--outptu", "json"],
        "A parameter cannot be found that matches parameter name '--outptu'.",
        "NamedParameterNotFound",
        Some("did you mean --output?"),
    );
}

#[test]
fn parameters_that_do_not_go_together() {
    refused(
        &["-ComputerName", "Server01", "-Name", "a", "-InstanceId", "4110c3f5-68ea-40fa-9bbf-04a433dbb02d"],
        "Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot \
         be used together or an insufficient number of parameters were provided.",
        "AmbiguousParameterSet",
        Some(LIST_PARAMETERS),
    );
}

#[test]
fn a_value_that_is_none() {
    let category = "InvalidData: (:), ParameterBindingValidationException";
    let expected = error(
        "Cannot validate argument on parameter 'Port'. The 70000 argument is greater than the maximum allowed range of \
         65535. Supply an argument that is less than or equal to 65535 and then try the command again.",
        category,
        "ParameterArgumentValidationError",
        Some(LIST_PARAMETERS),
    );
    run(&["-ComputerName", "Server01", "-Port", "70000"]).is("", &expected, 2);
    refused(
        &["-Id", "abc"],
        "Cannot bind parameter 'Id'. Cannot convert value \"abc\" to type \"System.Int32\". Error: \"The input string 'abc' \
         was not in a correct format.\"",
        "CannotConvertArgumentNoMessage",
        Some(LIST_PARAMETERS),
    );
}

#[test]
fn a_device_such_as_dev_null_is_no_pipeline() {
    let missing = "Cannot process command because of one or more missing mandatory parameters: Name.";
    refused(&[], missing, "MissingMandatoryParameter", Some(LIST_PARAMETERS));
    refused(&["-WhatIf"], missing, "MissingMandatoryParameter", Some(LIST_PARAMETERS));
    // Where the command line says so, it is read.
    run(&["-Session", "-"]).is("", "WARNING: No sessions were given on standard input.\n", 0);
}

#[test]
fn binding_errors_are_json_where_records_are() {
    let seen = run(&["--output", "json", "-Nonsense"]);
    assert!(
        seen.stderr.starts_with("{\"Stream\":\"Error\",\"Message\":\"A parameter cannot be found"),
        "{seen:?}"
    );
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 2));
}

#[test]
fn other_cmdlets_are_not_there() {
    let seen = run(&["--as", "copy-item"]);
    assert!(seen.stderr.contains("FullyQualifiedErrorId : CommandNotFoundException\n"), "{}", seen.stderr);
    assert_eq!(seen.status, 2);
}

#[test]
fn a_loop_over_lines_keeps_its_input() {
    use std::io::{Seek, Write};
    let place = Place::new();
    place.session("ITTask");
    let mut lines = std::fs::File::create_new(place.home.path().join("lines")).unwrap();
    lines.write_all(b"first\nsecond\n").unwrap();
    drop(lines);
    let mut lines = std::fs::File::open(place.home.path().join("lines")).unwrap();
    let mut command = place.command(crate::support::Login::Ntlm, &["-Name", "ITTask"]);
    let seen = Seen::of(command.stdin(Stdio::from(lines.try_clone().unwrap())));
    assert_eq!(seen.status, 0);
    assert_eq!(lines.stream_position().unwrap(), 0, "the input was read");
}

#[test]
fn a_confirmation_needs_a_terminal() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    // A session of its own has no terminal.
    let mut command = std::process::Command::new("setsid");
    let program = place.command(crate::support::Login::Ntlm, &["-Name", "ITTask", "-Confirm"]);
    command.arg("--wait").arg(program.get_program()).args(program.get_args()).stdin(Stdio::null());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let seen = Seen::of(&mut command);
    assert!(seen.stderr.contains("ConfirmationUnavailable"), "{}", seen.stderr);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert!(!place.is_connected(&shell_id));
}
