//! The PSSession record and the identifiers of a session.
//!
//! A leaf: every room may use it, and it uses only other leaves.

mod id;
mod session;
mod stored;

pub use id::{CommandId, ObjectId, ProtocolVersion, ResourceUri, SessionId, ShellId};
pub(crate) use session::shown;
pub use session::{CommandState, InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
pub use stored::{RecordKey, StoredSession};
