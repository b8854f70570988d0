//! A session as it is kept between processes.

use super::id::{ProtocolVersion, ResourceUri, SessionId, ShellId};
use super::session::PSSession;
use crate::access::Access;
use std::time::Duration;

/// A session as it is kept: what people see, and what it takes to reach it again. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    pub session: PSSession,
    pub shell_id: ShellId,
    pub resource_uri: ResourceUri,
    /// The client that holds, or last held, the shell.
    pub session_id: SessionId,
    /// PSRP version agreed on with the server, if it is another than the one this program offers.
    pub protocol_version: Option<ProtocolVersion>,
    /// The longest idle time-out that the server allows; `None` where it was not asked.
    pub max_idle_timeout: Option<Duration>,
    pub access: Access,
}
