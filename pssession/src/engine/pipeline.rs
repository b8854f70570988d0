//! The handles of a live session's pipelines.

use super::blocking::finished;
use super::failure::{Failure, NotDriven};
use super::host;
use super::live::LiveSession;
use super::task::{Output, Task};
use crate::pipeline::{PSObject, PipelineEvent};
use crate::psrp::clixml::SecureString;
use crate::psrp::fragment::ObjectId;
use crate::psrp::host::{Host, HostCall};
use crate::psrp::message::{MessageType, PipelineId};
use crate::psrp::pipeline::{self, CreatePipeline};
use crate::record::CommandId;
use crate::secret::Secret;
use crate::session::{PipelineEnd, PipelineOutput, Reader};
use crate::store::StoreError;
use futures_util::future::{Either, select};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Requests with input that may be under way to a server before more is taken.
const MOST_UNSENT: usize = 8;
/// What was handed out is recorded about so often, for the process after one that is killed.
const RECORD_EVERY: Duration = Duration::from_millis(50);

impl LiveSession {
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
        Ok(LivePipeline::new(self, id, CommandId::of_guid(id.0), None, host))
    }

    /// Takes up a pipeline that runs already. What this user's programs have delivered of it is left out.
    pub(crate) async fn attach(&self, command_id: CommandId, host: Host) -> Result<LivePipeline, Failure> {
        let id = PipelineId(command_id.guid().ok_or(NotDriven)?);
        let (key, command) = (self.stored.key(), command_id.clone());
        let mark = self.repository.with(move |store| store.delivered(&key, &command)).await?;
        self.begin_reading().await?;
        let command = command_id.clone();
        self.send(move |task| task.driver.session.attach(id, command, mark)).await?;
        Ok(LivePipeline::new(self, id, command_id, mark, host))
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
    /// The record that was begun last.
    recording: Option<JoinHandle<Result<(), Arc<StoreError>>>>,
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
    fn new(
        session: &LiveSession,
        id: PipelineId,
        command_id: CommandId,
        mark: Option<ObjectId>,
        host: Host,
    ) -> LivePipeline {
        LivePipeline {
            session: session.clone(),
            lost_until: session.lost_until(),
            is_lost: false,
            id,
            command_id,
            host,
            asked: None,
            ready: VecDeque::new(),
            handed_out: None,
            delivered: None,
            recorded: Instant::now(),
            recording: None,
            is_marked: mark.is_some(),
            has_ended: false,
            is_read_out: false,
        }
    }

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
                    let is_recorded = self.recording.as_ref().is_none_or(JoinHandle::is_finished);
                    if is_recorded && self.recorded.elapsed() > RECORD_EVERY {
                        self.record();
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

    /// Begins to record what was delivered. Output goes on while the disk is busy.
    fn record(&mut self) {
        let Some(mark) = self.delivered.take() else { return };
        let before = self.recording.take();
        let (repository, key) = (self.session.repository.clone(), self.session.stored.key());
        let command_id = self.command_id.clone();
        self.recording = Some(tokio::spawn(async move {
            if let Some(before) = before {
                finished(before).await?;
            }
            repository.with(move |store| store.deliver(&key, &command_id, mark)).await
        }));
        self.recorded = Instant::now();
        self.is_marked = true;
    }

    /// Records what was delivered.
    async fn deliver(&mut self) -> Result<(), Failure> {
        self.record();
        match self.recording.take() {
            Some(recording) => Ok(finished(recording).await?),
            None => Ok(()),
        }
    }

    /// All of it was handed out and will not be asked for again.
    async fn forget(&mut self) -> Result<(), Failure> {
        // What is being recorded still comes first.
        self.delivered = None;
        self.deliver().await?;
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
