//! Who may use a connection now, and when there is to be another one.
//!
//! A slot is the right to use one connection: one that is idle, or a new one. There is a single slot at first, so that
//! the first login goes alone. When all slots are taken and no connection has come back for [`PATIENCE`], there are to be
//! as many more as let two come back in each such time: a server that answers at once is asked over few connections, a
//! distant one soon over many, and no request waits behind a long poll.

use super::error::Error;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

/// How long all connections may be busy before others are opened.
const PATIENCE: Duration = Duration::from_millis(10);

/// So long after a connection could not be made, no other is added.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// Connections that are lent by value, each to one user at a time. The user who has waited longest is next.
pub(super) struct Lending<T> {
    slots: Semaphore,
    state: Mutex<State<T>>,
    /// Why nothing is lent any more.
    closed: OnceLock<Error>,
}

struct State<T> {
    idle: Vec<T>,
    /// How many that were made before are lent.
    lent: usize,
    /// How many slots there are, and how many there may be.
    size: usize,
    most: usize,
    /// For how long a connection was lent at least; `None` until the first one has come back.
    fastest: Option<Duration>,
    /// When one came back last, or slots were added.
    changed: Instant,
    /// When one could not be made last.
    refused: Option<Instant>,
}

impl<T> Lending<T> {
    pub(super) fn new(most: usize) -> Lending<T> {
        let state = State {
            idle: Vec::new(),
            lent: 0,
            size: 1,
            most,
            fastest: None,
            changed: Instant::now(),
            refused: None,
        };
        Lending { slots: Semaphore::new(1), state: Mutex::new(state), closed: OnceLock::new() }
    }

    /// Waits for a slot.
    ///
    /// # Errors
    /// Why there are none any more.
    pub(super) async fn slot(&self) -> Result<Slot<'_, T>, Error> {
        let mut acquiring = pin!(self.slots.acquire());
        loop {
            match timeout(PATIENCE, &mut acquiring).await {
                Ok(Ok(permit)) => {
                    return Ok(Slot { lending: self, permit, since: Instant::now(), taken: OnceLock::new() });
                }
                Ok(Err(_)) => {
                    return Err(self.closed().expect("the reason is set before the slots are closed"));
                }
                Err(_) => self.grow(),
            }
        }
    }

    /// Why nothing is lent any more.
    pub(super) fn closed(&self) -> Option<Error> {
        self.closed.get().cloned()
    }

    /// Whether any connection ever came back.
    pub(super) fn is_accepted(&self) -> bool {
        self.state().fastest.is_some()
    }

    /// Adds an unused connection.
    pub(super) fn add(&self, connection: T) {
        self.state().idle.push(connection);
    }

    /// Drops the idle connections: what ended one of them may have ended all.
    pub(super) fn drop_idle(&self) {
        self.state().idle.clear();
    }

    fn grow(&self) {
        let mut state = self.state();
        let Some(fastest) = state.fastest else { return };
        let may_grow = state.refused.is_none_or(|at| at.elapsed() >= REFUSED_FOR);
        if may_grow && state.changed.elapsed() >= PATIENCE {
            // At least one, however fast the answers came: something is busy for longer.
            let wanted = (2 * fastest.as_micros()).div_ceil(PATIENCE.as_micros()).max(1);
            let more = usize::try_from(wanted).unwrap_or(usize::MAX).min(state.most - state.size);
            state.size += more;
            state.changed = Instant::now();
            self.slots.add_permits(more);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use one connection. When it is dropped, the next one may open a connection in place of the one that
/// did not come back.
pub(super) struct Slot<'a, T> {
    lending: &'a Lending<T>,
    permit: SemaphorePermit<'a>,
    since: Instant,
    taken: OnceLock<Taken<'a, T>>,
}

/// Counts a connection that is lent.
struct Taken<'a, T>(&'a Lending<T>);

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.0.state().lent -= 1;
    }
}

impl<T> Slot<'_, T> {
    /// An idle connection, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        let mut state = self.lending.state();
        let connection = state.idle.pop()?;
        state.lent += 1;
        drop(state);
        // A slot is the right to use one.
        let _ = self.taken.set(Taken(self.lending));
        Some(connection)
    }

    /// Gives back a connection whose login was accepted.
    pub(super) fn give_back(self, connection: T) {
        let mut state = self.lending.state();
        state.idle.push(connection);
        let lent = self.since.elapsed();
        state.fastest = Some(state.fastest.map_or(lent, |fastest| fastest.min(lent)));
        state.changed = Instant::now();
    }

    /// Does without a connection that cannot be made, if there are others.
    ///
    /// # Errors
    /// The error itself if this is the only one, or there are no others, and then nothing is lent any more.
    pub(super) fn give_up(mut self, error: Error) -> Result<(), Error> {
        self.taken = OnceLock::new();
        let mut state = self.lending.state();
        let has_others = state.lent > 0 || !state.idle.is_empty();
        if state.fastest.is_none() || state.size == 1 || !has_others {
            drop(state);
            return Err(self.close(error));
        }
        state.size -= 1;
        state.refused = Some(Instant::now());
        drop(state);
        self.permit.forget();
        Ok(())
    }

    /// Lends nothing any more; returns the error.
    pub(super) fn close(self, error: Error) -> Error {
        // Where two fail at once, the first reason is as good as the second.
        let _ = self.lending.closed.set(error.clone());
        self.lending.slots.close();
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;
    use tokio::time::sleep;

    fn run<T>(work: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    fn refused() -> Error {
        Error::Refused { host: "a".into(), port: 1 }
    }

    async fn is_made_to_wait<T>(lending: &Lending<T>) -> bool {
        timeout(10 * PATIENCE, lending.slot()).await.is_err()
    }

    #[test]
    fn the_first_goes_alone_until_it_comes_back() {
        run(async {
            let lending = Lending::new(8);
            let first = lending.slot().await.unwrap();
            assert_eq!(first.take(), None);
            assert!(is_made_to_wait(&lending).await);
            drop(first);
            let second = lending.slot().await.unwrap();
            assert!(is_made_to_wait(&lending).await);
            second.give_back('a');
            // One after the other, they share what there is.
            for _ in 0..3 {
                let slot = lending.slot().await.unwrap();
                assert_eq!(slot.take(), Some('a'));
                slot.give_back('a');
            }
        });
    }

    #[test]
    fn when_all_are_busy_there_are_others_up_to_the_bound() {
        run(async {
            let lending = Lending::new(3);
            lending.slot().await.unwrap().give_back('a');
            let taken =
                [lending.slot().await.unwrap(), lending.slot().await.unwrap(), lending.slot().await.unwrap()];
            assert_eq!(taken.each_ref().map(Slot::take), [Some('a'), None, None]);
            assert!(is_made_to_wait(&lending).await);
            let [first, ..] = taken;
            first.give_back('b');
            assert_eq!(lending.slot().await.unwrap().take(), Some('b'));
        });
    }

    #[test]
    fn an_answer_that_took_no_time_at_all_does_not_keep_others_waiting_for_ever() {
        run(async {
            let lending = Lending::new(8);
            lending.slot().await.unwrap().give_back('a');
            lending.state().fastest = Some(Duration::ZERO);
            let _busy = lending.slot().await.unwrap();
            assert!(!is_made_to_wait(&lending).await);
        });
    }

    #[test]
    fn the_slower_the_answers_the_more_are_added_at_once() {
        run(async {
            let lending = Lending::new(32);
            let first = lending.slot().await.unwrap();
            sleep(10 * PATIENCE).await;
            first.give_back('a');
            let _busy = [lending.slot().await.unwrap(), lending.slot().await.unwrap()];
            assert!(lending.state().size > 10);
        });
    }

    #[test]
    fn a_refusal_is_one_for_all_who_wait() {
        run(async {
            let lending = Lending::<char>::new(8);
            let first = lending.slot().await.unwrap();
            let waiting = async { (lending.slot().await.err(), lending.slot().await.err()) };
            let refusing = async {
                sleep(PATIENCE).await;
                first.close(refused())
            };
            let (waited, _) = futures_util::future::join(waiting, refusing).await;
            assert_eq!(waited, (Some(refused()), Some(refused())));
        });
    }

    #[test]
    fn one_that_cannot_be_had_is_done_without_unless_it_is_the_only_one() {
        run(async {
            let lending = Lending::<char>::new(8);
            assert_eq!(lending.slot().await.unwrap().give_up(refused()), Err(refused()));
            assert_eq!(lending.slot().await.err(), Some(refused()));

            let lending = Lending::new(8);
            lending.slot().await.unwrap().give_back('a');
            let (first, second) = (lending.slot().await.unwrap(), lending.slot().await.unwrap());
            assert_eq!(second.give_up(refused()), Ok(()));
            assert!(is_made_to_wait(&lending).await, "none is added at once");
            lending.state().refused = Instant::now().checked_sub(REFUSED_FOR);
            let third = lending.slot().await.unwrap();
            assert_eq!(third.give_up(refused()), Ok(()));
            assert_eq!(first.give_up(refused()), Err(refused()));
        });
    }

    /// They would try in turn for ever, each counting on the other's.
    #[test]
    fn two_that_cannot_be_had_are_not_done_without() {
        run(async {
            let lending = Lending::new(8);
            lending.slot().await.unwrap().give_back('a');
            let (first, second) = (lending.slot().await.unwrap(), lending.slot().await.unwrap());
            assert_eq!((first.take(), second.take()), (Some('a'), None));
            assert_eq!(second.give_up(refused()), Ok(()), "the first one may be free soon");
            lending.state().refused = Instant::now().checked_sub(REFUSED_FOR);
            let third = lending.slot().await.unwrap();
            drop(first);
            assert_eq!(third.give_up(refused()), Err(refused()));
        });
    }

    #[test]
    fn what_concerns_one_request_does_not_concern_the_computer() {
        let host = || String::from("a");
        assert!(refused().is_about_the_computer());
        let status = Error::Status { host: host(), status: 404, excerpt: None };
        for error in [Error::Lost { host: host() }, Error::LoginLost { host: host() }, status] {
            assert!(!error.is_about_the_computer(), "{error:?}");
        }
    }
}
