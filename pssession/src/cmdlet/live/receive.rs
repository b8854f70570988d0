//! Receive-PSSession: what the commands of a session have sent and send.

use super::read::Read;
use crate::cmdlet::receive::Request;
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LiveSession};

impl Run<'_> {
    /// Receives the commands of a session, one after the other. One that runs no command sends nothing.
    pub(super) async fn receive(&self, request: &Request, live: &LiveSession) {
        if let Err(failure) = self.receive_each(request, live).await {
            self.error(self.cmdlet.receive_failed(live.session(), &failure));
            self.report_loss(live, &failure);
        }
    }

    async fn receive_each(&self, request: &Request, live: &LiveSession) -> Result<(), Failure> {
        for command_id in live.commands().await? {
            let mut pipeline = live.attach(command_id, self.settings.host.clone()).await?;
            let read = match request.no_wait {
                false => self.read(live, &mut pipeline, request.on_interrupt).await?,
                true => self.read_what_is_there(live, &mut pipeline).await?,
            };
            if read == Read::Left || self.interrupt.is_set() {
                break;
            }
        }
        Ok(())
    }
}
