use super::*;
use crate::cli::Environment;
use crate::cli::environment::StandardInput;
use crate::cli::parameter::Validation;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets, has_syntax};
use crate::cli::tests::{environment, record_as, request_as};
use pssession::cmdlet::selection::{Filter, Input, Known, Selection};
use std::time::Duration;

/// Windows' metadata of Remove-PSSession without containers and virtual machines, and what --older-than needs besides.
#[test]
fn parameter_sets() {
    let metadata = "
        Id           M0 -  -  -  -
        Session      -  M0 -  -  -
        InstanceId   -  -  M  -  -
        Name         -  -  -  M  -
        ComputerName -  -  -  -  M0
        Credential            - - - - o
        Authentication        - - - - o
        CertificateThumbprint - - - - o
        Port                  - - - - o
        UseSSL                - - - - o
        ApplicationName       - - - - o
        SessionOption         - - - - o";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Id"));
}

#[test]
fn types_aliases_and_validation() {
    use Pipeline::{ByPropertyName, ByValueAndPropertyName, No};
    use Validation::{None, NotNull, NotNullOrEmpty, Range};
    let metadata: Metadata = &[
        ("Id", "Int32[]", &[], NotNull, ByPropertyName),
        ("Session", "PSSession[]", &[], NotNullOrEmpty, ByValueAndPropertyName),
        ("InstanceId", "Guid[]", &[], NotNull, ByPropertyName),
        ("Name", "String[]", &[], NotNullOrEmpty, ByPropertyName),
        ("ComputerName", "String[]", &["Cn"], NotNullOrEmpty, ByPropertyName),
        ("Credential", "PSCredential", &[], None, No),
        ("Authentication", "AuthenticationMechanism", &[], None, No),
        ("CertificateThumbprint", "String", &[], NotNullOrEmpty, No),
        ("Port", "Int32", &[], Range(1, 65535), No),
        ("UseSSL", "SwitchParameter", &[], None, No),
        ("ApplicationName", "String", &[], None, ByPropertyName),
        ("SessionOption", "PSSessionOption", &[], None, No),
    ];
    has_metadata(&TABLE, metadata);
}

fn request(stdin: StandardInput, words: &[&str]) -> Request {
    let environment = Environment { stdin, ..environment() };
    match request_as("remove-pssession", &environment, words) {
        pssession::cmdlet::Request::Remove(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn known_sessions() {
    let texts = |text: &str| Input::Given(vec![text.to_owned()]);
    for (words, sessions) in [
        (&["4"] as &[_], Known::Ids(Input::Given(vec![4]))),
        (&["-Name", "IT*"], Known::Names(texts("IT*"))),
        (&["Server0?"], Known::ComputerNames(texts("Server0?"))),
        (&["-Cn", "Server01"], Known::ComputerNames(texts("Server01"))),
        (
            &["934b6b5b0123456789abcdef01234567"],
            Known::InstanceIds(Input::Given(vec!["934b6b5b-0123-4567-89ab-cdef01234567".parse().unwrap()])),
        ),
    ] {
        assert_eq!(
            request(StandardInput::Terminal, words),
            Request {
                selection: Selection::Known(sessions),
                older_than: None,
                what_if: false,
                confirm: false
            },
            "{words:?}"
        );
    }
    assert!(request(StandardInput::Terminal, &["4", "-WhatIf"]).what_if);
    assert!(request(StandardInput::Terminal, &["4", "-Confirm"]).confirm);
}

#[test]
fn sessions_come_from_standard_input_where_none_is_selected() {
    let piped = request(StandardInput::Pipeline, &["-WhatIf"]);
    assert_eq!(piped.selection, Selection::Known(Known::Sessions(Input::StandardInput)));
    let missing = record_as("remove-pssession", &[]);
    assert_eq!(
        missing.message,
        "Cannot process command because of one or more missing mandatory parameters: Id."
    );
}

#[test]
fn what_does_not_bind() {
    for (words, id) in [
        (&["4", "-ThrottleLimit", "5"] as &[_], "NamedParameterNotFound"),
        (&["4", "-Name", "x"], "PositionalParameterNotFound"),
        (&["-Id", "4", "-Name", "x"], "AmbiguousParameterSet"),
        (&["-Name", ""], "ParameterArgumentValidationError"),
    ] {
        let expected = format!("{id},Microsoft.PowerShell.Commands.RemovePSSessionCommand");
        assert_eq!(record_as("remove-pssession", words).fully_qualified_error_id, expected, "{words:?}");
    }
}

#[test]
fn syntax_lines_are_those_of_the_help_page() {
    let lines = [
        "Remove-PSSession [-Id] <Int32[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Remove-PSSession [-Session] <PSSession[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Remove-PSSession -InstanceId <Guid[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Remove-PSSession -Name <String[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Remove-PSSession [-ComputerName] <String[]> [-Credential <PSCredential>] [-Authentication \
         <AuthenticationMechanism>] [-CertificateThumbprint <String>] [-Port <Int32>] [-UseSSL] [-ApplicationName <String>] [-SessionOption \
         <PSSessionOption>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    ];
    has_syntax(&TABLE, &lines);
}

#[test]
fn an_age_asks_the_computers_that_are_named() {
    let aged = |words: &[&str]| request(StandardInput::Terminal, words);
    let known = aged(&["-Name", "*", "--older-than", "12h"]);
    assert_eq!(known.older_than, Some(Duration::from_secs(43_200)));
    assert!(matches!(known.selection, Selection::Known(_)));
    let remote = aged(&["Server01,Server02", "--older-than", "1d", "-Port", "80", "-WhatIf"]);
    assert_eq!((remote.older_than, remote.what_if), (Some(Duration::from_secs(86_400)), true));
    let Selection::Remote(remote) = remote.selection else { panic!() };
    assert_eq!((remote.servers.len(), remote.filter), (2, Filter::All));
    for age in ["1", "d", "1w", "+1d", "1.5h", "", "é", "99999999999999999999d", "1d2h"] {
        let error = record_as("remove-pssession", &["Server01", "--older-than", age]);
        assert!(error.fully_qualified_error_id.starts_with("CannotConvertArgument"), "{age}: {error:?}");
    }
}
