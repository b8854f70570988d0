//! A machine and a service in a pair: no sockets, no waiting, simulated time, and trouble with any request.

use crate::psrp::message::{PipelineId, RunspacePoolId};
use crate::psrp::pipeline::{Command, CreatePipeline, PipelineEvent, PipelineState};
use crate::psrp::{Limits, clixml::Value, handshake::ProtocolVersion};
pub(super) use crate::session::fuzzing::Trouble;
use crate::session::{
    ConnectKind, CreateOptions, Event, FailureKind, Identity, Outgoing, PipelineEnd, PipelineOutput,
    RequestId, Session, SessionOptions,
};
use crate::wsman::enumerate::BufferMode;
use crate::wsman::shell::ShellAddress;
use crate::wsman::{
    self, Header, Locale, MessageId, Operation as _, Request, ResourceUri, Response, SessionId, ShellId,
    envelope,
};
use crate::xpress;
use pssession_listener::{Caller, Outcome, Service, SessionSpec, Settings, Wait};
use std::ops::Range;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoil {
    /// It does not arrive.
    Before(FailureKind),
    /// It is carried out, and its answer does not arrive.
    After(FailureKind),
    /// Its answer comes late.
    Late(Duration),
    /// Neither it nor its answer arrives, and nobody says so.
    Never,
}

/// A service, the messages in transit to and from it, and one client of it.
pub(super) struct World {
    pub service: Service,
    pub now: Instant,
    pub actions: Vec<String>,
    /// Which requests are spoiled, counted from 0, and how.
    pub spoils: Vec<(usize, Spoil)>,
    /// Which requests of an action are spoiled: from the first, counted from now, for so many.
    spoiled_action: Option<(&'static str, Range<usize>, Spoil)>,
    pub last_state: Option<PipelineState>,
    /// Whether the streams of its shells are compressed.
    pub compresses: bool,
    waits: Vec<(RequestId, Request, MessageId, Wait)>,
    late: Vec<(Instant, RequestId, Result<Response, Trouble>)>,
}

impl World {
    pub(super) fn new(change: impl FnOnce(&mut Settings)) -> World {
        let mut settings = Settings::default();
        change(&mut settings);
        World {
            service: Service::new(settings),
            now: Instant::now(),
            actions: Vec::new(),
            spoils: Vec::new(),
            spoiled_action: None,
            last_state: None,
            compresses: false,
            waits: Vec::new(),
            late: Vec::new(),
        }
    }

    /// Spoils the next request of an action, after so many others of it.
    pub(super) fn spoil_next(&mut self, action: &'static str, after: usize, spoil: Spoil) {
        self.spoiled_action = Some((action, after..after + 1, spoil));
    }

    /// Spoils all of an action.
    pub(super) fn spoil_all(&mut self, action: &'static str, spoil: Spoil) {
        self.spoiled_action = Some((action, 0..usize::MAX, spoil));
    }

    /// Spoils every request from now on.
    pub(super) fn spoil_everything(&mut self, spoil: Spoil) {
        self.spoils = (self.actions.len()..self.actions.len() + 1_000).map(|index| (index, spoil)).collect();
    }

    fn spoil_of(&mut self, action: &str) -> Option<Spoil> {
        let (_, range, spoil) = self.spoiled_action.as_mut().filter(|(spoiled, ..)| *spoiled == action)?;
        let is_spoiled = range.start == 0 && range.end > 0;
        *range = range.start.saturating_sub(1)..range.end.saturating_sub(1);
        is_spoiled.then_some(*spoil)
    }

    /// The connections of all pending requests are cut.
    pub(super) fn lose_waiting(&mut self, session: &mut Session<Trouble>) {
        for (id, _, _, wait) in std::mem::take(&mut self.waits) {
            self.service.abandon(self.now, &wait);
            session.handle_response(self.now, id, Err(Trouble(FailureKind::Lost)));
        }
    }

    /// A session left on the service.
    pub(super) fn left(&mut self, script: Option<&str>) -> ShellAddress {
        let spec = SessionSpec {
            name: Some("ITTask".into()),
            script: script.map(str::to_owned),
            ..SessionSpec::default()
        };
        let shell_id = self.service.add_session(self.now, spec).unwrap();
        ShellAddress { resource_uri: configuration(), shell_id: ShellId(shell_id) }
    }

    /// The id of the only command of the only session.
    pub(super) fn command_id(&self) -> String {
        self.service.sessions()[0].commands[0].0.clone()
    }

    pub(super) fn acquire(
        &self,
        kind: ConnectKind,
        shell: &ShellAddress,
        client: SessionId,
    ) -> Session<Trouble> {
        self.acquire_with(kind, shell, client, options())
    }

    pub(super) fn acquire_with(
        &self,
        kind: ConnectKind,
        shell: &ShellAddress,
        client: SessionId,
        options: SessionOptions,
    ) -> Session<Trouble> {
        Session::acquire(kind, identity(shell.clone(), client), options, self.now)
    }

    /// The same, by a client that wants its output dropped while it is not read.
    pub(super) fn acquire_dropping(&self, shell: &ShellAddress) -> Session<Trouble> {
        let options = SessionOptions { buffer_mode: Some(BufferMode::Drop), ..options() };
        self.acquire_with(ConnectKind::Connect, shell, client(), options)
    }

    /// The client is gone, and its connections with it.
    pub(super) fn abandon(&mut self) {
        for (.., wait) in self.waits.drain(..) {
            self.service.abandon(self.now, &wait);
        }
        self.late.clear();
    }

    pub(super) fn open(&self) -> Session<Trouble> {
        self.open_with(CreateOptions { name: Some("Work".into()), ..CreateOptions::default() })
    }

    pub(super) fn open_with(&self, create: CreateOptions) -> Session<Trouble> {
        self.open_as(create, options())
    }

    pub(super) fn open_with_options(&self, options: SessionOptions) -> Session<Trouble> {
        self.open_as(CreateOptions::default(), options)
    }

    fn open_as(&self, create: CreateOptions, options: SessionOptions) -> Session<Trouble> {
        let shell =
            ShellAddress { resource_uri: configuration(), shell_id: ShellId::of_guid(Uuid::new_v4()) };
        Session::open(identity(shell, client()), create, options)
    }

    /// One step: sends what is due, else lets something arrive, else lets time pass. Whether there was anything.
    pub(super) fn step(&mut self, session: &mut Session<Trouble>) -> bool {
        if let Some(outgoing) = session.poll_request(self.now) {
            self.send(session, outgoing);
            return true;
        }
        self.service.advance(self.now);
        for index in 0..self.waits.len() {
            let (_, _, _, wait) = &self.waits[index];
            if let Some(reply) = self.service.poll(self.now, wait) {
                let (id, request, message_id, _) = self.waits.swap_remove(index);
                let result = self.read(&request, &reply.soap(), message_id);
                session.handle_response(self.now, id, result);
                return true;
            }
        }
        if let Some(index) = self.late.iter().position(|(due, ..)| *due <= self.now) {
            let (_, id, result) = self.late.swap_remove(index);
            session.handle_response(self.now, id, result);
            return true;
        }
        let waits = self.waits.iter().map(|(_, _, _, wait)| wait.deadline());
        let late = self.late.iter().map(|(due, ..)| *due);
        let service = (!self.waits.is_empty()).then(|| self.service.next_wakeup()).flatten();
        let due = waits.chain(late).chain(service).chain(session.poll_timeout()).min();
        let Some(due) = due else { return false };
        self.now = due.max(self.now);
        session.handle_timeout(self.now);
        true
    }

    fn send(&mut self, session: &mut Session<Trouble>, outgoing: Outgoing) {
        let Outgoing { id, client, mut request, sequence, max_envelope_size } = outgoing;
        if let Request::Send(send) = &mut request
            && self.compresses
        {
            send.data = xpress::decode(&send.data).unwrap();
        }
        let index = self.actions.len();
        let action = request.action().rsplit('/').next().unwrap_or_default();
        self.actions.push(action.to_owned());
        let at_index = self.spoils.iter().find(|(at, _)| *at == index).map(|(_, spoil)| *spoil);
        let spoil = at_index.or_else(|| self.spoil_of(action));
        match spoil {
            Some(Spoil::Before(kind)) => return session.handle_response(self.now, id, Err(Trouble(kind))),
            Some(Spoil::Never) => return,
            Some(Spoil::After(_) | Spoil::Late(_)) | None => {}
        }
        let message_id = MessageId(Uuid::new_v4());
        let header = Header {
            to: "http://server01:5985/wsman",
            session_id: client,
            sequence,
            message_id,
            operation_timeout: Duration::from_secs(20),
            max_envelope_size,
            locale: Locale::DEFAULT,
        };
        let soap = envelope::write(&request, &header);
        let caller = Caller { user: "alice".into(), administrator: false, connection: index as u64 };
        let outcome = self.service.handle(self.now, &caller, soap.as_bytes());
        if let Some(Spoil::After(kind)) = spoil {
            if let Outcome::Wait(wait) = outcome {
                self.service.abandon(self.now, &wait);
            }
            return session.handle_response(self.now, id, Err(Trouble(kind)));
        }
        match outcome {
            Outcome::Wait(wait) => self.waits.push((id, request, message_id, wait)),
            Outcome::Answer(reply) => {
                let result = self.read(&request, &reply.soap(), message_id);
                match spoil {
                    Some(Spoil::Late(by)) => self.late.push((self.now + by, id, result)),
                    Some(Spoil::Before(_) | Spoil::After(_) | Spoil::Never) | None => {
                        session.handle_response(self.now, id, result);
                    }
                }
            }
        }
    }

    fn read(&self, request: &Request, soap: &str, sent: MessageId) -> Result<Response, Trouble> {
        let mut result = read(request, soap, sent);
        if let Ok(Response::Received(received)) = &mut result
            && self.compresses
        {
            received.streams.iter_mut().for_each(|stream| stream.data = xpress::encode(&stream.data));
        }
        result
    }

    /// The last requests, for messages.
    fn last(&self) -> &[String] {
        &self.actions[self.actions.len().saturating_sub(20)..]
    }

    /// Steps until there is an event.
    pub(super) fn event(&mut self, session: &mut Session<Trouble>) -> Event<Trouble> {
        for _ in 0..1_000 {
            if let Some(event) = session.poll_event() {
                return event;
            }
            assert!(self.step(session), "nothing happens any more after {:?}", self.last());
        }
        panic!("no event after {:?}", self.last());
    }

    /// The same, past a connection that is lost and restored.
    pub(super) fn outcome(&mut self, session: &mut Session<Trouble>) -> Event<Trouble> {
        loop {
            match self.event(session) {
                Event::Lost { .. } | Event::Recovered => {}
                event => return event,
            }
        }
    }

    /// Steps until a pipeline has brought its next output.
    pub(super) fn output(
        &mut self,
        session: &mut Session<Trouble>,
        id: PipelineId,
    ) -> PipelineOutput<Trouble> {
        for _ in 0..1_000 {
            if let Some(output) = session.poll_output(id) {
                return output;
            }
            assert!(self.step(session), "nothing happens any more after {:?}", self.last());
        }
        panic!("no output after {:?}", self.last());
    }

    /// Reads a pipeline to its end: the strings it has brought, and its end.
    pub(super) fn read_to_end(
        &mut self,
        session: &mut Session<Trouble>,
        id: PipelineId,
    ) -> (Vec<String>, PipelineEnd<Trouble>) {
        let mut strings = Vec::new();
        loop {
            match self.output(session, id) {
                PipelineOutput::Event(_, PipelineEvent::Output(value)) => strings.extend(text(&value)),
                PipelineOutput::Event(_, PipelineEvent::State(state, _)) => self.last_state = Some(state),
                PipelineOutput::Event(..) => {}
                PipelineOutput::End(end) => return (strings, end),
            }
        }
    }
}

fn read(request: &Request, soap: &str, sent: MessageId) -> Result<Response, Trouble> {
    envelope::read(request, soap.as_bytes(), sent).map_err(|failure| {
        Trouble(match failure {
            wsman::Failure::Fault(fault) => FailureKind::Fault(fault.code),
            wsman::Failure::Malformed(malformed) => panic!("{malformed}"),
        })
    })
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_i32().map(|number| number.to_string()).or_else(|| value.as_str().map(str::to_owned))
}

pub(super) fn client() -> SessionId {
    SessionId(Uuid::new_v4())
}

pub(super) fn script(text: &str) -> CreatePipeline {
    CreatePipeline::new(vec![Command::script(text)])
}

pub(super) fn configuration() -> ResourceUri {
    ResourceUri::of_configuration("Microsoft.PowerShell")
}

pub(super) fn identity(shell: ShellAddress, client: SessionId) -> Identity {
    Identity {
        pool_id: RunspacePoolId(shell.shell_id.guid().unwrap()),
        shell,
        client,
        protocol_version: ProtocolVersion::V2_3,
        buffer_mode: Some(BufferMode::Block),
        is_compressed: None,
        seed: Uuid::new_v4(),
    }
}

pub(super) fn options() -> SessionOptions {
    SessionOptions {
        buffer_mode: None,
        limits: Limits::default(),
        command_limits: Limits::default(),
        reconnect_for: Duration::from_secs(240),
    }
}
