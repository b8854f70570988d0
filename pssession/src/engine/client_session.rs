//! One runspace pool and the shell it lives in. Pure.
//!
//! This is the one place where PSRP and WS-Management meet: which fragments ride in which verb, and that the pool's
//! id, the ShellId and the InstanceId are the same GUID for a session made by any client that can disconnect
//! (MS-PSRP 3.1.5.3.1).

use crate::psrp::Limits;
use crate::psrp::handshake::ProtocolVersion;
use crate::psrp::message::RunspacePoolId;
use crate::psrp::runspace_pool::{PoolError, RunspacePool};
use crate::record::InstanceId;
use crate::wsman::enumerate::BufferMode;
use crate::wsman::shell::{Connect, Disconnect, Reconnect, ShellAddress};

/// What a client brings to a session of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// What the server is to do with output the next time nobody reads it; `None` leaves that to the server.
    pub buffer_mode: Option<BufferMode>,
    /// What the server may send for the runspace pool.
    pub limits: Limits,
    /// What it may send for one command.
    pub command_limits: Limits,
}

/// A client's end of a session on a server.
pub(crate) struct ClientSession {
    shell: ShellAddress,
    buffer_mode: Option<BufferMode>,
    pool: RunspacePool,
    connect_xml: Vec<u8>,
}

impl ClientSession {
    /// A session that exists on a server and is to be connected to.
    pub(crate) fn connect(shell: ShellAddress, instance_id: InstanceId, terms: &Terms) -> ClientSession {
        let (pool, connect_xml) = RunspacePool::connect(RunspacePoolId(instance_id.0), terms.limits);
        ClientSession { shell, buffer_mode: terms.buffer_mode, pool, connect_xml }
    }

    /// The request that connects; the same again for another try.
    pub(crate) fn connect_request(&self) -> Connect {
        let (shell, buffer_mode) = (self.shell.clone(), self.buffer_mode);
        Connect { shell, buffer_mode, connect_xml: self.connect_xml.clone() }
    }

    /// The request that takes up the shell as the client that holds it.
    pub(crate) fn reconnect_request(&self) -> Reconnect {
        Reconnect { shell: self.shell.clone(), buffer_mode: self.buffer_mode }
    }

    /// The request that lets go of the shell, all else as it is.
    pub(crate) fn disconnect_request(&self) -> Disconnect {
        Disconnect { shell: self.shell.clone(), idle_timeout: None, buffer_mode: None }
    }

    /// Takes the answer to [`ClientSession::connect_request`]: what the server's PowerShell says to the connect.
    pub(crate) fn connected(
        &mut self,
        connect_response_xml: &[u8],
    ) -> Result<Option<ProtocolVersion>, PoolError> {
        self.pool.connect_response(connect_response_xml)?;
        Ok(self.pool.protocol_version())
    }
}
