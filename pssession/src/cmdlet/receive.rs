//! The request of Receive-PSSession.

use super::selection::Selection;

/// One Receive-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The session whose commands are received.
    pub selection: Selection,
    /// Leave again as soon as nothing more is there.
    pub no_wait: bool,
    /// What an interrupt does to the command.
    pub on_interrupt: super::invoke::OnInterrupt,
    /// Report what would happen, and change nothing. Overrides `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
