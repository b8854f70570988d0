//! Remove-PSSession for one known session.

use super::sessions::KnownSessions;
use crate::cmdlet::run::Run;
use crate::engine::{Computer, NotAcquired};
use crate::event::Awaited;
use crate::record::{RunspaceState, StoredSession};
use crate::session::ConnectKind;
use crate::store::{Durability, policy};
use crate::wsman::shell::Get;
use crate::wsman::{FaultCode, MaxEnvelopeSize};
use std::sync::Arc;
use std::time::Duration;

impl KnownSessions<'_> {
    /// Ends a session on its server, with everything that runs in it, and forgets it.
    pub(super) async fn remove(&self, stored: StoredSession, older_than: Option<Duration>) {
        let is_over = matches!(stored.session.state, RunspaceState::Broken | RunspaceState::Closed);
        let mut target = stored.session.computer_name.clone();
        if let Some(limit) = older_than.filter(|_| !is_over) {
            let Some(computer) = self.computer(&stored).await else { return };
            let get = Arc::new(Get::shell(stored.shell_id.clone()));
            let waiting = self.run.waiting(&stored.session.computer_name, Awaited::Sessions);
            let asked = computer.ask(stored.session_id, &get, MaxEnvelopeSize::SAFE).await;
            drop(waiting);
            match asked {
                Ok(shell) => match shell.run_time.filter(|age| *age >= limit) {
                    Some(age) => target = stored.session.with_age(age),
                    None => return,
                },
                // One that is gone is older than any.
                Err(failure) if failure.is_fault(FaultCode::INVALID_SELECTORS) => {}
                Err(failure) => {
                    let error = self.run.cmdlet.query_failed(&stored.session.computer_name, &failure);
                    return self.run.error(error);
                }
            }
        }
        if !self.run.should_process("Remove", &target).await {
            return;
        }
        if is_over {
            return self.run.forget(&stored).await;
        }
        let Some(computer) = self.computer(&stored).await else { return };
        let kind = match stored.session.id {
            Some(_) => ConnectKind::Reconnect,
            None => ConnectKind::Connect,
        };
        self.run.remove(&computer, stored, kind).await;
    }
}

impl Run<'_> {
    /// Ends a session on its server and forgets it.
    ///
    /// The session is acquired first, also where it should be open: a service lets its user end a session that another
    /// of the user's clients has taken and works in.
    pub(in crate::cmdlet) async fn remove(
        &self,
        computer: &Computer,
        stored: StoredSession,
        kind: ConnectKind,
    ) {
        let (cmdlet, shown) = (self.cmdlet, stored.session.shown());
        // PowerShell forgets the session even if it is not removed, and reports so.
        match self.acquire(computer, stored.clone(), kind).await {
            Ok((mut driver, _)) => {
                let _waiting = self.waiting(&stored.session.computer_name, Awaited::Removal(shown.clone()));
                if let Err(failure) = driver.remove().await {
                    self.error(cmdlet.delete_failed(&shown, &failure));
                }
            }
            Err(NotAcquired::Gone(_)) => {}
            Err(NotAcquired::HeldByOther(_)) => return self.error(cmdlet.not_available(&shown)),
            Err(NotAcquired::Failed { failure, .. }) => {
                self.error(cmdlet.remove_failed(&shown, &failure));
            }
            Err(NotAcquired::Withdrawn) => return,
            Err(NotAcquired::Store(error)) => return self.store_failed(&error),
        }
        self.forget(&stored).await;
    }

    async fn forget(&self, stored: &StoredSession) {
        let forgotten = self.repository.update(stored.key(), Durability::PowerCut, policy::forget).await;
        if let Err(error) = forgotten {
            self.store_failed(&error);
        }
    }
}
