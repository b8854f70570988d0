//! The sets that name sessions this user knows: what earlier commands left in the store.
//!
//! As many sessions at once as the throttle limit allows; those on one computer share its connections. What happens is
//! reported as it happens.

mod connect;
mod disconnect;
mod find;
mod remove;
mod sessions;

use super::run::Run;
use super::selection::Known;
use super::settings::Lines;
use super::{disconnect as disconnecting, remove as removing};
use futures_util::StreamExt;
use sessions::KnownSessions;
use std::num::NonZeroUsize;

/// Connect-PSSession for known sessions.
pub(super) async fn connect(run: Run<'_>, known: &Known, lines: Lines, throttle_limit: NonZeroUsize) {
    let sessions = &KnownSessions::new(run);
    sessions.each(known, lines, throttle_limit, |stored| sessions.connect(stored)).await;
}

/// Goes on in the one session that is selected.
pub(super) async fn connect_to_one(run: Run<'_>, known: &Known, lines: Lines) {
    let sessions = KnownSessions::new(run);
    let mut found: Vec<_> = sessions.run.find(known, lines).take(2).collect().await;
    match (found.pop(), found.is_empty()) {
        (Some(stored), true) => sessions.connect(stored).await,
        (Some(_), false) => sessions.run.error(sessions.run.cmdlet.several_sessions(known)),
        // Why there is none was reported.
        (None, _) => {}
    }
}

/// Disconnect-PSSession.
pub(super) async fn disconnect(run: Run<'_>, request: &disconnecting::Request, lines: Lines) {
    let sessions = &KnownSessions::new(run);
    let disconnect = |stored| sessions.disconnect(request, stored);
    sessions.each(&request.sessions, lines, request.throttle_limit, disconnect).await;
}

/// Remove-PSSession.
pub(super) async fn remove(run: Run<'_>, request: &removing::Request, known: &Known, lines: Lines) {
    let sessions = &KnownSessions::new(run);
    let throttle_limit = super::connect::DEFAULT_THROTTLE_LIMIT;
    let remove = |stored| sessions.remove(stored, request.older_than);
    sessions.each(known, lines, throttle_limit, remove).await;
}

/// Get-PSSession for known sessions: what follows from what is recorded, without a request to any server.
pub(super) async fn list(run: Run<'_>, known: &Known, lines: Lines, is_long: bool) {
    let sessions = &KnownSessions::new(run);
    sessions.each(known, lines, NonZeroUsize::MIN, |stored| sessions.show(stored, is_long)).await;
}
