//! WS-Management and its shell extensions, without I/O (DSP0226, MS-WSMV).
//!
//! A request is an [`Operation`] written into an [`envelope`]; an answer is read back to what that operation
//! promises, to a [`Fault`], or to the reason why it is neither. Nothing here knows a socket, a clock or PSRP.

pub(crate) mod duration;
pub(crate) mod enumerate;
pub(crate) mod envelope;
mod error;
pub(crate) mod fault;
pub(crate) mod id;
pub(crate) mod identify;
pub(crate) mod name;
pub(crate) mod request;
pub(crate) mod shell;
#[cfg(test)]
mod tests;
mod text;
mod xml;

pub(crate) use envelope::{Header, Operation, Sequence};
pub(crate) use error::Malformed;
pub(crate) use fault::{Fault, FaultCode};
pub(crate) use id::{CommandId, MessageId, OperationId, ResourceUri, SessionId, ShellId};
pub(crate) use request::{Request, Response};

/// The largest envelope in octets: what this client takes, and what the service measures requests against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxEnvelopeSize(pub u32);

impl MaxEnvelopeSize {
    /// What every service takes (WinRM 2.0's default).
    pub(crate) const SAFE: MaxEnvelopeSize = MaxEnvelopeSize(153_600);
    /// WinRM 3.0's default, with which Windows clients begin; a service with a lower limit keeps to its own.
    pub(crate) const DEFAULT: MaxEnvelopeSize = MaxEnvelopeSize(512_000);
}

/// Why a request has no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("{}", .0.message)]
    Fault(Box<Fault>),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}
