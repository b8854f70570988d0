//! Getting hold of a session that exists on a server, to an end that is known: one table for every way there is.

use super::failure::{Failure, FailureKind};
use super::retry::{self, Next};
use crate::psrp::handshake::ProtocolVersion;
use crate::psrp::runspace_pool::RunspacePool;
use crate::wsman::enumerate::BufferMode;
use crate::wsman::shell::{Connect, Disconnect, Reconnect, ShellAddress};
use crate::wsman::{FaultCode, Operation as _, Request, Response};
use std::time::Instant;

/// How a session is acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectKind {
    /// Whatever client held it last.
    Connect,
    /// As the client that held it last; where that is no longer possible, by a Connect if no client holds it.
    Reconnect,
    /// As the client that held it last, or not at all.
    Resume,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Acquired<F> {
    /// This client holds it. The server's protocol version is known after a Connect.
    Ours { protocol_version: Option<ProtocolVersion> },
    /// Another client holds it; with the refusal, where there was one.
    HeldByOther(Option<F>),
    /// The server reported that it does not have it.
    Gone(F),
    /// `by_reconnect` says which verb failed: Reconnect, or Connect; `is_in_doubt`, whether this client may hold it all
    /// the same, since a request whose answer was lost may have been carried out.
    Failed { failure: F, by_reconnect: bool, is_in_doubt: bool },
}

/// An acquisition under way.
#[derive(Debug, Clone)]
pub(crate) struct Acquire<F> {
    kind: ConnectKind,
    step: Step<F>,
    /// Why there was no Reconnect, if that is more than that another client has had the shell. It goes before what is
    /// wrong with the Connect that was tried instead.
    reconnect_refusal: Option<F>,
    /// Requests of this step so far.
    tries: u32,
    /// One of them may have been carried out.
    is_in_doubt: bool,
    since: Instant,
    /// When the next request is due.
    pub(super) due: Instant,
}

#[derive(Debug, Clone)]
enum Step<F> {
    Reconnect,
    Connect,
    /// A Connect was refused, perhaps because an earlier one, whose answer was lost, had succeeded. Reconnect succeeds
    /// for the client that holds the shell.
    AfterRefusal(F),
    /// The server connected the shell, and its PowerShell does not speak as it should.
    LetGo(F),
}

/// What is next.
#[derive(Debug)]
pub(super) enum Progress<F> {
    Again(Acquire<F>),
    Done(Acquired<F>),
}

impl<F: Failure> Acquire<F> {
    pub(super) fn new(kind: ConnectKind, now: Instant) -> Acquire<F> {
        let step = match kind {
            ConnectKind::Connect => Step::Connect,
            ConnectKind::Reconnect | ConnectKind::Resume => Step::Reconnect,
        };
        Acquire { kind, step, reconnect_refusal: None, tries: 0, is_in_doubt: false, since: now, due: now }
    }

    /// The request that is due.
    pub(super) fn request(
        &self,
        shell: &ShellAddress,
        mode: Option<BufferMode>,
        connect_xml: &[u8],
    ) -> Request {
        let (shell, buffer_mode) = (shell.clone(), mode);
        match self.step {
            Step::Reconnect | Step::AfterRefusal(_) => Reconnect { shell, buffer_mode }.into(),
            Step::Connect => Connect { shell, buffer_mode, connect_xml: connect_xml.to_vec() }.into(),
            Step::LetGo(_) => Disconnect { shell, idle_timeout: None, buffer_mode: None }.into(),
        }
    }

    /// Takes what that request came to.
    pub(super) fn handle(
        mut self,
        now: Instant,
        request: &Request,
        result: Result<Response, F>,
        pool: &mut RunspacePool,
    ) -> Progress<F> {
        self.tries += 1;
        let failure = match result {
            Ok(response) => return self.answered(now, response, pool),
            Err(failure) => failure,
        };
        self.is_in_doubt |= failure.kind().outcome_is_unknown();
        // A second Connect does no harm: it is refused if the first was carried out, and Reconnect finds out.
        let is_repeatable = request.is_repeatable() || matches!(request, Request::Connect(_));
        match retry::after(failure.kind(), is_repeatable, self.tries, now.duration_since(self.since)) {
            Next::Again(pause) => Progress::Again(Acquire { due: now + pause, ..self }),
            Next::GiveUp => self.refused(now, failure),
        }
    }

    fn answered(self, now: Instant, response: Response, pool: &mut RunspacePool) -> Progress<F> {
        match (&self.step, response) {
            (Step::Reconnect | Step::AfterRefusal(_), _) => ours(None),
            (Step::Connect, Response::Connected(payload)) => match pool.connect_response(&payload) {
                Ok(_) => ours(pool.protocol_version()),
                Err(error) => self.step_to(Step::LetGo(error.into()), now),
            },
            // No other response belongs to a Connect.
            (Step::Connect, _) => Progress::Done(Acquired::HeldByOther(None)),
            (Step::LetGo(failure), _) => failed(failure.clone(), false, false),
        }
    }

    fn refused(self, now: Instant, failure: F) -> Progress<F> {
        let is_fault = matches!(failure.kind(), FailureKind::Fault(_));
        let is_held = failure.is_fault(&[FaultCode::CONNECTED_TO_DIFFERENT_CLIENT]);
        match self.step {
            // The server's answer makes no difference: it disconnects by itself when its client is silent.
            Step::LetGo(failure) => failed(failure, false, false),
            Step::AfterRefusal(refusal)
                if refusal
                    .is_fault(&[FaultCode::CONNECTED_TO_DIFFERENT_CLIENT, FaultCode::ALREADY_CONNECTED]) =>
            {
                Progress::Done(Acquired::HeldByOther(Some(refusal)))
            }
            Step::AfterRefusal(refusal) => not_connected(self.reconnect_refusal, refusal, !is_fault),
            Step::Reconnect | Step::Connect if failure.is_gone() => Progress::Done(Acquired::Gone(failure)),
            Step::Reconnect if !is_fault => failed(failure, true, self.is_in_doubt),
            Step::Reconnect => match self.kind {
                ConnectKind::Resume => Progress::Done(Acquired::HeldByOther(Some(failure))),
                // Another client may have had it since. A Connect is refused while one holds it.
                ConnectKind::Connect | ConnectKind::Reconnect => {
                    let is_others = is_held || failure.is_fault(&[FaultCode::SESSION_ID_MISMATCH]);
                    let reconnect_refusal = (!is_others).then_some(failure);
                    Acquire { reconnect_refusal, ..self }.step_to(Step::Connect, now)
                }
            },
            Step::Connect if is_fault && self.is_in_doubt => self.step_to(Step::AfterRefusal(failure), now),
            // Held by this very client, as another process of its user's: the same request answers that.
            Step::Connect if failure.is_fault(&[FaultCode::ALREADY_CONNECTED]) => {
                self.step_to(Step::AfterRefusal(failure), now)
            }
            Step::Connect if is_held => Progress::Done(Acquired::HeldByOther(Some(failure))),
            Step::Connect => not_connected(self.reconnect_refusal, failure, self.is_in_doubt),
        }
    }

    fn step_to(self, step: Step<F>, now: Instant) -> Progress<F> {
        Progress::Again(Acquire { step, tries: 0, is_in_doubt: false, due: now, ..self })
    }
}

fn ours<F>(protocol_version: Option<ProtocolVersion>) -> Progress<F> {
    Progress::Done(Acquired::Ours { protocol_version })
}

/// After a Connect in vain. Whatever came before it, one that may have been carried out is in doubt.
fn not_connected<F>(reconnect_refusal: Option<F>, failure: F, is_in_doubt: bool) -> Progress<F> {
    match reconnect_refusal {
        Some(refusal) if !is_in_doubt => failed(refusal, true, false),
        _ => failed(failure, false, is_in_doubt),
    }
}

fn failed<F>(failure: F, by_reconnect: bool, is_in_doubt: bool) -> Progress<F> {
    Progress::Done(Acquired::Failed { failure, by_reconnect, is_in_doubt })
}
