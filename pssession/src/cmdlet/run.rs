//! One run of a cmdlet: what all that happens in it shares.

use super::option;
use super::{Cmdlet, Flow, Host, Request, Settings};
use crate::engine::{self, Computer, Driver, Interrupt, NotAcquired, Repository};
use crate::error::ErrorRecord;
use crate::record::{PSSession, StoredSession};
use crate::session::ConnectKind;
use crate::store::StoreError;
use crate::wsman::SessionId;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// A cmdlet at work.
pub(super) struct Run<'a> {
    pub cmdlet: Cmdlet,
    pub consent: Consent,
    /// This run, to servers: the client that holds the sessions that are connected to.
    pub session_id: SessionId,
    pub repository: Repository,
    pub settings: &'a Settings,
    pub interrupt: &'a Interrupt,
    /// Whether it has been said that a server is not authenticated.
    pub warned: AtomicBool,
    host: Mutex<&'a mut dyn Host>,
}

/// Whether the user wants things to be done at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Consent {
    /// -WhatIf; wins.
    pub what_if: bool,
    /// -Confirm
    pub confirm: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        request: &Request,
        settings: &'a Settings,
        interrupt: &'a Interrupt,
        host: &'a mut dyn Host,
    ) -> Run<'a> {
        let directory = settings.store.clone();
        Run {
            cmdlet: request.cmdlet(),
            consent: request.consent(),
            session_id: SessionId(Uuid::new_v4()),
            repository: match request.only_reads() {
                true => Repository::open_for_reading(directory),
                false => Repository::open(directory),
            },
            settings,
            interrupt,
            warned: AtomicBool::new(false),
            host: Mutex::new(host),
        }
    }

    /// Acquires a session; returns it as it is recorded then.
    pub(super) async fn acquire(
        &self,
        computer: &Computer,
        stored: StoredSession,
        kind: ConnectKind,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        let options = option::session_options(&stored.access.session_option);
        let acquired = engine::acquire(&self.repository, computer, stored, options, kind).await;
        self.tell_redirections(computer);
        acquired
    }

    pub(super) fn session(&self, session: &PSSession) {
        self.told(|host| host.session(session));
    }

    pub(super) fn error(&self, error: &ErrorRecord) {
        self.told(|host| host.error(error));
    }

    pub(super) fn warning(&self, text: &str) {
        self.told(|host| {
            host.warning(text);
            Flow::GoOn
        });
    }

    pub(super) fn verbose(&self, text: &str) {
        self.told(|host| {
            host.verbose(text);
            Flow::GoOn
        });
    }

    /// Somebody who was asked wants the run to end.
    pub(super) fn interrupted(&self) {
        self.told(|host| {
            host.interrupted();
            Flow::Stop
        });
    }

    /// PowerShell's warning for each address that a computer has sent its client to since.
    pub(super) fn tell_redirections(&self, computer: &Computer) {
        for url in computer.take_redirections() {
            self.warning(&format!("Your connection has been redirected to the following URI: \"{url}\""));
        }
    }

    /// Tells that the store cannot be used. It is one for all sessions: the first to find out speaks for the others.
    pub(super) fn store_failed(&self, error: &StoreError) {
        if !self.interrupt.is_set() {
            self.error(&self.cmdlet.store_failed(error));
            self.interrupt.set();
        }
    }

    fn told(&self, tell: impl FnOnce(&mut dyn Host) -> Flow) {
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if tell(&mut **host) == Flow::Stop {
            self.interrupt.set();
        }
    }

    /// PowerShell's ShouldProcess: whether to do it.
    pub(super) fn should_process(&self, operation: &str, target: &str) -> bool {
        let action = format!("Performing the operation \"{operation}\" on target \"{target}\".");
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if self.consent.what_if {
            host.what_if(&action);
            return false;
        }
        host.verbose(&action);
        if !self.consent.confirm {
            return true;
        }
        host.confirm(&action).unwrap_or_else(|error| {
            let text = format!("The action cannot be confirmed: {error}.");
            let hint = "-Confirm needs a terminal; without it nobody is asked";
            host.error(&self.cmdlet.own(text, "ConfirmationUnavailable", Some(hint.into())));
            self.interrupt.set();
            false
        })
    }
}
