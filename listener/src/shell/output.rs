//! One output stream of a shell or of a command: fragments wait here until a Receive fetches them.
//!
//! Windows keeps the last answer of a stream until the client asks for more, for only then it knows that the
//! answer arrived. A client with another SessionId, which connects meanwhile, gets that answer once again
//! with its first Receive, under its old MessageID and before anything newer.

use std::collections::VecDeque;

use crate::psrp::Outgoing;
use crate::soap::Reply;

/// Octets of an answer that are no fragments: envelope, headers, CommandState.
const ENVELOPE_OVERHEAD: usize = 2_048;
/// Octets of one Stream element around its base64.
const STREAM_OVERHEAD: usize = 128;

/// A Receive that waits for output.
pub type WaitId = u64;

/// Who receives: a SessionId, or none from the oldest clients.
pub type SessionId = Option<String>;

/// The output of a stream that no client has yet, and the answer that it may or may not have.
#[derive(Debug, Default)]
pub struct OutputStream {
    queue: VecDeque<Queued>,
    octets: usize,
    end: End,
    last_answer: Option<LastAnswer>,
    /// The one Receive that waits on this stream.
    pub waiting: Option<WaitId>,
}

#[derive(Debug)]
struct Queued {
    fragment: Vec<u8>,
    ends_answer: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may come.
    #[default]
    Open,
    /// What is queued is all.
    Due,
    /// A client was told that this was all.
    Told,
}

#[derive(Debug)]
struct LastAnswer {
    session: SessionId,
    /// The MessageID of the request.
    request: String,
    reply: Reply,
}

/// What a Receive gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// There is nothing yet.
    Nothing,
    /// Fragments in their order. `done`: they are the last of the stream.
    Fragments { fragments: Vec<Vec<u8>>, done: bool },
    /// The next fragment alone is more than the client takes in one answer.
    TooLarge,
    /// The client already has everything.
    Ended,
}

impl OutputStream {
    pub fn push(&mut self, outgoing: Outgoing) {
        for fragment in outgoing.fragments {
            self.octets += fragment.len();
            self.queue.push_back(Queued { fragment, ends_answer: false });
        }
        if let Some(last) = self.queue.back_mut() {
            last.ends_answer = outgoing.ends_answer;
        }
    }

    /// Nothing will be pushed any more.
    pub fn end(&mut self) {
        self.end = End::Due;
    }

    /// True once everything was produced, fetched or not.
    pub fn is_ended(&self) -> bool {
        self.end != End::Open
    }

    /// Octets of fragments that wait.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Throws the oldest fragments away until no more than `limit` octets are left (BufferMode Drop).
    pub fn drop_oldest(&mut self, limit: usize) {
        while self.octets > limit {
            let Some(oldest) = self.queue.pop_front() else { return };
            self.octets -= oldest.fragment.len();
        }
    }

    /// Takes what fits in an answer of `max_envelope_size` octets.
    pub fn take(&mut self, max_envelope_size: usize) -> Taken {
        let mut room = max_envelope_size.saturating_sub(ENVELOPE_OVERHEAD);
        let mut fragments = Vec::new();
        while let Some(next) = self.queue.front() {
            let cost = next.fragment.len().div_ceil(3) * 4 + STREAM_OVERHEAD;
            let Some(left) = room.checked_sub(cost) else { break };
            room = left;
            let Some(next) = self.queue.pop_front() else { break };
            self.octets -= next.fragment.len();
            fragments.push(next.fragment);
            if next.ends_answer {
                break;
            }
        }
        let done = self.queue.is_empty() && self.end == End::Due;
        match (self.queue.is_empty(), self.end) {
            (false, _) if fragments.is_empty() => Taken::TooLarge,
            (true, End::Told) => Taken::Ended,
            (true, End::Open) if fragments.is_empty() => Taken::Nothing,
            _ => {
                if done {
                    self.end = End::Told;
                }
                Taken::Fragments { fragments, done }
            }
        }
    }

    /// The last answer, if this Receive must get it again: it is another client's, or the same request once
    /// more.
    ///
    /// Otherwise the Receive proves that the answer arrived, and it is forgotten.
    pub fn replay(&mut self, session: &SessionId, request: &str) -> Option<Reply> {
        let last = self.last_answer.as_mut()?;
        if last.session == *session && last.request != request {
            self.last_answer = None;
            return None;
        }
        last.session = session.clone();
        last.request = request.to_owned();
        let mut reply = last.reply.clone();
        reply.envelope.set_relates_to(Some(request.to_owned()));
        Some(reply)
    }

    /// Keeps an answer until it is known to have arrived.
    pub fn remember(&mut self, session: SessionId, request: &str, reply: &Reply) {
        self.last_answer = Some(LastAnswer { session, request: request.to_owned(), reply: reply.clone() });
    }
}
