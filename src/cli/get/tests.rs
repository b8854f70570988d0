use super::*;
use crate::cli::Environment;
use crate::cli::environment::StandardInput;
use crate::cli::parameter::Validation;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets, has_syntax};
use crate::cli::tests::{environment, record_as, request_as};
use pssession::cmdlet::connection::{ComputerName, Credential};
use pssession::cmdlet::selection::{Filter, Input, Known, Selection, Servers};

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// Windows' metadata of Get-PSSession without containers and virtual machines.
#[test]
fn parameter_sets() {
    let metadata = "
        Name                  o  o  -  o  -  -  -
        ComputerName          -  M0 M0 -  -  -  -
        ConnectionUri         -  -  -  M0 M0 -  -
        InstanceId            -  -  M  -  M  o  -
        Id                    -  -  -  -  -  -  M0
        ApplicationName       -  o  o  -  -  -  -
        Port                  -  o  o  -  -  -  -
        UseSSL                -  o  o  -  -  -  -
        AllowRedirection      -  -  -  o  o  -  -
        ConfigurationName     -  o  o  o  o  -  -
        Credential            -  o  o  o  o  -  -
        Authentication        -  o  o  o  o  -  -
        CertificateThumbprint -  o  o  o  o  -  -
        SessionOption         -  o  o  o  o  -  -
        State                 -  o  o  o  o  -  -
        ThrottleLimit         -  o  o  o  o  -  -";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Name"));
}

#[test]
fn types_aliases_and_validation() {
    use Pipeline::{ByPropertyName, No};
    use Validation::{NotNull, NotNullOrEmpty, Range};
    let metadata: Metadata = &[
        ("Name", "String[]", &[], NotNullOrEmpty, ByPropertyName),
        ("ComputerName", "String[]", &["Cn"], NotNullOrEmpty, ByPropertyName),
        ("ConnectionUri", "Uri[]", &["URI", "CU"], NotNullOrEmpty, ByPropertyName),
        ("InstanceId", "Guid[]", &[], NotNull, ByPropertyName),
        ("Id", "Int32[]", &[], NotNull, ByPropertyName),
        ("ApplicationName", "String", &[], Validation::None, ByPropertyName),
        ("ConfigurationName", "String", &[], Validation::None, ByPropertyName),
        ("Port", "Int32", &[], Range(1, 65535), No),
        ("UseSSL", "SwitchParameter", &[], Validation::None, No),
        ("AllowRedirection", "SwitchParameter", &[], Validation::None, No),
        ("Credential", "PSCredential", &[], Validation::None, No),
        ("Authentication", "AuthenticationMechanism", &[], Validation::None, No),
        ("CertificateThumbprint", "String", &[], NotNullOrEmpty, No),
        ("SessionOption", "PSSessionOption", &[], Validation::None, No),
        ("State", "SessionFilterState", &[], Validation::None, No),
        ("ThrottleLimit", "Int32", &[], Validation::None, No),
    ];
    has_metadata(&TABLE, metadata);
}

#[track_caller]
fn request(words: &[&str]) -> Request {
    // On a terminal or not: this cmdlet reads standard input only where - is given.
    let [typed, piped] = [StandardInput::Terminal, StandardInput::Pipeline]
        .map(|stdin| request_as("get-pssession", &Environment { stdin, ..environment() }, words));
    assert_eq!(typed, piped);
    match typed {
        pssession::cmdlet::Request::Get(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn known_sessions() {
    let names = Input::Given(vec!["a*".to_owned(), "b".to_owned()]);
    let guid = GUID.parse().unwrap();
    for (words, known) in [
        (&[] as &[_], Known::All),
        (&["-Verbose"], Known::All),
        (&["-Name", "a*,b"], Known::Names(names)),
        (&["-Id", "1,4"], Known::Ids(Input::Given(vec![1, 4]))),
        (&["4"], Known::Ids(Input::Given(vec![4]))),
        (&["-Id", "-"], Known::Ids(Input::StandardInput)),
        (&["-InstanceId", GUID], Known::InstanceIds(Input::Given(vec![guid]))),
        (&["-Name", "-"], Known::Names(Input::StandardInput)),
    ] {
        let expected = Request {
            is_long: false,
            selection: Selection::Known(known),
            state: SessionFilterState::All,
            throttle_limit: 32.try_into().unwrap(),
        };
        assert_eq!(request(words), expected, "{words:?}");
    }
}

#[test]
fn sessions_on_servers() {
    let words =
        ["Server01", "-Name", "ITTask", "-State", "disc", "-ThrottleLimit", "5", "-Credential", "User01"];
    let Request { selection: Selection::Remote(remote), state, throttle_limit, is_long: false } =
        request(&words)
    else {
        panic!()
    };
    let Servers::ComputerNames { computer_names, .. } = &remote.servers else { panic!() };
    assert_eq!(computer_names, &[ComputerName::parse("Server01").unwrap()]);
    assert_eq!(remote.filter, Filter::Names(Input::Given(vec!["ITTask".into()])));
    assert_eq!(remote.connection.credential, Credential::UserName("User01".into()));
    assert_eq!((state, throttle_limit.get()), (SessionFilterState::Disconnected, 5));
    for words in
        [["-URI", "https://s", "-InstanceId", GUID], ["-InstanceId", GUID, "https://s", "-AllowRedirection"]]
    {
        let Selection::Remote(remote) = request(&words).selection else { panic!("{words:?}") };
        assert_eq!(remote.filter, Filter::InstanceIds(Input::Given(vec![GUID.parse().unwrap()])));
        assert!(matches!(remote.servers, Servers::ConnectionUris { .. }));
    }
}

#[test]
fn what_does_not_bind() {
    for (words, id, message) in [
        (&["-State", "Opened"] as &[_], "AmbiguousParameterSet", "Parameter set cannot be resolved using"),
        (&["-ConfigurationName", "x"], "AmbiguousParameterSet", "Parameter set cannot be resolved using"),
        (&["-Name", "x", "-State", "All"], "AmbiguousParameterSet", "Parameter set cannot be resolved using"),
        (&["-Name", "x", "-Id", "4"], "AmbiguousParameterSet", "Parameter set cannot be resolved using"),
        (
            &["-WhatIf"],
            "NamedParameterNotFound",
            "A parameter cannot be found that matches parameter name 'WhatIf'.",
        ),
        (
            &["-"],
            "PositionalParameterNotFound",
            "A positional parameter cannot be found that accepts argument '-'.",
        ),
        (
            &["-Name", "x", "-Port", "1"],
            "MissingMandatoryParameter",
            "Cannot process command because of one or more",
        ),
        (
            &["s", "-State", "Busy"],
            "CannotConvertArgumentNoMessage",
            "Cannot bind parameter 'State'. Cannot convert value \"Busy\" to type \
             \"Microsoft.PowerShell.Commands.SessionFilterState\". Error: \"Unable to match the identifier name Busy \
             to a valid enumerator name. Specify one of the following enumerator names and try again:\nAll, Opened, \
             Disconnected, Closed, Broken\"",
        ),
    ] {
        let record = record_as("get-pssession", words);
        let expected = format!("{id},Microsoft.PowerShell.Commands.GetPSSessionCommand");
        assert_eq!(record.fully_qualified_error_id, expected, "{words:?}");
        assert!(record.message.starts_with(message), "{words:?}: {}", record.message);
    }
}

#[test]
fn syntax_lines_are_those_of_the_help_page() {
    let lines = [
        "Get-PSSession [-Name <String[]>] [<CommonParameters>]",
        "Get-PSSession [-ComputerName] <String[]> [-ApplicationName <String>] [-ConfigurationName <String>] \
         [-Name <String[]>] [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
         [-CertificateThumbprint <String>] [-Port <Int32>] [-UseSSL] [-ThrottleLimit <Int32>] [-State \
         <SessionFilterState>] [-SessionOption <PSSessionOption>] [<CommonParameters>]",
        "Get-PSSession [-ComputerName] <String[]> [-ApplicationName <String>] [-ConfigurationName <String>] \
         -InstanceId <Guid[]> [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
         [-CertificateThumbprint <String>] [-Port <Int32>] [-UseSSL] [-ThrottleLimit <Int32>] [-State \
         <SessionFilterState>] [-SessionOption <PSSessionOption>] [<CommonParameters>]",
        "Get-PSSession [-ConnectionUri] <Uri[]> [-ConfigurationName <String>] [-AllowRedirection] [-Name \
         <String[]>] [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
         [-CertificateThumbprint <String>] [-ThrottleLimit <Int32>] [-State <SessionFilterState>] [-SessionOption \
         <PSSessionOption>] [<CommonParameters>]",
        "Get-PSSession [-ConnectionUri] <Uri[]> [-ConfigurationName <String>] [-AllowRedirection] -InstanceId \
         <Guid[]> [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
         [-CertificateThumbprint <String>] [-ThrottleLimit <Int32>] [-State <SessionFilterState>] [-SessionOption \
         <PSSessionOption>] [<CommonParameters>]",
        "Get-PSSession [-InstanceId <Guid[]>] [<CommonParameters>]",
        "Get-PSSession [-Id] <Int32[]> [<CommonParameters>]",
    ];
    has_syntax(&TABLE, &lines);
}
