//! Records to lay out.

use pssession::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use uuid::Uuid;

/// An open session about which no more is known.
pub fn session(id: u32, name: &str, computer: &str, configuration: &str) -> PSSession {
    PSSession {
        id: Some(SessionNumber(id)),
        name: Some(name.into()),
        instance_id: InstanceId(Uuid::nil()),
        computer_name: computer.into(),
        connection_uri: String::new(),
        configuration_name: configuration.into(),
        state: RunspaceState::Opened,
        availability: RunspaceAvailability::Available,
        idle_timeout: None,
        output_buffering_mode: None,
        disconnected_on: None,
        expires_on: None,
        last_seen: None,
        command: None,
        application_private_data: None,
    }
}
