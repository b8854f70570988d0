use super::*;
use crate::cli::connect::TABLE;
use crate::cli::selection::known;
use crate::cli::sessions::{ID, INSTANCE_ID, NAME};
use crate::cli::{grammar, token};
use pssession::cmdlet::selection::{Input, Known};
use std::ffi::OsString;

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// Binds a line of words; nothing in it is quoted.
fn bind_line(line: &str, stdin: StandardInput) -> Result<Bound, BindError> {
    let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    let token::Tokens::Canonical(mut typed) = token::tokens(&TABLE, &words)? else {
        panic!("{line} asks for help")
    };
    place(&TABLE, &mut typed);
    let environment = Environment { stdin, ..Environment::default() };
    let given = grammar::read(&TABLE, &typed, environment.read_file)?;
    bind(&TABLE, typed, given, &environment)
}

#[track_caller]
fn set(line: &str) -> &'static str {
    match bind_line(line, StandardInput::Terminal) {
        Ok(bound) => bound.set(),
        Err(error) => panic!("{line} gave {error:?}"),
    }
}

#[track_caller]
fn error(line: &str) -> BindError {
    bind_line(line, StandardInput::Terminal).unwrap_err()
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
        // A relative address, which is refused later: with -AllowRedirection it can only be meant as one.
        ("Server01 -AllowRedirection", "ConnectionUri"),
        ("Server01 -AllowRedirection -InstanceId GUID", "ConnectionUriGuid"),
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
fn missing(line: &str, stdin: StandardInput) -> Vec<&'static str> {
    match bind_line(line, stdin) {
        Err(BindError::MissingMandatoryParameter { parameters }) => {
            parameters.iter().map(|parameter| parameter.name).collect()
        }
        other => panic!("{line} gave {other:?}"),
    }
}

#[test]
fn mandatory_parameters_that_are_missing() {
    assert_eq!(missing("", StandardInput::Terminal), ["Name"]);
    assert_eq!(missing("-ThrottleLimit 5 -Verbose", StandardInput::Terminal), ["Name"]);
    assert_eq!(missing("-Name x -Port 1", StandardInput::Terminal), ["ComputerName"]);
    assert_eq!(missing("-Name x -Port 1", StandardInput::Pipeline), ["ComputerName"]);
    assert_eq!(
        missing(
            "-InstanceId 934b6b5b-0123-4567-89ab-cdef01234567 -AllowRedirection",
            StandardInput::Terminal
        ),
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
        // Of the sets that are left, none takes anything from the pipeline any more.
        ("-Foo -ApplicationName a -ConfigurationName c", "AmbiguousParameterSet"),
        ("Server01 Server02 -Foo", "PositionalParameterNotFound"),
        ("Server01 -Foo Server02", "NamedParameterNotFound"),
        ("Server01 Server02 -AllowRedirection", "PositionalParameterNotFound"),
        ("-Port 1", "AmbiguousParameterSet"),
        // An ambiguous name whose argument is attached is looked up last, when its turn comes to be bound.
        ("-Port x -Con:y", "CannotConvertArgumentNoMessage"),
        ("-Con:y -Port x", "AmbiguousParameter"),
        ("-Id 4 -Id 5 -Con:y", "ParameterAlreadyBound"),
        ("99999999999 -Con:y", "AmbiguousParameter"),
        ("-Id 4 -Port 1 -Con:y", "AmbiguousParameter"),
        ("-Con:y -Foo -Name", "MissingArgument"),
        ("-Con y -Name", "AmbiguousParameter"),
        ("-Name -Con:y", "AmbiguousParameter"),
    ] {
        let record = error(line).record(TABLE.cmdlet);
        let id = record.fully_qualified_error_id.split(',').next().unwrap().to_owned();
        assert_eq!(id, expected, "{line}");
    }
}

fn reads_sessions(bound: &Bound) -> bool {
    known(bound) == Known::Sessions(Input::StandardInput)
}

/// Sessions that are piped in are known ones, so nothing that says how to reach a server has an effect beside them.
#[test]
fn a_parameter_that_has_no_effect_beside_sessions_from_standard_input_is_refused() {
    for line in [
        "-ConfigurationName x",
        "-Credential u",
        "-Authentication Basic",
        "-SessionOption SkipCACheck=1 -ThrottleLimit 5 -WhatIf",
        "-Port 1",
        "-UseSSL",
        "-ApplicationName x",
        "-AllowRedirection",
    ] {
        for stdin in [StandardInput::Pipeline, StandardInput::Nothing, StandardInput::Terminal] {
            assert_eq!(bind_line(line, stdin).unwrap_err(), BindError::AmbiguousParameterSet, "{line}");
        }
    }
}

#[test]
fn a_device_is_no_pipeline() {
    assert_eq!(missing("", StandardInput::Nothing), ["Name"]);
    assert_eq!(missing("-ThrottleLimit 5 -WhatIf", StandardInput::Nothing), ["Name"]);
}

#[test]
fn standard_input_is_read_only_where_nothing_else_is_selected() {
    for (line, stdin) in [
        ("", StandardInput::Pipeline),
        ("-ThrottleLimit 5 -WhatIf", StandardInput::Pipeline),
        ("-Session -", StandardInput::Terminal),
        ("-", StandardInput::Nothing),
    ] {
        assert!(reads_sessions(&bind_line(line, stdin).unwrap()), "{line}");
    }
    assert_eq!(bind_line("-Id -", StandardInput::Pipeline).unwrap().get(&ID), Some(Input::StandardInput));
    assert_eq!(bind_line("-Name -", StandardInput::Pipeline).unwrap().get(&NAME), Some(Input::StandardInput));
    assert_eq!(
        bind_line("Server01 -InstanceId -", StandardInput::Pipeline).unwrap().get(&INSTANCE_ID),
        Some(Input::StandardInput)
    );

    for line in ["Server01", "-ComputerName Server01", "-Name x", "-Id 4", "http://s"] {
        let bound = bind_line(line, StandardInput::Pipeline).unwrap();
        assert!(!reads_sessions(&bound), "{line}");
        assert_ne!(bound.get(&NAME), Some(Input::StandardInput), "{line}");
    }
}
