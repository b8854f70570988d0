//! The sets that name sessions this user knows: what earlier commands left in the store, or what comes as a record.
//!
//! Each computer is spoken to over one connection, for as many sessions as are on it; a session that needs no request
//! makes none. What happens is told as it happens.

mod connect;
mod disconnect;
mod find;
mod remove;

use super::access::Access;
use super::attempt::shown;
use super::run::Run;
use super::selection::Known;
use super::{Lines, disconnect as disconnecting, remove as removing};
use crate::engine::{Computer, Lanes};
use crate::error::ErrorRecord;
use crate::record::{RunspaceAvailability, RunspaceState};
use crate::store::{Durability, StoredSession, policy};
use crate::transport::{Channel, Endpoint, Profile};
use futures_util::StreamExt;
use jiff::Timestamp;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

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

/// The sessions of a run and the ways to their computers.
struct Members<'a> {
    run: Run<'a>,
    lanes: Lanes<(String, Access)>,
    profiles: Mutex<HashMap<Access, Arc<Profile>>>,
}

impl<'a> Members<'a> {
    fn new(run: Run<'a>) -> Members<'a> {
        Members { run, lanes: Lanes::default(), profiles: Mutex::default() }
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

    /// The computer of a session, to speak to alone; `None` when it cannot be spoken to or is not to be any more, and
    /// why is told.
    async fn computer(&self, stored: &StoredSession) -> Option<OwnedMutexGuard<Computer>> {
        let entered = self.enter(stored).await;
        match entered {
            Ok(mut computer) if !self.run.interrupt.is_set() => {
                computer.speak_as(self.run.session_id);
                Some(computer)
            }
            Ok(_) | Err(None) => None,
            Err(Some(error)) => {
                self.run.error(&error);
                None
            }
        }
    }

    /// Fails without an error when the run ended instead.
    async fn enter(&self, stored: &StoredSession) -> Result<OwnedMutexGuard<Computer>, Option<ErrorRecord>> {
        let cmdlet = self.run.cmdlet;
        let access = Access::of_stored(stored, self.run.surroundings, cmdlet)?;
        let url = stored.session.connection_uri.clone();
        let make = || -> Result<Computer, Option<ErrorRecord>> {
            let bad = |bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidUri", None);
            let endpoint = Endpoint::of_uri(&url).map_err(bad)?;
            let channel = Channel::new(self.profile(&access)?, endpoint);
            let operation_timeout = access.operation_timeout(self.run.surroundings);
            Ok(Computer::new(channel, self.run.session_id, operation_timeout))
        };
        let mut computer = self.lanes.enter((url.clone(), access.clone()), make).await?;
        let shown = &stored.session.computer_name;
        self.run.tell_login(&mut computer, shown, &access.session_option).await;
        Ok(computer)
    }

    fn profile(&self, access: &Access) -> Result<Arc<Profile>, Option<ErrorRecord>> {
        let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(profile) = profiles.get(access) {
            return Ok(profile.clone());
        }
        let profile = Arc::new(self.run.profile(access)?.ok_or(None)?);
        profiles.insert(access.clone(), profile.clone());
        Ok(profile)
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

/// What to call a stored session in a message.
fn name(stored: &StoredSession) -> String {
    shown(stored.session.name.as_deref(), stored.session.instance_id)
}
