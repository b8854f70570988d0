//! Why something failed, for a person: Windows' number for it, a sentence, and the way out where one is known.
//!
//! A service's own words go before all others. What went wrong on this side gets the number that a Windows client would
//! report, so that scripts find the FullyQualifiedErrorId they know.

use super::{kerberos, proxy};
use crate::auth;
use crate::engine::{Failure, Redirection, Refusal};
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
    pub hint: Option<String>,
}

impl ErrorContext {
    pub(super) fn of(failure: &Failure) -> ErrorContext {
        match failure {
            Failure::Fault(fault) if fault.message.is_empty() => {
                let message = match fault.code {
                    Some(FaultCode(code)) => format!("The service answered with the fault {code:#010X}."),
                    None => "The service answered with a fault that says nothing.".to_owned(),
                };
                ErrorContext { code: fault.code, message, hint: None }
            }
            Failure::Fault(fault) => {
                ErrorContext { code: fault.code, message: fault.message.clone(), hint: None }
            }
            Failure::Transport(Error::BoundLogin(error)) => {
                let context = ErrorContext::of(&Failure::Transport(Error::Auth(error.clone())));
                ErrorContext { hint: context.hint.map(|hint| format!("{hint}; {BALANCER}")), ..context }
            }
            Failure::Transport(error) => {
                ErrorContext { code: code(error), message: message(error), hint: hint(error) }
            }
            Failure::Redirected(redirection) => ErrorContext::of_redirection(redirection),
            Failure::Negotiation(PoolError::Fragment(FragmentError::ObjectTooLarge(_))) => ErrorContext {
                code: None,
                message: sentence(&failure.to_string()),
                hint: Some(OBJECT_SIZE.into()),
            },
            Failure::Malformed(_)
            | Failure::Negotiation(_)
            | Failure::Pipeline(_)
            | Failure::Endless(_)
            | Failure::NotOpen(_)
            | Failure::NotDriven(_)
            | Failure::Store(_) => {
                ErrorContext { code: None, message: sentence(&failure.to_string()), hint: None }
            }
        }
    }
}

impl ErrorContext {
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
            Refusal::NotAllowed { could_be: true } => "-AllowRedirection follows it",
            Refusal::NotAllowed { could_be: false } => {
                "-ConnectionUri with -AllowRedirection follows it, -ComputerName does not"
            }
            Refusal::TooOften { .. } => "MaximumRedirection in -SessionOption says how often it is followed",
            Refusal::Bad(BadRedirection::AnotherHost) => {
                "if that computer is to have the credential, name it yourself with -ConnectionUri"
            }
            Refusal::Bad(BadRedirection::AnotherService) => {
                "if that service is to have the password, name it yourself with -ConnectionUri"
            }
            Refusal::Bad(_) | Refusal::Circle => {
                return ErrorContext { code: Some(code), message, hint: None };
            }
        };
        ErrorContext { code: Some(code), message, hint: Some(hint.into()) }
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
        Error::Auth(auth::Error::Refused { .. }) => "Access is denied.".into(),
        Error::Auth(auth::Error::Kerberos(fault)) => kerberos::message(fault, own),
        Error::Auth(auth::Error::CredentialRequired { scheme: scheme @ ("Basic" | "Digest") }) => format!(
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

/// What to do about it, in words that can be typed.
fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Refused { .. } | Error::Unreachable { .. } => {
            "check the name and -Port: WinRM listens on 5985 for HTTP and, with -UseSSL, on 5986"
        }
        Error::ConnectTimedOut { .. } | Error::AnswerTimedOut { .. } => {
            "a firewall may be in the way, or the port or scheme wrong; --timeout SECONDS waits longer or shorter"
        }
        Error::LoginTimedOut { .. } => {
            "a firewall may be in the way, or the port or scheme wrong; -Authentication selects another login, and \
             --timeout SECONDS waits longer or shorter"
        }
        Error::Tls { fault, .. } => return Some(hint_for_tls(fault)),
        Error::Trust(_) => CA_FILE,
        Error::Auth(auth::Error::Kerberos(fault)) => return kerberos::hint(fault).map(Into::into),
        Error::Auth(error) => return hint_for_auth(error).map(Into::into),
        Error::CertificateNotAsked { .. } => CLIENT_CERTIFICATE_NEGOTIATION,
        Error::NeedsTls { .. } => "add -UseSSL, or an https:// connection URI",
        Error::NotTrusted { host, .. } => {
            return Some(format!("use -UseSSL, or trust the host: --trusted-hosts {host}"));
        }
        Error::NotVerified { host, .. } => {
            return Some(format!(
                "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: \
                 --trusted-hosts {host}"
            ));
        }
        Error::Proxy { fault, .. } => return proxy::hint(fault),
        Error::Status { status: 404, .. } => {
            "-ApplicationName names the path of the service, wsman by default"
        }
        Error::NotHttp { .. } | Error::Lost { .. } => {
            "the port may be that of another service, or of HTTPS: -UseSSL, -Port"
        }
        _ => return None,
    };
    Some(hint.into())
}

/// Windows' own listener asks for the certificate when it has read the request, unless http.sys is told otherwise.
const CLIENT_CERTIFICATE_NEGOTIATION: &str = "the server has to ask in the first handshake: there, delete the listener's \
    binding and add it again with clientcertnegotiation=enable (netsh http show sslcert, netsh http add sslcert)";

const NO_MAPPING: &str = "the server must allow certificates (Set-Item WSMan:\\localhost\\Service\\Auth\\Certificate $true), \
    trust this one's authority, and map it to a local account (New-Item WSMan:\\localhost\\ClientCertificate)";

const NOTHING_TO_USE: &str = "no password was sent; on the server, winrm get winrm/config/service shows what it allows \
    (Auth, AllowUnencrypted)";

/// The login names the certificate that is seen here, which then is not the server's.
const BALANCER: &str = "where a load balancer ends TLS, --no-channel-binding may help";

pub(super) const CA_FILE: &str = "--ca-file FILE names a PEM file with the authorities to trust";

const OLD_CIPHERS: &str = "Windows Server 2012 R2 and older may offer only CBC or RSA key exchange, which this program \
     does not have; HTTP with Negotiate is encrypted too";

const OBJECT_SIZE: &str = "MaximumReceivedObjectSize in -SessionOption bounds it; 0 is no bound";

fn hint_for_tls(fault: &TlsFault) -> String {
    let hint = match fault {
        TlsFault::UnknownIssuer => {
            "--ca-file FILE believes the authorities in a PEM file; -SessionOption SkipCACheck=true believes anybody"
        }
        TlsFault::WrongName { .. } => {
            "only subject alternative names count, not the CN; use a name of the certificate, or -SessionOption \
             SkipCNCheck=true"
        }
        TlsFault::NothingInCommon => OLD_CIPHERS,
        TlsFault::NotTls => "the port may be that of HTTP, 5985: leave out -UseSSL, or give -Port",
        TlsFault::NotPinned { .. } => {
            "if the server has a new certificate, compare the fingerprint there before you pin it: \
             Get-ChildItem WSMan:\\localhost\\Listener names the certificate"
        }
        TlsFault::IsAuthority { seen } => {
            return format!(
                "if that is the server's fingerprint, --pin-sha256 {seen} trusts this certificate; so does --ca-file \
                 with the certificate itself in the file"
            );
        }
        TlsFault::ClientCertificateRefused(_) => NO_MAPPING,
        TlsFault::Expired { .. } | TlsFault::NotValidYet { .. } => {
            "if that is not so, the clock of this computer is wrong"
        }
        TlsFault::Certificate(_) => {
            "--pin-sha256 trusts a certificate by its fingerprint alone, which openssl x509 -fingerprint -sha256 shows"
        }
        TlsFault::Alert(_) | TlsFault::Other(_) => {
            "check that -Port is that of a WinRM listener for HTTPS; the server's event log may say more"
        }
    };
    hint.to_owned()
}

fn hint_for_auth(error: &auth::Error) -> Option<&'static str> {
    use auth::Error as E;
    match error {
        E::Refused { scheme: "Certificate" } => Some(NO_MAPPING),
        E::Refused { .. } => Some(
            "the server does not accept this user name and password; for a local account try COMPUTER\\user",
        ),
        E::CredentialRequired { .. } => Some("name a user with -Credential or PSSESSION_USER"),
        E::NotSealed | E::BadSignature | E::WrongSequenceNumber { .. } | E::OutOfSequence => {
            Some("somebody on the way may have changed the answer")
        }
        E::ForgedServerKey => Some("somebody on the way may pose as the server; it has not got the password"),
        E::UnsafeCredSsp { .. } => Some("updates of 2018 and later mend the server (CVE-2018-0886)"),
        E::SchemeNotOffered { scheme: "CredSSP", .. } => Some(
            "on the server, Enable-WSManCredSSP -Role Server lets it in; -Authentication names another one",
        ),
        E::InnerTls(_) => Some(OLD_CIPHERS),
        E::SchemeNotOffered { .. } => Some("-Authentication names the mechanism"),
        E::NothingToUse { .. } => Some(NOTHING_TO_USE),
        _ => None,
    }
}

/// One of this program's error texts as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
