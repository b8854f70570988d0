//! A run and the signals that interrupt it.

use futures_util::future::{Either, select};
use pssession::Interrupt;
use pssession::cmdlet::{Request, Settings, run};
use pssession::event::Event;
use std::io;
use std::pin::pin;
use tokio::sync::mpsc::UnboundedSender;

/// Runs the cmdlet to its end; returns whether it was interrupted. The first Ctrl-C lets what is in flight come to its
/// end and begins nothing new, the second drops everything.
pub fn drive(
    request: &Request,
    settings: Settings,
    interrupt: &Interrupt,
    events: UnboundedSender<Event>,
) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let interrupted = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mut running = pin!(run(request, settings, interrupt, events));
        let first = select(running.as_mut(), Box::pin(signals.next())).await;
        if let Either::Left(_) = first {
            return Ok(false);
        }
        drop(first);
        interrupt.set();
        select(running, Box::pin(signals.next())).await;
        Ok(true)
    });
    // Nothing is awaited that is no longer needed, such as a name server.
    runtime.shutdown_background();
    interrupted
}

/// Ctrl-C, and the polite request to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let (terminate, interrupt) = (pin!(self.terminate.recv()), pin!(self.interrupt.recv()));
        select(terminate, interrupt).await;
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
