//! Host calls: what a script asks of the client's host, and the answers (MS-PSRP 2.2.2.27 and 2.2.2.28).

use std::fmt;

use crate::psrp::clixml::{self, Content, MemberSet, Object, Value, type_names};
use crate::psrp::handshake::{DecodeError, property};

/// Names one call among those of its pipeline (`ci`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostCallId(pub i64);

impl HostCallId {
    /// Of every call that returns nothing and gets no answer.
    const VOID: HostCallId = HostCallId(-100);
}

/// RemoteHostMethodId (MS-PSRP 2.2.3.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostMethodId(pub i32);

impl HostMethodId {
    /// `None` for a method that is newer than this list.
    pub(crate) fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 56] = [
            "GetName",
            "GetVersion",
            "GetInstanceId",
            "GetCurrentCulture",
            "GetCurrentUICulture",
            "SetShouldExit",
            "EnterNestedPrompt",
            "ExitNestedPrompt",
            "NotifyBeginApplication",
            "NotifyEndApplication",
            "ReadLine",
            "ReadLineAsSecureString",
            "Write1",
            "Write2",
            "WriteLine1",
            "WriteLine2",
            "WriteLine3",
            "WriteErrorLine",
            "WriteDebugLine",
            "WriteProgress",
            "WriteVerboseLine",
            "WriteWarningLine",
            "Prompt",
            "PromptForCredential1",
            "PromptForCredential2",
            "PromptForChoice",
            "GetForegroundColor",
            "SetForegroundColor",
            "GetBackgroundColor",
            "SetBackgroundColor",
            "GetCursorPosition",
            "SetCursorPosition",
            "GetWindowPosition",
            "SetWindowPosition",
            "GetCursorSize",
            "SetCursorSize",
            "GetBufferSize",
            "SetBufferSize",
            "GetWindowSize",
            "SetWindowSize",
            "GetWindowTitle",
            "SetWindowTitle",
            "GetMaxWindowSize",
            "GetMaxPhysicalWindowSize",
            "GetKeyAvailable",
            "ReadKey",
            "FlushInputBuffer",
            "SetBufferContents1",
            "SetBufferContents2",
            "GetBufferContents",
            "ScrollBufferContents",
            "PushRunspace",
            "PopRunspace",
            "GetIsRunspacePushed",
            "GetRunspace",
            "PromptForChoiceMultipleSelection",
        ];
        let index = usize::try_from(self.0).ok()?.checked_sub(1)?;
        NAMES.get(index).copied()
    }
}

impl fmt::Display for HostMethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "host method {}", self.0),
        }
    }
}

/// PIPELINE_HOST_CALL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostCall {
    pub id: HostCallId,
    pub method: HostMethodId,
    pub parameters: Vec<Value>,
}

impl HostCall {
    pub(super) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<HostCall, DecodeError> {
        const PARAMETERS: &str = "mp";
        let mut bag = clixml::read(data, limits)?;
        let id = HostCallId(property(&bag, "ci", Value::as_i64)?);
        let method = HostMethodId(property(&bag, "mi", Value::as_i32)?);
        let parameters = match bag.take_property(PARAMETERS) {
            Some(Value::Object(list)) => {
                let Content::List(parameters) = list.content else {
                    return Err(DecodeError::InvalidProperty(PARAMETERS));
                };
                parameters
            }
            Some(Value::Nil) => Vec::new(),
            Some(_) => return Err(DecodeError::InvalidProperty(PARAMETERS)),
            None => return Err(DecodeError::MissingProperty(PARAMETERS)),
        };
        Ok(HostCall { id, method, parameters })
    }

    /// Whether the script waits for a response.
    pub(crate) fn expects_response(&self) -> bool {
        self.id != HostCallId::VOID
    }

    /// A response to this call, which need not be sent at once.
    pub(crate) fn response(&self, result: Result<Value, HostError>) -> HostResponse {
        HostResponse { id: self.id, method: self.method, result }
    }

    /// The response of a client without a user. It ends the statement that asked.
    pub(crate) fn refusal(&self) -> HostResponse {
        let method = self.method;
        let what = match self.prompt() {
            Some(prompt) => format!("the prompt \"{prompt}\" ({method})"),
            None => method.to_string(),
        };
        let message = format!("The client has no terminal, so {what} cannot be answered.");
        self.response(Err(HostError { message }))
    }

    /// What a person would read: the message, or else the caption, or else the first field's name, which is all that
    /// Read-Host has.
    fn prompt(&self) -> Option<&str> {
        let text = |index: usize| self.parameters.get(index)?.as_str().filter(|text| !text.is_empty());
        let field = || {
            let Content::List(fields) = &self.parameters.get(2)?.as_object()?.content else { return None };
            fields.first()?.property("name")?.as_str()
        };
        text(1).or_else(|| text(0)).or_else(field)
    }
}

/// PIPELINE_HOST_RESPONSE.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostResponse {
    pub id: HostCallId,
    pub method: HostMethodId,
    pub result: Result<Value, HostError>,
}

/// Why a host call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostError {
    pub message: String,
}

impl HostResponse {
    pub(crate) fn encode(&self) -> String {
        const METHOD_ID: &str = "System.Management.Automation.Remoting.RemoteHostMethodId";
        let result = match &self.result {
            Ok(value) => ("mr", value.clone()),
            Err(error) => ("me", error.to_error_record()),
        };
        let method = Object::enumeration(METHOD_ID, self.method.name().unwrap_or_default(), self.method.0);
        let bag = Object::bag([result, ("ci", Value::I64(self.id.0)), ("mi", method.into())]);
        clixml::write(&bag.into())
    }
}

impl HostError {
    /// An ErrorRecord with all that a server insists on (MS-PSRP 2.2.3.15).
    fn to_error_record(&self) -> Value {
        const EXCEPTION: [&str; 3] =
            ["System.Management.Automation.Host.HostException", "System.Exception", "System.Object"];
        let message = || Value::from(self.message.as_str());
        let exception = Object {
            type_names: Some(type_names(EXCEPTION)),
            to_string: Some(self.message.clone()),
            extended: MemberSet {
                properties: [("Message", message())].into_iter().collect(),
                ..MemberSet::default()
            },
            ..Object::default()
        };
        let record = Object::bag([
            ("Exception", exception.into()),
            ("TargetObject", Value::Nil),
            ("FullyQualifiedErrorId", "RemoteHostExecutionException".into()),
            ("InvocationInfo", Value::Nil),
            ("ErrorCategory_Category", Value::I32(0)),
            ("ErrorCategory_Activity", "".into()),
            ("ErrorCategory_Reason", "HostException".into()),
            ("ErrorCategory_TargetName", "".into()),
            ("ErrorCategory_TargetType", "".into()),
            ("ErrorCategory_Message", "NotSpecified: (:) [], HostException".into()),
            ("SerializeExtendedInfo", Value::Bool(false)),
        ]);
        record.into()
    }
}
