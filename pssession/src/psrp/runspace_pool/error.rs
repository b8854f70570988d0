//! What can go wrong with a RunspacePool, and by whose doing.

use std::fmt;

use thiserror::Error;

use crate::excerpt::excerpt;
use crate::psrp::fragment::FragmentError;
use crate::psrp::handshake::{DecodeError, IncompatibleVersion};
use crate::psrp::message::{MessageError, MessageType, RunspacePoolId};

/// How far a pool is, in the terms of MS-PSRP 3.1.1.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolState {
    /// Being created; the server has not sent its versions yet.
    NegotiationSent,
    /// Being created; versions are agreed on.
    NegotiationSucceeded,
    /// Being connected to.
    Connecting,
    /// Ready for pipelines.
    Opened,
    /// Unusable.
    Broken,
}

impl fmt::Display for PoolState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Why a pool is broken, or why it could not take in what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PoolError {
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
    UnexpectedMessage { message_type: MessageType, state: PoolState },
    #[error("the answer to the connect lacks {0}")]
    MissingMessage(MessageType),
    #[error("the answer to the connect ends within a message")]
    IncompleteConnectResponse,
    #[error("the server broke the runspace pool{}", because(.reason))]
    ServerBroken { reason: Option<String> },
    #[error("the server closed the runspace pool")]
    ServerClosed,
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {}", excerpt(reason))).unwrap_or_default()
}
