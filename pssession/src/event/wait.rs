//! Waits for a server.

use crate::record::SessionNumber;
use std::sync::{Arc, Weak};

/// A wait for a server. It may be over before anyone looks.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The computer, as it was given.
    pub computer_name: String,
    /// What the wait is for.
    pub awaited: Awaited,
    goes_on: Weak<()>,
}

/// What a server is to do. Sessions are named as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Awaited {
    /// It is found out how to log on to it, of which name servers and Kerberos know.
    Login,
    /// It lists its sessions.
    Sessions,
    /// It lists the commands of a session.
    Commands(String),
    /// It creates a session.
    Creation,
    /// It connects a session.
    Connection(String),
    /// It disconnects a session.
    Disconnection(String),
    /// It removes a session.
    Removal(String),
    /// It ends a command that was stopped.
    Stop,
    /// It frees a command that has ended.
    Release,
    /// It begins a command, which it does not while another one runs in the session.
    Turn {
        /// The session.
        session: String,
        /// Its number here, if it has one.
        id: Option<SessionNumber>,
    },
}

/// The wait goes on while this lives.
pub(crate) struct Waiting(#[expect(dead_code, reason = "it is owned, and nothing more")] Arc<()>);

impl Wait {
    pub(crate) fn begin(computer_name: &str, awaited: Awaited) -> (Wait, Waiting) {
        let waiting = Arc::new(());
        let goes_on = Arc::downgrade(&waiting);
        (Wait { computer_name: computer_name.to_owned(), awaited, goes_on }, Waiting(waiting))
    }

    /// Whether what was awaited has come, or is not awaited any more.
    pub fn is_over(&self) -> bool {
        self.goes_on.strong_count() == 0
    }
}
