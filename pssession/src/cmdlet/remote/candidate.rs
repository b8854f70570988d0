//! The sessions on a server.

use crate::access::Access;
use crate::engine::output_buffering_mode;
use crate::error::Hint;
use crate::excerpt::excerpt;
use crate::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, StoredSession, shown};
use crate::wsman::enumerate::{BufferMode, Shell, ShellState};
use crate::wsman::shell::ShellAddress;
use crate::wsman::{ResourceUri, SessionId, ShellId};
use std::time::{Duration, SystemTime};

/// A session on a server that could be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub instance_id: InstanceId,
    pub shell: ShellAddress,
    /// `None` where the server was not asked, or where the client that made it sent none.
    pub name: Option<String>,
    /// `None` where the server was not asked.
    pub state: Option<ShellState>,
    pub idle_timeout: Option<Duration>,
    pub max_idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    pub is_compressed: Option<bool>,
    /// The user who created it, as the server names them.
    pub owner: Option<String>,
    /// The address of the client that held it last.
    pub client_ip: Option<String>,
    /// Since its creation.
    pub age: Option<Duration>,
    /// Since the last request of the client that it belonged to.
    pub inactivity: Option<Duration>,
}

impl Candidate {
    /// A shell of an enumeration, if it is a PowerShell session. One without a name, as other clients than PowerShell
    /// make them, has the empty name.
    pub(crate) fn of_shell(shell: Shell) -> Option<Candidate> {
        let resource_uri = shell.resource_uri?;
        let shell_id = shell.shell_id?;
        resource_uri.configuration()?;
        Some(Candidate {
            instance_id: InstanceId(shell_id.guid()?),
            shell: ShellAddress { resource_uri, shell_id },
            name: shell.name,
            state: Some(shell.state?),
            idle_timeout: shell.idle_timeout,
            max_idle_timeout: shell.max_idle_timeout,
            buffer_mode: shell.buffer_mode,
            is_compressed: shell.is_compressed,
            owner: shell.owner,
            client_ip: shell.client_ip,
            age: shell.run_time,
            inactivity: shell.inactivity,
        })
    }

    /// A session known by its InstanceId alone, taken to be where sessions usually are.
    pub(crate) fn of_instance(instance_id: InstanceId, resource_uri: &ResourceUri) -> Candidate {
        Candidate {
            instance_id,
            shell: ShellAddress {
                resource_uri: resource_uri.clone(),
                shell_id: ShellId::of_guid(instance_id.0),
            },
            name: None,
            state: None,
            idle_timeout: None,
            max_idle_timeout: None,
            buffer_mode: None,
            is_compressed: None,
            owner: None,
            client_ip: None,
            age: None,
            inactivity: None,
        }
    }

    /// The session as it is seen from here: one that another client holds is disconnected too, and busy.
    pub(crate) fn session(&self, computer_name: &str, connection_uri: &str) -> PSSession {
        let is_free = self.state != Some(ShellState::Connected);
        let now = SystemTime::now();
        let inactivity = self.inactivity.filter(|_| self.state == Some(ShellState::Disconnected));
        let left = inactivity.zip(self.idle_timeout).and_then(|(since, most)| most.checked_sub(since));
        PSSession {
            id: None,
            name: self.name.as_deref().map(excerpt),
            instance_id: self.instance_id,
            computer_name: computer_name.to_owned(),
            connection_uri: connection_uri.to_owned(),
            configuration_name: excerpt(self.configuration_name()),
            state: RunspaceState::Disconnected,
            availability: if is_free { RunspaceAvailability::None } else { RunspaceAvailability::Busy },
            idle_timeout: self.idle_timeout,
            output_buffering_mode: self.buffer_mode.map(output_buffering_mode),
            disconnected_on: inactivity.and_then(|since| now.checked_sub(since)),
            expires_on: left.and_then(|left| now.checked_add(left)),
            last_seen: self.state.map(|_| now),
            command: None,
            application_private_data: None,
        }
    }

    /// As it is recorded when it is connected to.
    pub(crate) fn stored(
        &self,
        computer_name: &str,
        connection_uri: &str,
        session_id: SessionId,
        access: &Access,
    ) -> StoredSession {
        StoredSession {
            session: self.session(computer_name, connection_uri),
            shell_id: self.shell.shell_id.clone(),
            resource_uri: self.shell.resource_uri.clone(),
            session_id,
            protocol_version: None,
            max_idle_timeout: self.max_idle_timeout,
            is_compressed: self.is_compressed,
            access: access.clone(),
        }
    }

    pub(super) fn configuration_name(&self) -> &str {
        let resource_uri = &self.shell.resource_uri;
        resource_uri.configuration().unwrap_or(&resource_uri.0)
    }

    /// What to call it in a message.
    pub(super) fn shown(&self) -> String {
        shown(self.name.as_deref(), self.instance_id)
    }

    /// Who holds it, where its server says so.
    pub(super) fn holder(&self) -> Option<Hint> {
        let is_described = self.owner.is_some() || self.client_ip.is_some();
        let is_held = self.state == Some(ShellState::Connected);
        (is_held && is_described).then(|| Hint::HeldBy {
            owner: self.owner.as_deref().map(excerpt),
            client_ip: self.client_ip.as_deref().map(excerpt),
            silent_for: self.inactivity,
        })
    }

    /// Whether it uses a session configuration; the whole URIs are compared, letter case aside.
    pub(super) fn has_configuration(&self, resource_uri: &ResourceUri) -> bool {
        self.shell.resource_uri.0.eq_ignore_ascii_case(&resource_uri.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn shell(id: u128, name: Option<&str>) -> Shell {
        Shell {
            shell_id: Some(ShellId::of_guid(Uuid::from_u128(id))),
            name: name.map(str::to_owned),
            resource_uri: Some(ResourceUri::of_configuration("Microsoft.PowerShell")),
            state: Some(ShellState::Disconnected),
            ..Shell::default()
        }
    }

    #[test]
    fn what_is_no_powershell_session_is_no_candidate() {
        let cmd = Shell {
            resource_uri: Some(ResourceUri(
                "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd".into(),
            )),
            ..shell(1, Some("a"))
        };
        assert_eq!(Candidate::of_shell(cmd), None);
        assert_eq!(Candidate::of_shell(Shell { state: None, ..shell(1, Some("a")) }), None);
        assert_eq!(
            Candidate::of_shell(Shell { shell_id: Some(ShellId("x".into())), ..shell(1, None) }),
            None
        );
        assert_eq!(Candidate::of_shell(Shell { resource_uri: None, ..shell(1, None) }), None);
    }
}
