//! The known sessions of a run, and their computers.

use crate::access::Access;
use crate::cmdlet::run::Run;
use crate::cmdlet::selection::Known;
use crate::cmdlet::settings::Lines;
use crate::engine::{Computer, Redirects};
use crate::error::ErrorRecord;
use crate::record::{RunspaceAvailability, RunspaceState, StoredSession};
use crate::store::{Durability, policy};
use crate::transport::{ConnectionPool, Endpoint, Profile};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::sync::OnceCell;

/// The sessions of a run and their computers.
pub(super) struct KnownSessions<'a> {
    pub(super) run: Run<'a>,
    computers: Mutex<HashMap<(String, Access), Computer>>,
    profiles: Mutex<HashMap<Access, Arc<OnceCell<Arc<Profile>>>>>,
}

impl<'a> KnownSessions<'a> {
    pub(super) fn new(run: Run<'a>) -> KnownSessions<'a> {
        KnownSessions { run, computers: Mutex::default(), profiles: Mutex::default() }
    }

    /// Does this to each of the selected sessions.
    pub(super) async fn each<F: Future<Output = ()>>(
        &self,
        known: &Known,
        lines: Lines,
        throttle_limit: NonZeroUsize,
        act: impl Fn(StoredSession) -> F,
    ) {
        let any = Arc::new(AtomicBool::new(false));
        let seen = any.clone();
        let lines = Box::new(lines.inspect(move |_| seen.store(true, Ordering::Relaxed)));
        let act = |stored| async {
            if self.run.goes_on().await {
                act(stored).await;
            }
        };
        let mut done = pin!(self.run.find(known, lines).map(act).buffer_unordered(throttle_limit.get()));
        while done.next().await.is_some() {}
        if known.is_piped() && !any.load(Ordering::Relaxed) && !self.run.interrupt.is_set() {
            self.run.warning("No sessions were given on standard input.");
        }
    }

    /// Shows a session as it must be by now.
    pub(super) async fn show(&self, stored: StoredSession, is_long: bool) {
        let session = stored.session.after_silence_until(SystemTime::now());
        if is_long {
            self.run.warn_of_expiry(&session);
        }
        self.run.session(session);
    }

    /// The computer of a session; `None` when it cannot be asked or is not to be any more, and why is reported.
    pub(super) async fn computer(&self, stored: &StoredSession) -> Option<Computer> {
        match self.reach(stored).await {
            Ok(computer) => Some(computer).filter(|_| !self.run.interrupt.is_set()),
            Err(error) => {
                error.into_iter().for_each(|error| self.run.error(error));
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
            let mut computers = self.computers.lock().unwrap_or_else(PoisonError::into_inner);
            let make = || {
                let pool = ConnectionPool::new(profile, endpoint);
                Computer::new(pool, Redirects::Never)
            };
            computers.entry((url, access.clone())).or_insert_with(make).clone()
        };
        let shown = &stored.session.computer_name;
        self.run.report_login(&computer, shown, &access.session_option).await;
        Ok(computer)
    }

    /// The profile of an access, for which a person may be asked once.
    async fn profile(&self, access: &Access) -> Result<Arc<Profile>, Option<ErrorRecord>> {
        let cell = {
            let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
            profiles.entry(access.clone()).or_default().clone()
        };
        let asking = || async { Ok(Arc::new(self.run.profile(access).await?.ok_or(None)?)) };
        cell.get_or_try_init(asking).await.cloned()
    }

    /// Remembers how a server says that a session is.
    pub(super) async fn remember(&self, known: StoredSession, mut found: StoredSession) {
        found.session.last_seen = Some(SystemTime::now());
        let (key, amend) = (known.key(), policy::amend(known, found));
        if let Err(error) = self.run.repository.update(key, Durability::PowerCut, amend).await {
            self.run.store_failed(&error);
        }
    }

    /// Records that a session no longer exists.
    pub(super) async fn remember_gone(&self, known: StoredSession) {
        let mut stored = known.clone();
        stored.session.state = RunspaceState::Broken;
        stored.session.availability = RunspaceAvailability::None;
        stored.session.disconnected_on = None;
        stored.session.expires_on = None;
        self.remember(known, stored).await;
    }
}
