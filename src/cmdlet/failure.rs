//! Failures in PowerShell's words: the message, the FullyQualifiedErrorId, and the way out.

use super::Cmdlet;
use crate::auth;
use crate::engine::Failure;
use crate::error::{ErrorCategory, ErrorRecord, ErrorTarget};
use crate::session::InstanceId;
use crate::store::StoreError;
use crate::transport::{self, TlsFault};
use crate::wsman::FaultCode;

const CMDLET: Cmdlet = Cmdlet::ConnectPSSession;

/// One computer could not be asked for its sessions.
pub fn query_failed(computer: &str, failure: &Failure) -> ErrorRecord {
    let cause = Cause::of(failure);
    let message = format!(
        "The remote session query failed for {computer} with the following error message: {}",
        cause.message
    );
    ErrorRecord {
        target: Some(ErrorTarget {
            name: "System.Management.Automation.Runspaces.WSManConnectionInfo".into(),
            type_name: "WSManConnectionInfo",
        }),
        hint: cause.hint,
        ..record(message, &transport_error_id(cause.code, "RemotePSSessionQueryFailed"))
    }
}

/// One session could not be connected to.
pub fn connect_failed(session: &str, computer: &str, configuration: &str, failure: &Failure) -> ErrorRecord {
    let cause = Cause::of(failure);
    let text = if cause.code == Some(FaultCode::UNKNOWN_CONFIGURATION) {
        format!(
            "The WS-Management service cannot process the request. Cannot find the {configuration} session configuration \
             in the WSMan: drive on the {computer} computer. For more information, see the \
             about_Remote_Troubleshooting Help topic."
        )
    } else {
        cause.message
    };
    let message = format!(
        "The connect operation failed for session {session} with the following error message: Connecting to remote \
         server {computer} failed with the following error message : {text} For more information, see the \
         about_Remote_Troubleshooting Help topic."
    );
    ErrorRecord {
        hint: cause.hint,
        ..record(message, &transport_error_id(cause.code, "PSSessionConnectFailed"))
    }
}

/// A session that was in use is gone when it is looked for again.
pub fn no_longer_exists(session: &str, computer: &str) -> ErrorRecord {
    let message = format!(
        "The connect operation failed for session {session} with the following error message: Cannot connect to \
         session {session}.  The session no longer exists on computer {computer}."
    );
    record(message, "PSSessionConnectFailed")
}

/// A session that another client holds.
pub fn not_available(session: &str) -> ErrorRecord {
    let message = format!(
        "Cannot connect PSSession \"{session}\", either because it is not in the Disconnected state, or it is not \
         available for connection."
    );
    ErrorRecord {
        target: Some(ErrorTarget { name: format!("[PSSession]{session}"), type_name: "PSSession" }),
        hint: Some(
            "another client is connected to it; when that client is gone it becomes available within minutes"
                .into(),
        ),
        ..record(message, "PSSessionConnectFailed")
    }
}

/// No session has the name.
pub fn no_such_name(name: &str) -> ErrorRecord {
    let message = format!("The command cannot find a PSSession that has the name \"{name}\".");
    ErrorRecord {
        target: Some(ErrorTarget { name: name.to_owned(), type_name: "String" }),
        ..record(message, "PSSessionNameMatchFail")
    }
}

/// No session has the InstanceId.
pub fn no_such_instance(instance_id: InstanceId) -> ErrorRecord {
    let message =
        format!("The command cannot find a PSSession with an InstanceId value of \"{instance_id}\".");
    ErrorRecord {
        target: Some(ErrorTarget { name: instance_id.to_string(), type_name: "Guid" }),
        ..record(message, "PSSessionIdMatchFail")
    }
}

/// The sessions cannot be recorded, so none is connected to.
pub fn store_failed(error: &StoreError) -> ErrorRecord {
    let hint = match error {
        StoreError::Foreign(_) | StoreError::Damaged { .. } => {
            "move the file away: the sessions themselves are on their servers and are not lost"
        }
        StoreError::Newer { .. } => "use the newer version, or another directory with --store",
        _ => "name a directory that can be written to with --store or PSSESSION_STORE",
    };
    let mut text = error.to_string();
    text.get_mut(..1).map(str::make_ascii_uppercase);
    ErrorRecord {
        category: ErrorCategory::ResourceUnavailable,
        hint: Some(hint.into()),
        ..record(format!("{text}."), "SessionStoreUnavailable")
    }
}

/// Something of this program's own is missing or wrong.
pub fn own(message: String, error_id: &'static str, hint: Option<String>) -> ErrorRecord {
    ErrorRecord {
        category: ErrorCategory::InvalidArgument,
        reason: "ArgumentException",
        hint,
        ..record(message, error_id)
    }
}

fn record(message: String, error_id: &str) -> ErrorRecord {
    ErrorRecord {
        cmdlet: CMDLET,
        message,
        category: ErrorCategory::InvalidOperation,
        reason: "RuntimeException",
        target: None,
        fully_qualified_error_id: format!("{error_id},{}", CMDLET.class()),
        hint: None,
    }
}

/// PowerShell's GetFQEIDFromTransportError: the code's name, or its number, before the cmdlet's own error id.
fn transport_error_id(code: Option<FaultCode>, error_id: &str) -> String {
    match code {
        Some(code) if code.0 != 0 => match code.transport_error() {
            Some(name) => format!("{name},{error_id}"),
            None => format!("{},{error_id}", code.signed()),
        },
        _ => error_id.to_owned(),
    }
}

/// Why something failed, for a person.
struct Cause {
    code: Option<FaultCode>,
    message: String,
    hint: Option<String>,
}

impl Cause {
    fn of(failure: &Failure) -> Cause {
        match failure {
            Failure::Fault(fault) => {
                let message = if fault.message.is_empty() {
                    format!("The service answered with the fault {:?}.", fault.code)
                } else {
                    fault.message.clone()
                };
                Cause { code: fault.code, message, hint: fault.code.and_then(hint_for_fault).map(Into::into) }
            }
            Failure::Transport(error) => Cause::of_transport(error),
            Failure::Malformed(_) | Failure::Negotiation(_) | Failure::Endless => {
                Cause { code: None, message: sentence(&failure.to_string()), hint: None }
            }
        }
    }

    fn of_transport(error: &transport::Error) -> Cause {
        use transport::Error as E;
        let mut message = sentence(&error.to_string());
        let mut hint = None;
        let code = match error {
            E::NameNotResolved { .. } => {
                message = "The WinRM client cannot process the request because the server name cannot be \
                           resolved."
                    .into();
                Some(FaultCode::NAME_NOT_RESOLVED)
            }
            E::Refused { .. } | E::Unreachable { .. } => {
                message = format!("{message} {CANNOT_CONNECT}");
                Some(FaultCode::CANNOT_CONNECT)
            }
            E::ConnectTimedOut { .. } | E::AnswerTimedOut { .. } => {
                hint = Some(
                    "a firewall may be in the way, or the port or scheme wrong; --timeout SECONDS waits longer or shorter",
                );
                Some(FaultCode::NETWORK_TIMED_OUT)
            }
            E::Tls { host, fault } => {
                if let Some(text) = certificate_text(fault) {
                    message = format!(
                        "The server certificate on the destination computer ({host}) has the following errors: {text}"
                    );
                }
                hint = hint_for_tls(fault);
                Some(FaultCode::SECURE_FAILURE)
            }
            E::Auth(error) => {
                let (code, text, way_out) = explain_auth(error);
                if let Some(text) = text {
                    message = text;
                }
                hint = way_out;
                code
            }
            E::NeedsTls { .. } => {
                hint = Some("add -UseSSL, or an https:// connection URI");
                Some(FaultCode::CLIENT_UNENCRYPTED_DISABLED)
            }
            E::NotTrusted { host } => {
                return Cause {
                    code: Some(FaultCode::SERVER_NOT_TRUSTED),
                    message,
                    hint: Some(format!("use -UseSSL, or trust the host: --trusted-hosts {host}")),
                };
            }
            E::Proxied { .. } => {
                hint = Some("use -UseSSL, or name the host in NO_PROXY");
                None
            }
            E::Redirected { location, .. } => {
                message = format!("{message} Redirect location reported: {location}.");
                Some(FaultCode::REDIRECT_REQUESTED)
            }
            E::Status { status, .. } => {
                hint = (*status == 404)
                    .then_some("-ApplicationName names the path of the service, wsman by default");
                match status {
                    400 => Some(FaultCode::HTTP_BAD_REQUEST),
                    404 => Some(FaultCode::HTTP_NOT_FOUND),
                    413 => Some(FaultCode::HTTP_REQUEST_TOO_LARGE),
                    500 => Some(FaultCode::HTTP_ERROR),
                    503 => Some(FaultCode::HTTP_SERVICE_UNAVAILABLE),
                    _ => None,
                }
            }
            E::NotSoap { .. } => Some(FaultCode::HTTP_CONTENT_TYPE),
            E::Trust(_) => {
                hint = Some("--ca-file FILE names a PEM file with the authorities to believe");
                Some(FaultCode::SECURE_FAILURE)
            }
            E::LoginLost { .. }
            | E::Lost { .. }
            | E::RideRefused { .. }
            | E::NotHttp { .. }
            | E::TooLarge { .. }
            | E::BadProxy { .. }
            | E::BadUrl { .. }
            | E::NoEntropy => None,
        };
        Cause { code, message, hint: hint.map(Into::into) }
    }
}

/// The text of 0x80338012.
const CANNOT_CONNECT: &str = "The client cannot connect to the destination specified in the request. Verify that the \
    service on the destination is running and is accepting requests. Consult the logs and documentation for the \
    WS-Management service running on the destination, most commonly IIS or WinRM. If the destination is the WinRM \
    service, run the following command on the destination to analyze and configure the WinRM service: \"winrm \
    quickconfig\".";

/// Windows' words for the two errors it has words for.
fn certificate_text(fault: &TlsFault) -> Option<String> {
    match fault {
        TlsFault::UnknownIssuer => {
            Some("The SSL certificate is signed by an unknown certificate authority.".into())
        }
        TlsFault::WrongName { .. } => Some(format!(
            "The SSL certificate contains a common name (CN) that does not match the hostname. ({})",
            sentence(&fault.to_string())
        )),
        _ => None,
    }
}

fn hint_for_tls(fault: &TlsFault) -> Option<&'static str> {
    match fault {
        TlsFault::UnknownIssuer => Some(
            "--ca-file FILE believes the authorities in a PEM file; -SessionOption SkipCACheck=true believes anybody",
        ),
        TlsFault::WrongName { .. } => Some(
            "only subject alternative names count, not the CN; use a name of the certificate, or -SessionOption \
             SkipCNCheck=true",
        ),
        TlsFault::NothingInCommon => Some(
            "Windows Server 2012 R2 and older may offer only CBC or RSA key exchange, which this program does not have; \
             HTTP with Negotiate is encrypted too",
        ),
        TlsFault::NotTls => Some("the port may be that of HTTP, 5985: leave out -UseSSL, or give -Port"),
        _ => None,
    }
}

fn explain_auth(error: &auth::Error) -> (Option<FaultCode>, Option<String>, Option<&'static str>) {
    use auth::Error as E;
    match error {
        E::Refused { .. } => (
            Some(FaultCode::ACCESS_DENIED),
            Some("Access is denied.".into()),
            Some(
                "the server does not accept this user name and password; for a local account try COMPUTER\\user",
            ),
        ),
        E::CredentialRequired { scheme: scheme @ ("Basic" | "Digest") } => (
            Some(FaultCode::EXPLICIT_CREDENTIALS_NEEDED),
            Some(format!(
                "{scheme} authentication requires an explicit user name and password.  Specify the user name and \
                 password by using the -Credential parameter and try the command again."
            )),
            None,
        ),
        E::CredentialRequired { .. } => (
            Some(FaultCode::EXPLICIT_CREDENTIALS_REQUIRED),
            None,
            Some("name a user with -Credential or PSSESSION_USER"),
        ),
        E::NotImplemented { .. } => {
            (None, None, Some("Basic over HTTPS and Negotiate with a user name and password are there"))
        }
        E::NotSealed | E::BadSignature | E::WrongSequenceNumber { .. } => (
            Some(FaultCode::NEGOTIATE_FAILURE),
            None,
            Some("somebody on the way may have changed the answer"),
        ),
        E::SchemeNotOffered { .. } => (None, None, Some("-Authentication names the mechanism")),
        _ => (Some(FaultCode::NEGOTIATE_FAILURE), None, None),
    }
}

fn hint_for_fault(code: FaultCode) -> Option<&'static str> {
    match code {
        FaultCode::ACCESS_DENIED => {
            Some("a session can be connected to by the user who created it, and nobody else")
        }
        FaultCode::CONNECTED_TO_DIFFERENT_CLIENT => Some(
            "another client is connected to it; when that client is gone it becomes available within minutes",
        ),
        FaultCode::QUOTA_MAX_SHELLS => Some("disconnected sessions count until they are removed or expire"),
        _ => None,
    }
}

/// One of this program's error texts as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
