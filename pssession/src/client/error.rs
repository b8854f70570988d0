//! Errors of the library's front, sorted by blame.

use crate::cmdlet::Cmdlet;
use crate::engine::{Failure, NotAcquired};
use crate::error::{ErrorCategory, ErrorRecord};
use crate::session::{Failure as _, FailureKind};
use std::fmt;

/// Who can fix an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an argument, a file, or the order of calls.
    Caller,
    /// The server: it refused, or violated the protocol.
    Server,
    /// The network: the server cannot be reached, or an answer did not arrive.
    Network,
    /// Policy: a login was refused, or something would not have been safe.
    Policy,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    computer: Option<String>,
    record: Box<ErrorRecord>,
}

impl Error {
    /// Who can fix it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The computer concerned, as it was named.
    pub fn computer(&self) -> Option<&str> {
        self.computer.as_deref()
    }

    /// PowerShell's FullyQualifiedErrorId for it.
    pub fn id(&self) -> &str {
        &self.record.fully_qualified_error_id
    }

    /// PowerShell's category for it.
    pub fn category(&self) -> ErrorCategory {
        self.record.category
    }

    pub(super) fn caller(message: String) -> Error {
        let record = Cmdlet::ConnectPSSession.own(message, "InvalidArgument", None);
        Error { kind: ErrorKind::Caller, computer: None, record: record.into() }
    }

    pub(super) fn query(computer: &str, failure: &Failure) -> Error {
        Error::of(computer, failure, Cmdlet::GetPSSession.query_failed(computer, failure))
    }

    pub(super) fn disconnect(
        computer: &str,
        instance_id: crate::record::InstanceId,
        failure: &Failure,
    ) -> Error {
        Error::of(computer, failure, Cmdlet::DisconnectPSSession.disconnect_failed(instance_id, failure))
    }

    /// A session that is not this client's, by its name.
    pub(super) fn not_acquired(computer: &str, session: &str, not_acquired: NotAcquired) -> Error {
        const CMDLET: Cmdlet = Cmdlet::ConnectPSSession;
        match not_acquired {
            NotAcquired::HeldByOther(_) => Error::server(computer, CMDLET.not_available(session)),
            NotAcquired::Gone(_) => Error::server(computer, CMDLET.no_longer_exists(session, computer)),
            NotAcquired::Withdrawn => {
                Error::caller("The connection attempt was canceled before it was sent.".into())
            }
            NotAcquired::Failed { failure, .. } => Error::session(computer, session, &failure),
            NotAcquired::Store(error) => {
                let record = CMDLET.store_failed(&error).into();
                Error { kind: ErrorKind::Caller, computer: None, record }
            }
        }
    }

    /// An operation of a session.
    pub(super) fn session(computer: &str, session: &str, failure: &Failure) -> Error {
        Error::of(computer, failure, Cmdlet::ConnectPSSession.reconnect_failed(session, computer, failure))
    }

    fn server(computer: &str, record: ErrorRecord) -> Error {
        Error { kind: ErrorKind::Server, computer: Some(computer.to_owned()), record: record.into() }
    }

    fn of(computer: &str, failure: &Failure, record: ErrorRecord) -> Error {
        let kind = match (failure, failure.kind()) {
            (Failure::NotOpen(_) | Failure::NotDriven(_) | Failure::Store(_), _) => ErrorKind::Caller,
            (_, FailureKind::Fault(_) | FailureKind::Busy | FailureKind::Unusable) => ErrorKind::Server,
            (_, FailureKind::Lost | FailureKind::TimedOut | FailureKind::Unreachable) => ErrorKind::Network,
            (_, FailureKind::Untrusted | FailureKind::Refused) => ErrorKind::Policy,
        };
        Error { kind, ..Error::server(computer, record) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.record.message)
    }
}

impl std::error::Error for Error {}
