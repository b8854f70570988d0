//! As whom a command goes: user, mechanism, certificate, and where the password comes from.

use super::bind_error::{AssignmentError, BindError};
use super::convert::{Argument, Value, dotnet_enum, parameter};
use super::environment::Environment;
use super::given::Given;
use super::option::SESSION_OPTION;
use super::options::{CERT_FILE, CERT_STORE, KEY_FILE, PASSWORD_COMMAND, PASSWORD_FILE};
use super::parameter::{Param, Parameter, Validation};
use super::target::CONFIGURATION_NAME;
use pssession::access::{Authentication, Thumbprint};
use pssession::cmdlet::connection::{Connection, Credential};
use pssession::secret::Secret;
use std::path::PathBuf;

pub const CREDENTIAL: Param<UserName> =
    parameter("Credential", "User to connect as; by default the current one.").details(
        "A user name such as User01, Domain01\\User01 or User01@Domain01.example.com. The password is never part \
              of the command line: it comes from --password-command, --password-file, PSSESSION_PASSWORD_COMMAND \
              or PSSESSION_PASSWORD, or you are prompted for it.",
    );

pub const AUTHENTICATION: Param<Authentication> = parameter("Authentication", "Authentication mechanism.")
    .details(
        "Default, Basic, Negotiate, NegotiateWithImplicitCredential, Credssp, Digest or Kerberos. Credssp \
              gives the server your password; use it only where the server must pass it on.",
    );

pub const CERTIFICATE_THUMBPRINT: Param<String> = parameter("CertificateThumbprint", "Client certificate to connect with.")
    // PowerShell lets the empty text pass; here it is an unset shell variable, and must not pass for a certificate.
    .validation(Validation::NotNullOrEmpty)
    .details("Its SHA-1 hash in hexadecimal; spaces and letter case are ignored. Give its location with \
              --cert-store or --cert-file. It works over HTTPS only, for a local account of the server that the \
              certificate is mapped to, and requires a listener that requests certificates in the first \
              handshake (clientcertnegotiation=enable).");

dotnet_enum!(
    Authentication,
    "System.Management.Automation.Runspaces.AuthenticationMechanism":
    Default Basic Negotiate NegotiateWithImplicitCredential Credssp Digest Kerberos
);

/// A user name, which PowerShell makes a PSCredential of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(pub String);

impl Value for UserName {
    const TYPE_NAME: &'static str = "System.Management.Automation.PSCredential";

    fn read(&Argument { parameter, text, .. }: &Argument) -> Result<UserName, BindError> {
        match text.trim().is_empty() {
            true => Err(BindError::ParameterArgumentTransformationError { parameter }),
            false => Ok(UserName(text.to_owned())),
        }
    }
}

/// Parameters that exclude each other, and the one to blame. PowerShell looks at each assignment, so that is the last
/// one assigned when a conflict is there.
pub fn conflict<'a>(given: &Given, named: &[&'a Parameter]) -> Option<(&'a Parameter, AssignmentError)> {
    named.iter().enumerate().find_map(|(last, blamed)| {
        let is_given = |parameter: &Parameter| named.iter().take(last + 1).any(|one| *one == parameter);
        let credential = is_given(&CREDENTIAL.parameter);
        let thumbprint = is_given(&CERTIFICATE_THUMBPRINT.parameter);
        let mechanism = given.get(&AUTHENTICATION).filter(|_| is_given(&AUTHENTICATION.parameter));
        let conflict = match (credential, thumbprint, mechanism.unwrap_or(Authentication::Default)) {
            (true, true, _) => AssignmentError::ThumbprintAndCredential,
            (_, true, Authentication::Default) => return None,
            (_, true, mechanism) => AssignmentError::ThumbprintAndAuthentication(mechanism.name()),
            (true, _, Authentication::NegotiateWithImplicitCredential) => {
                AssignmentError::ImplicitAndCredential
            }
            _ => return None,
        };
        Some((*blamed, conflict))
    })
}

/// The connection part of a request.
///
/// `PSSESSION_USER` is the default for -Credential, except with a certificate or as the current user.
///
/// # Errors
/// [`BindError::BadThumbprint`]: nothing that names several servers is half done for it.
pub fn connection(given: &Given, environment: &Environment) -> Result<Connection, BindError> {
    let authentication = given.get(&AUTHENTICATION).unwrap_or(Authentication::Default);
    let user = given.get(&CREDENTIAL).map(|user| user.0).or_else(|| {
        let implicit = authentication == Authentication::NegotiateWithImplicitCredential;
        environment.user.clone().filter(|_| !implicit)
    });
    let credential = match (given.get(&CERTIFICATE_THUMBPRINT), user) {
        (Some(text), _) => {
            let thumbprint =
                Thumbprint::parse(&text).map_err(|reason| BindError::BadThumbprint { reason })?;
            Credential::CertificateThumbprint(thumbprint)
        }
        (None, Some(user)) => Credential::UserName(user),
        (None, None) => Credential::CurrentUser,
    };
    Ok(Connection {
        configuration_name: given.get_or(&CONFIGURATION_NAME, environment.configuration_name.as_ref()),
        credential,
        authentication,
        session_option: given.get(&SESSION_OPTION).unwrap_or_default(),
    })
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
    pub(super) fn choose(given: &Given, environment: &Environment) -> PasswordSource {
        let command = given.get(&PASSWORD_COMMAND).map(PasswordSource::Command);
        command
            .or_else(|| given.get(&PASSWORD_FILE).map(PasswordSource::File))
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
    /// The key is in a separate file, or in the same one.
    File { certificate: PathBuf, key: Option<PathBuf> },
    /// A directory of such files.
    Store(PathBuf),
}

impl CertificateSource {
    /// A file goes before a directory.
    pub(super) fn choose(given: &Given, environment: &Environment) -> CertificateSource {
        let file = given.get(&CERT_FILE);
        let file = file.map(|certificate| CertificatePlace::File { certificate, key: given.get(&KEY_FILE) });
        let store = given.get(&CERT_STORE).or_else(|| environment.cert_store.clone());
        let place = file.or(store.map(CertificatePlace::Store)).unwrap_or_default();
        CertificateSource { place, password: environment.cert_password.clone() }
    }
}
