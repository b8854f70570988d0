//! The request to end early, seen by everything that waits.

use futures_util::future::{Either, select, select_all};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Set once, by Ctrl-C or by a host that wants no more; seen by all clones, and by its children.
#[derive(Clone)]
pub struct Interrupt {
    own: Arc<watch::Sender<bool>>,
    /// Those above it, each of which interrupts it too.
    above: Vec<Arc<watch::Sender<bool>>>,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt { own: Arc::new(watch::Sender::new(false)), above: Vec::new() }
    }
}

impl Interrupt {
    /// One for a part of the work: it is set with this one, and setting it leaves the rest of the work alone.
    pub fn child(&self) -> Interrupt {
        Interrupt { above: self.path().cloned().collect(), ..Interrupt::default() }
    }

    /// Interrupts what runs under any clone or child; it cannot be undone.
    pub fn set(&self) {
        self.own.send_replace(true);
    }

    /// Whether it was set, or one above it.
    pub fn is_set(&self) -> bool {
        self.path().any(|one| *one.borrow())
    }

    fn path(&self) -> impl Iterator<Item = &Arc<watch::Sender<bool>>> {
        [&self.own].into_iter().chain(&self.above)
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
        let mut receivers: Vec<_> = self.path().map(|one| one.subscribe()).collect();
        let set = select_all(
            receivers
                .iter_mut()
                .map(|receiver| Box::pin(async { receiver.wait_for(|set| *set).await.is_ok() })),
        );
        match select(set, pin!(work)).await {
            Either::Left((_, work)) if begun.load(Ordering::Relaxed) => Some(work.await),
            Either::Left(_) => None,
            Either::Right((result, _)) => Some(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_part_is_interrupted_with_the_whole_and_the_whole_not_with_a_part() {
        let run = Interrupt::default();
        let (session, other) = (run.child(), run.child());
        let pipeline = session.child();
        session.set();
        assert!(pipeline.is_set() && session.is_set() && !other.is_set() && !run.is_set());
        assert_eq!(pipeline.unless_set(pending::<()>()).await, None);
        assert_eq!(other.unless_set(async { 1 }).await, Some(1));
        let waiting = tokio::spawn(async move { other.unless_set(pending::<()>()).await });
        tokio::task::yield_now().await;
        run.set();
        assert_eq!(waiting.await.unwrap(), None);
    }
}
