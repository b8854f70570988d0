//! What a script asks of its client's host: to write something for people, or to ask them.
//!
//! A [`HostCall`] comes among the events of a pipeline. One that asks for something waits for its answer, and the
//! script with it, while everything else goes on:
//!
//! ```
//! use pssession::host::{HostAnswer, HostCall, HostRequest};
//!
//! fn answer(call: HostCall) {
//!     match call.request() {
//!         HostRequest::Write { text, newline: true, .. } => println!("{text}"),
//!         HostRequest::PromptForChoice(prompt) if prompt.message == "Continue?" => call.answer(HostAnswer::Choice(0)),
//!         // What is dropped without an answer is refused.
//!         _ => {}
//!     }
//! }
//! ```
//!
//! A server calls only a [`Host`] that it was shown when the command was started: see
//! [`Session::invoke_with_host`](crate::Session::invoke_with_host).

pub use crate::psrp::host::{
    BufferCell, ChoiceDescription, ChoicePrompt, ConsoleColor, Coordinates, Credential, CredentialOptions,
    CredentialPrompt, FieldDescription, FieldKind, Host, HostAnswer, HostRequest, KeyInfo, Prompt,
    ReadKeyOptions, Rectangle, Size, Terminal,
};

use std::fmt;
use tokio::sync::oneshot;

/// An answer, or why there is none.
pub(crate) type Reply = Result<HostAnswer, String>;

/// A call of a method of PowerShell's host interface.
///
/// Where the script waits for an answer, dropping the call refuses it. That ends the statement that asked, with an error
/// that names the prompt; the script goes on with the next one.
pub struct HostCall {
    request: HostRequest,
    /// `None` where no answer is expected.
    reply: Option<oneshot::Sender<Reply>>,
}

impl HostCall {
    pub(crate) fn new(request: HostRequest, reply: Option<oneshot::Sender<Reply>>) -> HostCall {
        HostCall { request, reply }
    }

    /// What is asked for.
    pub fn request(&self) -> &HostRequest {
        &self.request
    }

    /// Whether the script waits for an answer. To methods that have no result, and those that the library answers itself,
    /// none is needed.
    pub fn expects_answer(&self) -> bool {
        self.reply.is_some()
    }

    /// Answers the call. A secret in the answer is encrypted with a key that is exchanged first.
    pub fn answer(self, answer: HostAnswer) {
        self.reply(Ok(answer));
    }

    /// Refuses the call with this message, a sentence.
    pub fn refuse(self, message: impl Into<String>) {
        self.reply(Err(message.into()));
    }

    fn reply(self, reply: Reply) {
        if let Some(sender) = self.reply {
            // A session that is gone needs no answer.
            let _ = sender.send(reply);
        }
    }
}

impl fmt::Debug for HostCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}
