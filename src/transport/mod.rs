//! Octets over HTTP: one authenticated connection to one computer, and what may be trusted on the way.

mod endpoint;
mod error;
mod http;
mod pin;
mod proxy;
mod tls;
mod trusted_hosts;

pub use endpoint::{BadEndpoint, Endpoint};
pub use error::{Error, TlsFault};
pub use http::{Channel, Profile};
pub use proxy::Proxies;
pub use tls::{TlsOptions, Trust, TrustError};
pub use trusted_hosts::TrustedHosts;
