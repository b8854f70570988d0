//! Host calls: what a script asks of the client's host, and the answers (MS-PSRP 2.2.2.15, 2.2.2.16, 2.2.2.27 and
//! 2.2.2.28).
//!
//! A [`Host`] is what a server is shown of the client's host at the start. A [`HostCall`] asks for something later, and a
//! [`HostResponse`] is the data of the answer.

mod answer;
mod call;
mod info;
mod method;
mod prompt;
mod request;
mod response;
mod screen;

#[cfg(test)]
mod tests;

pub use answer::{Credential, HostAnswer};
pub(crate) use call::HostCall;
pub use info::{Host, Terminal};
pub use prompt::{
    ChoiceDescription, ChoicePrompt, CredentialOptions, CredentialPrompt, FieldDescription, FieldKind, Prompt,
};
pub use request::{HostRequest, ReadKeyOptions};
pub(crate) use response::{HostError, HostResponse};
pub use screen::{BufferCell, ConsoleColor, Coordinates, KeyInfo, Rectangle, Size};

#[cfg(test)]
pub(crate) use method::{HostCallId, HostMethodId};
