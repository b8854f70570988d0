//! The task that drives a live session: what its handles ask for is done, and what comes goes to those who wait for it.

use super::driver::Driver;
use super::failure::Failure;
use super::host;
use crate::psrp::clixml::SecureString;
use crate::psrp::fragment::ObjectId;
use crate::psrp::host::{HostCall, HostResponse};
use crate::psrp::message::PipelineId;
use crate::secret::Secret;
use crate::session::{Event, NotOpen, PipelineOutput};
use futures_util::future::{BoxFuture, Either, pending, ready, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};

/// Outputs that are handed over at once.
const MOST_OUTPUTS: usize = 1024;
/// Calls of the session's own host that wait for a reader.
const MOST_HOST_CALLS: usize = 64;

/// What a handle asks of the driver's task.
pub(super) type Command = Box<dyn FnOnce(&mut Task) + Send>;

/// What a pipeline brings its reader.
#[derive(Debug)]
pub(super) enum Output {
    Pipeline(PipelineOutput<Failure>),
    /// For the host of the session.
    HostCall(HostCall),
}

/// What becomes of the connection, for all who use the session.
#[derive(Clone)]
pub(super) struct Connection {
    /// It is lost, and tried until then.
    pub lost_until: Arc<watch::Sender<Option<Instant>>>,
    /// It is lost for good.
    pub broken: Arc<watch::Sender<Option<Failure>>>,
}

/// The task that drives a session.
pub(super) struct Task {
    pub driver: Driver,
    connection: Connection,
    /// Who waits for the next outputs of which pipeline.
    pub readers: BTreeMap<PipelineId, oneshot::Sender<Vec<Output>>>,
    /// Who waits until no more than this is left to be sent to which pipeline.
    pub senders: Vec<(PipelineId, usize, oneshot::Sender<()>)>,
    /// Who waits for the end of a Disconnect or a removal.
    pub closing: Option<oneshot::Sender<Result<(), Failure>>>,
    /// Calls of the session's own host, which the next reader gets.
    host_calls: VecDeque<HostCall>,
    /// Answers of users that are awaited, and keys that are made: what they come to, this task does.
    awaited: FuturesUnordered<BoxFuture<'static, Command>>,
    /// Secure strings that wait for the session key.
    sealed: Vec<(SecureString, oneshot::Sender<Option<Secret>>)>,
    /// Who waits until no command is left that has ended.
    pub settling: Vec<oneshot::Sender<()>>,
    /// What the server says of itself was looked at.
    pub is_private_data_known: bool,
}

impl Task {
    pub(super) fn new(driver: Driver, connection: Connection) -> Task {
        Task {
            driver,
            connection,
            readers: BTreeMap::new(),
            senders: Vec::new(),
            closing: None,
            host_calls: VecDeque::new(),
            awaited: FuturesUnordered::new(),
            sealed: Vec::new(),
            settling: Vec::new(),
            is_private_data_known: false,
        }
    }

    pub(super) fn number_objects_from(&mut self, ids: Option<Range<ObjectId>>) {
        ids.into_iter().for_each(|ids| self.driver.session.number_objects_from(ids));
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            if self.driver.send() && !self.readers.is_empty() {
                // The next Receive is sent before the last answer is decoded.
                tokio::task::yield_now().await;
            }
            self.deliver();
            let awaited = &mut self.awaited;
            let command = async {
                let done = async {
                    match awaited.next().await {
                        Some(command) => command,
                        None => pending().await,
                    }
                };
                match select(pin!(commands.recv()), pin!(done)).await {
                    Either::Left((command, _)) => command,
                    Either::Right((command, _)) => Some(command),
                }
            };
            let command = match select(pin!(command), pin!(self.driver.step())).await {
                Either::Left((None, _)) => return,
                Either::Left((command, _)) => command,
                Either::Right(((), _)) => None,
            };
            command.into_iter().for_each(|command| command(&mut self));
            while let Some(event) = self.driver.session.poll_event() {
                self.report(event);
            }
        }
    }

    /// Hands over what there is to those who wait for it.
    fn deliver(&mut self) {
        let session = &self.driver.session;
        for (_, _, sender) in self.senders.extract_if(.., |(id, unsent, _)| session.unsent(*id) <= *unsent) {
            // One that is gone has given up.
            let _ = sender.send(());
        }
        if session.is_settled() {
            for waiting in self.settling.drain(..) {
                let _ = waiting.send(());
            }
        }
        let waiting: Vec<_> = self.readers.keys().copied().collect();
        for id in waiting {
            let session = &mut self.driver.session;
            let outputs = std::iter::from_fn(|| session.poll_output(id)).map(Output::Pipeline);
            let calls = self.host_calls.drain(..).map(Output::HostCall);
            let outputs: Vec<_> = calls.chain(outputs.take(MOST_OUTPUTS)).collect();
            if !outputs.is_empty()
                && let Some(reader) = self.readers.remove(&id)
            {
                // A reader that is gone has left its pipeline.
                let _ = reader.send(outputs);
            }
        }
    }

    fn report(&mut self, event: Event<Failure>) {
        match event {
            Event::Disconnected(result) | Event::Removed(result) => self.closed(result),
            Event::Lost { until, .. } => drop(self.connection.lost_until.send_replace(Some(until))),
            Event::Recovered => drop(self.connection.lost_until.send_replace(None)),
            Event::HostCall(call) if self.host_calls.len() < MOST_HOST_CALLS => {
                self.host_calls.push_back(call);
            }
            // Without a reader nothing can be shown or asked.
            Event::HostCall(call) => {
                if call.expects_response() {
                    self.respond(None, ready(call.refusal()).boxed());
                }
            }
            Event::KeysWanted => self.awaited.push(Box::pin(async {
                let keys = host::keys().await;
                let exchange = move |task: &mut Task| task.driver.session.exchange_keys(keys);
                Box::new(exchange) as Command
            })),
            Event::SessionKey => {
                for (secure, done) in std::mem::take(&mut self.sealed) {
                    self.reveal(secure, done);
                }
            }
            // The pipelines end with the same failure, and what was asked of the session meets it too.
            Event::Broken(failure) => {
                self.connection.broken.send_replace(Some(failure.clone()));
                self.closed(Err(failure));
            }
            Event::Acquired(_) | Event::Opened(_) => {}
        }
    }

    /// Sends a response to a host call once it is there.
    pub(super) fn respond(&mut self, to: Option<PipelineId>, response: BoxFuture<'static, HostResponse>) {
        self.awaited.push(Box::pin(async move {
            let response = response.await;
            // A pipeline of a session that is no longer open reports it by its end.
            let respond = move |task: &mut Task| {
                let _ = task.driver.session.respond(to, response);
            };
            Box::new(respond) as Command
        }));
    }

    /// Decrypts a secure string once the session key is there.
    pub(super) fn reveal(&mut self, secure: SecureString, done: oneshot::Sender<Option<Secret>>) {
        match self.driver.session.session_key() {
            Ok(Some(key)) => drop(done.send(key.decrypt(&secure))),
            Ok(None) => self.sealed.push((secure, done)),
            // Who waits sees that nothing comes.
            Err(NotOpen) => {}
        }
    }

    fn closed(&mut self, result: Result<(), Failure>) {
        self.sealed.clear();
        // The caller may no longer be waiting.
        let _ = self.closing.take().map(|closing| closing.send(result));
    }
}
