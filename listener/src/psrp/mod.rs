//! The server half of PSRP (MS-PSRP), as far as a client needs it that opens, leaves and resumes sessions.

pub mod client;
mod clixml;
mod format;
mod host;
mod key;
mod pipeline;
mod pool;
mod record;
mod script;
#[cfg(test)]
pub mod test_client;
#[cfg(test)]
mod tests;
mod value;
mod wire;

pub use pipeline::{CreatePipeline, Event, Pipeline};
pub use pool::{Boundary, Outgoing, PoolError, RunspacePool, application_private_data};
pub use record::preparing_modules;
pub use script::{Runspace, Step};
pub(crate) use wire::take;
pub use wire::{
    ClientMessage, GuidBytes, MessageType, Reassembler, ServerMessage, WireError, created_pipeline,
};
