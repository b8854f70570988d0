//! Connecting to a session, to an end that is known.

use super::client_session::ClientSession;
use super::drive::Computer;
use super::{Failure, robust};
use crate::psrp::handshake::ProtocolVersion;
use crate::wsman::enumerate::ShellState;
use crate::wsman::shell::Get;
use crate::wsman::{FaultCode, MaxEnvelopeSize, SessionId, ShellId};

/// Connects to a disconnected session as a client, and returns the server's protocol version, where it
/// was learnt.
///
/// When the answer is lost, the session may be connected or not, and the client of the lost request is this one:
/// a second Connect either succeeds, or is refused because the first had succeeded, and then Reconnect, which takes
/// the SessionId of the one who holds the shell, tells whether that is us.
pub(crate) async fn connect(
    computer: &Computer,
    client: SessionId,
    session: &mut ClientSession,
) -> Result<Option<ProtocolVersion>, Failure> {
    // The peer's version is not known before its answer, and only that allows for larger envelopes.
    let most = MaxEnvelopeSize::SAFE;
    let failure = match computer.ask(client, &session.connect_request(), most).await {
        Ok(answer) => return negotiate(computer, client, session, &answer).await,
        Err(failure) => failure,
    };
    if !robust::is_worth_repeating(&failure) {
        return Err(failure);
    }
    tracing::debug!(host = computer.host(), %failure, "The outcome is unknown, asking again");
    match computer.ask(client, &session.connect_request(), most).await {
        Ok(answer) => negotiate(computer, client, session, &answer).await,
        // With which number a service says that somebody holds the shell does not matter (and is not known of each):
        // Reconnect succeeds for the one who does.
        Err(refused @ Failure::Fault(_)) => {
            match computer.ask(client, &session.reconnect_request(), most).await {
                Ok(()) => Ok(None),
                Err(_) => Err(refused),
            }
        }
        Err(failure) => Err(failure),
    }
}

/// Takes up a session that is connected, as the client that holds it: an earlier process of the same user, which ended
/// without a word.
pub(crate) async fn take_up(
    computer: &Computer,
    holder: SessionId,
    session: &ClientSession,
) -> Result<(), Failure> {
    computer.ask(holder, &session.reconnect_request(), MaxEnvelopeSize::SAFE).await
}

/// How a session stands with its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody holds it.
    Free,
    /// Some client holds it.
    Held,
    Gone,
}

/// Asks how a session stands.
pub(crate) async fn standing(
    computer: &Computer,
    client: SessionId,
    shell_id: ShellId,
) -> Result<Standing, Failure> {
    match computer.ask(client, &Get::shell(shell_id), MaxEnvelopeSize::SAFE).await {
        Ok(shell) if shell.state == Some(ShellState::Connected) => Ok(Standing::Held),
        Ok(_) => Ok(Standing::Free),
        Err(failure) if failure.is_fault(FaultCode::INVALID_SELECTORS) => Ok(Standing::Gone),
        Err(failure) => Err(failure),
    }
}

/// Lets go of a session that was connected and cannot be used. Whether that succeeds makes no difference to what is
/// told; a server that hears nothing from its client lets go by itself.
async fn let_go(computer: &Computer, client: SessionId, session: &ClientSession) {
    if let Err(failure) = computer.ask(client, &session.disconnect_request(), MaxEnvelopeSize::SAFE).await {
        tracing::debug!(host = computer.host(), %failure, "The session was not disconnected");
    }
}

async fn negotiate(
    computer: &Computer,
    client: SessionId,
    session: &mut ClientSession,
    answer: &[u8],
) -> Result<Option<ProtocolVersion>, Failure> {
    match session.connected(answer) {
        Ok(version) => Ok(version),
        Err(error) => {
            let_go(computer, client, session).await;
            Err(error.into())
        }
    }
}
