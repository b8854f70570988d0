//! One connection per client: a layer in reqwest's connector that lets a single connect through.
//!
//! NTLM and its kin authenticate a *connection*, while reqwest hands out whichever connection of its pool comes
//! first: when the one in use is not back in the pool yet, or was closed, it silently opens another, on which the
//! server knows nobody. Under this layer the second connect waits a moment, in which the idle connection comes back
//! and is taken instead, and then fails: the connection was lost, and nothing has been sent.

use std::error::Error;
use std::pin::Pin as Pinned;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::layer::layer_fn;
use tower::{Layer, Service};

type BoxError = Box<dyn Error + Send + Sync>;

/// How long a second connect waits for the first connection to come back.
const PATIENCE: Duration = Duration::from_millis(250);

/// The connection this client was pinned to is gone. Nothing of the request at hand has been sent.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost")]
pub(super) struct ConnectionLost;

/// The layer; one for one client.
pub(super) fn pin<S>() -> impl Layer<S, Service = Pinning<S>> + Clone {
    let used = Arc::<AtomicBool>::default();
    layer_fn(move |inner| Pinning { inner, used: used.clone() })
}

#[derive(Clone)]
pub(super) struct Pinning<S> {
    inner: S,
    used: Arc<AtomicBool>,
}

impl<S, R> Service<R> for Pinning<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pinned<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        if !self.used.swap(true, Ordering::Relaxed) {
            return Box::pin(self.inner.call(request));
        }
        Box::pin(async {
            tokio::time::sleep(PATIENCE).await;
            Err(ConnectionLost.into())
        })
    }
}
