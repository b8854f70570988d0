//! When to try again: the one place that knows what is transient. Pure; the waiting is done by the driver.

use super::Failure;
use crate::transport;
use crate::wsman::FaultCode;
use std::time::Duration;

/// What to do after a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The failure is the result.
    GiveUp,
    /// Send it again, on a new connection if the old one is gone, after a pause.
    Again(Duration),
}

/// Tries after the first.
const MOST_RETRIES: u32 = 3;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Decides after a failure. `repeatable` says whether the request does no harm when it is carried out twice, `tries`
/// how often it has been sent.
pub(crate) fn after(failure: &Failure, repeatable: bool, tries: u32) -> Next {
    if is_refused_for_now(failure) && tries <= MOST_RETRIES {
        return Next::Again(FIRST_PAUSE * 2_u32.pow(tries.saturating_sub(1).min(MOST_RETRIES)));
    }
    if repeatable && is_worth_repeating(failure) && tries == 1 {
        return Next::Again(Duration::ZERO);
    }
    Next::GiveUp
}

/// The outcome is unknown, and asking once more may tell. Not so after a timeout: who waited that long for nothing
/// does not want to wait as long again. And not after an answer that cannot be trusted: whoever had a hand in it on the
/// way would have another try.
pub(crate) fn is_worth_repeating(failure: &Failure) -> bool {
    use transport::Error::{AnswerTimedOut, Auth};
    outcome_is_unknown(failure) && !matches!(failure, Failure::Transport(AnswerTimedOut { .. } | Auth(_)))
}

/// The server did nothing, because it had no room to.
fn is_refused_for_now(failure: &Failure) -> bool {
    match failure {
        Failure::Transport(transport::Error::Status { status, .. }) => matches!(status, 425 | 429 | 503),
        Failure::Fault(fault) => [
            FaultCode::HTTP_SERVICE_UNAVAILABLE,
            FaultCode::QUOTA_MAX_OPERATIONS,
            FaultCode::QUOTA_USER,
            FaultCode::QUOTA_SYSTEM,
        ]
        .into_iter()
        .any(|code| fault.is(code)),
        _ => false,
    }
}

/// Something was sent and no usable answer came: nobody on this side knows what became of it.
pub(crate) fn outcome_is_unknown(failure: &Failure) -> bool {
    match failure {
        Failure::Transport(error) => error.outcome_is_unknown(),
        Failure::Malformed(_) => true,
        Failure::Fault(_) | Failure::Negotiation(_) | Failure::Redirected(_) | Failure::Endless => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::{Fault, Malformed};

    fn status(status: u16) -> Failure {
        Failure::Transport(transport::Error::Status { host: "a".into(), status, excerpt: None })
    }

    fn lost() -> Failure {
        Failure::Transport(transport::Error::Lost { host: "a".into() })
    }

    fn fault(code: FaultCode) -> Failure {
        Failure::Fault(Box::new(Fault {
            code: Some(code),
            subcode: None,
            message: String::new(),
            machine: None,
            redirect_location: None,
        }))
    }

    #[test]
    fn a_busy_server_is_asked_again_after_longer_and_longer_pauses() {
        for failure in [status(503), status(429), fault(FaultCode::QUOTA_SYSTEM)] {
            let pauses = [1, 2, 3, 4].map(|tries| after(&failure, false, tries));
            let again = |ms| Next::Again(Duration::from_millis(ms));
            assert_eq!(pauses, [again(500), again(1000), again(2000), Next::GiveUp], "{failure:?}");
        }
    }

    #[test]
    fn an_unknown_outcome_is_tried_once_more_where_that_does_no_harm() {
        for failure in [lost(), status(500), Failure::Malformed(Malformed::Truncated)] {
            assert_eq!(after(&failure, true, 1), Next::Again(Duration::ZERO), "{failure:?}");
            assert_eq!(after(&failure, true, 2), Next::GiveUp, "{failure:?}");
            assert_eq!(after(&failure, false, 1), Next::GiveUp, "{failure:?}");
        }
    }

    #[test]
    fn who_waited_in_vain_does_not_wait_again() {
        let host = String::from("a");
        let timed_out = Failure::Transport(transport::Error::AnswerTimedOut { host, after: Duration::ZERO });
        assert!(outcome_is_unknown(&timed_out));
        assert_eq!(after(&timed_out, true, 1), Next::GiveUp);
    }

    #[test]
    fn an_answer_that_cannot_be_trusted_is_not_asked_for_again() {
        let forged = Failure::Transport(transport::Error::Auth(crate::auth::Error::BadSignature));
        assert!(outcome_is_unknown(&forged));
        assert_eq!(after(&forged, true, 1), Next::GiveUp);
    }

    #[test]
    fn an_answer_is_an_answer() {
        let refused = Failure::Transport(transport::Error::Refused { host: "a".into(), port: 1 });
        for failure in [refused, status(404), fault(FaultCode::ACCESS_DENIED)] {
            assert_eq!(after(&failure, true, 1), Next::GiveUp, "{failure:?}");
        }
    }
}
