//! An item of an input that is of no use.

use crate::cli::bind_error::{BadInput, BindError};

/// An item that does not name a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotBound {
    /// The beginning of the item.
    pub text: String,
    pub reason: BadInput,
}

impl NotBound {
    /// The error of the item that began on this line.
    pub fn on_line(self, line: usize) -> BindError {
        BindError::InputObjectNotBound { line, text: self.text, reason: self.reason }
    }
}
