//! How servers are reached and convinced: as whom, by which mechanism, believing whom.

use super::connection::{Connection, Credential};
use super::option;
use super::{Cmdlet, Surroundings};
use crate::access::{Authentication, Pins, Thumbprint};
use crate::auth;
use crate::error::ErrorRecord;
use crate::session_option::PSSessionOption;
use crate::store::StoredSession;
use crate::transport::{ClientCertificate, KerberosUser, Profile, TlsOptions, Trust};
use std::path::PathBuf;
use std::time::Duration;

/// What an answer may take longer than the service was told to take.
const GRACE: Duration = Duration::from_secs(10);
/// PowerShell's default for an operation; told to the service also where this side would wait for ever.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(180);
/// Ever, as far as a timer can count.
const FOR_EVER: Duration = Duration::from_secs(86_400 * 365);

/// What all sessions have in common that are reached in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Access {
    pub authentication: Authentication,
    pub user_name: Option<String>,
    /// The client certificate; with it there is no user.
    pub certificate: Option<Thumbprint>,
    pub session_option: PSSessionOption,
    /// The only certificate authorities to believe, if not the system's.
    pub ca_file: Option<PathBuf>,
    /// The only certificates of servers to believe, if any.
    pub pins: Pins,
}

impl Access {
    /// As a request says.
    ///
    /// # Errors
    /// What no computer could be logged on to with, told once and not for each of them.
    pub(super) fn of_request(
        connection: &Connection,
        surroundings: &Surroundings,
        cmdlet: Cmdlet,
    ) -> Result<Access, ErrorRecord> {
        let (user_name, certificate) = match &connection.credential {
            Credential::UserName(name) => (Some(name.clone()), None),
            Credential::CurrentUser => (None, None),
            Credential::CertificateThumbprint(text) => {
                let thumbprint = Thumbprint::parse(text).map_err(|bad| cmdlet.bad_thumbprint(&bad))?;
                (None, Some(thumbprint))
            }
        };
        let access = Access {
            authentication: connection.authentication,
            user_name,
            certificate,
            session_option: connection.session_option.clone(),
            ca_file: surroundings.ca_file.clone(),
            pins: surroundings.pins.clone(),
        };
        access.check(cmdlet).map(|()| access)
    }

    /// As when the session was connected to last. Authorities that are named now are believed instead of those of
    /// then.
    ///
    /// # Errors
    /// As [`Access::of_request`].
    pub(super) fn of_stored(
        stored: &StoredSession,
        surroundings: &Surroundings,
        cmdlet: Cmdlet,
    ) -> Result<Access, ErrorRecord> {
        let access = Access {
            authentication: stored.authentication,
            user_name: stored.user_name.clone(),
            certificate: stored.certificate,
            session_option: stored.session_option.clone(),
            ca_file: surroundings.ca_file.clone().or_else(|| stored.ca_file.clone()),
            pins: match surroundings.pins.is_empty() {
                true => stored.pins.clone(),
                false => surroundings.pins.clone(),
            },
        };
        access.check(cmdlet).map(|()| access)
    }

    fn check(&self, cmdlet: Cmdlet) -> Result<(), ErrorRecord> {
        if self.certificate.is_some() {
            return Ok(());
        }
        let scheme = self.authentication.scheme();
        // Only a ticket tells who the current user is.
        let takes_tickets = [auth::NEGOTIATE.name, auth::KERBEROS.name].contains(&scheme.name);
        if self.user_name.is_some() || takes_tickets {
            return Ok(());
        }
        Err(cmdlet.own(
            format!(
                "There is no user to connect as: {} authentication needs a name and a password.",
                scheme.name
            ),
            "ExplicitCredentialsRequired",
            Some("name a user with -Credential or PSSESSION_USER".into()),
        ))
    }

    /// What the user should know of this way before it is used.
    pub(super) fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let delegates = self.certificate.is_none() && self.authentication == Authentication::Credssp;
        [
            (delegates, "CredSSP: the server gets the password and can log on elsewhere with it."),
            (
                self.session_option.no_encryption,
                "NoEncryption: over plain HTTP, everything can be read and changed on the way.",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, warning)| holds.then_some(warning))
    }

    /// What the connections have in common, but for the credential.
    ///
    /// # Errors
    /// Nobody to believe, or a proxy that cannot be logged on to.
    pub(super) fn profile(
        &self,
        client_certificate: Option<ClientCertificate>,
        surroundings: &Surroundings,
        cmdlet: Cmdlet,
    ) -> Result<Profile, ErrorRecord> {
        let session_option = &self.session_option;
        let trust = Trust::new(TlsOptions {
            ca_file: self.ca_file.clone(),
            skip_ca_check: session_option.skip_ca_check,
            skip_cn_check: session_option.skip_cn_check,
            pins: self.pins.clone(),
            client_certificate,
        })
        .map_err(|error| cmdlet.no_trust(&error))?;
        Ok(Profile {
            authentication: self.authentication,
            credential: None,
            trust,
            trusted_hosts: surroundings.trusted_hosts.clone(),
            proxies: option::proxies(session_option, surroundings, cmdlet)?,
            encoding: option::encoding(session_option),
            no_encryption: session_option.no_encryption,
            include_port_in_spn: session_option.include_port_in_spn,
            channel_binding: surroundings.channel_binding,
            spn: surroundings.spn.clone(),
            no_ntlm: surroundings.no_ntlm,
            kerberos_user: KerberosUser::new(),
            connect_timeout: surroundings
                .timeout
                .unwrap_or_else(|| option::connect_timeout(session_option).unwrap_or(FOR_EVER)),
            answer_timeout: surroundings.timeout.unwrap_or_else(|| {
                session_option.operation_timeout.map_or(FOR_EVER, |timeout| timeout + GRACE)
            }),
        })
    }

    /// What the service is told an operation may take.
    pub(super) fn operation_timeout(&self, surroundings: &Surroundings) -> Duration {
        let timeout = self.session_option.operation_timeout.unwrap_or(OPERATION_TIMEOUT);
        timeout.min(surroundings.timeout.unwrap_or(FOR_EVER))
    }
}
