//! One runspace pool and the shell it lives in. Pure.
//!
//! This is the one place where PSRP and WS-Management meet: which fragments ride in which verb, and that the pool's
//! id, the ShellId and the InstanceId are the same GUID for a session made by any client that can disconnect
//! (MS-PSRP 3.1.5.3.1).

use crate::psrp::Limits;
use crate::psrp::handshake::ProtocolVersion;
use crate::psrp::message::RunspacePoolId;
use crate::psrp::runspace_pool::{PoolError, RunspacePool};
use crate::session::InstanceId;
use crate::wsman::shell::{Connect, Disconnect, Reconnect, ShellAddress};

/// A client's end of a session on a server.
pub struct ClientSession {
    shell: ShellAddress,
    pool: RunspacePool,
    connect_xml: Vec<u8>,
}

impl ClientSession {
    /// A session that exists on a server and is to be connected to.
    pub fn connect(shell: ShellAddress, instance_id: InstanceId) -> ClientSession {
        let (pool, connect_xml) = RunspacePool::connect(RunspacePoolId(instance_id.0), Limits::default());
        ClientSession { shell, pool, connect_xml }
    }

    /// The request that connects; the same again for another try.
    pub fn connect_request(&self) -> Connect<'_> {
        Connect { shell: self.shell.clone(), connect_xml: &self.connect_xml }
    }

    /// The request that takes up the shell as the client that holds it.
    pub fn reconnect_request(&self) -> Reconnect {
        Reconnect { shell: self.shell.clone() }
    }

    /// The request that lets go of the shell, all else as it is.
    pub fn disconnect_request(&self) -> Disconnect {
        Disconnect { shell: self.shell.clone(), idle_timeout: None, buffer_mode: None }
    }

    /// Takes the answer to [`ClientSession::connect_request`]: what the server's PowerShell says to the connect.
    pub fn connected(&mut self, connect_response_xml: &[u8]) -> Result<Option<ProtocolVersion>, PoolError> {
        self.pool.connect_response(connect_response_xml)?;
        Ok(self.pool.protocol_version())
    }
}
