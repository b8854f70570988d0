//! The session store, as one that waits sees it: opened while the network is busy, used off the main thread.

use crate::record::{InstanceId, SessionNumber};
use crate::store::{Recorded, Store, StoreError, StoredSession};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as FairMutex, OnceCell};
use tokio::task::{JoinHandle, spawn_blocking};

/// The store of one run.
pub(crate) struct Repository {
    opening: Mutex<Option<JoinHandle<Result<Store, StoreError>>>>,
    /// Used in the order of asking, so that numbers are given in the order in which sessions are named.
    store: OnceCell<Result<Arc<FairMutex<Store>>, Arc<StoreError>>>,
}

impl Repository {
    /// Begins to open the store in a directory.
    pub(crate) fn open(directory: PathBuf) -> Repository {
        let opening = spawn_blocking(move || Store::open(&directory));
        Repository { opening: Mutex::new(Some(opening)), store: OnceCell::new() }
    }

    /// Begins to open the store in a directory for reading only; see [`Store::open_for_reading`].
    pub(crate) fn open_for_reading(directory: PathBuf) -> Repository {
        let opening = spawn_blocking(move || Store::open_for_reading(&directory));
        Repository { opening: Mutex::new(Some(opening)), store: OnceCell::new() }
    }

    /// Waits until the store is open.
    pub(crate) async fn ready(&self) -> Result<(), Arc<StoreError>> {
        self.store().await.map(drop)
    }

    /// The session with an InstanceId, if it is known.
    pub(crate) async fn by_instance(
        &self,
        instance_id: InstanceId,
    ) -> Result<Option<StoredSession>, Arc<StoreError>> {
        self.with(move |store| store.by_instance(instance_id)).await
    }

    /// The session with an Id, if it is known.
    pub(crate) async fn by_number(
        &self,
        id: SessionNumber,
    ) -> Result<Option<StoredSession>, Arc<StoreError>> {
        self.with(move |store| store.by_number(id)).await
    }

    /// All sessions that are known, by Id.
    pub(crate) async fn sessions(&self) -> Result<Vec<StoredSession>, Arc<StoreError>> {
        self.with(Store::sessions).await
    }

    /// The sessions that may have a name; see [`Store::perhaps_named`].
    pub(crate) async fn perhaps_named(&self, name: String) -> Result<Vec<StoredSession>, Arc<StoreError>> {
        self.with(move |store| store.perhaps_named(&name)).await
    }

    /// Forgets a session; see [`Store::forget`].
    pub(crate) async fn forget(&self, id: SessionNumber) -> Result<(), Arc<StoreError>> {
        self.with(move |store| store.forget(id)).await
    }

    /// Records a session; see [`Store::record`].
    pub(crate) async fn record(&self, stored: StoredSession) -> Result<Recorded, Arc<StoreError>> {
        self.with(move |store| store.record(&stored)).await
    }

    /// Records a session ahead of connecting to it; see [`Store::claim`].
    pub(crate) async fn claim(&self, stored: StoredSession) -> Result<Recorded, Arc<StoreError>> {
        self.with(move |store| store.claim(&stored)).await
    }

    /// Waits until the disk has what was claimed; see [`Store::settle`].
    pub(crate) async fn settle(&self) -> Result<(), Arc<StoreError>> {
        self.with(Store::settle).await
    }

    /// Records how a session was found to be; see [`Store::amend`].
    pub(crate) async fn amend(
        &self,
        known: StoredSession,
        found: StoredSession,
    ) -> Result<(), Arc<StoreError>> {
        self.with(move |store| store.amend(&known, &found)).await
    }

    /// Takes a record back; see [`Store::undo`].
    pub(crate) async fn undo(&self, recorded: Recorded) -> Result<(), Arc<StoreError>> {
        self.with(move |store| store.undo(recorded)).await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Arc<StoreError>> {
        let mut store = self.store().await?.lock_owned().await;
        let work = move || work(&mut store);
        finished(spawn_blocking(work).await).map_err(Arc::new)
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
