//! The mechanisms of authentication, by PowerShell's names.

/// PowerShell's AuthenticationMechanism: what `-Authentication` takes, with the numbers of that enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Authentication {
    /// Windows' default, which is Negotiate.
    #[default]
    Default = 0,
    /// The user name and the password with each request; only over TLS.
    Basic = 1,
    /// Kerberos, or NTLM where that cannot be had.
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

impl Authentication {
    /// All values, in the order of their numbers.
    pub const ALL: [Authentication; 7] = [
        Authentication::Default,
        Authentication::Basic,
        Authentication::Negotiate,
        Authentication::NegotiateWithImplicitCredential,
        Authentication::Credssp,
        Authentication::Digest,
        Authentication::Kerberos,
    ];

    /// The name as PowerShell spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Authentication::Default => "Default",
            Authentication::Basic => "Basic",
            Authentication::Negotiate => "Negotiate",
            Authentication::NegotiateWithImplicitCredential => "NegotiateWithImplicitCredential",
            Authentication::Credssp => "Credssp",
            Authentication::Digest => "Digest",
            Authentication::Kerberos => "Kerberos",
        }
    }
}
