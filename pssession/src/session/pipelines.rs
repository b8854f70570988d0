//! The pipelines of a session: how each is started or attached to, fed, read, stopped and released.

use super::failure::Failure;
use super::receive::Receive;
use super::requests::Part;
use super::retry::{self, Next};
use crate::psrp::fragment::ObjectId;
use crate::psrp::pipeline::{Pipeline, PipelineError, PipelineEvent};
use crate::wsman::shell::{
    Command, CommandState, ConnectCommand, Receive as ReceiveRequest, Received, ReconnectCommand, Send,
    ShellAddress, Signal, SignalCode,
};
use crate::wsman::{CommandId, FaultCode, Request, Response};
use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

/// What a pipeline has brought.
#[derive(Debug, PartialEq)]
pub(crate) enum PipelineOutput<F> {
    /// In the object with this id, the mark up to which a later client has seen the pipeline's output.
    Event(ObjectId, PipelineEvent),
    End(PipelineEnd<F>),
}

/// Why nothing more comes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PipelineEnd<F> {
    /// It has ended: its last event was its state.
    Ended,
    /// The session was disconnected; the pipeline runs on.
    Detached,
    /// Whether it ended is not known, but for a fault of the service's.
    Failed(F),
    /// Whether this was carried out is not known, and it must not be twice.
    InDoubt(InDoubt, F),
}

/// What may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InDoubt {
    #[error("whether the command was started is not known")]
    Start,
    #[error("whether the command was given all of its input is not known")]
    Input,
}

/// One pipeline of this client's.
#[derive(Debug)]
pub(super) struct Running<F> {
    command_id: CommandId,
    pipeline: Pipeline,
    stage: Stage,
    /// Payloads to be sent, in order, one request at a time.
    input: VecDeque<Vec<u8>>,
    /// The one before them, which is being sent.
    sending: Option<Vec<u8>>,
    stop: Stop,
    receive: Receive,
    /// Whether its output is read here. Of one that is left for another client nothing is.
    is_read: bool,
    /// Whether it was taken up again, and nothing has come since.
    is_resumed: bool,
    /// What was received and is not decoded yet.
    received: VecDeque<Vec<u8>>,
    /// The first of it, plain, and how much of it is decoded.
    current: Option<(Vec<u8>, usize)>,
    end: Option<PipelineEnd<F>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// To be created by this payload.
    Start(Vec<u8>),
    /// To be connected to, by the verb that its shell was acquired with. One whose creation was not answered is created by
    /// this payload if it is not there.
    Attach(Attach, Option<Vec<u8>>),
    Running,
    /// It has ended, and the service is to free it. It was asked to so often.
    Release {
        tries: u32,
    },
    /// Nothing more is asked about it.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attach {
    Connect,
    Reconnect,
}

/// Who reads the output of a pipeline that is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    ThisClient,
    /// The server keeps all of it for the client that connects next.
    NextClient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Unwanted,
    Wanted,
    Sent,
}

/// The next Receive goes out while no more than this waits to be decoded: that is one answer.
const MOST_UNDECODED: usize = 512_000;

impl<F: Failure> Running<F> {
    /// A pipeline that is created with these payloads.
    pub(super) fn start(
        command_id: CommandId,
        pipeline: Pipeline,
        receive: Receive,
        payloads: Vec<Vec<u8>>,
        reader: Reader,
    ) -> Self {
        let mut payloads = VecDeque::from(payloads);
        let first = payloads.pop_front().unwrap_or_default();
        Running {
            input: payloads,
            is_read: reader == Reader::ThisClient,
            ..Running::new(command_id, pipeline, receive, Stage::Start(first))
        }
    }

    /// A pipeline that runs already.
    pub(super) fn attach(command_id: CommandId, pipeline: Pipeline, receive: Receive, by: Attach) -> Self {
        Running::new(command_id, pipeline, receive, Stage::Attach(by, None))
    }

    fn new(command_id: CommandId, pipeline: Pipeline, receive: Receive, stage: Stage) -> Self {
        Running {
            command_id,
            pipeline,
            stage,
            input: VecDeque::new(),
            sending: None,
            stop: Stop::Unwanted,
            receive,
            is_read: true,
            is_resumed: false,
            received: VecDeque::new(),
            current: None,
            end: None,
        }
    }

    /// Adds input. What fits into one request goes together.
    pub(super) fn input(&mut self, payloads: Vec<Vec<u8>>, max_payload: usize) {
        for payload in payloads {
            match self.input.back_mut() {
                Some(last) if last.len() + payload.len() <= max_payload => last.extend(payload),
                Some(_) | None => self.input.push_back(payload),
            }
        }
    }

    pub(super) fn stop(&mut self) {
        if self.stop == Stop::Unwanted {
            self.stop = Stop::Wanted;
        }
    }

    /// Whether its stream is read, or will be.
    pub(super) fn is_read(&self) -> bool {
        self.is_read && matches!(self.stage, Stage::Running | Stage::Attach(..))
    }

    /// The payloads that are still to be sent.
    pub(super) fn unsent(&self) -> usize {
        match self.stage {
            Stage::Start(_) | Stage::Attach(_, Some(_)) => self.input.len() + 1,
            Stage::Attach(_, None) | Stage::Running => self.input.len(),
            Stage::Release { .. } | Stage::Over => 0,
        }
    }

    /// Whether it has not come to an end, in any way.
    pub(super) fn goes_on(&self) -> bool {
        !matches!(self.stage, Stage::Release { .. } | Stage::Over)
    }

    pub(super) fn receive(&self) -> &Receive {
        &self.receive
    }

    pub(super) fn is_being_freed(&self) -> bool {
        matches!(self.stage, Stage::Release { .. })
    }

    /// Whether it needs nothing more, of the service or of who reads it.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.end.is_none() && self.received.is_empty() && self.current.is_none()
    }

    /// What is to be asked about it next; `is_in_flight` says what is being asked already.
    pub(super) fn next(
        &mut self,
        shell: &ShellAddress,
        is_in_flight: impl Fn(Part) -> bool,
    ) -> Option<(Part, Request)> {
        let (shell, command_id) = (shell.clone(), self.command_id.clone());
        match &self.stage {
            Stage::Start(_) if is_in_flight(Part::Start) => None,
            Stage::Start(arguments) => {
                let arguments = arguments.clone();
                Some((Part::Start, Command { shell, command_id, arguments }.into()))
            }
            Stage::Attach(..) if is_in_flight(Part::Attach) => None,
            Stage::Attach(Attach::Connect, _) => {
                Some((Part::Attach, ConnectCommand { shell, command_id }.into()))
            }
            Stage::Attach(Attach::Reconnect, _) => {
                Some((Part::Attach, ReconnectCommand { shell, command_id }.into()))
            }
            Stage::Running if self.stop == Stop::Wanted => {
                self.stop = Stop::Sent;
                Some((Part::Stop, Signal { shell, command_id, code: SignalCode::Stop }.into()))
            }
            Stage::Running if !self.input.is_empty() && !is_in_flight(Part::Input) => {
                let data = self.input.pop_front()?;
                self.sending = Some(data.clone());
                Some((Part::Input, Send { shell, command_id: Some(command_id), data }.into()))
            }
            Stage::Running if self.wants_output() && !is_in_flight(Part::Output) => {
                Some((Part::Output, ReceiveRequest { shell, command_id: Some(command_id) }.into()))
            }
            Stage::Release { .. } if !is_in_flight(Part::Release) => {
                Some((Part::Release, Signal { shell, command_id, code: SignalCode::Terminate }.into()))
            }
            Stage::Running | Stage::Release { .. } | Stage::Over => None,
        }
    }

    fn wants_output(&self) -> bool {
        self.is_read
            && !self.receive.is_done
            && self.received.iter().map(Vec::len).sum::<usize>() <= MOST_UNDECODED
    }

    /// Takes what a request came to. The failure of one that leaves the session in doubt is returned.
    pub(super) fn handle(&mut self, part: Part, result: Result<Response, F>) -> Result<(), F> {
        match (part, result) {
            (Part::Start, Ok(Response::Command(command_id))) if matches!(self.stage, Stage::Start(_)) => {
                // The service may have chosen another (WinRM 2.0 does).
                self.command_id = command_id;
                self.stage = Stage::Running;
            }
            // Meanwhile it may have ended, by an answer that was still in flight.
            (Part::Attach, Ok(_)) if matches!(self.stage, Stage::Attach(..)) => self.stage = Stage::Running,
            (Part::Output, Ok(Response::Received(received))) => self.received(received),
            (Part::Input, Ok(_)) => self.sending = None,
            (Part::Release, Err(failure)) => self.not_released(&failure),
            (Part::Release, Ok(_)) => self.stage = Stage::Over,
            (_, Ok(_)) => {}
            (part, Err(failure)) => return self.failed(part, failure),
        }
        Ok(())
    }

    fn failed(&mut self, part: Part, failure: F) -> Result<(), F> {
        if !self.goes_on() {
            return Ok(());
        }
        match part {
            Part::Output if failure.is_fault(&[FaultCode::OPERATION_TIMED_OUT]) => {
                self.receive.answered();
                Ok(())
            }
            // The server has not noticed yet that the connection of the Receive before is gone.
            Part::Output if self.is_resumed && failure.is_fault(&[FaultCode::CONCURRENCY]) => Err(failure),
            // The output of a stream that was cut off goes on once the session is ours again.
            Part::Output if failure.is_about_the_session() => Err(failure),
            Part::Attach if failure.is_about_the_session() => Err(failure),
            Part::Attach => {
                self.not_attached(failure);
                Ok(())
            }
            // The signal does no harm when it arrives twice.
            Part::Stop if failure.is_about_the_session() => {
                self.stop = Stop::Wanted;
                Err(failure)
            }
            // Its id is this client's own: it is the one whose answer was lost.
            Part::Start if failure.is_fault(&[FaultCode::COMMAND_ID_IN_USE]) => {
                self.stage = Stage::Running;
                Ok(())
            }
            Part::Start | Part::Input if failure.is_about_the_session() => {
                self.not_sent(&failure);
                Err(failure)
            }
            Part::Start | Part::Input | Part::Output => {
                self.fail(failure);
                Ok(())
            }
            // A pipeline that has ended by itself cannot be stopped any more.
            Part::Stop | Part::Release => Ok(()),
        }
    }

    fn not_attached(&mut self, failure: F) {
        match &mut self.stage {
            Stage::Attach(_, Some(start)) if failure.is_gone() => self.stage = Stage::Start(mem::take(start)),
            // That a command must be reconnected by itself is documented; that a service minds is not known of any
            // (MS-PSRP 3.1.5.3.18). Connect is what remains.
            Stage::Attach(by @ Attach::Reconnect, _) => *by = Attach::Connect,
            Stage::Attach(Attach::Connect, _)
            | Stage::Start(_)
            | Stage::Running
            | Stage::Release { .. }
            | Stage::Over => self.fail(failure),
        }
    }

    /// A command that is not freed counts against the limits of its user, and Signal does no harm when it arrives twice.
    fn not_released(&mut self, failure: &F) {
        let Stage::Release { tries } = &mut self.stage else { return };
        *tries += 1;
        if retry::after(failure.kind(), true, *tries, Duration::ZERO) != Next::Again(Duration::ZERO) {
            self.stage = Stage::Over;
        }
    }

    /// What did not arrive is sent again once the session is ours again. What may have arrived must not arrive twice: a
    /// command has an id by which it is asked for, and a Send has none.
    fn not_sent(&mut self, failure: &F) {
        match (mem::replace(&mut self.stage, Stage::Over), failure.may_be_carried_out()) {
            (Stage::Start(payload), true) => self.stage = Stage::Attach(Attach::Reconnect, Some(payload)),
            (_, true) => self.end = Some(PipelineEnd::InDoubt(InDoubt::Input, failure.clone())),
            (stage, false) => {
                self.stage = stage;
                if let Some(payload) = self.sending.take() {
                    self.input.push_front(payload);
                }
            }
        }
    }

    fn received(&mut self, received: Received) {
        self.receive.answered();
        self.is_resumed = false;
        let states = received.commands.iter();
        // An answer to this Receive need not repeat the command's id.
        self.receive.is_done |= states.clone().any(|(_, state)| *state == CommandState::Done);
        if self.end.is_none() && !received.streams.is_empty() {
            self.received.extend(received.streams.into_iter().map(|stream| stream.data));
        }
    }

    /// The next of what it has brought.
    pub(super) fn poll_output(&mut self) -> Option<PipelineOutput<F>> {
        while let Some((octets, decoded)) = self.next_octets() {
            let mut rest = &octets[decoded..];
            let event = self.pipeline.next_event(&mut rest);
            let decoded = octets.len() - rest.len();
            self.current = Some((octets, decoded)).filter(|(octets, decoded)| *decoded < octets.len());
            match event {
                Ok(None) => {}
                Ok(Some((object_id, event))) => {
                    if self.pipeline.has_ended() {
                        self.finish();
                    }
                    return Some(PipelineOutput::Event(object_id, event));
                }
                Err(error) => self.unreadable(error.into()),
            }
        }
        if self.receive.is_done && self.stage == Stage::Running {
            self.fail(PipelineError::NoState.into());
        }
        self.end.take().map(PipelineOutput::End)
    }

    /// What is to be decoded next, and from where on.
    fn next_octets(&mut self) -> Option<(Vec<u8>, usize)> {
        if let Some(current) = self.current.take() {
            return Some(current);
        }
        match self.receive.read(self.received.pop_front()?) {
            Ok(octets) => Some((octets, 0)),
            Err(error) => {
                self.unreadable(error.into());
                None
            }
        }
    }

    fn unreadable(&mut self, failure: F) {
        self.discard();
        self.fail(failure);
    }

    fn discard(&mut self) {
        self.received.clear();
        self.current = None;
    }

    /// The pipeline has ended. What remains is to free it.
    fn finish(&mut self) {
        self.discard();
        self.end = Some(PipelineEnd::Ended);
        if self.stage != Stage::Over {
            self.stage = Stage::Release { tries: 0 };
        }
    }

    pub(super) fn fail(&mut self, failure: F) {
        self.end = Some(match self.stage {
            Stage::Attach(_, Some(_)) => PipelineEnd::InDoubt(InDoubt::Start, failure),
            Stage::Start(_) | Stage::Attach(_, None) | Stage::Running => PipelineEnd::Failed(failure),
            Stage::Release { .. } | Stage::Over => return,
        });
        self.stage = Stage::Over;
    }

    /// The session was released. What has arrived can still be read.
    pub(super) fn detach(&mut self) {
        if self.goes_on() {
            self.end = Some(PipelineEnd::Detached);
        }
        self.stage = Stage::Over;
    }

    /// The session was lost and is ours again: its commands are to be taken up too.
    pub(super) fn reattach(&mut self) {
        if self.stage == Stage::Running {
            self.stage = Stage::Attach(Attach::Reconnect, None);
            self.is_resumed = true;
            self.pipeline.resume();
        }
    }
}
