//! A host call as it comes.

use super::answer::HostAnswer;
use super::method::{HostCallId, HostMethodId};
use super::request::HostRequest;
use super::response::{HostError, HostResponse};
use crate::psrp::clixml::{self, Content, Object, Value};
use crate::psrp::handshake::{DecodeError, property};

/// PIPELINE_HOST_CALL or RUNSPACEPOOL_HOST_CALL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostCall {
    pub id: HostCallId,
    pub method: HostMethodId,
    pub request: HostRequest,
}

impl HostCall {
    pub(crate) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<HostCall, DecodeError> {
        const PARAMETERS: &str = "mp";
        let bag = clixml::read(data, limits)?;
        let id = HostCallId(property(&bag, "ci", Value::as_i64)?);
        let method = HostMethodId(property(&bag, "mi", Value::as_i32)?);
        let parameters = property(&bag, PARAMETERS, |list| match list.as_object() {
            Some(Object { content: Content::List(parameters), .. }) => Some(parameters.as_slice()),
            None if *list == Value::Nil => Some(&[]),
            Some(_) | None => None,
        })?;
        Ok(HostCall { id, method, request: HostRequest::decode(method, parameters) })
    }

    /// Whether the script waits for a response.
    pub(crate) fn expects_response(&self) -> bool {
        self.id != HostCallId::VOID
    }

    /// A response to this call, which need not be sent at once.
    pub(crate) fn response(&self, result: Result<Option<HostAnswer>, HostError>) -> HostResponse {
        HostResponse { id: self.id, method: self.method, result }
    }

    /// The response of a client without a user. It ends the statement that asked.
    pub(crate) fn refusal(&self) -> HostResponse {
        let method = self.method;
        let what = match self.request.prompt() {
            Some(prompt) => format!("the prompt \"{prompt}\" ({method})"),
            None => method.to_string(),
        };
        let message = format!("The client has no terminal, so {what} cannot be answered.");
        self.response(Err(HostError { message }))
    }
}
