//! Disconnect-PSSession for one known session.

use super::{Members, name};
use crate::cmdlet::attempt::{client_session, disconnected, shell};
use crate::cmdlet::disconnect::Request;
use crate::engine::{self, Computer, Failure};
use crate::record::RunspaceState;
use crate::session_option::OutputBufferingMode;
use crate::store::StoredSession;
use crate::wsman::enumerate::BufferMode;
use crate::wsman::shell::{Disconnect, Get};
use crate::wsman::{FaultCode, MaxEnvelopeSize};
use jiff::Timestamp;
use std::time::Duration;

/// The shortest idle time-out there is.
const SHORTEST: Duration = Duration::from_secs(60);
/// The longest a server can be told; seconds beyond it are taken for it.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl Members<'_> {
    /// Lets go of a session; one that is disconnected already stays as it is, which costs no request.
    pub(super) async fn disconnect(&self, request: &Request, stored: StoredSession) {
        if !self.run.should_process("Disconnect", &name(&stored)) {
            return;
        }
        match stored.session.state {
            RunspaceState::Opened => {}
            RunspaceState::Disconnected => return self.run.session(&stored.session),
            RunspaceState::Broken | RunspaceState::Closed => {
                return self.run.error(&self.run.cmdlet.not_opened(&name(&stored)));
            }
        }
        let idle_timeout = request.idle_timeout.map(|timeout| timeout.min(LONGEST));
        if idle_timeout.is_some_and(|timeout| !is_allowed(timeout, stored.max_idle_timeout)) {
            return self.out_of_bounds(request, &stored, stored.max_idle_timeout);
        }
        let Some(computer) = self.computer(&stored).await else { return };
        match let_go(&computer, request, idle_timeout, &stored).await {
            Ok(()) => self.is_disconnected(request, idle_timeout, stored).await,
            Err(failure) if failure.is_fault(FaultCode::IDLE_TIMEOUT_OUT_OF_BOUNDS) => {
                let get = Get::shell(shell(&stored).shell_id);
                let asked = computer.ask(stored.session_id, &get, MaxEnvelopeSize::SAFE).await;
                let longest = asked.ok().and_then(|shell| shell.max_idle_timeout);
                self.out_of_bounds(request, &stored, longest);
            }
            Err(failure) => {
                self.run.error(&self.run.cmdlet.disconnect_failed(stored.session.instance_id, &failure));
                if failure.is_fault(FaultCode::INVALID_SELECTORS) {
                    self.remember_gone(stored).await;
                } else if failure.is_fault(FaultCode::SESSION_ID_MISMATCH)
                    || failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT)
                {
                    self.remember(stored.clone(), disconnected(stored)).await;
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
        let mut stored = disconnected(known.clone());
        let session = &mut stored.session;
        session.idle_timeout = idle_timeout.or(session.idle_timeout);
        if let Some(mode) = request.output_buffering_mode {
            if mode != OutputBufferingMode::None {
                session.output_buffering_mode = Some(mode);
            }
            // What the next connect would ask for.
            stored.session_option.output_buffering_mode = mode;
        }
        let now = Timestamp::now();
        session.disconnected_on = Some(now);
        session.expires_on = session.idle_timeout.and_then(|timeout| now.checked_add(timeout).ok());
        let session = session.clone();
        self.remember(known, stored).await;
        self.run.session(&session);
    }

    fn out_of_bounds(&self, request: &Request, stored: &StoredSession, longest: Option<Duration>) {
        let given = request.idle_timeout.unwrap_or_default();
        let error =
            self.run.cmdlet.bad_idle_timeout(&name(stored), given, longest.unwrap_or(LONGEST), SHORTEST);
        self.run.error(&error);
    }
}

fn is_allowed(timeout: Duration, longest: Option<Duration>) -> bool {
    timeout >= SHORTEST && longest.is_none_or(|longest| timeout <= longest)
}

/// Disconnects. A server that has let go by itself meanwhile, as it does after a minute without requests, is done, but
/// for what it is to be told at that: then the session is taken up once more.
async fn let_go(
    computer: &Computer,
    request: &Request,
    idle_timeout: Option<Duration>,
    stored: &StoredSession,
) -> Result<(), Failure> {
    let buffer_mode = request.output_buffering_mode.and_then(|mode| match mode {
        OutputBufferingMode::None => None,
        OutputBufferingMode::Drop => Some(BufferMode::Drop),
        OutputBufferingMode::Block => Some(BufferMode::Block),
    });
    let disconnect = Disconnect { shell: shell(stored), idle_timeout, buffer_mode };
    let client = stored.session_id;
    let failure = match computer.ask(client, &disconnect, MaxEnvelopeSize::SAFE).await {
        Ok(()) => return Ok(()),
        Err(failure) => failure,
    };
    if failure.is_fault(FaultCode::DISCONNECT_NOT_GRACEFUL) {
        return Ok(());
    }
    if !failure.is_fault(FaultCode::ALREADY_DISCONNECTED) && !failure.is_fault(FaultCode::SHELL_DISCONNECTED)
    {
        return Err(failure);
    }
    if idle_timeout.is_none() && buffer_mode.is_none() {
        return Ok(());
    }
    engine::take_up(computer, client, &client_session(stored)).await?;
    computer.ask(client, &disconnect, MaxEnvelopeSize::SAFE).await
}
