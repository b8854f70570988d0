//! The request of Invoke-Command.

use super::selection::{Known, Remote};
pub use crate::event::OnInterrupt;
use crate::pipeline::PSObject;
use std::num::NonZeroUsize;

/// One Invoke-Command command.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Where the command runs.
    pub place: Place,
    /// The command.
    pub command: Command,
    /// Leave it running, for the client that connects to its session.
    pub in_disconnected_session: bool,
    /// What an interrupt does to the command.
    pub on_interrupt: OnInterrupt,
    /// Ask for the status of the last native program that it ran.
    pub last_exit_code: bool,
    /// How many sessions it runs in at once.
    pub throttle_limit: NonZeroUsize,
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a session on each of these computers that is opened for it.
    Opened {
        /// The computers, and how to reach them. Its filter has no effect.
        remote: Box<Remote>,
        /// The names of the sessions; one that is missing is chosen here.
        names: Vec<String>,
    },
    /// In sessions on servers, which are looked for and connected to there, and stay.
    Remote(Box<Remote>),
    /// In sessions that this user knows. They are connected to where need be, and stay.
    Known(Known),
}

impl Place {
    /// Whether it is one session for certain.
    pub(super) fn is_single(&self) -> bool {
        match self {
            Place::Opened { remote, .. } => remote.servers.len() == 1,
            Place::Remote(_) => false,
            // A name may be that of several sessions.
            Place::Known(Known::Names(_)) => false,
            Place::Known(known) => !known.may_be_several(),
        }
    }
}

/// A command and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// A script, or the name of one command.
    pub text: CommandText,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// The server turns the output into lines of this width, as PowerShell would show it.
    pub width: Option<u16>,
    /// Whether it is given input.
    pub has_input: bool,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandText {
    /// A script. An endpoint without a language refuses it.
    Script(String),
    /// One command by its name.
    Name(String),
}

/// An argument of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// The parameter; `None` for one that is bound by its position.
    pub name: Option<String>,
    /// Its value.
    pub value: PSObject,
}
