//! Connecting to one session and recording it, in step.

use super::option;
use super::run::Run;
use crate::engine::{self, ClientSession, Computer, Failure, robust};
use crate::psrp::handshake::SessionCapability;
use crate::record::{InstanceId, ProtocolVersion, RunspaceAvailability, RunspaceState};
use crate::session_option::OutputBufferingMode;
use crate::store::{Durability, Store, StoreError, StoredSession, Updated, policy};
use crate::wsman::shell::ShellAddress;
use crate::wsman::{FaultCode, SessionId};
use futures_util::future::join;
use jiff::Timestamp;
use std::sync::Arc;

/// By which verb a session is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Whatever client it belonged to last.
    Connect,
    /// As the client that it belonged to last.
    Reconnect,
}

impl Run<'_> {
    /// Connects to a session and tells it; returns why it could not. The session keeps the client that it is recorded
    /// under: whichever of this user's processes holds it, and whatever becomes of them, the others can go on with it.
    ///
    /// The record is written before anything is asked, and taken back if the session is not connected: whatever happens
    /// to this process, the next one knows as which client the session was asked for. The disk is waited for while the
    /// server works.
    pub(super) async fn attempt(
        &self,
        computer: &Computer,
        stored: StoredSession,
        way: Way,
    ) -> Option<Failure> {
        let before = computer.url();
        let instance_id = stored.session.instance_id;
        let claim = policy::claim(opened(stored));
        let (known, claimed) = match self.repository.update(instance_id, Durability::Kill, claim).await {
            Ok(Updated { before, after }) => (before, after.expect("a claim is always written")),
            Err(error) => {
                self.store_failed(&error);
                return None;
            }
        };
        let connecting = by(way, computer, &claimed, self.session_id);
        let (connected, settled) = join(connecting, self.repository.with(Store::settle)).await;
        self.tell_redirections(computer);
        let moved = Some(computer.url()).filter(|url| *url != before);
        let (failure, after) = match connected {
            Ok(version) => (None, self.connected(claimed, version, moved).await),
            Err(failure) => {
                let after = self.not_connected(known, claimed, moved, &failure).await;
                (Some(failure), after)
            }
        };
        if let Err(error) = settled.and(after) {
            self.store_failed(&error);
        }
        failure
    }

    /// Tells a session, once what its record did not foresee is recorded too.
    async fn connected(
        &self,
        mut stored: StoredSession,
        protocol_version: Option<ProtocolVersion>,
        moved: Option<String>,
    ) -> Result<(), Arc<StoreError>> {
        if protocol_version.is_some() || moved.is_some() {
            stored.protocol_version = protocol_version.or(stored.protocol_version);
            stored.session.connection_uri = moved.unwrap_or(stored.session.connection_uri);
            stored.session.last_seen = Some(Timestamp::now());
            let (instance_id, record) = (stored.session.instance_id, policy::record(stored.clone()));
            self.repository.update(instance_id, Durability::PowerCut, record).await?;
        }
        self.session(&stored.session);
        Ok(())
    }

    /// Takes the record back, unless it may be true.
    async fn not_connected(
        &self,
        known: Option<StoredSession>,
        claimed: StoredSession,
        moved: Option<String>,
        failure: &Failure,
    ) -> Result<(), Arc<StoreError>> {
        let instance_id = claimed.session.instance_id;
        if robust::outcome_is_unknown(failure) {
            // It names the client that may hold the session.
            let mut doubtful = disconnected(claimed.clone());
            doubtful.session.connection_uri = moved.unwrap_or(doubtful.session.connection_uri);
            let amend = policy::amend(claimed, doubtful);
            self.repository.update(instance_id, Durability::PowerCut, amend).await.map(drop)
        } else if failure.is_fault(FaultCode::ALREADY_CONNECTED) {
            // By another process that speaks as the same client and was faster.
            Ok(())
        } else {
            let undo = policy::undo(known.map(not_opened));
            self.repository.update(instance_id, Durability::PowerCut, undo).await.map(drop)
        }
    }
}

/// What was there before is what another process hoped for at the same time, if that was an open session: this one has
/// found that it is not.
fn not_opened(known: StoredSession) -> StoredSession {
    match known.session.state {
        RunspaceState::Opened => disconnected(known),
        _ => known,
    }
}

/// Returns the protocol version of the server, where it was learnt and is another than this client's.
async fn by(
    way: Way,
    computer: &Computer,
    stored: &StoredSession,
    this_run: SessionId,
) -> Result<Option<ProtocolVersion>, Failure> {
    let (client, mut session) = (stored.session_id, client_session(stored));
    match way {
        Way::Connect => {
            let connected = engine::connect(computer, client, &mut session).await;
            let version = match connected {
                // By a request of this run whose answer was lost, or by a process that has read its record.
                Err(failure) if client == this_run && failure.is_fault(FaultCode::ALREADY_CONNECTED) => {
                    engine::take_up(computer, client, &session).await?;
                    None
                }
                connected => connected?,
            };
            Ok(version.filter(|version| *version != SessionCapability::CLIENT.protocol_version))
        }
        Way::Reconnect => {
            engine::take_up(computer, client, &session).await?;
            Ok(None)
        }
    }
}

/// This client's end of a stored session.
pub(super) fn client_session(stored: &StoredSession) -> ClientSession {
    ClientSession::connect(shell(stored), stored.session.instance_id, &option::terms(&stored.session_option))
}

/// The shell of a stored session.
pub(super) fn shell(stored: &StoredSession) -> ShellAddress {
    ShellAddress { resource_uri: stored.resource_uri.clone(), shell_id: stored.shell_id.clone() }
}

/// What to call a session in a message.
pub(super) fn shown(name: Option<&str>, instance_id: InstanceId) -> String {
    name.map_or_else(|| instance_id.to_string(), str::to_owned)
}

/// The session as one that this side holds, and has just heard of.
pub(super) fn opened(mut stored: StoredSession) -> StoredSession {
    stored.session.state = RunspaceState::Opened;
    stored.session.availability = RunspaceAvailability::Available;
    stored.session.disconnected_on = None;
    stored.session.expires_on = None;
    stored.session.last_seen = Some(Timestamp::now());
    let mode = stored.session_option.output_buffering_mode;
    if mode != OutputBufferingMode::None {
        stored.session.output_buffering_mode = Some(mode);
    }
    stored
}

/// The session as one that nobody holds, as far as this side knows.
pub(super) fn disconnected(mut stored: StoredSession) -> StoredSession {
    stored.session.state = RunspaceState::Disconnected;
    stored.session.availability = RunspaceAvailability::None;
    stored
}
