//! One pipeline of a client: what it is to run, and what comes of it (MS-PSRP 3.1.1.3).
//!
//! [`CreatePipeline`] is the data of CREATE_PIPELINE. The data of PIPELINE_INPUT is one value, as
//! [`clixml::write`](super::clixml::write) writes it, and END_OF_PIPELINE_INPUT has none. A [`Pipeline`] is fed with the
//! bytes of its stream and yields events.

use thiserror::Error;

use super::Limits;
use super::clixml::{self, ProgressRecord, Value};
use super::defragmenter::{Defragmenter, Joined, Losses};
use super::error_record::ErrorRecord;
use super::fragment::{FragmentError, ObjectId};
use super::handshake::DecodeError;
use super::host::HostCall;
use super::message::{Destination, Message, MessageError, MessageType, PipelineId};
use super::progress;

mod create;
mod record;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use create::{Command, CreatePipeline};
pub(crate) use record::InformationRecord;
pub(crate) use state::PipelineState;

#[cfg(test)]
pub(crate) use create::{Parameter, RemoteStreamOptions};

/// What a stream brought.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PipelineEvent {
    Output(Value),
    Error(Box<ErrorRecord>),
    Warning(String),
    Verbose(String),
    Debug(String),
    Information(Box<InformationRecord>),
    Progress(ProgressRecord),
    HostCall(HostCall),
    /// With the error that ended the pipeline, which comes as no event of its own.
    State(PipelineState, Option<Box<ErrorRecord>>),
    /// Something is missing before the next event.
    Gap,
    /// Something may be missing before the next event; at most so many objects, if that is known.
    Loss {
        at_most: Option<u64>,
    },
}

/// Why a pipeline cannot be followed any further; the server may still be running it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PipelineError {
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("{message_type} is malformed: {source}")]
    Malformed { message_type: MessageType, source: DecodeError },
    #[error("the server sent {0} to itself")]
    WrongDestination(MessageType),
    #[error("the server sent {0} for another pipeline")]
    WrongPipeline(MessageType),
    #[error("the server ended the command without its state")]
    NoState,
}

/// The stream of one pipeline.
///
/// It ends with a [`PipelineState`] that is an end, or with an error, and with nothing else. What comes after that is
/// ignored.
#[derive(Debug)]
pub(crate) struct Pipeline {
    id: PipelineId,
    limits: clixml::Limits,
    mark: Option<ObjectId>,
    /// `None` after the end.
    stream: Option<Defragmenter>,
}

impl Pipeline {
    /// A pipeline whose stream has not been read yet.
    pub(crate) fn new(id: PipelineId, limits: &Limits) -> Pipeline {
        let stream = Some(Defragmenter::new(limits.fragment));
        Pipeline { id, limits: limits.clixml, mark: None, stream }
    }

    /// A pipeline whose stream another client may have read, or this one up to `mark` in an earlier process. It may
    /// begin in the middle of an object.
    pub(crate) fn attach(id: PipelineId, mark: Option<ObjectId>, limits: &Limits) -> Pipeline {
        let mut stream = Defragmenter::new(limits.fragment);
        stream.resynchronise();
        if let Some(mark) = mark {
            stream.drop_through(mark);
        }
        Pipeline { id, limits: limits.clixml, mark, stream: Some(stream) }
    }

    /// The highest object that was taken. This one and those before it are a replay when they come again.
    #[cfg_attr(not(test), expect(dead_code, reason = "for output that is received in several processes"))]
    pub(crate) fn mark(&self) -> Option<ObjectId> {
        self.mark
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.stream.is_none()
    }

    /// The shell buffers its output in Drop mode, so that from now on anything may be missing.
    pub(crate) fn accept_gaps(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.accept_gaps();
        }
    }

    /// The same of whole objects; see [`Losses`].
    pub(crate) fn report_losses(&mut self, losses: Losses) {
        if let Some(stream) = &mut self.stream {
            stream.report_losses(losses);
        }
    }

    /// The stream was cut and goes on, after a reconnect, a connect, or a Receive whose answer was lost. It may go back
    /// by one answer.
    pub(crate) fn resume(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.resynchronise();
        }
    }

    /// Takes bytes of the stream, cut anywhere, off the front of `input` up to the next event, and gives that with the
    /// object it came in; a gap with the object that is lost.
    ///
    /// `None` means that all of `input` is taken. After an error nothing more is taken in.
    pub(crate) fn next_event(
        &mut self,
        input: &mut &[u8],
    ) -> Result<Option<(ObjectId, PipelineEvent)>, PipelineError> {
        let event = self.take_in(input);
        let is_end = match &event {
            Ok(Some((_, PipelineEvent::State(state, _)))) => state.is_end(),
            Ok(_) => false,
            Err(_) => true,
        };
        if is_end {
            self.stream = None;
        }
        event
    }

    fn take_in(&mut self, input: &mut &[u8]) -> Result<Option<(ObjectId, PipelineEvent)>, PipelineError> {
        let Some(stream) = &mut self.stream else {
            *input = &[];
            return Ok(None);
        };
        while let Some(joined) = stream.next(input)? {
            match joined {
                Joined::Gap(id) => return Ok(Some((id, PipelineEvent::Gap))),
                Joined::Loss { last, at_most } => return Ok(Some((last, PipelineEvent::Loss { at_most }))),
                Joined::Object { id, bytes } => {
                    stream.drop_through(id);
                    self.mark = Some(id);
                    let message = Message::decode(&bytes)?;
                    check_address(&message, self.id)?;
                    if let Some(event) = event(&message, &self.limits)? {
                        return Ok(Some((id, event)));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// A message has to be for the client and for this pipeline.
fn check_address(message: &Message<'_>, id: PipelineId) -> Result<(), PipelineError> {
    if message.destination != Destination::Client {
        return Err(PipelineError::WrongDestination(message.message_type));
    }
    if message.pipeline_id != Some(id) {
        return Err(PipelineError::WrongPipeline(message.message_type));
    }
    Ok(())
}

/// What a message means; `None` where that is nothing to a client, as with a type of message that is not known yet.
#[expect(clippy::wildcard_enum_match_arm, reason = "few of the types are for a client")]
fn event(message: &Message<'_>, limits: &clixml::Limits) -> Result<Option<PipelineEvent>, PipelineError> {
    let (message_type, data) = (message.message_type, &*message.data);
    let read = || match data {
        // How PowerShell sends $null.
        [] => Ok(Value::Nil),
        data => clixml::read(data, limits).map_err(DecodeError::from),
    };
    let event = match message_type {
        MessageType::PipelineOutput => read().map(PipelineEvent::Output),
        MessageType::ErrorRecord => read().map(ErrorRecord::new).map(Box::new).map(PipelineEvent::Error),
        MessageType::WarningRecord => record::message(data, limits).map(PipelineEvent::Warning),
        MessageType::VerboseRecord => record::message(data, limits).map(PipelineEvent::Verbose),
        MessageType::DebugRecord => record::message(data, limits).map(PipelineEvent::Debug),
        MessageType::InformationRecord => {
            InformationRecord::decode(data, limits).map(Box::new).map(PipelineEvent::Information)
        }
        MessageType::ProgressRecord => read().map(|bag| PipelineEvent::Progress(progress::of(&bag))),
        MessageType::PipelineHostCall => HostCall::decode(data, limits).map(PipelineEvent::HostCall),
        MessageType::PipelineState => {
            state::decode(data, limits).map(|(state, error)| PipelineEvent::State(state, error.map(Box::new)))
        }
        _ => return Ok(None),
    };
    event.map(Some).map_err(|source| PipelineError::Malformed { message_type, source })
}
