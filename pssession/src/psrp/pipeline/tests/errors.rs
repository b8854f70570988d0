//! Error records in the shapes that servers send.

use super::*;
use crate::error::ErrorCategory;
use crate::psrp::error_record::{CategoryInfo, ErrorRecord, InvocationInfo};

fn error_record(properties: &str) -> ErrorRecord {
    let xml = format!(r#"<Obj RefId="0"><ToString>shown</ToString><MS>{properties}</MS></Obj>"#);
    match event(ERROR, &xml) {
        PipelineEvent::Error(record) => *record,
        other => panic!("{other:?}"),
    }
}

const EXCEPTION: &str = concat!(
    r#"<Obj N="Exception" RefId="1"><ToString>X: of the exception</ToString><Props>"#,
    r#"<S N="Message">of the exception</S></Props></Obj>"#,
);

#[test]
fn a_record_with_everything() {
    let record = error_record(&format!(
        "{EXCEPTION}{}",
        concat!(
            r#"<S N="FullyQualifiedErrorId">PathNotFound,GetItemCommand</S>"#,
            r#"<B N="SerializeExtendedInfo">true</B><S N="InvocationInfo_InvocationName">gi</S>"#,
            r#"<S N="InvocationInfo_PositionMessage">At line:1</S><S N="InvocationInfo_ScriptName"></S>"#,
            r#"<S N="InvocationInfo_Line">gi /nope</S><I32 N="InvocationInfo_OffsetInLine">1</I32>"#,
            r#"<I32 N="InvocationInfo_ScriptLineNumber">1</I32><S N="CommandInfo_Name">Get-Item</S>"#,
            r#"<I32 N="ErrorCategory_Category">13</I32><S N="ErrorCategory_Activity">Get-Item</S>"#,
            r#"<S N="ErrorCategory_Reason">ItemNotFoundException</S><S N="ErrorCategory_TargetName">/nope</S>"#,
            r#"<S N="ErrorCategory_TargetType">String</S><S N="ErrorCategory_Message">ObjectNotFound: x</S>"#,
            r#"<S N="ErrorDetails_ScriptStackTrace">at line 1</S>"#,
        )
    ));
    assert_eq!(record.message, "of the exception");
    assert_eq!(record.fully_qualified_error_id, "PathNotFound,GetItemCommand");
    let category = CategoryInfo {
        category: ErrorCategory::ObjectNotFound,
        activity: "Get-Item".into(),
        reason: "ItemNotFoundException".into(),
        target_name: "/nope".into(),
        target_type: "String".into(),
        message: "ObjectNotFound: x".into(),
    };
    assert_eq!(record.category, category);
    assert_eq!(record.category.category.name(), "ObjectNotFound");
    let invocation = InvocationInfo {
        command: Some("Get-Item".into()),
        invocation_name: "gi".into(),
        script_name: String::new(),
        script_line_number: 1,
        line: "gi /nope".into(),
        offset_in_line: 1,
        position_message: "At line:1".into(),
    };
    assert_eq!(record.invocation, Some(invocation));
    assert_eq!(record.script_stack_trace.as_deref(), Some("at line 1"));
    assert!(record.value.property("Exception").is_some(), "the rest is there too");
}

#[test]
fn the_message_is_the_details_or_the_exceptions_or_what_the_record_shows() {
    let details = r#"<S N="ErrorDetails_Message">of the details</S>"#;
    let empty = r#"<S N="ErrorDetails_Message"></S>"#;
    let message = |properties: &str| error_record(properties).message;
    assert_eq!(message(&format!("{EXCEPTION}{details}")), "of the details");
    assert_eq!(message(&format!("{EXCEPTION}{empty}")), "of the exception");
    assert_eq!(message(""), "shown");
    let record = error_record("");
    assert_eq!((record.invocation, record.category.category.name()), (None, "NotSpecified"));
    assert_eq!(ErrorCategory::of_number(32).name(), "NotSpecified");
    assert_eq!(ErrorCategory::of_number(-1).name(), "NotSpecified");
    let PipelineEvent::Error(record) = event(ERROR, "<S>text</S>") else { panic!() };
    assert_eq!(record.message, "text");
}

#[test]
fn an_exception_may_be_a_reference() {
    let target = EXCEPTION.replace("\"Exception\"", "\"TargetObject\"");
    assert_eq!(
        error_record(&format!(r#"{target}<Ref N="Exception" RefId="1" />"#)).message,
        "of the exception"
    );
    let itself = error_record(r#"<Ref N="Exception" RefId="0" />"#);
    assert_eq!(itself.message, "shown", "a cycle is not followed");
}

#[test]
fn without_extended_information_there_is_no_position() {
    let record = error_record(concat!(
        r#"<Obj N="InvocationInfo" RefId="1"><Props><S N="PositionMessage">At line:2</S></Props></Obj>"#,
        r#"<B N="SerializeExtendedInfo">false</B>"#,
    ));
    assert_eq!(record.invocation, None);
}

#[test]
fn the_error_that_ends_a_pipeline_comes_with_its_state() {
    for (number, state) in [(3, PipelineState::Stopped), (5, PipelineState::Failed)] {
        let xml = format!(
            r#"<Obj RefId="0"><MS><I32 N="PipelineState">{number}</I32><Obj N="ExceptionAsErrorRecord" RefId="9"><MS>{EXCEPTION}</MS></Obj></MS></Obj>"#
        );
        let PipelineEvent::State(found, Some(record)) = event(STATE, &xml) else { panic!() };
        assert_eq!((found, record.message.as_str()), (state, "of the exception"));
    }
    let null =
        r#"<Obj RefId="0"><MS><I32 N="PipelineState">3</I32><Nil N="ExceptionAsErrorRecord" /></MS></Obj>"#;
    assert_eq!(event(STATE, null), PipelineEvent::State(PipelineState::Stopped, None));
}
