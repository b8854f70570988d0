//! A running command and its events.

use super::error::Error;
use super::object::PSObject;
use crate::engine::{LivePipeline, Output};
use crate::psrp::error_record::ErrorRecord;
use crate::psrp::message::MessageType;
use crate::psrp::pipeline;
use crate::session::{PipelineEnd, PipelineOutput};
use std::time::Instant;

/// A command running in a session.
///
/// The command keeps running when this is dropped; to stop it, call [`Pipeline::stop`] and read to the end.
pub struct Pipeline {
    live: LivePipeline,
    computer: String,
    session: String,
}

/// The events of a pipeline, in order.
#[derive(Debug, Clone, PartialEq)]
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
    /// The text of an information record, as Write-Information and Write-Host write it.
    Information(String),
    /// A progress record: the activity, and its percentage if there is one.
    Progress {
        /// What is being done.
        activity: String,
        /// From 0 to 100.
        percent: Option<u8>,
    },
    /// The command called this method of PowerShell's host interface. A question was refused, since no one can answer
    /// it; other calls only display something.
    HostCall {
        /// Such as `Prompt` or `WriteLine2`.
        method: String,
    },
    /// Output is missing here: the session's buffer was full, and its mode is Drop.
    Gap,
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

/// An error of the command.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RemoteError {
    /// What went wrong.
    pub message: String,
    /// PowerShell's FullyQualifiedErrorId.
    pub fully_qualified_error_id: String,
    /// The name of its ErrorCategory.
    pub category: &'static str,
    /// The whole record.
    pub record: PSObject,
}

impl Pipeline {
    pub(super) fn new(live: LivePipeline, computer: String, session: String) -> Pipeline {
        Pipeline { live, computer, session }
    }

    /// The command's id, with which another client can attach to it: see [`Session::attach`](super::Session::attach).
    pub fn command_id(&self) -> &crate::record::CommandId {
        self.live.command_id()
    }

    /// The next event; `None` after the last. Events that were returned count as read, and are not returned again to
    /// this user's programs on this computer. Dropping the future loses no event.
    ///
    /// # Errors
    /// When the connection is lost for good, the server removes the session, or what was read cannot be recorded.
    pub async fn next(&mut self) -> Result<Option<PipelineEvent>, Error> {
        while let Some(output) = self.live.next().await.map_err(|failure| self.error(&failure))? {
            if let Some(event) = self.event(output).await? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Asks the command to stop. Its last event reports that it has.
    ///
    /// # Errors
    /// When the session is no longer there.
    pub async fn stop(&self) -> Result<(), Error> {
        self.live.stop().await.map_err(|not_driven| self.error(&not_driven.into()))
    }

    async fn event(&mut self, output: Output) -> Result<Option<PipelineEvent>, Error> {
        match output {
            Output::Pipeline(PipelineOutput::Event(_, event)) => self.pipeline_event(event).await,
            Output::Lost { until } => Ok(Some(PipelineEvent::ConnectionLost { until })),
            Output::Recovered => Ok(Some(PipelineEvent::Reconnected)),
            Output::Pipeline(PipelineOutput::End(PipelineEnd::Ended)) => Ok(None),
            Output::Pipeline(PipelineOutput::End(PipelineEnd::Detached)) => Ok(Some(PipelineEvent::Detached)),
            Output::Pipeline(PipelineOutput::End(PipelineEnd::Failed(failure))) => Err(self.error(&failure)),
        }
    }

    async fn pipeline_event(
        &mut self,
        event: pipeline::PipelineEvent,
    ) -> Result<Option<PipelineEvent>, Error> {
        use pipeline::PipelineEvent as E;
        use pipeline::PipelineState as S;
        Ok(Some(match event {
            E::Output(value) => PipelineEvent::Output(PSObject(value)),
            E::Error(record) => PipelineEvent::Error(record.into()),
            E::Warning(text) => PipelineEvent::Warning(text),
            E::Verbose(text) => PipelineEvent::Verbose(text),
            E::Debug(text) => PipelineEvent::Debug(text),
            E::Information(record) => PipelineEvent::Information(PSObject(record.message_data).to_string()),
            E::Progress(record) => PipelineEvent::Progress {
                activity: record.activity,
                percent: u8::try_from(record.percent_complete).ok(),
            },
            E::HostCall(call) => {
                if call.expects_response() {
                    let refusal = call.refusal().encode();
                    let sent = self.live.send(MessageType::PipelineHostResponse, refusal).await;
                    sent.map_err(|not_driven| self.error(&not_driven.into()))?;
                }
                PipelineEvent::HostCall { method: call.method.to_string() }
            }
            E::Gap => PipelineEvent::Gap,
            E::State(state, error) => {
                let state = match state {
                    S::Completed => PipelineState::Completed,
                    S::Failed => PipelineState::Failed,
                    S::Stopped => PipelineState::Stopped,
                    S::NotStarted | S::Running | S::Stopping | S::Disconnected => return Ok(None),
                };
                PipelineEvent::Ended { state, error: error.map(RemoteError::from) }
            }
        }))
    }

    fn error(&self, failure: &crate::engine::Failure) -> Error {
        Error::session(&self.computer, &self.session, failure)
    }
}

impl From<ErrorRecord> for RemoteError {
    fn from(record: ErrorRecord) -> RemoteError {
        RemoteError {
            message: record.message,
            fully_qualified_error_id: record.fully_qualified_error_id,
            category: record.category.category.name(),
            record: PSObject(record.value),
        }
    }
}
