//! Receive-PSSession: what the commands of a session have sent and send.

use super::interrupts::LeftAt;
use super::read::Read;
use crate::cmdlet::receive::Request;
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LiveSession};
use crate::event::Awaited;

impl Run<'_> {
    /// Receives the commands of a session, one after the other. One that runs no command sends nothing. Returns
    /// whether the session was left.
    pub(super) async fn receive(&self, request: &Request, live: &LiveSession) -> bool {
        match self.receive_each(request, live).await {
            Ok(is_left) => is_left,
            Err(failure) => {
                let error = self.cmdlet.receive_failed(live.session(), &failure);
                self.failed(live, &failure, error, LeftAt::Command).await
            }
        }
    }

    async fn receive_each(&self, request: &Request, live: &LiveSession) -> Result<bool, Failure> {
        let session = live.session();
        let waiting = self.waiting(&session.computer_name, Awaited::Commands(session.shown()));
        let commands = live.commands().await?;
        drop(waiting);
        for command_id in commands {
            let mut pipeline = live.attach(command_id, self.settings.host.clone()).await?;
            let read = match request.no_wait {
                false => {
                    let interrupts = self.running(&self.source(live), request.on_interrupt);
                    self.read(live, &mut pipeline, interrupts, |_| None).await?
                }
                true => self.read_what_is_there(live, &mut pipeline).await?,
            };
            if read == Read::Left || self.interrupt.is_set() {
                return Ok(read == Read::Left);
            }
        }
        Ok(false)
    }
}
