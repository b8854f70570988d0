//! Why something failed, for a person: Windows' number for it, a sentence, and the way out where one is known.
//!
//! A service's own words go before all others. What went wrong on this side gets the number that a Windows client would
//! report, so that scripts find the FullyQualifiedErrorId they know.

use super::{kerberos, proxy};
use crate::auth;
use crate::engine::{Endless, Failure, Redirection, Refusal};
use crate::error::Hint;
use crate::excerpt::excerpt;
use crate::psrp::fragment::FragmentError;
use crate::psrp::runspace_pool::PoolError;
use crate::transport::{BadRedirection, Error, TlsFault};
use crate::wsman::FaultCode;

/// Why something failed.
pub(super) struct ErrorContext {
    pub code: Option<FaultCode>,
    pub message: String,
    /// What can be done about it, whatever was being asked for.
    pub hint: Option<Hint>,
}

impl ErrorContext {
    pub(super) fn of(failure: &Failure) -> ErrorContext {
        match failure {
            Failure::Fault(fault) => {
                let message = match fault.code {
                    _ if !fault.message.is_empty() => fault.message.clone(),
                    Some(FaultCode(code)) => format!("The service answered with the fault {code:#010X}."),
                    None => "The service answered with a fault that says nothing.".to_owned(),
                };
                ErrorContext { code: fault.code, message, hint: hint_for_fault(fault.code) }
            }
            Failure::Transport(error) => {
                ErrorContext { code: code(error), message: message(error), hint: hint(error) }
            }
            Failure::Redirected(redirection) => ErrorContext::of_redirection(redirection),
            Failure::InDoubt(what, failure) => {
                let context = ErrorContext::of(failure);
                let message = format!("{} {}", context.message, sentence(&what.to_string()));
                ErrorContext { message, ..context }
            }
            Failure::Malformed(_)
            | Failure::Negotiation(_)
            | Failure::Pipeline(_)
            | Failure::Compression(_)
            | Failure::Endless(_)
            | Failure::NotOpen(_)
            | Failure::NotDriven(_)
            | Failure::Store(_) => {
                let message = sentence(&failure.to_string());
                ErrorContext { code: None, message, hint: hint_for_answer(failure) }
            }
        }
    }

    /// A redirection that was not followed: asked for in vain, or not acceptable.
    fn of_redirection(redirection: &Redirection) -> ErrorContext {
        let Redirection { said, location, refusal } = redirection;
        let mut message = sentence(said);
        let code = match refusal {
            Refusal::NotAllowed { .. } | Refusal::TooOften { .. } => FaultCode::REDIRECT_REQUESTED,
            Refusal::Bad(_) | Refusal::Circle => {
                message += &format!(" It is not followed: {refusal}.");
                FaultCode::REDIRECT_LOCATION_INVALID
            }
        };
        message += &format!(" Redirect location reported: {}.", excerpt(location));
        let hint = match refusal {
            Refusal::NotAllowed { could_be: true } => Some(Hint::AllowRedirection),
            Refusal::NotAllowed { could_be: false } => Some(Hint::AllowRedirectionByUri),
            Refusal::TooOften { .. } => Some(Hint::MoreRedirections),
            Refusal::Bad(BadRedirection::AnotherHost) => Some(Hint::NameHost),
            Refusal::Bad(BadRedirection::AnotherService) => Some(Hint::NameService),
            Refusal::Bad(BadRedirection::LessSecure) => Some(Hint::NamePlainAddress),
            Refusal::Bad(BadRedirection::NoAddress) | Refusal::Circle => None,
        };
        ErrorContext { code: Some(code), message, hint }
    }
}

/// The number that a Windows client reports for it.
fn code(error: &Error) -> Option<FaultCode> {
    Some(match error {
        Error::NameNotResolved { .. } => FaultCode::NAME_NOT_RESOLVED,
        Error::Refused { .. } | Error::Unreachable { .. } => FaultCode::CANNOT_CONNECT,
        Error::ConnectTimedOut { .. } | Error::AnswerTimedOut { .. } | Error::LoginTimedOut { .. } => {
            FaultCode::NETWORK_TIMED_OUT
        }
        Error::Tls { .. } | Error::Trust(_) => FaultCode::SECURE_FAILURE,
        Error::Auth(error) | Error::BoundLogin(error) => return code_of_auth(error),
        Error::Proxy { fault, .. } => return proxy::code(fault),
        Error::NeedsTls { .. } => FaultCode::CLIENT_UNENCRYPTED_DISABLED,
        Error::NotVerified { scheme: "CredSSP", .. } => FaultCode::CREDSSP_TARGET_NOT_TRUSTED,
        Error::NotTrusted { .. } | Error::NotVerified { .. } => FaultCode::SERVER_NOT_TRUSTED,
        Error::Redirected { .. } => FaultCode::REDIRECT_REQUESTED,
        Error::Status { status: 400, .. } => FaultCode::HTTP_BAD_REQUEST,
        Error::Status { status: 404, .. } => FaultCode::HTTP_NOT_FOUND,
        Error::Status { status: 413, .. } => FaultCode::HTTP_REQUEST_TOO_LARGE,
        Error::Status { status: 500, .. } => FaultCode::HTTP_ERROR,
        Error::Status { status: 503, .. } => FaultCode::HTTP_SERVICE_UNAVAILABLE,
        Error::NotSoap { .. } => FaultCode::HTTP_CONTENT_TYPE,
        Error::Status { .. }
        | Error::CertificateNotAsked { .. }
        | Error::NotHttp { .. }
        | Error::Lost { .. }
        | Error::LoginLost { .. }
        | Error::RideRefused { .. }
        | Error::TooLarge { .. }
        | Error::HeadTooLarge { .. }
        | Error::BadProxy { .. }
        | Error::BadUrl { .. }
        | Error::NoEntropy => return None,
    })
}

fn code_of_auth(error: &auth::Error) -> Option<FaultCode> {
    use auth::Error as E;
    match error {
        E::Refused { .. } | E::LogonRefused { .. } => Some(FaultCode::ACCESS_DENIED),
        E::Kerberos(fault) => Some(kerberos::code(fault)),
        E::CredentialRequired { scheme: "Basic" | "Digest" } => Some(FaultCode::EXPLICIT_CREDENTIALS_NEEDED),
        E::CredentialRequired { .. } => Some(FaultCode::EXPLICIT_CREDENTIALS_REQUIRED),
        E::SchemeNotOffered { .. } | E::NothingToUse { .. } => None,
        _ => Some(FaultCode::NEGOTIATE_FAILURE),
    }
}

/// Windows' words where it has any, else this program's own.
fn message(error: &Error) -> String {
    let own = sentence(&error.to_string());
    match error {
        Error::NameNotResolved { .. } => NAME_NOT_RESOLVED.into(),
        Error::Refused { .. } | Error::Unreachable { .. } => format!("{own} {CANNOT_CONNECT}"),
        Error::Tls { host, port, fault: fault @ (TlsFault::UnknownIssuer | TlsFault::WrongName { .. }) } => {
            let text = match fault {
                TlsFault::UnknownIssuer => UNKNOWN_ISSUER.to_owned(),
                _ => format!("{WRONG_NAME} ({})", sentence(&fault.to_string())),
            };
            format!(
                "The server certificate on the destination computer ({host}:{port}) has the following errors: {text}"
            )
        }
        Error::Auth(error) | Error::BoundLogin(error) => message_of_auth(error, own),

        _ => own,
    }
}

fn message_of_auth(error: &auth::Error, own: String) -> String {
    use auth::Error as E;
    match error {
        E::Refused { .. } => "Access is denied.".into(),
        E::Kerberos(fault) => kerberos::message(fault, own),
        E::CredentialRequired { scheme: scheme @ ("Basic" | "Digest") } => format!(
            "{scheme} authentication requires an explicit user name and password.  Specify the user name and password \
             by using the -Credential parameter and try the command again."
        ),
        _ => own,
    }
}

/// The text of 0x803381B9.
const NAME_NOT_RESOLVED: &str =
    "The WinRM client cannot process the request because the server name cannot be resolved.";

/// The text of 0x80338012.
const CANNOT_CONNECT: &str = "The client cannot connect to the destination specified in the request. Verify that the \
    service on the destination is running and is accepting requests. Consult the logs and documentation for the \
    WS-Management service running on the destination, most commonly IIS or WinRM. If the destination is the WinRM \
    service, run the following command on the destination to analyze and configure the WinRM service: \"winrm \
    quickconfig\".";

/// Two of the texts behind 12175.
const UNKNOWN_ISSUER: &str = "The SSL certificate is signed by an unknown certificate authority.";
const WRONG_NAME: &str = "The SSL certificate contains a common name (CN) that does not match the hostname.";

/// What to do about it.
fn hint(error: &Error) -> Option<Hint> {
    Some(match error {
        Error::NameNotResolved { host } => Hint::CheckName(host.clone()),
        Error::Refused { .. } | Error::Unreachable { .. } => Hint::CheckPort,
        Error::ConnectTimedOut { .. } | Error::AnswerTimedOut { .. } => Hint::Firewall,
        Error::LoginTimedOut { .. } => Hint::SlowLogin,
        Error::Tls { fault, .. } => hint_for_tls(fault),
        Error::Trust(_) => Hint::Authorities,
        Error::Auth(error) => hint_for_auth(error),
        // The login names the certificate that is seen here, which then is not the server's.
        Error::BoundLogin(error) => Hint::LoadBalancer(hint_for_auth(error).into()),
        Error::CertificateNotAsked { .. } => Hint::AskForCertificate,
        Error::NeedsTls { .. } => Hint::UseTls,
        Error::NotTrusted { host, .. } => Hint::TrustHost(host.clone()),
        Error::NotVerified { host, .. } => Hint::CheckCertificate(host.clone()),
        Error::Proxy { fault, .. } => proxy::hint(fault)?,
        Error::Status { status: 403, .. } => Hint::Forbidden,
        Error::Status { status: 404, .. } => Hint::ApplicationName,
        Error::Status { status: 413, .. } => Hint::RequestTooLarge,
        Error::Status { status: 429 | 503, .. } => Hint::ServerBusy,
        Error::Status { status: 500, .. } => Hint::ServerFailed,
        Error::NotHttp { .. } | Error::Lost { .. } | Error::Status { status: 400, .. } => Hint::OtherService,
        Error::NotSoap { .. }
        | Error::TooLarge { .. }
        | Error::HeadTooLarge { .. }
        | Error::Status { .. } => Hint::NotWsManagement,
        Error::LoginLost { .. } | Error::RideRefused { .. } => Hint::TryAgain,
        Error::Redirected { .. } => Hint::AllowRedirection,
        Error::BadUrl { .. } => Hint::UriForm,
        Error::BadProxy { .. } => Hint::ProxyForm,
        Error::NoEntropy => return None,
    })
}

/// What can be done about an answer of no use.
fn hint_for_answer(failure: &Failure) -> Option<Hint> {
    match failure {
        Failure::Negotiation(PoolError::Fragment(FragmentError::ObjectTooLarge(_))) => Some(Hint::ObjectSize),
        Failure::Negotiation(PoolError::ServerClosed) => Some(Hint::ListSessions),
        Failure::Endless(Endless::Time(_) | Endless::Redirections(_)) => Some(Hint::SlowServer),
        _ => None,
    }
}

fn hint_for_fault(code: Option<FaultCode>) -> Option<Hint> {
    Some(match code? {
        FaultCode::UNKNOWN_CONFIGURATION | FaultCode::INVALID_RESOURCE_URI => Hint::ConfigurationName,
        FaultCode::REMOTE_SHELLS_NOT_ALLOWED | FaultCode::REMOTE_CONNECTION_NOT_ALLOWED => {
            Hint::EnableRemoting
        }
        FaultCode::HTTP_SERVICE_UNAVAILABLE
        | FaultCode::QUOTA_MAX_OPERATIONS
        | FaultCode::QUOTA_USER
        | FaultCode::QUOTA_SYSTEM => Hint::ServerBusy,
        FaultCode::INVALID_SELECTORS => Hint::ListSessions,
        FaultCode::SESSION_ID_MISMATCH => Hint::HeldByAnotherClient,
        FaultCode::RUN_AS_FAILED => Hint::RunAs,
        FaultCode::INVALID_AUTHENTICATION => Hint::OtherMechanism,
        FaultCode::CORRUPTED_CONFIGURATION => Hint::ServerConfiguration,
        _ => return None,
    })
}

fn hint_for_tls(fault: &TlsFault) -> Hint {
    match fault {
        TlsFault::UnknownIssuer => Hint::UnknownAuthority,
        TlsFault::WrongName { .. } => Hint::OtherName,
        TlsFault::NothingInCommon => Hint::OldServer,
        TlsFault::NotTls => Hint::NotTls,
        TlsFault::NotPinned { .. } => Hint::NotPinned,
        TlsFault::IsAuthority { seen } => Hint::PinAuthority(*seen),
        TlsFault::ClientCertificateRefused(_) => Hint::MapCertificate,
        TlsFault::Expired { .. } | TlsFault::NotValidYet { .. } => Hint::CheckClock,
        TlsFault::Certificate(_) => Hint::PinCertificate,
        TlsFault::Alert(_) | TlsFault::Other(_) => Hint::NotTlsListener,
    }
}

fn hint_for_auth(error: &auth::Error) -> Hint {
    use auth::Error as E;
    match error {
        E::Kerberos(fault) => kerberos::hint(fault),
        E::Refused { scheme: "Certificate" } => Hint::MapCertificate,
        E::Refused { .. } => Hint::CheckPassword,
        E::LogonRefused { .. } => Hint::AskAdministrator,
        E::CredentialRequired { .. } | E::NameTooLong { .. } => Hint::NameUser,
        E::NotSealed
        | E::BadSignature
        | E::WrongSequenceNumber { .. }
        | E::OutOfSequence
        | E::MalformedSignature
        | E::WrongProtocol { .. }
        | E::MalformedBody(_)
        | E::BodyTooLarge { .. }
        | E::ProtectionsTrimmed { .. } => Hint::TamperedAnswer,
        E::ForgedServerKey => Hint::Impostor,
        E::UnsafeCredSsp { .. } => Hint::UpdateCredSsp,
        E::SchemeNotOffered { scheme: "CredSSP", .. } => Hint::AllowCredSsp,
        E::InnerTls(_) => Hint::OldServer,
        E::SchemeNotOffered { .. } => Hint::ChooseMechanism,
        E::NothingToUse { .. } => Hint::AllowedByServer,
        E::ColonInUserName
        | E::UnsafeDigest
        | E::TooManyLegs
        | E::MissingToken
        | E::UnexpectedToken
        | E::TokenTooLarge
        | E::InvalidBase64
        | E::MalformedChallenge
        | E::MalformedCertificate
        | E::NotEstablished => Hint::OtherMechanism,
    }
}

/// One of this program's error texts as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
