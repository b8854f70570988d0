use super::*;
use crate::cli::Environment;
use crate::cli::environment::StandardInput;
use crate::cli::parameter::Pipeline;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets, has_syntax};
use crate::cli::tests::{environment, record_as, request_as, words_of};
use pssession::cmdlet::selection::{Input, Known, SessionReference};
use pssession::session_option::OutputBufferingMode;

/// Windows' metadata of Disconnect-PSSession.
#[test]
fn parameter_sets() {
    let metadata = "
        Session             M0 -  -  -
        Name                -  M  -  -
        InstanceId          -  -  M  -
        Id                  -  -  -  M0
        IdleTimeoutSec      o  o  o  o
        OutputBufferingMode o  o  o  o
        ThrottleLimit       o  o  o  o";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Session"));
}

#[test]
fn types_aliases_and_validation() {
    use Pipeline::{ByPropertyName, ByValueAndPropertyName, No};
    use Validation::{NotNull, NotNullOrEmpty, Range};
    let metadata: Metadata = &[
        ("Session", "PSSession[]", &[], NotNullOrEmpty, ByValueAndPropertyName),
        ("Name", "String[]", &[], NotNullOrEmpty, ByPropertyName),
        ("InstanceId", "Guid[]", &[], NotNull, ByPropertyName),
        ("Id", "Int32[]", &[], NotNull, ByPropertyName),
        ("IdleTimeoutSec", "Int32", &[], Range(0, i32::MAX), No),
        ("OutputBufferingMode", "OutputBufferingMode", &[], Validation::None, No),
        ("ThrottleLimit", "Int32", &[], Validation::None, No),
    ];
    has_metadata(&TABLE, metadata);
}

fn request_in(environment: &Environment, words: &[&str]) -> Request {
    match request_as("disconnect-pssession", environment, words) {
        pssession::cmdlet::Request::Disconnect(request) => request,
        other => panic!("{other:?}"),
    }
}

fn request(words: &[&str]) -> Request {
    request_in(&environment(), words)
}

#[test]
fn the_third_example_of_the_help_page() {
    let words = ["-Id", "4", "-OutputBufferingMode", "Drop", "-IdleTimeoutSec", "60*60*15"];
    let expected = Request {
        sessions: Known::Ids(Input::Given(vec![4])),
        idle_timeout: Some(Duration::from_secs(54_000)),
        output_buffering_mode: Some(OutputBufferingMode::Drop),
        throttle_limit: 32.try_into().unwrap(),
        what_if: false,
        confirm: false,
    };
    assert_eq!(request(&words), expected);
}

#[test]
fn what_is_not_given_stays_as_it_is() {
    let bare = request(&["-Name", "x", "-WhatIf"]);
    assert_eq!((bare.idle_timeout, bare.output_buffering_mode), (None, None));
    assert!(bare.what_if);
    assert_eq!(request(&["4", "-IdleTimeoutSec", "0"]).idle_timeout, Some(Duration::ZERO));
    let none = request(&["4", "-OutputBufferingMode", "0"]);
    assert_eq!(none.output_buffering_mode, Some(OutputBufferingMode::None));
}

#[test]
fn sessions_come_from_standard_input_where_none_is_selected() {
    let piped = Environment { stdin: StandardInput::Pipeline, ..environment() };
    for words in [&[] as &[_], &["-IdleTimeoutSec", "(60)", "-Confirm"], &["-Session", "-"], &["-"]] {
        let sessions = request_in(&piped, words).sessions;
        assert_eq!(sessions, Known::Sessions(Input::StandardInput), "{words:?}");
    }
    let given = Input::Given(vec![SessionReference::Id(4), SessionReference::Name("x".into())]);
    assert_eq!(request_in(&piped, &["-Session", "4,x"]).sessions, Known::Sessions(given));
    assert_eq!(request_in(&piped, &["-Name", "x"]).sessions, Known::Names(Input::Given(vec!["x".into()])));
    let missing = record_as("disconnect-pssession", &[]);
    assert_eq!(
        missing.message,
        "Cannot process command because of one or more missing mandatory parameters: Session."
    );
}

#[test]
fn idle_timeouts_that_are_none() {
    for (text, reason) in [
        ("60*", "Input string was not in a correct format."),
        ("60*60x", "Input string was not in a correct format."),
        ("", "Input string was not in a correct format."),
        ("60*60*60*60*60*60", "Value was either too large or too small for an Int32."),
        ("2147483648", "Value was either too large or too small for an Int32."),
    ] {
        let record = record_as("disconnect-pssession", &["4", "-IdleTimeoutSec", text]);
        assert_eq!(
            record.message,
            format!(
                "Cannot bind parameter 'IdleTimeoutSec'. Cannot convert value \"{text}\" to type \
                 \"System.Int32\". Error: \"{reason}\""
            )
        );
    }
    let record = record_as("disconnect-pssession", &["4", "-IdleTimeoutSec", "1-2"]);
    assert_eq!(
        record.message,
        "Cannot validate argument on parameter 'IdleTimeoutSec'. The -1 argument is less than the minimum allowed \
         range of 0. Supply an argument that is greater than or equal to 0 and then try the command again."
    );
}

#[test]
fn a_name_has_no_position() {
    let record = record_as("disconnect-pssession", &["ITTask"]);
    assert_eq!(record.message, "A positional parameter cannot be found that accepts argument 'ITTask'.");
    assert_eq!(words_of(record.hint), "a session's name is given with -Name: -Name ITTask");
    let record = record_as("disconnect-pssession", &["4", "5"]);
    assert_eq!(words_of(record.hint), "separate several values with commas: Server01,Server02");
}

#[test]
fn syntax_lines_are_those_of_the_help_page() {
    let lines = [
        "Disconnect-PSSession [-Session] <PSSession[]> [-IdleTimeoutSec <Int32>] [-OutputBufferingMode \
         <OutputBufferingMode>] [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Disconnect-PSSession [-IdleTimeoutSec <Int32>] [-OutputBufferingMode <OutputBufferingMode>] \
         [-ThrottleLimit <Int32>] -Name <String[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Disconnect-PSSession [-IdleTimeoutSec <Int32>] [-OutputBufferingMode <OutputBufferingMode>] \
         [-ThrottleLimit <Int32>] -InstanceId <Guid[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
        "Disconnect-PSSession [-IdleTimeoutSec <Int32>] [-OutputBufferingMode <OutputBufferingMode>] \
         [-ThrottleLimit <Int32>] [-Id] <Int32[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
    ];
    has_syntax(&TABLE, &lines);
}
