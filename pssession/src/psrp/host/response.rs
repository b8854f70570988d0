//! The answer to a host call as it is sent.

use super::answer::HostAnswer;
use super::method::{HostCallId, HostMethodId};
use crate::psrp::clixml::{self, MemberSet, Object, Value, type_names};
use crate::psrp::session_key::SessionKey;

/// PIPELINE_HOST_RESPONSE or RUNSPACEPOOL_HOST_RESPONSE.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostResponse {
    pub id: HostCallId,
    pub method: HostMethodId,
    /// Nothing for a method without a result.
    pub result: Result<Option<HostAnswer>, HostError>,
}

/// Why a host call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostError {
    pub message: String,
}

impl HostResponse {
    /// The data of the message; `None` where it holds a secret and there is no key yet.
    pub(crate) fn encode(&self, key: Option<&SessionKey>) -> Option<String> {
        const METHOD_ID: &str = "System.Management.Automation.Remoting.RemoteHostMethodId";
        let result = match &self.result {
            Ok(Some(answer)) => Some(("mr", answer.to_value(key)?)),
            Ok(None) => None,
            Err(error) => Some(("me", error.to_error_record())),
        };
        let method = Object::enumeration(METHOD_ID, self.method.name().unwrap_or_default(), self.method.0);
        let call = [("ci", Value::I64(self.id.0)), ("mi", method.into())];
        let properties = result.into_iter().chain(call).collect();
        let extended = MemberSet { properties, ..MemberSet::default() };
        Some(clixml::write(&Object { extended, ..Object::default() }.into()))
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
        const RECORD: [&str; 2] = ["System.Management.Automation.ErrorRecord", "System.Object"];
        let properties = Object::bag([
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
        let type_names = Some(type_names(RECORD));
        Object { type_names, to_string: Some(self.message.clone()), ..properties }.into()
    }
}
