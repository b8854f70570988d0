//! One output stream of a shell or of a command: fragments wait here until a Receive fetches them.
//!
//! Windows keeps the last answer of a stream until the client asks for more, for only then it knows that the
//! answer arrived. A client with another SessionId, which connects meanwhile, gets that answer once again
//! with its first Receive, under its old MessageID and before anything newer.

use std::collections::VecDeque;

use super::CommandState;
use crate::psrp::{Boundary, Outgoing};
use crate::soap::Reply;

/// Octets of an answer that are no fragments: envelope, headers, CommandState.
const ENVELOPE_OVERHEAD: usize = 2_048;
/// Octets of one Stream element around its base64.
const STREAM_OVERHEAD: usize = 128;

/// A Receive that waits for output.
pub type WaitId = u64;

/// Who receives: a SessionId, or none from the oldest clients.
pub type SessionId = Option<String>;

/// One Receive: which request, of which client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveKey {
    pub session: SessionId,
    pub message_id: String,
    pub operation_id: Option<String>,
}

impl ReceiveKey {
    /// The client sends an earlier Receive once more because it lost the answer: under the old MessageID, or
    /// as a new attempt at the old operation.
    fn repeats(&self, earlier: &ReceiveKey) -> bool {
        let same_operation = self.operation_id.is_some() && self.operation_id == earlier.operation_id;
        self.session == earlier.session && (self.message_id == earlier.message_id || same_operation)
    }
}

/// The output of a stream that no client has yet, and the answer that it may or may not have.
#[derive(Debug, Default)]
pub struct OutputStream {
    queue: VecDeque<Queued>,
    octets: usize,
    end: End,
    last_answer: Option<LastAnswer>,
    /// The one Receive that waits on this stream.
    waiting: Option<(WaitId, ReceiveKey)>,
}

#[derive(Debug)]
struct Queued {
    fragment: Vec<u8>,
    boundary: Boundary,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may come.
    #[default]
    Open,
    /// What is queued is all.
    Due,
    /// A client has received the end.
    Sent,
}

#[derive(Debug)]
struct LastAnswer {
    key: ReceiveKey,
    reply: Reply,
}

/// What a Receive gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// There is nothing yet.
    Nothing,
    /// Fragments in their order, and the state of the command after them.
    Fragments { fragments: Vec<Vec<u8>>, state: CommandState },
    /// The next fragment alone is more than the client takes in one answer.
    TooLarge,
    /// The client already has everything.
    Ended,
}

impl OutputStream {
    pub fn push(&mut self, outgoing: Outgoing) {
        for fragment in outgoing.fragments {
            self.octets += fragment.len();
            self.queue.push_back(Queued { fragment, boundary: Boundary::None });
        }
        if let Some(last) = self.queue.back_mut() {
            last.boundary = outgoing.boundary;
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
        let mut boundary = Boundary::None;
        while let Some(next) = self.queue.front() {
            let cost = next.fragment.len().div_ceil(3) * 4 + STREAM_OVERHEAD;
            let Some(left) = room.checked_sub(cost) else { break };
            room = left;
            let Some(next) = self.queue.pop_front() else { break };
            self.octets -= next.fragment.len();
            fragments.push(next.fragment);
            boundary = next.boundary;
            if boundary != Boundary::None {
                break;
            }
        }
        let state = match (self.queue.is_empty(), self.end, boundary) {
            (true, End::Due, _) => CommandState::Done,
            (_, _, Boundary::AsksClient) => CommandState::Pending,
            _ => CommandState::Running,
        };
        match (self.queue.is_empty(), self.end) {
            (false, _) if fragments.is_empty() => Taken::TooLarge,
            (true, End::Sent) => Taken::Ended,
            (true, End::Open) if fragments.is_empty() => Taken::Nothing,
            _ => {
                if state == CommandState::Done {
                    self.end = End::Sent;
                }
                Taken::Fragments { fragments, state }
            }
        }
    }

    /// The last answer, if this Receive must get it again: it is another client's, or the same request once
    /// more.
    ///
    /// Otherwise the Receive proves that the answer arrived, and it is forgotten.
    pub fn replay(&mut self, key: &ReceiveKey) -> Option<Reply> {
        let last = self.last_answer.as_mut()?;
        if last.key.session == key.session && !key.repeats(&last.key) {
            self.last_answer = None;
            return None;
        }
        last.key = key.clone();
        let mut reply = last.reply.clone();
        reply.envelope.set_relates_to(Some(key.message_id.clone()));
        Some(reply)
    }

    /// Keeps an answer until it is known to have arrived.
    pub fn remember(&mut self, key: ReceiveKey, reply: &Reply) {
        self.last_answer = Some(LastAnswer { key, reply: reply.clone() });
    }

    /// Lets a Receive wait. False if another one waits already, unless this is the same once more: then the
    /// client has lost the connection of the first.
    pub fn wait(&mut self, id: WaitId, key: ReceiveKey) -> bool {
        let free = self.waiting.as_ref().is_none_or(|(_, waiting)| key.repeats(waiting));
        if free {
            self.waiting = Some((id, key));
        }
        free
    }

    pub fn is_awaited(&self) -> bool {
        self.waiting.is_some()
    }

    pub fn is_awaited_by(&self, id: WaitId) -> bool {
        self.waiting.as_ref().is_some_and(|(waiting, _)| *waiting == id)
    }

    /// No Receive waits any more.
    pub fn stop_waiting(&mut self) {
        self.waiting = None;
    }
}
