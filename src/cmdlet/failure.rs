//! Failures in PowerShell's words: the message, the FullyQualifiedErrorId, and the way out.

use super::Cmdlet;
use super::cause::{CA_FILE, Cause, sentence};
use crate::engine::Failure;
use crate::error::{ErrorCategory, ErrorRecord, ErrorTarget};
use crate::session::InstanceId;
use crate::store::StoreError;
use crate::transport;
use crate::wsman::FaultCode;

/// The errors of a cmdlet.
impl Cmdlet {
    /// One computer could not be asked for its sessions.
    pub fn query_failed(self, computer: &str, failure: &Failure) -> ErrorRecord {
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
            hint: cause.hint.or(hint_for_query(failure).map(Into::into)),
            ..self.record(message, &transport_error_id(cause.code, "RemotePSSessionQueryFailed"))
        }
    }

    /// One session could not be connected to.
    pub fn connect_failed(
        self,
        session: &str,
        computer: &str,
        configuration: &str,
        failure: &Failure,
    ) -> ErrorRecord {
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
            hint: cause.hint.or(hint_for_connect(failure).map(Into::into)),
            ..self.record(message, &transport_error_id(cause.code, "PSSessionConnectFailed"))
        }
    }

    /// A session that was in use is gone when it is looked for again.
    pub fn no_longer_exists(self, session: &str, computer: &str) -> ErrorRecord {
        let message = format!(
            "The connect operation failed for session {session} with the following error message: Cannot connect to \
             session {session}.  The session no longer exists on computer {computer}."
        );
        self.record(message, "PSSessionConnectFailed")
    }

    /// A session that another client holds.
    pub fn not_available(self, session: &str) -> ErrorRecord {
        let message = format!(
            "Cannot connect PSSession \"{session}\", either because it is not in the Disconnected state, or it is not \
             available for connection."
        );
        ErrorRecord {
            target: Some(ErrorTarget { name: format!("[PSSession]{session}"), type_name: "PSSession" }),
            hint: Some(HELD.into()),
            ..self.record(message, "PSSessionConnectFailed")
        }
    }

    /// No session has the name.
    pub fn no_such_name(self, name: &str) -> ErrorRecord {
        let message = format!("The command cannot find a PSSession that has the name \"{name}\".");
        ErrorRecord {
            target: Some(ErrorTarget { name: name.to_owned(), type_name: "String" }),
            ..self.record(message, "PSSessionNameMatchFail")
        }
    }

    /// No session has the InstanceId.
    pub fn no_such_instance(self, instance_id: InstanceId) -> ErrorRecord {
        let message =
            format!("The command cannot find a PSSession with an InstanceId value of \"{instance_id}\".");
        ErrorRecord {
            target: Some(ErrorTarget { name: instance_id.to_string(), type_name: "Guid" }),
            ..self.record(message, "PSSessionIdMatchFail")
        }
    }

    /// The sessions cannot be recorded, so none is connected to.
    pub fn store_failed(self, error: &StoreError) -> ErrorRecord {
        let hint = match error {
            StoreError::Foreign(_) | StoreError::Damaged { .. } => {
                "move the file away: the sessions themselves are on their servers and are not lost"
            }
            StoreError::Newer { .. } => "use the newer version, or another directory with --store",
            _ => "name a directory that can be written to with --store or PSSESSION_STORE",
        };
        ErrorRecord {
            category: ErrorCategory::ResourceUnavailable,
            hint: Some(hint.into()),
            ..self.record(sentence(&error.to_string()), "SessionStoreUnavailable")
        }
    }

    /// Nobody can be believed, so nobody is asked.
    pub fn no_trust(self, error: &transport::TrustError) -> ErrorRecord {
        self.own(sentence(&error.to_string()), "CertificateAuthoritiesUnavailable", Some(CA_FILE.into()))
    }

    /// Something of this program's own is missing or wrong.
    pub fn own(self, message: String, error_id: &'static str, hint: Option<String>) -> ErrorRecord {
        ErrorRecord {
            category: ErrorCategory::InvalidArgument,
            reason: "ArgumentException",
            hint,
            ..self.record(message, error_id)
        }
    }

    fn record(self, message: String, error_id: &str) -> ErrorRecord {
        ErrorRecord {
            cmdlet: self,
            message,
            category: ErrorCategory::InvalidOperation,
            reason: "RuntimeException",
            target: None,
            fully_qualified_error_id: format!("{error_id},{}", self.class()),
            hint: None,
        }
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

/// What can be done about a service that does not tell its sessions.
fn hint_for_query(failure: &Failure) -> Option<&'static str> {
    failure.is_fault(FaultCode::ACCESS_DENIED).then_some(
        "the user needs the right to remote there: a member of Remote Management Users, or an administrator",
    )
}

/// What can be done about a session that is not given.
fn hint_for_connect(failure: &Failure) -> Option<&'static str> {
    if failure.is_fault(FaultCode::ACCESS_DENIED) {
        Some("a session can be connected to by the user who created it, and nobody else")
    } else if failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT) {
        Some(HELD)
    } else {
        None
    }
}

const HELD: &str =
    "another client is connected to it; when that client is gone it becomes available within minutes";
