//! Octets over HTTP: one authenticated connection to one computer, and what may be trusted on the way.

mod channel;
mod connection;
mod encoding;
mod endpoint;
mod error;
mod pin;
mod proxy;
mod reply;
mod tls;
mod trusted_hosts;

pub use channel::{Channel, Profile};
pub use encoding::Encoding;
pub use endpoint::{BadEndpoint, BadRedirection, Endpoint};
pub use error::{Error, TlsFault};
pub use proxy::Proxies;
pub use tls::{TlsOptions, Trust, TrustError};
pub use trusted_hosts::TrustedHosts;
