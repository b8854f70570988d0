//! A Kerberos ticket for a computer, where there can be one.
//!
//! Who logs on is found out once for all connections of a profile: a wrong password is shown to a KDC once.

use super::endpoint::Endpoint;
use super::kerberos_user::{acquire, within};
use super::profile::Profile;
use super::proxy::HttpProxy;
use crate::auth::{ChannelBindings, KeptCredential, KerberosFault, LoginRequest, Ticket};
use crate::gssapi::Credential;
use std::sync::Arc;
use std::time::Duration;

/// The tickets of one computer.
pub(super) struct Tickets {
    credential: Credential,
    targets: Arc<[String]>,
    limit: Duration,
}

/// What is wanted of a login to this endpoint.
pub(super) fn login_request<'a>(profile: &'a Profile, endpoint: &'a Endpoint) -> LoginRequest<'a> {
    LoginRequest {
        authentication: profile.access.authentication,
        user_name: profile.credential.as_ref().map(KeptCredential::user_name),
        no_ntlm: profile.policy.no_ntlm,
        host: endpoint.host(),
        port: endpoint
            .url()
            .port_or_known_default()
            .filter(|_| profile.access.session_option.include_port_in_spn),
        spn: profile.policy.spn.as_deref(),
    }
}

impl Tickets {
    /// # Errors
    /// What Kerberos lacks, known before anything is sent to the computer.
    pub(super) async fn new(profile: &Arc<Profile>, endpoint: &Endpoint) -> Result<Tickets, KerberosFault> {
        let targets = login_request(profile, endpoint).targets()?;
        let credential = profile.kerberos_user.get_or_init(|| user(profile, endpoint)).await.clone()?;
        Ok(Tickets { credential, targets: targets.into(), limit: profile.connect_timeout() })
    }

    /// The tickets of a proxy, which has no service but HTTP.
    ///
    /// # Errors
    /// As [`Tickets::new`].
    pub(super) async fn of_proxy(
        profile: &Arc<Profile>,
        proxy: &HttpProxy,
    ) -> Result<Tickets, KerberosFault> {
        let (no_ntlm, limit) = (profile.policy.no_ntlm, profile.connect_timeout());
        let mut targets = proxy.login_request(no_ntlm).targets()?;
        targets.truncate(1);
        let proxy = proxy.clone();
        let acquire = move || acquire(proxy.login_request(no_ntlm), proxy.login.credential.as_ref());
        let user = || within(limit, acquire);
        let credential = profile.proxies.kerberos_user.get_or_init(user).await.clone()?;
        Ok(Tickets { credential, targets: targets.into(), limit })
    }

    /// A ticket, and with it the first token of a login.
    ///
    /// # Errors
    /// As [`Tickets::new`].
    pub(super) async fn ticket(&self, bindings: Option<ChannelBindings>) -> Result<Ticket, KerberosFault> {
        let (credential, targets) = (self.credential.clone(), self.targets.clone());
        within(self.limit, move || credential.ticket(&targets, bindings.as_ref())).await
    }
}

/// Who logs on. That is the same for all endpoints of a profile.
async fn user(profile: &Arc<Profile>, endpoint: &Endpoint) -> Result<Credential, KerberosFault> {
    let (shared, endpoint) = (profile.clone(), endpoint.clone());
    let acquire = move || acquire(login_request(&shared, &endpoint), shared.credential.as_ref());
    within(profile.connect_timeout(), acquire).await
}
