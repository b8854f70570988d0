//! When a RunspacePool may do what: the states, the events, and the table that joins them (MS-PSRP
//! 3.1.1.2.2).

use std::fmt;

use thiserror::Error;

use Event as E;
use RunspacePoolState as S;

/// Which event leads from where to where. What is not here cannot happen.
///
/// Of the states that MS-PSRP 3.1.4.10.3 passes through in a connect, only Connecting is kept: nothing
/// depends on the others. The states around a disconnect are PowerShell's own.
pub(super) const TRANSITIONS: &[(&[RunspacePoolState], Event, RunspacePoolState)] = &[
    (&[S::BeforeOpen], E::Open, S::NegotiationSent),
    (&[S::NegotiationSent], E::SessionCapability, S::NegotiationSucceeded),
    (&[S::NegotiationSucceeded], E::ServerOpened, S::Opened),
    (&[S::BeforeOpen], E::Connect, S::Connecting),
    (&[S::Connecting], E::ConnectResponse, S::Opened),
    // A Windows server repeats its last answer to the client before, which may be any part of an opening.
    (&[S::Opened], E::SessionCapability, S::Opened),
    (&[S::Opened], E::ServerOpened, S::Opened),
    (&[S::Opened], E::Disconnect, S::Disconnecting),
    // The answer to a Receive that was under way.
    (&[S::Disconnecting], E::SessionCapability, S::Disconnecting),
    (&[S::Disconnecting], E::ServerOpened, S::Disconnecting),
    (&[S::Disconnecting], E::Refused, S::Opened),
    // From Opened where the server did it by itself, having heard nothing for a while.
    (&[S::Disconnecting, S::Opened], E::Disconnected, S::Disconnected),
    (&[S::Disconnected], E::Reconnect, S::Reconnecting),
    (&[S::Reconnecting], E::Refused, S::Disconnected),
    (&[S::Reconnecting], E::Reconnected, S::Opened),
    (ALIVE, E::Close, S::Closing),
    (ALIVE, E::Closed, S::Closed),
    (&[S::Closing], E::Closed, S::Closed),
    (ALIVE, E::Broken, S::Broken),
    (&[S::Closing], E::Broken, S::Broken),
];

const ALIVE: &[RunspacePoolState] = &[
    S::NegotiationSent,
    S::NegotiationSucceeded,
    S::Connecting,
    S::Opened,
    S::Disconnecting,
    S::Disconnected,
    S::Reconnecting,
];

/// Where a pool stands, as this client sees it; what travels is a
/// [`WireState`](crate::psrp::handshake::WireState).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunspacePoolState {
    /// Not made yet.
    BeforeOpen,
    /// Being created; the server has not told its versions yet.
    NegotiationSent,
    /// Being created; versions are agreed on.
    NegotiationSucceeded,
    /// Being taken over from another client, or from this one in an earlier life.
    Connecting,
    Opened,
    Disconnecting,
    Disconnected,
    /// Being resumed by the client that disconnected it.
    Reconnecting,
    Closing,
    Closed,
    Broken,
}

impl RunspacePoolState {
    /// The number in .NET's RunspacePoolState, which has one for the two stages of opening (`Opening`) and
    /// one for the two ways of connecting.
    pub fn dotnet_number(self) -> i32 {
        match self {
            S::BeforeOpen => 0,
            S::NegotiationSent | S::NegotiationSucceeded => 1,
            S::Opened => 2,
            S::Closed => 3,
            S::Closing => 4,
            S::Broken => 5,
            S::Disconnecting => 6,
            S::Disconnected => 7,
            S::Connecting | S::Reconnecting => 8,
        }
    }

    /// Whether the stream of the pool may bring something.
    pub(super) fn receives(self) -> bool {
        matches!(self, S::NegotiationSent | S::NegotiationSucceeded | S::Opened | S::Disconnecting)
    }
}

impl fmt::Display for RunspacePoolState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What moves a pool from state to state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The shell is requested with SESSION_CAPABILITY and INIT_RUNSPACEPOOL.
    Open,
    /// The server sent SESSION_CAPABILITY with versions that fit.
    SessionCapability,
    /// The server sent RUNSPACEPOOL_STATE with Opened.
    ServerOpened,
    /// The shell of another client is requested with SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL.
    Connect,
    /// The server answered that request.
    ConnectResponse,
    Disconnect,
    Disconnected,
    Reconnect,
    Reconnected,
    /// The server did not do what was asked for, and all is as before.
    Refused,
    Close,
    Closed,
    Broken,
}

/// Something was asked of a pool that its state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{event:?} is not possible while the runspace pool is {state}")]
pub struct IllegalTransition {
    pub state: RunspacePoolState,
    pub event: Event,
}

/// Where the event leads from that state.
pub(super) fn next_state(
    state: RunspacePoolState,
    event: Event,
) -> Result<RunspacePoolState, IllegalTransition> {
    let row = TRANSITIONS.iter().find(|(from, on, _)| *on == event && from.contains(&state));
    row.map(|&(_, _, to)| to).ok_or(IllegalTransition { state, event })
}
