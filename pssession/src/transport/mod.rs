//! Octets over HTTP: authenticated connections to one computer, and what is trusted there.

mod choice;
mod connection;
mod encoding;
mod endpoint;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod header;
mod kerberos_user;
mod lending;
mod pin;
mod pool;
mod profile;
mod proxy;
mod proxy_login;
mod reply;
mod start;
mod ticket;
mod tls;
mod tls_fault;
mod tunnel;
mod wire;

pub(crate) use choice::{Choice, Chosen, ProxyUse};
pub(crate) use connection::Post;
pub(crate) use endpoint::{BadRedirection, Endpoint};
pub(crate) use error::{Error, ProxyFault};
pub(crate) use pool::ConnectionPool;
pub(crate) use profile::Profile;
pub(crate) use tls::TrustError;
pub(crate) use tls_fault::TlsFault;
