//! The verbs on one shell as one type, for code that decides about requests before they are sent.

use super::enumerate::Shell;
use super::envelope::{Operation, RequestOption};
use super::error::Malformed;
use super::id::{CommandId, ResourceUri, ShellId};
use super::shell::{
    Command, Connect, ConnectCommand, Create, Delete, Disconnect, Get, Receive, Received, Reconnect,
    ReconnectCommand, Send, Signal,
};
use super::xml::{Writer, Xml};

/// What a request was answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Response {
    /// It was done; the answer has no content.
    Done,
    Shell(Box<Shell>),
    /// connectResponseXml, decoded.
    Connected(Vec<u8>),
    Command(CommandId),
    Received(Received),
}

/// Each verb once: the enum, the conversions into it, and the operation that it is.
macro_rules! requests {
    ($($verb:ident),* $(,)?) => {
        /// One request to a shell.
        #[derive(Debug, Clone)]
        pub(crate) enum Request {
            $($verb($verb),)*
        }

        $(impl From<$verb> for Request {
            fn from(operation: $verb) -> Request {
                Request::$verb(operation)
            }
        })*

        impl Operation for Request {
            type Response = Response;

            fn action(&self) -> &'static str {
                match self { $(Request::$verb(operation) => operation.action(),)* }
            }

            fn is_repeatable(&self) -> bool {
                match self { $(Request::$verb(operation) => operation.is_repeatable(),)* }
            }

            fn is_once(&self) -> bool {
                match self { $(Request::$verb(operation) => operation.is_once(),)* }
            }

            fn is_long_poll(&self) -> bool {
                match self { $(Request::$verb(operation) => operation.is_long_poll(),)* }
            }

            fn resource_uri(&self) -> &ResourceUri {
                match self { $(Request::$verb(operation) => operation.resource_uri(),)* }
            }

            fn shell_id(&self) -> Option<&ShellId> {
                match self { $(Request::$verb(operation) => operation.shell_id(),)* }
            }

            fn options(&self) -> &[RequestOption] {
                match self { $(Request::$verb(operation) => operation.options(),)* }
            }

            fn write_body(&self, body: &mut Writer) {
                match self { $(Request::$verb(operation) => operation.write_body(body),)* }
            }

            fn read_body(&self, body: &mut Xml<'_>) -> Result<Response, Malformed> {
                match self { $(Request::$verb(operation) => operation.read_body(body).map(Response::from),)* }
            }
        }
    };
}

requests!(
    Create,
    Get,
    Connect,
    ConnectCommand,
    Disconnect,
    Reconnect,
    ReconnectCommand,
    Command,
    Send,
    Receive,
    Signal,
    Delete,
);

macro_rules! responses {
    ($($of:ty => $response:expr;)*) => {
        $(impl From<$of> for Response {
            fn from(body: $of) -> Response {
                $response(body)
            }
        })*
    };
}

responses! {
    () => |()| Response::Done;
    Shell => |shell| Response::Shell(Box::new(shell));
    Vec<u8> => Response::Connected;
    CommandId => Response::Command;
    Received => Response::Received;
}
