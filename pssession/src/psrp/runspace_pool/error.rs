//! What can go wrong with a RunspacePool, and by whose doing.

use thiserror::Error;

use super::{IllegalTransition, RunspacePoolState};
use crate::psrp::fragment::FragmentError;
use crate::psrp::handshake::{DecodeError, IncompatibleVersion};
use crate::psrp::message::{MessageError, MessageType, RunspacePoolId};

/// Messages are sent only while a pool is Opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("nothing can be sent while the runspace pool is {0}")]
pub(crate) struct NotOpened(pub RunspacePoolState);

/// Why a pool is broken, or why it could not take in what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PoolError {
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("{message_type} is malformed: {source}")]
    Malformed { message_type: MessageType, source: DecodeError },
    #[error(transparent)]
    IncompatibleVersion(#[from] IncompatibleVersion),
    #[error("the server sent {0} to itself")]
    WrongDestination(MessageType),
    #[error("the server sent {message_type} for another runspace pool ({found})")]
    WrongRunspacePool { message_type: MessageType, found: RunspacePoolId },
    #[error("the server sent {message_type} while the runspace pool is {state}")]
    UnexpectedMessage { message_type: MessageType, state: RunspacePoolState },
    #[error("the answer to the connect lacks {0}")]
    MissingMessage(MessageType),
    #[error("the answer to the connect ends within a message")]
    IncompleteConnectResponse,
    #[error("the server broke the runspace pool{}", because(.reason))]
    ServerBroken { reason: Option<String> },
    #[error("the shell of the runspace pool is lost")]
    ShellLost,
    /// The driver's doing; the pool is as before.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// The driver's doing; the pool is as before.
    #[error("nothing can be received while the runspace pool is {0}")]
    NotReceiving(RunspacePoolState),
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}
