//! What happens to a session as a whole.

use super::acquire::Acquired;
use std::time::Instant;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event<F> {
    /// The end of an acquisition.
    Acquired(Acquired<F>),
    /// The end of a creation.
    Opened(Result<(), F>),
    /// The way to the server is lost; it is tried until then.
    Lost {
        failure: F,
        until: Instant,
    },
    /// The session is ours again.
    Recovered,
    Disconnected(Result<(), F>),
    Removed(Result<(), F>),
    /// Nothing more can be asked of the session.
    Broken(F),
}
