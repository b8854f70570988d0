//! Who logs on.

use crate::secret::{Masked, Secret};
use zeroize::Zeroizing;

/// A user name and its password, as PowerShell's PSCredential holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    /// `DOMAIN\user`, `user@realm` or `user`.
    pub user_name: String,
    pub password: Secret,
}

impl Credential {
    /// The domain and the user as NTLM sends them.
    ///
    /// Only a backslash splits. A user principal name stays whole, in the field of the user and with an empty
    /// domain: its realm need not be the name of the account's domain, and the server knows how to find out.
    /// `.\user` keeps its dot, which servers take for their own accounts (unverified on Windows).
    pub(crate) fn domain_and_user(&self) -> (&str, &str) {
        self.user_name.split_once('\\').unwrap_or(("", &self.user_name))
    }
}

/// A credential as it is kept from one login to the next.
#[derive(Debug, Clone)]
pub(crate) struct KeptCredential {
    user_name: String,
    password: Masked,
}

impl KeptCredential {
    pub(crate) fn of(credential: &Credential) -> KeptCredential {
        let password = Masked::of(&credential.password);
        KeptCredential { user_name: credential.user_name.clone(), password }
    }

    pub(crate) fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The credential for one login, to be dropped with it.
    pub(crate) fn for_login(&self) -> Credential {
        Credential { user_name: self.user_name.clone(), password: self.password.secret() }
    }
}

/// UTF-16, little-endian. The room for all of it is taken at once, so that no copy is left behind unwiped.
pub(super) fn utf16(text: &str) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() * 2));
    text.encode_utf16().for_each(|unit| octets.extend_from_slice(&unit.to_le_bytes()));
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_backslash_splits_the_user_name() {
        for (user_name, expected) in [
            ("EXAMPLE\\alice", ("EXAMPLE", "alice")),
            ("alice", ("", "alice")),
            ("alice@example.com", ("", "alice@example.com")),
            (".\\alice", (".", "alice")),
            ("EXAMPLE\\odd\\name", ("EXAMPLE", "odd\\name")),
            ("", ("", "")),
        ] {
            let credential =
                Credential { user_name: user_name.into(), password: Secret::new("Password1!".into()) };
            assert_eq!(credential.domain_and_user(), expected);
        }
    }

    #[test]
    fn debug_does_not_show_the_password() {
        let credential = Credential { user_name: "alice".into(), password: Secret::new("Password1!".into()) };
        assert!(!format!("{credential:?}").contains("Password1!"));
    }
}
