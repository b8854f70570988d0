//! The session store for those who wait: opened while the network is busy, used off the main thread.

use super::blocking::{blocking, finished};
use crate::store::{Change, Decision, Durability, RecordKey, Row, Store, StoreError, Updated};
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as FairMutex, OnceCell, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

/// The store of one run. Only threads that may block hold it: a future that is not polled for a while delays no other.
pub(crate) struct Repository {
    opening: Mutex<Option<JoinHandle<Result<Store, StoreError>>>>,
    store: OnceCell<Result<Arc<Mutex<Store>>, Arc<StoreError>>>,
    /// Whether the disk has all that was written here.
    is_settled: Arc<AtomicBool>,
    settling: FairMutex<()>,
    /// Those that wait for the store. As soon as there is one, a thread is started that takes them.
    updates: Arc<Mutex<Vec<Update>>>,
}

/// An update that waits for the store.
struct Update {
    key: RecordKey,
    durability: Durability,
    decide: Decision,
    done: oneshot::Sender<Result<Updated, Arc<StoreError>>>,
}

impl Repository {
    /// Begins to open the store in a directory.
    pub(crate) fn open(directory: PathBuf) -> Repository {
        Repository::opening(move || Store::open(&directory))
    }

    /// Begins to open the store in a directory for reading only; see [`Store::open_for_reading`].
    pub(crate) fn open_for_reading(directory: PathBuf) -> Repository {
        Repository::opening(move || Store::open_for_reading(&directory, Store::PATIENCE))
    }

    fn opening(open: impl FnOnce() -> Result<Store, StoreError> + Send + 'static) -> Repository {
        Repository {
            opening: Mutex::new(Some(spawn_blocking(open))),
            store: OnceCell::new(),
            is_settled: Arc::new(AtomicBool::new(true)),
            settling: FairMutex::default(),
            updates: Arc::default(),
        }
    }

    /// Waits until the store is open.
    pub(crate) async fn ready(&self) -> Result<(), Arc<StoreError>> {
        self.store().await.map(drop)
    }

    /// Does something with the store, one at a time.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Arc<StoreError>> {
        let store = self.store().await?;
        blocking(move || work(&mut locked(&store))).await.map_err(Arc::new)
    }

    /// Changes what is known of a session; see [`Store::update`]. Changes are made in the order of asking, so that
    /// numbers are given in the order in which sessions are named; those that wait at the same time, in one step.
    pub(crate) async fn update(
        &self,
        key: RecordKey,
        durability: Durability,
        decide: impl FnOnce(Option<&Row>) -> Change + Send + 'static,
    ) -> Result<Updated, Arc<StoreError>> {
        let store = self.store().await?;
        let (done, updated) = oneshot::channel();
        let is_first = {
            let mut updates = locked(&self.updates);
            updates.push(Update { key, durability, decide: Box::new(decide), done });
            updates.len() == 1
        };
        if is_first {
            let (updates, is_settled) = (self.updates.clone(), self.is_settled.clone());
            spawn_blocking(move || {
                let mut store = locked(&store);
                let updates = mem::take(&mut *locked(&updates));
                update_all(&mut store, updates, &is_settled);
            });
        }
        updated.await.expect("an update in the queue is answered")
    }

    /// Waits until the disk has all that was written here; see [`Store::settle`]. One such wait serves all who have
    /// written before it.
    pub(crate) async fn settle(&self) -> Result<(), Arc<StoreError>> {
        let _settling = self.settling.lock().await;
        if self.is_settled.load(Ordering::Acquire) {
            return Ok(());
        }
        let is_settled = self.is_settled.clone();
        self.with(move |store| store.settle().map(|()| is_settled.store(true, Ordering::Release))).await
    }

    async fn store(&self) -> Result<Arc<Mutex<Store>>, Arc<StoreError>> {
        let opened = self.store.get_or_init(|| async {
            let opening = locked(&self.opening).take();
            let opening = opening.expect("the cell is initialized once");
            finished(opening).await.map(|store| Arc::new(Mutex::new(store))).map_err(Arc::new)
        });
        opened.await.clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the changes in one step, and answers each. A change that is no longer awaited is not made.
fn update_all(store: &mut Store, updates: Vec<Update>, is_settled: &AtomicBool) {
    let wanted = updates.into_iter().filter(|update| !update.done.is_closed());
    let durable = |update: &Update| update.durability == Durability::PowerCut;
    let (mut changes, mut waiting, mut durability) = (Vec::new(), Vec::new(), Durability::Kill);
    for update in wanted {
        if durable(&update) {
            durability = Durability::PowerCut;
        }
        changes.push((update.key, update.decide));
        waiting.push(update.done);
    }
    let updated = store.update_all(durability, changes).map_err(Arc::new);
    is_settled.fetch_and(durability == Durability::PowerCut, Ordering::Release);
    // Those who no longer wait have ended meanwhile.
    match updated {
        Ok(updated) => waiting.into_iter().zip(updated).for_each(|(done, one)| drop(done.send(Ok(one)))),
        Err(error) => waiting.into_iter().for_each(|done| drop(done.send(Err(error.clone())))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Home;
    use futures_util::FutureExt;
    use futures_util::future::maybe_done;
    use std::pin::Pin;

    /// A stream that claims sessions ahead of their turn leaves them alone while others have theirs.
    #[tokio::test]
    async fn an_update_that_is_not_polled_delays_no_other() {
        let home = Home::new();
        let repository = Repository::open(home.store());
        repository.ready().await.unwrap();
        let keep = |number: u32| {
            let key = RecordKey(format!("session {number}"));
            maybe_done(Box::pin(repository.update(key, Durability::Kill, |_| Change::Keep)))
        };
        let (mut first, mut second) = (keep(1), keep(2));
        (&mut first).now_or_never();
        (&mut second).now_or_never();
        let mut third = keep(3);
        (&mut third).await;
        repository.settle().await.unwrap();
        (&mut second).await;
        (&mut first).await;
        for mut update in [first, second, third] {
            Pin::new(&mut update).take_output().unwrap().unwrap();
        }
    }
}
