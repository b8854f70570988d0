//! What holds for all servers of one run.

use super::fingerprint::Pins;
use super::trusted_hosts::TrustedHosts;
use std::path::PathBuf;
use std::time::Duration;

/// As long as Windows tries (wire.md 10.1).
const RECONNECT_FOR: Duration = Duration::from_secs(240);

/// What a user allows on the network, and how long it may take. It is not remembered, but for the trust anchors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whom to trust, instead of those that a known session was connected with.
    pub anchors: TrustAnchors,
    /// Hosts that NTLM may be used with over plain HTTP.
    pub trusted_hosts: TrustedHosts,
    /// Whether logins are bound to the TLS channel they run in.
    pub channel_binding: bool,
    /// The only service principal name, `SERVICE/HOST`, to request a Kerberos ticket for; `None` for those that WinRM's
    /// service has by default.
    pub spn: Option<String>,
    /// NTLM is never used.
    pub no_ntlm: bool,
    /// How long to wait for a connection, and for an answer; `None` for the defaults.
    pub timeout: Option<Duration>,
    /// How long to try to reconnect to a session when its connection is lost; zero for not at all.
    pub reconnect_for: Duration,
}

/// The certificates to trust: those of the system's authorities by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TrustAnchors {
    /// PEM file with the only authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// The only certificates of servers to trust.
    pub pins: Pins,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            anchors: TrustAnchors::default(),
            trusted_hosts: TrustedHosts::default(),
            channel_binding: true,
            spn: None,
            no_ntlm: false,
            timeout: None,
            reconnect_for: RECONNECT_FOR,
        }
    }
}

impl TrustAnchors {
    /// These, and for what they leave open, the others.
    pub fn or(&self, others: &TrustAnchors) -> TrustAnchors {
        TrustAnchors {
            ca_file: self.ca_file.as_ref().or(others.ca_file.as_ref()).cloned(),
            pins: if self.pins.is_empty() { others.pins.clone() } else { self.pins.clone() },
        }
    }
}
