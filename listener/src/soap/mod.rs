//! WS-Management envelopes: requests are parsed and checked here, and answers written.

mod duration;
mod envelope;
mod fault;
pub mod names;
mod node;
mod operation;
mod request;
#[cfg(test)]
pub mod test_client;
#[cfg(test)]
mod tests;

pub use duration::{days, seconds};
pub use envelope::{Reply, guid};
pub use fault::{Fault, FaultKind};
pub use names::Verb;
pub use operation::{Chunk, Connect, CreateCommand, CreateShell, Enumerate, Operation};
pub use request::{Header, Request, Summary, is_identify};
