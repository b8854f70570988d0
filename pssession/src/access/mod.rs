//! How servers are reached and trusted.
//!
//! A leaf: every room may use it, and it uses none.

mod authentication;
mod fingerprint;
mod trusted_hosts;

pub use authentication::Authentication;
pub use fingerprint::{BadHash, Fingerprint, Pins, Thumbprint};
pub use trusted_hosts::TrustedHosts;
