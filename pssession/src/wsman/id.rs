//! The identifiers of WS-Management, each with its own type; those that outlive a request are in [`crate::record`].

pub(crate) use crate::record::{CommandId, ResourceUri, SessionId, ShellId};

use uuid::Uuid;

/// `a:MessageID`: names one request, and no other, a repeated one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageId(pub Uuid);

/// `p:OperationID`: names one operation of the client, such as the reading of one stream, over all its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OperationId(pub Uuid);

display!("uuid:{:X}": MessageId OperationId);
