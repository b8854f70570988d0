//! How servers are reached: as whom, by which mechanism, and whom to trust.
//!
//! A leaf: every room may use it, and it uses only other leaves.

mod authentication;
mod client_certificate;
mod fingerprint;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod logon;
mod policy;
mod trusted_hosts;

pub use authentication::Authentication;
pub use client_certificate::{BadKey, ClientCertificate};
pub use fingerprint::{BadHash, Fingerprint, Pins, Thumbprint};
pub use logon::{Access, User};
pub use policy::{Policy, TrustAnchors};
pub use trusted_hosts::TrustedHosts;
