//! Which failures pass by themselves, and what to do then. The only such list there is.

use super::failure::{Failure, FailureKind};
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

/// How long a busy service is asked again, from the first request on.
const PATIENCE: Duration = Duration::from_secs(4);

/// The first pause; each further one is twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Decides after a failure. `is_repeatable` says whether the request does no harm when it is carried out twice, `tries`
/// how often it was sent, and `elapsed` how long ago for the first time.
///
/// A request of unknown outcome is sent once more if that does no harm. It is not after a timeout, because the wait would
/// be as long again, nor after an answer that cannot be trusted, because an attacker would get another try.
pub(crate) fn after(kind: FailureKind, is_repeatable: bool, tries: u32, elapsed: Duration) -> Next {
    if kind == FailureKind::Busy && elapsed + pause(tries) <= PATIENCE {
        Next::Again(pause(tries))
    } else if kind == FailureKind::Lost && is_repeatable && tries == 1 {
        Next::Again(Duration::ZERO)
    } else {
        Next::GiveUp
    }
}

/// As [`after`], of the request that ends a session. What is not ended uses the server's memory for hours, so that more is
/// done for it once the server was reached.
pub(crate) fn after_end(kind: FailureKind, tries: u32) -> Next {
    const MOST_TRIES: u32 = 5;
    match kind {
        FailureKind::Lost if tries == 1 => Next::Again(Duration::ZERO),
        FailureKind::Lost | FailureKind::Unreachable if (2..MOST_TRIES).contains(&tries) => {
            Next::Again(pause(tries - 1))
        }
        FailureKind::Fault(_)
        | FailureKind::Busy
        | FailureKind::Lost
        | FailureKind::TimedOut
        | FailureKind::Untrusted
        | FailureKind::Unreachable
        | FailureKind::Refused
        | FailureKind::Unusable => Next::GiveUp,
    }
}

/// Whether a shell may be created a little later, after the service has refused once and done nothing. PowerShell tries
/// again after these, and after some by which a computer says that it is not there, which is not waited for here.
pub(crate) fn may_pass<F: Failure>(failure: &F) -> bool {
    const PASSING: &[FaultCode] = &[
        FaultCode::OPERATION_ABORTED,
        FaultCode::RPC_SERVER_UNAVAILABLE,
        FaultCode::ALREADY_CONNECTED,
        FaultCode::SESSION_ID_MISMATCH,
    ];
    failure.kind() == FailureKind::Busy || failure.is_fault(PASSING)
}

/// The pause after so many tries, at least one.
pub(crate) fn pause(tries: u32) -> Duration {
    FIRST_PAUSE * 2_u32.pow(tries.saturating_sub(1).min(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_is_asked_again_after_longer_and_longer_pauses() {
        let mut elapsed = Duration::ZERO;
        let mut pauses = Vec::new();
        while let Next::Again(pause) = after(FailureKind::Busy, false, pauses.len() as u32 + 1, elapsed) {
            elapsed += pause;
            pauses.push(pause.as_millis());
        }
        assert_eq!(pauses, [500, 1000, 2000]);
    }

    #[test]
    fn an_unknown_outcome_is_tried_once_more_where_that_does_no_harm() {
        assert_eq!(after(FailureKind::Lost, true, 1, Duration::ZERO), Next::Again(Duration::ZERO));
        assert_eq!(after(FailureKind::Lost, true, 2, Duration::ZERO), Next::GiveUp);
        assert_eq!(after(FailureKind::Lost, false, 1, Duration::ZERO), Next::GiveUp);
    }

    #[test]
    fn an_answer_or_a_wait_in_vain_or_a_forged_answer_is_final() {
        for kind in [
            FailureKind::Fault(Some(FaultCode::ACCESS_DENIED)),
            FailureKind::TimedOut,
            FailureKind::Untrusted,
            FailureKind::Unreachable,
            FailureKind::Refused,
            FailureKind::Unusable,
        ] {
            assert_eq!(after(kind, true, 1, Duration::ZERO), Next::GiveUp, "{kind:?}");
        }
    }
}
