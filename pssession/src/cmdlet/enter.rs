//! The request of Enter-PSSession.

use super::invoke::Place;

/// One Enter-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The session: one that is opened for it on one computer, and closed when it is exited; or one that this user knows,
    /// which stays.
    pub place: Place,
}
