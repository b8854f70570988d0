//! The messages by which client and server agree on a RunspacePool, as types (MS-PSRP 2.2.2).
//!
//! Each has `encode` to the data of its message, `decode` from it, or both, as far as a client needs them.

mod application_private_data;
mod capability;
mod decode;
mod runspaces;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use application_private_data::ApplicationPrivateData;
pub(crate) use capability::{IncompatibleVersion, ProtocolVersion, SessionCapability};
pub(crate) use decode::{DecodeError, numbered, property};
pub(crate) use runspaces::{InitRunspacePool, apartment_state, check_init_data};
pub(crate) use state::{RunspacePoolStateMessage, WireState};
