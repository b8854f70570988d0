//! What each message means, and which messages do not belong to a pipeline.

use super::*;
use crate::psrp::clixml::{ProgressRecordType, ReadError};
use crate::psrp::message::MessageError;

#[test]
fn output_may_be_anything_and_null_has_no_body() {
    assert_eq!(event(OUTPUT, "<I32>7</I32>"), PipelineEvent::Output(Value::I32(7)));
    assert_eq!(event(OUTPUT, "<Nil />"), PipelineEvent::Output(Value::Nil));
    assert_eq!(event(OUTPUT, ""), PipelineEvent::Output(Value::Nil));
}

#[test]
fn warnings_and_the_like_are_their_message() {
    let record = concat!(
        r#"<Obj RefId="0"><ToString>shown</ToString><MS><S N="InformationalRecord_Message">careful</S>"#,
        r#"<B N="InformationalRecord_SerializeInvocationInfo">false</B></MS></Obj>"#,
    );
    assert_eq!(event(WARNING, record), PipelineEvent::Warning("careful".into()));
    assert_eq!(event(VERBOSE, record), PipelineEvent::Verbose("careful".into()));
    assert_eq!(event(DEBUG, record), PipelineEvent::Debug("careful".into()));
    let bare = r#"<Obj RefId="0"><ToString>shown</ToString></Obj>"#;
    assert_eq!(event(WARNING, bare), PipelineEvent::Warning("shown".into()));
}

#[test]
fn information() {
    let record = concat!(
        r#"<Obj RefId="0"><MS><S N="MessageData">hello</S><S N="Source">Write-Host</S>"#,
        r#"<DT N="TimeGenerated">2026-11-30T09:17:59+00:00</DT><Obj N="Tags" RefId="1"><LST><S>PSHOST</S></LST></Obj>"#,
        r#"<S N="User">alice</S><S N="Computer">server01</S><U32 N="ProcessId">1</U32></MS></Obj>"#,
    );
    let expected = InformationRecord {
        message_data: "hello".into(),
        source: Some("Write-Host".into()),
        time_generated: "2026-11-30T09:17:59+00:00".parse().ok(),
        tags: vec!["PSHOST".into()],
        user: Some("alice".into()),
        computer: Some("server01".into()),
    };
    assert_eq!(event(INFORMATION, record), PipelineEvent::Information(expected.into()));
    let bare = r#"<Obj RefId="0"><MS><Nil N="MessageData" /></MS></Obj>"#;
    let PipelineEvent::Information(record) = event(INFORMATION, bare) else { panic!() };
    assert_eq!((record.message_data, record.tags), (Value::Nil, vec![]));
}

#[test]
fn progress() {
    let record = concat!(
        r#"<Obj RefId="0"><MS><S N="Activity">Copying</S><I32 N="ActivityId">4</I32>"#,
        r#"<S N="StatusDescription">file 1 of 3</S><Nil N="CurrentOperation" /><I32 N="ParentActivityId">2</I32>"#,
        r#"<I32 N="PercentComplete">33</I32><Obj N="Type" RefId="1"><ToString>Completed</ToString><I32>1</I32></Obj>"#,
        r#"<I32 N="SecondsRemaining">5</I32></MS></Obj>"#,
    );
    let expected = ProgressRecord {
        activity: "Copying".into(),
        activity_id: 4,
        current_operation: None,
        parent_activity_id: 2,
        percent_complete: 33,
        record_type: ProgressRecordType::Completed,
        seconds_remaining: 5,
        status_description: Some("file 1 of 3".into()),
    };
    assert_eq!(event(PROGRESS, record), PipelineEvent::Progress(expected));
    let bare = r#"<Obj RefId="0"><MS><S N="Activity">x</S></MS></Obj>"#;
    let expected = ProgressRecord { activity: "x".into(), ..ProgressRecord::default() };
    assert_eq!(event(PROGRESS, bare), PipelineEvent::Progress(expected));
}

#[test]
fn a_pipeline_ends_with_its_state_and_with_nothing_else() {
    use PipelineState as S;
    let numbers =
        [S::NotStarted, S::Running, S::Stopping, S::Stopped, S::Completed, S::Failed, S::Disconnected];
    for (number, state) in numbers.into_iter().enumerate() {
        let xml = format!(r#"<Obj RefId="0"><MS><I32 N="PipelineState">{number}</I32></MS></Obj>"#);
        let bytes = [sent(1, STATE, &xml), sent(2, OUTPUT, "<S>late</S>"), b"rubbish".to_vec()].concat();
        let mut pipeline = new_pipeline();
        let found = events(&mut pipeline, &bytes);
        let ends = matches!(state, S::Stopped | S::Completed | S::Failed);
        let late = (2, text("late"));
        let expected = if ends { vec![] } else { vec![late] };
        assert_eq!(found[0], (1, PipelineEvent::State(state, None)));
        assert_eq!(found[1..], expected);
        assert_eq!(pipeline.has_ended(), ends);
        assert_eq!(pipeline.mark().map(ObjectId::get), Some(if ends { 1 } else { 2 }));
    }
}

#[test]
fn messages_without_a_meaning_here_are_passed_over() {
    let known = [0x0001_0002, 0x0002_1005, 0x0004_1002, 0x0004_1101];
    let unknown = [0x0004_1012, 0x0004_9999, 0xFFFF_FFFF];
    let mut pipeline = new_pipeline();
    for (id, message_type) in (1..).zip(known.into_iter().chain(unknown)) {
        assert_eq!(events(&mut pipeline, &sent(id, message_type, "no XML at all")), []);
        assert_eq!(pipeline.mark().map(ObjectId::get), Some(id.into()));
    }
    assert_eq!(events(&mut pipeline, &sent(20, OUTPUT, "<S>a</S>")), [(20, text("a"))]);
}

#[test]
fn what_is_malformed_ends_the_pipeline() {
    let malformed = |message_type, source| PipelineError::Malformed { message_type, source };
    let cases = [
        (OUTPUT, "<S>", malformed(MessageType::PipelineOutput, ReadError::Truncated.into())),
        (STATE, "", malformed(MessageType::PipelineState, ReadError::Truncated.into())),
        (
            STATE,
            "<Nil />",
            malformed(MessageType::PipelineState, DecodeError::MissingProperty("PipelineState")),
        ),
        (
            STATE,
            r#"<Obj RefId="0"><MS><I32 N="PipelineState">9</I32></MS></Obj>"#,
            malformed(MessageType::PipelineState, DecodeError::UnknownState(9)),
        ),
        (
            WARNING,
            "<Nil />",
            malformed(
                MessageType::WarningRecord,
                DecodeError::MissingProperty("InformationalRecord_Message"),
            ),
        ),
        (
            INFORMATION,
            "<Nil />",
            malformed(MessageType::InformationRecord, DecodeError::MissingProperty("MessageData")),
        ),
        (HOST_CALL, "<Nil />", malformed(MessageType::PipelineHostCall, DecodeError::MissingProperty("ci"))),
    ];
    for (message_type, xml, expected) in cases {
        let bytes = [sent(1, message_type, xml), sent(2, OUTPUT, "<S>late</S>")].concat();
        let (mut pipeline, mut input) = (new_pipeline(), bytes.as_slice());
        assert_eq!(pipeline.next_event(&mut input), Err(expected));
        assert!(pipeline.has_ended());
        assert_eq!(pipeline.next_event(&mut input), Ok(None));
        assert!(input.is_empty());
    }
}

#[test]
fn messages_for_others_are_refused() {
    let whole = message(OUTPUT, "<S>a</S>");
    let (mut to_server, mut to_pool, mut to_other) = (whole.clone(), whole.clone(), whole.clone());
    to_server[0] = 2;
    to_pool[24..40].fill(0);
    to_other[39] ^= 1;
    let refused = |message: &[u8]| error(&fragment(1, 0, 3, message));
    assert_eq!(refused(&to_server), PipelineError::WrongDestination(MessageType::PipelineOutput));
    assert_eq!(refused(&to_pool), PipelineError::WrongPipeline(MessageType::PipelineOutput));
    assert_eq!(refused(&to_other), PipelineError::WrongPipeline(MessageType::PipelineOutput));
    assert_eq!(refused(b"short"), MessageError::Truncated(5).into());
    let late = fragment(1, 1, 2, &whole);
    let (object_id, fragment_id) = (ObjectId::FIRST, FragmentId(1));
    assert_eq!(error(&late), FragmentError::MissingStart { object_id, fragment_id }.into());
}

#[test]
fn a_pipeline_takes_no_more_than_its_limits() {
    let mut limits = Limits::default();
    limits.fragment.stream_size = 150;
    limits.fragment.object_size = 100;
    let mut pipeline = Pipeline::new(ID, &limits);
    let large = sent(1, OUTPUT, &format!("<S>{}</S>", "x".repeat(60)));
    let id = |number| ObjectId::new(number).unwrap();
    let too_large = FragmentError::ObjectTooLarge(id(1));
    assert_eq!(pipeline.next_event(&mut large.as_slice()), Err(too_large.into()));

    let mut pipeline = Pipeline::new(ID, &limits);
    let small = |id| sent(id, OUTPUT, "<S>abcdefghij</S>");
    assert_eq!(events(&mut pipeline, &small(1)).len(), 1);
    assert_eq!(events(&mut pipeline, &small(2)).len(), 1);
    // What comes again counts once.
    assert_eq!(events(&mut pipeline, &[small(1), small(2)].concat()).len(), 0);
    let too_long = FragmentError::StreamTooLong(id(3));
    assert_eq!(pipeline.next_event(&mut small(3).as_slice()), Err(too_long.into()));
}

#[test]
fn spoilt_streams_are_errors_or_events() {
    let bytes =
        [sent(1, OUTPUT, "<S>a</S>"), pieces(2, "split", 3).concat(), sent(4, STATE, COMPLETED)].concat();
    for seed in 0..5000 {
        let mut random = Random::new(seed);
        let mut pipeline = new_pipeline();
        if seed % 2 == 0 {
            pipeline.accept_gaps();
        }
        let spoilt = random.mutate(&bytes);
        let mut input = spoilt.as_slice();
        let mut count = 0;
        while let Ok(Some(_)) = pipeline.next_event(&mut input) {
            count += 1;
        }
        assert!(count <= 10, "no more events than fragments");
    }
}
