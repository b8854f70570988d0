//! Failures of commands, and of the sessions that are opened for them.

use super::{ErrorContext, transport_error_id, wrapped};
use crate::engine::Failure;
use crate::error::{Cmdlet, ErrorCategory, ErrorRecord, ErrorTarget, Hint};
use crate::record::PSSession;
use crate::wsman::FaultCode;

impl Cmdlet {
    /// A command that ran nothing has taken more input than is kept to be given to it again.
    pub(crate) fn input_is_gone(self, computer: &str) -> ErrorRecord {
        let text = format!(
            "The command did not run: {computer} has no Out-String, which turns output into text, and the input is too large to \
             be sent again without it."
        );
        self.own(text, "InputNotRepeatable", Some(Hint::OutputAsObjects))
    }

    /// No session could be created on a computer.
    pub(crate) fn open_failed(self, computer: &str, configuration: &str, failure: &Failure) -> ErrorRecord {
        let mut context = ErrorContext::of(failure);
        context.name_configuration(configuration, computer);
        let operation = format!("Connecting to remote server {computer}");
        let message = wrapped(&operation, &context.message);
        let hint = context.hint.or(super::hint_for_query(failure));
        if self == Cmdlet::EnterPSSession {
            return ErrorRecord {
                category: ErrorCategory::InvalidArgument,
                reason: "PSRemotingTransportException",
                target: Some(ErrorTarget { name: computer.to_owned(), type_name: "String" }),
                // Its id has neither the code of the transport nor a class.
                fully_qualified_error_id: "CreateRemoteRunspaceFailed".to_owned(),
                hint,
                ..self.record(message, "CreateRemoteRunspaceFailed")
            };
        }
        let message = format!("[{computer}] {message}");
        let (error_id, target) = match self {
            Cmdlet::NewPSSession => {
                let name = "System.Management.Automation.RemoteRunspace".to_owned();
                ("PSSessionOpenFailed", ErrorTarget { name, type_name: "RemoteRunspace" })
            }
            _ => ("PSSessionStateBroken", ErrorTarget { name: computer.to_owned(), type_name: "String" }),
        };
        ErrorRecord {
            category: ErrorCategory::OpenError,
            reason: "PSRemotingTransportException",
            target: Some(target),
            // This one is PowerShell's only kind without the class of its cmdlet.
            fully_qualified_error_id: transport_error_id(context.code, error_id),
            hint,
            ..self.record(message, error_id)
        }
    }

    /// A command that was started, or was to be, whose end was not seen.
    pub(crate) fn invoke_failed(self, session: &PSSession, failure: &Failure) -> ErrorRecord {
        let context = ErrorContext::of(failure);
        let computer = &session.computer_name;
        let message = format!(
            "Processing data from remote server {computer} failed with the following error message: {} For more \
             information, see the about_Remote_Troubleshooting Help topic.",
            context.message
        );
        ErrorRecord {
            category: ErrorCategory::OperationStopped,
            reason: "PSRemotingTransportException",
            target: Some(ErrorTarget { name: computer.clone(), type_name: "String" }),
            fully_qualified_error_id: transport_error_id(context.code, "JobFailure"),
            hint: context.hint,
            ..self.record(message, "JobFailure")
        }
    }

    /// A command whose output could not be received to its end.
    pub(crate) fn receive_failed(self, session: &PSSession, failure: &Failure) -> ErrorRecord {
        let context = ErrorContext::of(failure);
        let message = format!("The remote pipeline failed for the following reason: {}", context.message);
        ErrorRecord {
            category: ErrorCategory::OperationStopped,
            hint: context.hint,
            ..self.record(message, "ReceivePSSessionPipelineFailed").about_session(&session.shown())
        }
    }
}

impl ErrorContext {
    /// PowerShell's words for a session configuration that the server does not have.
    pub(super) fn name_configuration(&mut self, configuration: &str, computer: &str) {
        if self.code == Some(FaultCode::UNKNOWN_CONFIGURATION) {
            self.message = format!(
                "The WS-Management service cannot process the request. Cannot find the {configuration} session configuration \
                 in the WSMan: drive on the {computer} computer."
            );
        }
    }
}
