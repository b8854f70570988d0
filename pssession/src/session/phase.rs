//! The life of a session, seen from this client: each phase with what belongs to it.

use super::acquire::Acquire;
use super::retry;
use crate::psrp::clixml::Value;
use crate::psrp::host::Host;
use crate::wsman::enumerate::BufferMode;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Where a session is in its life.
#[derive(Debug)]
pub(crate) enum Phase<F> {
    /// Being created.
    Opening(Opening),
    /// Being connected to or reconnected.
    Acquiring(Acquire<F>),
    /// Ours.
    Open,
    /// Ours when it was last heard of. The way to the server is lost, or the server has disconnected the session
    /// because it heard nothing, and it is being acquired again.
    Lost(Lost<F>),
    Disconnecting(Disconnecting<F>),
    Disconnected,
    /// It was asked for so often, and is when this is due.
    Closing {
        tries: u32,
        due: Option<Instant>,
    },
    Closed,
    /// Held by another client, gone, or of no use. One that is ours all the same can be removed.
    Broken {
        failure: F,
        is_ours: bool,
    },
}

/// How far the creation is.
#[derive(Debug)]
pub(crate) enum Opening {
    /// The payloads of creationXml: all but the first follow by Send.
    Create { options: CreateOptions, payloads: VecDeque<Vec<u8>>, tries: u32, due: Option<Instant> },
    /// The shell is there, and its pool opens. These payloads are left.
    Negotiate(VecDeque<Vec<u8>>),
}

#[derive(Debug)]
pub(crate) struct Lost<F> {
    /// The last one.
    pub(super) failure: F,
    pub(super) acquire: Acquire<F>,
    /// How far the creation was, of a session that is not open yet.
    pub(super) opening: Option<Opening>,
}

/// A time without a connection that lasts. One that breaks again soon, before anything was received, was none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    /// When it is given up.
    pub until: Instant,
    /// Acquisitions so far.
    pub tries: u32,
    /// When the session was acquired again.
    pub ended: Option<Instant>,
}

/// A connection that has lasted this long was one.
const LASTING: Duration = Duration::from_secs(60);

impl Outage {
    pub(super) fn goes_on(&self, now: Instant) -> bool {
        self.ended.is_none_or(|ended| now < ended + LASTING)
    }

    /// When the session is to be acquired next; `None` if that is too late.
    pub(super) fn next_try(&self, now: Instant) -> Option<Instant> {
        let due = if self.tries == 0 { now } else { now + retry::pause(self.tries) };
        (due < self.until).then_some(due)
    }
}

/// What a new session is to be like.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CreateOptions {
    /// Makes it visible to Windows' own cmdlets.
    pub name: Option<String>,
    /// How long it may stay disconnected; `None` leaves that to the server.
    pub idle_timeout: Option<Duration>,
    /// The user's profile is not loaded on the server.
    pub no_machine_profile: bool,
    /// Shown to its scripts as `$PSSenderInfo.ApplicationArguments`.
    pub application_arguments: Option<Vec<(Value, Value)>>,
    /// How often the creation is tried again after a failure that may pass.
    pub retries: u32,
    /// Of its commands that have none of their own.
    pub host: Host,
}

/// How a session is released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DisconnectOptions {
    /// How long it may stay disconnected; `None` leaves that as it is.
    pub idle_timeout: Option<Duration>,
    /// `None` leaves that as it is.
    pub buffer_mode: Option<BufferMode>,
}

#[derive(Debug)]
pub(crate) struct Disconnecting<F> {
    pub(super) options: DisconnectOptions,
    pub(super) step: DisconnectStep<F>,
}

#[derive(Debug)]
pub(super) enum DisconnectStep<F> {
    /// Once nothing is in flight that the server has to finish first (MS-PSRP 3.1.4.9).
    Ask { tries: u32 },
    /// The server has disconnected by itself, and accepts options only from a client that holds the session.
    Resume { acquire: Acquire<F>, failure: F },
    /// It is disconnected. What is still in transit is awaited, for the server does not send it to this client again.
    Drain { until: Instant },
}
