//! The messages by which client and server agree on a RunspacePool, as types (MS-PSRP 2.2.2).
//!
//! Each has `encode` to the data of its message, `decode` from it, or both, as far as a client needs them.

mod application_private_data;
mod capability;
mod host_info;
mod runspaces;
mod state;

#[cfg(test)]
mod tests;

use thiserror::Error;

use super::clixml::{ReadError, Value};

pub(crate) use application_private_data::ApplicationPrivateData;
pub(crate) use capability::{IncompatibleVersion, ProtocolVersion, SessionCapability};
pub(crate) use host_info::HostInfo;
pub(crate) use runspaces::{
    ConnectRunspacePool, InitRunspacePool, PSThreadOptions, RunspaceCounts, RunspacePoolInitData,
    apartment_state,
};
pub(crate) use state::{RunspacePoolStateMessage, WireState};

/// Why the data of a message is not what its type promises.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error(transparent)]
    Clixml(#[from] ReadError),
    #[error("the property {0} is missing")]
    MissingProperty(&'static str),
    #[error("the property {0} is not of its type")]
    InvalidProperty(&'static str),
    #[error("the state {0} is unknown")]
    UnknownState(i32),
}

/// A property that has to be there and of its type.
pub(crate) fn property<'v, T>(
    bag: &'v Value,
    name: &'static str,
    convert: impl FnOnce(&'v Value) -> Option<T>,
) -> Result<T, DecodeError> {
    let value = bag.property(name).ok_or(DecodeError::MissingProperty(name))?;
    convert(value).ok_or(DecodeError::InvalidProperty(name))
}
