//! The request of Connect-PSSession.

use super::selection::Selection;
use std::num::NonZeroUsize;

/// The default of -ThrottleLimit.
pub const DEFAULT_THROTTLE_LIMIT: NonZeroUsize =
    NonZeroUsize::new(32).expect("32 is not zero, which is seen when this is compiled");

/// One Connect-PSSession command. Valid because it exists: a selection holds only what its parameter set has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sessions to connect to.
    pub selection: Selection,
    /// How many connect operations may run at once.
    pub throttle_limit: NonZeroUsize,
    /// Report what would happen, and change nothing. Overrides `confirm`.
    pub what_if: bool,
    /// Ask before each session.
    pub confirm: bool,
}
