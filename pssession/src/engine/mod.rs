//! The only room where waiting happens: on servers, on the store, on pauses between tries.
//!
//! [`Computer`] sends and waits; [`Driver`] does what a session's machine says, and [`LiveSession`] is one that a task
//! drives; a [`Claim`] records a session before its server is asked, and [`acquire()`] completes or withdraws it; [`Redirects`] decides, purely, where a computer may send its client; [`Repository`] waits for the store.

// A new state or event is to be thought of everywhere.
#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

mod acquire;
mod arguments;
mod blocking;
mod computer;
mod driver;
mod endless;
mod enumeration;
mod failure;
mod feed;
mod host;
mod interrupt;
mod live;
mod pipeline;
mod private_data;
mod redirect;
mod repository;
mod task;

pub(crate) use acquire::{Claim, NotAcquired, acquire, buffer_mode, disconnect, open, output_buffering_mode};
pub(crate) use computer::Computer;
pub(crate) use driver::Driver;
pub(crate) use endless::Endless;
pub(crate) use enumeration::Enumerated;
pub(crate) use failure::Failure;
pub(crate) use feed::feed;
pub use interrupt::Interrupt;
pub(crate) use live::LiveSession;
pub(crate) use pipeline::{LivePipeline, PipelineInput};
pub(crate) use redirect::{Redirection, Redirects, Refusal};
pub(crate) use repository::Repository;
