//! What a run yields: records, and questions that carry the means to answer them.
//!
//! The receiver may take its time; network requests continue meanwhile.

mod line;
mod wait;

pub(crate) use line::CompletionQuestion;
pub use line::{Candidate, Completer, Completion, ConnectionWatch, Line};
pub(crate) use wait::Waiting;
pub use wait::{Awaited, Wait};

use crate::access::{ClientCertificate, Thumbprint};
use crate::error::{ErrorRecord, Unavailable};
use crate::pipeline::{PSObject, PipelineEvent};
use crate::record::{InstanceId, PSSession};
use crate::secret::Secret;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// How a question is answered. One that is dropped without an answer ends the run.
pub type Answer<T> = oneshot::Sender<T>;

/// What happens in a run, in the order in which it happens.
#[non_exhaustive]
pub enum Event {
    /// A session as it is now.
    Session(PSSession),
    /// An error of one computer or session; the others go on.
    Error(ErrorRecord),
    /// A warning.
    Warning(String),
    /// What the run does, in detail.
    Verbose(String),
    /// What would have been done without -WhatIf.
    WhatIf(String),
    /// Asks whether to perform an action, for -Confirm.
    Confirm {
        /// The action, as a sentence.
        action: String,
        /// An error if there is no one to ask.
        answer: Answer<io::Result<bool>>,
    },
    /// The password of a user.
    Password {
        /// The user, as the credential names them.
        user_name: String,
        /// The password, or why there is none.
        answer: Answer<Result<Secret, Unavailable>>,
    },
    /// A client certificate and its key.
    Certificate {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// The certificate, or why there is none.
        answer: Answer<Result<ClientCertificate, Unavailable>>,
    },
    /// What a command puts out.
    Output {
        /// The session it runs in.
        source: Arc<Source>,
        /// In order.
        objects: Vec<PSObject>,
    },
    /// What else a command sends.
    Pipeline {
        /// The session it runs in.
        source: Arc<Source>,
        /// What has come.
        event: PipelineEvent,
    },
    /// The status of the last native program that a command ran.
    LastExitCode {
        /// The session it ran in.
        source: Arc<Source>,
        /// The status.
        code: i32,
    },
    /// Asks for the next line to run in a session that was entered.
    ReadLine {
        /// The session.
        source: Arc<Source>,
        /// What its own `prompt` shows; it comes from the server.
        prompt: String,
        /// Whether the line before was only the beginning of a statement, which this one goes on with.
        continues: bool,
        /// Says how the line may go on, while it is typed.
        completer: Completer,
        /// Shows whether the session is connected, while the line is typed.
        connection: ConnectionWatch,
        /// The line. It is no longer wanted if the connection is lost for good.
        answer: Answer<Line>,
    },
    /// A command runs. It needs no answer: one ends it early, and may be followed by another that does so faster.
    Running {
        /// The session.
        source: Arc<Source>,
        /// Stops the command, or leaves the session in which it runs.
        interrupts: UnboundedSender<OnInterrupt>,
    },
    /// A server is awaited from now on.
    Waiting(Wait),
    /// Nothing has come for a moment: what is held back for the next event can be shown.
    Quiet,
    /// A session was left, and its command runs on without a client.
    Left {
        /// The session, as it is recorded now.
        session: PSSession,
        /// Why.
        leaving: Leaving,
    },
    /// A command was not run on a computer, for a reason that was reported before.
    Unreachable {
        /// The computer as it was given.
        computer_name: String,
    },
    /// Asks that all earlier events have been received. Nothing new begins before then: one of them may interrupt the
    /// run.
    Barrier(Answer<()>),
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The computer, as it was given.
    pub computer_name: String,
    /// The session.
    pub instance_id: InstanceId,
}

/// Why a session is left while its command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leaving {
    /// The command was started for the client that connects next.
    Started,
    /// An interrupt.
    Interrupted,
    /// Nothing more was there to be received.
    NothingMore,
    /// The connection was lost and could not be had again in time. Whether the command runs on is not known.
    ConnectionLost,
    /// The same of a session that was entered, while no line ran in it.
    ConnectionLostAtPrompt,
    /// It was entered, and is left at its prompt.
    AtPrompt,
    /// It was entered, and is given up at its prompt, without a word to its server.
    GivenUp,
    /// It is given up while a command runs in it, without a word to its server.
    GivenUpRunning,
    /// It is given up while the connection to it is lost. Whether the command runs on is not known.
    GivenUpLost,
}

members!(Leaving: Started Interrupted NothingMore ConnectionLost ConnectionLostAtPrompt AtPrompt GivenUp GivenUpRunning GivenUpLost);

/// What an interrupt does to a command that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInterrupt {
    /// It is stopped.
    Stop,
    /// It is left running, in a session without a client.
    Detach,
    /// Its session is given up at once, without a word to its server.
    GiveUp,
}
