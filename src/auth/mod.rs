//! Authentication mechanisms: challenge in, credentials out; seal and unseal message bodies.

/// What a user may ask for with -Authentication
/// (System.Management.Automation.Runspaces.AuthenticationMechanism, same names and numbers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
