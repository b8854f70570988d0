//! What holds of a session, in whatever order things happen to it.

use super::requests::{Outgoing, RequestId};
use super::{
    ConnectKind, CreateOptions, DisconnectOptions, Event, Failure, FailureKind, Identity, Phase,
    PipelineOutput, Reader, Session, SessionOptions,
};
use crate::fuzzing::Choices;
use crate::psrp::fuzzing::{ID, stream};
use crate::psrp::handshake::ProtocolVersion;
use crate::psrp::message::{MessageType, PipelineId, RunspacePoolId};
use crate::psrp::pipeline::{Command, CreatePipeline, PipelineError};
use crate::psrp::runspace_pool::PoolError;
use crate::psrp::{Limits, fragment};
use crate::record::ObjectId;
use crate::wsman::enumerate::BufferMode;
use crate::wsman::shell::{
    CommandState, ConnectCommand, Received, ReconnectCommand, ShellAddress, StreamData,
};
use crate::wsman::{CommandId, FaultCode, Request, ResourceUri, Response, SessionId, ShellId};
use crate::xpress;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What went wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble(pub FailureKind);

impl Failure for Trouble {
    fn kind(&self) -> FailureKind {
        self.0
    }
}

impl From<PoolError> for Trouble {
    fn from(_: PoolError) -> Trouble {
        Trouble(FailureKind::Unusable)
    }
}

impl From<PipelineError> for Trouble {
    fn from(_: PipelineError) -> Trouble {
        Trouble(FailureKind::Unusable)
    }
}

impl From<xpress::Malformed> for Trouble {
    fn from(_: xpress::Malformed) -> Trouble {
        Trouble(FailureKind::Unusable)
    }
}

const FAILURES: [FailureKind; 20] = [
    FailureKind::Lost,
    FailureKind::TimedOut,
    FailureKind::Busy,
    FailureKind::Unreachable,
    FailureKind::Untrusted,
    FailureKind::Refused,
    FailureKind::Unusable,
    FailureKind::Fault(None),
    FailureKind::Fault(Some(FaultCode::OPERATION_TIMED_OUT)),
    FailureKind::Fault(Some(FaultCode::INVALID_SELECTORS)),
    FailureKind::Fault(Some(FaultCode::SHELL_DISCONNECTED)),
    FailureKind::Fault(Some(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT)),
    FailureKind::Fault(Some(FaultCode::ALREADY_CONNECTED)),
    FailureKind::Fault(Some(FaultCode::ALREADY_DISCONNECTED)),
    FailureKind::Fault(Some(FaultCode::SESSION_ID_MISMATCH)),
    FailureKind::Fault(Some(FaultCode::CONCURRENCY)),
    FailureKind::Fault(Some(FaultCode::DISCONNECT_NOT_GRACEFUL)),
    FailureKind::Fault(Some(FaultCode::ACCESS_DENIED)),
    FailureKind::Fault(Some(FaultCode::SHELL_ID_IN_USE)),
    FailureKind::Fault(Some(FaultCode::COMMAND_ID_IN_USE)),
];

/// Whatever happens in whatever order: a stream is read by one Receive at a time, no id is used twice, nothing is sent once
/// the session is over, each beginning and each pipeline has one end, and once the server is silent for good the session
/// comes to rest.
pub fn session(data: &[u8]) {
    let mut choices = Choices(data);
    let mut world = World::new(&mut choices);
    while !choices.is_over() {
        world.step(&mut choices);
    }
    for _ in 0..1000 {
        if !world.fails() {
            return world.check_events();
        }
    }
    panic!("it does not come to rest: {:?}", world.session.phase());
}

/// A session, and what it has done so far.
struct World {
    session: Session<Trouble>,
    now: Instant,
    in_flight: BTreeMap<RequestId, Request>,
    answered: Option<(RequestId, Request)>,
    /// The last request, and the objects that were sent.
    last: Option<RequestId>,
    sent: BTreeSet<(u64, u64)>,
    /// The Commands that were sent, with what begins them.
    commands: Vec<(CommandId, Vec<u8>)>,
    pipelines: Vec<PipelineId>,
    ended: BTreeSet<PipelineId>,
    has_begun: bool,
}

impl World {
    fn new(choices: &mut Choices<'_>) -> World {
        let now = Instant::now();
        let resource_uri = ResourceUri::of_configuration("x");
        let identity = Identity {
            shell: ShellAddress { resource_uri, shell_id: ShellId::of_guid(ID) },
            pool_id: RunspacePoolId(ID),
            client: SessionId(Uuid::from_u128(1)),
            protocol_version: ProtocolVersion::V2_3,
            buffer_mode: choices.flag().then_some(BufferMode::Drop),
            is_compressed: [None, Some(false), Some(true)][choices.below(3)],
            seed: Uuid::from_u128(2),
        };
        let limits = Limits {
            fragment: fragment::Limits { object_size: 3000, fragments: 20, ..fragment::Limits::default() },
            ..Limits::default()
        };
        let options = SessionOptions {
            buffer_mode: [None, Some(BufferMode::Drop), Some(BufferMode::Block)][choices.below(3)],
            limits,
            command_limits: limits,
            reconnect_for: Duration::from_secs(60),
        };
        let mut has_begun = false;
        let session = match choices.below(5) {
            0 => {
                let create = CreateOptions { retries: 2, ..CreateOptions::default() };
                Session::open(identity, create, options)
            }
            1 => {
                has_begun = true;
                Session::held(identity, options)
            }
            kind => {
                let kinds = [ConnectKind::Connect, ConnectKind::Reconnect, ConnectKind::Resume];
                Session::acquire(kinds[kind - 2], identity, options, now)
            }
        };
        World {
            session,
            now,
            in_flight: BTreeMap::new(),
            answered: None,
            last: None,
            sent: BTreeSet::new(),
            commands: Vec::new(),
            pipelines: Vec::new(),
            ended: BTreeSet::new(),
            has_begun,
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let id = PipelineId(Uuid::from_u128(ID.as_u128() + choices.below(3) as u128));
        match choices.below(16) {
            0..=2 => drop(self.send()),
            3 | 4 => self.answer(choices),
            5 => self.fail(choices),
            6 => {
                self.now += Duration::from_millis(u64::from(choices.octet()) * 100);
                self.session.handle_timeout(self.now);
            }
            7 if !self.pipelines.contains(&id) => {
                let create = CreatePipeline::new(vec![Command::script("x")]);
                let reader = if choices.flag() { Reader::ThisClient } else { Reader::NextClient };
                if self.session.invoke(id, &create, reader).is_ok() {
                    self.pipelines.push(id);
                }
            }
            8 if !self.pipelines.contains(&id) => {
                let mark = ObjectId::new(u64::from(choices.octet()));
                self.session.attach(id, CommandId::of_guid(id.0), mark);
                self.pipelines.push(id);
            }
            9 => drop(self.session.send(id, MessageType::PipelineInput, "<S>x</S>")),
            10 => self.session.stop(id),
            11 => self.session.disconnect(DisconnectOptions::default()),
            12 => self.session.remove(),
            13 => self.session.stay_connected(),
            14 => self.check_events(),
            _ => {
                self.check_output();
                self.session.exchange_keys(None);
            }
        }
    }

    /// Sends what is due, if anything is.
    fn send(&mut self) -> bool {
        let is_over =
            matches!(self.session.phase(), Phase::Disconnected | Phase::Closed | Phase::Broken { .. });
        let Some(Outgoing { id, request, sequence, .. }) = self.session.poll_request(self.now) else {
            return false;
        };
        assert!(!is_over, "{request:?} is sent by a session that is over");
        assert!(self.last < Some(id), "ids of requests are used once");
        self.last = Some(id);
        let is_receive = |request: &Request, of: &Request| match (request, of) {
            (Request::Receive(one), Request::Receive(other)) => one.command_id == other.command_id,
            _ => false,
        };
        assert!(!self.in_flight.values().any(|one| is_receive(one, &request)), "one Receive of a stream");
        assert_eq!(sequence.is_some(), matches!(request, Request::Receive(_)));
        match &request {
            Request::Send(send) => self.note_objects(&send.data),
            Request::Command(command) => {
                self.commands.push((command.command_id.clone(), command.arguments.clone()));
                self.note_objects(&command.arguments);
            }
            _ => {}
        }
        self.in_flight.insert(id, request);
        true
    }

    /// A request has failed: what the server has not got may be sent again. That it has not got a Command it says when
    /// that is asked for.
    fn forget(&mut self, request: &Request, failure: Trouble) {
        let payloads: Vec<Vec<u8>> = match request {
            Request::Send(send) if !failure.may_be_carried_out() => vec![send.data.clone()],
            Request::Command(command) if !failure.may_be_carried_out() => vec![command.arguments.clone()],
            Request::ReconnectCommand(ReconnectCommand { command_id, .. })
            | Request::ConnectCommand(ConnectCommand { command_id, .. })
                if failure.is_gone() =>
            {
                let is_meant = |(id, _): &&(CommandId, _)| command_id == id;
                self.commands.iter().filter(is_meant).map(|(_, arguments)| arguments.clone()).collect()
            }
            _ => Vec::new(),
        };
        for payload in payloads {
            for fragment in fragments(&payload) {
                self.sent.remove(&fragment);
            }
        }
    }

    /// The numbers of the fragments that are sent. No object has a number that needs its upper half, and no chunk is of one
    /// octet.
    fn note_objects(&mut self, payload: &[u8]) {
        for fragment in fragments(payload) {
            assert!(self.sent.insert(fragment), "a fragment is sent once");
        }
    }

    /// A request that something happens to; sometimes one that was answered already.
    fn take(&mut self, choices: &mut Choices<'_>) -> Option<(RequestId, Request)> {
        let at = choices.below(self.in_flight.len().max(1));
        if choices.octet() == 0xFF && self.answered.is_some() {
            return self.answered.clone();
        }
        let id = *self.in_flight.keys().nth(at)?;
        self.answered = self.in_flight.remove_entry(&id);
        self.answered.clone()
    }

    fn answer(&mut self, choices: &mut Choices<'_>) {
        let Some((id, request)) = self.take(choices) else { return };
        // Of the kind that its operation reads.
        let response = match &request {
            Request::Create(_) | Request::Get(_) => Response::Shell(Box::default()),
            Request::Connect(_) => Response::Connected(stream(choices)),
            Request::Command(command) if choices.flag() => Response::Command(command.command_id.clone()),
            // A service may choose another.
            Request::Command(command) => Response::Command(CommandId(format!("{}x", command.command_id.0))),
            Request::Receive(_) => received(choices),
            _ => Response::Done,
        };
        self.session.handle_response(self.now, id, Ok(response));
    }

    fn fail(&mut self, choices: &mut Choices<'_>) {
        if let Some((id, request)) = self.take(choices) {
            let failure = Trouble(FAILURES[choices.below(FAILURES.len())]);
            self.forget(&request, failure);
            self.session.handle_response(self.now, id, Err(failure));
        }
    }

    /// The server cannot be reached any more. Whether there was anything left to do.
    fn fails(&mut self) -> bool {
        self.check_output();
        if self.send() {
            return true;
        }
        if let Some((id, request)) = self.in_flight.pop_first() {
            let failure = Trouble(FailureKind::Unreachable);
            self.forget(&request, failure);
            self.session.handle_response(self.now, id, Err(failure));
            return true;
        }
        let Some(due) = self.session.poll_timeout() else { return false };
        self.now = self.now.max(due);
        self.session.handle_timeout(self.now);
        true
    }

    fn check_events(&mut self) {
        while let Some(event) = self.session.poll_event() {
            if let Event::Opened(_) | Event::Acquired(_) = event {
                assert!(!self.has_begun, "a session begins once");
                self.has_begun = true;
            }
        }
    }

    fn check_output(&mut self) {
        for id in &self.pipelines {
            while let Some(output) = self.session.poll_output(*id) {
                assert!(!self.ended.contains(id), "nothing follows the end of a pipeline");
                if let PipelineOutput::End(_) = output {
                    self.ended.insert(*id);
                }
            }
        }
    }
}

fn received(choices: &mut Choices<'_>) -> Response {
    let mut received = Received::default();
    for _ in 0..choices.below(3) {
        received.streams.push(StreamData { command_id: None, data: stream(choices) });
    }
    if choices.octet() == 0xFF {
        received.commands.push((None, CommandState::Done));
    }
    Response::Received(received)
}

/// The numbers of the fragments in a payload.
fn fragments(payload: &[u8]) -> Vec<(u64, u64)> {
    let plain = match payload.starts_with(&[0; 4]) {
        true => payload.to_vec(),
        false => xpress::decode(payload).unwrap_or_else(|error| panic!("{error}")),
    };
    let (mut rest, mut found) = (&plain[..], Vec::new());
    while let Some((header, after)) = rest.split_first_chunk::<{ fragment::HEADER_LEN }>() {
        let number = |at: usize| header[at..at + 8].iter().fold(0, |all, octet| all << 8 | u64::from(*octet));
        found.push((number(0), number(8)));
        let length = header[17..].iter().fold(0, |all, octet| all << 8 | usize::from(*octet));
        rest = &after[length..];
    }
    found
}
