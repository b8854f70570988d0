//! As whom a server is reached, and how.

use super::authentication::Authentication;
use super::fingerprint::Thumbprint;
use super::policy::TrustAnchors;
use crate::session_option::PSSessionOption;

/// What all sessions have in common that are reached in the same way; it is remembered with each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// The mechanism to log on with.
    pub authentication: Authentication,
    /// As whom to log on.
    pub user: User,
    /// The options of the connection.
    pub session_option: PSSessionOption,
    /// Which certificates of servers are trusted.
    pub anchors: TrustAnchors,
}

/// As whom to log on. The password or the key is not part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum User {
    /// The user who is logged on, which off Windows means the Kerberos ticket cache.
    #[default]
    Current,
    /// `User01`, `Domain01\User01` or `user@domain`.
    Named(String),
    /// The owner of a client certificate; Authentication is then Default.
    Certificate(Thumbprint),
}

impl User {
    /// The name of a user who logs on by it.
    pub fn name(&self) -> Option<&str> {
        match self {
            User::Named(name) => Some(name),
            User::Current | User::Certificate(_) => None,
        }
    }

    /// The certificate that is shown instead.
    pub fn certificate(&self) -> Option<Thumbprint> {
        match self {
            User::Certificate(thumbprint) => Some(*thumbprint),
            User::Current | User::Named(_) => None,
        }
    }
}
