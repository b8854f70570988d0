//! Acquiring a session and recording it, in step.

use super::arguments::dictionary;
use super::computer::Computer;
use super::driver::Driver;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::private_data::to_json;
use super::repository::Repository;
use crate::psrp::handshake::SessionCapability;
use crate::psrp::host::Host;
use crate::psrp::message::RunspacePoolId;
use crate::record::{ProtocolVersion, RunspaceState, SessionId, SessionNumber, StoredSession};
use crate::session::{
    Acquired, ConnectKind, CreateOptions, DisconnectOptions, Identity, Session, SessionOptions,
};
use crate::session_option::OutputBufferingMode;
use crate::store::{Durability, Store, StoreError, Updated, policy};
use crate::wsman::enumerate::{BufferMode, Shell};
use crate::wsman::shell::ShellAddress;
use futures_util::future::join;
use std::sync::Arc;
use std::time::Instant;
use std::time::SystemTime;
use uuid::Uuid;

/// Why a session is not ours.
#[derive(Debug)]
pub(crate) enum NotAcquired {
    /// Another client holds it; with the server's refusal, where there was one.
    HeldByOther(Option<Failure>),
    /// The server does not have it.
    Gone(Failure),
    /// `by_reconnect` says which verb failed: Reconnect, or Connect. One that was to be created, and may be there all the
    /// same, stays recorded, under this number.
    Failed { failure: Failure, by_reconnect: bool, may_be_left: Option<SessionNumber> },
    /// An interrupt came before anything was sent.
    Withdrawn,
    /// It cannot be recorded.
    Store(Arc<StoreError>),
}

impl From<Arc<StoreError>> for NotAcquired {
    fn from(error: Arc<StoreError>) -> NotAcquired {
        NotAcquired::Store(error)
    }
}

/// A session that is recorded as ours before its server is asked: whatever happens to this process, the next one knows
/// as which client the session was asked for.
pub(crate) struct Claim {
    before: Option<StoredSession>,
    claimed: StoredSession,
}

impl Claim {
    /// Claims made at the same time cost little more than one does.
    pub(crate) async fn new(
        repository: &Repository,
        stored: StoredSession,
    ) -> Result<Claim, Arc<StoreError>> {
        let (key, claim) = (stored.key(), policy::claim(stored.opened()));
        let Updated { before, after } = repository.update(key, Durability::Kill, claim).await?;
        Ok(Claim { before, claimed: after.expect("a claim is always written") })
    }

    /// The session as it is recorded.
    pub(crate) fn session(&self) -> &StoredSession {
        &self.claimed
    }

    /// Takes it back, if the server was not asked.
    pub(crate) async fn withdraw(self, repository: &Repository) -> Result<(), Arc<StoreError>> {
        let (key, undo) = (self.claimed.key(), policy::undo(self.before));
        repository.update(key, Durability::PowerCut, undo).await.map(drop)
    }
}

/// Acquires a session, as the client that it is recorded under: whichever of this user's processes holds it, and whatever
/// becomes of them, the others can go on with it. Returns it as it is recorded then.
///
/// The claim is taken back if the session is not acquired. It waits for the disk while the server works.
pub(crate) async fn acquire(
    repository: &Repository,
    computer: &Computer,
    claim: Claim,
    options: SessionOptions,
    kind: ConnectKind,
    interrupt: &Interrupt,
) -> Result<(Driver, StoredSession), NotAcquired> {
    let Claim { before, claimed } = claim;
    let key = claimed.key();
    let cut = match claimed.session.id.filter(|_| before.is_some()) {
        Some(id) => repository.with(move |store| Ok(store.was_reading_cut(id).then_some(id))).await?,
        None => None,
    };
    let (claimed, kind) = match cut {
        Some(_) => {
            (another_client(repository, computer, claimed, options, interrupt).await?, ConnectKind::Connect)
        }
        None => (claimed, kind),
    };
    let session = Session::acquire(kind, identity(&claimed), options, Instant::now());
    let mut driver = Driver::new(session, computer.clone());
    let (acquired, settled) = join(driver.acquired(interrupt), repository.settle()).await;
    let moved = Some(computer.url()).filter(|now| *now != claimed.session.connection_uri);
    let recorded = match &acquired {
        Some(Acquired::Ours { protocol_version }) => {
            ours(repository, claimed, *protocol_version, moved).await
        }
        Some(Acquired::Failed { is_in_doubt: true, .. }) => {
            // The record names the client that may hold the session.
            let mut doubtful = claimed.clone().disconnected();
            doubtful.session.connection_uri = moved.unwrap_or(doubtful.session.connection_uri);
            let amend = policy::amend(claimed.clone(), doubtful);
            repository.update(key, Durability::PowerCut, amend).await.map(|_| claimed)
        }
        Some(Acquired::HeldByOther(_) | Acquired::Gone(_) | Acquired::Failed { .. }) => {
            let undo = policy::undo(before.map(not_opened));
            repository.update(key, Durability::PowerCut, undo).await.map(|_| claimed)
        }
        None => {
            let undo = policy::undo(before);
            repository.update(key, Durability::PowerCut, undo).await.map(|_| claimed)
        }
    };
    let stored = settled.and(recorded)?;
    match acquired {
        Some(Acquired::Ours { .. }) => {
            if let Some(id) = cut {
                let forget = move |store: &mut Store| {
                    store.forget_reading(id);
                    Ok(())
                };
                repository.with(forget).await?;
            }
            Ok((driver, stored))
        }
        Some(Acquired::HeldByOther(refusal)) => Err(NotAcquired::HeldByOther(refusal)),
        Some(Acquired::Gone(failure)) => Err(NotAcquired::Gone(failure)),
        Some(Acquired::Failed { failure, by_reconnect, .. }) => {
            Err(NotAcquired::Failed { failure, by_reconnect, may_be_left: None })
        }
        None => Err(NotAcquired::Withdrawn),
    }
}

/// Lets go of a session whose reader has ended too early, and claims it as another client: the server gives that one the
/// answer that may have been lost.
async fn another_client(
    repository: &Repository,
    computer: &Computer,
    mut claimed: StoredSession,
    options: SessionOptions,
    interrupt: &Interrupt,
) -> Result<StoredSession, NotAcquired> {
    // A server that has disconnected the session by itself refuses this, and of one that cannot be asked the Connect says
    // the same.
    let _ = disconnect(computer, &claimed, options, DisconnectOptions::default(), interrupt).await;
    claimed.session_id = SessionId(Uuid::new_v4());
    repository.update(claimed.key(), Durability::Kill, policy::record(claimed.clone())).await?;
    Ok(claimed)
}

/// Creates a session under the id that its record has. It is recorded first, and forgotten if it cannot be created. A
/// session without a name gets one from its number, as PowerShell names it.
pub(crate) async fn open(
    repository: &Repository,
    computer: &Computer,
    stored: StoredSession,
    options: SessionOptions,
    host: Host,
) -> Result<(Driver, StoredSession), NotAcquired> {
    let key = stored.key();
    let claim = policy::claim(stored.opened());
    let updated = repository.update(key.clone(), Durability::PowerCut, claim).await?;
    let mut claimed = updated.after.expect("a claim is always written");
    let number = claimed.session.id;
    let automatic = || number.map(|number| format!("Runspace{number}"));
    claimed.session.name = claimed.session.name.take().or_else(automatic);
    let session = Session::open(identity(&claimed), create_options(&claimed, host), options);
    let mut driver = Driver::new(session, computer.clone());
    match driver.opened().await {
        Ok(()) => {
            let mut claimed = created(claimed, driver.session.take_created(), computer);
            let private_data = driver.session.application_private_data();
            claimed.session.application_private_data = private_data.and_then(to_json);
            if claimed.key() != key {
                repository.update(key, Durability::Kill, policy::forget).await?;
            }
            let (key, record) = (claimed.key(), policy::record(claimed.clone()));
            repository.update(key, Durability::PowerCut, record).await?;
            Ok((driver, claimed))
        }
        Err(failure) => {
            // What was created and cannot be used is not left behind.
            let is_cleared = driver.cleared().await;
            let (may_be_left, disconnected) = (number.filter(|_| !is_cleared), claimed.disconnected());
            match is_cleared {
                true => repository.update(key, Durability::PowerCut, policy::undo(None)).await?,
                false => repository.update(key, Durability::PowerCut, policy::record(disconnected)).await?,
            };
            Err(NotAcquired::Failed { failure, by_reconnect: false, may_be_left })
        }
    }
}

fn create_options(stored: &StoredSession, host: Host) -> CreateOptions {
    let option = &stored.access.session_option;
    CreateOptions {
        name: stored.session.name.clone(),
        idle_timeout: option.idle_timeout,
        no_machine_profile: option.no_machine_profile,
        application_arguments: option.application_arguments.as_ref().map(dictionary),
        retries: option.max_connection_retry_count,
        host,
    }
}

/// What a server is asked for.
pub(crate) fn buffer_mode(mode: OutputBufferingMode) -> Option<BufferMode> {
    match mode {
        OutputBufferingMode::None => None,
        OutputBufferingMode::Drop => Some(BufferMode::Drop),
        OutputBufferingMode::Block => Some(BufferMode::Block),
    }
}

/// PowerShell's name for a mode.
pub(crate) fn output_buffering_mode(mode: BufferMode) -> OutputBufferingMode {
    match mode {
        BufferMode::Block => OutputBufferingMode::Block,
        BufferMode::Drop => OutputBufferingMode::Drop,
    }
}

/// What the server says of a shell that it has created.
fn created(mut stored: StoredSession, shell: Option<Box<Shell>>, computer: &Computer) -> StoredSession {
    stored.session.connection_uri = computer.url();
    stored.session.last_seen = Some(SystemTime::now());
    if let Some(shell) = shell {
        stored.shell_id = shell.shell_id.unwrap_or(stored.shell_id);
        stored.session.idle_timeout = shell.idle_timeout.or(stored.session.idle_timeout);
        stored.max_idle_timeout = shell.max_idle_timeout;
        let mode = shell.buffer_mode.map(output_buffering_mode);
        stored.session.output_buffering_mode = mode.or(stored.session.output_buffering_mode);
    }
    stored.is_compressed = Some(false);
    stored
}

/// Lets go of a session that is held, as far as is known; `None` if an interrupt came before anything was sent.
pub(crate) async fn disconnect(
    computer: &Computer,
    stored: &StoredSession,
    session_options: SessionOptions,
    options: DisconnectOptions,
    interrupt: &Interrupt,
) -> Option<Result<(), Failure>> {
    let session = Session::held(identity(stored), session_options);
    Driver::new(session, computer.clone()).disconnect(options, interrupt).await
}

/// Records what the claim did not foresee.
async fn ours(
    repository: &Repository,
    mut stored: StoredSession,
    protocol_version: Option<ProtocolVersion>,
    moved: Option<String>,
) -> Result<StoredSession, Arc<StoreError>> {
    let other = protocol_version.filter(|version| *version != SessionCapability::CLIENT.protocol_version);
    if other.is_some() || moved.is_some() {
        stored.protocol_version = other.or(stored.protocol_version);
        stored.session.connection_uri = moved.unwrap_or(stored.session.connection_uri);
        stored.session.last_seen = Some(SystemTime::now());
        let (key, record) = (stored.key(), policy::record(stored.clone()));
        repository.update(key, Durability::PowerCut, record).await?;
    }
    Ok(stored)
}

/// What was there before is what another process hoped for at the same time, if that was an open session: this one has
/// found that it is not.
fn not_opened(known: StoredSession) -> StoredSession {
    match known.session.state {
        RunspaceState::Opened => known.disconnected(),
        RunspaceState::Disconnected | RunspaceState::Closed | RunspaceState::Broken => known,
    }
}

/// The session on the wire: for one made by any client that can disconnect, the pool's id is the InstanceId.
fn identity(stored: &StoredSession) -> Identity {
    Identity {
        shell: ShellAddress { resource_uri: stored.resource_uri.clone(), shell_id: stored.shell_id.clone() },
        pool_id: RunspacePoolId(stored.session.instance_id.0),
        client: stored.session_id,
        protocol_version: stored.protocol_version.unwrap_or(SessionCapability::CLIENT.protocol_version),
        is_compressed: stored.is_compressed,
        buffer_mode: stored.session.output_buffering_mode.and_then(buffer_mode),
        seed: Uuid::new_v4(),
    }
}
