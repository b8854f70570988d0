//! Remove-PSSession on one computer: what has been there for so long.

use super::query::Query;
use super::target::Target;
use crate::session::ConnectKind;
use std::time::Duration;

impl Query<'_> {
    /// Ends the sessions that are older than that, one after the other.
    pub(super) async fn remove(&self, target: &Target, older_than: Duration) {
        let Some((computer, candidates)) = self.sessions(target).await else { return };
        for candidate in candidates {
            let Some(age) = candidate.age.filter(|age| *age >= older_than) else { continue };
            if !self.run.goes_on().await {
                return;
            }
            let mut stored = self.stored(&computer, target, &candidate);
            if !self.run.should_process("Remove", &stored.session.with_age(age)).await {
                continue;
            }
            let known = self.known(&computer, &candidate).await;
            let kind = match known {
                Ok(Some(known)) => {
                    stored = known;
                    ConnectKind::Reconnect
                }
                Ok(None) => ConnectKind::Connect,
                Err(error) => return self.run.store_failed(&error),
            };
            self.run.remove(&computer, stored, kind).await;
        }
    }
}
