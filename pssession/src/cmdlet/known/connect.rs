//! Connect-PSSession for one known session.

use super::{Members, name};
use crate::cmdlet::attempt::{Way, disconnected, shell};
use crate::engine::{Computer, Failure, Standing, standing};
use crate::record::{RunspaceAvailability, RunspaceState};
use crate::store::StoredSession;
use crate::wsman::FaultCode;

impl Members<'_> {
    /// Connects to a session, unless it is connected already, which costs no request.
    pub(super) async fn connect(&self, stored: StoredSession) {
        if !self.run.should_process("Connect", &name(&stored)) {
            return;
        }
        match stored.session.state {
            RunspaceState::Opened => return self.run.session(&stored.session),
            RunspaceState::Disconnected => {}
            RunspaceState::Broken | RunspaceState::Closed => {
                return self.run.error(&self.run.cmdlet.not_disconnected(&name(&stored)));
            }
        }
        let Some(computer) = self.computer(&stored).await else { return };
        if stored.session.id.is_none() {
            return self.connect_anew(&computer, stored).await;
        }
        match self.run.attempt(&computer, stored.clone(), Way::Reconnect).await {
            None => {}
            Some(failure) if failure.is_fault(FaultCode::INVALID_SELECTORS) => self.is_gone(stored).await,
            // Another client had it since, or has it now.
            Some(Failure::Fault(_)) => self.connect_again(&computer, stored).await,
            Some(failure) => self.failed(&stored, Way::Reconnect, &failure),
        }
    }

    /// Looks how a session stands that is no longer this user's programs' to go on with, and connects if it is free
    /// (PowerShell does so as well).
    async fn connect_again(&self, computer: &Computer, stored: StoredSession) {
        self.run.verbose(&format!(
            "Asking {} about session {}.",
            stored.session.computer_name,
            name(&stored)
        ));
        match standing(computer, self.run.session_id, shell(&stored).shell_id).await {
            Ok(Standing::Free) => self.connect_anew(computer, stored).await,
            Ok(Standing::Held) => self.is_held(stored).await,
            Ok(Standing::Gone) => self.is_gone(stored).await,
            Err(failure) => self.failed(&stored, Way::Connect, &failure),
        }
    }

    /// Connects whoever it belonged to last.
    async fn connect_anew(&self, computer: &Computer, stored: StoredSession) {
        match self.run.attempt(computer, stored.clone(), Way::Connect).await {
            None => {}
            Some(failure) if failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT) => {
                self.is_held(stored).await;
            }
            // Another process of this user was faster.
            Some(failure) if failure.is_fault(FaultCode::ALREADY_CONNECTED) => {
                if let Some(failure) = self.run.attempt(computer, stored.clone(), Way::Reconnect).await {
                    self.failed(&stored, Way::Reconnect, &failure);
                }
            }
            Some(failure) if failure.is_fault(FaultCode::INVALID_SELECTORS) => self.is_gone(stored).await,
            Some(failure) => self.failed(&stored, Way::Connect, &failure),
        }
    }

    async fn is_held(&self, known: StoredSession) {
        self.run.error(&self.run.cmdlet.not_available(&name(&known)));
        let mut stored = disconnected(known.clone());
        stored.session.availability = RunspaceAvailability::Busy;
        self.remember(known, stored).await;
    }

    async fn is_gone(&self, stored: StoredSession) {
        self.run.error(&self.run.cmdlet.no_longer_exists(&name(&stored), &stored.session.computer_name));
        self.remember_gone(stored).await;
    }

    fn failed(&self, stored: &StoredSession, way: Way, failure: &Failure) {
        let session = &stored.session;
        let computer = &session.computer_name;
        self.run.error(&match way {
            Way::Connect => {
                self.run.cmdlet.connect_failed(&name(stored), computer, &session.configuration_name, failure)
            }
            Way::Reconnect => self.run.cmdlet.reconnect_failed(&name(stored), computer, failure),
        });
    }
}
