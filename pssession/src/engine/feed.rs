//! What comes from an iterator that may block, for those who may not.

use futures_util::Stream;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// Items that are read ahead; the rest waits where it is.
const AHEAD: usize = 16;

/// The items of an iterator that runs on a separate thread, as far as they are asked for.
pub(crate) fn feed<T: Send + 'static>(
    items: impl Iterator<Item = T> + Send + 'static,
) -> impl Stream<Item = T> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    spawn_blocking(move || {
        for item in items {
            if sender.blocking_send(item).is_err() {
                break;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let item = receiver.recv().await?;
        Some((item, receiver))
    })
}
