//! Remove-PSSession for one known session.

use super::sessions::KnownSessions;
use crate::engine::NotAcquired;
use crate::record::{RunspaceState, StoredSession};
use crate::session::ConnectKind;
use crate::store::{Durability, policy};

impl KnownSessions<'_> {
    /// Ends a session on its server, with everything that runs in it, and forgets it.
    ///
    /// The session is acquired first, also where it should be open: a service lets its user end a session that another
    /// of the user's clients has taken and works in.
    pub(super) async fn remove(&self, stored: StoredSession) {
        if !self.run.should_process("Remove", &stored.session.computer_name).await {
            return;
        }
        let is_over = matches!(stored.session.state, RunspaceState::Broken | RunspaceState::Closed);
        if !is_over {
            let Some(computer) = self.computer(&stored).await else { return };
            let kind = match stored.session.id {
                Some(_) => ConnectKind::Reconnect,
                None => ConnectKind::Connect,
            };
            let (cmdlet, shown) = (self.run.cmdlet, stored.session.shown());
            // PowerShell forgets the session even if it is not removed, and reports so.
            match self.run.acquire(&computer, stored.clone(), kind).await {
                Ok((mut driver, _)) => {
                    if let Err(failure) = driver.remove().await {
                        self.run.error(cmdlet.delete_failed(&shown, &failure));
                    }
                }
                Err(NotAcquired::Gone(_)) => {}
                Err(NotAcquired::HeldByOther(_)) => return self.run.error(cmdlet.not_available(&shown)),
                Err(NotAcquired::Failed { failure, .. }) => {
                    self.run.error(cmdlet.remove_failed(&shown, &failure));
                }
                Err(NotAcquired::Withdrawn) => return,
                Err(NotAcquired::Store(error)) => return self.run.store_failed(&error),
            }
        }
        let forgotten = self.run.repository.update(stored.key(), Durability::PowerCut, policy::forget).await;
        if let Err(error) = forgotten {
            self.run.store_failed(&error);
        }
    }
}
