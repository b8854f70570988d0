//! What all computers of a run are asked, and what they have answered.

use super::candidate::Candidate;
use super::target::Target;
use super::wanted::Wanted;
use crate::access::Access;
use crate::cmdlet::connection::{Connection, DEFAULT_CONFIGURATION};
use crate::cmdlet::option;
use crate::cmdlet::run::Run;
use crate::cmdlet::selection::Remote;
use crate::cmdlet::selector::{Miss, no_match};
use crate::cmdlet::settings::Lines;
use crate::engine::{Computer, Redirects};
use crate::error::ErrorRecord;
use crate::store::RecordKey;
use crate::transport::{ConnectionPool, Profile};
use crate::wsman::ResourceUri;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// A question to servers: which of their sessions are selected.
pub(super) struct Query<'a> {
    pub(super) run: Run<'a>,
    pub(super) targets: Vec<Target>,
    pub(super) wanted: Wanted,
    /// The only configuration whose sessions are selected.
    pub(super) configuration: Option<ResourceUri>,
    pub(super) access: Access,
    profile: Arc<Profile>,
    /// How far servers are followed that send the connection elsewhere.
    pub(super) redirects: Redirects,
    /// How many computers are asked at once.
    pub(super) throttle_limit: usize,
    /// As many sessions are connected at once, whichever computers they are on.
    pub(super) throttle: Semaphore,
    /// Whether any computer listed its sessions.
    pub(super) answered: AtomicBool,
    /// Which of the wanted names or ids have found something.
    found: Vec<AtomicBool>,
}

impl<'a> Query<'a> {
    /// `None` when the question cannot be asked, which is reported.
    pub(super) async fn new(
        run: Run<'a>,
        remote: &Remote,
        lines: Lines,
        throttle_limit: NonZeroUsize,
    ) -> Option<Query<'a>> {
        let wanted = Wanted::of_filter(&run, &remote.filter, lines).await;
        match Query::prepare(&run, remote).await {
            Ok((access, Some(profile))) => Some(Query {
                targets: Target::all(&remote.servers),
                configuration: configuration(&remote.connection),
                access,
                profile: Arc::new(profile),
                redirects: option::redirects(remote),
                throttle_limit: throttle_limit.get(),
                throttle: Semaphore::new(throttle_limit.get().min(Semaphore::MAX_PERMITS)),
                answered: AtomicBool::new(false),
                found: (0..wanted.len()).map(|_| AtomicBool::new(false)).collect(),
                wanted,
                run,
            }),
            Ok((_, None)) => None,
            Err(error) => {
                run.error(error);
                None
            }
        }
    }

    async fn prepare(run: &Run<'_>, remote: &Remote) -> Result<(Access, Option<Profile>), ErrorRecord> {
        let access = run.access_of_request(&remote.connection)?;
        let profile = run.profile(&access).await?;
        Ok((access, profile))
    }

    /// A computer, after it is reported how it is logged on to; `None` when the run ended instead.
    pub(super) async fn computer(&self, target: &Target) -> Option<Computer> {
        let pool = ConnectionPool::new(self.profile.clone(), target.endpoint.clone());
        let computer = Computer::new(pool, self.redirects);
        self.run.report_login(&computer, &target.shown, &self.access.session_option).await;
        Some(computer).filter(|_| !self.run.interrupt.is_set())
    }

    /// What a session of a computer is recorded under.
    pub(super) fn key(&self, computer: &Computer, candidate: &Candidate) -> RecordKey {
        RecordKey::new(candidate.instance_id, &computer.url(), &self.access.user)
    }

    /// Reports which names or ids no computer knows, if any computer answered.
    pub(super) fn report_misses(&self) {
        if self.run.interrupt.is_set() || !self.answered.load(Ordering::Relaxed) {
            return;
        }
        let cmdlet = self.run.cmdlet;
        let missing = |index: &usize| !self.found[*index].load(Ordering::Relaxed);
        for index in (0..self.found.len()).filter(missing) {
            match &self.wanted {
                Wanted::All => {}
                Wanted::Names(names) => match names[index].miss() {
                    Miss::Name(name) => self.run.error(cmdlet.no_such_name(name)),
                    Miss::Pattern(pattern) => self.run.warning(no_match("name", pattern)),
                    Miss::Invalid(pattern) => self.run.error(cmdlet.bad_pattern(pattern)),
                },
                Wanted::Instances(instances) => self.run.error(cmdlet.no_such_instance(instances[index].id)),
            }
        }
    }

    pub(super) fn found(&self, index: usize) {
        self.found[index].store(true, Ordering::Relaxed);
    }
}

fn configuration(connection: &Connection) -> Option<ResourceUri> {
    connection
        .configuration_name
        .as_deref()
        .map(|name| ResourceUri::of_configuration(if name.is_empty() { DEFAULT_CONFIGURATION } else { name }))
}
