//! A session as it is kept between processes.

use super::{
    PSSession, ProtocolVersion, ResourceUri, RunspaceAvailability, RunspaceState, SessionId, ShellId,
};
use crate::access::{Authentication, Pins, Thumbprint};
use crate::session_option::{OutputBufferingMode, PSSessionOption};
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// A session as it is kept: what people see, and what it takes to reach it again. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How it was logged on to.
    pub authentication: Authentication,
    /// Who logged on; `None` for the user of the ticket cache.
    pub user_name: Option<String>,
    /// The longest idle time-out that the server allows; `None` where it was not asked.
    pub max_idle_timeout: Option<Duration>,
    /// The options it was connected with.
    pub session_option: PSSessionOption,
    /// The only certificate authorities to trust, if not the system's.
    pub ca_file: Option<PathBuf>,
    /// The client certificate that was shown, instead of a user's name.
    pub certificate: Option<Thumbprint>,
    /// The only certificates of servers to trust, if any.
    pub pins: Pins,
}

impl StoredSession {
    /// As one that this client holds, and has just heard of.
    pub(crate) fn opened(mut self) -> StoredSession {
        let session = &mut self.session;
        session.state = RunspaceState::Opened;
        session.availability = RunspaceAvailability::Available;
        session.disconnected_on = None;
        session.expires_on = None;
        session.last_seen = Some(Timestamp::now());
        let mode = self.session_option.output_buffering_mode;
        if mode != OutputBufferingMode::None {
            session.output_buffering_mode = Some(mode);
        }
        self
    }

    /// As one that nobody holds, as far as is known here.
    pub(crate) fn disconnected(mut self) -> StoredSession {
        self.session.state = RunspaceState::Disconnected;
        self.session.availability = RunspaceAvailability::None;
        self
    }
}
