//! The handle that tests hold: a listener that runs in the background, to be set up, watched and disturbed.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::http::{self, Shared};
use crate::injection::Injection;
use crate::journal::{Counters, Refusal, RequestRecord};
use crate::service::{Service, SessionSpec, SessionView, SpecError};
use crate::tls::{ClientCertificate, Identity, TlsError};

/// A WinRM listener on two ports of the loopback address, one plain and one with TLS.
///
/// It runs in the background until it is dropped; then its sockets are closed. All methods may be called from
/// any thread.
pub struct Listener {
    shared: Shared,
    http: SocketAddr,
    https: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
    /// The runtime of [`Listener::start_blocking`].
    runtime: Option<Runtime>,
}

/// Why a listener did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the system gives no port or no thread")]
    System(#[from] std::io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Listener {
    /// Starts a listener on the tokio runtime that this runs on.
    pub async fn start(config: Config) -> Result<Listener, StartError> {
        let identity = Identity::new(&config.tls)?;
        let shared = Shared::new(config, identity);
        let (http, plain) = http::listen(shared.clone(), false).await?;
        let (https, tls) = http::listen(shared.clone(), true).await?;
        let mut tasks = vec![plain, tls];
        if shared.config.service.powershell.is_some() {
            let background = shared.clone();
            tasks.push(tokio::spawn(async move { background.keep_up().await }));
        }
        Ok(Listener { shared, http, https, tasks, runtime: None })
    }

    /// Starts a listener on a runtime of its own, for tests and examples that are not asynchronous.
    pub fn start_blocking(config: Config) -> Result<Listener, StartError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let mut listener = runtime.block_on(Listener::start(config))?;
        listener.runtime = Some(runtime);
        Ok(listener)
    }

    /// Closes both ports and every connection, and waits until that is done.
    pub async fn stop(mut self) {
        for task in &mut self.tasks {
            task.abort();
            // An error here says that the task was aborted.
            let _ = task.await;
        }
    }

    /// Where plain HTTP is spoken.
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Where HTTPS is spoken.
    pub fn https_address(&self) -> SocketAddr {
        self.https
    }

    /// The ConnectionUri of the plain port.
    pub fn http_url(&self) -> String {
        format!("http://{}{}", self.http, self.shared.config.path)
    }

    /// The ConnectionUri of the port with TLS.
    pub fn https_url(&self) -> String {
        format!("https://localhost:{}{}", self.https.port(), self.shared.config.path)
    }

    /// The certificate, as PEM, of the authority that signed the listener's own.
    pub fn authority(&self) -> &str {
        &self.shared.identity.authority
    }

    /// The certificate, as PEM, that the listener shows.
    pub fn certificate(&self) -> &str {
        &self.shared.identity.certificate
    }

    /// Makes a client certificate that the service takes for this user, if it asks for one.
    pub fn certify(&self, user: &str) -> Result<ClientCertificate, TlsError> {
        self.shared.identity.certify(user, false)
    }

    /// As [`Listener::certify`], and expired.
    pub fn certify_expired(&self, user: &str) -> Result<ClientCertificate, TlsError> {
        self.shared.identity.certify(user, true)
    }

    /// Maps client certificates to no user from now on.
    pub fn unmap_clients(&self) {
        self.shared.identity.unmap_clients();
    }

    /// Puts a session on the server, and gives the text of its shell's id.
    pub fn add_session(&self, spec: SessionSpec) -> Result<String, SpecError> {
        self.with_service(|service, now| service.add_session(now, spec))
    }

    /// The sessions in the order of their creation.
    pub fn sessions(&self) -> Vec<SessionView> {
        self.with_service(|service, now| {
            service.advance(now);
            service.sessions()
        })
    }

    /// The session with this shell id.
    pub fn session(&self, shell_id: &str) -> Option<SessionView> {
        self.sessions().into_iter().find(|session| session.shell_id == shell_id)
    }

    /// Does something with the service itself.
    pub fn with_service<T>(&self, act: impl FnOnce(&mut Service, Instant) -> T) -> T {
        self.shared.service(act)
    }

    /// The SOAP requests so far.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.journal(|journal| journal.requests().to_vec())
    }

    /// What was refused so far, and why.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.shared.journal(|journal| journal.refusals().to_vec())
    }

    pub fn counters(&self) -> Counters {
        self.shared.journal(|journal| journal.counters.clone())
    }

    /// Forgets requests, refusals and counts.
    pub fn clear_journal(&self) {
        self.shared.journal(|journal| journal.clear());
    }

    /// Cuts every connection, and each new one as it is made, until [`Listener::plug_in`]. The service runs on.
    pub fn unplug(&self) {
        self.shared.cut(true);
    }

    /// Accepts connections again.
    pub fn plug_in(&self) {
        self.shared.cut(false);
    }

    /// Lets something go wrong with a request to come.
    pub fn inject(&self, injection: Injection) {
        self.shared.injections(|injections| injections.add(injection));
    }

    /// Forgets the injections that have not met their requests.
    pub fn clear_injections(&self) {
        self.shared.injections(|injections| injections.clear());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.with_service(|service, _| service.remove_all());
        if let Some(runtime) = self.runtime.take() {
            // A test may drop the listener where waiting is not allowed.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_listener_may_be_used_without_a_runtime_of_ones_own() {
        let listener = Listener::start_blocking(Config::default()).unwrap();
        let shell_id = listener.add_session(SessionSpec::default()).unwrap();
        assert!(listener.session(&shell_id).is_some());
        let address = listener.http_address();
        assert!(TcpStream::connect(address).is_ok());
        drop(listener);
        // The port closes as soon as the task in the background is gone.
        let closed = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            TcpStream::connect(address).is_err()
        });
        assert!(closed);
    }
}
