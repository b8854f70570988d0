//! A session as it is kept between processes.

use super::id::{ProtocolVersion, ResourceUri, SessionId, ShellId};
use super::session::{InstanceId, PSSession, RunspaceAvailability, RunspaceState};
use crate::access::{Access, User};
use crate::session_option::OutputBufferingMode;
use std::time::{Duration, SystemTime};

/// A session as it is kept: what people see, and what it takes to reach it again. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSession {
    /// What people see of it.
    pub session: PSSession,
    /// The shell on the server.
    pub shell_id: ShellId,
    /// The session configuration, as the server names it.
    pub resource_uri: ResourceUri,
    /// The client that holds, or last held, the shell.
    pub session_id: SessionId,
    /// PSRP version agreed on with the server, if it is another than the one this program offers.
    pub protocol_version: Option<ProtocolVersion>,
    /// The longest idle time-out that the server allows; `None` if it was not asked.
    pub max_idle_timeout: Option<Duration>,
    /// Whether the shell's streams are compressed; `None` if that is not known.
    pub is_compressed: Option<bool>,
    /// How it is reached.
    pub access: Access,
}

/// What a record is kept under: a session's GUID together with the host and the user it belongs to. The GUID alone is only
/// a server's word for it, and another server may say the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordKey(pub(crate) String);

impl RecordKey {
    /// Of a session that this user reaches under this URL. Other ports and protocols of a host lead to the same service.
    pub(crate) fn new(instance_id: InstanceId, connection_uri: &str, user: &User) -> RecordKey {
        let host = host(connection_uri);
        let user = match user {
            User::Current => String::new(),
            User::Named(name) => name.to_lowercase(),
            User::Certificate(thumbprint) => thumbprint.to_string(),
        };
        RecordKey(format!("{instance_id} {host} {user}"))
    }
}

/// The host of a URL, in lower case.
fn host(uri: &str) -> String {
    let uri: Option<http::Uri> = uri.parse().ok();
    uri.as_ref().and_then(http::Uri::host).unwrap_or_default().to_ascii_lowercase()
}

impl StoredSession {
    /// What it is kept under.
    pub fn key(&self) -> RecordKey {
        RecordKey::new(self.session.instance_id, &self.session.connection_uri, &self.access.user)
    }

    /// As one that this client holds, and has just heard of.
    pub(crate) fn opened(mut self) -> StoredSession {
        let session = &mut self.session;
        session.state = RunspaceState::Opened;
        session.availability = RunspaceAvailability::Available;
        session.disconnected_on = None;
        session.expires_on = None;
        session.last_seen = Some(SystemTime::now());
        let mode = self.access.session_option.output_buffering_mode;
        if mode != OutputBufferingMode::None {
            session.output_buffering_mode = Some(mode);
        }
        self
    }

    /// As one that this client let go of at this time.
    pub(crate) fn disconnected_at(self, now: SystemTime) -> StoredSession {
        let mut stored = self.disconnected();
        let session = &mut stored.session;
        session.disconnected_on = Some(now);
        session.expires_on = session.idle_timeout.and_then(|timeout| now.checked_add(timeout));
        stored
    }

    /// As one that no client holds, as far as is known here.
    pub(crate) fn disconnected(mut self) -> StoredSession {
        self.session.state = RunspaceState::Disconnected;
        self.session.availability = RunspaceAvailability::None;
        self
    }
}
