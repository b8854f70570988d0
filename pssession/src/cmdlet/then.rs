//! What a run acquires sessions for.

use super::invoke::Request as Invoke;
use super::receive::Request as Receive;
use super::request::Request;

/// What a run does with each session that it acquires.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<'a> {
    /// It is connected, which is all.
    Show,
    Invoke(&'a Invoke),
    Receive(&'a Receive),
    Enter,
}

impl<'a> Then<'a> {
    pub(super) fn of(request: &'a Request) -> Then<'a> {
        match request {
            Request::Invoke(request) => Then::Invoke(request),
            Request::Receive(request) => Then::Receive(request),
            Request::Enter(_) => Then::Enter,
            Request::Connect(_)
            | Request::Get(_)
            | Request::Disconnect(_)
            | Request::Remove(_)
            | Request::New(_) => Then::Show,
        }
    }
}
