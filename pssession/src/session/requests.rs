//! What is in flight: which request was sent for which purpose.

use super::receive::Receive;
use crate::psrp::message::PipelineId;
use crate::wsman::{MaxEnvelopeSize, Request, Sequence, SessionId};
use std::collections::BTreeMap;

/// Names a request between the machine and its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestId(u64);

/// A request to be sent now.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub id: RequestId,
    /// As which client.
    pub client: SessionId,
    pub request: Request,
    pub sequence: Option<Sequence>,
    /// The largest answer.
    pub max_envelope_size: MaxEnvelopeSize,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Describe,
    Acquire,
    Disconnect,
    Delete,
    PoolInput,
    PoolOutput,
    Pipeline(PipelineId, Part),
}

/// The part of a pipeline's life that a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Start,
    Attach,
    Input,
    Output,
    Stop,
    Release,
}

impl Purpose {
    /// Whether the request waits at the server for something to happen.
    pub(super) fn is_long_poll(self) -> bool {
        matches!(self, Purpose::PoolOutput | Purpose::Pipeline(_, Part::Output))
    }
}

/// The requests in flight.
#[derive(Debug)]
pub(super) struct Requests {
    next: RequestId,
    in_flight: BTreeMap<RequestId, (Purpose, Request)>,
}

impl Requests {
    pub(super) fn new() -> Requests {
        Requests { next: RequestId(0), in_flight: BTreeMap::new() }
    }

    pub(super) fn send(
        &mut self,
        purpose: Purpose,
        request: Request,
        client: SessionId,
        receive: Option<&Receive>,
        max_envelope_size: MaxEnvelopeSize,
    ) -> Outgoing {
        let id = self.next;
        self.next = RequestId(id.0 + 1);
        self.in_flight.insert(id, (purpose, request.clone()));
        Outgoing { id, client, request, sequence: receive.map(Receive::sequence), max_envelope_size }
    }

    /// The purpose of a request that was answered; `None` if it no longer matters.
    pub(super) fn take(&mut self, id: RequestId) -> Option<(Purpose, Request)> {
        self.in_flight.remove(&id)
    }

    pub(super) fn has(&self, purpose: Purpose) -> bool {
        self.any(|one| one == purpose)
    }

    pub(super) fn any(&self, mut is_meant: impl FnMut(Purpose) -> bool) -> bool {
        self.in_flight.values().any(|(purpose, _)| is_meant(*purpose))
    }

    /// Their answers no longer matter.
    pub(super) fn forget(&mut self) {
        self.in_flight.clear();
    }
}
