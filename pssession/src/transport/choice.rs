//! By which mechanism a computer is logged on to, and why not by another.

use crate::auth::KerberosFault;

/// What was decided for a login, before anything was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What carries it, as people call it.
    pub scheme: &'static str,
    pub mechanism: Chosen,
    /// Nothing proves who the other end of the TLS connection is: its certificate is not checked, and the mechanism does
    /// not prove it, or not of this connection.
    pub is_unproven: bool,
    pub proxy: ProxyUse,
}

/// Whether a proxy of the environment carries the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProxyUse {
    /// It does.
    Carries,
    /// None is set for this computer, or it is this machine.
    Direct,
    /// This one is set for plain HTTP, where a login belongs to a connection and a proxy does as it pleases with those.
    NotOverHttp { shown: String },
}

/// The mechanism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// With a ticket for this service.
    Kerberos { target: String },
    /// In the place of Kerberos, which lacks something.
    Ntlm { lacking: KerberosFault },
    /// The scheme carries nothing but itself.
    Itself,
}
