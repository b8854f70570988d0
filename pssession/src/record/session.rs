//! A session, as people and programs see it.

use crate::duration::span;
use crate::excerpt::excerpt;
use crate::session_option::OutputBufferingMode;
use std::fmt;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// A session, as one of these cmdlets yields it (System.Management.Automation.Runspaces.PSSession).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PSSession {
    /// Given when the session is recorded on this side, and never given twice; `None` for one that was only seen on
    /// its server.
    pub id: Option<SessionNumber>,
    /// The name the session was created under; `None` where the server was not asked for it.
    pub name: Option<String>,
    /// The GUID of the session.
    pub instance_id: InstanceId,
    /// As typed, or the host of the connection URI.
    pub computer_name: String,
    /// The URL under which the session is reached.
    pub connection_uri: String,
    /// The name of the session configuration, such as `Microsoft.PowerShell`.
    pub configuration_name: String,
    /// Its state when it was last seen.
    pub state: RunspaceState,
    /// Whether it accepts a command.
    pub availability: RunspaceAvailability,
    /// How long the server keeps the session while it is disconnected; `None` where it was not asked.
    pub idle_timeout: Option<Duration>,
    /// What the server does with output while no client reads it; `None` where it was not asked.
    pub output_buffering_mode: Option<OutputBufferingMode>,
    /// Since when it is disconnected, by this side's clock; `None` for one that is not, or where it is not known.
    pub disconnected_on: Option<SystemTime>,
    /// When the server ends it if it stays disconnected, by this side's clock.
    pub expires_on: Option<SystemTime>,
    /// When the server last reported on it, by this side's clock; `None` if it never has. A server disconnects a client
    /// about a minute after its last request.
    pub last_seen: Option<SystemTime>,
    /// What runs in it; `None` where the server was not asked.
    pub command: Option<CommandState>,
    /// What the server says of itself, as JSON: `PSVersionTable` with the version of its PowerShell. `None` until a
    /// session was used.
    pub application_private_data: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Whether a command runs in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandState {
    /// There is none.
    None,
    /// One has ended, and its output was not read to its end.
    Done,
    /// One runs, or waits for an answer of its client's.
    Running,
}

/// After so long without a request, a server disconnects a client by itself.
const SILENCE: Duration = Duration::from_secs(60);

impl PSSession {
    /// As it must be at a later time, if its server has heard of no client since.
    pub(crate) fn after_silence_until(mut self, now: SystemTime) -> PSSession {
        // A clock that was set back is not silence.
        let silent = |seen| now.duration_since(seen).unwrap_or_default();
        let is_recent = self.last_seen.is_some_and(|seen| silent(seen) <= SILENCE);
        if self.state == RunspaceState::Opened && !is_recent {
            self.state = RunspaceState::Disconnected;
            self.availability = RunspaceAvailability::None;
        }
        self
    }

    /// What to call it where its age matters.
    pub(crate) fn with_age(&self, age: Duration) -> String {
        format!("{} on {}, {} old", self.shown(), self.computer_name, span(age))
    }

    /// How long its server still keeps it if no client connects to it; `None` for one that a client holds, or where that
    /// is not known.
    pub fn expires_in(&self, now: SystemTime) -> Option<Duration> {
        let is_left =
            self.state == RunspaceState::Disconnected && self.availability != RunspaceAvailability::Busy;
        let expires_on = self.expires_on.filter(|_| is_left)?;
        Some(expires_on.duration_since(now).unwrap_or_default())
    }

    /// What to call it in a message.
    pub(crate) fn shown(&self) -> String {
        shown(self.name.as_deref(), self.instance_id)
    }
}

/// Its name; where that is not known, its InstanceId.
impl fmt::Display for PSSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// What to call a session in a message: its name, or else its InstanceId.
pub(crate) fn shown(name: Option<&str>, instance_id: InstanceId) -> String {
    name.map_or_else(|| instance_id.to_string(), excerpt)
}

/// The local number of a session, from 1 up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionNumber(pub u32);

/// The session's GUID, the same from every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InstanceId(pub Uuid);

display!(SessionNumber InstanceId);

/// State of a session as this side sees it, with the numbers of .NET's RunspaceState.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunspaceState {
    /// Connected to this client.
    Opened = 2,
    /// At its end: it was removed.
    Closed = 3,
    /// Lost: it cannot be connected to any more.
    Broken = 5,
    /// Not connected to *this* client; another may hold it.
    Disconnected = 7,
}

/// Whether a session accepts a command, with the numbers of .NET's RunspaceAvailability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunspaceAvailability {
    /// Disconnected, and free to be connected to.
    None = 0,
    /// It waits for a command.
    Available = 1,
    /// A command runs in it, or another client holds it.
    Busy = 3,
}

members!(RunspaceState: Opened Closed Broken Disconnected);
members!(RunspaceAvailability: None Available Busy);
members!(CommandState: None Done Running);
