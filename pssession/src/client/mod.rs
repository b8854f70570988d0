//! The front of the library: a [`Client`] that finds, opens and connects to sessions, a [`Session`] that runs commands,
//! and a [`Pipeline`] that is read.

mod builder;
mod error;
mod pipeline;
mod session;

pub use builder::ClientBuilder;
pub use error::{Error, ErrorKind};
pub use pipeline::Pipeline;
pub use session::{Client, Session};
