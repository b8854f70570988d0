//! The sets that name sessions this user knows: what earlier commands left in the store, or what comes as a record.
//!
//! As many sessions at once as the throttle limit allows; those on one computer share its connections. A session that
//! needs no request makes none. What happens is reported as it happens.

mod connect;
mod disconnect;
mod find;
mod remove;

use super::run::Run;
use super::selection::Known;
use super::{Lines, disconnect as disconnecting, remove as removing};
use crate::access::Access;
use crate::engine::{Computer, Redirects};
use crate::error::ErrorRecord;
use crate::record::{RunspaceAvailability, RunspaceState};
use crate::store::{Durability, StoredSession, policy};
use crate::transport::{ConnectionPool, Endpoint, Profile};
use futures_util::StreamExt;
use jiff::Timestamp;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Connect-PSSession for known sessions.
pub(super) async fn connect(run: Run<'_>, known: &Known, lines: Lines, throttle_limit: NonZeroUsize) {
    Members::new(run).each(known, lines, throttle_limit, &Action::Connect).await;
}

/// Disconnect-PSSession.
pub(super) async fn disconnect(run: Run<'_>, request: &disconnecting::Request, lines: Lines) {
    let action = Action::Disconnect(request);
    Members::new(run).each(&request.sessions, lines, request.throttle_limit, &action).await;
}

/// Remove-PSSession.
pub(super) async fn remove(run: Run<'_>, request: &removing::Request, lines: Lines) {
    let throttle_limit = super::connect::DEFAULT_THROTTLE_LIMIT;
    Members::new(run).each(&request.sessions, lines, throttle_limit, &Action::Remove).await;
}

/// Get-PSSession for known sessions: as last seen, without a word to any server.
pub(super) async fn list(run: Run<'_>, known: &Known, lines: Lines) {
    Members::new(run).each(known, lines, NonZeroUsize::MIN, &Action::Get).await;
}

/// What is to become of a session.
enum Action<'a> {
    Get,
    Connect,
    Disconnect(&'a disconnecting::Request),
    Remove,
}

/// The sessions of a run and their computers.
struct Members<'a> {
    run: Run<'a>,
    computers: Mutex<HashMap<(String, Access), Computer>>,
    profiles: Mutex<HashMap<Access, Arc<OnceCell<Arc<Profile>>>>>,
}

impl<'a> Members<'a> {
    fn new(run: Run<'a>) -> Members<'a> {
        Members { run, computers: Mutex::default(), profiles: Mutex::default() }
    }

    /// Does it to each of the sessions that are meant.
    async fn each(&self, known: &Known, lines: Lines, throttle_limit: NonZeroUsize, action: &Action<'_>) {
        let told = Arc::new(AtomicBool::new(false));
        let first = told.clone();
        let lines = Box::new(lines.inspect(move |_| first.store(true, Ordering::Relaxed)));
        let found = self.run.find(known, lines);
        let mut done =
            pin!(found.map(|stored| self.act(action, stored)).buffer_unordered(throttle_limit.get()));
        while done.next().await.is_some() {}
        if known.is_piped() && !told.load(Ordering::Relaxed) && !self.run.interrupt.is_set() {
            self.run.warning("Standard input told no session.");
        }
    }

    async fn act(&self, action: &Action<'_>, stored: StoredSession) {
        if self.run.interrupt.is_set() {
            return;
        }
        match action {
            Action::Get => self.run.session(&stored.session),
            Action::Connect => self.connect(stored).await,
            Action::Disconnect(request) => self.disconnect(request, stored).await,
            Action::Remove => self.remove(stored).await,
        }
    }

    /// The computer of a session; `None` when it cannot be asked or is not to be any more, and why is reported.
    async fn computer(&self, stored: &StoredSession) -> Option<Computer> {
        match self.reach(stored).await {
            Ok(computer) => Some(computer).filter(|_| !self.run.interrupt.is_set()),
            Err(error) => {
                error.inspect(|error| self.run.error(error));
                None
            }
        }
    }

    /// Fails without an error when the run ended instead.
    async fn reach(&self, stored: &StoredSession) -> Result<Computer, Option<ErrorRecord>> {
        let cmdlet = self.run.cmdlet;
        let access = self.run.access_of_stored(stored)?;
        let bad = |bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidUri", None);
        let url = stored.session.connection_uri.clone();
        let endpoint = Endpoint::of_uri(&url).map_err(bad)?;
        let profile = self.profile(&access).await?;
        let computer = {
            let operation_timeout = profile.operation_timeout();
            let mut computers = self.computers.lock().unwrap_or_else(PoisonError::into_inner);
            let make = || {
                let pool = ConnectionPool::new(profile, endpoint);
                Computer::new(pool, Redirects::Never, operation_timeout)
            };
            computers.entry((url, access.clone())).or_insert_with(make).clone()
        };
        let shown = &stored.session.computer_name;
        self.run.tell_login(&computer, shown, &access.session_option).await;
        Ok(computer)
    }

    /// The profile of an access, for which a person may be asked once.
    async fn profile(&self, access: &Access) -> Result<Arc<Profile>, Option<ErrorRecord>> {
        let cell = {
            let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
            profiles.entry(access.clone()).or_default().clone()
        };
        let asking = || async { Ok(Arc::new(self.run.profile(access)?.ok_or(None)?)) };
        cell.get_or_try_init(asking).await.cloned()
    }

    /// Remembers how a server says that a session is, if it is one that is remembered.
    async fn remember(&self, known: StoredSession, mut found: StoredSession) {
        if known.session.id.is_none() {
            return;
        }
        found.session.last_seen = Some(Timestamp::now());
        let (instance_id, amend) = (known.session.instance_id, policy::amend(known, found));
        if let Err(error) = self.run.repository.update(instance_id, Durability::PowerCut, amend).await {
            self.run.store_failed(&error);
        }
    }

    /// Remembers that a session is no more.
    async fn remember_gone(&self, known: StoredSession) {
        let mut stored = known.clone();
        stored.session.state = RunspaceState::Broken;
        stored.session.availability = RunspaceAvailability::None;
        stored.session.disconnected_on = None;
        stored.session.expires_on = None;
        self.remember(known, stored).await;
    }
}
