//! Connect-PSSession for one known session.

use super::sessions::KnownSessions;
use crate::engine::NotAcquired;
use crate::record::{RunspaceAvailability, RunspaceState, StoredSession};
use crate::session::ConnectKind;

impl KnownSessions<'_> {
    /// Connects to a session. What was last seen of it is not trusted: its server is asked, with one request if this
    /// user's programs still hold it, or held it last.
    pub(super) async fn connect(&self, stored: StoredSession) {
        let (cmdlet, shown) = (self.run.cmdlet, stored.session.shown());
        if !self.run.should_acquire(&shown).await {
            return;
        }
        if let RunspaceState::Broken | RunspaceState::Closed = stored.session.state {
            self.run.not_reached(&stored.session.computer_name);
            return self.run.error(cmdlet.not_disconnected(&shown).with_forgetting(stored.session.id));
        }
        let Some(computer) = self.computer(&stored).await else {
            return self.run.not_reached(&stored.session.computer_name);
        };
        let acquired = self.run.acquire(&computer, stored.clone(), ConnectKind::Reconnect).await;
        let not_acquired = match acquired {
            Ok((driver, connected)) => return self.run.acquired(driver, connected).await,
            Err(not_acquired) => not_acquired,
        };
        let session = &stored.session;
        self.run.not_reached(&session.computer_name);
        // One that was recorded as open is not any more, since it was not acquired.
        let known = stored.clone().disconnected();
        match not_acquired {
            NotAcquired::HeldByOther(_) => {
                self.run.error(cmdlet.not_available(&shown));
                let mut held = known.clone();
                held.session.availability = RunspaceAvailability::Busy;
                self.remember(known, held).await;
            }
            NotAcquired::Gone(_) => {
                let error = cmdlet.no_longer_exists(&shown, &session.computer_name);
                self.run.error(error.with_forgetting(session.id));
                self.remember_gone(known).await;
            }
            NotAcquired::Failed { failure, by_reconnect: true, .. } => {
                self.run.error(cmdlet.reconnect_failed(&shown, &session.computer_name, &failure));
            }
            NotAcquired::Failed { failure, by_reconnect: false, .. } => {
                let (computer, configuration) = (&session.computer_name, &session.configuration_name);
                self.run.error(cmdlet.connect_failed(&shown, computer, configuration, &failure));
            }
            NotAcquired::Withdrawn => {}
            NotAcquired::Store(error) => self.run.store_failed(&error),
        }
    }
}
