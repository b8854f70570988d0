//! MS-PSRP, the PowerShell Remoting Protocol, without any I/O.
//!
//! Bytes that came from a stream of a shell go in; messages, objects and changes of state come out. From the
//! wire upwards:
//!
//! ```text
//! bytes ─► fragment ─► message ─► clixml ─► handshake ─► runspace_pool, pipeline
//!          joins       header     objects   typed        the state machines
//! ```
//!
//! INVARIANT: nothing here knows a socket, file, clock, thread or runtime, nor the SOAP verbs in which
//! fragments ride. The driver of a machine carries its bytes.
//!
//! INVARIANT: whatever the peer sends, this room neither panics nor allocates for lengths that are only
//! claimed; every size, count and depth has a bound in a `Limits`.

// A new state or event is to be thought of everywhere.
#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

pub(crate) mod clixml;
pub(crate) mod defragmenter;
pub(crate) mod error_record;
pub(crate) mod fragment;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod handshake;
pub(crate) mod host;
pub(crate) mod message;
pub(crate) mod outline;
pub(crate) mod pipeline;
mod progress;
pub(crate) mod runspace_pool;
pub(crate) mod session_key;

#[cfg(test)]
pub(crate) mod testing;

/// Every bound of this room on what a peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// Bounds of the fragments and of the object they carry.
    pub fragment: fragment::Limits,
    /// Bounds of the CLIXML inside one message.
    pub clixml: clixml::Limits,
}
