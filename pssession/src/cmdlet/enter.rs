//! The request of Enter-PSSession.

use super::selection::Selection;

/// One Enter-PSSession command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The session: one that is opened for it on a server, whose filter has no effect, and closed when it is exited; or one
    /// that this user knows, which stays.
    pub selection: Selection,
}

impl Request {
    /// Whether it names more than one, and so cannot be carried out.
    pub fn is_several(&self) -> bool {
        match &self.selection {
            Selection::Remote(remote) => remote.servers.len() > 1,
            Selection::Known(known) => known.may_be_several(),
        }
    }
}
