//! What all connections of one command to its servers have in common.

use super::encoding::Encoding;
use super::kerberos_user::KerberosUser;
use super::proxy::Proxies;
use super::tls::{Trust, TrustError};
use crate::access::{Access, ClientCertificate, Policy};
use crate::auth::{CERTIFICATE, Credential, KeptCredential, Scheme};
use crate::session_option::PSSessionOption;
use std::time::Duration;

/// How long a computer may take to accept a connection when OpenTimeout is not given. No user waits as long as
/// PowerShell's default says unless that was asked for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// PowerShell's default for an operation; sent to the service also where this side would wait for ever.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(180);
/// How much longer an answer may take than the service was allowed to take.
const GRACE: Duration = Duration::from_secs(10);
/// A peer that has vanished is noticed within 45 seconds, also while a Receive waits. Where a third of all
/// packets is lost, one of so many probes still arrives.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(15);
pub(super) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
pub(super) const KEEPALIVE_RETRIES: u32 = 6;
/// How long what was sent may remain unacknowledged. In Linux this decides when probes have failed, too.
#[cfg(any(target_os = "android", target_os = "linux"))]
pub(super) const UNACKNOWLEDGED: Duration = Duration::from_secs(45);
/// Ever, as far as a timer can count.
const FOR_EVER: Duration = Duration::from_secs(86_400 * 365);

/// What all connections of one command have in common: the user's settings, and what follows from them.
pub(crate) struct Profile {
    pub(super) access: Access,
    pub(super) policy: Policy,
    pub(super) credential: Option<KeptCredential>,
    pub(super) trust: Trust,
    pub(super) proxies: Proxies,
    /// Starts empty.
    pub(super) kerberos_user: KerberosUser,
}

impl Profile {
    /// Without a user's password; see [`Profile::with_credential`].
    ///
    /// # Errors
    /// The authorities to trust cannot be read.
    pub(crate) fn new(
        access: Access,
        policy: Policy,
        certificate: Option<ClientCertificate>,
        proxy_credential: Option<&Credential>,
    ) -> Result<Profile, TrustError> {
        Ok(Profile {
            credential: None,
            trust: Trust::new(&access, certificate)?,
            proxies: Proxies::new(&access.session_option, proxy_credential.map(KeptCredential::of)),
            kerberos_user: KerberosUser::new(),
            access,
            policy,
        })
    }

    /// The same for the user of this credential.
    pub(crate) fn with_credential(self, credential: &Credential) -> Profile {
        Profile { credential: Some(KeptCredential::of(credential)), ..self }
    }

    /// How connections authenticate: where there is a client certificate, by that and nothing else.
    pub(crate) fn scheme(&self) -> &'static Scheme {
        if self.trust.shows_certificate() { &CERTIFICATE } else { self.access.authentication.scheme() }
    }

    /// What the user chose about connections.
    pub(crate) fn session_option(&self) -> &PSSessionOption {
        &self.access.session_option
    }

    /// The encoding of requests.
    pub(super) fn encoding(&self) -> Encoding {
        if self.access.session_option.use_utf16 { Encoding::Utf16 } else { Encoding::Utf8 }
    }

    /// How long a connection may take to be made.
    pub(super) fn connect_timeout(&self) -> Duration {
        let given = self.access.session_option.open_timeout;
        let is_default = given == PSSessionOption::default().open_timeout;
        self.policy.timeout.or(if is_default { Some(CONNECT_TIMEOUT) } else { given }).unwrap_or(FOR_EVER)
    }

    /// How long a session may take until it is open.
    pub(crate) fn open_timeout(&self) -> Duration {
        self.policy.timeout.or(self.access.session_option.open_timeout).unwrap_or(FOR_EVER)
    }

    /// How long the service may take for an operation.
    pub(crate) fn operation_timeout(&self) -> Duration {
        let timeout = self.access.session_option.operation_timeout.unwrap_or(OPERATION_TIMEOUT);
        timeout.min(self.policy.timeout.unwrap_or(FOR_EVER))
    }

    /// How long the answer to one request may take, on top of [`Profile::operation_timeout`].
    pub(super) fn answer_timeout(&self) -> Duration {
        let operation_timeout = self.access.session_option.operation_timeout;
        self.policy.timeout.or(operation_timeout.map(|timeout| timeout + GRACE)).unwrap_or(FOR_EVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_timeout_that_is_given_counts() {
        let timeout = |option, timeout| {
            let access = Access { session_option: option, ..Access::default() };
            let policy = Policy { timeout, ..Policy::default() };
            Profile::new(access, policy, None, None).unwrap().connect_timeout()
        };
        let opening =
            |open_timeout| timeout(PSSessionOption { open_timeout, ..PSSessionOption::default() }, None);
        let seconds = Duration::from_secs;
        assert_eq!(opening(Some(seconds(1))), seconds(1));
        assert_eq!(opening(Some(seconds(600))), seconds(600));
        assert_eq!(opening(None), FOR_EVER);
        assert_eq!(timeout(PSSessionOption::default(), None), CONNECT_TIMEOUT);
        assert_eq!(timeout(PSSessionOption::default(), Some(seconds(7))), seconds(7));
    }
}
