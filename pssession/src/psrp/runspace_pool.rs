//! The RunspacePool of a client, as far as its messages go: negotiation, and what came on its stream (MS-PSRP
//! 3.1.1.2).
//!
//! Whether the pool is disconnected, lost or removed is the shell's affair and so the session's. What the server gets
//! wrong breaks the pool, and the pool keeps the reason.

use super::Limits;
use super::clixml::{self, Value};
use super::defragmenter::{Defragmenter, Joined};
use super::fragment::{Fragmenter, ObjectId};
use super::handshake::{
    ApplicationPrivateData, DecodeError, InitRunspacePool, ProtocolVersion, RunspacePoolStateMessage,
    SessionCapability, WireState, check_init_data,
};
use super::host::HostCall;
use super::message::{Destination, Message, MessageType, PipelineId, RunspacePoolId};
use super::session_key::{KeyPair, SessionKey};

mod error;

#[cfg(test)]
mod tests;

pub(crate) use error::{PoolError, PoolState};

/// What a pool made of the bytes it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PoolEvent {
    Opened,
    /// [`RunspacePool::application_private_data`] has something new.
    ApplicationPrivateData,
    /// What a script asks of the host of the pool.
    HostCall(HostCall),
    /// The server wants to send or receive a secure string. Only those before protocol version 2.2 ask.
    PublicKeyRequest,
    /// [`RunspacePool::session_key`] is there.
    SessionKey,
    /// A message that is not about the pool's own state; also one of an unknown type.
    Message(Message<'static>),
}

/// One RunspacePool, from its request to its end.
#[derive(Debug)]
pub(crate) struct RunspacePool {
    id: RunspacePoolId,
    limits: Limits,
    fragmenter: Fragmenter,
    stream: Defragmenter,
    /// The last object of it.
    last: Option<ObjectId>,
    state: State,
    key: Key,
}

/// How far the exchange of the session key is (MS-PSRP 3.1.5.4.3).
#[derive(Debug)]
enum Key {
    Unknown,
    /// The server was sent the public key.
    Asked(Box<KeyPair>),
    Known(SessionKey),
}

/// The state with what belongs to it.
#[derive(Debug)]
enum State {
    /// Being created; the server has not sent its versions yet.
    NegotiationSent,
    /// Being created; versions are agreed on.
    NegotiationSucceeded(Negotiated),
    /// Being taken over from another client, or from this one in an earlier life.
    Connecting,
    Opened(Negotiated),
    Broken(PoolError),
}

/// What is known of a pool once versions are agreed on.
#[derive(Debug)]
struct Negotiated {
    protocol_version: ProtocolVersion,
    application_private_data: Option<ApplicationPrivateData>,
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
        let mut pool = RunspacePool::new(id, limits, State::NegotiationSent);
        let capability = pool.session_capability();
        let init = pool.encode(MessageType::InitRunspacePool, None, &init.encode());
        let payloads = pool.fragmenter.cut([&capability[..], &init[..]], max_payload);
        (pool, payloads)
    }

    /// A pool that exists on the server, and the payload for `connectXml`.
    ///
    /// A server insists on two messages there, each in one fragment, and on nothing else.
    pub(crate) fn connect(id: RunspacePoolId, limits: Limits) -> (RunspacePool, Vec<u8>) {
        let mut pool = RunspacePool::new(id, limits, State::Connecting);
        let capability = pool.session_capability();
        // No counts of runspaces, as Windows clients send it: the server does not compare them then.
        let connect = pool.encode(MessageType::ConnectRunspacePool, None, &clixml::write(&Value::from("")));
        let payload = pool.fragmenter.cut([&capability[..], &connect[..]], usize::MAX).concat();
        // What the client before was receiving when it left goes on here.
        pool.stream.resynchronise();
        (pool, payload)
    }

    /// A pool that another process of this client left open. Its stream may go on in the middle of an object.
    pub(crate) fn resume(
        id: RunspacePoolId,
        protocol_version: ProtocolVersion,
        limits: Limits,
    ) -> RunspacePool {
        let negotiated = Negotiated { protocol_version, application_private_data: None };
        let mut pool = RunspacePool::new(id, limits, State::Opened(negotiated));
        pool.stream.resynchronise();
        pool
    }

    fn session_capability(&self) -> Vec<u8> {
        self.encode(MessageType::SessionCapability, None, &SessionCapability::CLIENT.encode())
    }

    fn new(id: RunspacePoolId, limits: Limits, state: State) -> RunspacePool {
        let stream = Defragmenter::new(limits.fragment);
        let fragmenter = Fragmenter::new(ObjectId::FIRST);
        RunspacePool { id, limits, fragmenter, stream, last: None, state, key: Key::Unknown }
    }

    /// The number of the next object that is sent.
    pub(crate) fn next_object_id(&self) -> ObjectId {
        self.fragmenter.next_object_id()
    }

    /// Objects that are sent from now on are numbered from here: none may have a number that another had.
    pub(crate) fn number_objects_from(&mut self, next: ObjectId) {
        self.fragmenter = Fragmenter::new(next);
    }

    /// The stream was cut and goes on, perhaps in the middle of an object, or back by one answer.
    pub(crate) fn resynchronise(&mut self) {
        self.stream.resynchronise();
        self.last.into_iter().for_each(|last| self.stream.drop_through(last));
    }
}

/// What is known.
impl RunspacePool {
    pub(crate) fn state(&self) -> PoolState {
        match &self.state {
            State::NegotiationSent => PoolState::NegotiationSent,
            State::NegotiationSucceeded(_) => PoolState::NegotiationSucceeded,
            State::Connecting => PoolState::Connecting,
            State::Opened(_) => PoolState::Opened,
            State::Broken(_) => PoolState::Broken,
        }
    }

    /// The version agreed on; `None` before that, and after the end.
    pub(crate) fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.negotiated().map(|negotiated| negotiated.protocol_version)
    }

    /// What the server reported about itself. It comes some time after the pool is opened or connected to, and not at
    /// all to one that is resumed.
    pub(crate) fn application_private_data(&self) -> Option<&ApplicationPrivateData> {
        self.negotiated()?.application_private_data.as_ref()
    }

    /// The key of secure strings; `None` until it was exchanged.
    pub(crate) fn session_key(&self) -> Option<&SessionKey> {
        if let Key::Known(key) = &self.key { Some(key) } else { None }
    }

    /// Whether the server has not answered the public key yet.
    pub(crate) fn awaits_session_key(&self) -> bool {
        matches!(self.key, Key::Asked(_))
    }

    fn negotiated(&self) -> Option<&Negotiated> {
        match &self.state {
            State::NegotiationSucceeded(negotiated) | State::Opened(negotiated) => Some(negotiated),
            State::NegotiationSent | State::Connecting | State::Broken(_) => None,
        }
    }
}

/// What is sent.
impl RunspacePool {
    /// Cuts a message of the pool, or of one of its pipelines, into payloads of at most `max_payload` bytes.
    ///
    /// Pipelines have no counter of their own, so all that this client sends to the shell goes through here.
    pub(crate) fn send(
        &mut self,
        message_type: MessageType,
        pipeline_id: Option<PipelineId>,
        data: &str,
        max_payload: usize,
    ) -> Vec<Vec<u8>> {
        let message = self.encode(message_type, pipeline_id, data);
        self.fragmenter.cut([message.as_slice()], max_payload)
    }

    /// Begins the exchange of the session key. The server has one key for the whole life of the pool, so that it does no
    /// harm to ask again.
    pub(crate) fn exchange_keys(&mut self, keys: KeyPair, max_payload: usize) -> Vec<Vec<u8>> {
        self.key = Key::Asked(Box::new(keys));
        self.public_key(max_payload)
    }

    /// PUBLIC_KEY once more, in case it was lost; nothing where no answer to it is awaited.
    pub(crate) fn public_key(&mut self, max_payload: usize) -> Vec<Vec<u8>> {
        let Key::Asked(keys) = &self.key else { return Vec::new() };
        let data = keys.encode_public();
        self.send(MessageType::PublicKey, None, &data, max_payload)
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
}

/// What came in.
impl RunspacePool {
    /// Takes the bytes of `connectResponseXml`: SESSION_CAPABILITY and RUNSPACEPOOL_INIT_DATA.
    ///
    /// Should a server send more behind them, that counts as if it had come by the stream of the pool.
    pub(crate) fn connect_response(&mut self, payload: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        self.take_in_connect_response(payload).inspect_err(|error| self.state = State::Broken(error.clone()))
    }

    /// Takes bytes of the stream of the pool, cut anywhere.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<PoolEvent>, PoolError> {
        if let State::Broken(error) = &self.state {
            return Err(error.clone());
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
        check_init_data(&init_data.data, &self.limits.clixml).map_err(malformed(&init_data))?;

        self.state = State::Opened(Negotiated { protocol_version, application_private_data: None });
        let mut events = vec![PoolEvent::Opened];
        for message in messages {
            events.extend(self.take_in_message(message?)?);
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
        while let Some(joined) = self.stream.next(&mut bytes)? {
            if let Joined::Object { id, bytes } = joined {
                self.last = Some(id);
                events.extend(self.take_in_message(Message::decode(&bytes)?)?);
            }
        }
        Ok(events)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other types are for the driver of the pool")]
    fn take_in_message(&mut self, message: Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        self.check_address(&message)?;
        match message.message_type {
            MessageType::SessionCapability => self.take_in_session_capability(&message),
            MessageType::ApplicationPrivateData => self.take_in_application_private_data(&message),
            MessageType::RunspacePoolState => self.take_in_runspace_pool_state(&message),
            MessageType::RunspacePoolHostCall => {
                let call = HostCall::decode(&message.data, &self.limits.clixml);
                Ok(Some(PoolEvent::HostCall(call.map_err(malformed(&message))?)))
            }
            MessageType::PublicKeyRequest => Ok(Some(PoolEvent::PublicKeyRequest)),
            MessageType::EncryptedSessionKey => self.take_in_session_key(&message),
            _ => Ok(Some(PoolEvent::Message(message.into_owned()))),
        }
    }

    fn take_in_session_capability(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        match &self.state {
            State::NegotiationSent => {
                let protocol_version = self.negotiate(message)?;
                let negotiated = Negotiated { protocol_version, application_private_data: None };
                self.state = State::NegotiationSucceeded(negotiated);
                Ok(None)
            }
            // A Windows server repeats its last answer to the client before, which may be any part of an opening.
            State::Opened(_) => Ok(None),
            State::NegotiationSucceeded(_) | State::Connecting | State::Broken(_) => {
                Err(self.unexpected(message))
            }
        }
    }

    fn take_in_application_private_data(
        &mut self,
        message: &Message<'_>,
    ) -> Result<Option<PoolEvent>, PoolError> {
        let unexpected = self.unexpected(message);
        let (State::NegotiationSucceeded(negotiated) | State::Opened(negotiated)) = &mut self.state else {
            return Err(unexpected);
        };
        let data = ApplicationPrivateData::decode(&message.data, &self.limits.clixml);
        negotiated.application_private_data = Some(data.map_err(malformed(message))?);
        Ok(Some(PoolEvent::ApplicationPrivateData))
    }

    fn take_in_runspace_pool_state(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        let sent = RunspacePoolStateMessage::decode(&message.data, &self.limits.clixml)
            .map_err(malformed(message))?;
        match sent.state {
            // Stages, from which nothing follows here.
            WireState::BeforeOpen | WireState::Opening | WireState::Closing => Ok(None),
            WireState::Opened => self.opened(message),
            WireState::Closed => Err(PoolError::ServerClosed),
            WireState::Broken => Err(PoolError::ServerBroken { reason: sent.reason }),
        }
    }

    fn take_in_session_key(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        // The answer to another client's exchange, or to one that was asked twice, is of no use.
        let Key::Asked(keys) = &self.key else { return Ok(None) };
        let key = keys.decrypt(&message.data, &self.limits.clixml).map_err(malformed(message))?;
        self.key = Key::Known(key);
        Ok(Some(PoolEvent::SessionKey))
    }

    fn opened(&mut self, message: &Message<'_>) -> Result<Option<PoolEvent>, PoolError> {
        match std::mem::replace(&mut self.state, State::Connecting) {
            State::NegotiationSucceeded(negotiated) => {
                self.state = State::Opened(negotiated);
                Ok(Some(PoolEvent::Opened))
            }
            state @ State::Opened(_) => {
                self.state = state;
                Ok(None)
            }
            state @ (State::NegotiationSent | State::Connecting | State::Broken(_)) => {
                self.state = state;
                Err(self.unexpected(message))
            }
        }
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
        // What agrees on versions and keys is sent without the id of the pool.
        let is_of_session = matches!(
            message_type,
            MessageType::SessionCapability | MessageType::PublicKeyRequest | MessageType::EncryptedSessionKey
        );
        if found != self.id && !(is_of_session && found.0.is_nil()) {
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
