//! Answers of PowerShell 7.6 within OMI and of Windows, through `wsman` and `psrp`.

use std::collections::HashMap;

use uuid::Uuid;

use super::{files, shared, text};
use crate::psrp::Limits;
use crate::psrp::handshake::ProtocolVersion;
use crate::psrp::host::HostRequest;
use crate::psrp::message::{PipelineId, RunspacePoolId};
use crate::psrp::pipeline::{Pipeline, PipelineEvent, PipelineState};
use crate::psrp::runspace_pool::{PoolState, RunspacePool};
use crate::wsman::enumerate::{self, Enumerate, Shell, ShellFilter};
use crate::wsman::envelope;
use crate::wsman::shell::{
    Command, Connect, ConnectCommand, Create, Delete, Disconnect, Get, Receive, Received, Reconnect, Send,
    ShellAddress, Signal, SignalCode,
};
use crate::wsman::{CommandId, Failure, MessageId, Operation, ResourceUri, ShellId};

/// What an answer means to the layer above.
#[derive(Debug)]
enum Answer {
    Nothing,
    Fault,
    Connected(Vec<u8>),
    Received(Received),
}

fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let start = xml.find(&format!(":{name}>"))? + name.len() + 2;
    Some(&xml[start..start + xml[start..].find('<')?])
}

fn read<O: Operation>(xml: &str, operation: &O) -> Result<O::Response, Failure> {
    let relates_to = element(xml, "RelatesTo").expect("an answer relates to its request");
    let id = Uuid::parse_str(relates_to.trim_start_matches("uuid:")).expect("ids are GUIDs");
    envelope::read(operation, xml.as_bytes(), MessageId(id))
}

/// Reads an answer as what its action says that it is.
fn answer(xml: &str) -> Result<Answer, Failure> {
    let shell = ShellAddress {
        resource_uri: ResourceUri::of_configuration("Microsoft.PowerShell"),
        shell_id: ShellId("S".into()),
    };
    let command_id = || CommandId("C".into());
    let action =
        element(xml, "Action").or(element(xml, "Action s:mustUnderstand=\"true\"")).unwrap_or_default();
    let verb = action.rsplit('/').next().unwrap_or_default();
    match verb.trim_end_matches("Response") {
        "Create" => {
            let create = Create {
                shell,
                name: None,
                idle_timeout: None,
                buffer_mode: None,
                no_machine_profile: false,
                creation_xml: Vec::new(),
            };
            read(xml, &create).map(|_| Answer::Nothing)
        }
        "Get" => read(xml, &Get::shell(shell.shell_id)).map(|_| Answer::Nothing),
        "Connect" if xml.contains("connectResponseXml") => {
            read(xml, &Connect { shell, buffer_mode: None, connect_xml: Vec::new() }).map(Answer::Connected)
        }
        "Connect" => read(xml, &ConnectCommand { shell, command_id: command_id() }).map(|()| Answer::Nothing),
        "Disconnect" => {
            let disconnect = Disconnect { shell, idle_timeout: None, buffer_mode: None };
            read(xml, &disconnect).map(|()| Answer::Nothing)
        }
        "Reconnect" => read(xml, &Reconnect { shell, buffer_mode: None }).map(|()| Answer::Nothing),
        "Command" => {
            let command = Command { shell, command_id: command_id(), arguments: Vec::new() };
            read(xml, &command).map(|_| Answer::Nothing)
        }
        "Send" => read(xml, &Send { shell, command_id: None, data: Vec::new() }).map(|()| Answer::Nothing),
        "Receive" => read(xml, &Receive { shell, command_id: None }).map(Answer::Received),
        "Signal" => {
            let signal = Signal { shell, command_id: command_id(), code: SignalCode::Terminate };
            read(xml, &signal).map(|()| Answer::Nothing)
        }
        "Delete" => read(xml, &Delete { shell }).map(|()| Answer::Nothing),
        "Enumerate" if xml.contains(":Shell>") => {
            let page = read(xml, &Enumerate::<Shell>::shells(ShellFilter::All))?;
            assert!(page.items.iter().all(|shell| shell.shell_id.is_some()) && !page.items.is_empty());
            Ok(Answer::Nothing)
        }
        "Enumerate" => {
            read(xml, &Enumerate::<enumerate::Command>::commands(shell.shell_id)).map(|_| Answer::Nothing)
        }
        "fault" => match read(xml, &Delete { shell }) {
            Err(Failure::Fault(fault)) => {
                assert!(!fault.message.is_empty(), "{fault:?}");
                Ok(Answer::Fault)
            }
            other => panic!("not a fault: {other:?}"),
        },
        _ => panic!("an unknown action: {action}"),
    }
}

/// The pool and the pipeline that whole fragments are for, each a message.
fn addressees(mut bytes: &[u8]) -> (Uuid, Option<Uuid>) {
    let (mut pool, mut pipeline) = (Uuid::nil(), None);
    while let Some((header, rest)) = bytes.split_at_checked(21) {
        let length = u32::from_be_bytes([header[17], header[18], header[19], header[20]]) as usize;
        let (blob, rest) = rest.split_at(length);
        if header[16] & 1 == 1 {
            let id = |at: usize| Uuid::from_bytes_le(blob[at..at + 16].try_into().expect("16 bytes"));
            pool = if id(8).is_nil() { pool } else { id(8) };
            pipeline = (!id(24).is_nil()).then(|| id(24));
        }
        bytes = rest;
    }
    (pool, pipeline)
}

/// Everything that a recording has for pools and pipelines.
#[derive(Default)]
struct Streams {
    pipelines: HashMap<Uuid, Pipeline>,
    events: Vec<PipelineEvent>,
    counts: HashMap<&'static str, usize>,
}

impl Streams {
    fn take(&mut self, answer: Answer) {
        let kind = match answer {
            Answer::Nothing => "nothing",
            Answer::Fault => "fault",
            Answer::Connected(bytes) => {
                let id = RunspacePoolId(addressees(&bytes).0);
                let mut pool = RunspacePool::connect(id, Limits::default()).0;
                pool.connect_response(&bytes).expect("a pool can be connected to");
                assert_eq!(pool.state(), PoolState::Opened);
                "connected"
            }
            Answer::Received(received) => {
                let bytes = received.streams.iter().flat_map(|stream| &stream.data).copied();
                self.receive(&bytes.collect::<Vec<u8>>());
                "received"
            }
        };
        *self.counts.entry(kind).or_default() += 1;
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        match addressees(bytes) {
            (_, Some(id)) => {
                let pipeline = || Pipeline::new(PipelineId(id), &Limits::default());
                let pipeline = self.pipelines.entry(id).or_insert_with(pipeline);
                while let Some((_, event)) = pipeline.next_event(&mut bytes).expect("a stream can be read") {
                    self.events.push(event);
                }
            }
            (id, None) => {
                let id = RunspacePoolId(id);
                let mut pool = RunspacePool::resume(id, ProtocolVersion::V2_3, Limits::default());
                pool.receive(bytes).expect("the stream of a pool can be read");
            }
        }
    }

    fn count(&self, kind: &str) -> usize {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    fn has(&self, expected: fn(&PipelineEvent) -> bool) -> bool {
        self.events.iter().any(expected)
    }
}

#[test]
fn every_answer_of_powershell_7_6_is_read() {
    let Some(shared) = shared() else { return };
    let mut streams = Streams::default();
    for path in files(&shared.join("recordings/powershell-7.6"), "xml") {
        let xml = text(&path);
        // Requests are there too; they relate to nothing.
        if element(&xml, "RelatesTo").is_some() {
            let answer = answer(&xml).unwrap_or_else(|failure| panic!("{}: {failure}", path.display()));
            streams.take(answer);
        }
    }
    let counts = ["nothing", "fault", "connected", "received"].map(|kind| streams.count(kind));
    println!("read: {counts:?} (nothing, fault, connected, received), {} events", streams.events.len());
    assert!(counts.iter().all(|count| *count > 0));
    use PipelineEvent as E;
    assert!(streams.has(|event| matches!(event, E::Output(_))));
    assert!(streams.has(|event| matches!(event, E::Error(record) if !record.message.is_empty())));
    assert!(streams.has(|event| matches!(event, E::Warning(_))));
    assert!(streams.has(|event| matches!(event, E::Information(_))));
    assert!(streams.has(
        |event| matches!(event, E::HostCall(call) if matches!(call.request, HostRequest::SetShouldExit(_)))
    ));
    assert!(streams.has(|event| matches!(event, E::State(PipelineState::Completed, None))));
}

#[test]
fn every_answer_of_windows_is_read() {
    let Some(shared) = shared() else { return };
    for path in files(&shared.join("recordings"), "yml") {
        let mut streams = Streams::default();
        // Each request and each response is one line of these files.
        for xml in text(&path).lines().filter_map(|line| line.trim_start().strip_prefix("response: ")) {
            let answer = answer(xml).unwrap_or_else(|failure| panic!("{}: {failure}", path.display()));
            streams.take(answer);
        }
        let count: usize = streams.counts.values().sum();
        assert!(count >= 4, "{} has {count} answers", path.display());
        println!("{}: {count} answers, {} events", path.display(), streams.events.len());
    }
}
