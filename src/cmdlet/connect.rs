//! Connect-PSSession: what is asked for.

use super::selection::Selection;
use std::num::NonZeroUsize;

/// How many operations run at once when -ThrottleLimit says nothing. The constant is not zero, which the compiler sees.
pub const DEFAULT_THROTTLE_LIMIT: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// One Connect-PSSession command. Valid because it exists: a selection holds only what its parameter set has.
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
