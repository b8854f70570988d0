//! What a running command says to its client, for those who use the library: values, errors and the other streams.

mod event;
pub mod host;
mod make;
mod object;

pub use event::{
    InformationRecord, PipelineEvent, PipelineState, ProgressRecord, ProgressRecordType, RemoteError,
};
pub use object::PSObject;
