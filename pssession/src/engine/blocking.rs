//! Work that keeps a thread busy, for those who may not.

use tokio::task::{JoinHandle, spawn_blocking};

/// Does it on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    finished(spawn_blocking(work)).await
}

/// Waits for the end of such work. Where it panics, that goes on here; none is ever cancelled.
pub(super) async fn finished<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
