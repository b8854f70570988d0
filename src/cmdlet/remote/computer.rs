//! One computer: asked for its sessions, then connected to those that are meant, in a row, over one connection.

use super::candidate::{Candidate, Wanted};
use super::{DEFAULT_CONFIGURATION, Place, Run};
use crate::cmdlet::connection::{ComputerName, ConnectionUri};
use crate::cmdlet::failure;
use crate::engine::{self, ClientSession, Computer, Failure, robust};
use crate::error::ErrorRecord;
use crate::psrp::handshake::{ProtocolVersion, SessionCapability};
use crate::session::{PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use crate::session_option::OutputBufferingMode;
use crate::store::StoredSession;
use crate::transport::{Channel, Endpoint};
use crate::wsman::enumerate::{BufferMode, Enumerate, ShellState};
use crate::wsman::shell::Get;
use crate::wsman::{FaultCode, MaxEnvelopeSize, ResourceUri};
use futures_util::future::join;
use std::num::NonZeroU16;
use std::sync::atomic::Ordering;

/// A computer that is to be asked.
pub struct Target {
    /// The computer as its sessions show it.
    pub shown: String,
    pub endpoint: Endpoint,
}

impl Target {
    pub fn of_computers(names: &[ComputerName], place: &Place) -> Result<Vec<Target>, ErrorRecord> {
        let target = |name: &ComputerName| {
            let port = place.port.map(NonZeroU16::get);
            let application = place.application_name.as_deref().filter(|application| !application.is_empty());
            let endpoint = Endpoint::of_computer(name.host(), port, place.use_ssl, application);
            endpoint.map(|endpoint| Target { shown: name.shown().to_owned(), endpoint })
        };
        let targets: Result<_, _> = names.iter().map(target).collect();
        targets.map_err(|bad| failure::own(format!("{bad}."), "PSSessionInvalidComputerName", None))
    }

    pub fn of_uris(uris: &[ConnectionUri]) -> Result<Vec<Target>, ErrorRecord> {
        let target = |uri: &ConnectionUri| {
            let endpoint = Endpoint::of_uri(&uri.to_string());
            endpoint.map(|endpoint| Target { shown: uri.host().to_owned(), endpoint })
        };
        let targets: Result<_, _> = uris.iter().map(target).collect();
        targets.map_err(|bad| failure::own(format!("{bad}."), "PSSessionInvalidUri", None))
    }
}

/// A session that was in use when it was tried first.
pub struct InUse<'a> {
    target: &'a Target,
    computer: Computer,
    candidates: Vec<Candidate>,
}

/// What became of a session.
enum Outcome {
    /// All that is to be said has been said.
    Told,
    InUse,
    /// The server knows no such session where it was looked for.
    NotThere(Failure),
}

impl Run<'_> {
    /// All there is to do on one computer, but for the sessions that were in use.
    pub(super) async fn serve<'a>(&self, target: &'a Target) -> Option<InUse<'a>> {
        if self.interrupt.is_set() {
            return None;
        }
        let channel = Channel::new(self.profile.clone(), target.endpoint.clone());
        let mut computer =
            Computer::new(channel, self.session_id, self.operation_timeout).following(self.redirects);
        let candidates = match self.interrupt.unless_set(self.choose(&mut computer, target)).await? {
            Ok(candidates) => candidates,
            Err(failure) => {
                self.error(&failure::query_failed(&target.shown, &failure));
                return None;
            }
        };
        if let Err(error) = self.repository.ready().await {
            // One store for all computers: the first to find it unusable speaks for the others.
            if !self.interrupt.is_set() {
                self.error(&failure::store_failed(&error));
                self.interrupt.set();
            }
            return None;
        }
        let mut in_use = Vec::new();
        let mut looked = None;
        for candidate in candidates {
            if self.interrupt.is_set() {
                break;
            }
            if let Outcome::InUse = self.take_up(&mut computer, target, &candidate, &mut looked).await {
                in_use.push(candidate);
            }
        }
        (!in_use.is_empty()).then_some(InUse { target, computer, candidates: in_use })
    }

    /// The sessions that are meant. An InstanceId on a single computer says all it takes to connect, so nothing is
    /// asked first.
    async fn choose(&self, computer: &mut Computer, target: &Target) -> Result<Vec<Candidate>, Failure> {
        if let (Wanted::Instances(instances), 1) = (&self.plan.wanted, self.plan.targets.len()) {
            let usual = ResourceUri::of_configuration(DEFAULT_CONFIGURATION);
            let resource_uri = self.plan.configuration.as_ref().unwrap_or(&usual);
            return Ok(instances
                .iter()
                .map(|instance| Candidate::of_instance(*instance, resource_uri))
                .collect());
        }
        let candidates = self.ask_for_sessions(computer, target).await?;
        let chosen = self.plan.wanted.pick(candidates, |index| self.found(index));
        if chosen.is_empty() && self.plan.wanted == Wanted::All {
            self.warning(&format!("{} has no session to connect to.", target.shown));
        }
        Ok(chosen)
    }

    /// What a computer has, of the configuration that is meant.
    async fn ask_for_sessions(
        &self,
        computer: &mut Computer,
        target: &Target,
    ) -> Result<Vec<Candidate>, Failure> {
        self.verbose(&format!("Asking {} for its sessions at {}.", target.shown, computer.url()));
        let shells = computer.enumerate(Enumerate::shells()).await;
        self.tell_redirections(computer);
        let shells = shells?;
        self.answered.store(true, Ordering::Relaxed);
        let candidates = shells.into_iter().filter_map(Candidate::of_shell);
        Ok(candidates
            .filter(|candidate| {
                self.plan.configuration.as_ref().is_none_or(|uri| candidate.has_configuration(uri))
            })
            .collect())
    }

    /// Connects to a session. One that was taken to be where sessions usually are, and is not there, is looked for;
    /// `looked` is what the computer has, once it was asked.
    async fn take_up(
        &self,
        computer: &mut Computer,
        target: &Target,
        candidate: &Candidate,
        looked: &mut Option<Vec<Candidate>>,
    ) -> Outcome {
        let failure = match self.connect(computer, target, candidate).await {
            Outcome::NotThere(failure) if candidate.state.is_none() => failure,
            outcome => return self.settle(outcome, target, candidate),
        };
        if looked.is_none() {
            match self.ask_for_sessions(computer, target).await {
                Ok(candidates) => *looked = Some(candidates),
                Err(failure) => {
                    self.error(&failure::query_failed(&target.shown, &failure));
                    return Outcome::Told;
                }
            }
        }
        let there = looked.iter().flatten().find(|there| there.instance_id == candidate.instance_id);
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
        let index = match &self.plan.wanted {
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
    async fn connect(&self, computer: &mut Computer, target: &Target, candidate: &Candidate) -> Outcome {
        let mut candidate = candidate.clone();
        let mut known = None;
        if candidate.state != Some(ShellState::Disconnected) {
            // What is known here is only worth a look where the server's word does not settle the matter.
            known = match self.repository.by_instance(candidate.instance_id).await {
                Ok(known) => known,
                Err(error) => {
                    self.error(&failure::store_failed(&error));
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
        if !self.should_process(&candidate.shown()) {
            return Outcome::Told;
        }
        if held {
            if !self.take_up_as_holder(computer, target, &candidate, known.as_ref()).await {
                self.error(&failure::not_available(&candidate.shown()));
            }
            return Outcome::Told;
        }
        let Some(failure) = self.attempt(computer, target, &candidate).await else { return Outcome::Told };
        if failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT) {
            let taken_up = self.take_up_as_holder(computer, target, &candidate, known.as_ref()).await;
            return if taken_up { Outcome::Told } else { Outcome::InUse };
        }
        if failure.is_fault(FaultCode::INVALID_SELECTORS)
            || failure.is_fault(FaultCode::UNKNOWN_CONFIGURATION)
        {
            return Outcome::NotThere(failure);
        }
        self.connect_failed(target, &candidate, &failure);
        Outcome::Told
    }

    /// Goes on with a session that is held, if it is an earlier process of this user that holds it. Where that process
    /// had said so, nothing is new; where it ended before it could, the session is told now. Returns whether the
    /// session is ours.
    async fn take_up_as_holder(
        &self,
        computer: &mut Computer,
        target: &Target,
        candidate: &Candidate,
        known: Option<&StoredSession>,
    ) -> bool {
        let Some(known) = known else { return false };
        let session = ClientSession::connect(candidate.shell.clone(), candidate.instance_id, &self.terms);
        let taken = engine::take_up(computer, &session, known.session_id).await;
        self.tell_redirections(computer);
        if taken.is_err() {
            return false;
        }
        if known.session.state == RunspaceState::Opened {
            self.warning(&format!("Session {} on {} is connected already.", candidate.shown(), target.shown));
        } else {
            let stored = self.stored(computer, target, candidate, RunspaceState::Opened);
            match self.repository.record(stored.clone()).await {
                Ok(recorded) => self.session(&PSSession { id: recorded.id, ..stored.session }),
                Err(error) => self.error(&failure::store_failed(&error)),
            }
        }
        computer.speak_as(self.session_id);
        true
    }

    /// Tries a session that was in use once more, after all others (PowerShell does so as well).
    pub(super) async fn try_again(&self, mut in_use: InUse<'_>) {
        for candidate in in_use.candidates {
            if self.interrupt.is_set() {
                return;
            }
            let (computer, target) = (&mut in_use.computer, in_use.target);
            self.verbose(&format!("Trying session {} on {} once more.", candidate.shown(), target.shown));
            let get = Get::shell(candidate.shell.shell_id.clone());
            let there = computer.ask(&get, MaxEnvelopeSize::SAFE).await;
            self.tell_redirections(computer);
            let failure = match there {
                Ok(_) => self.attempt(computer, target, &candidate).await,
                Err(failure) if failure.is_fault(FaultCode::INVALID_SELECTORS) => {
                    self.error(&failure::no_longer_exists(&candidate.shown(), &target.shown));
                    None
                }
                Err(failure) => Some(failure),
            };
            if let Some(failure) = failure {
                self.connect_failed(target, &candidate, &failure);
            }
        }
    }

    /// Connects to a session and tells it; returns why it could not.
    ///
    /// The session is recorded as connected while the server works on the request, and taken back if it is not: what
    /// is durable costs no time then, and whatever happens to this process, the next one knows as which client the
    /// session was asked for.
    async fn attempt(
        &self,
        computer: &mut Computer,
        target: &Target,
        candidate: &Candidate,
    ) -> Option<Failure> {
        let mut session = ClientSession::connect(candidate.shell.clone(), candidate.instance_id, &self.terms);
        let stored = self.stored(computer, target, candidate, RunspaceState::Opened);
        let recording = self.repository.record(stored.clone());
        let (recorded, connected) = join(recording, engine::connect(computer, &mut session)).await;
        self.tell_redirections(computer);
        let (failure, after) = match (recorded, connected) {
            (Ok(recorded), Ok(version)) => {
                let unusual =
                    |version: &ProtocolVersion| *version != SessionCapability::CLIENT.protocol_version;
                let settled = StoredSession {
                    protocol_version: version.filter(unusual).map(|version| version.to_string()),
                    ..self.stored(computer, target, candidate, RunspaceState::Opened)
                };
                let after = match settled == stored {
                    true => Ok(()),
                    false => self.repository.record(settled.clone()).await.map(drop),
                };
                if after.is_ok() {
                    self.session(&PSSession { id: recorded.id, ..settled.session });
                }
                (None, after)
            }
            (Err(error), Ok(_)) => {
                engine::let_go(computer, &session).await;
                (None, Err(error))
            }
            // Where the outcome is unknown the record stays: it names the client that may hold the session.
            (Ok(_), Err(failure)) if robust::outcome_is_unknown(&failure) => {
                let stored = self.stored(computer, target, candidate, RunspaceState::Disconnected);
                (Some(failure), self.repository.record(stored).await.map(drop))
            }
            (Ok(recorded), Err(failure)) => (Some(failure), self.repository.undo(recorded).await),
            (Err(error), Err(failure)) => (Some(failure), Err(error)),
        };
        if let Err(error) = after {
            self.error(&failure::store_failed(&error));
        }
        failure
    }

    /// The session as it is recorded. Its number is given by the store.
    fn stored(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
        state: RunspaceState,
    ) -> StoredSession {
        StoredSession {
            session: PSSession {
                id: SessionNumber(0),
                name: candidate.name.clone(),
                instance_id: candidate.instance_id,
                computer_name: target.shown.clone(),
                connection_uri: computer.url().to_owned(),
                configuration_name: candidate.configuration_name.clone(),
                state,
                availability: match state {
                    RunspaceState::Opened => RunspaceAvailability::Available,
                    _ => RunspaceAvailability::None,
                },
                idle_timeout: candidate.idle_timeout,
                output_buffering_mode: self.terms.buffer_mode.or(candidate.buffer_mode).map(
                    |mode| match mode {
                        BufferMode::Block => OutputBufferingMode::Block,
                        BufferMode::Drop => OutputBufferingMode::Drop,
                    },
                ),
            },
            shell_id: candidate.shell.shell_id.0.clone(),
            resource_uri: candidate.shell.resource_uri.0.clone(),
            session_id: computer.session_id(),
            protocol_version: None,
            authentication: self.authentication.to_owned(),
            user_name: self.user_name.clone(),
        }
    }

    /// PowerShell's warning, once for each address.
    fn tell_redirections(&self, computer: &mut Computer) {
        for url in computer.take_redirections() {
            self.warning(&format!("Your connection has been redirected to the following URI: \"{url}\""));
        }
    }

    fn connect_failed(&self, target: &Target, candidate: &Candidate, failure: &Failure) {
        let configuration = &candidate.configuration_name;
        self.error(&failure::connect_failed(&candidate.shown(), &target.shown, configuration, failure));
    }
}
