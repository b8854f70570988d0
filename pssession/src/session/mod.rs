//! One session on a server, as a pure machine: a shell, the client that holds it, its runspace pool and pipelines, and
//! what is in flight.
//!
//! The driver gives it commands (`invoke`, `stop`, `disconnect` ...) and what happened (`handle_response`,
//! `handle_timeout`), and asks what is to be done (`poll_request`, `poll_timeout`, `poll_output`). Time is an argument.
//! Nothing here waits, and nothing knows a socket or a clock.
//!
//! This is the one place where PSRP and WS-Management meet: which fragments ride in which verb, and that the pool's
//! id, the ShellId and the InstanceId are the same GUID for a session made by any client that can disconnect
//! (MS-PSRP 3.1.5.3.1).

// A new state or event is to be thought of everywhere.
#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

mod acquire;
mod compression;
mod event;
mod failure;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod handle;
mod machine;
mod phase;
mod pipelines;
mod receive;
mod requests;
mod respond;
pub(crate) mod retry;

#[cfg(test)]
mod tests;

pub(crate) use acquire::{Acquired, ConnectKind};
pub(crate) use event::Event;
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use machine::{Identity, NotOpen, Session, SessionOptions};
pub(crate) use phase::{CreateOptions, DisconnectOptions, Phase};
pub(crate) use pipelines::{InDoubt, PipelineEnd, PipelineOutput, Reader};
pub(crate) use requests::{Outgoing, RequestId};
