//! The states of a RunspacePool with what each of them owns.

use super::RunspacePoolState as S;
use super::{PoolError, RunspacePoolState};
use crate::psrp::handshake::{ApplicationPrivateData, ProtocolVersion, RunspaceCounts};

/// What is known of a pool once versions are agreed on.
#[derive(Debug)]
pub(super) struct Session {
    pub protocol_version: ProtocolVersion,
    pub runspaces: Option<RunspaceCounts>,
    pub application_private_data: Option<ApplicationPrivateData>,
}

/// The state with what belongs to it.
#[derive(Debug)]
pub(super) enum State {
    NegotiationSent(RunspaceCounts),
    NegotiationSucceeded(Session),
    Connecting,
    Opened(Session),
    Disconnecting(Session),
    Disconnected(Session),
    Reconnecting(Session),
    Closing,
    Closed,
    Broken(PoolError),
}

impl State {
    pub(super) fn name(&self) -> RunspacePoolState {
        match self {
            State::NegotiationSent(_) => S::NegotiationSent,
            State::NegotiationSucceeded(_) => S::NegotiationSucceeded,
            State::Connecting => S::Connecting,
            State::Opened(_) => S::Opened,
            State::Disconnecting(_) => S::Disconnecting,
            State::Disconnected(_) => S::Disconnected,
            State::Reconnecting(_) => S::Reconnecting,
            State::Closing => S::Closing,
            State::Closed => S::Closed,
            State::Broken(_) => S::Broken,
        }
    }

    /// Takes what is known of the pool along into a state that the table leads to.
    pub(super) fn enter(self, state: RunspacePoolState) -> State {
        let session = match self {
            State::NegotiationSucceeded(session)
            | State::Opened(session)
            | State::Disconnecting(session)
            | State::Disconnected(session)
            | State::Reconnecting(session) => Some(session),
            State::NegotiationSent(_)
            | State::Connecting
            | State::Closing
            | State::Closed
            | State::Broken(_) => None,
        };
        let with = |state: fn(Session) -> State| session.map_or(State::Closed, state);
        match state {
            S::Opened => with(State::Opened),
            S::Disconnecting => with(State::Disconnecting),
            S::Disconnected => with(State::Disconnected),
            S::Reconnecting => with(State::Reconnecting),
            S::Closing => State::Closing,
            S::Broken => State::Broken(PoolError::ShellLost),
            // The table leads here to no state but Closed.
            S::BeforeOpen | S::NegotiationSent | S::NegotiationSucceeded | S::Connecting | S::Closed => {
                State::Closed
            }
        }
    }

    pub(super) fn session(&self) -> Option<&Session> {
        match self {
            State::NegotiationSucceeded(session)
            | State::Opened(session)
            | State::Disconnecting(session)
            | State::Disconnected(session)
            | State::Reconnecting(session) => Some(session),
            State::NegotiationSent(_)
            | State::Connecting
            | State::Closing
            | State::Closed
            | State::Broken(_) => None,
        }
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        match self {
            State::NegotiationSucceeded(session)
            | State::Opened(session)
            | State::Disconnecting(session)
            | State::Disconnected(session)
            | State::Reconnecting(session) => Some(session),
            State::NegotiationSent(_)
            | State::Connecting
            | State::Closing
            | State::Closed
            | State::Broken(_) => None,
        }
    }
}
