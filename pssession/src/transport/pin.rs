//! One connection per client: a layer in reqwest's connector that lets a single connect through.
//!
//! NTLM and its kin authenticate a *connection*, while reqwest hands out whichever connection of its pool comes
//! first: when the one in use is not back in the pool yet, or was closed, it silently opens another, which is not
//! authenticated. Under this layer the second connect waits a moment, in which the idle connection comes back
//! and is taken instead, and then fails: the connection was lost, and nothing has been sent.
//!
//! Some logins need the server's certificate before the first request is made. For them a request can be failed as soon
//! as its connection is made; the next one gets that connection.

use std::error::Error;
use std::pin::Pin as Pinned;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::layer::layer_fn;
use tower::{Layer, Service};

type BoxError = Box<dyn Error + Send + Sync>;

/// How long a second connect waits for the first connection to come back.
const PATIENCE: Duration = Duration::from_millis(250);

/// The connection this client was pinned to is gone. Nothing of the current request has been sent.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost")]
pub(super) struct ConnectionLost;

/// The connection is made and held for the next request.
#[derive(Debug, thiserror::Error)]
#[error("the connection is held for the next request")]
pub(super) struct ConnectionHeld;

/// The layer; one for one client. Once `holds` is set, the connection is made and held.
pub(super) fn pin<S, C>(holds: Arc<AtomicBool>) -> impl Layer<S, Service = Pinning<S, C>> + Clone {
    let slot = Arc::new(Mutex::new(Slot::Empty));
    layer_fn(move |inner| Pinning { inner, holds: holds.clone(), slot: slot.clone() })
}

/// The one connection of a client.
enum Slot<C> {
    Empty,
    Held(C),
    Taken,
}

pub(super) struct Pinning<S, C> {
    inner: S,
    holds: Arc<AtomicBool>,
    slot: Arc<Mutex<Slot<C>>>,
}

impl<S: Clone, C> Clone for Pinning<S, C> {
    fn clone(&self) -> Self {
        Pinning { inner: self.inner.clone(), holds: self.holds.clone(), slot: self.slot.clone() }
    }
}

fn put<C>(slot: &Mutex<Slot<C>>, new: Slot<C>) -> Slot<C> {
    std::mem::replace(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner), new)
}

impl<S, R, C> Service<R> for Pinning<S, C>
where
    S: Service<R, Response = C, Error = BoxError>,
    S::Future: Send + 'static,
    C: Send + 'static,
{
    type Response = C;
    type Error = BoxError;
    type Future = Pinned<Box<dyn Future<Output = Result<C, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match put(&self.slot, Slot::Taken) {
            Slot::Empty => {
                let (connecting, slot) = (self.inner.call(request), self.slot.clone());
                let holds = self.holds.load(Ordering::Relaxed);
                Box::pin(async move {
                    // Without a connection none is lost.
                    let connection = connecting.await.inspect_err(|_| drop(put(&slot, Slot::Empty)))?;
                    if !holds {
                        return Ok(connection);
                    }
                    put(&slot, Slot::Held(connection));
                    Err(ConnectionHeld.into())
                })
            }
            Slot::Held(connection) => Box::pin(std::future::ready(Ok(connection))),
            Slot::Taken => Box::pin(async {
                tokio::time::sleep(PATIENCE).await;
                Err(ConnectionLost.into())
            }),
        }
    }
}
