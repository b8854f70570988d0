//! What a failed request means to a session.

use crate::psrp::pipeline::PipelineError;
use crate::psrp::runspace_pool::PoolError;
use crate::wsman::FaultCode;
use crate::xpress;

/// An error of the driver's, which is handed through unread; only what it means is looked at.
pub(crate) trait Failure:
    From<PoolError> + From<PipelineError> + From<xpress::Malformed> + Clone
{
    fn kind(&self) -> FailureKind;

    /// Whether this is the service's fault with one of these numbers.
    fn is_fault(&self, codes: &[FaultCode]) -> bool {
        matches!(self.kind(), FailureKind::Fault(Some(code)) if codes.contains(&code))
    }

    /// Whether it says more about the session, or the way to it, than about the request.
    fn is_about_the_session(&self) -> bool {
        match self.kind() {
            FailureKind::Busy
            | FailureKind::Lost
            | FailureKind::TimedOut
            | FailureKind::Untrusted
            | FailureKind::Unreachable
            | FailureKind::Refused => true,
            FailureKind::Unusable => false,
            FailureKind::Fault(code) => code.is_some_and(|code| DISCONNECTED.contains(&code)),
        }
    }

    /// Whether the service may have carried out the request: an outcome that is unknown, or a fault by which it says that
    /// it has given up what it did.
    fn may_be_carried_out(&self) -> bool {
        let aborted = [FaultCode::OPERATION_ABORTED, FaultCode::CANCELLED, FaultCode::STREAM_DISCONNECTED];
        self.kind().outcome_is_unknown() || self.is_fault(&aborted)
    }

    /// The service no longer has the shell or command.
    fn is_gone(&self) -> bool {
        self.is_fault(&[FaultCode::INVALID_SELECTORS])
    }
}

/// What is known of a request that has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The service refused it, with this number where it gave one.
    Fault(Option<FaultCode>),
    /// The service had no room for it, and did nothing.
    Busy,
    /// It was sent, and no usable answer came.
    Lost,
    /// It was sent, and no answer came in the time there was.
    TimedOut,
    /// It was sent, and the answer cannot be trusted.
    Untrusted,
    /// It was not sent: the computer cannot be reached.
    Unreachable,
    /// It was not sent: the login was refused, or must not be tried.
    Refused,
    /// It was answered, and what was made of the answer cannot be used.
    Unusable,
}

impl FailureKind {
    /// Whether the service may have carried it out.
    pub(crate) fn outcome_is_unknown(self) -> bool {
        matches!(self, FailureKind::Lost | FailureKind::TimedOut | FailureKind::Untrusted)
    }
}

/// With one of these a service answers when it has disconnected the shell: by itself, or because it was asked to.
const DISCONNECTED: &[FaultCode] = &[
    FaultCode::SHELL_DISCONNECTED,
    FaultCode::STREAM_DISCONNECTED,
    FaultCode::OPERATION_ABORTED,
    FaultCode::CANCELLED,
];
