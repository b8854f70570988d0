//! The RunspacePool of a client: a state machine between messages and whoever drives the shell (MS-PSRP
//! 3.1.1.2).
//!
//! Its states and what leads from one to the other stand in one table, in `transition.rs`.
//!
//! A pool is made by [`open`](RunspacePool::open), [`connect`](RunspacePool::connect) or one of the two
//! `resume` functions, and the payload that comes with it goes out with the request for the shell. From then
//! on the driver tells what it is about to do (`disconnect`, `reconnect`, `close`), what became of that
//! (`disconnected`, `reconnected`, `refused`, `closed`, `broken`), and hands over what came in
//! (`connect_response`, `receive`).
//!
//! What the server gets wrong breaks the pool, and the pool keeps the reason. What the driver asks for in the
//! wrong state is an error and changes nothing.

use super::Limits;
use super::fragment::{Defragmenter, Fragmenter, ObjectId};
use super::handshake::{
    ApplicationPrivateData, ConnectRunspacePool, DecodeError, InitRunspacePool, ProtocolVersion,
    RunspaceCounts, RunspacePoolInitData, RunspacePoolStateMessage, SessionCapability, WireState,
};
use super::message::{Destination, Message, MessageType, PipelineId, RunspacePoolId};

mod error;
mod state;
mod transition;

#[cfg(test)]
mod tests;

pub(crate) use error::{NotOpened, PoolError};
pub(crate) use transition::{Event, IllegalTransition, RunspacePoolState};

use RunspacePoolState as S;
use state::{Session, State};
use transition::next_state;

/// What a pool made of the bytes it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PoolEvent {
    /// To Opened, Closed or Broken.
    StateChanged(RunspacePoolState),
    /// [`RunspacePool::application_private_data`] has something new.
    ApplicationPrivateData,
    /// A message that is not about the pool's own state, such as a host call; also one of an unknown type.
    Message(Message<'static>),
}

/// What another process needs to go on with a pool that this one leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredRunspacePool {
    pub id: RunspacePoolId,
    pub protocol_version: ProtocolVersion,
    /// A server takes any number, but none may name two objects at once.
    pub next_object_id: ObjectId,
}

/// One RunspacePool, from its request to its end.
#[derive(Debug)]
pub(crate) struct RunspacePool {
    id: RunspacePoolId,
    limits: Limits,
    fragmenter: Fragmenter,
    stream: Defragmenter,
    state: State,
}

/// Beginnings.
impl RunspacePool {
    /// A new pool, and what its creation has to carry: the first payload rides in `creationXml`, and if there
    /// are more, because one may have only `max_payload` bytes, they follow in order once the shell is there.
    pub(crate) fn open(
        id: RunspacePoolId,
        init: &InitRunspacePool,
        max_payload: usize,
        limits: Limits,
    ) -> (RunspacePool, Vec<Vec<u8>>) {
        let mut pool = RunspacePool::new(id, ObjectId::FIRST, limits, State::NegotiationSent(init.runspaces));
        let capability = pool.session_capability();
        let init = pool.encode(MessageType::InitRunspacePool, None, &init.encode());
        let payloads = pool.fragmenter.cut([&capability[..], &init[..]], max_payload);
        (pool, payloads)
    }

    /// A pool that exists on the server, and the payload for `connectXml`.
    ///
    /// A server insists on two messages there, each in one fragment, and on nothing else.
    pub(crate) fn connect(id: RunspacePoolId, limits: Limits) -> (RunspacePool, Vec<u8>) {
        let mut pool = RunspacePool::new(id, ObjectId::FIRST, limits, State::Connecting);
        let capability = pool.session_capability();
        let connect =
            pool.encode(MessageType::ConnectRunspacePool, None, &ConnectRunspacePool::Unknown.encode());
        let payload = pool.fragmenter.cut([&capability[..], &connect[..]], usize::MAX).concat();
        // What the client before was receiving when it left goes on here.
        pool.stream.resynchronise();
        (pool, payload)
    }

    /// A pool that another process of this client left open. Its stream may go on in the middle of an object.
    pub(crate) fn resume_opened(stored: &StoredRunspacePool, limits: Limits) -> RunspacePool {
        RunspacePool::resume(stored, limits, State::Opened)
    }

    /// A pool that another process of this client left disconnected, to be reconnected.
    pub(crate) fn resume_disconnected(stored: &StoredRunspacePool, limits: Limits) -> RunspacePool {
        RunspacePool::resume(stored, limits, State::Disconnected)
    }

    fn session_capability(&self) -> Vec<u8> {
        self.encode(MessageType::SessionCapability, None, &SessionCapability::CLIENT.encode())
    }

    fn resume(stored: &StoredRunspacePool, limits: Limits, state: fn(Session) -> State) -> RunspacePool {
        let protocol_version = stored.protocol_version;
        let session = Session { protocol_version, runspaces: None, application_private_data: None };
        let mut pool = RunspacePool::new(stored.id, stored.next_object_id, limits, state(session));
        pool.stream.resynchronise();
        pool
    }

    fn new(id: RunspacePoolId, next_object_id: ObjectId, limits: Limits, state: State) -> RunspacePool {
        let stream = Defragmenter::new(limits.fragment);
        RunspacePool { id, limits, fragmenter: Fragmenter::new(next_object_id), stream, state }
    }
}

/// What is known.
impl RunspacePool {
    pub(crate) fn id(&self) -> RunspacePoolId {
        self.id
    }

    pub(crate) fn state(&self) -> RunspacePoolState {
        self.state.name()
    }

    /// Why the pool is Broken; `None` in every other state.
    pub(crate) fn error(&self) -> Option<&PoolError> {
        if let State::Broken(error) = &self.state { Some(error) } else { None }
    }

    /// The version agreed on; `None` before that, and after the end.
    pub(crate) fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.state.session().map(|session| session.protocol_version)
    }

    /// MinRunspaces and MaxRunspaces; not known of a resumed pool.
    pub(crate) fn runspaces(&self) -> Option<RunspaceCounts> {
        self.state.session()?.runspaces
    }

    /// What the server told about itself. It comes some time after the pool is opened or connected to, and
    /// not at all to one that is resumed.
    pub(crate) fn application_private_data(&self) -> Option<&ApplicationPrivateData> {
        self.state.session()?.application_private_data.as_ref()
    }

    /// Whether the pool can be disconnected and connected again. As for PowerShell's client, the word of
    /// APPLICATION_PRIVATE_DATA counts; until it is there, the version agreed on.
    pub(crate) fn supports_disconnect(&self) -> bool {
        let told = self.application_private_data().and_then(ApplicationPrivateData::protocol_version);
        told.or(self.protocol_version()).is_some_and(ProtocolVersion::supports_disconnect)
    }

    /// What to keep for a later process; `None` before versions are agreed on, and after the end.
    pub(crate) fn stored(&self) -> Option<StoredRunspacePool> {
        let protocol_version = self.protocol_version()?;
        Some(StoredRunspacePool {
            id: self.id,
            protocol_version,
            next_object_id: self.fragmenter.next_object_id(),
        })
    }
}

/// What the driver does, and what became of it.
impl RunspacePool {
    /// The driver is about to ask for a disconnect. There is no message for that, nor for a reconnect.
    pub(crate) fn disconnect(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Disconnect)
    }

    /// The pool is disconnected: as asked for, or by the server itself.
    pub(crate) fn disconnected(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Disconnected)
    }

    /// The driver is about to ask for a reconnect.
    pub(crate) fn reconnect(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Reconnect)
    }

    /// The pool is reconnected. Its stream goes on, perhaps in the middle of an object.
    pub(crate) fn reconnected(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Reconnected)?;
        self.stream.resynchronise();
        Ok(())
    }

    /// The server refused the disconnect or reconnect that was asked for.
    pub(crate) fn refused(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Refused)
    }

    /// The driver is about to delete the shell.
    pub(crate) fn close(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Close)
    }

    /// The shell is no more, as it should be.
    pub(crate) fn closed(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Closed)
    }

    /// The shell is lost.
    pub(crate) fn broken(&mut self) -> Result<(), IllegalTransition> {
        self.advance(Event::Broken)
    }

    /// Cuts a message of the pool, or of one of its pipelines, into payloads of at most `max_payload` bytes.
    ///
    /// Pipelines have no counter of their own, so all that this client sends to the shell goes through here.
    pub(crate) fn send(
        &mut self,
        message_type: MessageType,
        pipeline_id: Option<PipelineId>,
        data: &str,
        max_payload: usize,
    ) -> Result<Vec<Vec<u8>>, NotOpened> {
        let State::Opened(_) = &self.state else { return Err(NotOpened(self.state())) };
        let message = self.encode(message_type, pipeline_id, data);
        Ok(self.fragmenter.cut([message.as_slice()], max_payload))
    }

    fn encode(&self, message_type: MessageType, pipeline_id: Option<PipelineId>, data: &str) -> Vec<u8> {
        let message = Message {
            destination: Destination::Server,
            message_type,
            runspace_pool_id: self.id,
            pipeline_id,
            data: data.as_bytes().into(),
        };
        message.encode()
    }

    fn advance(&mut self, event: Event) -> Result<(), IllegalTransition> {
        let state = next_state(self.state(), event)?;
        self.state = std::mem::replace(&mut self.state, State::Closed).enter(state);
        Ok(())
    }
}

/// What came in.
impl RunspacePool {
    /// Takes the bytes of `connectResponseXml`: SESSION_CAPABILITY and RUNSPACEPOOL_INIT_DATA.
    ///
    /// Should a server send more behind them, that counts as if it had come by the stream of the pool.
    pub(crate) fn connect_response(&mut self, payload: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        next_state(self.state(), Event::ConnectResponse)?;
        self.take_in_connect_response(payload).inspect_err(|error| self.state = State::Broken(error.clone()))
    }

    /// Takes bytes of the stream of the pool, cut anywhere.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        if !self.state().receives() {
            return Err(PoolError::NotReceiving(self.state()));
        }
        self.take_in(bytes).inspect_err(|error| self.state = State::Broken(error.clone()))
    }

    fn take_in_connect_response(&mut self, mut payload: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        // Not the stream of the pool, which begins with the first Receive.
        let mut defragmenter = Defragmenter::new(self.limits.fragment);
        let mut objects = Vec::new();
        while let Some(object) = defragmenter.next_object(&mut payload)? {
            objects.push(object);
        }
        if !defragmenter.is_at_boundary() {
            return Err(PoolError::IncompleteConnectResponse);
        }
        let mut messages = objects.iter().map(|object| Ok(Message::decode(object)?));

        let capability = self.expect(MessageType::SessionCapability, messages.next())?;
        let protocol_version = self.negotiate(&capability)?;
        let init_data = self.expect(MessageType::RunspacePoolInitData, messages.next())?;
        let init_data = RunspacePoolInitData::decode(&init_data.data, &self.limits.clixml)
            .map_err(malformed(&init_data))?;

        let runspaces = Some(init_data.runspaces);
        self.state = State::Opened(Session { protocol_version, runspaces, application_private_data: None });
        let mut events = vec![PoolEvent::StateChanged(S::Opened)];
        for message in messages {
            events.extend(self.take_in_message(message?)?);
            if !self.state().receives() {
                break;
            }
        }
        Ok(events)
    }

    fn expect<'o>(
        &self,
        message_type: MessageType,
        message: Option<Result<Message<'o>, PoolError>>,
    ) -> Result<Message<'o>, PoolError> {
        let message = message.ok_or(PoolError::MissingMessage(message_type))??;
        self.check_address(&message)?;
        if message.message_type == message_type { Ok(message) } else { Err(self.unexpected(&message)) }
    }

    fn take_in(&mut self, mut bytes: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        let mut events = Vec::new();
        // What comes behind the end of a pool has no meaning.
        while self.state().receives()
            && let Some(object) = self.stream.next_object(&mut bytes)?
        {
            events.extend(self.take_in_message(Message::decode(&object)?)?);
        }
        Ok(events)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all else is for whoever drives the pool, unknown types too"
    )]
    fn take_in_message(&mut self, message: Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        self.check_address(&message)?;
        match message.message_type {
            MessageType::SessionCapability => self.take_in_session_capability(&message),
            MessageType::ApplicationPrivateData => self.take_in_application_private_data(&message),
            MessageType::RunspacePoolState => self.take_in_runspace_pool_state(&message),
            _ => Ok(Some(PoolEvent::Message(message.into_owned()))),
        }
    }

    fn take_in_session_capability(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        next_state(self.state(), Event::SessionCapability).map_err(|_| self.unexpected(message))?;
        if let State::NegotiationSent(runspaces) = self.state {
            let (protocol_version, runspaces) = (self.negotiate(message)?, Some(runspaces));
            let session = Session { protocol_version, runspaces, application_private_data: None };
            self.state = State::NegotiationSucceeded(session);
        }
        Ok(None)
    }

    fn take_in_application_private_data(
        &mut self,
        message: &Message<'_>,
    ) -> Result<Option<PoolEvent>, PoolError> {
        let unexpected = self.unexpected(message);
        let session = self.state.session_mut().ok_or(unexpected)?;
        let told = ApplicationPrivateData::decode(&message.data, &self.limits.clixml);
        session.application_private_data = Some(told.map_err(malformed(message))?);
        Ok(Some(PoolEvent::ApplicationPrivateData))
    }

    fn take_in_runspace_pool_state(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        let told = RunspacePoolStateMessage::decode(&message.data, &self.limits.clixml)
            .map_err(malformed(message))?;
        let event = match told.state {
            // Stages on the way; nothing follows from them here.
            WireState::BeforeOpen | WireState::Opening | WireState::Closing => return Ok(None),
            WireState::Opened => Event::ServerOpened,
            WireState::Closed => Event::Closed,
            WireState::Broken => Event::Broken,
        };
        let before = self.state();
        self.advance(event).map_err(|_| self.unexpected(message))?;
        if told.state == WireState::Broken {
            self.state = State::Broken(PoolError::ServerBroken { reason: told.reason });
        }
        let after = self.state();
        Ok((after != before).then_some(PoolEvent::StateChanged(after)))
    }

    fn negotiate(&self, message: &Message<'_>) -> Result<ProtocolVersion, PoolError> {
        let server =
            SessionCapability::decode(&message.data, &self.limits.clixml).map_err(malformed(message))?;
        Ok(SessionCapability::CLIENT.negotiate(&server)?)
    }

    /// A message has to be for the client and for this pool.
    fn check_address(&self, message: &Message<'_>) -> Result<(), PoolError> {
        let &Message { message_type, runspace_pool_id: found, .. } = message;
        if message.destination != Destination::Client {
            return Err(PoolError::WrongDestination(message_type));
        }
        // When a Windows server answers a Create with its versions, it does not know the id of the pool yet.
        let is_before_pool = message_type == MessageType::SessionCapability && found.0.is_nil();
        if found != self.id && !is_before_pool {
            return Err(PoolError::WrongRunspacePool { message_type, found });
        }
        Ok(())
    }

    fn unexpected(&self, message: &Message<'_>) -> PoolError {
        PoolError::UnexpectedMessage { message_type: message.message_type, state: self.state() }
    }
}

fn malformed(message: &Message<'_>) -> impl FnOnce(DecodeError) -> PoolError {
    let message_type = message.message_type;
    move |source| PoolError::Malformed { message_type, source }
}
