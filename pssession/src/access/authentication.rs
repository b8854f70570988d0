//! The mechanisms of authentication, by PowerShell's names.

/// PowerShell's AuthenticationMechanism: what `-Authentication` takes, with the numbers of that enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Authentication {
    #[default]
    Default = 0,
    Basic = 1,
    Negotiate = 2,
    NegotiateWithImplicitCredential = 3,
    Credssp = 4,
    Digest = 5,
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
