//! As whom a command goes: user, mechanism, certificate, and where the password comes from.

use super::bind::Bound;
use super::bind_error::BindError;
use super::convert::Enumeration;
use super::environment::Environment;
use super::parameter::{Kind, Parameter, Validation, parameter};
use pssession::access::Authentication;
use pssession::cmdlet::connection::{Connection, Credential};
use pssession::secret::Secret;
use std::ffi::OsString;
use std::path::PathBuf;

pub const CREDENTIAL: Parameter = Parameter {
    details: "A user name such as User01, Domain01\\User01 or User01@Domain01.example.com. The password is never \
              part of the command line: it comes from --password-command, --password-file, \
              PSSESSION_PASSWORD_COMMAND or PSSESSION_PASSWORD, or is asked for on the terminal.",
    ..parameter("Credential", Kind::Credential, "User to connect as; by default the current one.")
};

pub const AUTHENTICATION: Parameter = Parameter {
    details: "Default, Basic, Negotiate, NegotiateWithImplicitCredential, Credssp, Digest or Kerberos. Credssp hands \
              the password to the server; use it only where the server must pass it on.",
    ..parameter("Authentication", Kind::Authentication, "Mechanism of authentication.")
};

pub const CERTIFICATE_THUMBPRINT: Parameter = Parameter {
    // PowerShell lets the empty text pass; here it is an unset shell variable, and must not pass for a certificate.
    validation: Validation::NotNullOrEmpty,
    details: "Its SHA-1 hash in hexadecimal; blanks and letter case do not matter. --cert-store or --cert-file say \
              where it is. Over HTTPS only, for local accounts of the server that the certificate is mapped to, and \
              where the listener asks for certificates in the first handshake (clientcertnegotiation=enable).",
    ..parameter("CertificateThumbprint", Kind::String, "Client certificate to connect with.")
};

impl Enumeration for Authentication {
    const TYPE_NAME: &'static str = Kind::Authentication.type_name();
    const MEMBERS: &'static [(&'static str, Authentication)] = &[
        (Authentication::Default.name(), Authentication::Default),
        (Authentication::Basic.name(), Authentication::Basic),
        (Authentication::Negotiate.name(), Authentication::Negotiate),
        (
            Authentication::NegotiateWithImplicitCredential.name(),
            Authentication::NegotiateWithImplicitCredential,
        ),
        (Authentication::Credssp.name(), Authentication::Credssp),
        (Authentication::Digest.name(), Authentication::Digest),
        (Authentication::Kerberos.name(), Authentication::Kerberos),
    ];

    fn number(self) -> i32 {
        self as i32
    }
}

/// Parameters that exclude each other whatever the parameter set (PSRemotingBaseCmdlet, ValidateSpecifiedAuthentication).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialConflict {
    #[error("A CertificateThumbPrint cannot be specified when Credential is specified.")]
    ThumbprintAndCredential,
    #[error("A CertificateThumbPrint cannot be specified when {0} is specified.")]
    ThumbprintAndAuthentication(&'static str),
    #[error("A Credential cannot be specified when NegotiateWithImplicitCredential is specified.")]
    ImplicitAndCredential,
}

/// Checks what is bound so far; PowerShell does so at each assignment, so the last one assigned is to blame.
pub fn conflict(bound: &Bound) -> Option<CredentialConflict> {
    let credential = bound.string("Credential").is_some();
    let thumbprint = bound.string("CertificateThumbprint").is_some();
    let authentication = bound.authentication();
    match (credential, thumbprint, authentication) {
        (true, true, _) => Some(CredentialConflict::ThumbprintAndCredential),
        (_, true, Authentication::Default) => None,
        (_, true, mechanism) => Some(CredentialConflict::ThumbprintAndAuthentication(mechanism.name())),
        (true, _, Authentication::NegotiateWithImplicitCredential) => {
            Some(CredentialConflict::ImplicitAndCredential)
        }
        _ => None,
    }
}

/// The parameters that [`connection`] reads.
pub const CONNECTION: [&str; 5] =
    ["ConfigurationName", "Credential", "Authentication", "CertificateThumbprint", "SessionOption"];

/// The connection part of a request.
///
/// `PSSESSION_USER` stands in for -Credential, but not where a certificate or the current user is asked for.
pub fn connection(bound: &Bound, environment: &Environment) -> Connection {
    let authentication = bound.authentication();
    let user = bound.string("Credential").or_else(|| {
        let implicit = authentication == Authentication::NegotiateWithImplicitCredential;
        environment.user.clone().filter(|_| !implicit)
    });
    let credential = match (bound.string("CertificateThumbprint"), user) {
        (Some(thumbprint), _) => Credential::CertificateThumbprint(thumbprint),
        (None, Some(user)) => Credential::UserName(user),
        (None, None) => Credential::CurrentUser,
    };
    Connection {
        configuration_name: given_or(bound, "ConfigurationName", environment.configuration_name.as_ref()),
        credential,
        authentication,
        session_option: bound.session_option(),
    }
}

/// A parameter's value, for whose empty text `preference` stands in, as PowerShell's preference variables do.
pub(super) fn given_or(bound: &Bound, name: &str, preference: Option<&String>) -> Option<String> {
    let given = bound.string(name)?;
    Some(preference.filter(|_| given.is_empty()).cloned().unwrap_or(given))
}

/// Where the password of [`Credential::UserName`] is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// The first line that this command prints.
    Command(String),
    /// The first line of this file.
    File(PathBuf),
    /// `PSSESSION_PASSWORD`.
    Environment(Secret),
    /// The terminal; without one there is no password.
    Terminal,
}

impl PasswordSource {
    /// The first of what is there, what was typed before what the environment says.
    pub(super) fn choose(
        command: Option<String>,
        file: Option<OsString>,
        environment: &Environment,
    ) -> PasswordSource {
        command
            .map(PasswordSource::Command)
            .or_else(|| file.map(|file| PasswordSource::File(file.into())))
            .or_else(|| environment.password_command.clone().map(PasswordSource::Command))
            .or_else(|| environment.password.clone().map(PasswordSource::Environment))
            .unwrap_or(PasswordSource::Terminal)
    }
}

/// Where client certificates are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateSource {
    pub place: CertificatePlace,
    /// Opens PFX files that need a password; without it, the terminal is asked.
    pub password: Option<Secret>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CertificatePlace {
    #[default]
    Nowhere,
    /// The key is in a file of its own, or in the same.
    File { certificate: PathBuf, key: Option<PathBuf> },
    /// A directory of such files.
    Store(PathBuf),
}

impl CertificateSource {
    /// A file goes before a directory.
    pub(super) fn choose(
        path: impl Fn(&str) -> Option<OsString>,
        environment: &Environment,
    ) -> Result<CertificateSource, BindError> {
        let key = path("key-file").map(PathBuf::from);
        let store = path("cert-store").or_else(|| environment.cert_store.clone());
        let place = match (path("cert-file"), key, store) {
            (Some(file), key, _) => CertificatePlace::File { certificate: file.into(), key },
            (None, Some(_), _) => {
                return Err(BindError::OptionNeedsAnother { name: "--key-file", needed: "--cert-file" });
            }
            (None, None, Some(store)) => CertificatePlace::Store(store.into()),
            (None, None, None) => CertificatePlace::Nowhere,
        };
        Ok(CertificateSource { place, password: environment.cert_password.clone() })
    }
}
