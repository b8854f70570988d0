//! How servers are reached: as the request says, or as a known session was reached last.

use super::connection::{self, Connection};
use super::run::Run;
use crate::access::{Access, Authentication, ClientCertificate, User};
use crate::auth::{self, Credential};
use crate::error::{Cmdlet, ErrorRecord, Hint};
use crate::event::Event;
use crate::session_option::{PSSessionOption, ProxyAccessType, ProxyAuthentication};
use crate::store::StoredSession;
use crate::transport::Profile;

impl Run<'_> {
    /// As a request says.
    ///
    /// # Errors
    /// What prevents a login to any computer, reported once and not for each of them.
    pub(super) fn access_of_request(&self, connection: &Connection) -> Result<Access, ErrorRecord> {
        let user = match &connection.credential {
            connection::Credential::UserName(name) => User::Named(name.clone()),
            connection::Credential::CurrentUser => User::Current,
            connection::Credential::CertificateThumbprint(thumbprint) => User::Certificate(*thumbprint),
        };
        let access = Access {
            authentication: connection.authentication,
            user,
            session_option: connection.session_option.clone(),
            anchors: self.settings.policy.anchors.clone(),
        };
        check(&access, self.cmdlet).map(|()| access)
    }

    /// As when the session was connected to last. Trust anchors that are named now replace those of then.
    ///
    /// # Errors
    /// As [`Run::access_of_request`].
    pub(super) fn access_of_stored(&self, stored: &StoredSession) -> Result<Access, ErrorRecord> {
        let anchors = self.settings.policy.anchors.or(&stored.access.anchors);
        let access = Access { anchors, ..stored.access.clone() };
        check(&access, self.cmdlet).map(|()| access)
    }

    /// What connections of this access have in common, with the user's password or the client certificate; `None` when
    /// the run ended instead.
    ///
    /// # Errors
    /// No trusted authority, a proxy that cannot be logged on to, no password, or no certificate.
    pub(super) async fn profile(&self, access: &Access) -> Result<Option<Profile>, ErrorRecord> {
        warnings(access).for_each(|warning| self.warning(warning));
        // Everything else comes first, so that no password is asked for in vain.
        let Some(certificate) = self.certificate(access).await? else { return Ok(None) };
        let policy = self.settings.policy.clone();
        let proxy_credential = self.proxy_credential(&access.session_option)?;
        let profile = Profile::new(access.clone(), policy, certificate, proxy_credential.as_ref())
            .map_err(|error| self.cmdlet.no_trust(&error))?;
        let Some(user_name) = access.user.name() else { return Ok(Some(profile)) };
        let user_name = user_name.to_owned();
        match self.ask(|answer| Event::Password { user_name: user_name.clone(), answer }).await {
            Some(Ok(password)) => Ok(Some(profile.with_credential(&Credential { user_name, password }))),
            Some(Err(why)) => Err(self.cmdlet.no_password(why)),
            None => Ok(None),
        }
    }

    /// The client certificate of an access, if it has one; the outer `None` when the run ended instead.
    async fn certificate(&self, access: &Access) -> Result<Option<Option<ClientCertificate>>, ErrorRecord> {
        let Some(thumbprint) = access.user.certificate() else { return Ok(Some(None)) };
        match self.ask(|answer| Event::Certificate { thumbprint, answer }).await {
            Some(Ok(certificate)) => Ok(Some(Some(certificate))),
            Some(Err(why)) => Err(self.cmdlet.no_certificate(why)),
            None => Ok(None),
        }
    }

    /// As whom to log on to a proxy.
    ///
    /// # Errors
    /// There is a user for the proxy who cannot log on to it.
    fn proxy_credential(&self, option: &PSSessionOption) -> Result<Option<Credential>, ErrorRecord> {
        let Some(user_name) = &option.proxy_credential else { return Ok(None) };
        if option.proxy_access_type == ProxyAccessType::NoProxyServer {
            return Ok(None);
        }
        if option.proxy_authentication == ProxyAuthentication::Basic && user_name.contains(':') {
            let message = "A user name for Basic authentication cannot contain a colon.".into();
            return Err(self.cmdlet.own(message, "InvalidProxyCredential", None));
        }
        let Some(password) = self.settings.proxy_password.clone() else {
            let message = format!("There is no password for the proxy user {user_name}.");
            return Err(self.cmdlet.own(message, "PasswordUnavailable", Some(Hint::ProxyPassword)));
        };
        Ok(Some(Credential { user_name: user_name.clone(), password }))
    }
}

fn check(access: &Access, cmdlet: Cmdlet) -> Result<(), ErrorRecord> {
    let scheme = access.authentication.scheme();
    // Only a ticket identifies the current user.
    let takes_tickets = [auth::NEGOTIATE.name, auth::KERBEROS.name].contains(&scheme.name);
    if access.user != User::Current || takes_tickets {
        return Ok(());
    }
    Err(cmdlet.own(
        format!("No user was given: {} authentication requires a user name and a password.", scheme.name),
        "ExplicitCredentialsRequired",
        Some(Hint::NameUser),
    ))
}

/// What the user should know of an access before it is used.
fn warnings(access: &Access) -> impl Iterator<Item = &'static str> {
    let shows_certificate = access.user.certificate().is_some();
    let delegates = !shows_certificate && access.authentication == Authentication::Credssp;
    [
        (delegates, "CredSSP: the server gets the password and can log on elsewhere with it."),
        (
            access.session_option.no_encryption,
            "NoEncryption: over plain HTTP, anyone on the network path can read and change everything.",
        ),
    ]
    .into_iter()
    .filter_map(|(holds, warning)| holds.then_some(warning))
}
