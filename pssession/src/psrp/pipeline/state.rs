//! PIPELINE_STATE: what became of a pipeline (MS-PSRP 2.2.2.21).

use crate::psrp::clixml::{self, Value};
use crate::psrp::error_record::ErrorRecord;
use crate::psrp::handshake::{DecodeError, numbered, property};

/// PSInvocationState (MS-PSRP 2.2.3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PipelineState {
    NotStarted = 0,
    Running = 1,
    Stopping = 2,
    Stopped = 3,
    Completed = 4,
    Failed = 5,
    Disconnected = 6,
}

numbered!(PipelineState: NotStarted Running Stopping Stopped Completed Failed Disconnected);

impl PipelineState {
    /// Whether nothing comes after it.
    pub(crate) fn is_end(self) -> bool {
        matches!(self, PipelineState::Stopped | PipelineState::Completed | PipelineState::Failed)
    }
}

/// The state, and the error that ended the pipeline: it is sent nowhere else.
pub(super) fn decode(
    data: &[u8],
    limits: &clixml::Limits,
) -> Result<(PipelineState, Option<ErrorRecord>), DecodeError> {
    let mut bag = clixml::read(data, limits)?;
    let state = property(&bag, "PipelineState", Value::as_i32)?.try_into()?;
    let error = bag.take_property("ExceptionAsErrorRecord").filter(|error| *error != Value::Nil);
    Ok((state, error.map(ErrorRecord::new)))
}
