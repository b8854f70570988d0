//! The sets that name computers: each is asked for its sessions, and the ones that are meant are connected to.
//!
//! All computers at once, as many as the throttle limit allows, each over one connection: asked and connected to in
//! a row, so that a slow or dead one holds up nobody. What happens is told as it happens. Only what concerns all of
//! them comes at the end: sessions that were in use are tried once more, and names that no computer knows are told.

mod candidate;
mod computer;

use super::connect::{Input, Request, Selection};
use super::connection::{Connection, Credential, Endpoint as Place};
use super::failure;
use super::option;
use super::wildcard::WildcardPattern;
use super::{Flow, Host, Surroundings};
use crate::auth;
use crate::engine::{Interrupt, Redirects, Repository, Terms};
use crate::error::ErrorRecord;
use crate::session::{InstanceId, PSSession};
use crate::transport::{Profile, Proxies, TlsOptions, Trust, TrustError};
use crate::wsman::{ResourceUri, SessionId};
use candidate::Wanted;
use computer::Target;
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// What an answer may take longer than the service was told to take.
const GRACE: Duration = Duration::from_secs(10);
/// PowerShell's default for an operation; told to the service also where this side would wait for ever.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(180);
/// Ever, as far as a timer can count.
const FOR_EVER: Duration = Duration::from_secs(86_400 * 365);

/// Runs Connect-PSSession. Ends when all is done, when the host wants no more, or when it is interrupted and what
/// was under way has come to its end.
pub async fn run(request: &Request, surroundings: &Surroundings, interrupt: &Interrupt, host: &mut dyn Host) {
    let plan = match Plan::of(request) {
        Ok(plan) => plan,
        Err(error) => {
            host.error(&error);
            return;
        }
    };
    if plan.connection.session_option.no_encryption {
        host.warning("NoEncryption: over plain HTTP, everything can be read and changed on the way.");
    }
    let trust = match plan.trust(surroundings) {
        Ok(trust) => trust,
        Err(error) => {
            host.error(&failure::no_trust(&error));
            return;
        }
    };
    let proxies = match option::proxies(&plan.connection.session_option, surroundings) {
        Ok(proxies) => proxies,
        Err(error) => {
            host.error(&error);
            return;
        }
    };
    let run = Run::new(request, &plan, surroundings, (trust, proxies), interrupt, host);
    let served = stream::iter(&plan.targets).map(|target| run.serve(target));
    let mut in_use = Vec::new();
    let mut served = std::pin::pin!(served.buffer_unordered(request.throttle_limit.get()));
    while let Some(more) = served.next().await {
        in_use.extend(more);
    }
    for pending in in_use {
        run.try_again(pending).await;
    }
    run.tell_misses();
}

/// What a request comes down to.
struct Plan<'a> {
    targets: Vec<Target>,
    wanted: Wanted,
    connection: &'a Connection,
    /// The only configuration whose sessions are meant.
    configuration: Option<ResourceUri>,
}

impl<'a> Plan<'a> {
    fn of(request: &'a Request) -> Result<Plan<'a>, ErrorRecord> {
        let (targets, wanted, connection) = match &request.selection {
            Selection::ComputerName { computer_names, names, endpoint, connection } => (
                Target::of_computers(computer_names, endpoint)?,
                Wanted::of_names(names.as_ref())?,
                connection,
            ),
            Selection::ComputerNameGuid { computer_names, instance_ids, endpoint, connection } => (
                Target::of_computers(computer_names, endpoint)?,
                Wanted::of_instances(instance_ids)?,
                connection,
            ),
            Selection::ConnectionUri { connection_uris, names, connection, .. } => {
                (Target::of_uris(connection_uris)?, Wanted::of_names(names.as_ref())?, connection)
            }
            Selection::ConnectionUriGuid { connection_uris, instance_ids, connection, .. } => {
                (Target::of_uris(connection_uris)?, Wanted::of_instances(instance_ids)?, connection)
            }
            Selection::Name { .. }
            | Selection::Session { .. }
            | Selection::InstanceId { .. }
            | Selection::Id { .. } => {
                return Err(failure::own(
                    "This version connects to sessions of a computer that is named, not yet to sessions it knows.".into(),
                    "NotYetSupported",
                    Some("name the computer: -ComputerName Server01".into()),
                ));
            }
        };
        check_login(connection)?;
        let configuration = connection.configuration_name.as_deref().map(|name| {
            ResourceUri::of_configuration(if name.is_empty() { DEFAULT_CONFIGURATION } else { name })
        });
        Ok(Plan { targets, wanted, connection, configuration })
    }

    fn trust(&self, surroundings: &Surroundings) -> Result<Trust, TrustError> {
        let option = &self.connection.session_option;
        Trust::new(TlsOptions {
            ca_file: surroundings.ca_file.clone(),
            skip_ca_check: option.skip_ca_check,
            skip_cn_check: option.skip_cn_check,
        })
    }
}

/// What no computer could be logged on to with, told once and not for each of them.
fn check_login(connection: &Connection) -> Result<(), ErrorRecord> {
    let scheme = connection.authentication.scheme();
    match &connection.credential {
        _ if !scheme.is_implemented() => Err(failure::own(
            format!("This version does not speak {} authentication yet.", scheme.name),
            "NotYetSupported",
            Some("Negotiate with a user name and a password, and Basic over HTTPS, are there".into()),
        )),
        Credential::UserName(_) => Ok(()),
        Credential::CertificateThumbprint(_) => Err(failure::own(
            "This version does not connect with client certificates yet.".into(),
            "NotYetSupported",
            Some("use -Credential".into()),
        )),
        Credential::CurrentUser => Err(failure::own(
            "There is no user to connect as: this version has no way yet to connect as the current one."
                .into(),
            "ExplicitCredentialsRequired",
            Some("name a user with -Credential or PSSESSION_USER".into()),
        )),
    }
}

/// The session configuration of a session about which nothing is said.
const DEFAULT_CONFIGURATION: &str = "Microsoft.PowerShell";

impl Wanted {
    fn of_names(names: Option<&Input<String>>) -> Result<Wanted, ErrorRecord> {
        let Some(names) = names else { return Ok(Wanted::All) };
        let patterns = given(names)?.iter().map(|name| WildcardPattern::parse(name));
        let patterns: Result<Vec<_>, _> = patterns.collect();
        patterns
            .map(Wanted::Names)
            .map_err(|invalid| failure::own(invalid.to_string(), "WildcardPattern_Invalid", None))
    }

    fn of_instances(instance_ids: &Input<Uuid>) -> Result<Wanted, ErrorRecord> {
        Ok(Wanted::Instances(given(instance_ids)?.iter().copied().map(InstanceId).collect()))
    }
}

fn given<T>(input: &Input<T>) -> Result<&[T], ErrorRecord> {
    match input {
        Input::Given(values) => Ok(values),
        Input::StandardInput => Err(failure::own(
            "This version does not yet read sessions from standard input.".into(),
            "NotYetSupported",
            Some("name the sessions: -Name, -InstanceId".into()),
        )),
    }
}

/// One run, as all its computers share it.
struct Run<'a> {
    plan: &'a Plan<'a>,
    what_if: bool,
    confirm: bool,
    profile: Arc<Profile>,
    operation_timeout: Duration,
    terms: Terms,
    redirects: Redirects,
    session_id: SessionId,
    authentication: &'static str,
    user_name: Option<String>,
    repository: Repository,
    interrupt: &'a Interrupt,
    host: Mutex<&'a mut dyn Host>,
    /// Whether any computer told what sessions it has.
    answered: AtomicBool,
    /// Which of the wanted names or ids have found something.
    found: Vec<AtomicBool>,
}

impl<'a> Run<'a> {
    fn new(
        request: &Request,
        plan: &'a Plan<'a>,
        surroundings: &Surroundings,
        way: (Trust, Proxies),
        interrupt: &'a Interrupt,
        host: &'a mut dyn Host,
    ) -> Run<'a> {
        let user_name = match &plan.connection.credential {
            Credential::UserName(name) => Some(name.clone()),
            Credential::CurrentUser | Credential::CertificateThumbprint(_) => None,
        };
        let operation_timeout = plan.connection.session_option.operation_timeout.unwrap_or(OPERATION_TIMEOUT);
        Run {
            plan,
            what_if: request.what_if,
            confirm: request.confirm,
            profile: Arc::new(profile(plan.connection, user_name.as_deref(), way, surroundings)),
            operation_timeout: operation_timeout.min(surroundings.timeout.unwrap_or(FOR_EVER)),
            terms: option::terms(&plan.connection.session_option),
            redirects: option::redirects(&request.selection),
            session_id: SessionId(Uuid::new_v4()),
            authentication: plan.connection.authentication.name(),
            user_name,
            repository: Repository::open(surroundings.store.clone()),
            interrupt,
            host: Mutex::new(host),
            answered: AtomicBool::new(false),
            found: (0..plan.wanted.len()).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Tells which of the wanted nobody has, if anybody was there to have them.
    fn tell_misses(&self) {
        if self.interrupt.is_set() || !self.answered.load(Ordering::Relaxed) {
            return;
        }
        let missing = |index: &usize| !self.found[*index].load(Ordering::Relaxed);
        for index in (0..self.found.len()).filter(missing) {
            match &self.plan.wanted {
                Wanted::All => {}
                Wanted::Names(patterns) if patterns[index].has_wildcards() => {
                    self.warning(&format!("No session's name matches \"{}\".", patterns[index].text()));
                }
                Wanted::Names(patterns) => self.error(&failure::no_such_name(patterns[index].text())),
                Wanted::Instances(instances) => self.error(&failure::no_such_instance(instances[index])),
            }
        }
    }

    fn found(&self, index: usize) {
        self.found[index].store(true, Ordering::Relaxed);
    }

    fn session(&self, session: &PSSession) {
        self.told(|host| host.session(session));
    }

    fn error(&self, error: &ErrorRecord) {
        self.told(|host| host.error(error));
    }

    fn warning(&self, text: &str) {
        self.told(|host| {
            host.warning(text);
            Flow::GoOn
        });
    }

    fn verbose(&self, text: &str) {
        self.told(|host| {
            host.verbose(text);
            Flow::GoOn
        });
    }

    fn told(&self, tell: impl FnOnce(&mut dyn Host) -> Flow) {
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if tell(&mut **host) == Flow::Stop {
            self.interrupt.set();
        }
    }

    /// PowerShell's ShouldProcess: whether to go on with a session.
    fn should_process(&self, target: &str) -> bool {
        let action = format!("Performing the operation \"Connect\" on target \"{target}\".");
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if self.what_if {
            host.what_if(&action);
            return false;
        }
        host.verbose(&action);
        if !self.confirm {
            return true;
        }
        host.confirm(&action).unwrap_or_else(|error| {
            let text = format!("The action cannot be confirmed: {error}.");
            let hint = "-Confirm needs a terminal; without it nobody is asked";
            host.error(&failure::own(text, "ConfirmationUnavailable", Some(hint.into())));
            self.interrupt.set();
            false
        })
    }
}

fn profile(
    connection: &Connection,
    user_name: Option<&str>,
    (trust, proxies): (Trust, Proxies),
    surroundings: &Surroundings,
) -> Profile {
    let session_option = &connection.session_option;
    let credential = user_name.zip(surroundings.password.clone());
    Profile {
        authentication: connection.authentication,
        credential: credential
            .map(|(name, password)| auth::Credential { user_name: name.to_owned(), password }),
        trust,
        trusted_hosts: surroundings.trusted_hosts.clone(),
        proxies,
        encoding: option::encoding(session_option),
        no_encryption: session_option.no_encryption,
        include_port_in_spn: session_option.include_port_in_spn,
        connect_timeout: surroundings
            .timeout
            .unwrap_or_else(|| option::connect_timeout(session_option).unwrap_or(FOR_EVER)),
        answer_timeout: surroundings
            .timeout
            .unwrap_or_else(|| session_option.operation_timeout.map_or(FOR_EVER, |timeout| timeout + GRACE)),
    }
}
