//! A run and the signals that interrupt it.

use super::running::Running;
use futures_util::future::{Either, pending, select};
use pssession::Interrupt;
use pssession::cmdlet::{Request, Settings, run};
use pssession::event::Event;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    Itself,
    /// Ctrl-C or another request to end.
    Person,
    TimeLimit,
    /// The time limit, and what was in flight then did not come to an end.
    Overrun,
}

/// How long what is in flight when the time limit passes may take to come to an end.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the cmdlet to its end; returns what ended it. The first Ctrl-C, the end of the time limit, or leaving what runs
/// lets what is in flight come to its end and begins nothing new; the next Ctrl-C, or giving up, drops everything. Where
/// lines are run, Ctrl-C stops the line and not the run.
pub fn drive(
    request: &Request,
    settings: Settings,
    time_limit: Option<Duration>,
    interrupt: &Interrupt,
    commands: &Running,
    events: UnboundedSender<Event>,
) -> io::Result<EndedBy> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let ended_by = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mut running = pin!(run(request, settings, interrupt, events));
        let ended_by = {
            let end = pin!(end(&mut signals, time_limit, commands));
            match select(running.as_mut(), end).await {
                Either::Left(_) => return Ok(EndedBy::Itself),
                Either::Right((ended_by, _)) => ended_by,
            }
        };
        interrupt.set();
        let overrun = async {
            match ended_by {
                EndedBy::TimeLimit => tokio::time::sleep(GRACE).await,
                EndedBy::Itself | EndedBy::Person | EndedBy::Overrun => pending().await,
            }
        };
        let (given_up, signal) = (pin!(commands.given_up()), pin!(signals.next()));
        match select(running, select(select(given_up, signal), pin!(overrun))).await {
            Either::Right((Either::Right(_), _)) => Ok(EndedBy::Overrun),
            Either::Left(_) | Either::Right((Either::Left(_), _)) => Ok(ended_by),
        }
    });
    // Nothing is awaited that is no longer needed, such as a name server.
    runtime.shutdown_background();
    ended_by
}

/// Waits for a signal or an escape of the terminal, or for the end of the time limit.
async fn end(signals: &mut Signals, time_limit: Option<Duration>, commands: &Running) -> EndedBy {
    let signal = async { while signals.next().await == Signal::Interrupt && commands.interrupt() {} };
    let limit = async {
        match time_limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => pending().await,
        }
    };
    match select(select(pin!(signal), pin!(commands.left())), pin!(limit)).await {
        Either::Left(_) => EndedBy::Person,
        Either::Right(_) => EndedBy::TimeLimit,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Ctrl-C.
    Interrupt,
    #[cfg(unix)]
    Terminate,
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
    async fn next(&mut self) -> Signal {
        let (terminate, interrupt) = (pin!(self.terminate.recv()), pin!(self.interrupt.recv()));
        match select(terminate, interrupt).await {
            Either::Left(_) => Signal::Terminate,
            Either::Right(_) => Signal::Interrupt,
        }
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
