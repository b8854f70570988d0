//! What a running command says to its client, for those who use the library: values, errors and the other streams.

mod event;
pub mod host;
mod make;
mod object;
mod remote_error;
mod text;
pub mod value;

pub use event::{InformationRecord, PipelineEvent, PipelineState, ProgressRecord, ProgressRecordType};
pub use object::{InvalidClixml, PSObject};
pub use remote_error::{CategoryInfo, Invocation, RemoteError};
