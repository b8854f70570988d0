//! The HTTP authentication schemes: which PowerShell names select each, and what is known of it beforehand.

use crate::access::Authentication;
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};

impl Authentication {
    /// The HTTP authentication scheme that carries it.
    pub fn scheme(self) -> &'static Scheme {
        match self {
            Authentication::Default
            | Authentication::Negotiate
            | Authentication::NegotiateWithImplicitCredential => &NEGOTIATE,
            Authentication::Basic => &BASIC,
            Authentication::Credssp => &CREDSSP,
            Authentication::Digest => &DIGEST,
            Authentication::Kerberos => &KERBEROS,
        }
    }
}

/// One row of the table of HTTP authentication schemes. Each of these facts is written here only.
#[derive(Debug, Clone, Copy)]
pub struct Scheme {
    /// The scheme's name in `WWW-Authenticate` and `Authorization`; compared without regard to letter case.
    pub name: &'static str,
    /// How it seals message bodies, if it can (MS-WSMV 2.2.9.1).
    pub sealing: Option<Sealing>,
    /// Whether the mechanism ties itself to the TLS channel below it (RFC 5929, `tls-server-end-point`).
    pub uses_channel_bindings: bool,
    /// Whether it may be used over plain HTTP: only what never shows the password and can seal.
    pub allowed_over_plain_http: bool,
    /// Which requests carry the `Authorization` header.
    pub authorizes: Authorizes,
    /// The mechanism that it carries.
    pub(super) kind: Kind,
}

/// What a scheme carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Negotiate,
    Kerberos,
    CredSsp,
    Basic,
    Digest,
    Certificate,
}

/// How a scheme frames sealed bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealing {
    /// The media type that the framing names as its protocol. It follows the HTTP scheme, not the mechanism inside.
    pub protocol: &'static str,
    /// Most octets of plaintext in one chunk; a longer body is sent as `multipart/x-multi-encrypted`.
    pub max_chunk: usize,
}

/// Which requests carry the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorizes {
    /// Those of the handshake; after it the TCP connection itself is authenticated.
    Connection,
    /// Every one.
    EachRequest,
}

/// What a scheme that authenticates connections has, unless it says otherwise.
const OF_CONNECTIONS: Scheme = Scheme {
    uses_channel_bindings: true,
    allowed_over_plain_http: true,
    authorizes: Authorizes::Connection,
    ..OF_REQUESTS
};

/// What a scheme that authenticates each request has.
const OF_REQUESTS: Scheme = Scheme {
    name: "",
    sealing: None,
    uses_channel_bindings: false,
    allowed_over_plain_http: false,
    authorizes: Authorizes::EachRequest,
    kind: Kind::Basic,
};

/// `Negotiate`: SPNEGO, or one of its mechanisms without the wrapping.
pub(crate) static NEGOTIATE: Scheme = Scheme {
    name: "Negotiate",
    sealing: Some(Sealing { protocol: "application/HTTP-SPNEGO-session-encrypted", max_chunk: usize::MAX }),
    kind: Kind::Negotiate,
    ..OF_CONNECTIONS
};

/// `Kerberos`: Kerberos and nothing else.
pub(crate) static KERBEROS: Scheme = Scheme {
    name: "Kerberos",
    sealing: Some(Sealing { protocol: "application/HTTP-Kerberos-session-encrypted", max_chunk: usize::MAX }),
    kind: Kind::Kerberos,
    ..OF_CONNECTIONS
};

/// `CredSSP` (MS-CSSP): hands the password to the server. Its own inner TLS takes the place of channel bindings,
/// and limits a chunk to what one TLS record holds.
pub(crate) static CREDSSP: Scheme = Scheme {
    name: "CredSSP",
    sealing: Some(Sealing { protocol: "application/HTTP-CredSSP-session-encrypted", max_chunk: 16_384 }),
    uses_channel_bindings: false,
    kind: Kind::CredSsp,
    ..OF_CONNECTIONS
};

/// `Basic` (RFC 7617).
pub(crate) static BASIC: Scheme = Scheme { name: "Basic", kind: Kind::Basic, ..OF_REQUESTS };

/// `Digest` (RFC 7616).
pub(crate) static DIGEST: Scheme = Scheme { name: "Digest", kind: Kind::Digest, ..OF_REQUESTS };

/// TLS client authentication, which the request only announces (DSP0226, the security profile
/// `wsman/secprofile/https/mutual`). No `-Authentication` selects it: `-CertificateThumbprint` does.
pub(crate) static CERTIFICATE: Scheme = Scheme {
    name: "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
    kind: Kind::Certificate,
    ..OF_REQUESTS
};

/// The table.
pub static SCHEMES: [&Scheme; 6] = [&NEGOTIATE, &KERBEROS, &CREDSSP, &BASIC, &DIGEST, &CERTIFICATE];

impl Scheme {
    /// The values of `-Authentication` that select this scheme.
    pub fn authentications(&self) -> impl Iterator<Item = Authentication> {
        Authentication::ALL.iter().copied().filter(|authentication| authentication.scheme().kind == self.kind)
    }

    /// What people call it: its name, but for that of the client certificate, which is a URL.
    pub fn title(&self) -> &'static str {
        if self.kind == Kind::Certificate { "Certificate" } else { self.name }
    }

    /// Whether the server gets the password itself, which must not go to an unverified server.
    pub fn hands_over_password(&self) -> bool {
        matches!(self.kind, Kind::CredSsp | Kind::Basic)
    }

    /// Whether it carries Kerberos.
    pub(crate) fn takes_tickets(&self) -> bool {
        matches!(self.kind, Kind::Negotiate | Kind::Kerberos | Kind::CredSsp)
    }

    /// The value of an `Authorization` header with this token.
    pub(super) fn authorization(&self, token: &[u8]) -> Secret {
        // The room for all of it is taken at once: a growing string would leave copies of the secret behind.
        let mut value = String::with_capacity(self.name.len() + 1 + token.len().div_ceil(3) * 4);
        value.push_str(self.name);
        value.push(' ');
        BASE64_STANDARD.encode_string(token, &mut value);
        Secret::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_those_of_powershell() {
        let listed: Vec<_> = Authentication::ALL.iter().map(|a| (*a as u8, a.name())).collect();
        assert_eq!(
            listed,
            [
                (0, "Default"),
                (1, "Basic"),
                (2, "Negotiate"),
                (3, "NegotiateWithImplicitCredential"),
                (4, "Credssp"),
                (5, "Digest"),
                (6, "Kerberos"),
            ]
        );
    }

    #[test]
    fn every_authentication_selects_one_row_of_the_table() {
        for &authentication in Authentication::ALL {
            let rows = SCHEMES.iter().filter(|row| row.authentications().any(|a| a == authentication));
            assert_eq!(rows.count(), 1, "{authentication:?}");
        }
        assert_eq!(CERTIFICATE.authentications().count(), 0);
    }

    #[test]
    fn plain_http_is_only_for_what_seals() {
        for row in SCHEMES {
            assert_eq!(row.allowed_over_plain_http, row.sealing.is_some(), "{}", row.name);
        }
    }
}
