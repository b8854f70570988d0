//! Get-PSSession on one computer.

use super::candidate::Candidate;
use super::query::Query;
use super::target::Target;
use crate::cmdlet::error_context::ErrorContext;
use crate::cmdlet::get::SessionFilterState;
use crate::engine::Computer;
use crate::record::CommandState;
use crate::record::{PSSession, RunspaceAvailability, RunspaceState};
use crate::store::{Durability, StoredSession, policy};
use crate::wsman::enumerate::Enumerate;
use futures_util::{StreamExt, stream};
use std::pin::pin;
use std::time::SystemTime;

impl Query<'_> {
    /// Lists the selected sessions of a computer.
    pub(super) async fn list(&self, target: &Target, state: SessionFilterState, is_long: bool) {
        let Some((computer, candidates)) = self.sessions(target).await else { return };
        let asks_for_commands = is_long && self.targets.len() == 1;
        let chosen = stream::iter(self.wanted.pick(candidates, |index| self.found(index)));
        let described = chosen.map(|candidate| async {
            let command = match asks_for_commands {
                true => self.command_state(&computer, target, &candidate).await,
                false => None,
            };
            (candidate, command)
        });
        let mut described = pin!(described.buffered(self.throttle_limit));
        while let Some((candidate, command)) = described.next().await {
            if self.run.interrupt.is_set() {
                return;
            }
            let seen = PSSession { command, ..candidate.session(&target.shown, &computer.url()) };
            let key = self.key(&computer, &candidate);
            let known = self.run.repository.with(move |store| store.by_key(&key)).await;
            let session = match known {
                Ok(Some(known)) => self.as_known(known, seen).await,
                Ok(None) => seen,
                Err(error) => return self.run.store_failed(&error),
            };
            if state.allows(&session) {
                if is_long {
                    self.run.warn_of_expiry(&session);
                }
                self.run.session(session);
            }
        }
    }

    /// What runs in a session; `None` where its server does not say.
    async fn command_state(
        &self,
        computer: &Computer,
        target: &Target,
        candidate: &Candidate,
    ) -> Option<CommandState> {
        let enumerate = Enumerate::commands(candidate.shell.shell_id.clone());
        let commands = match computer.enumerate(computer.client(), enumerate).await {
            Ok(commands) => commands.items,
            Err(failure) => {
                let shown = candidate.session(&target.shown, &computer.url()).shown();
                let message = ErrorContext::of(&failure).message;
                let text = format!("It is not known whether a command runs in session {shown}: {message}");
                self.run.warning(text);
                return None;
            }
        };
        Some(match commands.iter().all(|command| command.is_done) {
            _ if commands.is_empty() => CommandState::None,
            true => CommandState::Done,
            false => CommandState::Running,
        })
    }

    /// A session that is known here: under its Id, and as open if it is this user's programs that hold it. What was
    /// seen is remembered.
    async fn as_known(&self, known: StoredSession, seen: PSSession) -> PSSession {
        // The server says that a client holds it, and not which. Within a minute of the last request that is this one;
        // after that it may be another.
        let last_known = known.session.clone().after_silence_until(SystemTime::now());
        let was_open = last_known.state == RunspaceState::Opened;
        let is_ours = was_open && seen.availability == RunspaceAvailability::Busy;
        let (state, availability) = match is_ours {
            true => (known.session.state, known.session.availability),
            false => (seen.state, seen.availability),
        };
        let private_data = known.session.application_private_data.clone();
        let session = PSSession {
            id: known.session.id,
            state,
            availability,
            application_private_data: private_data,
            ..seen
        };
        if (state, availability) != (known.session.state, known.session.availability) {
            let seen = StoredSession { session: session.clone(), ..known.clone() };
            let (key, amend) = (known.key(), policy::amend(known, seen));
            if let Err(error) = self.run.repository.update(key, Durability::PowerCut, amend).await {
                self.run.verbose(format!("The listed sessions could not be recorded: {error}."));
            }
        }
        session
    }
}
