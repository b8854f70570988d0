//! Lines that are typed in a session.

use std::ops::Range;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{oneshot, watch};

/// The answer to the question for the next line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// A line. Where it is only the beginning of a statement, the next question is for more of it.
    Text(String),
    /// A line, or the rest of a statement, after which nothing more comes.
    Last(String),
    /// No line, and what was begun is dropped.
    Nothing,
    /// The session is exited, as by `exit`.
    Exit,
    /// The session is left: disconnected, with all that runs in it.
    Leave,
    /// The session is left without a word to its server.
    GiveUp,
}

/// Asks the session how a line may go on.
#[derive(Debug, Clone)]
pub struct Completer(pub(crate) UnboundedSender<CompletionQuestion>);

/// Shows whether a session is connected.
#[derive(Debug, Clone)]
pub struct ConnectionWatch(pub(crate) watch::Receiver<Option<Instant>>);

impl ConnectionWatch {
    /// Until when reconnecting is tried; `None` while the session is connected.
    pub fn lost_until(&self) -> Option<Instant> {
        *self.0.borrow()
    }
}

/// How may this go on?
#[derive(Debug)]
pub(crate) struct CompletionQuestion {
    pub line: String,
    /// The octets of the line before the cursor.
    pub cursor: usize,
    pub answer: oneshot::Sender<Completion>,
}

impl Completer {
    /// What may be where the cursor is, which stands behind so many octets of the line. There is an error in place of an
    /// answer if the session has none, or none in time.
    pub fn complete(&self, line: impl Into<String>, cursor: usize) -> oneshot::Receiver<Completion> {
        let (answer, answered) = oneshot::channel();
        // A session that is gone has no answer.
        let _ = self.0.send(CompletionQuestion { line: line.into(), cursor, answer });
        answered
    }
}

/// What may be in a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Completion {
    /// The octets of the line that are replaced, which are whole characters.
    pub replaced: Range<usize>,
    /// By one of these. They come from the server.
    pub candidates: Vec<Candidate>,
}

/// A text that may be in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The text.
    pub text: String,
    /// What a list shows for it.
    pub label: String,
}
