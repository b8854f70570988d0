//! What happens to a session as a whole.

use super::acquire::Acquired;
use crate::psrp::host::HostCall;
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
    /// What a script asks of the host of the session, beside those of its pipelines.
    HostCall(HostCall),
    /// A pair of keys is needed, for [`Session::exchange_keys`](super::Session::exchange_keys).
    KeysWanted,
    /// The session key is known.
    SessionKey,
    Disconnected(Result<(), F>),
    Removed(Result<(), F>),
    /// Nothing more can be asked of the session.
    Broken(F),
}
