//! The session store for those who wait: opened while the network is busy, used off the main thread.

use crate::record::InstanceId;
use crate::store::{Change, Durability, Row, Store, StoreError, Updated};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as FairMutex, OnceCell};
use tokio::task::{JoinHandle, spawn_blocking};

/// The store of one run.
pub(crate) struct Repository {
    opening: Mutex<Option<JoinHandle<Result<Store, StoreError>>>>,
    /// Used in the order of asking, so that numbers are given in the order in which sessions are named.
    store: OnceCell<Result<Arc<FairMutex<Store>>, Arc<StoreError>>>,
    /// Whether the disk has all that was written here.
    is_settled: Arc<AtomicBool>,
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
        instance_id: InstanceId,
        durability: Durability,
        decide: impl FnOnce(Option<&Row>) -> Change + Send + 'static,
    ) -> Result<Updated, Arc<StoreError>> {
        let is_settled = self.is_settled.clone();
        self.with(move |store| {
            let updated = store.update(instance_id, durability, decide);
            is_settled.fetch_and(durability == Durability::PowerCut, Ordering::Release);
            updated
        })
        .await
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

/// A blocking task that panicked goes on panicking here; none is ever cancelled.
fn finished<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    match joined {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
