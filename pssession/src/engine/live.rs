//! A live session: the handles through which it and its pipelines are used.

use super::computer::Computer;
use super::driver::Driver;
use super::failure::{Failure, NotDriven};
use super::host;
use super::private_data::to_json;
use super::repository::Repository;
use super::task::{Command, Connection, Output, Task};
use crate::pipeline::{PSObject, PipelineEvent};
use crate::psrp::clixml::SecureString;
use crate::psrp::fragment::ObjectId;
use crate::psrp::host::{Host, HostCall};
use crate::psrp::message::{MessageType, PipelineId};
use crate::psrp::pipeline::{self, CreatePipeline};
use crate::record::{CommandId, PSSession, StoredSession};
use crate::secret::Secret;
use crate::session::{DisconnectOptions, PipelineEnd, PipelineOutput, Reader};
use crate::store::{Durability, Reading, StoreError, policy};
use crate::wsman::enumerate::Enumerate;
use futures_util::future::{Either, select};
use std::collections::VecDeque;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{OnceCell, mpsc, oneshot, watch};
use uuid::Uuid;

/// Commands that may wait for the driver.
const MOST_COMMANDS: usize = 16;
/// Requests with input that may be under way to a server before more is taken.
const MOST_UNSENT: usize = 8;
/// What was handed out is recorded about so often, for the process after one that is killed.
const RECORD_EVERY: Duration = Duration::from_millis(50);

/// The handle of a session that a task drives. When all handles are dropped, the session is left as it is: connected,
/// until its server hears nothing for a minute.
#[derive(Clone)]
pub(crate) struct LiveSession {
    commands: mpsc::Sender<Command>,
    connection: Connection,
    repository: Arc<Repository>,
    computer: Computer,
    stored: Arc<StoredSession>,
    /// The mark that it is read, once anything of it was.
    reading: Arc<OnceCell<Option<Reading>>>,
}

/// How long the freeing of commands is awaited.
const MOST_SETTLING: Duration = Duration::from_secs(5);

impl LiveSession {
    /// Drives a session that is ours from now on.
    pub(crate) fn spawn(driver: Driver, repository: Arc<Repository>, stored: StoredSession) -> LiveSession {
        let (commands, received) = mpsc::channel(MOST_COMMANDS);
        let computer = driver.computer().clone();
        let connection = Connection {
            lost_until: Arc::new(watch::Sender::new(None)),
            broken: Arc::new(watch::Sender::new(None)),
        };
        tokio::spawn(Task::new(driver, connection.clone()).run(received));
        let (stored, reading) = (Arc::new(stored), Arc::default());
        LiveSession { commands, connection, repository, computer, stored, reading }
    }

    /// As it was recorded when it was acquired.
    pub(crate) fn session(&self) -> &PSSession {
        &self.stored.session
    }

    /// Starts a pipeline.
    pub(crate) async fn invoke(
        &self,
        create: CreatePipeline,
        reader: Reader,
    ) -> Result<LivePipeline, Failure> {
        let id = PipelineId(Uuid::new_v4());
        let host = create.host.clone();
        if reader == Reader::ThisClient {
            self.begin_reading().await?;
        }
        let ids = self.object_ids().await?;
        let invoked = self.ask(move |task, done| {
            task.number_objects_from(ids);
            let _ = done.send(task.driver.session.invoke(id, &create, reader));
        });
        invoked.await??;
        Ok(self.pipeline(id, CommandId::of_guid(id.0), None, host))
    }

    /// Takes up a pipeline that runs already. What this user's programs have delivered of it is left out.
    pub(crate) async fn attach(&self, command_id: CommandId, host: Host) -> Result<LivePipeline, Failure> {
        let id = PipelineId(command_id.guid().ok_or(NotDriven)?);
        let (key, command) = (self.stored.key(), command_id.clone());
        let mark = self.repository.with(move |store| store.delivered(&key, &command)).await?;
        self.begin_reading().await?;
        let command = command_id.clone();
        self.send(move |task| task.driver.session.attach(id, command, mark)).await?;
        Ok(self.pipeline(id, command_id, mark, host))
    }

    /// Keeps the session connected while nothing runs in it.
    pub(crate) async fn stay_connected(&self) -> Result<(), NotDriven> {
        self.send(|task| task.driver.session.stay_connected()).await
    }

    /// Until when the connection is tried again, while it is lost.
    pub(crate) fn lost_until(&self) -> watch::Receiver<Option<Instant>> {
        self.connection.lost_until.subscribe()
    }

    /// Waits until the connection is lost for good.
    pub(crate) async fn broken(&self) -> Failure {
        let mut broken = self.connection.broken.subscribe();
        let failure = broken.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        failure.unwrap_or(Failure::NotDriven(NotDriven))
    }

    /// Whether the connection is lost, and is being tried again.
    pub(crate) fn is_lost(&self) -> bool {
        self.connection.lost_until.borrow().is_some()
    }

    /// The commands that run in the session, or have ended and were not read to their end.
    pub(crate) async fn commands(&self) -> Result<Vec<CommandId>, Failure> {
        let enumerate = Enumerate::commands(self.stored.shell_id.clone());
        let commands = self.computer.enumerate(self.stored.session_id, enumerate).await?;
        Ok(commands.items.into_iter().map(|command| command.command_id).collect())
    }

    /// Lets go of the session, which runs on, and records that. Its pipelines can be read to where they are, and then end
    /// as detached.
    pub(crate) async fn disconnect(&self, options: DisconnectOptions) -> Result<PSSession, Failure> {
        let disconnected = self.ask(move |task, done| {
            task.driver.session.disconnect(options);
            task.closing = Some(done);
        });
        disconnected.await??;
        let stored = StoredSession::clone(&self.stored).disconnected_at(SystemTime::now());
        let (session, record) = (stored.session.clone(), policy::record(stored));
        self.repository.update(self.stored.key(), Durability::PowerCut, record).await?;
        Ok(session)
    }

    /// Records that the connection is lost, and with it the session until it is connected to again: its server disconnects
    /// it by itself.
    pub(crate) async fn lost(&self) -> Result<PSSession, Arc<StoreError>> {
        let stored = StoredSession::clone(&self.stored).disconnected();
        let (session, record) = (stored.session.clone(), policy::record(stored));
        self.repository.update(self.stored.key(), Durability::PowerCut, record).await?;
        Ok(session)
    }

    /// Ends the session and everything in it, and forgets it.
    pub(crate) async fn remove(&self) -> Result<(), Failure> {
        let removed = self.ask(|task, done| {
            task.driver.session.remove();
            task.closing = Some(done);
        });
        removed.await??;
        self.repository.update(self.stored.key(), Durability::PowerCut, policy::forget).await?;
        Ok(())
    }

    /// Waits until the server has freed the commands that have ended: one that is not counts against its limits.
    pub(crate) async fn settled(&self) {
        let settled = self.ask(|task, done| task.settling.push(done));
        // A server that does not answer that has nothing else to answer either.
        let _ = tokio::time::timeout(MOST_SETTLING, settled).await;
    }

    /// Records what the server has said of itself, the first time.
    async fn remember_private_data(&self) -> Result<(), Failure> {
        let said = |task: &mut Task, done: oneshot::Sender<_>| {
            let data = task.driver.session.application_private_data().and_then(to_json);
            let _ = done.send(data.filter(|_| !std::mem::replace(&mut task.is_private_data_known, true)));
        };
        if let Some(data) = self.ask(said).await? {
            let add = policy::add_private_data(data);
            self.repository.update(self.stored.key(), Durability::Kill, add).await?;
        }
        Ok(())
    }

    /// Marks the session as one that is read, for the process after one that is killed.
    async fn begin_reading(&self) -> Result<(), Failure> {
        let Some(id) = self.stored.session.id else { return Ok(()) };
        let begin = || self.repository.with(move |store| Ok(store.begin_reading(id)));
        self.reading.get_or_try_init(begin).await?;
        Ok(())
    }

    /// A block of unused object ids; a session that is not recorded has its own count.
    async fn object_ids(&self) -> Result<Option<Range<ObjectId>>, Failure> {
        let key = self.stored.key();
        Ok(self.repository.with(move |store| store.object_ids(&key)).await?)
    }

    /// Takes another block of object ids when few are left of this one.
    async fn renew_object_ids(&self, left: Option<u64>) -> Result<(), Failure> {
        if left.is_some_and(|left| left < FEW_IDS) {
            let ids = self.object_ids().await?;
            self.send(|task| task.number_objects_from(ids)).await?;
        }
        Ok(())
    }

    fn pipeline(
        &self,
        id: PipelineId,
        command_id: CommandId,
        mark: Option<ObjectId>,
        host: Host,
    ) -> LivePipeline {
        LivePipeline {
            session: self.clone(),
            lost_until: self.lost_until(),
            is_lost: false,
            id,
            command_id,
            host,
            asked: None,
            ready: VecDeque::new(),
            handed_out: None,
            delivered: None,
            recorded: Instant::now(),
            is_marked: mark.is_some(),
            has_ended: false,
            is_read_out: false,
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Task, oneshot::Sender<T>) + Send + 'static,
    ) -> Result<T, NotDriven> {
        let (done, answer) = oneshot::channel();
        self.send(move |task| command(task, done)).await?;
        answer.await.map_err(|_| NotDriven)
    }

    async fn send(&self, command: impl FnOnce(&mut Task) + Send + 'static) -> Result<(), NotDriven> {
        self.commands.send(Box::new(command)).await.map_err(|_| NotDriven)
    }
}

/// The handle of a pipeline: its outputs, in order, as fast as they are asked for.
pub(crate) struct LivePipeline {
    session: LiveSession,
    lost_until: watch::Receiver<Option<Instant>>,
    /// Whether it was reported that the connection is lost.
    is_lost: bool,
    id: PipelineId,
    command_id: CommandId,
    /// As the server was shown it, or would have been.
    host: Host,
    /// What the driver was asked for and has not handed over: kept here, so that no output is lost with a dropped future.
    asked: Option<oneshot::Receiver<Vec<Output>>>,
    ready: VecDeque<Output>,
    /// The object that was handed out last.
    handed_out: Option<ObjectId>,
    /// The last object that was delivered, if that is not recorded yet.
    delivered: Option<ObjectId>,
    /// When that was recorded last.
    recorded: Instant,
    /// Whether it is recorded how far it was delivered.
    is_marked: bool,
    has_ended: bool,
    /// It has ended, or was left, and all that the server had sent by then was received.
    is_read_out: bool,
}

impl Drop for LivePipeline {
    fn drop(&mut self) {
        if let (false, Some(Some(reading))) = (self.is_read_out, self.session.reading.get()) {
            reading.keep();
        }
    }
}

impl LivePipeline {
    pub(crate) fn command_id(&self) -> &CommandId {
        &self.command_id
    }

    /// The next event; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<PipelineEvent>, Failure> {
        loop {
            let Some(output) = self.output().await? else { return Ok(self.connection_event()) };
            let (id, event) = match output {
                Output::Pipeline(PipelineOutput::Event(id, event)) => (id, event),
                Output::Pipeline(PipelineOutput::End(end)) => {
                    self.has_ended = true;
                    return self.ended(end).await;
                }
                Output::HostCall(call) => match self.host_call(None, call).await? {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                },
            };
            self.handed_out = Some(id);
            let event = if let pipeline::PipelineEvent::HostCall(call) = event {
                self.host_call(Some(self.id), call).await?
            } else {
                PipelineEvent::new(event)
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Whether the connection is lost, or there again, and that was not reported.
    fn has_connection_changed(&self) -> bool {
        self.is_lost != self.lost_until.borrow().is_some()
    }

    fn connection_event(&mut self) -> Option<PipelineEvent> {
        if self.has_ended || !self.has_connection_changed() {
            return None;
        }
        let lost_until = *self.lost_until.borrow();
        self.is_lost = lost_until.is_some();
        Some(match lost_until {
            Some(until) => PipelineEvent::ConnectionLost { until },
            None => PipelineEvent::Reconnected,
        })
    }

    /// Has a call answered; what of it is to be shown is an event. `None` in place of a pipeline is the session.
    async fn host_call(
        &self,
        from: Option<PipelineId>,
        call: HostCall,
    ) -> Result<Option<PipelineEvent>, Failure> {
        let (shown, response) = host::handle(call, &self.host);
        if let Some(response) = response {
            let respond = move |task: &mut Task, done: oneshot::Sender<_>| {
                task.respond(from, response);
                let _ = done.send(task.driver.session.objects_left());
            };
            let left = self.session.ask(respond).await?;
            self.session.renew_object_ids(left).await?;
        }
        Ok(shown.map(PipelineEvent::HostCall))
    }

    /// The text of a secure string; `None` where it was not encrypted for this session.
    pub(crate) async fn reveal(&self, secure: SecureString) -> Result<Option<Secret>, NotDriven> {
        self.session.ask(move |task, done| task.reveal(secure, done)).await
    }

    async fn ended(&mut self, end: PipelineEnd<Failure>) -> Result<Option<PipelineEvent>, Failure> {
        self.delivered(self.handed_out);
        self.is_read_out = matches!(end, PipelineEnd::Ended | PipelineEnd::Detached);
        match end {
            PipelineEnd::Ended => {
                self.session.remember_private_data().await?;
                self.forget().await.map(|()| None)
            }
            PipelineEnd::Detached => {
                self.session.remember_private_data().await?;
                self.deliver().await.map(|()| Some(PipelineEvent::Detached))
            }
            PipelineEnd::Failed(failure) => {
                self.deliver().await?;
                Err(failure)
            }
            PipelineEnd::InDoubt(what, failure) => {
                self.deliver().await?;
                Err(Failure::InDoubt(what, failure.into()))
            }
        }
    }

    /// The next output, in order; `None` when there will be no more, or when something becomes of the connection.
    async fn output(&mut self) -> Result<Option<Output>, Failure> {
        self.fetch().await?;
        Ok(self.ready.pop_front())
    }

    /// Waits until there is a next output, or will be no more. Nothing is lost when this is dropped.
    async fn fetch(&mut self) -> Result<(), Failure> {
        while !self.has_ended && self.ready.is_empty() && !self.has_connection_changed() {
            let asked = match &mut self.asked {
                Some(asked) => asked,
                None => {
                    if self.recorded.elapsed() > RECORD_EVERY {
                        self.deliver().await?;
                    }
                    let (done, outputs) = oneshot::channel();
                    let id = self.id;
                    let asked = self.session.send(move |task| drop(task.readers.insert(id, done))).await;
                    if asked.is_err() {
                        self.has_ended = true;
                        return Ok(());
                    }
                    self.asked.insert(outputs)
                }
            };
            // The sender is in this session's handles.
            let changed = pin!(self.lost_until.changed());
            let Either::Left((outputs, _)) = select(asked, changed).await else { continue };
            self.asked = None;
            self.ready.extend(outputs.unwrap_or_default());
            self.has_ended = self.ready.is_empty();
        }
        Ok(())
    }

    /// As [`LivePipeline::fetch`]; `None` if nothing has come for so long.
    pub(crate) async fn fetch_within(&mut self, time: Duration) -> Option<Result<(), Failure>> {
        tokio::time::timeout(time, self.fetch()).await.ok()
    }

    /// What was handed out so far, to be delivered.
    pub(crate) fn handed_out(&self) -> Option<ObjectId> {
        self.handed_out
    }

    /// All up to this object has reached its reader, and is not handed out again to the processes after this one.
    pub(crate) fn delivered(&mut self, last: Option<ObjectId>) {
        self.delivered = last.or(self.delivered);
    }

    /// The outputs that are there already, up to the next event of another kind.
    pub(crate) fn more_outputs(&mut self) -> Vec<PSObject> {
        let mut objects = Vec::new();
        while let Some(Output::Pipeline(PipelineOutput::Event(_, pipeline::PipelineEvent::Output(_)))) =
            self.ready.front()
        {
            if let Some(Output::Pipeline(PipelineOutput::Event(id, pipeline::PipelineEvent::Output(value)))) =
                self.ready.pop_front()
            {
                self.handed_out = Some(id);
                objects.push(PSObject(value));
            }
        }
        objects
    }

    /// Whether all that was received is handed out, so that the next event has to be asked for.
    pub(crate) fn is_drained(&self) -> bool {
        self.ready.is_empty()
    }

    /// Whether it has not come to an end, in any way.
    pub(crate) async fn goes_on(&self) -> Result<bool, NotDriven> {
        let id = self.id;
        let goes_on = move |task: &mut Task, done: oneshot::Sender<_>| {
            let _ = done.send(task.driver.session.goes_on(id));
        };
        self.session.ask(goes_on).await
    }

    pub(crate) async fn stop(&self) -> Result<(), NotDriven> {
        let id = self.id;
        self.session.send(move |task| task.driver.session.stop(id)).await
    }

    /// Where its input goes.
    pub(crate) fn input(&self) -> PipelineInput {
        PipelineInput { session: self.session.clone(), id: self.id }
    }

    /// As [`LivePipeline::next`]; `None` if nothing has come for so long.
    pub(crate) async fn next_within(
        &mut self,
        time: Duration,
    ) -> Option<Result<Option<PipelineEvent>, Failure>> {
        tokio::time::timeout(time, self.next()).await.ok()
    }

    /// Records what was handed out.
    async fn deliver(&mut self) -> Result<(), Failure> {
        let Some(mark) = self.delivered else { return Ok(()) };
        let (key, command_id) = (self.session.stored.key(), self.command_id.clone());
        let deliver = move |store: &mut crate::store::Store| store.deliver(&key, &command_id, mark);
        self.session.repository.with(deliver).await?;
        self.delivered = None;
        self.recorded = Instant::now();
        self.is_marked = true;
        Ok(())
    }

    /// All of it was handed out and will not be asked for again.
    async fn forget(&mut self) -> Result<(), Failure> {
        if !self.is_marked {
            return Ok(());
        }
        let (key, command_id) = (self.session.stored.key(), self.command_id.clone());
        Ok(self.session.repository.with(move |store| store.finish(&key, &command_id)).await?)
    }
}

/// Where the input of a pipeline goes.
#[derive(Clone)]
pub(crate) struct PipelineInput {
    session: LiveSession,
    id: PipelineId,
}

/// Ids that are left for the answers to host calls, when the last of a block go to input.
const FEW_IDS: u64 = 64;

impl PipelineInput {
    /// Sends input, or the end of it. Waits while the server has not taken what it was sent before.
    pub(crate) async fn send(&self, message_type: MessageType, data: String) -> Result<(), Failure> {
        let id = self.id;
        let send = move |task: &mut Task, done: oneshot::Sender<Option<u64>>| {
            // A pipeline of a session that is no longer open reports it by its end.
            let _ = task.driver.session.send(id, message_type, &data);
            let _ = done.send(task.driver.session.objects_left());
        };
        let left = self.session.ask(send).await?;
        self.session.renew_object_ids(left).await?;
        self.sent_but(MOST_UNSENT).await
    }

    /// Waits until the server has taken all but so many of the requests that it was sent, the first of which starts the
    /// pipeline.
    pub(crate) async fn sent_but(&self, unsent: usize) -> Result<(), Failure> {
        let id = self.id;
        Ok(self.session.ask(move |task, done| task.senders.push((id, unsent, done))).await?)
    }
}
