//! The request of Get-PSSession.

use super::selection::Selection;
use crate::record::{PSSession, RunspaceState};
use std::num::NonZeroUsize;

/// One Get-PSSession command. Known sessions are shown from what is recorded, without a request to any server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to list.
    pub selection: Selection,
    /// Which states to list; applies to servers only.
    pub state: SessionFilterState,
    /// Whether sessions are shown in full: a single server is asked what runs in each, and of one that is about to expire
    /// there is a warning.
    pub is_long: bool,
    /// How many servers may be asked at once.
    pub throttle_limit: NonZeroUsize,
}

/// The values of -State (Microsoft.PowerShell.Commands.SessionFilterState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SessionFilterState {
    #[default]
    /// Every state.
    All = 0,
    /// Connected to this client.
    Opened = 1,
    /// Not connected to this client.
    Disconnected = 2,
    /// Removed.
    Closed = 3,
    /// Lost.
    Broken = 4,
}

impl SessionFilterState {
    /// Whether a session is in such a state.
    pub fn allows(self, session: &PSSession) -> bool {
        match self {
            SessionFilterState::All => true,
            SessionFilterState::Opened => session.state == RunspaceState::Opened,
            SessionFilterState::Disconnected => session.state == RunspaceState::Disconnected,
            SessionFilterState::Closed => session.state == RunspaceState::Closed,
            SessionFilterState::Broken => session.state == RunspaceState::Broken,
        }
    }
}
