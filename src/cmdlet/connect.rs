//! Connect-PSSession: what is asked for.

use super::connection::{ComputerName, Connection, ConnectionUri, Endpoint};
use std::num::NonZeroUsize;
use uuid::Uuid;

/// How many connect operations run at once when -ThrottleLimit says nothing.
pub const DEFAULT_THROTTLE_LIMIT: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// One Connect-PSSession command. Valid because it exists: each selection holds only what its parameter set has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub selection: Selection,
    /// How many connect operations may run at once.
    pub throttle_limit: NonZeroUsize,
    /// Say what would happen, and do nothing. Wins over `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}

/// Which sessions to connect to, one variant per parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Known sessions by name; each name is a wildcard pattern.
    Name { names: Input<String> },
    /// Known sessions, each told in whichever way it was told.
    Session { sessions: Input<SessionReference> },
    /// Disconnected sessions on computers: all of them, or those whose name matches a wildcard pattern.
    ComputerName {
        computer_names: Vec<ComputerName>,
        names: Option<Input<String>>,
        endpoint: Endpoint,
        connection: Connection,
    },
    /// Disconnected sessions on computers by InstanceId.
    ComputerNameGuid {
        computer_names: Vec<ComputerName>,
        instance_ids: Input<Uuid>,
        endpoint: Endpoint,
        connection: Connection,
    },
    /// As ComputerName, for whole addresses.
    ConnectionUri {
        connection_uris: Vec<ConnectionUri>,
        names: Option<Input<String>>,
        allow_redirection: bool,
        connection: Connection,
    },
    /// As ComputerNameGuid, for whole addresses.
    ConnectionUriGuid {
        connection_uris: Vec<ConnectionUri>,
        instance_ids: Input<Uuid>,
        allow_redirection: bool,
        connection: Connection,
    },
    /// Known sessions by InstanceId.
    InstanceId { instance_ids: Input<Uuid> },
    /// Known sessions by Id.
    Id { ids: Input<i32> },
}

impl Selection {
    /// How to reach the servers, for the sets that name some.
    pub fn connection(&self) -> Option<&Connection> {
        match self {
            Selection::ComputerName { connection, .. }
            | Selection::ComputerNameGuid { connection, .. }
            | Selection::ConnectionUri { connection, .. }
            | Selection::ConnectionUriGuid { connection, .. } => Some(connection),
            Selection::Name { .. }
            | Selection::Session { .. }
            | Selection::InstanceId { .. }
            | Selection::Id { .. } => None,
        }
    }

    /// Whether a server may send the connection elsewhere.
    pub fn allows_redirection(&self) -> bool {
        match self {
            Selection::ConnectionUri { allow_redirection, .. }
            | Selection::ConnectionUriGuid { allow_redirection, .. } => *allow_redirection,
            _ => false,
        }
    }
}

/// Where the values of a selecting parameter come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input<T> {
    /// The command line; never empty.
    Given(Vec<T>),
    /// Standard input, one a line, which stands in for PowerShell's pipeline.
    StandardInput,
}

/// A session in words, where PowerShell would have the PSSession object itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionReference {
    Id(i32),
    InstanceId(Uuid),
    Name(String),
}
