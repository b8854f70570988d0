//! The sets that name computers: each is asked for its sessions, and the ones that are meant are connected to.
//!
//! As many computers at once as the throttle limit allows, and as many sessions, whichever computers they are on: a slow
//! or dead one holds up nobody. What happens is reported as it happens. Only what concerns all of them comes at the end:
//! sessions that were in use are tried once more, and names that no computer knows are reported.

mod candidate;
mod computer;
mod list;

use super::connection::{Connection, Endpoint as Place};
use super::get::Request;
use super::option;
use super::run::Run;
use super::selection::{Filter, Input, Remote, Servers, SessionReference};
use super::wildcard::WildcardPattern;
use super::{Cmdlet, Lines};
use crate::access::Access;
use crate::engine::{Computer, Redirects, feed};
use crate::error::ErrorRecord;
use crate::record::InstanceId;
use crate::transport::{ConnectionPool, Profile};
use crate::wsman::ResourceUri;
use candidate::Wanted;
use computer::Target;
use futures_util::StreamExt;
use futures_util::stream;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// Connect-PSSession on servers.
pub(super) async fn connect(run: Run<'_>, remote: &Remote, lines: Lines, throttle_limit: NonZeroUsize) {
    let Some(query) = Query::new(run, remote, lines, throttle_limit).await else { return };
    let served = stream::iter(&query.targets).map(|target| query.serve(target));
    // Boxed, since the compiler does not find out here that all of it may go to another thread.
    let in_use: Vec<_> = served.buffer_unordered(query.throttle_limit).boxed().concat().await;
    let tried = stream::iter(in_use).map(|session| query.try_again(session));
    tried.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
    query.tell_misses();
}

/// Get-PSSession on servers.
pub(super) async fn list(run: Run<'_>, remote: &Remote, lines: Lines, request: &Request) {
    let Some(query) = Query::new(run, remote, lines, request.throttle_limit).await else { return };
    let listed = stream::iter(&query.targets).map(|target| query.list(target, request.state));
    listed.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
    query.tell_misses();
}

/// The session configuration of a session about which nothing is said.
pub(super) const DEFAULT_CONFIGURATION: &str = "Microsoft.PowerShell";

/// A question to servers: which of their sessions are meant.
struct Query<'a> {
    run: Run<'a>,
    targets: Vec<Target>,
    wanted: Wanted,
    /// The only configuration whose sessions are meant.
    configuration: Option<ResourceUri>,
    access: Access,
    profile: Arc<Profile>,
    /// How far servers are followed that send the connection elsewhere.
    redirects: Redirects,
    /// How many computers are asked at once.
    throttle_limit: usize,
    /// As many sessions are connected at once, whichever computers they are on.
    throttle: Semaphore,
    /// Whether any computer told what sessions it has.
    answered: AtomicBool,
    /// Which of the wanted names or ids have found something.
    found: Vec<AtomicBool>,
}

impl<'a> Query<'a> {
    /// `None` when the question cannot be asked; why is told.
    async fn new(
        run: Run<'a>,
        remote: &Remote,
        lines: Lines,
        throttle_limit: NonZeroUsize,
    ) -> Option<Query<'a>> {
        let wanted = Wanted::of_filter(&run, &remote.filter, lines).await;
        match Query::prepare(&run, remote, wanted) {
            Ok((targets, wanted, access, Some(profile))) => Some(Query {
                targets,
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
            Ok((.., None)) => None,
            Err(error) => {
                run.error(&error);
                None
            }
        }
    }

    fn prepare(
        run: &Run<'_>,
        remote: &Remote,
        wanted: Result<Wanted, ErrorRecord>,
    ) -> Result<(Vec<Target>, Wanted, Access, Option<Profile>), ErrorRecord> {
        let targets = match &remote.servers {
            Servers::ComputerNames { computer_names, endpoint } => {
                Target::of_computers(computer_names, endpoint, run.cmdlet)?
            }
            Servers::ConnectionUris { connection_uris, .. } => Target::of_uris(connection_uris, run.cmdlet)?,
        };
        let access = run.access_of_request(&remote.connection)?;
        let wanted = wanted?;
        let profile = run.profile(&access)?;
        Ok((targets, wanted, access, profile))
    }

    /// The way to a computer, after it is told how it is logged on to; `None` when the run ended instead.
    async fn computer(&self, target: &Target) -> Option<Computer> {
        let pool = ConnectionPool::new(self.profile.clone(), target.endpoint.clone());
        let operation_timeout = self.profile.operation_timeout();
        let computer = Computer::new(pool, self.redirects, operation_timeout);
        self.run.tell_login(&computer, &target.shown, &self.access.session_option).await;
        Some(computer).filter(|_| !self.run.interrupt.is_set())
    }

    /// Tells which of the wanted nobody has, if anybody was there to have them.
    fn tell_misses(&self) {
        if self.run.interrupt.is_set() || !self.answered.load(Ordering::Relaxed) {
            return;
        }
        let cmdlet = self.run.cmdlet;
        let missing = |index: &usize| !self.found[*index].load(Ordering::Relaxed);
        for index in (0..self.found.len()).filter(missing) {
            match &self.wanted {
                Wanted::All => {}
                Wanted::Names(patterns) if patterns[index].has_wildcards() => {
                    self.run.warning(&format!("No session's name matches \"{}\".", patterns[index].text()));
                }
                Wanted::Names(patterns) => self.run.error(&cmdlet.no_such_name(patterns[index].text())),
                Wanted::Instances(instances) => self.run.error(&cmdlet.no_such_instance(instances[index])),
            }
        }
    }

    fn found(&self, index: usize) {
        self.found[index].store(true, Ordering::Relaxed);
    }
}

fn configuration(connection: &Connection) -> Option<ResourceUri> {
    connection
        .configuration_name
        .as_deref()
        .map(|name| ResourceUri::of_configuration(if name.is_empty() { DEFAULT_CONFIGURATION } else { name }))
}

impl Wanted {
    /// Reads names or ids from standard input, if that is where they are.
    async fn of_filter(run: &Run<'_>, filter: &Filter, lines: Lines) -> Result<Wanted, ErrorRecord> {
        match filter {
            Filter::All => Ok(Wanted::All),
            Filter::Names(Input::Given(names)) => Wanted::of_names(names, run.cmdlet),
            Filter::Names(Input::StandardInput) => {
                let names = told(run, lines, |reference| match reference {
                    SessionReference::Name(name) => Some(name),
                    _ => None,
                });
                Wanted::of_names(&names.await, run.cmdlet)
            }
            Filter::InstanceIds(Input::Given(instance_ids)) => {
                Ok(Wanted::Instances(instance_ids.iter().copied().map(InstanceId).collect()))
            }
            Filter::InstanceIds(Input::StandardInput) => {
                let instances = told(run, lines, |reference| match reference {
                    SessionReference::InstanceId(instance_id) => Some(InstanceId(instance_id)),
                    _ => None,
                });
                Ok(Wanted::Instances(instances.await))
            }
        }
    }

    fn of_names(names: &[String], cmdlet: Cmdlet) -> Result<Wanted, ErrorRecord> {
        let patterns: Result<Vec<_>, _> = names.iter().map(|name| WildcardPattern::parse(name)).collect();
        patterns.map(Wanted::Names).map_err(|invalid| cmdlet.bad_pattern(&invalid))
    }
}

/// What standard input tells; what is no session, or not told in the way that is wanted, is an error.
async fn told<T>(run: &Run<'_>, lines: Lines, sense: impl Fn(SessionReference) -> Option<T>) -> Vec<T> {
    let mut told = Vec::new();
    let mut lines = pin!(feed(lines));
    while let Some(Some(line)) = run.interrupt.unless_set(lines.next()).await {
        match line.map(&sense) {
            Ok(Some(value)) => told.push(value),
            Ok(None) => run.error(&run.cmdlet.not_bound()),
            Err(error) => run.error(&error),
        }
    }
    told
}
