//! The request of Remove-PSSession.

use super::selection::Known;

/// One Remove-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to remove.
    pub sessions: Known,
    /// Report what would happen, and change nothing. Overrides `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
