//! How servers are reached and convinced: as whom, by which mechanism, believing whom.

use super::connection::{Connection, Credential};
use super::option;
use super::{Cmdlet, Surroundings};
use crate::auth::Authentication;
use crate::error::ErrorRecord;
use crate::session_option::PSSessionOption;
use crate::store::StoredSession;
use crate::transport::{Profile, TlsOptions, Trust};
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
pub struct Access {
    pub authentication: Authentication,
    pub user_name: Option<String>,
    pub session_option: PSSessionOption,
    /// The only certificate authorities to believe, if not the system's.
    pub ca_file: Option<PathBuf>,
}

impl Access {
    /// As a request says.
    ///
    /// # Errors
    /// What no computer could be logged on to with, told once and not for each of them.
    pub fn of_request(
        connection: &Connection,
        surroundings: &Surroundings,
        cmdlet: Cmdlet,
    ) -> Result<Access, ErrorRecord> {
        let user_name = match &connection.credential {
            Credential::UserName(name) => Some(name.clone()),
            Credential::CurrentUser => None,
            Credential::CertificateThumbprint(_) => {
                return Err(cmdlet.own(
                    "This version does not connect with client certificates yet.".into(),
                    "NotYetSupported",
                    Some("use -Credential".into()),
                ));
            }
        };
        let access = Access {
            authentication: connection.authentication,
            user_name,
            session_option: connection.session_option.clone(),
            ca_file: surroundings.ca_file.clone(),
        };
        access.check(cmdlet).map(|()| access)
    }

    /// As when the session was connected to last. Authorities that are named now are believed instead of those of
    /// then.
    ///
    /// # Errors
    /// As [`Access::of_request`].
    pub fn of_stored(
        stored: &StoredSession,
        surroundings: &Surroundings,
        cmdlet: Cmdlet,
    ) -> Result<Access, ErrorRecord> {
        let authentication = Authentication::ALL.into_iter().find(|one| one.name() == stored.authentication);
        let access = Access {
            authentication: authentication.unwrap_or_default(),
            user_name: stored.user_name.clone(),
            session_option: stored.session_option.clone(),
            ca_file: surroundings.ca_file.clone().or_else(|| stored.ca_file.clone()),
        };
        access.check(cmdlet).map(|()| access)
    }

    fn check(&self, cmdlet: Cmdlet) -> Result<(), ErrorRecord> {
        let scheme = self.authentication.scheme();
        if !scheme.is_implemented() {
            return Err(cmdlet.own(
                format!("This version does not speak {} authentication yet.", scheme.name),
                "NotYetSupported",
                Some("Negotiate with a user name and a password, and Basic over HTTPS, are there".into()),
            ));
        }
        match self.user_name {
            Some(_) => Ok(()),
            None => Err(cmdlet.own(
                "There is no user to connect as: this version has no way yet to connect as the current one."
                    .into(),
                "ExplicitCredentialsRequired",
                Some("name a user with -Credential or PSSESSION_USER".into()),
            )),
        }
    }

    /// What the connections have in common, but for the credential.
    ///
    /// # Errors
    /// Nobody to believe, or a proxy that cannot be logged on to.
    pub fn profile(&self, surroundings: &Surroundings, cmdlet: Cmdlet) -> Result<Profile, ErrorRecord> {
        let session_option = &self.session_option;
        let trust = Trust::new(TlsOptions {
            ca_file: self.ca_file.clone(),
            skip_ca_check: session_option.skip_ca_check,
            skip_cn_check: session_option.skip_cn_check,
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
            connect_timeout: surroundings
                .timeout
                .unwrap_or_else(|| option::connect_timeout(session_option).unwrap_or(FOR_EVER)),
            answer_timeout: surroundings.timeout.unwrap_or_else(|| {
                session_option.operation_timeout.map_or(FOR_EVER, |timeout| timeout + GRACE)
            }),
        })
    }

    /// What the service is told an operation may take.
    pub fn operation_timeout(&self, surroundings: &Surroundings) -> Duration {
        let timeout = self.session_option.operation_timeout.unwrap_or(OPERATION_TIMEOUT);
        timeout.min(surroundings.timeout.unwrap_or(FOR_EVER))
    }
}
