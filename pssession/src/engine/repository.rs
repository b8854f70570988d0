//! The session store for those who wait: opened while the network is busy, used off the main thread.

use crate::store::{Change, Decision, Durability, RecordKey, Row, Store, StoreError, Updated};
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as FairMutex, OnceCell, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

/// The store of one run.
pub(crate) struct Repository {
    opening: Mutex<Option<JoinHandle<Result<Store, StoreError>>>>,
    /// Used in the order of asking, so that numbers are given in the order in which sessions are named.
    store: OnceCell<Result<Arc<FairMutex<Store>>, Arc<StoreError>>>,
    /// Whether the disk has all that was written here.
    is_settled: Arc<AtomicBool>,
    /// Those that wait for the store.
    updates: Mutex<Vec<Update>>,
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
            updates: Mutex::default(),
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
        let mut store = self.store().await?.lock_owned().await;
        let work = move || work(&mut store);
        finished(spawn_blocking(work).await).map_err(Arc::new)
    }

    /// Changes what is known of a session; see [`Store::update`].
    pub(crate) async fn update(
        &self,
        key: RecordKey,
        durability: Durability,
        decide: impl FnOnce(Option<&Row>) -> Change + Send + 'static,
    ) -> Result<Updated, Arc<StoreError>> {
        let (done, updated) = oneshot::channel();
        let update = Update { key, durability, decide: Box::new(decide), done };
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).push(update);
        let mut store = self.store().await?.lock_owned().await;
        // The first to come takes along those who wait behind it.
        let updates = mem::take(&mut *self.updates.lock().unwrap_or_else(PoisonError::into_inner));
        if !updates.is_empty() {
            let is_settled = self.is_settled.clone();
            finished(spawn_blocking(move || update_all(&mut store, updates, &is_settled)).await);
        }
        updated.await.expect("an update that was taken from the queue is answered")
    }

    /// Waits until the disk has all that was written here; see [`Store::settle`]. One such wait serves all who have
    /// written before it.
    pub(crate) async fn settle(&self) -> Result<(), Arc<StoreError>> {
        if self.is_settled.load(Ordering::Acquire) {
            return Ok(());
        }
        let is_settled = self.is_settled.clone();
        self.with(move |store| {
            store.settle()?;
            is_settled.store(true, Ordering::Release);
            Ok(())
        })
        .await
    }

    async fn store(&self) -> Result<Arc<FairMutex<Store>>, Arc<StoreError>> {
        let opened = self.store.get_or_init(|| async {
            let opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner).take();
            let opening = opening.expect("the cell is initialized once");
            finished(opening.await).map(|store| Arc::new(FairMutex::new(store))).map_err(Arc::new)
        });
        opened.await.clone()
    }
}

/// Makes the changes in one step, and answers each. One that nobody waits for any more is not made.
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

/// A blocking task that panicked goes on panicking here; none is ever cancelled.
fn finished<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    match joined {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
