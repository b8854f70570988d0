//! What an update of the store finds, does and leaves.

use crate::record::StoredSession;

/// A session as an update finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub stored: StoredSession,
    /// Whether this opened store wrote it last.
    pub is_own: bool,
}

/// What an update does to the row of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Keep,
    /// Under the Id that it has, or a new one; the Id in the record does not count.
    Write(Box<StoredSession>),
    /// Its Id is not given again.
    Forget,
}

impl Change {
    pub fn write(stored: StoredSession) -> Change {
        Change::Write(Box::new(stored))
    }
}

/// What an update found, and what it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    pub before: Option<StoredSession>,
    pub after: Option<StoredSession>,
}
