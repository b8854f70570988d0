//! CLIXML: .NET objects as XML, the way PSRP carries them (MS-PSRP 2.2.5).
//!
//! One message carries one value: no `Objs` root, no declaration, no namespace. What a value can be is
//! in `value.rs`; [`read()`] and [`write()`] turn it from and to its XML.

mod error;
mod escape;
mod limits;
mod primitive;
mod read;
mod references;
mod time;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use error::ReadError;
pub(crate) use limits::Limits;
pub(crate) use primitive::{Decimal, SecureString, Version};
pub(crate) use read::read;
pub(crate) use references::References;
pub use time::{DateTime, DateTimeKind, TimeSpan};
pub(crate) use value::{Content, MemberSet, Object, Properties, RefId, Value, type_names};
pub use value::{ProgressRecord, ProgressRecordType};
pub(crate) use write::{write, write_for_document};
