//! What an update of the store finds, does and leaves.

use crate::record::StoredSession;

/// A session as an update finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// What the store has of it.
    pub stored: StoredSession,
    /// Whether this opened store wrote it last.
    pub is_own: bool,
}

/// What an update does to the row of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Leaves it as it is.
    Keep,
    /// Under the Id that it has, or a new one; the Id in the record does not count.
    Write(Box<StoredSession>),
    /// Its Id is not given again.
    Forget,
}

impl Change {
    /// A [`Change::Write`] of this session.
    pub fn write(stored: StoredSession) -> Change {
        Change::Write(Box::new(stored))
    }
}

/// What an update found, and what it left.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Updated {
    /// The session before; `None` if it was not known.
    pub before: Option<StoredSession>,
    /// The session after; `None` if it is not known any more.
    pub after: Option<StoredSession>,
}
