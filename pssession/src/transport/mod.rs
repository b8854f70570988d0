//! Octets over HTTP: one authenticated connection to one computer, and what may be trusted on the way.

mod channel;
mod choice;
mod client_certificate;
mod connection;
mod encoding;
mod endpoint;
mod error;
mod fingerprint;
mod pin;
mod proxy;
mod proxy_login;
mod reply;
mod start;
mod ticket;
mod tls;
mod trusted_hosts;
mod tunnel;
mod wire;

pub use channel::{Channel, Profile};
pub use choice::{Choice, Chosen};
pub use client_certificate::{BadKey, ClientCertificate};
pub use encoding::Encoding;
pub use endpoint::{BadEndpoint, BadRedirection, Endpoint};
pub use error::{Error, ProxyFault, TlsFault};
pub use fingerprint::{BadHash, Fingerprint, Pins, Thumbprint};
pub use proxy::Proxies;
pub use ticket::KerberosUser;
pub use tls::{TlsOptions, Trust, TrustError};
pub use trusted_hosts::TrustedHosts;
