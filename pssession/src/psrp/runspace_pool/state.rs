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
            _ => None,
        };
        match (state, session) {
            (S::Opened, Some(session)) => State::Opened(session),
            (S::Disconnecting, Some(session)) => State::Disconnecting(session),
            (S::Disconnected, Some(session)) => State::Disconnected(session),
            (S::Reconnecting, Some(session)) => State::Reconnecting(session),
            (S::Closing, _) => State::Closing,
            (S::Broken, _) => State::Broken(PoolError::ShellLost),
            // Closed; the table leads here to no other state.
            _ => State::Closed,
        }
    }

    pub(super) fn session(&self) -> Option<&Session> {
        match self {
            State::NegotiationSucceeded(session)
            | State::Opened(session)
            | State::Disconnecting(session)
            | State::Disconnected(session)
            | State::Reconnecting(session) => Some(session),
            _ => None,
        }
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        match self {
            State::NegotiationSucceeded(session)
            | State::Opened(session)
            | State::Disconnecting(session)
            | State::Disconnected(session)
            | State::Reconnecting(session) => Some(session),
            _ => None,
        }
    }
}
