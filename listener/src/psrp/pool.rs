//! The server half of a runspace pool: how it is opened, how a client connects to it again, what it is asked.
//!
//! | phase | message of the client | becomes | answers |
//! |---|---|---|---|
//! | `AwaitingCapability` | SESSION_CAPABILITY | `AwaitingInit` | |
//! | `AwaitingInit` | INIT_RUNSPACEPOOL | `Opened` | SESSION_CAPABILITY, APPLICATION_PRIVATE_DATA, RUNSPACEPOOL_STATE |
//! | `Opened` | the two of connectXml | `Opened` | SESSION_CAPABILITY, RUNSPACEPOOL_INIT_DATA; APPLICATION_PRIVATE_DATA |
//! | `Opened` | SET_MAX_RUNSPACES and its kin | `Opened` | RUNSPACE_AVAILABILITY |

use roxmltree::Document;

use super::clixml::{self, Availability, Members, Version};
use super::script::Runspace;
use super::wire::{self, ClientMessage, GuidBytes, MessageType, Reassembler, WireError};

/// The protocol that this server speaks: that of Windows PowerShell 5.1.
const PROTOCOL: Version = Version(2, 3);

/// Messages for the pool carry zeros where those for a pipeline carry its id.
const NO_PIPELINE: GuidBytes = [0; 16];

/// Why a message for the pool was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("{found:?} came where {expected} was due")]
    Unexpected { expected: &'static str, found: MessageType },
    #[error("the data of {0:?} lack what they must have")]
    BadData(MessageType),
    #[error("the client speaks protocol {}.{} of PSRP", .0.0, .0.1)]
    ProtocolVersion(Version),
    #[error("octets follow the two messages of connectXml")]
    TrailingOctets,
    #[error("the RPID is not that of the client who created the pool")]
    WrongRpid,
    #[error("the pool has {min} to {max} runspaces and not what the client says")]
    WrongCounts { min: i32, max: i32 },
    #[error("the pool is not opened yet")]
    NotOpened,
    #[error("PowerShell has not read what was sent before")]
    Overrun,
}

/// A message for the client, in one or more fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub fragments: Vec<Vec<u8>>,
    pub boundary: Boundary,
}

/// Whether what follows a message may come in the same answer to a Receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    None,
    /// It comes in another answer, though there would be room in this one.
    EndsAnswer,
    /// Nothing follows until the client's host has answered.
    AsksClient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    AwaitingCapability,
    AwaitingInit,
    Opened,
}

/// A runspace pool.
#[derive(Debug)]
pub struct RunspacePool {
    phase: Phase,
    /// What both sides speak.
    version: Version,
    rpid: GuidBytes,
    min: i32,
    max: i32,
    /// One counter for all messages of the shell, whichever stream they go out on.
    last_object_id: u64,
    input: Reassembler,
    /// Messages for pipelines that came on the stream of the pool, to be taken by these.
    pub for_pipelines: Vec<ClientMessage>,
    /// The client has a host for all pipelines that have none of their own.
    pub has_host: bool,
    pub runspace: Runspace,
}

impl RunspacePool {
    /// A pool that waits for its client's first message.
    pub fn new(machine: &str) -> RunspacePool {
        RunspacePool {
            phase: Phase::AwaitingCapability,
            version: PROTOCOL,
            rpid: NO_PIPELINE,
            min: 1,
            max: 1,
            last_object_id: 0,
            input: Reassembler::default(),
            for_pipelines: Vec::new(),
            has_host: false,
            runspace: Runspace::new(machine),
        }
    }

    /// A pool with one runspace that a client with this RPID opened some time ago, and whose messages it has
    /// read.
    pub fn opened(machine: &str, rpid: GuidBytes) -> RunspacePool {
        RunspacePool { phase: Phase::Opened, rpid, last_object_id: 3, ..RunspacePool::new(machine) }
    }

    /// How many pipelines run at a time.
    pub fn max_runspaces(&self) -> usize {
        usize::try_from(self.max).unwrap_or(1).max(1)
    }

    pub fn is_opened(&self) -> bool {
        self.phase == Phase::Opened
    }

    /// A message for the client.
    pub fn message(&mut self, kind: MessageType, pid: GuidBytes, data: &str) -> Outgoing {
        self.last_object_id += 1;
        let fragments = wire::fragments(self.last_object_id, kind, self.rpid, pid, data);
        Outgoing { fragments, boundary: Boundary::None }
    }

    /// Takes in octets of the client's pool stream. `busy`: how many runspaces run a pipeline.
    pub fn receive(&mut self, octets: &[u8], busy: usize) -> Result<Vec<Outgoing>, PoolError> {
        let mut outgoing = Vec::new();
        for message in self.input.push(octets)? {
            outgoing.extend(self.receive_message(message, busy)?);
        }
        Ok(outgoing)
    }

    fn receive_message(&mut self, message: ClientMessage, busy: usize) -> Result<Vec<Outgoing>, PoolError> {
        match (self.phase, message.kind) {
            (Phase::AwaitingCapability, MessageType::SessionCapability) => {
                let version = capability(&message)?;
                if version.0 != PROTOCOL.0 {
                    return Err(PoolError::ProtocolVersion(version));
                }
                // A client that is older is answered in its own version, and one that is newer in the
                // server's.
                self.version = version.min(PROTOCOL);
                self.phase = Phase::AwaitingInit;
                Ok(Vec::new())
            }
            (Phase::AwaitingCapability, found) => Err(unexpected("SESSION_CAPABILITY", found)),
            (Phase::AwaitingInit, MessageType::InitRunspacePool) => self.open(&message),
            (Phase::AwaitingInit, found) => Err(unexpected("INIT_RUNSPACEPOOL", found)),
            (Phase::Opened, MessageType::SetMaxRunspaces) => {
                self.set_count(&message, "MaxRunspaces", |pool, count| {
                    let fits = count >= pool.min;
                    if fits {
                        pool.max = count;
                    }
                    fits
                })
            }
            (Phase::Opened, MessageType::SetMinRunspaces) => {
                self.set_count(&message, "MinRunspaces", |pool, count| {
                    let fits = count >= 1 && count <= pool.max;
                    if fits {
                        pool.min = count;
                    }
                    fits
                })
            }
            (Phase::Opened, MessageType::GetAvailableRunspaces) => {
                let free = self.max_runspaces().saturating_sub(busy);
                self.availability(&message, Availability::Count(i32::try_from(free).unwrap_or(i32::MAX)))
            }
            (Phase::Opened, MessageType::ResetRunspaceState) => {
                self.availability(&message, Availability::Done(busy == 0))
            }
            // The same key for every client that asks, as PowerShell has it.
            (Phase::Opened, MessageType::PublicKey) => {
                let bad = || PoolError::BadData(message.kind);
                let document = Document::parse(&message.data).map_err(|_| bad())?;
                let public_key = Members::of(&document).and_then(|members| members.text("PublicKey"));
                let key = public_key.and_then(|key| self.runspace.key.export(key)).ok_or_else(bad)?;
                let data = clixml::encrypted_session_key(&key);
                Ok(vec![self.message(MessageType::EncryptedSessionKey, NO_PIPELINE, &data)])
            }
            (Phase::Opened, MessageType::RunspacePoolHostResponse) => Ok(Vec::new()),
            (
                Phase::Opened,
                MessageType::PipelineInput
                | MessageType::EndOfPipelineInput
                | MessageType::PipelineHostResponse,
            ) => {
                self.for_pipelines.push(message);
                Ok(Vec::new())
            }
            (Phase::Opened, found) => Err(unexpected("a message for an opened pool", found)),
        }
    }

    /// INIT_RUNSPACEPOOL. The first SESSION_CAPABILITY of Windows goes out without an RPID.
    fn open(&mut self, message: &ClientMessage) -> Result<Vec<Outgoing>, PoolError> {
        let bad = || PoolError::BadData(message.kind);
        let document = Document::parse(&message.data).map_err(|_| bad())?;
        let members = Members::of(&document).ok_or_else(bad)?;
        let min = members.number("MinRunspaces").ok_or_else(bad)?;
        let max = members.number("MaxRunspaces").ok_or_else(bad)?;
        let host = members.bag("HostInfo").ok_or_else(bad)?;
        if min < 1 || max < min {
            return Err(bad());
        }
        self.has_host = host.text("_isHostNull") != Some("true");
        (self.min, self.max) = (min, max);
        let data = clixml::session_capability(self.version);
        let capability = self.message(MessageType::SessionCapability, NO_PIPELINE, &data);
        self.rpid = message.rpid;
        self.phase = Phase::Opened;
        // In every recording the state came in an answer after that with the private data.
        let private_data =
            Outgoing { boundary: Boundary::EndsAnswer, ..self.private_data(&application_private_data()) };
        let state = self.message(MessageType::RunspacePoolState, NO_PIPELINE, &clixml::runspacepool_opened());
        Ok(vec![capability, private_data, state])
    }

    /// Goes on with object ids that PowerShell, which counts from 1, does not come to.
    pub fn leave_ids_to_powershell(&mut self) {
        self.last_object_id = 1 << 48;
    }

    /// APPLICATION_PRIVATE_DATA, which a client gets when it creates the pool and when it connects.
    pub fn private_data(&mut self, data: &str) -> Outgoing {
        self.message(MessageType::ApplicationPrivateData, NO_PIPELINE, data)
    }

    /// Checks connectXml in the order in which PowerShell's service does, and gives the octets of
    /// connectResponseXml.
    pub fn connect(&mut self, connect_xml: &[u8]) -> Result<Vec<u8>, PoolError> {
        let (first, rest) = wire::split_whole_message(connect_xml)?;
        if !self.is_opened() {
            return Err(PoolError::NotOpened);
        }
        if first.kind != MessageType::SessionCapability {
            return Err(unexpected("SESSION_CAPABILITY", first.kind));
        }
        let (second, rest) = wire::split_whole_message(rest)?;
        if !rest.is_empty() {
            return Err(PoolError::TrailingOctets);
        }
        if second.kind != MessageType::ConnectRunspacePool {
            return Err(unexpected("CONNECT_RUNSPACEPOOL", second.kind));
        }
        // Clients of 2.0 and 2.1 know no disconnected session; 2.2 is spoken to in its own version.
        let version = capability(&first)?;
        if version.0 != PROTOCOL.0 || version.1 < 2 {
            return Err(PoolError::ProtocolVersion(version));
        }
        self.check_counts(&second)?;
        if second.rpid != self.rpid {
            return Err(PoolError::WrongRpid);
        }
        self.version = version.min(PROTOCOL);
        let data = clixml::session_capability(self.version);
        let capability = self.message(MessageType::SessionCapability, NO_PIPELINE, &data);
        let data = clixml::runspacepool_init_data(self.min, self.max);
        let init_data = self.message(MessageType::RunspacePoolInitData, NO_PIPELINE, &data);
        Ok([capability, init_data].into_iter().flat_map(|outgoing| outgoing.fragments.concat()).collect())
    }

    /// CONNECT_RUNSPACEPOOL says nothing about the counts (`<S />`), or says both; wrong is only what differs
    /// in both.
    fn check_counts(&self, message: &ClientMessage) -> Result<(), PoolError> {
        let bad = || PoolError::BadData(message.kind);
        let document = Document::parse(&message.data).map_err(|_| bad())?;
        let Some(members) = Members::of(&document) else { return Ok(()) };
        let (min, max): (Option<i32>, Option<i32>) =
            (members.number("MinRunspaces"), members.number("MaxRunspaces"));
        let (Some(min), Some(max)) = (min, max) else { return Ok(()) };
        if min == -1 || max == -1 || min > max {
            return Err(bad());
        }
        match min != self.min && max != self.max {
            true => Err(PoolError::WrongCounts { min: self.min, max: self.max }),
            false => Ok(()),
        }
    }

    fn set_count(
        &mut self,
        message: &ClientMessage,
        name: &str,
        set: impl FnOnce(&mut RunspacePool, i32) -> bool,
    ) -> Result<Vec<Outgoing>, PoolError> {
        let document = Document::parse(&message.data).map_err(|_| PoolError::BadData(message.kind))?;
        let count = Members::of(&document).and_then(|members| members.number(name));
        let done = set(self, count.ok_or(PoolError::BadData(message.kind))?);
        self.availability(message, Availability::Done(done))
    }

    fn availability(
        &mut self,
        message: &ClientMessage,
        availability: Availability,
    ) -> Result<Vec<Outgoing>, PoolError> {
        let bad = || PoolError::BadData(message.kind);
        let document = Document::parse(&message.data).map_err(|_| bad())?;
        let call_id = Members::of(&document).and_then(|members| members.number("ci")).ok_or_else(bad)?;
        let data = clixml::runspace_availability(call_id, availability);
        Ok(vec![self.message(MessageType::RunspaceAvailability, NO_PIPELINE, &data)])
    }
}

/// The private data of this server.
pub fn application_private_data() -> String {
    clixml::application_private_data(PROTOCOL)
}

fn unexpected(expected: &'static str, found: MessageType) -> PoolError {
    PoolError::Unexpected { expected, found }
}

/// The protocol version of a SESSION_CAPABILITY whose other two versions are as they must be.
fn capability(message: &ClientMessage) -> Result<Version, PoolError> {
    let bad = || PoolError::BadData(message.kind);
    let document = Document::parse(&message.data).map_err(|_| bad())?;
    let members = Members::of(&document).ok_or_else(bad)?;
    let ps_version = members.version("PSVersion").ok_or_else(bad)?;
    let serialization = members.version("SerializationVersion").ok_or_else(bad)?;
    if ps_version.0 != 2 || serialization.0 != 1 || serialization.1 < 1 {
        return Err(bad());
    }
    members.version("protocolversion").ok_or_else(bad)
}
