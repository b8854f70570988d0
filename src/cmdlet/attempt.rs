//! Connecting to one session and recording it, in step.

use super::option;
use super::run::Run;
use crate::engine::{self, ClientSession, Computer, Failure, robust};
use crate::psrp::handshake::SessionCapability;
use crate::session::{InstanceId, PSSession, RunspaceAvailability, RunspaceState};
use crate::session_option::OutputBufferingMode;
use crate::store::StoredSession;
use crate::wsman::shell::ShellAddress;
use crate::wsman::{ResourceUri, ShellId};
use futures_util::future::join;

/// By which verb a session is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As a client that may be another than the one it belonged to.
    Connect,
    /// As the client that it belonged to last.
    Reconnect,
}

impl Run<'_> {
    /// Connects to a session and tells it; returns why it could not. The session is recorded as connected as whom the
    /// computer is spoken to.
    ///
    /// The record is written while the server works on the request, and taken back if it is not connected: what is
    /// durable costs no time then, and whatever happens to this process, the next one knows as which client the
    /// session was asked for.
    pub async fn attempt(&self, computer: &mut Computer, stored: StoredSession, way: Way) -> Option<Failure> {
        let mut stored = opened(stored, computer);
        let recording = self.repository.record(stored.clone());
        let (recorded, connected) = join(recording, by(way, computer, &stored)).await;
        let moved = self.tell_redirections(computer);
        let is_settled = moved.is_none() && !matches!(connected, Ok(Some(_)));
        stored.session.connection_uri = moved.unwrap_or(stored.session.connection_uri);
        let (failure, after) = match (recorded, connected) {
            (Ok(recorded), Ok(protocol_version)) => {
                stored.protocol_version = protocol_version.or(stored.protocol_version);
                let after = match is_settled {
                    true => Ok(()),
                    false => self.repository.record(stored.clone()).await.map(drop),
                };
                if after.is_ok() {
                    self.session(&PSSession { id: Some(recorded.id), ..stored.session });
                }
                (None, after)
            }
            (Err(error), Ok(_)) => {
                engine::let_go(computer, &client_session(&stored)).await;
                (None, Err(error))
            }
            // Where the outcome is unknown the record stays: it names the client that may hold the session.
            (Ok(_), Err(failure)) if robust::outcome_is_unknown(&failure) => {
                let doubtful = disconnected(stored);
                (Some(failure), self.repository.record(doubtful).await.map(drop))
            }
            (Ok(recorded), Err(failure)) => (Some(failure), self.repository.undo(recorded).await),
            (Err(error), Err(failure)) => (Some(failure), Err(error)),
        };
        if let Err(error) = after {
            self.store_failed(&error);
        }
        failure
    }
}

/// Returns the protocol version of the server, where it was learnt and is another than this client's.
async fn by(way: Way, computer: &mut Computer, stored: &StoredSession) -> Result<Option<String>, Failure> {
    let mut session = client_session(stored);
    match way {
        Way::Connect => {
            let version = engine::connect(computer, &mut session).await?;
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
