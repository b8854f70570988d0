//! Work that keeps a thread busy, for those who may not.

use tokio::task::{JoinHandle, spawn_blocking};

/// Does it on a separate thread.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    finished(spawn_blocking(work)).await
}

/// Waits for the end of such work. A panic in it continues here; it is never cancelled.
pub(super) async fn finished<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
