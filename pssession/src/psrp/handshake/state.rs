//! RUNSPACEPOOL_STATE: what became of the pool on the server (MS-PSRP 2.2.2.9).

use super::decode::{DecodeError, numbered, property};
use crate::psrp::clixml::{self, Value};
use crate::psrp::error_record::ErrorRecord;

/// RunspacePoolState as a server may send it (MS-PSRP 2.2.3.4).
///
/// The document has four more states, 6 to 9, which exist only within a client and mean other things in
/// .NET's enum of that name; they never travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireState {
    BeforeOpen = 0,
    Opening = 1,
    Opened = 2,
    Closed = 3,
    Closing = 4,
    Broken = 5,
}

numbered!(WireState: BeforeOpen Opening Opened Closed Closing Broken);

/// The state, and why where the server says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunspacePoolStateMessage {
    pub state: WireState,
    /// The message of the ErrorRecord that comes with a broken pool.
    pub reason: Option<String>,
}

impl RunspacePoolStateMessage {
    pub(crate) fn decode(
        data: &[u8],
        limits: &clixml::Limits,
    ) -> Result<RunspacePoolStateMessage, DecodeError> {
        let mut bag = clixml::read(data, limits)?;
        let state = property(&bag, "RunspaceState", Value::as_i32)?.try_into()?;
        let error = bag.take_property("ExceptionAsErrorRecord").map(ErrorRecord::new);
        let reason = error.map(|error| error.message).filter(|message| !message.is_empty());
        Ok(RunspacePoolStateMessage { state, reason })
    }
}
