//! Failures in PowerShell's words: the message, the FullyQualifiedErrorId, and the way out.

mod command;
mod enter;

use super::error_context::{ErrorContext, sentence};
use super::wildcard::InvalidPattern;
use crate::engine::Failure;
use crate::error::{Cmdlet, ErrorCategory, ErrorRecord, ErrorTarget, Hint, Unavailable};

use crate::record::{InstanceId, SessionNumber};
use crate::store::StoreError;
use crate::transport;
use crate::wsman::FaultCode;
use std::time::Duration;

impl ErrorRecord {
    fn about(self, name: impl Into<String>, type_name: &'static str) -> ErrorRecord {
        ErrorRecord { target: Some(ErrorTarget { name: name.into(), type_name }), ..self }
    }

    fn about_session(self, session: &str) -> ErrorRecord {
        self.about(format!("[PSSession]{session}"), "PSSession")
    }

    pub(crate) fn hinting(self, hint: Option<Hint>) -> ErrorRecord {
        ErrorRecord { hint, ..self }
    }

    /// The error of a session that is gone, with the command that forgets it.
    pub(super) fn with_forgetting(self, id: Option<SessionNumber>) -> ErrorRecord {
        ErrorRecord { hint: id.map(Hint::ForgetSession).or(self.hint), ..self }
    }
}

/// The errors of a cmdlet.
impl Cmdlet {
    /// One computer could not be asked for its sessions.
    pub(crate) fn query_failed(self, computer: &str, failure: &Failure) -> ErrorRecord {
        const TARGET: &str = "System.Management.Automation.Runspaces.WSManConnectionInfo";
        let ErrorContext { code, message, hint } = ErrorContext::of(failure);
        let message = format!(
            "The remote session query failed for {computer} with the following error message: {message}"
        );
        self.record(message, &transport_error_id(code, "RemotePSSessionQueryFailed"))
            .about(TARGET, "WSManConnectionInfo")
            .hinting(hint.or(hint_for_query(failure)))
    }

    /// One session could not be connected to.
    pub(crate) fn connect_failed(
        self,
        session: &str,
        computer: &str,
        configuration: &str,
        failure: &Failure,
    ) -> ErrorRecord {
        let mut context = ErrorContext::of(failure);
        context.name_configuration(configuration, computer);
        self.connection_failed(session, &format!("Connecting to remote server {computer}"), context, failure)
    }

    fn connection_failed(
        self,
        session: &str,
        operation: &str,
        context: ErrorContext,
        failure: &Failure,
    ) -> ErrorRecord {
        let ErrorContext { code, message, hint } = context;
        let why = wrapped(operation, &message);
        if self == Cmdlet::EnterPSSession {
            return self.cannot_enter(why, hint.or(hint_for_connect(failure)));
        }
        let message = format!(
            "The connect operation failed for session {session} with the following error message: {why}"
        );
        self.record(message, &transport_error_id(code, "PSSessionConnectFailed"))
            .hinting(hint.or(hint_for_connect(failure)))
    }

    /// A session that was in use is gone when it is looked for again.
    pub fn no_longer_exists(self, session: &str, computer: &str) -> ErrorRecord {
        let why = format!(
            "Cannot connect to session {session}.  The session no longer exists on computer {computer}."
        );
        if self == Cmdlet::EnterPSSession {
            return self.cannot_enter(why, None);
        }
        let message = format!(
            "The connect operation failed for session {session} with the following error message: {why}"
        );
        self.record(message, "PSSessionConnectFailed")
    }

    /// A session that another client holds.
    pub fn not_available(self, session: &str) -> ErrorRecord {
        match self {
            Cmdlet::EnterPSSession => self.cannot_enter_held(),
            _ => self.not_disconnected(session).hinting(Some(Hint::HeldByAnotherClient)),
        }
    }

    /// A session that is over.
    pub fn not_disconnected(self, session: &str) -> ErrorRecord {
        if self == Cmdlet::EnterPSSession {
            return self.cannot_enter_broken();
        }
        let message = format!(
            "Cannot connect PSSession \"{session}\", either because it is not in the Disconnected state, or it is not \
             available for connection."
        );
        self.record(message, "PSSessionConnectFailed").about_session(session)
    }

    /// As [`Cmdlet::connect_failed`], for a session that was to be gone on with.
    pub(crate) fn reconnect_failed(self, session: &str, computer: &str, failure: &Failure) -> ErrorRecord {
        let operation = format!("Reconnecting to the remote server {computer}");
        self.connection_failed(session, &operation, ErrorContext::of(failure), failure)
    }

    /// A session that is not open cannot be disconnected.
    pub fn not_opened(self, session: &str) -> ErrorRecord {
        let message =
            format!("Cannot disconnect PSSession \"{session}\" because it is not in the Opened state.");
        let record = self.record(message, "CannotDisconnectSessionWhenNotOpened").about_session(session);
        record.hinting(Some(Hint::ShowState))
    }

    /// An idle time-out that the server would not take.
    pub fn bad_idle_timeout(
        self,
        session: &str,
        given: Duration,
        longest: Duration,
        shortest: Duration,
    ) -> ErrorRecord {
        let [given, longest, shortest] = [given, longest, shortest].map(|time| time.as_secs());
        let message = format!(
            "The session {session} cannot be disconnected because the specified idle time-out value {given} (seconds) \
             is either greater than the server maximum allowed {longest} (seconds), or less than the minimum allowed \
             {shortest} (seconds).  Specify an idle time-out value that is within the allowed range, and try again."
        );
        let record = self.record(message, "CannotDisconnectSessionWithInvalidIdleTimeout");
        let hint = Some(Hint::IdleTimeout { shortest, longest });
        ErrorRecord {
            category: ErrorCategory::InvalidArgument,
            ..record.about_session(session).hinting(hint)
        }
    }

    /// A session could not be disconnected.
    pub(crate) fn disconnect_failed(self, instance_id: InstanceId, failure: &Failure) -> ErrorRecord {
        let context = ErrorContext::of(failure);
        let reason = match context.code {
            Some(FaultCode::DISCONNECT_NOT_SUPPORTED) => NEEDS_POWERSHELL_3.to_owned(),
            _ => context.message,
        };
        let message = format!(
            "Disconnect-PSSession operation failed for runspace Id = {instance_id} for the following reason: {reason}"
        );
        self.record(message, "PSSessionDisconnectFailed").hinting(context.hint)
    }

    /// A session that was connected to could not be ended on its server.
    pub(crate) fn delete_failed(self, session: &str, failure: &Failure) -> ErrorRecord {
        let context = ErrorContext::of(failure);
        let message = format!(
            "Remote session {session} could not be removed from the server: {} It is no longer known here, and its state \
             on the server is unknown.",
            context.message
        );
        ErrorRecord {
            target: Some(ErrorTarget { name: format!("[PSSession]{session}"), type_name: "PSSession" }),
            hint: context.hint,
            ..self.record(message, "RemoveSessionFailed")
        }
    }

    /// A session could not be connected to in order to end it.
    pub(crate) fn remove_failed(self, session: &str, failure: &Failure) -> ErrorRecord {
        let message = format!(
            "Remote session {session} could not be connected and could not be removed from the server. The client remote \
             session object will be removed from the server, but the state of the remote session on the server is \
             unknown."
        );
        let record = self.record(message, "RemoveSessionCannotConnectToServer");
        let ErrorContext { message: why, hint, .. } = ErrorContext::of(failure);
        record.about_session(session).hinting(Some(Hint::Reason { why, hint: hint.map(Box::new) }))
    }

    /// No known session has the name.
    pub fn name_not_available(self, name: &str) -> ErrorRecord {
        let message = format!("The remote session with the name {name}  is not available.");
        self.not_known(message, "Name").about(name, "String")
    }

    /// No known session has the Id.
    pub fn id_not_available(self, id: i32) -> ErrorRecord {
        let message = format!("The remote session with the session ID {id} is not available.");
        self.not_known(message, "SessionId").about(id.to_string(), "Int32")
    }

    /// No known session has the InstanceId.
    pub fn instance_not_available(self, instance_id: InstanceId) -> ErrorRecord {
        let message = format!("Remote session is not available for {instance_id}.");
        self.not_known(message, "RunspaceId").about(instance_id.to_string(), "Guid")
    }

    /// No known session is on the computer.
    pub fn computer_not_available(self, computer: &str) -> ErrorRecord {
        let message = format!("Remote session is not available for ComputerName {computer}.");
        self.not_known(message, "Computer").about(computer, "String")
    }

    fn not_known(self, message: String, what: &str) -> ErrorRecord {
        let id = format!("RemoteRunspaceNotAvailableForSpecified{what}");
        self.own(message, &id, Some(Hint::OnlyKnownSessions))
    }

    /// An item of standard input that is of no use here.
    pub fn not_bound(self) -> ErrorRecord {
        let message = "The input object cannot be bound to any parameters for the command either because the command \
                       does not take pipeline input or the input and its properties do not match any of the parameters \
                       that take pipeline input."
            .to_owned();
        ErrorRecord {
            reason: "ParameterBindingException",
            ..self.own(message, "InputObjectNotBound", Some(Hint::NameSession))
        }
    }

    /// A wildcard pattern that is none.
    pub fn bad_pattern(self, invalid: &InvalidPattern) -> ErrorRecord {
        self.own(invalid.to_string(), "WildcardPattern_Invalid", Some(Hint::QuotePattern))
    }

    /// There is no password for a user.
    pub fn no_password(self, why: Unavailable) -> ErrorRecord {
        self.own(sentence(&why.reason), "PasswordUnavailable", why.hint.map(Hint::Text))
    }

    /// No session has the name.
    pub fn no_such_name(self, name: &str) -> ErrorRecord {
        let message = format!("The command cannot find a PSSession that has the name \"{name}\".");
        self.record(message, "PSSessionNameMatchFail").about(name, "String").hinting(Some(Hint::ListSessions))
    }

    /// No session has the InstanceId.
    pub fn no_such_instance(self, instance_id: InstanceId) -> ErrorRecord {
        let message =
            format!("The command cannot find a PSSession with an InstanceId value of \"{instance_id}\".");
        let record = self.record(message, "PSSessionIdMatchFail").about(instance_id.to_string(), "Guid");
        record.hinting(Some(Hint::ListSessions))
    }

    /// A computer lists more sessions than one command connects to, so none is connected to.
    pub(crate) fn too_many_sessions(self, computer: &str, found: usize, most: usize) -> ErrorRecord {
        let message = format!(
            "The computer {computer} lists {found} sessions to connect to; one command connects to {most} at most."
        );
        self.own(message, "TooManySessions", Some(Hint::FewerSessions))
    }

    /// The sessions cannot be recorded, so none is connected to.
    pub fn store_failed(self, error: &StoreError) -> ErrorRecord {
        let hint = match error {
            StoreError::Foreign(_) | StoreError::Damaged { .. } => Hint::StoreFile,
            StoreError::Older { .. } => Hint::OlderStore,
            StoreError::Newer { .. } => Hint::NewerStore,
            StoreError::NoDirectory | StoreError::Directory { .. } | StoreError::Unusable { .. } => {
                Hint::StoreDirectory
            }
        };
        let record = self.record(sentence(&error.to_string()), "SessionStoreUnavailable");
        ErrorRecord { category: ErrorCategory::ResourceUnavailable, ..record.hinting(Some(hint)) }
    }

    /// No certificate authority is trusted, so nothing is sent.
    pub fn no_trust(self, error: &transport::TrustError) -> ErrorRecord {
        self.own(sentence(&error.to_string()), "CertificateAuthoritiesUnavailable", Some(Hint::Authorities))
    }

    /// There is no client certificate to show.
    pub fn no_certificate(self, why: Unavailable) -> ErrorRecord {
        self.own(sentence(&why.reason), "ClientCertificateUnavailable", why.hint.map(Hint::Text))
    }

    /// Something of this program's own is missing or wrong.
    pub fn own(self, message: String, error_id: &str, hint: Option<Hint>) -> ErrorRecord {
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

/// What PowerShell says around the words of the transport.
fn wrapped(operation: &str, message: &str) -> String {
    format!(
        "{operation} failed with the following error message : {message} For more information, see the \
         about_Remote_Troubleshooting Help topic."
    )
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

/// What can be done about a service that does not list its sessions.
fn hint_for_query(failure: &Failure) -> Option<Hint> {
    failure.is_fault(FaultCode::ACCESS_DENIED).then_some(Hint::RightToRemote)
}

/// What can be done about a session that is not given.
fn hint_for_connect(failure: &Failure) -> Option<Hint> {
    if failure.is_fault(FaultCode::ACCESS_DENIED) {
        Some(Hint::OnlyItsCreator)
    } else if failure.is_fault(FaultCode::CONNECTED_TO_DIFFERENT_CLIENT) {
        Some(Hint::HeldByAnotherClient)
    } else {
        None
    }
}

const NEEDS_POWERSHELL_3: &str = "The disconnection operation is not supported on the remote computer. To support \
                                  disconnecting, the remote computer must be running Windows PowerShell 3.0 or a later \
                                  version of Windows PowerShell.";
