//! The front of the library: a [`Client`] that finds, opens and connects to sessions, a [`Session`] that runs commands,
//! and a [`Pipeline`] that is read.

mod builder;
mod error;
mod object;
mod pipeline;
mod session;

pub use builder::ClientBuilder;
pub use error::{Error, ErrorKind};
pub use object::PSObject;
pub use pipeline::{Pipeline, PipelineEvent, PipelineState, RemoteError};
pub use session::{Client, Session};
