//! The request of Disconnect-PSSession.

use super::selection::Known;
use crate::session_option::OutputBufferingMode;
use std::num::NonZeroUsize;
use std::time::Duration;

/// One Disconnect-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to disconnect from.
    pub sessions: Known,
    /// How long the server is to keep the session, whole seconds; `None` leaves it as it is.
    pub idle_timeout: Option<Duration>,
    /// What the server is to do with output meanwhile; `None` leaves it as it is.
    pub output_buffering_mode: Option<OutputBufferingMode>,
    /// How many operations may run at once.
    pub throttle_limit: NonZeroUsize,
    /// Report what would happen, and change nothing. Overrides `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
