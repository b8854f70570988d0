//! Disconnect-PSSession for one known session.

use super::sessions::KnownSessions;
use crate::cmdlet::disconnect::Request;
use crate::cmdlet::option;
use crate::engine::{self, buffer_mode};
use crate::event::Awaited;
use crate::record::{RunspaceState, StoredSession};
use crate::session::DisconnectOptions;
use crate::session_option::OutputBufferingMode;
use crate::wsman::shell::Get;
use crate::wsman::{FaultCode, MaxEnvelopeSize};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The shortest idle time-out there is.
const SHORTEST: Duration = Duration::from_secs(60);
/// The longest that can be asked for; more is taken for it.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl KnownSessions<'_> {
    /// Lets go of a session; one that is disconnected already stays as it is, which costs no request.
    pub(super) async fn disconnect(&self, request: &Request, stored: StoredSession) {
        if !self.run.should_process("Disconnect", &stored.session.shown()).await {
            return;
        }
        match stored.session.state {
            RunspaceState::Opened => {}
            RunspaceState::Disconnected => return self.run.session(stored.session),
            RunspaceState::Broken | RunspaceState::Closed => {
                let error = self.run.cmdlet.not_opened(&stored.session.shown());
                return self.run.error(error.with_forgetting(stored.session.id));
            }
        }
        let idle_timeout = request.idle_timeout.map(|timeout| timeout.min(LONGEST));
        if idle_timeout.is_some_and(|timeout| !is_allowed(timeout, stored.max_idle_timeout)) {
            return self.out_of_bounds(request, &stored, stored.max_idle_timeout);
        }
        let Some(computer) = self.computer(&stored).await else { return };
        let options = DisconnectOptions {
            idle_timeout,
            buffer_mode: request.output_buffering_mode.and_then(buffer_mode),
        };
        let reconnect_for = self.run.settings.policy.reconnect_for;
        let session_options = option::session_options(&stored.access.session_option, reconnect_for);
        let interrupt = self.run.interrupt;
        let session = &stored.session;
        let waiting = self.run.waiting(&session.computer_name, Awaited::Disconnection(session.shown()));
        let disconnected = engine::disconnect(&computer, &stored, session_options, options, interrupt).await;
        drop(waiting);
        let Some(disconnected) = disconnected else { return };
        match disconnected {
            Ok(()) => self.is_disconnected(request, idle_timeout, stored).await,
            Err(failure) if failure.is_fault(FaultCode::IDLE_TIMEOUT_OUT_OF_BOUNDS) => {
                let get = Arc::new(Get::shell(stored.shell_id.clone()));
                let asked = computer.ask(stored.session_id, &get, MaxEnvelopeSize::SAFE).await;
                let longest = asked.ok().and_then(|shell| shell.max_idle_timeout);
                self.out_of_bounds(request, &stored, longest);
            }
            Err(failure) => {
                let error = self.run.cmdlet.disconnect_failed(stored.session.instance_id, &failure);
                if failure.is_fault(FaultCode::INVALID_SELECTORS) {
                    self.run.error(error.with_forgetting(stored.session.id));
                    return self.remember_gone(stored).await;
                }
                self.run.error(error);
                if failure.is_fault(FaultCode::SESSION_ID_MISMATCH)
                    || failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT)
                {
                    self.remember(stored.clone(), stored.disconnected()).await;
                }
            }
        }
    }

    async fn is_disconnected(
        &self,
        request: &Request,
        idle_timeout: Option<Duration>,
        stored: StoredSession,
    ) {
        let known = stored;
        let mut stored = known.clone();
        let session = &mut stored.session;
        session.idle_timeout = idle_timeout.or(session.idle_timeout);
        if let Some(mode) = request.output_buffering_mode {
            if mode != OutputBufferingMode::None {
                session.output_buffering_mode = Some(mode);
            }
            // What the next connect would ask for.
            stored.access.session_option.output_buffering_mode = mode;
        }
        let stored = stored.disconnected_at(SystemTime::now());
        let session = stored.session.clone();
        self.remember(known, stored).await;
        self.run.session(session);
    }

    fn out_of_bounds(&self, request: &Request, stored: &StoredSession, longest: Option<Duration>) {
        let given = request.idle_timeout.unwrap_or_default();
        let error = self.run.cmdlet.bad_idle_timeout(
            &stored.session.shown(),
            given,
            longest.unwrap_or(LONGEST),
            SHORTEST,
        );
        self.run.error(error);
    }
}

fn is_allowed(timeout: Duration, longest: Option<Duration>) -> bool {
    timeout >= SHORTEST && longest.is_none_or(|longest| timeout <= longest)
}
