//! Why a session is not entered.

use crate::cmdlet::selection::{Input, Known, SessionReference};
use crate::error::{Cmdlet, ErrorCategory, ErrorRecord, ErrorTarget, Hint};

impl Cmdlet {
    /// More than one session is meant.
    pub(crate) fn several_sessions(self, known: &Known) -> ErrorRecord {
        fn first<T: ToString>(input: &Input<T>) -> String {
            match input {
                Input::Given(values) => values.first().map(T::to_string).unwrap_or_default(),
                Input::StandardInput => String::new(),
            }
        }
        let (what, value, kind) = match known {
            Known::Names(names) => ("Name", first(names), "name"),
            Known::Ids(ids) => ("SessionId", first(ids), "session ID"),
            Known::InstanceIds(ids) => ("RunspaceId", first(ids), "session ID"),
            Known::Sessions(Input::Given(sessions)) => match sessions.first() {
                Some(SessionReference::Name(name)) => ("Name", name.clone(), "name"),
                _ => ("SessionId", String::new(), "session ID"),
            },
            Known::All | Known::ComputerNames(_) | Known::Sessions(Input::StandardInput) => {
                ("Name", String::new(), "name")
            }
        };
        let id = format!("RemoteRunspaceHasMultipleMatchesForSpecified{what}");
        self.own(format!("Multiple matches found for {kind} {value}."), &id, Some(Hint::ChooseById))
            .about(value, "String")
    }

    /// A session that another client holds.
    pub(super) fn cannot_enter_held(self) -> ErrorRecord {
        let message =
            "The PSSession is in a disconnected state and is not available for connection.".to_owned();
        self.about_runspace(message, "EnterPSSessionCannotConnectDisconnectedSession")
            .hinting(Some(Hint::HeldByAnotherClient))
    }

    /// A session that is over.
    pub(super) fn cannot_enter_broken(self) -> ErrorRecord {
        self.own("Session must be open.".to_owned(), "PushedRunspaceMustBeOpen", None)
    }

    /// A session that could not be connected to, for a reason that PowerShell keeps to itself.
    pub(super) fn cannot_enter(self, why: String, hint: Option<Hint>) -> ErrorRecord {
        let message = "A failure occurred while attempting to connect the PSSession.".to_owned();
        self.about_runspace(message, "EnterPSSessionConnectSessionFailed")
            .hinting(Some(Hint::Reason { why, hint: hint.map(Box::new) }))
    }

    fn about_runspace(self, message: String, error_id: &str) -> ErrorRecord {
        let name = "System.Management.Automation.RemoteRunspace".to_owned();
        let target = Some(ErrorTarget { name, type_name: "RemoteRunspace" });
        ErrorRecord { target, category: ErrorCategory::InvalidOperation, ..self.record(message, error_id) }
    }
}
