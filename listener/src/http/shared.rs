//! What all connections of a listener have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use crate::auth::Accounts;
use crate::config::Config;
use crate::injection::Injections;
use crate::journal::{Caller, Journal};
use crate::service::{Outcome, Service, Wait};
use crate::soap::Reply;
use crate::tls::Identity;

/// A handle to it.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub accounts: Accounts,
    pub identity: Identity,
    service: Mutex<Service>,
    injections: Mutex<Injections>,
    /// Whether the network is away, and every connection with it.
    is_cut: watch::Sender<bool>,
    /// Notified after each request, for the Receives that wait, and by each PowerShell.
    changed: Arc<Notify>,
}

impl std::ops::Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Shared {
    pub fn new(config: Config, identity: Identity) -> Shared {
        let service = Service::new(config.service.clone());
        let changed = service.changed.clone();
        let accounts = Accounts { machine: config.service.machine.clone(), users: config.users.clone() };
        Shared(Arc::new(Inner {
            config,
            accounts,
            identity,
            service: Mutex::new(service),
            injections: Mutex::new(Injections::default()),
            is_cut: watch::Sender::new(false),
            changed,
        }))
    }
}

impl Inner {
    /// Does something with the service, at the time it is now.
    pub fn service<T>(&self, act: impl FnOnce(&mut Service, Instant) -> T) -> T {
        let result = act(&mut lock(&self.service), Instant::now());
        self.changed.notify_waiters();
        result
    }

    /// Takes what PowerShell says also while no client asks for it, for ever.
    pub async fn keep_up(&self) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            lock(&self.service).advance(Instant::now());
            changed.await;
        }
    }

    /// Does something with the log.
    pub fn journal<T>(&self, act: impl FnOnce(&mut Journal) -> T) -> T {
        act(&mut lock(&self.service).journal)
    }

    pub fn injections<T>(&self, act: impl FnOnce(&mut Injections) -> T) -> T {
        act(&mut lock(&self.injections))
    }

    pub fn cut(&self, is_cut: bool) {
        self.is_cut.send_replace(is_cut);
    }

    /// Waits until the network is away.
    pub async fn until_cut(&self) {
        // The sender is here as well.
        let _ = self.is_cut.subscribe().wait_for(|is_cut| *is_cut).await;
    }

    /// The service's answer to a request, however long that takes.
    pub async fn handle(&self, caller: &Caller, soap: &[u8]) -> Reply {
        match self.service(|service, now| service.handle(now, caller, soap)) {
            Outcome::Answer(reply) => reply,
            Outcome::Wait(wait) => Waiting { shared: self, wait }.reply().await,
        }
    }
}

/// A Receive that waits. Dropping it gives it up, as when its client closes the connection.
struct Waiting<'a> {
    shared: &'a Inner,
    wait: Wait,
}

impl Waiting<'_> {
    async fn reply(self) -> Reply {
        loop {
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let due = {
                let mut service = lock(&self.shared.service);
                if let Some(reply) = service.poll(Instant::now(), &self.wait) {
                    return reply;
                }
                service.next_wakeup().map_or(self.wait.deadline(), |due| due.min(self.wait.deadline()))
            };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(due.into()) => {}
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.shared.service).abandon(Instant::now(), &self.wait);
    }
}

/// A test that panicked while it held the lock has failed already; the others may go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
