//! The machine itself: commands in, requests out, responses in, output out.

use super::acquire::{Acquire, ConnectKind};
use super::compression::Compression;
use super::event::Event;
use super::failure::Failure;
use super::phase::{
    CreateOptions, DisconnectOptions, DisconnectStep, Disconnecting, Lost, Opening, Outage, Phase,
};
use super::pipelines::{Attach, PipelineOutput, Reader, Running};
use super::receive::Receive;
use super::requests::{Outgoing, Part, Purpose, Requests};
use crate::psrp;
use crate::psrp::defragmenter::Losses;
use crate::psrp::fragment::ObjectId;
use crate::psrp::handshake::{ApplicationPrivateData, InitRunspacePool, ProtocolVersion};
use crate::psrp::host::HostResponse;
use crate::psrp::message::{MessageType, PipelineId, RunspacePoolId};
use crate::psrp::pipeline::{CreatePipeline, Pipeline};
use crate::psrp::runspace_pool::RunspacePool;
use crate::wsman::enumerate::{BufferMode, Shell};
use crate::wsman::shell::{Create, Delete, Disconnect, Get, Receive as ReceiveRequest, Send, ShellAddress};
use crate::wsman::{CommandId, MaxEnvelopeSize, Request, SessionId};
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::ops::Range;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What a client brings to its session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionOptions {
    /// What the server does with output while no client reads it; `None` leaves that to the server.
    pub buffer_mode: Option<BufferMode>,
    /// What the server may send for the runspace pool.
    pub limits: psrp::Limits,
    /// What it may send for one command.
    pub command_limits: psrp::Limits,
    /// How long a session that was lost is tried for.
    pub reconnect_for: Duration,
}

/// For how long what is still in flight after a Disconnect is awaited.
pub(super) const DRAIN: Duration = Duration::from_secs(5);

/// A shell's stream has little to say once APPLICATION_PRIVATE_DATA was read. It is read on so much later, so that a short
/// command needs a single connection and the first output of a long one waits for no other.
pub(super) const LULL: Duration = Duration::from_millis(500);

/// A Connect takes so many of the ids by which a server numbers what it sends: two for its answer, one for
/// APPLICATION_PRIVATE_DATA.
const CONNECT_IDS: u64 = 3;

/// The service's largest request is not known; this much is left for the envelope around a payload (in base64).
pub(super) const MAX_PAYLOAD: usize = (MaxEnvelopeSize::SAFE.0 as usize - 8192) / 4 * 3;

/// Which session it is, and of which client.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// In the service's own letters.
    pub shell: ShellAddress,
    pub pool_id: RunspacePoolId,
    pub client: SessionId,
    /// As agreed on earlier; a Connect negotiates it again.
    pub protocol_version: ProtocolVersion,
    /// What the server did with output so far while no client read it, where that is known.
    pub buffer_mode: Option<BufferMode>,
    /// Whether its streams are compressed, where that was reported.
    pub is_compressed: Option<bool>,
    /// A number that no other client session has; the ids of its operations are counted from it.
    pub seed: Uuid,
}

/// Commands and input need a session that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session is not open")]
pub(crate) struct NotOpen;

/// A client's end of a session on a server.
#[derive(Debug)]
pub(crate) struct Session<F> {
    pub(super) identity: Identity,
    pub(super) options: SessionOptions,
    pub(super) pool: RunspacePool,
    pub(super) connect_xml: Vec<u8>,
    pub(super) phase: Phase<F>,
    pub(super) outage: Option<Outage>,
    /// The end of the block that its objects are numbered from; without one, nothing else counts along.
    ids_end: Option<ObjectId>,
    /// What the server said of the shell that it created.
    pub(super) created: Option<Box<Shell>>,
    pub(super) requests: Requests,
    /// Payloads to be sent to the pool, in order, one request at a time. The first is kept until it has arrived.
    pub(super) pool_input: VecDeque<Vec<u8>>,
    pub(super) pool_output: Receive,
    /// When that is read again, if not at once.
    pub(super) pool_due: Option<Instant>,
    pub(super) pipelines: BTreeMap<PipelineId, Running<F>>,
    /// By which verb its commands are to be taken up.
    pub(super) attach_by: Attach,
    pub(super) streams: u64,
    /// The shell's own stream is read although nothing needs it: a server disconnects a client that has no request open
    /// (wire.md 5.1).
    pub(super) stays_connected: bool,
    /// The driver was asked for a pair of keys.
    pub(super) keys_wanted: bool,
    /// Answers that wait for the session key, with the pipeline that asked; `None` for the pool.
    pub(super) waiting_responses: VecDeque<(Option<PipelineId>, HostResponse)>,
    pub(super) events: VecDeque<Event<F>>,
}

/// Beginnings.
impl<F: Failure> Session<F> {
    /// A session that exists on a server and is to be acquired by `client`.
    pub(crate) fn acquire(
        kind: ConnectKind,
        identity: Identity,
        options: SessionOptions,
        now: Instant,
    ) -> Session<F> {
        let (pool, connect_xml) = RunspacePool::connect(identity.pool_id, options.limits);
        Session::new(identity, options, pool, connect_xml, Phase::Acquiring(Acquire::new(kind, now)))
    }

    /// A session that this client holds, as far as is known.
    pub(crate) fn held(identity: Identity, options: SessionOptions) -> Session<F> {
        let pool = RunspacePool::resume(identity.pool_id, identity.protocol_version, options.limits);
        Session::new(identity, options, pool, Vec::new(), Phase::Open)
    }

    /// A session that is to be created. The id chosen here and the SessionId header make it one that can be
    /// disconnected.
    pub(crate) fn open(identity: Identity, create: CreateOptions, options: SessionOptions) -> Session<F> {
        let init = InitRunspacePool {
            host: create.host.clone(),
            application_arguments: create.application_arguments.clone(),
        };
        let (pool, payloads) = RunspacePool::open(identity.pool_id, &init, MAX_PAYLOAD, options.limits);
        let phase = Phase::Opening(Opening::Create {
            options: create,
            payloads: payloads.into(),
            tries: 0,
            due: None,
        });
        // This client asks for none.
        let identity = Identity { is_compressed: Some(false), ..identity };
        Session::new(identity, options, pool, Vec::new(), phase)
    }

    fn new(
        identity: Identity,
        options: SessionOptions,
        pool: RunspacePool,
        connect_xml: Vec<u8>,
        phase: Phase<F>,
    ) -> Session<F> {
        Session {
            pool_input: VecDeque::new(),
            pool_due: None,
            pool_output: Receive::new(identity.seed.as_u128(), Compression::of(identity.is_compressed)),
            identity,
            options,
            pool,
            connect_xml,
            phase,
            outage: None,
            ids_end: None,
            created: None,
            requests: Requests::new(),
            pipelines: BTreeMap::new(),
            attach_by: Attach::Connect,
            streams: 0,
            stays_connected: false,
            keys_wanted: false,
            waiting_responses: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Keeps the session connected while nothing runs in it, unless a server will not have that. It may be asked again.
    pub(crate) fn stay_connected(&mut self) {
        self.stays_connected = true;
    }

    /// The reading of another stream, whose operations are far from those of the streams before it.
    fn receive(&mut self) -> Receive {
        self.streams += 1;
        let first = self.identity.seed.as_u128().wrapping_add(u128::from(self.streams) << 64);
        Receive::new(first, self.pool_output.compression())
    }
}

/// What is known, and commands.
impl<F: Failure> Session<F> {
    pub(crate) fn phase(&self) -> &Phase<F> {
        &self.phase
    }

    /// What the server said of the shell that it created for this session; once.
    pub(crate) fn take_created(&mut self) -> Option<Box<Shell>> {
        self.created.take()
    }

    /// What the server said of itself, once it has.
    pub(crate) fn application_private_data(&self) -> Option<&ApplicationPrivateData> {
        self.pool.application_private_data()
    }

    /// The shell, in the service's own letters.
    #[cfg(test)]
    pub(crate) fn shell(&self) -> &ShellAddress {
        &self.identity.shell
    }

    /// Objects that are sent from now on are numbered from this block.
    pub(crate) fn number_objects_from(&mut self, block: Range<ObjectId>) {
        self.pool.number_objects_from(block.start);
        self.ids_end = Some(block.end);
    }

    /// How many objects can be sent before another block of ids is needed; `None` for as many as one likes.
    pub(crate) fn objects_left(&self) -> Option<u64> {
        let next = self.pool.next_object_id();
        self.ids_end.map(|end| end.get().saturating_sub(next.get()))
    }

    /// Starts a pipeline.
    ///
    /// # Errors
    /// Where the session is not open.
    pub(crate) fn invoke(
        &mut self,
        id: PipelineId,
        create: &CreatePipeline,
        reader: Reader,
    ) -> Result<(), NotOpen> {
        self.check_open()?;
        let payloads = self.pool.send(MessageType::CreatePipeline, Some(id), &create.encode(), MAX_PAYLOAD);
        let pipeline = self.pipeline(Pipeline::new(id, &self.options.command_limits), Losses::AfterACut);
        let running = Running::start(CommandId::of_guid(id.0), pipeline, self.receive(), payloads, reader);
        self.pipelines.insert(id, running);
        Ok(())
    }

    /// Takes up a pipeline that runs already, or has ended and was not read to its end. What it brought up to the
    /// `mark` was read before and is left out.
    pub(crate) fn attach(&mut self, id: PipelineId, command_id: CommandId, mark: Option<ObjectId>) {
        let other_ids = if self.attach_by == Attach::Connect { CONNECT_IDS } else { 0 };
        let pipeline = Pipeline::attach(id, mark, &self.options.command_limits);
        let pipeline = self.pipeline(pipeline, Losses::Now { other_ids });
        let running = Running::attach(command_id, pipeline, self.receive(), self.attach_by);
        self.pipelines.insert(id, running);
    }

    pub(super) fn check_open(&self) -> Result<(), NotOpen> {
        if let Phase::Open | Phase::Lost(_) = self.phase { Ok(()) } else { Err(NotOpen) }
    }

    /// A pipeline that expects the losses that its session's mode permits.
    fn pipeline(&self, mut pipeline: Pipeline, losses: Losses) -> Pipeline {
        let drops = [self.identity.buffer_mode, self.options.buffer_mode].contains(&Some(BufferMode::Drop));
        // Where the mode is not known, a hole is better reported than refused.
        if drops || self.identity.buffer_mode.is_none() {
            pipeline.accept_gaps();
        }
        if drops {
            pipeline.report_losses(losses);
        }
        pipeline
    }

    /// Sends a message to a pipeline: input, or the end of it.
    ///
    /// # Errors
    /// Where the session is not open.
    pub(crate) fn send(&mut self, id: PipelineId, kind: MessageType, data: &str) -> Result<(), NotOpen> {
        self.check_open()?;
        let payloads = self.pool.send(kind, Some(id), data, MAX_PAYLOAD);
        if let Some(running) = self.pipelines.get_mut(&id) {
            running.input(payloads, MAX_PAYLOAD);
        }
        Ok(())
    }

    /// How many payloads of a pipeline the server has not acknowledged; none of one that is over.
    pub(crate) fn unsent(&self, id: PipelineId) -> usize {
        let Some(running) = self.pipelines.get(&id) else { return 0 };
        running.unsent() + usize::from(self.requests.has(Purpose::Pipeline(id, Part::Input)))
    }

    /// Whether a pipeline has not come to an end, in any way.
    pub(crate) fn goes_on(&self, id: PipelineId) -> bool {
        self.pipelines.get(&id).is_some_and(Running::goes_on)
    }

    /// Whether no command is about to be freed: those are whose pipelines have ended, while the session is open.
    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self.phase, Phase::Open) || !self.pipelines.values().any(Running::is_being_freed)
    }

    /// Asks a pipeline to stop. It says when it has.
    pub(crate) fn stop(&mut self, id: PipelineId) {
        if let Some(running) = self.pipelines.get_mut(&id) {
            running.stop();
        }
    }

    /// Lets go of the session, which runs on. [`Event::Disconnected`] says what came of it.
    pub(crate) fn disconnect(&mut self, options: DisconnectOptions) {
        match &self.phase {
            // A server disconnects a client that it does not hear.
            Phase::Lost(Lost { opening: None, .. }) if options == DisconnectOptions::default() => {
                self.is_disconnected();
            }
            Phase::Open | Phase::Lost(Lost { opening: None, .. }) => {
                let step = DisconnectStep::Ask { tries: 0 };
                self.phase = Phase::Disconnecting(Disconnecting { options, step });
            }
            Phase::Broken { failure, .. } => {
                self.events.push_back(Event::Disconnected(Err(failure.clone())));
            }
            Phase::Disconnected | Phase::Closed => self.events.push_back(Event::Disconnected(Ok(()))),
            // It is under way, or nothing is held yet.
            Phase::Disconnecting(_)
            | Phase::Closing { .. }
            | Phase::Opening(_)
            | Phase::Lost(_)
            | Phase::Acquiring(_) => {}
        }
    }

    /// Ends the session and everything in it. [`Event::Removed`] says what came of it.
    pub(crate) fn remove(&mut self) {
        match &self.phase {
            Phase::Opening(_)
            | Phase::Open
            | Phase::Lost(_)
            | Phase::Disconnecting(_)
            | Phase::Disconnected
            | Phase::Broken { is_ours: true, .. } => {
                self.phase = Phase::Closing { tries: 0, due: None };
            }
            Phase::Broken { failure, .. } => self.events.push_back(Event::Removed(Err(failure.clone()))),
            Phase::Closed => self.events.push_back(Event::Removed(Ok(()))),
            Phase::Closing { .. } | Phase::Acquiring(_) => {}
        }
    }
}

/// What is to be done.
impl<F: Failure> Session<F> {
    pub(crate) fn poll_request(&mut self, now: Instant) -> Option<Outgoing> {
        let (purpose, mut request) = self.next_request(now)?;
        // Of the payloads of a shell only those of its streams are compressed (MS-WSMV 3.2.4.1.19).
        if let Request::Send(send) = &mut request {
            send.data = self.pool_output.compression().write(mem::take(&mut send.data));
        }
        let receive = match purpose {
            Purpose::PoolOutput => Some(&self.pool_output),
            Purpose::Pipeline(id, Part::Output) => self.pipelines.get(&id).map(Running::receive),
            Purpose::Pipeline(..)
            | Purpose::Create
            | Purpose::Describe
            | Purpose::Acquire
            | Purpose::Disconnect
            | Purpose::Delete
            | Purpose::PoolInput => None,
        };
        // A larger answer than every service gives is asked for once the peer's version allows it.
        let is_known = self.pool.protocol_version().is_some_and(ProtocolVersion::supports_disconnect);
        let size = if is_known { MaxEnvelopeSize::DEFAULT } else { MaxEnvelopeSize::SAFE };
        Some(self.requests.send(purpose, request, self.identity.client, receive, size))
    }

    fn next_request(&mut self, now: Instant) -> Option<(Purpose, Request)> {
        let shell = self.identity.shell.clone();
        match &mut self.phase {
            Phase::Opening(Opening::Create { options, payloads, due, .. })
                if due.is_none_or(|due| due <= now) && !self.requests.has(Purpose::Create) =>
            {
                let create = Create {
                    shell,
                    name: options.name.clone(),
                    idle_timeout: options.idle_timeout,
                    buffer_mode: self.options.buffer_mode,
                    no_machine_profile: options.no_machine_profile,
                    creation_xml: payloads.front()?.clone(),
                };
                Some((Purpose::Create, create.into()))
            }
            // One whose Create was answered is described by that.
            Phase::Opening(Opening::Negotiate(_)) if self.created.is_none() => {
                let get = Get::shell(shell.shell_id);
                (!self.requests.has(Purpose::Describe)).then(|| (Purpose::Describe, get.into()))
            }
            Phase::Opening(Opening::Negotiate(rest))
                if !rest.is_empty() && !self.requests.has(Purpose::PoolInput) =>
            {
                let data = rest.front()?.clone();
                Some((Purpose::PoolInput, Send { shell, command_id: None, data }.into()))
            }
            Phase::Opening(Opening::Negotiate(_)) => self.read_pool(),
            Phase::Acquiring(acquire)
            | Phase::Lost(Lost { acquire, .. })
            | Phase::Disconnecting(Disconnecting { step: DisconnectStep::Resume { acquire, .. }, .. })
                if acquire.due <= now && !self.requests.has(Purpose::Acquire) =>
            {
                let mode = self.options.buffer_mode;
                Some((Purpose::Acquire, acquire.request(&shell, mode, &self.connect_xml)))
            }
            Phase::Open => self.next_while_open(),
            Phase::Disconnecting(Disconnecting { options, step: DisconnectStep::Ask { .. } })
                if !self.requests.any(|purpose| !purpose.is_long_poll()) =>
            {
                let DisconnectOptions { idle_timeout, buffer_mode } = *options;
                Some((Purpose::Disconnect, Disconnect { shell, idle_timeout, buffer_mode }.into()))
            }
            Phase::Closing { due, .. }
                if due.is_none_or(|due| due <= now) && !self.requests.has(Purpose::Delete) =>
            {
                Some((Purpose::Delete, Delete { shell }.into()))
            }
            Phase::Opening(_)
            | Phase::Acquiring(_)
            | Phase::Lost(_)
            | Phase::Disconnecting(_)
            | Phase::Disconnected
            | Phase::Closing { .. }
            | Phase::Closed
            | Phase::Broken { .. } => None,
        }
    }

    fn next_while_open(&mut self) -> Option<(Purpose, Request)> {
        let requests = &self.requests;
        if !requests.has(Purpose::PoolInput)
            && let Some(data) = self.pool_input.front()
        {
            let (shell, data) = (self.identity.shell.clone(), data.clone());
            return Some((Purpose::PoolInput, Send { shell, command_id: None, data }.into()));
        }
        for (id, running) in &mut self.pipelines {
            let is_in_flight = |part| requests.has(Purpose::Pipeline(*id, part));
            if let Some((part, request)) = running.next(&self.identity.shell, is_in_flight) {
                return Some((Purpose::Pipeline(*id, part), request));
            }
        }
        // PowerShell's last message of a command, and its answer to the next one, may wait until the shell's own stream
        // was read after a Connect: APPLICATION_PRIVATE_DATA lies there. After a Reconnect nothing does.
        let is_used = self.pipelines.values().any(Running::is_read);
        let is_read = is_used && self.attach_by == Attach::Connect;
        let is_wanted = self.stays_connected || is_read || self.pool.awaits_session_key();
        if is_wanted && self.pool_due.is_none() { self.read_pool() } else { None }
    }

    fn read_pool(&self) -> Option<(Purpose, Request)> {
        let is_read = self.requests.has(Purpose::PoolOutput);
        let receive = ReceiveRequest { shell: self.identity.shell.clone(), command_id: None };
        (!is_read).then(|| (Purpose::PoolOutput, receive.into()))
    }

    /// When [`Session::handle_timeout`] is to be called, if nothing happens before.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let is_acquiring = self.requests.has(Purpose::Acquire);
        match &self.phase {
            Phase::Lost(Lost { acquire, .. }) => {
                let until = self.outage.map(|outage| outage.until);
                Some(acquire.due).filter(|_| !is_acquiring).or(until)
            }
            Phase::Acquiring(acquire)
            | Phase::Disconnecting(Disconnecting { step: DisconnectStep::Resume { acquire, .. }, .. }) => {
                (!is_acquiring).then_some(acquire.due)
            }
            Phase::Disconnecting(Disconnecting { step: DisconnectStep::Drain { until }, .. }) => Some(*until),
            Phase::Opening(Opening::Create { due, .. }) if !self.requests.has(Purpose::Create) => *due,
            Phase::Closing { due, .. } if !self.requests.has(Purpose::Delete) => *due,
            Phase::Open => self.pool_due,
            Phase::Opening(_)
            | Phase::Disconnecting(_)
            | Phase::Disconnected
            | Phase::Closing { .. }
            | Phase::Closed
            | Phase::Broken { .. } => None,
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event<F>> {
        self.events.pop_front()
    }

    /// The next event of a pipeline. Its answers are decoded here, after the next Receive was sent.
    pub(crate) fn poll_output(&mut self, id: PipelineId) -> Option<PipelineOutput<F>> {
        let running = self.pipelines.get_mut(&id)?;
        let output = running.poll_output();
        self.pool_output.learn(running.receive().compression());
        if running.is_over() {
            self.pipelines.remove(&id);
        }
        output
    }
}
