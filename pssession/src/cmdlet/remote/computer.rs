//! One computer: asked for its sessions, then the selected ones are connected, at the same time.

use super::candidate::Candidate;
use super::query::Query;
use super::target::Target;
use super::wanted::{Instance, Wanted};
use crate::cmdlet::connection::DEFAULT_CONFIGURATION;
use crate::engine::{Claim, Computer, Driver, Enumerated, Failure, NotAcquired};
use crate::error::{ErrorRecord, Hint};
use crate::event::Awaited;
use crate::record::{RunspaceState, SessionNumber, StoredSession};
use crate::session::ConnectKind;
use crate::store::StoreError;
use crate::wsman::enumerate::{Enumerate, ShellState};
use crate::wsman::{FaultCode, ResourceUri};
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::OnceCell;

/// How many sessions of a computer are claimed ahead of their turn, so that the records of many are written in one step.
const AHEAD: usize = 256;

/// More sessions than a user has on one computer. Each session that is connected to is recorded here, even if a hostile
/// server made it up.
const MOST_SESSIONS: usize = 1000;

/// A session that was in use when it was tried first.
pub(super) struct InUse<'a> {
    target: &'a Target,
    computer: Computer,
    candidate: Candidate,
}

/// What became of a session.
enum Outcome {
    /// Everything has been reported.
    Reported,
    InUse,
    /// The server knows no such session where it was looked for.
    NotThere(Failure),
}

impl Query<'_> {
    /// Does everything on one computer, and returns the sessions that were in use.
    pub(super) async fn serve<'a>(&self, target: &'a Target) -> Vec<InUse<'a>> {
        if !self.run.goes_on().await {
            return Vec::new();
        }
        let Some(computer) = self.computer(target).await else { return Vec::new() };
        let candidates = match self.run.interrupt.unless_set(self.choose(&computer, target)).await {
            None => return Vec::new(),
            Some(Ok(candidates)) => candidates,
            Some(Err(failure)) => {
                self.run.error(self.run.cmdlet.query_failed(&target.shown, &failure));
                return Vec::new();
            }
        };
        if candidates.len() > MOST_SESSIONS {
            self.run.error(self.run.cmdlet.too_many_sessions(&target.shown, candidates.len(), MOST_SESSIONS));
            return Vec::new();
        }
        if let Err(error) = self.run.repository.ready().await {
            self.run.store_failed(&error);
            return Vec::new();
        }
        let looked = OnceCell::new();
        let claimed = stream::iter(candidates).map(|candidate| self.claimed(&computer, target, candidate));
        let connected = claimed.buffered(AHEAD).map(|(candidate, claim)| async {
            let outcome = self.in_turn(&computer, target, &candidate, claim, &looked).await;
            let computer = computer.clone();
            matches!(outcome, Outcome::InUse).then_some(InUse { target, computer, candidate })
        });
        connected.buffer_unordered(self.throttle_limit).filter_map(std::future::ready).collect().await
    }

    /// Claims a session ahead of its turn, if there is nothing else to be asked first.
    async fn claimed(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: Candidate,
    ) -> (Candidate, Option<Claim>) {
        let is_certain = candidate.state == Some(ShellState::Disconnected) && self.run.needs_no_consent();
        let claim = match is_certain && !self.run.interrupt.is_set() {
            true => Claim::new(&self.run.repository, self.stored(computer, target, &candidate)).await.ok(),
            false => None,
        };
        (candidate, claim)
    }

    /// Connects to a session as soon as the throttle limit allows.
    async fn in_turn(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        claim: Option<Claim>,
        looked: &OnceCell<Vec<Candidate>>,
    ) -> Outcome {
        let _turn = self.throttle.acquire().await;
        if self.run.goes_on().await {
            return self.take_up(computer, target, candidate, claim, looked).await;
        }
        if let Some(claim) = claim
            && let Err(error) = claim.withdraw(&self.run.repository).await
        {
            self.run.store_failed(&error);
        }
        Outcome::Reported
    }

    /// The selected sessions. An InstanceId on a single computer says all it takes to connect, so nothing is
    /// asked first.
    async fn choose(&self, computer: &Computer, target: &Target) -> Result<Vec<Candidate>, Failure> {
        if let (Wanted::Instances(instances), 1) = (&self.wanted, self.targets.len()) {
            let usual = ResourceUri::of_configuration(DEFAULT_CONFIGURATION);
            let resource_uri = self.configuration.as_ref().unwrap_or(&usual);
            let candidate = |instance: &Instance| Candidate {
                name: instance.name_at(&target.shown, &computer.url()),
                ..Candidate::of_instance(instance.id, resource_uri)
            };
            return Ok(instances.iter().map(candidate).collect());
        }
        let candidates = self.ask_for_sessions(computer, target).await?;
        let chosen = self.wanted.pick(candidates, |index| self.found(index));
        if chosen.is_empty() && self.wanted == Wanted::All {
            self.run.warning(format!("{} has no sessions to connect to.", target.shown));
        }
        Ok(chosen)
    }

    /// A computer and what it has; `None` when it is not asked any more, or cannot be, which is reported.
    pub(super) async fn sessions(&self, target: &Target) -> Option<(Computer, Vec<Candidate>)> {
        if !self.run.goes_on().await {
            return None;
        }
        let computer = self.computer(target).await?;
        match self.run.interrupt.unless_set(self.ask_for_sessions(&computer, target)).await? {
            Ok(candidates) => Some((computer, candidates)),
            Err(failure) => {
                self.run.error(self.run.cmdlet.query_failed(&target.shown, &failure));
                None
            }
        }
    }

    /// What a computer has, of the configuration that is selected.
    pub(super) async fn ask_for_sessions(
        &self,
        computer: &Computer,
        target: &Target,
    ) -> Result<Vec<Candidate>, Failure> {
        self.run.verbose(format!("Asking {} for its sessions at {}.", target.shown, computer.url()));
        let waiting = self.run.waiting(&target.shown, Awaited::Sessions);
        let shells = computer.enumerate(computer.client(), Enumerate::shells(self.wanted.filter())).await;
        drop(waiting);
        self.run.report_redirections(computer);
        let Enumerated { items: shells, unreadable } = shells?;
        self.answered.store(true, Ordering::Relaxed);
        let unreadable = unreadable + shells.iter().filter(|shell| !shell.is_complete()).count();
        if unreadable > 0 {
            let computer = &target.shown;
            self.run.verbose(format!(
                "{unreadable} items in the list from {computer} cannot be read and are left out."
            ));
        }
        let candidates = shells.into_iter().filter_map(Candidate::of_shell);
        Ok(candidates
            .filter(|candidate| {
                self.configuration.as_ref().is_none_or(|uri| candidate.has_configuration(uri))
            })
            .collect())
    }

    /// Connects to a session. One that was taken to be where sessions usually are, and is not there, is looked for;
    /// `looked` is what the computer has, once it was asked.
    async fn take_up(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        claim: Option<Claim>,
        looked: &OnceCell<Vec<Candidate>>,
    ) -> Outcome {
        let failure = match self.connect(computer, target, candidate, claim).await {
            Outcome::NotThere(failure) if candidate.state.is_none() => failure,
            outcome => return self.settle(computer, outcome, target, candidate).await,
        };
        let looking = looked.get_or_try_init(|| self.ask_for_sessions(computer, target));
        // A failed second query adds nothing to the first failure.
        let Ok(looked) = looking.await else {
            return self.settle(computer, Outcome::NotThere(failure), target, candidate).await;
        };
        let there = looked.iter().find(|there| there.instance_id == candidate.instance_id);
        match there {
            // No computer has it, which is reported at the end.
            None => Outcome::Reported,
            Some(there) if there.shell == candidate.shell => {
                self.settle(computer, Outcome::NotThere(failure), target, candidate).await
            }
            Some(there) => {
                let outcome = self.connect(computer, target, there, None).await;
                self.settle(computer, outcome, target, there).await
            }
        }
    }

    /// Where nothing is left to be tried, not being there is an error.
    async fn settle(
        &self,
        computer: &Computer,
        outcome: Outcome,
        target: &Target,
        candidate: &Candidate,
    ) -> Outcome {
        let index = match &self.wanted {
            Wanted::Instances(instances) => {
                instances.iter().position(|wanted| wanted.id == candidate.instance_id)
            }
            Wanted::All | Wanted::Names(_) => None,
        };
        index.into_iter().for_each(|index| self.found(index));
        if let Outcome::NotThere(failure) = outcome {
            let error = self.not_connected(target, candidate, &failure);
            self.run.error(error.with_forgetting(self.known_id(computer, candidate).await));
            return Outcome::Reported;
        }
        outcome
    }

    /// Connects to a session at its listed address, unless that is unnecessary or impossible.
    async fn connect(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        claim: Option<Claim>,
    ) -> Outcome {
        let mut candidate = candidate.clone();
        // What is known here is only worth a look where the server's word does not settle the matter.
        let known = match candidate.state {
            Some(ShellState::Disconnected) => None,
            _ => match self.known(computer, &candidate).await {
                Ok(known) => known,
                Err(error) => return self.store_failed(&error),
            },
        };
        candidate.name = candidate.name.or_else(|| known.as_ref()?.session.name.clone());
        let is_held = candidate.state == Some(ShellState::Connected);
        let is_opened = known.as_ref().is_some_and(|known| known.session.state == RunspaceState::Opened);
        // What is connected already stays so, whether or not that is confirmed.
        let is_settled = is_held && is_opened;
        if !is_settled && !self.run.should_acquire(&candidate.shown()).await {
            return Outcome::Reported;
        }
        let kind = match candidate.state {
            Some(ShellState::Connected) => ConnectKind::Resume,
            // Most likely this user's programs hold it still, or held it last.
            None if is_opened => ConnectKind::Reconnect,
            _ => ConnectKind::Connect,
        };
        let acquired = match is_held && known.is_none() {
            true => Err(NotAcquired::HeldByOther(None)),
            false => self.acquire(computer, target, &candidate, claim, kind).await,
        };
        match acquired {
            Ok(_) if is_settled && self.run.only_connects() => self.connected_already(target, &candidate),
            Ok((driver, stored)) => self.run.acquired(driver, stored).await,
            Err(NotAcquired::HeldByOther(_)) if is_held => {
                self.run.error(self.not_available(&candidate).await);
            }
            Err(NotAcquired::HeldByOther(_)) => match self.resume(computer, target, &candidate).await {
                Some(_) if is_opened && self.run.only_connects() => {
                    self.connected_already(target, &candidate)
                }
                Some((driver, stored)) => self.run.acquired(driver, stored).await,
                None => return Outcome::InUse,
            },
            Err(NotAcquired::Gone(failure)) => return Outcome::NotThere(failure),
            Err(NotAcquired::Failed { failure, .. })
                if failure.is_fault(FaultCode::UNKNOWN_CONFIGURATION) =>
            {
                return Outcome::NotThere(failure);
            }
            Err(NotAcquired::Failed { failure, .. }) => self.connect_failed(target, &candidate, &failure),
            Err(NotAcquired::Withdrawn) => {}
            Err(NotAcquired::Store(error)) => self.run.store_failed(&error),
        }
        Outcome::Reported
    }

    /// Connects to a session that is the only one, so that one in use is an error at once.
    pub(super) async fn connect_or_report(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
    ) {
        if let Outcome::InUse = self.take_up(computer, target, candidate, None, &OnceCell::new()).await {
            self.run.error(self.not_available(candidate).await);
        }
    }

    pub(super) async fn known(
        &self,
        computer: &Computer,
        candidate: &Candidate,
    ) -> Result<Option<StoredSession>, Arc<StoreError>> {
        let key = self.key(computer, candidate);
        self.run.repository.with(move |store| store.by_key(&key)).await
    }

    async fn acquire(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        claim: Option<Claim>,
        kind: ConnectKind,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        match claim {
            Some(claim) => self.run.acquire_claimed(computer, claim, kind).await,
            None => self.run.acquire(computer, self.stored(computer, target, candidate), kind).await,
        }
    }

    /// Another process of this user may hold a session that is in use, and has then recorded it: its connection is
    /// continued.
    async fn resume(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
    ) -> Option<(Driver, StoredSession)> {
        self.known(computer, candidate).await.ok()??;
        self.acquire(computer, target, candidate, None, ConnectKind::Resume).await.ok()
    }

    fn connected_already(&self, target: &Target, candidate: &Candidate) {
        let (session, computer) = (candidate.shown(), &target.shown);
        self.run.warning(format!("Session {session} on {computer} is already connected."));
    }

    fn store_failed(&self, error: &StoreError) -> Outcome {
        self.run.store_failed(error);
        Outcome::Reported
    }

    /// Tries a session that was in use once more, after all others (PowerShell does so as well).
    pub(super) async fn try_again(&self, InUse { target, computer, candidate }: InUse<'_>) {
        if !self.run.goes_on().await {
            return;
        }
        let shown = candidate.shown();
        self.run.verbose(format!("Trying session {shown} on {} once more.", target.shown));
        match self.acquire(&computer, target, &candidate, None, ConnectKind::Connect).await {
            Ok((driver, stored)) => self.run.acquired(driver, stored).await,
            Err(NotAcquired::HeldByOther(refusal)) => {
                match (self.resume(&computer, target, &candidate).await, refusal) {
                    (Some((driver, stored)), _) => self.run.acquired(driver, stored).await,
                    (None, Some(failure)) => self.connect_failed(target, &candidate, &failure),
                    (None, None) => self.run.error(self.not_available(&candidate).await),
                }
            }
            Err(NotAcquired::Gone(_)) => {
                let error = self.run.cmdlet.no_longer_exists(&shown, &target.shown);
                self.run.error(error.with_forgetting(self.known_id(&computer, &candidate).await));
            }
            Err(NotAcquired::Failed { failure, .. }) => self.connect_failed(target, &candidate, &failure),
            Err(NotAcquired::Withdrawn) => {}
            Err(NotAcquired::Store(error)) => self.run.store_failed(&error),
        }
    }

    /// The session as it is recorded.
    pub(super) fn stored(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
    ) -> StoredSession {
        candidate.stored(&target.shown, &computer.url(), computer.client(), &self.access)
    }

    fn connect_failed(&self, target: &Target, candidate: &Candidate, failure: &Failure) {
        self.run.error(self.not_connected(target, candidate, failure));
    }

    fn not_connected(&self, target: &Target, candidate: &Candidate, failure: &Failure) -> ErrorRecord {
        let configuration = candidate.configuration_name();
        self.run.cmdlet.connect_failed(&candidate.shown(), &target.shown, configuration, failure)
    }

    /// A client holds it; perhaps this user's own, which knows the computer by another name.
    async fn not_available(&self, candidate: &Candidate) -> ErrorRecord {
        let instance_id = candidate.instance_id;
        let known = self.run.repository.with(move |store| store.by_instance(instance_id)).await;
        let known = known.unwrap_or_default().into_iter().find_map(|stored| {
            Some((stored.session.id?, stored.session.computer_name))
                .filter(|_| stored.session.state == RunspaceState::Opened)
        });
        let error = self.run.cmdlet.not_available(&candidate.shown());
        let hint = match known {
            Some((id, computer)) => Some(Hint::KnownAs { id, computer }),
            None => candidate.holder().or(error.hint),
        };
        ErrorRecord { hint, ..error }
    }

    /// Under which Id a session is recorded here.
    async fn known_id(&self, computer: &Computer, candidate: &Candidate) -> Option<SessionNumber> {
        self.known(computer, candidate).await.ok()??.session.id
    }
}
