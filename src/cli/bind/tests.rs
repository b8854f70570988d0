use super::*;
use crate::cli::connect::TABLE;
use crate::cli::selection::known;
use crate::cli::sessions::{ID, INSTANCE_ID, NAME};
use crate::cli::{grammar, token};
use pssession::cmdlet::selection::{Input, Known};
use std::ffi::OsString;

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// Binds a line of words; nothing in it is quoted.
fn bind_line(line: &str, stdin_is_terminal: bool) -> Result<Bound, BindError> {
    let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    let token::Tokens::Canonical(mut typed) = token::tokens(&TABLE, &words)? else {
        panic!("{line} asks for help")
    };
    place(&TABLE, &mut typed);
    let environment = Environment { stdin_is_terminal, ..Environment::default() };
    let given = grammar::read(&TABLE, &typed, environment.read_file)?;
    bind(&TABLE, typed, given, &environment)
}

#[track_caller]
fn set(line: &str) -> &'static str {
    match bind_line(line, true) {
        Ok(bound) => bound.set(),
        Err(error) => panic!("{line} gave {error:?}"),
    }
}

#[track_caller]
fn error(line: &str) -> BindError {
    bind_line(line, true).unwrap_err()
}

#[test]
fn the_set_that_is_meant() {
    for (line, expected) in [
        ("-Name x", "Name"),
        ("-Name x -ThrottleLimit 5 -Verbose -WhatIf", "Name"),
        ("Server01", "ComputerName"),
        ("-ComputerName s", "ComputerName"),
        ("Server01 -Name x", "ComputerName"),
        ("-Name x Server01", "ComputerName"),
        ("-ComputerName s -InstanceId GUID", "ComputerNameGuid"),
        ("Server01 -InstanceId GUID", "ComputerNameGuid"),
        ("Server01 GUID", "ComputerNameGuid"),
        ("http://s:5985/wsman", "ConnectionUri"),
        ("http://s:5985/wsman -InstanceId GUID", "ConnectionUriGuid"),
        ("-ConnectionUri http://s -AllowRedirection", "ConnectionUri"),
        ("-ConnectionUri http://s -InstanceId GUID", "ConnectionUriGuid"),
        ("-InstanceId GUID", "InstanceId"),
        ("GUID", "InstanceId"),
        ("4", "Id"),
        ("-Id 4", "Id"),
        ("-Session 4", "Session"),
        ("-", "Session"),
        ("-Session -", "Session"),
    ] {
        assert_eq!(set(&line.replace("GUID", GUID)), expected, "{line}");
    }
}

#[test]
fn parameters_that_do_not_go_together() {
    for line in [
        "-ConfigurationName x",
        "-UseSSL",
        "-ComputerName s -ConnectionUri http://s",
        "-ComputerName s -Name x -InstanceId GUID",
        "-Name x -Id 4",
        "-Port 1 -ConnectionUri http://s",
        "-AllowRedirection -ComputerName s",
        "-UseSSL -AllowRedirection",
        "-Session 4 -Id 4",
    ] {
        assert_eq!(error(&line.replace("GUID", GUID)), BindError::AmbiguousParameterSet, "{line}");
    }
}

#[test]
fn words_that_nothing_accepts() {
    for (line, argument) in [
        ("Server01 Server02", "Server02"),
        ("-ComputerName Server01 Server02", "Server02"),
        ("4 5", "5"),
        ("-Name x 4", "4"),
        ("4 Server01", "Server01"),
        ("Server01 4 http://s", "4"),
        ("-InstanceId GUID 4", "4"),
        ("-Id 4 false", "false"),
    ] {
        let expected = BindError::PositionalParameterNotFound { argument: argument.into() };
        assert_eq!(error(&line.replace("GUID", GUID)), expected, "{line}");
    }
}

#[track_caller]
fn missing(line: &str, stdin_is_terminal: bool) -> Vec<&'static str> {
    match bind_line(line, stdin_is_terminal) {
        Err(BindError::MissingMandatoryParameter { parameters }) => {
            parameters.iter().map(|parameter| parameter.name).collect()
        }
        other => panic!("{line} gave {other:?}"),
    }
}

#[test]
fn mandatory_parameters_that_are_missing() {
    assert_eq!(missing("", true), ["Name"]);
    assert_eq!(missing("-ThrottleLimit 5 -Verbose", true), ["Name"]);
    assert_eq!(missing("-Name x -Port 1", true), ["ComputerName"]);
    assert_eq!(missing("-Name x -Port 1", false), ["ComputerName"]);
    assert_eq!(
        missing("-InstanceId 934b6b5b-0123-4567-89ab-cdef01234567 -AllowRedirection", true),
        ["ConnectionUri"]
    );
}

/// The first error in PowerShell's order, not in the order of the words.
#[test]
fn which_error_comes_first() {
    for (line, expected) in [
        ("-Foo x -Port x -Con", "AmbiguousParameter"),
        ("-Foo -Port x -Id 4 -Name a -Name b", "CannotConvertArgumentNoMessage"),
        ("-Name a -Name b -Port x", "ParameterAlreadyBound"),
        ("-Foo -Id 4 -Name x", "AmbiguousParameterSet"),
        ("-Foo Server01 Server02", "NamedParameterNotFound"),
        ("-Foo -Port 1", "NamedParameterNotFound"),
        ("Server01 Server02 -AllowRedirection", "PositionalParameterNotFound"),
        ("-Port 1", "AmbiguousParameterSet"),
    ] {
        let record = error(line).record(TABLE.cmdlet);
        let id = record.fully_qualified_error_id.split(',').next().unwrap().to_owned();
        assert_eq!(id, expected, "{line}");
    }
}

fn reads_sessions(bound: &Bound) -> bool {
    let known = known(bound, &Environment::default());
    matches!(known, Known::Sessions { sessions: Input::StandardInput, .. })
}

/// A session may come with its address, so that all that is missing is how to reach it.
#[test]
fn what_tells_how_to_reach_a_server_stands_beside_sessions_from_standard_input() {
    for line in [
        "-ConfigurationName x",
        "-Credential u -Authentication Basic -SessionOption SkipCACheck=1 -ThrottleLimit 5 -WhatIf",
        "-CertificateThumbprint AB",
    ] {
        let bound = bind_line(line, false).unwrap();
        assert!(reads_sessions(&bound), "{line}");
        if line.starts_with("-C") {
            assert_eq!(bind_line(line, true).unwrap_err(), BindError::AmbiguousParameterSet, "{line}");
        }
    }
    // These are part of an address, which comes from the pipeline as a whole.
    for line in ["-Port 1", "-UseSSL", "-ApplicationName x", "-AllowRedirection", "-Credential u -UseSSL"] {
        assert_eq!(bind_line(line, false).unwrap_err(), BindError::AmbiguousParameterSet, "{line}");
    }
}

#[test]
fn standard_input_is_read_only_where_nothing_else_is_selected() {
    for (line, terminal) in
        [("", false), ("-ThrottleLimit 5 -WhatIf", false), ("-Session -", true), ("-", true)]
    {
        assert!(reads_sessions(&bind_line(line, terminal).unwrap()), "{line}");
    }
    assert_eq!(bind_line("-Id -", false).unwrap().get(&ID), Some(Input::StandardInput));
    assert_eq!(bind_line("-Name -", false).unwrap().get(&NAME), Some(Input::StandardInput));
    assert_eq!(
        bind_line("Server01 -InstanceId -", false).unwrap().get(&INSTANCE_ID),
        Some(Input::StandardInput)
    );

    for line in ["Server01", "-ComputerName Server01", "-Name x", "-Id 4", "http://s"] {
        let bound = bind_line(line, false).unwrap();
        assert!(!reads_sessions(&bound), "{line}");
        assert_ne!(bound.get(&NAME), Some(Input::StandardInput), "{line}");
    }
}
