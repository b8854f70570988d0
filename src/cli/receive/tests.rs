use super::*;
use crate::cli::Invocation;
use crate::cli::parameter::Validation;
use crate::cli::table::tests::{has_sets, has_syntax};
use crate::cli::tests::{environment, invocation_as, record, record_as, request_as};
use pssession::cmdlet::selection::{Filter, Known, Selection};
use std::time::Duration;

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// Windows' metadata of Receive-PSSession; its Name and InstanceId have a position, which is a computer's here.
#[test]
fn parameter_sets() {
    let metadata = "
        Session               M0 -  -  -  -  -  -  -
        Id                    -  M0 -  -  -  -  -  -
        InstanceId            -  -  M  -  -  M  -  M
        Name                  -  -  -  M  M  -  M  -
        ComputerName          -  -  -  -  M0 M0 -  -
        ConnectionUri         -  -  -  -  -  -  M0 M0
        ApplicationName       -  -  -  -  o  o  -  -
        ConfigurationName     -  -  -  -  o  o  o  o
        AllowRedirection      -  -  -  -  -  -  o  o
        Credential            -  -  -  -  o  o  o  o
        Authentication        -  -  -  -  o  o  o  o
        CertificateThumbprint -  -  -  -  o  o  o  o
        Port                  -  -  -  -  o  o  -  -
        UseSSL                -  -  -  -  o  o  -  -
        SessionOption         -  -  -  -  o  o  o  o
        OutTarget             o  o  o  o  o  o  o  o
        JobName               o  o  o  o  o  o  o  o";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Session"));
    assert!(TABLE.should_process);
    assert_eq!(JOB_NAME.parameter.validation, Validation::NotNullOrEmpty);
}

#[track_caller]
fn request(words: &[&str]) -> Request {
    match request_as("receive-pssession", &environment(), words) {
        pssession::cmdlet::Request::Receive(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn known_sessions_and_those_of_servers() {
    let guid: Uuid = GUID.parse().unwrap();
    for (words, known) in [
        (&["4"] as &[_], Known::Ids(Input::Given(vec![4]))),
        (&["-Id", "4"], Known::Ids(Input::Given(vec![4]))),
        (&[GUID], Known::InstanceIds(Input::Given(vec![guid]))),
        (&["-Name", "a*"], Known::Names(Input::Given(vec!["a*".into()]))),
    ] {
        assert_eq!(request(words).selection, Selection::Known(known), "{words:?}");
    }
    for words in [&["s", "-Name", "x"] as &[_], &["https://s", "-Name", "x"]] {
        let Selection::Remote(remote) = request(words).selection else { panic!("{words:?}") };
        assert_eq!(remote.filter, Filter::Names(Input::Given(vec!["x".into()])));
    }
    for words in [["s", "-InstanceId", GUID], ["https://s", "-InstanceId", GUID]] {
        let Selection::Remote(remote) = request(&words).selection else { panic!("{words:?}") };
        assert_eq!(remote.filter, Filter::InstanceIds(Input::Given(vec![guid])));
    }
}

#[test]
fn how_it_is_received() {
    let plain = request(&["4"]);
    assert_eq!((plain.no_wait, plain.on_interrupt, plain.what_if), (false, OnInterrupt::Detach, false));
    let other = request(&["4", "--no-wait", "--on-interrupt", "stop", "-WhatIf", "-OutTarget", "Host"]);
    assert_eq!((other.no_wait, other.on_interrupt, other.what_if), (true, OnInterrupt::Stop, true));
}

#[test]
fn what_does_not_bind() {
    for (words, id) in [
        (&["4", "-OutTarget", "Job"] as &[_], "JobsNotSupported"),
        (&["4", "-OutTarget", "Screen"], "CannotConvertArgumentNoMessage"),
        (&["-Name", "x", "-Id", "4"], "AmbiguousParameterSet"),
        (&["s"], "AmbiguousParameterSet"),
        (&["4", "-ThrottleLimit", "4"], "NamedParameterNotFound"),
    ] {
        let record = record_as("receive-pssession", words);
        let expected = format!("{id},Microsoft.PowerShell.Commands.ReceivePSSessionCommand");
        assert_eq!(record.fully_qualified_error_id, expected, "{words:?}: {}", record.message);
    }
}

#[test]
fn syntax_lines() {
    let all = "[-OutTarget <OutTarget>] [-JobName <String>]";
    let end = "[-WhatIf] [-Confirm] [<CommonParameters>]";
    let group = "[-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] [-CertificateThumbprint <String>]";
    let computer = |what: &str| {
        format!(
            "Receive-PSSession [-ComputerName] <String[]> [-ApplicationName <String>] [-ConfigurationName <String>] \
             {what} {all} {group} [-Port <Int32>] [-UseSSL] [-SessionOption <PSSessionOption>] {end}"
        )
    };
    let uri = |what: &str| {
        format!(
            "Receive-PSSession [-ConfigurationName <String>] [-ConnectionUri] <Uri[]> [-AllowRedirection] {what} {all} \
             {group} [-SessionOption <PSSessionOption>] {end}"
        )
    };
    let known = |what: &str| format!("Receive-PSSession {what} {all} {end}");
    let lines = [
        known("[-Session] <PSSession[]>"),
        known("[-Id] <Int32[]>"),
        known("-InstanceId <Guid[]>"),
        known("-Name <String[]>"),
        computer("-Name <String[]>"),
        computer("-InstanceId <Guid[]>"),
        uri("-Name <String[]>"),
        uri("-InstanceId <Guid[]>"),
    ];
    has_syntax(&TABLE, &lines.each_ref().map(String::as_str));
}

#[test]
fn how_long_to_reconnect_is_for_those_who_run_commands() {
    let configured = Environment { reconnect_for: Some(Duration::from_secs(7)), ..environment() };
    for (name, words) in [
        ("invoke-command", &["-Id", "4", "-ScriptBlock", "1"] as &[_]),
        ("receive-pssession", &["4"]),
        ("enter-pssession", &["-Id", "4"]),
    ] {
        let seconds = |environment: &Environment, more: &[&str]| match invocation_as(
            name,
            environment,
            &[words, more].concat(),
        ) {
            Ok(Invocation::Run(command)) => command.options.policy.reconnect_for.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(seconds(&environment(), &[]), 240);
        assert_eq!(seconds(&environment(), &["--reconnect-for", "0"]), 0);
        assert_eq!(seconds(&configured, &[]), 7);
        assert_eq!(seconds(&configured, &["--reconnect-for", "5"]), 5);
    }
    assert!(record(&["4", "--reconnect-for", "5"]).message.contains("--reconnect-for"));
}
