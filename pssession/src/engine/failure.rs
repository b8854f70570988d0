//! Why something asked of a computer was not done.

use super::endless::Endless;
use super::redirect::Redirection;
use crate::psrp::pipeline::PipelineError;
use crate::psrp::runspace_pool::PoolError;
use crate::session::{self, FailureKind, InDoubt, NotOpen};
use crate::store::StoreError;
use crate::transport::{self, Error};
use crate::wsman::{self, Fault, FaultCode, Malformed};
use crate::xpress;
use std::sync::Arc;

/// Why something asked of a computer was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Transport(#[from] transport::Error),
    /// The service refused.
    #[error("{}", .0.message)]
    Fault(Box<Fault>),
    #[error(transparent)]
    Malformed(Malformed),
    /// The service connected the shell, and its PowerShell does not speak as it should.
    #[error(transparent)]
    Negotiation(#[from] PoolError),
    /// What a pipeline brought is not what it should be.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Compression(#[from] xpress::Malformed),
    /// The service sent the client elsewhere, and it did not go.
    #[error(transparent)]
    Redirected(Box<Redirection>),
    /// What may have been carried out is not repeated.
    #[error("{1}; {0}")]
    InDoubt(InDoubt, Box<Failure>),
    #[error(transparent)]
    Endless(#[from] Endless),
    #[error(transparent)]
    NotOpen(#[from] NotOpen),
    #[error(transparent)]
    NotDriven(#[from] NotDriven),
    #[error("{0}")]
    Store(String),
}

impl From<Arc<StoreError>> for Failure {
    fn from(error: Arc<StoreError>) -> Failure {
        Failure::Store(error.to_string())
    }
}

impl From<wsman::Failure> for Failure {
    fn from(failure: wsman::Failure) -> Failure {
        match failure {
            wsman::Failure::Fault(fault) => Failure::Fault(fault),
            wsman::Failure::Malformed(malformed) => Failure::Malformed(malformed),
        }
    }
}

impl Failure {
    /// What a service says that sends its client elsewhere, and to where; `None` if it does not.
    pub(super) fn redirection(&self) -> Option<(String, &str)> {
        match self {
            Failure::Transport(error @ Error::Redirected { location, .. }) => {
                Some((error.to_string(), location))
            }
            Failure::Fault(fault) => Some((fault.message.clone(), fault.redirect_location.as_deref()?)),
            Failure::Transport(_)
            | Failure::Malformed(_)
            | Failure::Negotiation(_)
            | Failure::Pipeline(_)
            | Failure::Compression(_)
            | Failure::Redirected(_)
            | Failure::InDoubt(..)
            | Failure::Endless(_)
            | Failure::NotOpen(_)
            | Failure::NotDriven(_)
            | Failure::Store(_) => None,
        }
    }

    /// Whether a limit of the service is reached.
    pub(crate) fn is_quota(&self) -> bool {
        matches!(self, Failure::Fault(fault) if fault.code.is_some_and(FaultCode::is_quota))
    }

    /// Whether this is the service's fault with that number.
    pub(crate) fn is_fault(&self, code: FaultCode) -> bool {
        matches!(self, Failure::Fault(fault) if fault.is(code))
    }
}

/// The driver is gone: its runtime has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session is no longer driven")]
pub(crate) struct NotDriven;

/// Faults by which a service says that it has no room now, and has done nothing.
const BUSY: [FaultCode; 4] = [
    FaultCode::HTTP_SERVICE_UNAVAILABLE,
    FaultCode::QUOTA_MAX_OPERATIONS,
    FaultCode::QUOTA_USER,
    FaultCode::QUOTA_SYSTEM,
];

impl session::Failure for Failure {
    fn kind(&self) -> FailureKind {
        match self {
            Failure::InDoubt(_, failure) => failure.kind(),
            Failure::Fault(fault) if BUSY.iter().any(|code| fault.is(*code)) => FailureKind::Busy,
            Failure::Fault(fault) => FailureKind::Fault(fault.code),
            Failure::Transport(Error::Status { status: 425 | 429 | 503, .. }) => FailureKind::Busy,
            Failure::Transport(Error::AnswerTimedOut { .. } | Error::LoginTimedOut { .. }) => {
                FailureKind::TimedOut
            }
            Failure::Transport(error @ Error::Auth(_)) if error.outcome_is_unknown() => {
                FailureKind::Untrusted
            }
            Failure::Transport(error) if error.outcome_is_unknown() => FailureKind::Lost,
            Failure::Transport(error) if error.is_about_the_network() => FailureKind::Unreachable,
            Failure::Transport(_) | Failure::Redirected(_) => FailureKind::Refused,
            Failure::Malformed(Malformed::TooManyItems { .. }) => FailureKind::Unusable,
            // An answer that is garbage may have been cut off.
            Failure::Malformed(_) => FailureKind::Lost,
            Failure::Negotiation(_)
            | Failure::Pipeline(_)
            | Failure::Compression(_)
            | Failure::Endless(_)
            | Failure::NotOpen(_)
            | Failure::NotDriven(_)
            | Failure::Store(_) => FailureKind::Unusable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Failure as _;
    use std::time::Duration;

    fn status(status: u16) -> Failure {
        Failure::Transport(Error::Status { host: "a".into(), status, excerpt: None })
    }

    fn fault(code: FaultCode) -> Failure {
        Failure::Fault(Box::new(Fault { code: Some(code), ..Fault::default() }))
    }

    #[test]
    fn each_failure_is_of_one_kind() {
        let host = || String::from("a");
        let rows = [
            (status(503), FailureKind::Busy),
            (status(429), FailureKind::Busy),
            (fault(FaultCode::QUOTA_SYSTEM), FailureKind::Busy),
            (fault(FaultCode::ACCESS_DENIED), FailureKind::Fault(Some(FaultCode::ACCESS_DENIED))),
            (Error::Lost { host: host() }.into(), FailureKind::Lost),
            (status(500), FailureKind::Lost),
            (Failure::Malformed(Malformed::Truncated), FailureKind::Lost),
            (Error::AnswerTimedOut { host: host(), after: Duration::ZERO }.into(), FailureKind::TimedOut),
            (Error::Auth(crate::auth::Error::BadSignature).into(), FailureKind::Untrusted),
            (Error::Refused { host: host(), port: 1 }.into(), FailureKind::Unreachable),
            (Error::NameNotResolved { host: host() }.into(), FailureKind::Unreachable),
            (Error::LoginLost { host: host() }.into(), FailureKind::Unreachable),
            (status(404), FailureKind::Refused),
        ];
        for (failure, kind) in rows {
            assert_eq!(failure.kind(), kind, "{failure:?}");
        }
    }
}
