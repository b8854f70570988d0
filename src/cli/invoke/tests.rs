use super::*;
use crate::cli::table::tests::has_sets;
use crate::cli::tests::{environment, record_as, request_as};
use pssession::cmdlet::selection::Known;

/// PowerShell's metadata of Invoke-Command for computers and sessions, where each set has its own with a file, and this
/// program's sets. Computers and sessions are mandatory here: nothing runs in this process. CertificateThumbprint is
/// there with a file too, and FilePath has no position.
#[test]
fn parameter_sets() {
    let metadata = "
        ComputerName          M0 M0 -  -  -  -  -  -  -  -  -  -
        ConnectionUri         -  -  M0 M0 -  -  -  -  -  -  -  -
        Session               -  -  -  -  M0 M0 -  -  -  -  -  -
        Id                    -  -  -  -  -  -  M0 M0 -  -  -  -
        Name                  o  o  o  o  -  -  -  -  M  M  -  -
        InstanceId            o  o  o  o  -  -  -  -  -  -  M  M
        FilePath              -  M  -  M  -  M  -  M  -  M  -  M
        ArgumentList          o  o  o  o  o  o  o  o  o  o  o  o
        Credential            o  o  o  o  -  -  -  -  -  -  -  -
        Port                  o  o  -  -  -  -  -  -  -  -  -  -
        UseSSL                o  o  -  -  -  -  -  -  -  -  -  -
        ConfigurationName     o  o  o  o  -  -  -  -  -  -  -  -
        ApplicationName       o  o  -  -  -  -  -  -  -  -  -  -
        AllowRedirection      -  -  o  o  -  -  -  -  -  -  -  -
        ThrottleLimit         o  o  o  o  o  o  o  o  o  o  o  o
        AsJob                 o  o  o  o  o  o  o  o  o  o  o  o
        JobName               o  o  o  o  o  o  o  o  o  o  o  o
        InDisconnectedSession o  o  o  o  o  o  o  o  o  o  o  o
        SessionName           o  o  o  o  -  -  -  -  -  -  -  -
        HideComputerName      o  o  o  o  o  o  o  o  o  o  o  o
        SessionOption         o  o  o  o  -  -  -  -  -  -  -  -
        Authentication        o  o  o  o  -  -  -  -  -  -  -  -
        EnableNetworkAccess   o  o  o  o  -  -  -  -  -  -  -  -
        CertificateThumbprint o  o  o  o  -  -  -  -  -  -  -  -
        ScriptBlock           M1 -  M1 -  M1 -  M1 -  M1 -  M1 -";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"ComputerName"));
    let aliases = |param: &crate::cli::parameter::Parameter| param.aliases.to_vec();
    assert_eq!(aliases(&SCRIPT_BLOCK.parameter), ["Command"]);
    assert_eq!(aliases(&FILE_PATH.parameter), ["PSPath"]);
    assert_eq!(aliases(&ARGUMENT_LIST.parameter), ["Args"]);
    assert_eq!(aliases(&IN_DISCONNECTED_SESSION.parameter), ["Disconnected"]);
    assert_eq!(aliases(&HIDE_COMPUTER_NAME.parameter), ["HCN"]);
}

#[track_caller]
fn request_in(environment: &Environment, words: &[&str]) -> Request {
    match request_as("invoke-command", environment, words) {
        pssession::cmdlet::Request::Invoke(request) => request,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn request(words: &[&str]) -> Request {
    request_in(&environment(), words)
}

#[track_caller]
fn script(words: &[&str]) -> String {
    match request(words).command.text {
        CommandText::Script(text) => text,
        CommandText::Name(name) => panic!("{name}"),
    }
}

#[test]
fn places() {
    let guid = "934b6b5b-0123-4567-89ab-cdef01234567";
    let known = |words: &[&str]| match request(words).place {
        Place::Known(known) => known,
        other => panic!("{words:?}: {other:?}"),
    };
    assert_eq!(known(&["4", "x"]), Known::Ids(Input::Given(vec![4])));
    assert_eq!(known(&["-Name", "n", "-ScriptBlock", "x"]), Known::Names(Input::Given(vec!["n".into()])));
    assert_eq!(
        known(&[guid, "-ScriptBlock", "x"]),
        Known::InstanceIds(Input::Given(vec![guid.parse().unwrap()]))
    );
    assert!(matches!(known(&["-Session", "4", "x"]), Known::Sessions(_)));
    for words in [&["s", "x"] as &[_], &["https://s", "x"], &["s1,s2", "-Command", "x"]] {
        assert!(matches!(request(words).place, Place::Opened { .. }), "{words:?}");
    }
    for words in [&["s", "-Name", "n", "-ScriptBlock", "x"], &["s", "-InstanceId", guid, "-ScriptBlock", "x"]]
    {
        assert!(matches!(request(words).place, Place::Remote(_)), "{words:?}");
    }
}

#[test]
fn braces_around_a_script_may_be_there_or_not() {
    for (text, expected) in [
        ("Get-Job", "Get-Job"),
        ("{Get-Job}", "Get-Job"),
        (" { Get-Job } ", " Get-Job "),
        ("{a} ; b", "{a} ; b"),
    ] {
        assert_eq!(script(&["4", text]), expected);
        assert_eq!(script(&["-Id", "4", "-ScriptBlock", text]), expected);
    }
}

#[test]
fn lines_of_text_are_made_there_unless_another_form_is_wanted() {
    assert_eq!(request(&["4", "x"]).command.width, Some(120));
    for words in [&["4", "x", "--output", "jsonl"] as &[_], &["4", "x", "-InDisconnectedSession"]] {
        assert_eq!(request(words).command.width, None, "{words:?}");
    }
}

#[test]
fn input_is_taken_where_it_is_mentioned_or_asked_for() {
    let piped = Environment { stdin: StandardInput::Pipeline, ..environment() };
    for (script, has_input) in
        [("$input", true), ("$Input | x", true), ("$inputs", false), ("$input_", false), ("Get-Job", false)]
    {
        assert_eq!(request_in(&piped, &["4", script]).command.has_input, has_input, "{script}");
        assert!(!request(&["4", script]).command.has_input, "{script} at a terminal");
    }
    assert!(request(&["4", "x", "--input", "json"]).command.has_input);
}

#[test]
fn what_does_not_bind() {
    for (words, id) in [
        (&["4", "x", "-AsJob"] as &[_], "JobsNotSupported"),
        (&["4", "x", "-JobName", "j"], "JobsNotSupported"),
        (&["4", "x", "-AsJob", "-Disconnected"], "AsJobAndDisconnectedError"),
        (&["s", "x", "-SessionName", "n"], "System.InvalidOperationException"),
        (&["4", "x", "-FilePath", "f"], "PositionalParameterNotFound"),
        (&["4"], "AmbiguousParameterSet"),
    ] {
        let record = record_as("invoke-command", words);
        let expected = format!("{id},Microsoft.PowerShell.Commands.InvokeCommandCommand");
        assert_eq!(record.fully_qualified_error_id, expected, "{words:?}: {}", record.message);
    }
}

#[test]
fn the_last_word_without_a_name_is_the_script() {
    const GUID: &str = "4110c3f5-68ea-40fa-9bbf-04a433dbb02d";
    for words in [
        &["Server01", "Get-Date"] as &[_],
        &["4", "Get-Date"],
        &["4", "{Get-Date}"],
        &[GUID, "Get-Date"],
        &["http://Server01/wsman", "Get-Date"],
        &["-Id", "4", "Get-Date"],
        &["-Name", "a", "Get-Date"],
        &["Server01", "-InstanceId", GUID, "Get-Date"],
        &["Get-Date", "-ComputerName", "Server01"],
    ] {
        let CommandText::Script(script) = request(words).command.text else { panic!("{words:?}") };
        assert_eq!(script, "Get-Date", "{words:?}");
    }
    assert!(matches!(request(&["5", "7"]).place, Place::Known(Known::Ids(_))));
}
