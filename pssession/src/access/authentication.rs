//! The mechanisms of authentication, by PowerShell's names.

/// PowerShell's AuthenticationMechanism: what `-Authentication` takes, with the numbers of that enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Authentication {
    /// Windows' default, which is Negotiate.
    #[default]
    Default = 0,
    /// The user name and the password with each request; only over TLS.
    Basic = 1,
    /// Kerberos, or NTLM if that is not possible.
    Negotiate = 2,
    /// As Negotiate, as the current user.
    NegotiateWithImplicitCredential = 3,
    /// Hands the password to the server, which can then use it for others.
    Credssp = 4,
    /// A hash of the password with each request (RFC 7616); only over TLS.
    Digest = 5,
    /// Kerberos and nothing else.
    Kerberos = 6,
}

members!(Authentication: Default Basic Negotiate NegotiateWithImplicitCredential Credssp Digest Kerberos);
