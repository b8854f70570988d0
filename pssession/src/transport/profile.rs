//! What all connections of one command to its servers have in common.

use super::encoding::Encoding;
use super::kerberos_user::KerberosUser;
use super::proxy::Proxies;
use super::tls::Trust;

use crate::access::{Authentication, TrustedHosts};
use crate::auth::{CERTIFICATE, KeptCredential, Scheme};
use std::time::Duration;

/// What all connections of one command have in common.
pub(crate) struct Profile {
    pub authentication: Authentication,
    pub credential: Option<KeptCredential>,
    pub trust: Trust,
    pub trusted_hosts: TrustedHosts,
    pub proxies: Proxies,
    pub encoding: Encoding,
    /// Risk: bodies go in the clear over plain HTTP.
    pub no_encryption: bool,
    pub include_port_in_spn: bool,
    /// Whether logins are tied to the TLS channel they run in.
    pub channel_binding: bool,
    /// The only service principal name to ask a Kerberos ticket for.
    pub spn: Option<String>,
    /// NTLM is never used.
    pub no_ntlm: bool,
    /// Starts empty.
    pub kerberos_user: KerberosUser,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long the answer to one request may take, on top of the operation timeout that the service has.
    pub answer_timeout: Duration,
}

impl Profile {
    /// How connections authenticate: where there is a client certificate, by that and nothing else.
    pub(crate) fn scheme(&self) -> &'static Scheme {
        if self.trust.shows_certificate() { &CERTIFICATE } else { self.authentication.scheme() }
    }
}
