//! One run of a cmdlet: what all that happens in it shares.

use super::input::Input;
use super::option;
use super::request::{Consent, Request};
use super::settings::{Objects, Settings};
use super::then::Then;
use crate::duration::span;
use crate::engine::{self, Claim, Computer, Driver, Interrupt, NotAcquired, Repository};
use crate::error::{Cmdlet, ErrorRecord, Hint};
use crate::event::{Answer, Awaited, Event, Wait, Waiting};
use crate::record::{PSSession, StoredSession};
use crate::session::ConnectKind;
use crate::store::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// A cmdlet at work.
pub(super) struct Run<'a> {
    pub cmdlet: Cmdlet,
    pub repository: Arc<Repository>,
    /// What is done with the sessions that it acquires.
    pub then: Then<'a>,
    /// What its commands are given.
    pub input: Option<Input>,
    pub settings: &'a Settings,
    pub interrupt: &'a Interrupt,
    /// Whether there was a warning that a server is not authenticated.
    pub warned: AtomicBool,
    consent: Consent,
    events: UnboundedSender<Event>,
    /// Whether anything was reported since the last barrier that may be a reason to stop.
    is_unseen: AtomicBool,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        request: &'a Request,
        settings: &'a Settings,
        input: Option<Objects>,
        interrupt: &'a Interrupt,
        events: UnboundedSender<Event>,
    ) -> Run<'a> {
        let directory = settings.store.clone();
        Run {
            cmdlet: request.cmdlet(),
            consent: request.consent(),
            repository: Arc::new(match request.only_reads() {
                true => Repository::open_for_reading(directory),
                false => Repository::open(directory),
            }),
            then: Then::of(request),
            input: match request {
                Request::Invoke(invoke) => input.map(|objects| Input::new(objects, &invoke.place)),
                _ => None,
            },
            settings,
            interrupt,
            warned: AtomicBool::new(false),
            events,
            is_unseen: AtomicBool::new(false),
        }
    }

    /// Acquires a session; returns it as it is recorded then.
    pub(super) async fn acquire(
        &self,
        computer: &Computer,
        stored: StoredSession,
        kind: ConnectKind,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        self.acquire_claimed(computer, Claim::new(&self.repository, stored).await?, kind).await
    }

    /// Acquires a session that is claimed already.
    pub(super) async fn acquire_claimed(
        &self,
        computer: &Computer,
        claim: Claim,
        kind: ConnectKind,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        let options = option::session_options(
            &claim.session().access.session_option,
            self.settings.policy.reconnect_for,
        );
        let session = &claim.session().session;
        let _waiting = self.waiting(&session.computer_name, Awaited::Connection(session.shown()));
        let acquired =
            engine::acquire(&self.repository, computer, claim, options, kind, self.interrupt).await;
        self.report_redirections(computer);
        acquired
    }

    pub(super) fn session(&self, session: PSSession) {
        self.yield_event(Event::Session(session));
    }

    pub(super) fn error(&self, error: ErrorRecord) {
        self.yield_event(Event::Error(error));
    }

    pub(super) fn warning(&self, text: impl Into<String>) {
        self.yield_event(Event::Warning(text.into()));
    }

    pub(super) fn verbose(&self, text: String) {
        self.yield_event(Event::Verbose(text));
    }

    /// Reports that a server is awaited, for as long as the result lives.
    pub(super) fn waiting(&self, computer_name: &str, awaited: Awaited) -> Waiting {
        let (wait, waiting) = Wait::begin(computer_name, awaited);
        self.yield_event(Event::Waiting(wait));
        waiting
    }

    /// Warns of a session that ends soon: within a quarter of the time that it may be without a client.
    pub(super) fn warn_of_expiry(&self, session: &PSSession) {
        let left = session.expires_in(SystemTime::now());
        if let (Some(left), Some(most)) = (left, session.idle_timeout)
            && left < most / 4
        {
            let (shown, computer) = (session.shown(), &session.computer_name);
            let time = span(left);
            self.warning(format!(
                "Session {shown} on {computer} expires in {time} unless a client connects to it."
            ));
        }
    }

    /// PowerShell's warning for each address that a computer has redirected its client to since.
    pub(super) fn report_redirections(&self, computer: &Computer) {
        for url in computer.take_redirections() {
            self.warning(format!("Your connection has been redirected to the following URI: \"{url}\""));
        }
    }

    /// Reports that the store cannot be used. All sessions share it, so one error is enough.
    pub(super) fn store_failed(&self, error: &StoreError) {
        if !self.interrupt.is_set() {
            self.error(self.cmdlet.store_failed(error));
            self.interrupt.set();
        }
    }

    /// Whether something new may begin: not after an interrupt, which may be the answer to what was reported so far.
    pub(super) async fn goes_on(&self) -> bool {
        if !self.interrupt.is_set() && self.is_unseen.swap(false, Ordering::Relaxed) {
            self.ask(Event::Barrier).await;
        }
        !self.interrupt.is_set()
    }

    /// Whether the answer to [`Run::should_process`] is certain.
    pub(super) fn needs_no_consent(&self) -> bool {
        self.consent == Consent::default()
    }

    /// PowerShell's ShouldProcess: whether to do it.
    pub(super) async fn should_process(&self, operation: &str, target: &str) -> bool {
        let action = format!("Performing the operation \"{operation}\" on target \"{target}\".");
        if self.consent.what_if {
            self.yield_event(Event::WhatIf(action));
            return false;
        }
        self.verbose(action.clone());
        if !self.consent.confirm {
            return true;
        }
        match self.ask(|answer| Event::Confirm { action, answer }).await {
            Some(Ok(confirmed)) => confirmed,
            Some(Err(error)) => {
                let text = format!("The action cannot be confirmed: {error}.");
                let hint = Some(Hint::ConfirmNeedsTerminal);
                self.error(self.cmdlet.own(text, "ConfirmationUnavailable", hint));
                self.interrupt.set();
                false
            }
            None => false,
        }
    }

    /// The answer to a question; `None` if the run ends instead.
    pub(super) async fn ask<T>(&self, question: impl FnOnce(Answer<T>) -> Event) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.yield_event(question(answer));
        let answered = answered.await.ok();
        if answered.is_none() {
            self.interrupt.set();
        }
        answered
    }

    /// If events are no longer received, the run ends.
    pub(super) fn yield_event(&self, event: Event) {
        if let Event::Session(_) | Event::Error(_) | Event::Warning(_) | Event::WhatIf(_) = event {
            self.is_unseen.store(true, Ordering::Relaxed);
        }
        if self.events.send(event).is_err() {
            self.interrupt.set();
        }
    }
}
