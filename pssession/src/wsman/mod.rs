//! WS-Management and its shell extensions, without I/O (DSP0226, MS-WSMV).
//!
//! A request is an [`Operation`] written into an [`envelope`]; an answer is read back to what that operation
//! promises, to a [`Fault`], or to the reason why it is neither. Nothing here knows a socket, a clock or PSRP.

pub(crate) mod duration;
pub(crate) mod enumerate;
pub(crate) mod envelope;
mod error;
pub(crate) mod fault;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod id;
pub(crate) mod name;
pub(crate) mod request;
pub(crate) mod shell;
#[cfg(test)]
mod tests;
mod text;
mod xml;

pub(crate) use envelope::{Failure, Header, Locale, MaxEnvelopeSize, Operation, Sequence};
pub(crate) use error::Malformed;
pub(crate) use fault::{Fault, FaultCode};
pub(crate) use id::{CommandId, MessageId, OperationId, ResourceUri, SessionId, ShellId};
pub(crate) use request::{Request, Response};
