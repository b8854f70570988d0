//! Connecting to one session and recording it, in step.

use super::option;
use super::run::Run;
use crate::engine::{self, ClientSession, Computer, Failure, robust};
use crate::psrp::handshake::SessionCapability;
use crate::session::{InstanceId, PSSession, RunspaceAvailability, RunspaceState};
use crate::session_option::OutputBufferingMode;
use crate::store::{Recorded, StoreError, StoredSession};
use crate::wsman::shell::ShellAddress;
use crate::wsman::{FaultCode, ResourceUri, SessionId, ShellId};
use futures_util::future::join;
use std::sync::Arc;

/// By which verb a session is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Whatever client it belonged to last.
    Connect,
    /// As the client that it belonged to last.
    Reconnect,
}

impl Run<'_> {
    /// Connects to a session and tells it; returns why it could not. The session keeps the client that it is recorded
    /// under: whichever of this user's processes holds it, and whatever becomes of them, the others can go on with it.
    ///
    /// The record is written while the server works on the request, and taken back if it is not connected: what is
    /// durable costs no time then, and whatever happens to this process, the next one knows as which client the
    /// session was asked for.
    pub async fn attempt(&self, computer: &mut Computer, stored: StoredSession, way: Way) -> Option<Failure> {
        let client = match self.client_of(&stored, way).await {
            Ok(client) => client,
            Err(error) => {
                self.store_failed(&error);
                return None;
            }
        };
        let before = computer.speak_as(client);
        let failure = self.attempt_as_client(computer, stored, way).await;
        computer.speak_as(before);
        failure
    }

    async fn client_of(&self, stored: &StoredSession, way: Way) -> Result<SessionId, Arc<StoreError>> {
        if way == Way::Reconnect {
            return Ok(stored.session_id);
        }
        let known = self.repository.by_instance(stored.session.instance_id).await?;
        Ok(known.map_or(self.session_id, |known| known.session_id))
    }

    async fn attempt_as_client(
        &self,
        computer: &mut Computer,
        stored: StoredSession,
        way: Way,
    ) -> Option<Failure> {
        let mut stored = opened(stored, computer);
        let claiming = self.repository.claim(stored.clone());
        let is_new = stored.session_id == self.session_id;
        let (claimed, connected) = join(claiming, by(way, computer, &stored, is_new)).await;
        let moved = self.tell_redirections(computer);
        let is_settled = moved.is_none() && !matches!(connected, Ok(Some(_)));
        stored.session.connection_uri = moved.unwrap_or(stored.session.connection_uri);
        let (failure, after) = match (claimed, connected) {
            (Ok(claimed), Ok(protocol_version)) => {
                stored.protocol_version = protocol_version.or(stored.protocol_version);
                let recorded = match claimed {
                    Some(recorded) if is_settled => Ok(recorded),
                    // Or another process recorded the session first, and the server chose this one.
                    _ => self.repository.record(stored.clone()).await,
                };
                if let Ok(recorded) = &recorded {
                    self.session(&PSSession { id: Some(recorded.id), ..stored.session });
                }
                (None, recorded.map(drop))
            }
            (Err(error), Ok(_)) => {
                engine::let_go(computer, &client_session(&stored)).await;
                (None, Err(error))
            }
            // Where the outcome is unknown the record stays: it names the client that may hold the session.
            (Ok(Some(_)), Err(failure)) if robust::outcome_is_unknown(&failure) => {
                let doubtful = disconnected(stored.clone());
                (Some(failure), self.repository.amend(stored, doubtful).await)
            }
            // Another process that speaks as the same client was faster, so the record is true.
            (Ok(Some(_)), Err(failure)) if failure.is_fault(FaultCode::ALREADY_CONNECTED) => {
                (Some(failure), Ok(()))
            }
            (Ok(Some(recorded)), Err(failure)) => {
                let undone = self.repository.undo(not_opened(recorded)).await;
                (Some(failure), undone)
            }
            (Ok(None), Err(failure)) => (Some(failure), Ok(())),
            (Err(error), Err(failure)) => (Some(failure), Err(error)),
        };
        if let Err(error) = after {
            self.store_failed(&error);
        }
        failure
    }
}

/// What was there before is what another process hoped for at the same time, if that was an open session: this one has
/// found that it is not.
fn not_opened(mut recorded: Recorded) -> Recorded {
    recorded.previous = recorded.previous.map(|previous| match previous.session.state {
        RunspaceState::Opened => disconnected(previous),
        _ => previous,
    });
    recorded
}

/// Returns the protocol version of the server, where it was learnt and is another than this client's. A client that
/// `is_new` has never spoken to the server before this run.
async fn by(
    way: Way,
    computer: &mut Computer,
    stored: &StoredSession,
    is_new: bool,
) -> Result<Option<String>, Failure> {
    let mut session = client_session(stored);
    match way {
        Way::Connect => {
            let connected = engine::connect(computer, &mut session).await;
            let version = match connected {
                // By a request of this run, then, whose answer was lost.
                Err(failure) if is_new && failure.is_fault(FaultCode::ALREADY_CONNECTED) => {
                    engine::take_up(computer, &session, stored.session_id).await?;
                    None
                }
                connected => connected?,
            };
            let other = version.filter(|version| *version != SessionCapability::CLIENT.protocol_version);
            Ok(other.map(|version| version.to_string()))
        }
        Way::Reconnect => {
            engine::take_up(computer, &session, stored.session_id).await?;
            Ok(None)
        }
    }
}

/// This client's end of a stored session.
pub fn client_session(stored: &StoredSession) -> ClientSession {
    ClientSession::connect(shell(stored), stored.session.instance_id, &option::terms(&stored.session_option))
}

/// The shell of a stored session.
pub fn shell(stored: &StoredSession) -> ShellAddress {
    ShellAddress {
        resource_uri: ResourceUri(stored.resource_uri.clone()),
        shell_id: ShellId(stored.shell_id.clone()),
    }
}

/// What to call a session in a message.
pub fn shown(name: Option<&str>, instance_id: InstanceId) -> String {
    name.map_or_else(|| instance_id.to_string(), str::to_owned)
}

/// The session as one that this side holds.
pub fn opened(mut stored: StoredSession, computer: &Computer) -> StoredSession {
    stored.session.state = RunspaceState::Opened;
    stored.session.availability = RunspaceAvailability::Available;
    stored.session.disconnected_on = None;
    stored.session.expires_on = None;
    let mode = stored.session_option.output_buffering_mode;
    if mode != OutputBufferingMode::None {
        stored.session.output_buffering_mode = Some(mode);
    }
    stored.session_id = computer.session_id();
    stored
}

/// The session as one that nobody holds, as far as this side knows.
pub fn disconnected(mut stored: StoredSession) -> StoredSession {
    stored.session.state = RunspaceState::Disconnected;
    stored.session.availability = RunspaceAvailability::None;
    stored
}
