//! The events of a pipeline.

use super::host::HostCall;
use super::object::PSObject;
use super::remote_error::RemoteError;
use crate::psrp::pipeline;
use std::time::Instant;

pub use crate::psrp::clixml::{ProgressRecord, ProgressRecordType};

/// The events of a pipeline, in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum PipelineEvent {
    /// A value of the output stream.
    Output(PSObject),
    /// An error that did not end the pipeline.
    Error(RemoteError),
    /// A warning.
    Warning(String),
    /// A verbose message.
    Verbose(String),
    /// A debug message.
    Debug(String),
    /// What Write-Information and Write-Host write.
    Information(InformationRecord),
    /// How far the command is.
    Progress(ProgressRecord),
    /// The command called a method of PowerShell's host interface, to display something or to ask for it.
    HostCall(HostCall),
    /// Output is missing here: the session's buffer was full, and its mode is Drop.
    Gap,
    /// The session's mode is Drop, and output may be missing here.
    PossibleGap {
        /// At most so many records, if that is known.
        at_most: Option<u64>,
    },
    /// The connection is lost; reconnecting is tried until then.
    ConnectionLost {
        /// When that ends.
        until: Instant,
    },
    /// The connection is restored. Nothing was lost.
    Reconnected,
    /// The pipeline has ended. This is the last event.
    Ended {
        /// How.
        state: PipelineState,
        /// The error that ended it; there is no separate event for it.
        error: Option<RemoteError>,
    },
    /// The session was disconnected. The pipeline keeps running, and another session can read it from here. This is the
    /// last event.
    Detached,
}

/// How a pipeline ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PipelineState {
    /// To its end, perhaps with errors that did not end it.
    Completed,
    /// By an error.
    Failed,
    /// It was stopped.
    Stopped,
}

/// What Write-Information and Write-Host write. The latter's has the tag `PSHOST`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InformationRecord {
    /// The message, a text or any object.
    pub message_data: PSObject,
    /// The script or command that wrote it.
    pub source: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl PipelineEvent {
    /// `None` where nothing has happened that concerns a reader, and for host calls, which are handled before.
    pub(crate) fn new(event: pipeline::PipelineEvent) -> Option<PipelineEvent> {
        use pipeline::PipelineEvent as E;
        Some(match event {
            E::Output(value) => PipelineEvent::Output(PSObject(value)),
            E::Error(record) => PipelineEvent::Error((*record).into()),
            E::Warning(text) => PipelineEvent::Warning(text),
            E::Verbose(text) => PipelineEvent::Verbose(text),
            E::Debug(text) => PipelineEvent::Debug(text),
            E::Information(record) => PipelineEvent::Information(InformationRecord {
                message_data: PSObject(record.message_data),
                source: record.source,
                tags: record.tags,
            }),
            E::Progress(record) => PipelineEvent::Progress(record),
            E::HostCall(_) => return None,
            E::Gap => PipelineEvent::Gap,
            E::Loss { at_most } => PipelineEvent::PossibleGap { at_most },
            E::State(state, error) => {
                let state = PipelineState::of(state)?;
                PipelineEvent::Ended { state, error: error.map(|error| (*error).into()) }
            }
        })
    }
}

impl PipelineState {
    /// `None` for a state that is not an end.
    fn of(state: pipeline::PipelineState) -> Option<PipelineState> {
        use pipeline::PipelineState as S;
        match state {
            S::Completed => Some(PipelineState::Completed),
            S::Failed => Some(PipelineState::Failed),
            S::Stopped => Some(PipelineState::Stopped),
            S::NotStarted | S::Running | S::Stopping | S::Disconnected => None,
        }
    }
}
