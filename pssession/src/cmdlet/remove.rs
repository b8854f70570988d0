//! The request of Remove-PSSession.

use super::selection::Selection;
use std::time::Duration;

/// One Remove-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to remove. Servers are asked for their sessions only where an age is given.
    pub selection: Selection,
    /// Only sessions that were created so long ago, by their server's clock.
    pub older_than: Option<Duration>,
    /// Report what would happen, and change nothing. Overrides `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
