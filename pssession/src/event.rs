//! What a run yields: records, and questions that carry the means to answer them.
//!
//! The receiver may take its time; network requests continue meanwhile.

use crate::access::{ClientCertificate, Thumbprint};
use crate::error::{ErrorRecord, Unavailable};
use crate::record::PSSession;
use crate::secret::Secret;
use std::io;
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
    /// Asks that all earlier events have been received. Nothing new begins before then: one of them may interrupt the
    /// run.
    Barrier(Answer<()>),
}
