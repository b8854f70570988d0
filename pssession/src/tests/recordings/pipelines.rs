//! The messages of 93 scripts as PowerShell 7.6 sent them, and what its own client sends.

use serde_json::Value as Json;
use uuid::Uuid;

use super::{files, shared, text};
use crate::psrp::Limits;
use crate::psrp::clixml::{self, Content, Value};
use crate::psrp::error_record::ErrorRecord;
use crate::psrp::fragment::{Fragmenter, ObjectId};
use crate::psrp::host::{
    Host, HostAnswer, HostCallId, HostMethodId, HostRequest, HostResponse, KeyInfo, Terminal,
};
use crate::psrp::message::{Destination, Message, MessageType, PipelineId, RunspacePoolId};
use crate::psrp::pipeline::{
    Command, CreatePipeline, Parameter, Pipeline, PipelineEvent, RemoteStreamOptions,
};

const ID: PipelineId = PipelineId(Uuid::from_u128(7));

fn json(path: &std::path::Path) -> Json {
    serde_json::from_str(&text(path)).expect("recordings are JSON")
}

fn field<'j>(json: &'j Json, name: &str) -> &'j str {
    json[name].as_str().unwrap_or_default()
}

fn read(xml: &str) -> Value {
    clixml::read(xml.as_bytes(), &clixml::Limits::default()).expect("PowerShell's CLIXML can be read")
}

/// The stream of a pipeline that sent these messages.
fn stream(messages: &[Json]) -> Vec<u8> {
    let objects: Vec<Vec<u8>> = messages.iter().map(object).collect();
    Fragmenter::new(ObjectId::FIRST).cut(objects.iter().map(Vec::as_slice), 32 << 10).concat()
}

fn object(message: &Json) -> Vec<u8> {
    let named = |candidate: &&MessageType| format!("{candidate:?}") == field(message, "type");
    let message = Message {
        destination: Destination::Client,
        message_type: *MessageType::NAMED.iter().find(named).expect("a known type of message"),
        runspace_pool_id: RunspacePoolId(Uuid::from_u128(8)),
        pipeline_id: Some(ID),
        data: field(message, "xml").as_bytes().into(),
    };
    message.encode()
}

fn events(stream: &[u8]) -> Vec<PipelineEvent> {
    let mut pipeline = Pipeline::new(ID, &Limits::default());
    let mut events = Vec::new();
    for mut bytes in stream.chunks(997) {
        while let Some((_, event)) = pipeline.next_event(&mut bytes).expect("a stream can be read") {
            events.push(event);
        }
    }
    assert!(pipeline.has_ended());
    events
}

#[test]
fn every_message_of_every_transcript_is_an_event() {
    let Some(shared) = shared() else { return };
    let mut count = 0;
    for path in files(&shared.join("powershell/transcripts"), "json") {
        let transcript = json(&path);
        for form in ["plain", "text", "interactive"] {
            let Some(messages) = transcript[form]["messages"].as_array() else { continue };
            let events = events(&stream(messages));
            assert_eq!(events.len(), messages.len(), "{}, {form}", path.display());
            count += events.len();
            for event in &events {
                if let PipelineEvent::HostCall(call) = event {
                    assert!(!matches!(call.request, HostRequest::Other { .. }), "{call:?}");
                    read(&call.refusal().encode(None).expect("an error holds no secret"));
                }
            }
            if form == "plain" {
                check_errors(&events, transcript[form]["errors"].as_array().map_or(&[], Vec::as_slice));
            }
        }
    }
    println!("{count} messages");
}

/// Message, id and category of each error are those that PowerShell's own client shows.
fn check_errors(events: &[PipelineEvent], expected: &[Json]) {
    let errors: Vec<&ErrorRecord> = events
        .iter()
        .filter_map(|event| match event {
            PipelineEvent::Error(record) | PipelineEvent::State(_, Some(record)) => Some(&**record),
            _ => None,
        })
        .collect();
    assert_eq!(errors.len(), expected.len());
    for (error, expected) in errors.into_iter().zip(expected) {
        assert_eq!(error.message, field(expected, "message"));
        assert_eq!(error.fully_qualified_error_id, field(expected, "id"));
        assert_eq!(error.category.message, field(expected, "category"));
        assert!(error.category.message.starts_with(error.category.category.name()));
    }
}

/// The messages of one type that PowerShell's client sent.
fn sent(recording: &Json, message_type: &str) -> Vec<String> {
    let messages = recording.as_array().expect("a list").iter();
    let messages = messages.filter(|message| field(message, "type") == message_type);
    messages.map(|message| field(message, "xml").to_owned()).collect()
}

fn list(value: Option<&Value>) -> &[Value] {
    match &value.and_then(Value::as_object).expect("a list").content {
        Content::List(items) => items,
        content => panic!("no list: {content:?}"),
    }
}

/// The specification that a recorded CREATE_PIPELINE was made from.
fn create_pipeline(bag: &Value) -> CreatePipeline {
    let flag = |value: &Value, name: &str| match value.property(name) {
        Some(Value::Bool(flag)) => Some(*flag),
        _ => None,
    };
    let number = |value: &Value, name: &str| value.property(name).and_then(Value::as_i32);
    let text = |value: &Value, name: &str| value.property(name).and_then(Value::as_str).map(str::to_owned);
    let parameter = |value: &Value| Parameter {
        name: text(value, "N"),
        value: value.property("V").expect("a parameter has a value").clone(),
    };
    let command = |value: &Value| Command {
        text: text(value, "Cmd").expect("a command has a text"),
        is_script: flag(value, "IsScript") == Some(true),
        use_local_scope: flag(value, "UseLocalScope"),
        merge_errors: number(value, "MergeMyResult") == Some(2),
        merge_previous: number(value, "MergePreviousResults") == Some(3),
        parameters: list(value.property("Args")).iter().map(parameter).collect(),
    };
    let power_shell = bag.property("PowerShell").expect("there is something to run");
    CreatePipeline {
        commands: list(power_shell.property("Cmds")).iter().map(command).collect(),
        no_input: flag(bag, "NoInput") == Some(true),
        add_to_history: flag(bag, "AddToHistory") == Some(true),
        history: power_shell.property("History").and_then(Value::as_str).map(str::to_owned),
        stream_options: match number(bag, "RemoteStreamOptions") {
            Some(0) => RemoteStreamOptions::None,
            _ => RemoteStreamOptions::AddInvocationInfo,
        },
        host: Host::None,
    }
}

#[test]
fn pipelines_are_created_as_powershells_client_creates_them() {
    let Some(shared) = shared() else { return };
    let mut count = 0;
    for name in ["invoke.json", "enter.json"] {
        for xml in sent(&json(&shared.join("powershell/client").join(name)), "CreatePipeline") {
            // Not those of the debugger, nor those of an interactive session.
            let others = ["<B N=\"IsNested\">true", "<B N=\"RedirectShellErrorOutputPipe\">false"];
            if !others.iter().any(|other| xml.contains(other)) {
                let bag = read(&xml);
                assert_eq!(create_pipeline(&bag).encode(), clixml::write(&bag));
                count += 1;
            }
        }
    }
    assert!(count >= 10, "{count} pipelines");
}

#[test]
fn hosts_are_described_and_answer_as_powershells_client_does() {
    let Some(shared) = shared() else { return };
    let client = shared.join("powershell/client");
    let init = read(&sent(&json(&client.join("invoke.json")), "InitRunspacePool")[0]);
    let host = Host::Terminal(Terminal::new(80, 24)).to_value();
    assert_eq!(clixml::write(&host), clixml::write(init.property("HostInfo").expect("a host")));

    let recording = json(&client.join("enter.json"));
    let responses = sent(&recording, "PipelineHostResponse");
    assert!(responses.len() > 5);
    let mut compared = 0;
    for xml in responses {
        let bag = read(&xml);
        let Some(answer) = answer(bag.property("mr").expect("a result")) else { continue };
        let response = HostResponse {
            id: HostCallId(bag.property("ci").and_then(Value::as_i64).expect("a call")),
            method: HostMethodId(bag.property("mi").and_then(Value::as_i32).expect("a method")),
            result: Ok(Some(answer)),
        };
        assert_eq!(response.encode(None), Some(clixml::write(&bag)));
        compared += 1;
    }
    assert!(compared >= 5, "{compared} responses");
}

/// The answer that a recorded one was made from; `None` of one that holds a secret: that client does not encrypt them.
fn answer(result: &Value) -> Option<HostAnswer> {
    if let Some(text) = result.as_str() {
        return Some(HostAnswer::Text(text.to_owned()));
    }
    if let Some(index) = result.as_i32() {
        return Some(HostAnswer::Choice(index.try_into().expect("an index")));
    }
    if let Some(code) = result.property("virtualKeyCode") {
        let Some(Value::Char(character)) = result.property("character") else { panic!("a character") };
        let state = result.property("controlKeyState").and_then(Value::as_i32);
        return Some(HostAnswer::Key(KeyInfo {
            virtual_key_code: code.as_i32().expect("a number"),
            character: *character,
            control_key_state: state.expect("a number"),
            key_down: result.property("keyDown") == Some(&Value::Bool(true)),
        }));
    }
    let Content::Dictionary(entries) = &result.as_object()?.content else { return None };
    let entry = |(name, value): &(Value, Value)| Some((name.as_str()?.to_owned(), answer(value)?));
    Some(HostAnswer::Fields(entries.iter().map(entry).collect::<Option<_>>()?))
}
