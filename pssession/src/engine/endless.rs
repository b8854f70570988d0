//! Limits for a service whose answers do not end.

use std::time::Duration;

/// Octets of all answers of an enumeration.
pub(super) const MOST_OCTETS: usize = 64 << 20;
/// Its pages without an item, one after another.
pub(super) const MOST_EMPTY_PAGES: usize = 100;

/// Which bound was passed in following a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Endless {
    #[error("the service's list is larger than {} MiB", MOST_OCTETS >> 20)]
    Octets,
    #[error("the service's list did not end: it had more than {MOST_EMPTY_PAGES} empty pages in a row")]
    EmptyPages,
    #[error("the service's list did not end within {} seconds", .0.as_secs_f32())]
    Time(Duration),
    #[error("the service was still redirecting the connection after {} seconds", .0.as_secs_f32())]
    Redirections(Duration),
}
