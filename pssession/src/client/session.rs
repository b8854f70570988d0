//! The client, and a session of it.

use super::builder::ClientBuilder;
use super::error::Error;
use super::pipeline::Pipeline;
use crate::access::TrustedHosts;
use crate::auth::Credential;
use crate::cmdlet::{Candidate, session_options};
use crate::engine::{
    self, Claim, Computer, Driver, Interrupt, LiveSession, NotAcquired, Redirects, Repository,
};
use crate::psrp::host::Host;
use crate::psrp::pipeline::{Command, CreatePipeline};
use crate::record::{CommandId, InstanceId, PSSession, ResourceUri, StoredSession};
use crate::session::{ConnectKind, DisconnectOptions, Reader};
use crate::store::Store;
use crate::transport::{ConnectionPool, Endpoint, Profile};
use crate::wsman::enumerate::{Enumerate, ShellFilter};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use uuid::Uuid;

/// The default session configuration.
const CONFIGURATION: &str = "Microsoft.PowerShell";

/// Finds, opens and connects to sessions, as one user. Clones share their connections.
///
/// It needs a tokio runtime with I/O and time enabled, with one thread or several.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    settings: ClientBuilder,
    profile: Arc<Profile>,
    computers: Mutex<HashMap<String, Computer>>,
    store: PathBuf,
    repository: OnceLock<Arc<Repository>>,
}

impl ClientBuilder {
    /// Builds the client. Nothing is sent until it is used.
    ///
    /// # Errors
    /// [`ErrorKind::Caller`](super::ErrorKind::Caller): the certificate authorities cannot be read, or there is no
    /// directory for the store.
    pub fn build(mut self) -> Result<Client, Error> {
        if !self.trusted_hosts.is_empty() {
            self.policy.trusted_hosts = TrustedHosts::parse(&self.trusted_hosts.join(","));
        }
        let store = self.store.take().map_or_else(Store::default_directory, Ok);
        let store = store.map_err(|error| Error::caller(error.to_string()))?;
        let profile = Profile::new(self.access.clone(), self.policy.clone(), None, None)
            .map_err(|error| Error::caller(error.to_string()))?;
        let profile = match (self.access.user.name(), &self.password) {
            (Some(user_name), Some(password)) => {
                let credential = Credential { user_name: user_name.to_owned(), password: password.clone() };
                profile.with_credential(&credential)
            }
            (Some(_), None) | (None, _) => profile,
        };
        Ok(Client(Arc::new(Shared {
            settings: self,
            profile: Arc::new(profile),
            computers: Mutex::default(),
            store,
            repository: OnceLock::new(),
        })))
    }
}

impl Client {
    /// The settings of a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The sessions on a computer that the user may see. The computer is given by name, or by the URL of its service.
    ///
    /// # Errors
    /// The computer cannot be asked.
    pub async fn sessions(&self, computer: &str) -> Result<Vec<PSSession>, Error> {
        let (service, found) = self.candidates(computer).await?;
        Ok(found.iter().map(|candidate| candidate.session(computer, &service.url())).collect())
    }

    /// Connects to a session that no client holds, or that this user's programs on this computer held last.
    ///
    /// # Errors
    /// When the computer cannot be asked, another client holds the session, or the server does not have it.
    pub async fn connect(&self, computer: &str, instance_id: InstanceId) -> Result<Session, Error> {
        let service = self.computer(computer)?;
        let usual = self.usual(computer, &service, instance_id);
        let key = usual.key();
        let known = self.repository().with(move |store| store.by_key(&key)).await;
        let known = known.map_err(|error| Error::caller(error.to_string()))?;
        let (stored, kind) = match known {
            Some(known) => (known, ConnectKind::Reconnect),
            None => (usual, ConnectKind::Connect),
        };
        let acquired = match self.acquire(&service, stored, kind).await {
            // It may be one of another session configuration, which only a look finds out.
            Err(NotAcquired::Gone(failure)) if kind == ConnectKind::Connect => {
                let (_, found) = self.candidates(computer).await?;
                let there = found.into_iter().find(|candidate| candidate.instance_id == instance_id);
                match there {
                    Some(there) => {
                        self.acquire(&service, self.stored(computer, &service, &there), kind).await
                    }
                    None => Err(NotAcquired::Gone(failure)),
                }
            }
            acquired => acquired,
        };
        self.session(computer, &instance_id.to_string(), acquired)
    }

    /// Creates a session. Others find it by its name.
    ///
    /// # Errors
    /// When the computer cannot be asked, or refuses.
    pub async fn open(&self, computer: &str, name: &str) -> Result<Session, Error> {
        let service = self.computer(computer)?;
        let mut stored = self.usual(computer, &service, InstanceId(Uuid::new_v4()));
        stored.session.name = Some(name.to_owned());
        let options = session_options(&stored.access.session_option, self.0.settings.policy.reconnect_for);
        let opened = engine::open(self.repository(), &service, stored, options, Host::default()).await;
        self.session(computer, name, opened)
    }

    async fn acquire(
        &self,
        service: &Computer,
        stored: StoredSession,
        kind: ConnectKind,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        let options = session_options(&stored.access.session_option, self.0.settings.policy.reconnect_for);
        let claim = Claim::new(self.repository(), stored).await?;
        engine::acquire(self.repository(), service, claim, options, kind, &Interrupt::default()).await
    }

    fn session(
        &self,
        computer: &str,
        shown: &str,
        acquired: Result<(Driver, StoredSession), NotAcquired>,
    ) -> Result<Session, Error> {
        let (driver, stored) =
            acquired.map_err(|not_acquired| Error::not_acquired(computer, shown, not_acquired))?;
        Ok(Session { live: LiveSession::spawn(driver, self.repository().clone(), stored) })
    }

    async fn candidates(&self, computer: &str) -> Result<(Computer, Vec<Candidate>), Error> {
        let service = self.computer(computer)?;
        let shells = service.enumerate(service.client(), Enumerate::shells(ShellFilter::All)).await;
        let shells = shells.map_err(|failure| Error::query(computer, &failure))?;
        Ok((service, shells.items.into_iter().filter_map(Candidate::of_shell).collect()))
    }

    fn computer(&self, computer: &str) -> Result<Computer, Error> {
        let mut computers = self.0.computers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = computers.get(computer) {
            return Ok(known.clone());
        }
        let endpoint = match computer.contains("://") {
            true => Endpoint::of_uri(computer),
            false => Endpoint::of_computer(computer, self.0.settings.port, self.0.settings.tls, None),
        };
        let endpoint = endpoint.map_err(|bad| Error::caller(format!("{bad}.")))?;
        let pool = ConnectionPool::new(self.0.profile.clone(), endpoint);
        let service = Computer::new(pool, Redirects::Never);
        computers.insert(computer.to_owned(), service.clone());
        Ok(service)
    }

    fn repository(&self) -> &Arc<Repository> {
        self.0.repository.get_or_init(|| Arc::new(Repository::open(self.0.store.clone())))
    }

    /// A session that is assumed to be in the default place.
    fn usual(&self, computer: &str, service: &Computer, instance_id: InstanceId) -> StoredSession {
        let configuration = ResourceUri::of_configuration(CONFIGURATION);
        self.stored(computer, service, &Candidate::of_instance(instance_id, &configuration))
    }

    fn stored(&self, computer: &str, service: &Computer, candidate: &Candidate) -> StoredSession {
        candidate.stored(computer, &service.url(), service.client(), &self.0.settings.access)
    }
}

/// A session that this client holds.
///
/// When it and its pipelines are dropped, it stays connected until the server has had no request for about a minute.
/// Then any client of the same user can connect to it.
pub struct Session {
    live: LiveSession,
}

impl Session {
    /// Its record, as of when it was connected.
    pub fn record(&self) -> &PSSession {
        self.live.session()
    }

    /// Starts a script.
    ///
    /// # Errors
    /// When the session is no longer open.
    pub async fn invoke(&self, script: impl Into<String>) -> Result<Pipeline, Error> {
        self.invoke_with_host(script, Host::None).await
    }

    /// Starts a script that can write to this host and ask questions there: its events include
    /// [`PipelineEvent::HostCall`](crate::PipelineEvent::HostCall)s.
    ///
    /// # Errors
    /// When the session is no longer open.
    pub async fn invoke_with_host(&self, script: impl Into<String>, host: Host) -> Result<Pipeline, Error> {
        let create = CreatePipeline { host, ..CreatePipeline::new(vec![Command::script(script)]) };
        let live =
            self.live.invoke(create, Reader::ThisClient).await.map_err(|failure| self.error(&failure))?;
        Ok(self.pipeline(live))
    }

    /// The session's commands that are running, or have ended without being read to the end.
    ///
    /// # Errors
    /// The computer cannot be asked.
    pub async fn commands(&self) -> Result<Vec<CommandId>, Error> {
        let computer = &self.live.session().computer_name;
        self.live.commands().await.map_err(|failure| Error::query(computer, &failure))
    }

    /// Attaches to a running command. Output that this user's programs on this computer have read is not repeated.
    ///
    /// # Errors
    /// When the session is no longer open.
    pub async fn attach(&self, command_id: &CommandId) -> Result<Pipeline, Error> {
        let live =
            self.live.attach(command_id.clone(), Host::None).await.map_err(|failure| self.error(&failure))?;
        Ok(self.pipeline(live))
    }

    /// Disconnects from the session, which keeps running with its commands. Read its pipelines up to
    /// [`PipelineEvent::Detached`](crate::PipelineEvent::Detached): what has arrived here is not sent again elsewhere.
    ///
    /// # Errors
    /// When the server could not be asked, or refused.
    pub async fn disconnect(&self) -> Result<(), Error> {
        let disconnected = self.live.disconnect(DisconnectOptions::default()).await;
        let session = self.live.session();
        disconnected
            .map(drop)
            .map_err(|failure| Error::disconnect(&session.computer_name, session.instance_id, &failure))
    }

    /// Ends the session and everything in it.
    ///
    /// # Errors
    /// When the server could not be asked, or refused.
    pub async fn remove(self) -> Result<(), Error> {
        self.live.remove().await.map_err(|failure| self.error(&failure))
    }

    fn pipeline(&self, live: engine::LivePipeline) -> Pipeline {
        let session = self.live.session();
        Pipeline::new(live, session.computer_name.clone(), session.shown())
    }

    fn error(&self, failure: &engine::Failure) -> Error {
        Error::session(&self.live.session().computer_name, &self.live.session().shown(), failure)
    }
}
