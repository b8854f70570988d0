//! What is done with a session that is ours: it is shown, a command is run in it, or its commands are received.

mod completion;
mod enter;
mod interrupts;
mod invoke;
mod line;
mod read;
mod receive;

use super::run::Run;
use super::then::Then;
use crate::engine::{Driver, LiveSession};
use crate::error::Cmdlet;
use crate::event::{Awaited, Event};
use crate::record::StoredSession;

impl Run<'_> {
    /// Whether nothing is wanted of a session that is connected already.
    pub(super) fn only_connects(&self) -> bool {
        self.cmdlet == Cmdlet::ConnectPSSession
    }

    /// Whether to connect to a session, for what the cmdlet then does with it.
    pub(super) async fn should_acquire(&self, shown: &str) -> bool {
        match self.then {
            Then::Show => self.should_process("Connect", shown).await,
            Then::Receive(_) => self.should_process("Receive", shown).await,
            // They have neither -WhatIf nor -Confirm.
            Then::Invoke(_) | Then::Enter => true,
        }
    }

    /// Reports that a command is not run or received on a computer, for a reason that has its own error.
    pub(super) fn not_reached(&self, computer_name: &str) {
        if let Then::Invoke(_) | Then::Receive(_) = self.then {
            self.yield_event(Event::Unreachable { computer_name: computer_name.to_owned() });
        }
    }

    /// Goes on with a session that was acquired.
    pub(super) async fn acquired(&self, driver: Driver, stored: StoredSession) {
        match self.then {
            Then::Show => self.session(stored.session),
            Then::Invoke(_) | Then::Receive(_) | Then::Enter => {
                let live = LiveSession::spawn(driver, self.repository.clone(), stored);
                // Boxed, since all that can be done with a session makes a large future.
                if !Box::pin(self.go_on(&live)).await {
                    let _waiting = self.waiting(&live.session().computer_name, Awaited::Release);
                    live.settled().await;
                }
            }
        }
    }

    /// Does in a session what it was acquired for; returns whether the session is left, with what runs in it.
    pub(super) async fn go_on(&self, live: &LiveSession) -> bool {
        match self.then {
            Then::Show => false,
            Then::Invoke(request) => self.invoke(request, live).await,
            Then::Receive(request) => self.receive(request, live).await,
            Then::Enter => self.enter(live).await,
        }
    }
}
