//! Remove-PSSession for one known session.

use super::{Members, name};
use crate::cmdlet::attempt::{client_session, shell};
use crate::engine::{self, Computer, Failure, Standing};
use crate::record::RunspaceState;
use crate::store::{Durability, StoredSession, policy};
use crate::wsman::shell::Delete;
use crate::wsman::{FaultCode, MaxEnvelopeSize, SessionId};

/// Why a session could not be ended on its server.
enum NotRemoved {
    /// Another client holds it.
    Held,
    Failed(Failure),
}

impl Members<'_> {
    /// Ends a session on its server, with everything that runs in it, and forgets it.
    pub(super) async fn remove(&self, stored: StoredSession) {
        if !self.run.should_process("Remove", &stored.session.computer_name) {
            return;
        }
        let is_over = matches!(stored.session.state, RunspaceState::Broken | RunspaceState::Closed);
        if !is_over {
            let Some(computer) = self.computer(&stored).await else { return };
            match self.end(&computer, &stored).await {
                Ok(()) => {}
                Err(NotRemoved::Held) => {
                    return self.run.error(&self.run.cmdlet.not_available(&name(&stored)));
                }
                // PowerShell forgets it all the same, and says so.
                Err(NotRemoved::Failed(failure)) => {
                    self.run.error(&self.run.cmdlet.remove_failed(&name(&stored), &failure));
                }
            }
        }
        if stored.session.id.is_none() {
            return;
        }
        let instance_id = stored.session.instance_id;
        let forgotten = self.run.repository.update(instance_id, Durability::PowerCut, policy::forget).await;
        if let Err(error) = forgotten {
            self.run.store_failed(&error);
        }
    }

    /// The session is taken up or connected to first, also where it should be open: a service lets its user end a
    /// session that another of the user's clients has taken and works in.
    async fn end(&self, computer: &Computer, stored: &StoredSession) -> Result<(), NotRemoved> {
        let mut session = client_session(stored);
        if stored.session.id.is_some() {
            match engine::take_up(computer, stored.session_id, &session).await {
                Ok(()) => {
                    return delete(computer, stored.session_id, stored).await.map_err(NotRemoved::Failed);
                }
                Err(failure) if is_gone(&failure) => return Ok(()),
                Err(Failure::Fault(_)) => {}
                Err(failure) => return Err(NotRemoved::Failed(failure)),
            }
        }
        let client = self.run.session_id;
        match engine::standing(computer, client, shell(stored).shell_id).await.map_err(NotRemoved::Failed)? {
            Standing::Gone => return Ok(()),
            Standing::Held => return Err(NotRemoved::Held),
            Standing::Free => {}
        }
        engine::connect(computer, client, &mut session).await.map_err(NotRemoved::Failed)?;
        delete(computer, client, stored).await.map_err(NotRemoved::Failed)
    }
}

/// Deletes the shell; one that is not there any more is as good.
async fn delete(computer: &Computer, client: SessionId, stored: &StoredSession) -> Result<(), Failure> {
    match computer.ask(client, &Delete { shell: shell(stored) }, MaxEnvelopeSize::SAFE).await {
        Err(failure) if is_gone(&failure) => Ok(()),
        outcome => outcome,
    }
}

fn is_gone(failure: &Failure) -> bool {
    failure.is_fault(FaultCode::INVALID_SELECTORS)
}
