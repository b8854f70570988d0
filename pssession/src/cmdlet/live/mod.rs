//! What is done with a session that is ours: it is shown, a command is run in it, or its commands are received.

mod input;
mod invoke;
mod read;
mod receive;

use super::invoke::Request as Invoke;
use super::receive::Request as Receive;
use super::request::Request;
use super::run::Run;
use crate::engine::{Driver, LiveSession};
use crate::record::StoredSession;
pub(super) use input::Input;

/// What a run does with each session that it acquires.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<'a> {
    /// It is connected, which is all.
    Show,
    Invoke(&'a Invoke),
    Receive(&'a Receive),
}

impl<'a> Then<'a> {
    pub(super) fn of(request: &'a Request) -> Then<'a> {
        match request {
            Request::Invoke(request) => Then::Invoke(request),
            Request::Receive(request) => Then::Receive(request),
            Request::Connect(_)
            | Request::Get(_)
            | Request::Disconnect(_)
            | Request::Remove(_)
            | Request::New(_) => Then::Show,
        }
    }
}

impl Run<'_> {
    /// Whether a session is wanted for nothing but to be connected.
    pub(super) fn only_shows(&self) -> bool {
        matches!(self.then, Then::Show)
    }

    /// Whether to connect to a session, for what the cmdlet then does with it.
    pub(super) async fn should_acquire(&self, shown: &str) -> bool {
        match self.then {
            Then::Show => self.should_process("Connect", shown).await,
            Then::Receive(_) => self.should_process("Receive", shown).await,
            // It has neither -WhatIf nor -Confirm.
            Then::Invoke(_) => true,
        }
    }

    /// Goes on with a session that was acquired.
    pub(super) async fn acquired(&self, driver: Driver, stored: StoredSession) {
        let live = |stored| LiveSession::spawn(driver, self.repository.clone(), stored);
        match self.then {
            Then::Show => self.session(stored.session),
            Then::Invoke(request) => {
                self.invoke(request, &live(stored)).await;
            }
            Then::Receive(request) => self.receive(request, &live(stored)).await,
        }
    }
}
