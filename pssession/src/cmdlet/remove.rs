//! Remove-PSSession: what is asked for.

use super::selection::Known;

/// One Remove-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to remove.
    pub sessions: Known,
    /// Say what would happen, and do nothing. Wins over `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
