//! One connection to each computer, shared by all who have something to ask of it.

use super::Computer;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// The computers of a run. Who wants one that is being spoken to waits in line.
pub(crate) struct Lanes<K>(Mutex<HashMap<K, Arc<tokio::sync::Mutex<Computer>>>>);

impl<K> Default for Lanes<K> {
    fn default() -> Lanes<K> {
        Lanes(Mutex::default())
    }
}

impl<K: Eq + Hash> Lanes<K> {
    /// The computer of a key, to speak to alone; made if it is the first time.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(crate) async fn enter<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<Computer, E>,
    ) -> Result<OwnedMutexGuard<Computer>, E> {
        let lane = {
            let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match lanes.get(&key) {
                Some(lane) => lane.clone(),
                None => {
                    let lane = Arc::new(tokio::sync::Mutex::new(make()?));
                    lanes.insert(key, lane.clone());
                    lane
                }
            }
        };
        Ok(lane.lock_owned().await)
    }
}
