//! The driver of one session: sends what its machine asks for, and feeds back what comes of it.

use super::computer::Computer;
use super::failure::Failure;
use super::interrupt::Interrupt;
use crate::session::{Acquired, DisconnectOptions, Event, Outgoing, Phase, RequestId, Session};
use crate::transport::Error;
use crate::wsman::Response;
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long the end of a session that could not be opened is awaited.
const MOST_CLEARING: Duration = Duration::from_secs(10);

/// A session and the computer it is on.
pub(crate) struct Driver {
    pub(super) session: Session<Failure>,
    computer: Computer,
    in_flight: FuturesUnordered<BoxFuture<'static, (RequestId, Result<Response, Failure>)>>,
    /// Whether anything was sent.
    begun: Arc<AtomicBool>,
    /// Whether the session was created by it.
    pub(super) is_new: bool,
}

impl Driver {
    pub(crate) fn new(session: Session<Failure>, computer: Computer) -> Driver {
        Driver { session, computer, in_flight: FuturesUnordered::new(), begun: Arc::default(), is_new: false }
    }

    pub(super) fn computer(&self) -> &Computer {
        &self.computer
    }

    /// Drives until the session is acquired, or cannot be; `None` if an interrupt came before anything was sent.
    pub(crate) async fn acquired(&mut self, interrupt: &Interrupt) -> Option<Acquired<Failure>> {
        let begun = self.begun.clone();
        let acquired =
            self.until(|event| if let Event::Acquired(acquired) = event { Some(acquired) } else { None });
        interrupt.unless_set_before(&begun, acquired).await
    }

    /// Drives until the session is created, or cannot be, in the time that there is for it.
    pub(crate) async fn opened(&mut self) -> Result<(), Failure> {
        let limit = self.computer.open_timeout();
        let opened = self.until(|event| if let Event::Opened(result) = event { Some(result) } else { None });
        match timeout(limit, opened).await {
            Ok(opened) => {
                self.is_new = opened.is_ok();
                opened
            }
            Err(_) => Err(Error::AnswerTimedOut { host: self.computer.host(), after: limit }.into()),
        }
    }

    /// Ends a session that could not be opened; whether it is certain that it is not there.
    pub(crate) async fn cleared(&mut self) -> bool {
        matches!(timeout(MOST_CLEARING, self.remove()).await, Ok(Ok(())))
    }

    /// Lets go of the session; `None` if an interrupt came before anything was sent.
    pub(crate) async fn disconnect(
        &mut self,
        options: DisconnectOptions,
        interrupt: &Interrupt,
    ) -> Option<Result<(), Failure>> {
        self.session.disconnect(options);
        let begun = self.begun.clone();
        interrupt.unless_set_before(&begun, self.closed()).await
    }

    /// Ends the session and everything in it.
    pub(crate) async fn remove(&mut self) -> Result<(), Failure> {
        self.session.remove();
        self.closed().await
    }

    /// Drives until the session is released or ended, or cannot be.
    async fn closed(&mut self) -> Result<(), Failure> {
        let closed = self.until(|event| match event {
            Event::Disconnected(result) | Event::Removed(result) => Some(result),
            Event::Broken(failure) => Some(Err(failure)),
            Event::Acquired(_)
            | Event::Opened(_)
            | Event::Lost { .. }
            | Event::Recovered
            | Event::HostCall(_)
            | Event::KeysWanted
            | Event::SessionKey => None,
        });
        closed.await
    }

    async fn until<T>(&mut self, wanted: impl Fn(Event<Failure>) -> Option<T>) -> T {
        loop {
            while let Some(event) = self.session.poll_event() {
                if let Some(wanted) = wanted(event) {
                    return wanted;
                }
            }
            self.step().await;
        }
    }

    /// Sends what is due, and takes in what happens next. Nothing is lost when this is dropped.
    pub(super) async fn step(&mut self) {
        self.send();
        let due = self.session.poll_timeout();
        let sleep = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let answered = async {
            match self.in_flight.next().await {
                Some(answered) => answered,
                None => std::future::pending().await,
            }
        };
        match select(pin!(answered), pin!(sleep)).await {
            Either::Left(((id, result), _)) => self.session.handle_response(Instant::now(), id, result),
            Either::Right(((), _)) => self.session.handle_timeout(Instant::now()),
        }
    }

    /// Sends what is due; whether there was anything.
    pub(super) fn send(&mut self) -> bool {
        let before = self.in_flight.len();
        if let Phase::Lost(_) = self.session.phase() {
            self.computer.try_anew();
        }
        while let Some(outgoing) = self.session.poll_request(Instant::now()) {
            let Outgoing { id, client, request, sequence, max_envelope_size } = outgoing;
            let (computer, begun) = (self.computer.clone(), self.begun.clone());
            self.in_flight.push(Box::pin(async move {
                let request = Arc::new(request);
                (id, computer.ask_once(client, &request, sequence, max_envelope_size, &begun).await)
            }));
        }
        self.in_flight.len() > before
    }
}
