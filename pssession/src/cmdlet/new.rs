//! The request of New-PSSession.

use super::selection::Remote;
use std::num::NonZeroUsize;

/// One New-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The computers, and how to reach them. Its filter has no effect.
    pub remote: Box<Remote>,
    /// The name of the first computer's session, of the second's, and so on. One that is missing is chosen here.
    pub names: Vec<String>,
    /// Connect to the session of that name where there is one.
    pub or_connect: bool,
    /// How many computers are asked at once.
    pub throttle_limit: NonZeroUsize,
}
