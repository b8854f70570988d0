//! One computer: asked for its sessions, then those that are meant are connected, at the same time.

use super::candidate::{Candidate, Wanted};
use super::{DEFAULT_CONFIGURATION, Place, Query};
use crate::cmdlet::Cmdlet;
use crate::cmdlet::attempt::{Way, client_session, disconnected, opened};
use crate::cmdlet::connection::{ComputerName, ConnectionUri};
use crate::engine::{self, Computer, Failure, Standing};
use crate::error::ErrorRecord;
use crate::record::RunspaceState;
use crate::store::{Durability, StoredSession, policy};
use crate::transport::Endpoint;
use crate::wsman::enumerate::{Enumerate, ShellState};
use crate::wsman::{FaultCode, ResourceUri, SessionId};
use futures_util::{StreamExt, stream};
use std::num::NonZeroU16;
use std::sync::atomic::Ordering;
use tokio::sync::OnceCell;

/// A computer that is to be asked.
pub(super) struct Target {
    /// The computer as its sessions show it.
    pub shown: String,
    pub endpoint: Endpoint,
}

impl Target {
    pub(super) fn of_computers(
        names: &[ComputerName],
        place: &Place,
        cmdlet: Cmdlet,
    ) -> Result<Vec<Target>, ErrorRecord> {
        let target = |name: &ComputerName| {
            let port = place.port.map(NonZeroU16::get);
            let application = place.application_name.as_deref().filter(|application| !application.is_empty());
            let endpoint = Endpoint::of_computer(name.host(), port, place.use_ssl, application);
            endpoint.map(|endpoint| Target { shown: name.shown().to_owned(), endpoint })
        };
        let targets: Result<_, _> = names.iter().map(target).collect();
        targets.map_err(|bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidComputerName", None))
    }

    pub(super) fn of_uris(uris: &[ConnectionUri], cmdlet: Cmdlet) -> Result<Vec<Target>, ErrorRecord> {
        let target = |uri: &ConnectionUri| {
            let endpoint = Endpoint::of_uri(&uri.to_string());
            endpoint.map(|endpoint| Target { shown: uri.host().to_owned(), endpoint })
        };
        let targets: Result<_, _> = uris.iter().map(target).collect();
        targets.map_err(|bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidUri", None))
    }
}

/// A session that was in use when it was tried first.
pub(super) struct InUse<'a> {
    target: &'a Target,
    computer: Computer,
    candidate: Candidate,
}

/// What became of a session.
enum Outcome {
    /// All that is to be said has been said.
    Told,
    InUse,
    /// The server knows no such session where it was looked for.
    NotThere(Failure),
}

impl Query<'_> {
    /// All there is to do on one computer, but for the sessions that were in use, which are returned.
    pub(super) async fn serve<'a>(&self, target: &'a Target) -> Vec<InUse<'a>> {
        if self.run.interrupt.is_set() {
            return Vec::new();
        }
        let Some(computer) = self.computer(target).await else { return Vec::new() };
        let candidates = match self.run.interrupt.unless_set(self.choose(&computer, target)).await {
            None => return Vec::new(),
            Some(Ok(candidates)) => candidates,
            Some(Err(failure)) => {
                self.run.error(&self.run.cmdlet.query_failed(&target.shown, &failure));
                return Vec::new();
            }
        };
        if let Err(error) = self.run.repository.ready().await {
            self.run.store_failed(&error);
            return Vec::new();
        }
        // A person is asked while no answer from this computer is awaited.
        let at_once = if self.run.consent.confirm { 1 } else { self.throttle_limit };
        let looked = OnceCell::new();
        let connected = stream::iter(candidates).map(|candidate| async {
            let outcome = self.in_turn(&computer, target, &candidate, &looked).await;
            let computer = computer.clone();
            matches!(outcome, Outcome::InUse).then_some(InUse { target, computer, candidate })
        });
        connected.buffer_unordered(at_once).filter_map(std::future::ready).collect().await
    }

    /// Connects to a session as soon as the throttle limit allows.
    async fn in_turn(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        looked: &OnceCell<Vec<Candidate>>,
    ) -> Outcome {
        let _turn = self.throttle.acquire().await;
        match self.run.interrupt.is_set() {
            true => Outcome::Told,
            false => self.take_up(computer, target, candidate, looked).await,
        }
    }

    /// The sessions that are meant. An InstanceId on a single computer says all it takes to connect, so nothing is
    /// asked first.
    async fn choose(&self, computer: &Computer, target: &Target) -> Result<Vec<Candidate>, Failure> {
        if let (Wanted::Instances(instances), 1) = (&self.wanted, self.targets.len()) {
            let usual = ResourceUri::of_configuration(DEFAULT_CONFIGURATION);
            let resource_uri = self.configuration.as_ref().unwrap_or(&usual);
            return Ok(instances
                .iter()
                .map(|instance| Candidate::of_instance(*instance, resource_uri))
                .collect());
        }
        let candidates = self.ask_for_sessions(computer, target).await?;
        let chosen = self.wanted.pick(candidates, |index| self.found(index));
        if chosen.is_empty() && self.wanted == Wanted::All {
            self.run.warning(&format!("{} has no session to connect to.", target.shown));
        }
        Ok(chosen)
    }

    /// What a computer has, of the configuration that is meant.
    pub(super) async fn ask_for_sessions(
        &self,
        computer: &Computer,
        target: &Target,
    ) -> Result<Vec<Candidate>, Failure> {
        self.run.verbose(&format!("Asking {} for its sessions at {}.", target.shown, computer.url()));
        let shells = computer.enumerate(self.run.session_id, Enumerate::shells(self.wanted.filter())).await;
        self.run.tell_redirections(computer);
        let shells = shells?;
        self.answered.store(true, Ordering::Relaxed);
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
        looked: &OnceCell<Vec<Candidate>>,
    ) -> Outcome {
        let failure = match self.connect(computer, target, candidate).await {
            Outcome::NotThere(failure) if candidate.state.is_none() => failure,
            outcome => return self.settle(outcome, target, candidate),
        };
        let looked = match looked.get_or_try_init(|| self.ask_for_sessions(computer, target)).await {
            Ok(candidates) => candidates,
            Err(failure) => {
                self.run.error(&self.run.cmdlet.query_failed(&target.shown, &failure));
                return Outcome::Told;
            }
        };
        let there = looked.iter().find(|there| there.instance_id == candidate.instance_id);
        match there {
            // Nobody has it; that is told at the end.
            None => Outcome::Told,
            Some(there) if there.shell == candidate.shell => {
                self.settle(Outcome::NotThere(failure), target, candidate)
            }
            Some(there) => {
                let outcome = self.connect(computer, target, there).await;
                self.settle(outcome, target, there)
            }
        }
    }

    /// Where nothing is left to be tried, not being there is an error.
    fn settle(&self, outcome: Outcome, target: &Target, candidate: &Candidate) -> Outcome {
        let index = match &self.wanted {
            Wanted::Instances(instances) => {
                instances.iter().position(|wanted| *wanted == candidate.instance_id)
            }
            Wanted::All | Wanted::Names(_) => None,
        };
        index.into_iter().for_each(|index| self.found(index));
        if let Outcome::NotThere(failure) = outcome {
            self.connect_failed(target, candidate, &failure);
            return Outcome::Told;
        }
        outcome
    }

    /// Connects to a session where it is said to be, unless it need not be or cannot be.
    async fn connect(&self, computer: &Computer, target: &Target, candidate: &Candidate) -> Outcome {
        let mut candidate = candidate.clone();
        let instance_id = candidate.instance_id;
        let mut known = None;
        if candidate.state != Some(ShellState::Disconnected) {
            // What is known here is only worth a look where the server's word does not settle the matter.
            known = match self.run.repository.with(move |store| store.by_instance(instance_id)).await {
                Ok(known) => known,
                Err(error) => {
                    self.run.store_failed(&error);
                    return Outcome::Told;
                }
            };
            let name = known.as_ref().and_then(|known| known.session.name.clone());
            candidate.name = candidate.name.or(name);
        }
        let held = candidate.state == Some(ShellState::Connected);
        let opened = known.as_ref().filter(|known| known.session.state == RunspaceState::Opened);
        if held && self.take_up_as_holder(computer, target, &candidate, opened).await {
            return Outcome::Told;
        }
        if !self.run.should_process("Connect", &candidate.shown()) {
            return Outcome::Told;
        }
        if held {
            if !self.take_up_as_holder(computer, target, &candidate, known.as_ref()).await {
                self.run.error(&self.run.cmdlet.not_available(&candidate.shown()));
            }
            return Outcome::Told;
        }
        let Some(failure) = self.attempt(computer, target, &candidate).await else { return Outcome::Told };
        if is_in_use(&failure) {
            let is_ours = self.is_ours(computer, target, &candidate, known).await;
            return if is_ours { Outcome::Told } else { Outcome::InUse };
        }
        if failure.is_fault(FaultCode::INVALID_SELECTORS)
            || failure.is_fault(FaultCode::UNKNOWN_CONFIGURATION)
        {
            return Outcome::NotThere(failure);
        }
        self.connect_failed(target, &candidate, &failure);
        Outcome::Told
    }

    /// Whether a session that is in use is so by this user's programs; then it is gone on with.
    async fn is_ours(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        known: Option<StoredSession>,
    ) -> bool {
        let known = match known {
            Some(known) => Some(known),
            // Another process may have been faster, or this one, without hearing so. What it recorded has been told
            // to nobody here.
            None => {
                let instance_id = candidate.instance_id;
                let found = self.run.repository.with(move |store| store.by_instance(instance_id)).await;
                found.unwrap_or_default().map(disconnected)
            }
        };
        self.take_up_as_holder(computer, target, candidate, known.as_ref()).await
    }

    /// Goes on with a session that is held, if it is an earlier process of this user that holds it. Where that process
    /// had said so, nothing is new; where it ended before it could, the session is told now. Returns whether the
    /// session is ours.
    async fn take_up_as_holder(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        known: Option<&StoredSession>,
    ) -> bool {
        let Some(known) = known else { return false };
        let session_option = self.access.session_option.clone();
        let session = client_session(&StoredSession { session_option, ..known.clone() });
        let taken = engine::take_up(computer, known.session_id, &session).await;
        self.run.tell_redirections(computer);
        if taken.is_err() {
            return false;
        }
        let record = policy::record(opened(self.stored(computer, target, candidate, known.session_id)));
        let recorded = self.run.repository.update(candidate.instance_id, Durability::PowerCut, record).await;
        match recorded.map(|recorded| recorded.after) {
            Err(error) => self.run.store_failed(&error),
            Ok(_) if known.session.state == RunspaceState::Opened => self.run.warning(&format!(
                "Session {} on {} is connected already.",
                candidate.shown(),
                target.shown
            )),
            Ok(recorded) => recorded.iter().for_each(|stored| self.run.session(&stored.session)),
        }
        true
    }

    /// Tries a session that was in use once more, after all others (PowerShell does so as well).
    pub(super) async fn try_again(&self, InUse { target, computer, candidate }: InUse<'_>) {
        if self.run.interrupt.is_set() {
            return;
        }
        self.run.verbose(&format!("Trying session {} on {} once more.", candidate.shown(), target.shown));
        let shell_id = candidate.shell.shell_id.clone();
        let standing = engine::standing(&computer, self.run.session_id, shell_id).await;
        self.run.tell_redirections(&computer);
        let failure = match standing {
            Ok(Standing::Free | Standing::Held) => self.attempt(&computer, target, &candidate).await,
            Ok(Standing::Gone) => {
                self.run.error(&self.run.cmdlet.no_longer_exists(&candidate.shown(), &target.shown));
                None
            }
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failure
            && !(is_in_use(&failure) && self.is_ours(&computer, target, &candidate, None).await)
        {
            self.connect_failed(target, &candidate, &failure);
        }
    }

    /// The session as it is recorded.
    fn stored(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        client: SessionId,
    ) -> StoredSession {
        StoredSession {
            session: candidate.session(&target.shown, &computer.url()),
            shell_id: candidate.shell.shell_id.clone(),
            resource_uri: candidate.shell.resource_uri.clone(),
            session_id: client,
            protocol_version: None,
            authentication: self.access.authentication,
            user_name: self.access.user_name.clone(),
            max_idle_timeout: candidate.max_idle_timeout,
            session_option: self.access.session_option.clone(),
            ca_file: self.access.ca_file.clone(),
            certificate: self.access.certificate,
            pins: self.access.pins.clone(),
        }
    }

    async fn attempt(&self, computer: &Computer, target: &Target, candidate: &Candidate) -> Option<Failure> {
        let stored = self.stored(computer, target, candidate, self.run.session_id);
        self.run.attempt(computer, stored, Way::Connect).await
    }

    fn connect_failed(&self, target: &Target, candidate: &Candidate, failure: &Failure) {
        let configuration = candidate.configuration_name();
        self.run.error(&self.run.cmdlet.connect_failed(
            &candidate.shown(),
            &target.shown,
            configuration,
            failure,
        ));
    }
}

/// Some client holds the session, or this one does.
fn is_in_use(failure: &Failure) -> bool {
    failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT)
        || failure.is_fault(FaultCode::ALREADY_CONNECTED)
}
