//! Get-PSSession: what is asked for.

use super::selection::Selection;
use crate::record::{PSSession, RunspaceState};
use std::num::NonZeroUsize;

/// One Get-PSSession command. Known sessions are shown from what is recorded, without a request to any server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub selection: Selection,
    /// Which states are wanted; only of use with servers.
    pub state: SessionFilterState,
    /// How many servers may be asked at once.
    pub throttle_limit: NonZeroUsize,
}

/// The values of -State (Microsoft.PowerShell.Commands.SessionFilterState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionFilterState {
    #[default]
    All = 0,
    Opened = 1,
    Disconnected = 2,
    Closed = 3,
    Broken = 4,
}

impl SessionFilterState {
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
