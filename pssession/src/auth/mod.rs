//! Authentication: challenge in, `Authorization` out, and the sealing of message bodies.
//!
//! Nothing here waits, reads a clock or opens anything. The transport sends what a [`Mechanism`] hands it, feeds
//! back what the server answered, and looks up everything it has to know beforehand in the mechanism's row of
//! [`SCHEMES`]: which PowerShell names select it, whether it seals bodies, whether it may be used over plain HTTP.
//!
//! A handshake belongs to one TCP connection and so does all that grows from it: keys, cipher streams, sequence
//! numbers. A second connection begins with a new mechanism; only the [`Credential`] is shared.
//!
//! To add a mechanism: one file that implements [`Mechanism`], its row, and its line in `start.rs`.

mod basic;
mod certificate;
mod channel_binding;
mod credential;
mod credssp;
mod der;
mod digest;
mod encrypted;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod header;
mod kerberos;
mod mechanism;
mod ntlm;
mod scheme;
mod spnego;
mod start;
#[cfg(test)]
mod test_support;

pub(crate) use channel_binding::ChannelBindings;
pub(crate) use credential::{Credential, KeptCredential};
pub(crate) use credssp::{NtStatus, check_signatures};
pub(crate) use encrypted::{seal_body, unseal_body};
pub(crate) use error::{BodyFault, Error, listed};
pub(crate) use header::challenges;
pub(crate) use kerberos::{KerberosFault, LoginRequest, Progress, SecurityContext, Ticket};
pub(crate) use mechanism::{Context, Legs, Mechanism, Receiver, Sealed, Step};
pub use scheme::SCHEMES;
pub(crate) use scheme::{
    Authorizes, BASIC, CERTIFICATE, CREDSSP, DIGEST, KERBEROS, NEGOTIATE, Scheme, Sealing,
};

use mechanism::token;
