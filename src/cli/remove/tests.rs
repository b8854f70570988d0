use super::*;
use crate::cli::Environment;
use crate::cli::environment::StandardInput;
use crate::cli::parameter::Validation;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets, has_syntax};
use crate::cli::tests::{environment, record_as, request_as};
use pssession::cmdlet::selection::{Input, Known, Selection};

/// Windows' metadata of Remove-PSSession without containers and virtual machines.
#[test]
fn parameter_sets() {
    let metadata = "
        Id           M0 -  -  -  -
        Session      -  M0 -  -  -
        InstanceId   -  -  M  -  -
        Name         -  -  -  M  -
        ComputerName -  -  -  -  M0";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Id"));
}

#[test]
fn types_aliases_and_validation() {
    use Pipeline::{ByPropertyName, ByValueAndPropertyName};
    use Validation::{NotNull, NotNullOrEmpty};
    let metadata: Metadata = &[
        ("Id", "Int32[]", &[], NotNull, ByPropertyName),
        ("Session", "PSSession[]", &[], NotNullOrEmpty, ByValueAndPropertyName),
        ("InstanceId", "Guid[]", &[], NotNull, ByPropertyName),
        ("Name", "String[]", &[], NotNullOrEmpty, ByPropertyName),
        ("ComputerName", "String[]", &["Cn"], NotNullOrEmpty, ByPropertyName),
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
        "Remove-PSSession [-ComputerName] <String[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
    ];
    has_syntax(&TABLE, &lines);
}
