//! The request to end early, seen by everything that waits.

use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Set once, by Ctrl-C or by a host that wants no more; seen by all clones.
#[derive(Clone)]
pub struct Interrupt(Arc<watch::Sender<bool>>);

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt(Arc::new(watch::Sender::new(false)))
    }
}

impl Interrupt {
    /// Interrupts what runs under any clone; this cannot be undone.
    pub fn set(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was set.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// The work's result, or `None` when it was given up because of the interrupt. For work that may be dropped.
    pub async fn unless_set<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.unless_set_before(&AtomicBool::new(false), work).await
    }

    /// As [`Interrupt::unless_set`], for work that must not be dropped once it has begun.
    pub(crate) async fn unless_set_before<T>(
        &self,
        begun: &AtomicBool,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut receiver = self.0.subscribe();
        let set = async { receiver.wait_for(|set| *set).await.is_ok() };
        match select(pin!(set), pin!(work)).await {
            Either::Left((_, work)) if begun.load(Ordering::Relaxed) => Some(work.await),
            Either::Left(_) => None,
            Either::Right((result, _)) => Some(result),
        }
    }
}
