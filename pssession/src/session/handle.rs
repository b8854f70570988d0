//! What happened to requests, and what follows from it.

use super::acquire::{Acquire, Acquired, ConnectKind, Progress};
use super::event::Event;
use super::failure::{Failure, FailureKind};
use super::machine::{DRAIN, LULL, MAX_PAYLOAD, Session};
use super::phase::{DisconnectStep, Disconnecting, Lost, Opening, Outage, Phase};
use super::pipelines::Attach;
use super::requests::{Purpose, RequestId};
use super::retry::{self, Next};
use crate::psrp::runspace_pool::{PoolState, RunspacePool};
use crate::wsman::enumerate::Shell;
use crate::wsman::{FaultCode, Request, Response};
use std::mem;
use std::time::{Duration, Instant};

impl<F: Failure> Session<F> {
    /// Takes what a request came to.
    pub(crate) fn handle_response(&mut self, now: Instant, id: RequestId, result: Result<Response, F>) {
        let Some((purpose, request)) = self.requests.take(id) else { return };
        let is_answer = match &result {
            Ok(_) => true,
            Err(failure) => failure.is_fault(&[FaultCode::OPERATION_TIMED_OUT]),
        };
        if is_answer && purpose.is_long_poll() && !matches!(self.phase, Phase::Lost(_)) {
            self.outage = None;
        }
        match purpose {
            Purpose::Create => self.created(now, result),
            Purpose::Describe => self.described(now, result),
            Purpose::Acquire => self.acquisition(now, &request, result),
            Purpose::Disconnect => self.disconnect_answered(now, result.map(drop)),
            Purpose::Delete => self.delete_answered(now, result.map(drop)),
            Purpose::PoolInput => self.pool_input_answered(now, result.map(drop)),
            Purpose::PoolOutput => self.pool_answered(now, result),
            Purpose::Pipeline(id, part) => {
                let handled =
                    self.pipelines.get_mut(&id).map_or(Ok(()), |running| running.handle(part, result));
                self.settled(now, handled);
            }
        }
        self.drained(now);
    }

    /// Lets time pass.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.pool_due = self.pool_due.filter(|due| *due > now);
        if let Phase::Lost(lost) = &self.phase
            && self.outage.is_some_and(|outage| outage.until <= now)
        {
            let failure = lost.failure.clone();
            self.break_down(failure);
        }
        self.drained(now);
    }

    fn created(&mut self, now: Instant, result: Result<Response, F>) {
        match (mem::replace(&mut self.phase, Phase::Closed), result) {
            (Phase::Opening(Opening::Create { mut payloads, .. }), Ok(Response::Shell(shell))) => {
                payloads.pop_front();
                self.is_described(shell);
                self.phase = Phase::Opening(Opening::Negotiate(payloads));
            }
            (_, Ok(_)) => {}
            (Phase::Opening(Opening::Create { options, payloads, tries, .. }), Err(failure))
                if tries < options.retries && retry::may_pass(&failure) =>
            {
                let (tries, due) = (tries + 1, Some(now + retry::FIRST_PAUSE));
                self.phase = Phase::Opening(Opening::Create { options, payloads, tries, due });
            }
            // It may have been carried out, or was: its id is this client's own, by which it is asked for.
            (Phase::Opening(create), Err(failure))
                if failure.kind() == FailureKind::Lost || failure.is_fault(&[FaultCode::SHELL_ID_IN_USE]) =>
            {
                self.phase = Phase::Opening(create);
                self.lose(now, failure);
            }
            (Phase::Opening(create), Err(failure)) if failure.kind().outcome_is_unknown() => {
                self.phase = Phase::Opening(create);
                self.break_down(failure);
            }
            (_, Err(failure)) => self.events.push_back(Event::Opened(Err(failure))),
        }
    }

    /// A session is opened whether or not its service describes it.
    fn described(&mut self, now: Instant, result: Result<Response, F>) {
        match result {
            Ok(Response::Shell(shell)) => self.is_described(shell),
            Err(failure) if failure.is_about_the_session() => self.settled(now, Err(failure)),
            Ok(_) | Err(_) => self.is_described(Box::default()),
        }
    }

    fn is_described(&mut self, shell: Box<Shell>) {
        // The service may have chosen another id (WinRM 2.0 does).
        self.identity.shell.shell_id = shell.shell_id.clone().unwrap_or(self.identity.shell.shell_id.clone());
        self.identity.buffer_mode = shell.buffer_mode.or(self.identity.buffer_mode);
        self.created = Some(shell);
    }

    fn acquisition(&mut self, now: Instant, request: &Request, result: Result<Response, F>) {
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Acquiring(acquire) => match acquire.handle(now, request, result, &mut self.pool) {
                Progress::Again(acquire) => self.phase = Phase::Acquiring(acquire),
                Progress::Done(acquired) => {
                    if let Acquired::Ours { protocol_version } = &acquired {
                        self.take_up(protocol_version.is_some());
                    }
                    self.events.push_back(Event::Acquired(acquired));
                }
            },
            Phase::Lost(lost) => self.recovery(now, lost, request, result),
            Phase::Disconnecting(Disconnecting {
                options,
                step: DisconnectStep::Resume { acquire, failure },
            }) => match acquire.handle(now, request, result, &mut self.pool) {
                Progress::Again(acquire) => {
                    let step = DisconnectStep::Resume { acquire, failure };
                    self.phase = Phase::Disconnecting(Disconnecting { options, step });
                }
                Progress::Done(Acquired::Ours { .. }) => {
                    let step = DisconnectStep::Ask { tries: 1 };
                    self.phase = Phase::Disconnecting(Disconnecting { options, step });
                }
                Progress::Done(Acquired::Failed { failure, .. }) => self.not_disconnected(failure),
                Progress::Done(Acquired::HeldByOther(_) | Acquired::Gone(_)) => {
                    self.not_disconnected(failure)
                }
            },
            // An answer that came too late to matter.
            phase @ (Phase::Opening(_)
            | Phase::Open
            | Phase::Disconnecting(_)
            | Phase::Disconnected
            | Phase::Closing { .. }
            | Phase::Closed
            | Phase::Broken { .. }) => self.phase = phase,
        }
    }

    /// The session is ours: by a Connect, or because it was before.
    fn take_up(&mut self, by_connect: bool) {
        if !by_connect {
            let (identity, limits) = (&self.identity, self.options.limits);
            self.pool = RunspacePool::resume(identity.pool_id, identity.protocol_version, limits);
        }
        self.attach_by = if by_connect { Attach::Connect } else { Attach::Reconnect };
        self.phase = Phase::Open;
    }

    /// A request failed in a way that leaves the session in doubt: it is acquired again, as the client that holds it.
    fn lose(&mut self, now: Instant, failure: F) {
        let reconnect_for = match (self.is_new(), failure.kind()) {
            // The service has disconnected a client that it did not hear, and can be asked.
            (_, FailureKind::Fault(_)) => self.options.reconnect_for.max(SHORT),
            // Nothing is lost with it yet.
            (true, _) => self.options.reconnect_for.min(SHORT),
            (false, _) => self.options.reconnect_for,
        };
        let new = Outage { until: now + reconnect_for, tries: 0, ended: None };
        let outage = self.outage.filter(|outage| outage.goes_on(now)).unwrap_or(new);
        self.outage = Some(Outage { ended: None, ..outage });
        let Some(due) = outage.next_try(now).filter(|_| may_be_acquired(&failure)) else {
            return self.break_down(failure);
        };
        self.events.push_back(Event::Lost { failure: failure.clone(), until: outage.until });
        let opening = match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Opening(opening) => Some(opening),
            Phase::Open
            | Phase::Acquiring(_)
            | Phase::Lost(_)
            | Phase::Disconnecting(_)
            | Phase::Disconnected
            | Phase::Closing { .. }
            | Phase::Closed
            | Phase::Broken { .. } => None,
        };
        self.phase = Phase::Lost(Lost { failure, acquire: Acquire::new(ConnectKind::Resume, due), opening });
    }

    fn recovery(&mut self, now: Instant, lost: Lost<F>, request: &Request, result: Result<Response, F>) {
        let Lost { failure: first, acquire, opening } = lost;
        let is_new = opening.is_some();
        let failure = match (acquire.handle(now, request, result, &mut self.pool), opening) {
            (Progress::Again(acquire), opening) => {
                self.phase = Phase::Lost(Lost { failure: first, acquire, opening });
                return;
            }
            (Progress::Done(Acquired::Ours { .. }), opening) => return self.recovered(now, opening),
            // It was not created, and can be now.
            (Progress::Done(Acquired::Gone(_)), Some(Opening::Create { options, payloads, tries, .. })) => {
                let due = Some(now + retry::FIRST_PAUSE);
                self.phase = Phase::Opening(Opening::Create { options, payloads, tries, due });
                return;
            }
            (Progress::Done(Acquired::Gone(failure)), _) => failure,
            (Progress::Done(Acquired::HeldByOther(_)), _) => first,
            (Progress::Done(Acquired::Failed { failure, .. }), opening) => {
                let due = self.outage.as_mut().and_then(|outage| {
                    outage.tries += 1;
                    outage.next_try(now)
                });
                if let Some(due) = due.filter(|_| may_be_acquired(&failure)) {
                    let acquire = Acquire::new(ConnectKind::Resume, due);
                    self.phase = Phase::Lost(Lost { failure, acquire, opening });
                    return;
                }
                failure
            }
        };
        self.fail(failure, is_new, is_new);
    }

    /// The session is ours again.
    fn recovered(&mut self, now: Instant, opening: Option<Opening>) {
        if let Some(outage) = &mut self.outage {
            outage.tries += 1;
            outage.ended = Some(now);
        }
        self.pool.resynchronise();
        self.phase = match opening {
            Some(Opening::Create { mut payloads, .. }) => {
                payloads.pop_front();
                Phase::Opening(Opening::Negotiate(payloads))
            }
            Some(negotiate @ Opening::Negotiate(_)) => Phase::Opening(negotiate),
            None => {
                self.pool_input.extend(self.pool.public_key(MAX_PAYLOAD));
                self.pipelines.values_mut().for_each(|running| running.reattach());
                Phase::Open
            }
        };
        self.events.push_back(Event::Recovered);
    }

    /// Whether the session has not been open yet.
    fn is_new(&self) -> bool {
        matches!(self.phase, Phase::Opening(_) | Phase::Lost(Lost { opening: Some(_), .. }))
    }

    /// Nothing more can be asked of the session, nor of its pipelines.
    fn break_down(&mut self, failure: F) {
        let is_new = self.is_new();
        let is_ours = is_new || !matches!(self.phase, Phase::Lost(_));
        self.fail(failure, is_new, is_ours);
    }

    /// A session that is new is nobody else's. Who has tampered with an answer is asked nothing more.
    fn fail(&mut self, failure: F, is_new: bool, is_ours: bool) {
        self.pipelines.values_mut().for_each(|running| running.fail(failure.clone()));
        let event = if is_new { Event::Opened(Err(failure.clone())) } else { Event::Broken(failure.clone()) };
        self.events.push_back(event);
        let is_ours = is_ours && failure.kind() != FailureKind::Untrusted;
        self.phase = Phase::Broken { failure, is_ours };
    }

    /// A request of an open session that brings nothing by itself.
    fn settled(&mut self, now: Instant, result: Result<(), F>) {
        match (result, &self.phase) {
            (Err(failure), Phase::Open) => self.lose(now, failure),
            // The wait would be as long again.
            (Err(failure), Phase::Opening(_)) if failure.kind() != FailureKind::TimedOut => {
                self.lose(now, failure);
            }
            (Err(failure), Phase::Opening(_)) => self.break_down(failure),
            (Ok(()) | Err(_), _) => {}
        }
    }

    /// What did not arrive is sent again, and nothing that may have.
    fn pool_input_answered(&mut self, now: Instant, result: Result<(), F>) {
        let is_in_doubt = matches!(&result, Err(failure) if failure.may_be_carried_out());
        if result.is_ok() || is_in_doubt {
            match &mut self.phase {
                Phase::Opening(Opening::Negotiate(rest))
                | Phase::Lost(Lost { opening: Some(Opening::Negotiate(rest)), .. }) => rest.pop_front(),
                Phase::Opening(Opening::Create { .. })
                | Phase::Lost(_)
                | Phase::Acquiring(_)
                | Phase::Open
                | Phase::Disconnecting(_)
                | Phase::Disconnected
                | Phase::Closing { .. }
                | Phase::Closed
                | Phase::Broken { .. } => self.pool_input.pop_front(),
            };
        }
        match result {
            // What is missing, or comes twice, keeps the session from being opened.
            Err(failure) if is_in_doubt && self.is_new() => self.break_down(failure),
            result => self.settled(now, result),
        }
    }

    fn pool_answered(&mut self, now: Instant, result: Result<Response, F>) {
        let received = match result {
            Ok(Response::Received(received)) => received,
            Ok(_) => return,
            Err(failure) if failure.is_fault(&[FaultCode::OPERATION_TIMED_OUT]) => {
                return self.pool_output.answered();
            }
            Err(failure) if failure.is_about_the_session() => return self.settled(now, Err(failure)),
            // One of the process that had the session before is still open, and keeps it connected as well.
            Err(failure) if self.stays_connected && failure.is_fault(&[FaultCode::CONCURRENCY]) => {
                self.stays_connected = false;
                return;
            }
            // Or the server has not noticed yet that a connection is gone.
            Err(failure) if failure.is_fault(&[FaultCode::CONCURRENCY]) => {
                if let Phase::Open = self.phase {
                    self.pool_due = Some(now + retry::FIRST_PAUSE);
                    return;
                }
                return self.settled(now, Err(failure));
            }
            Err(failure) => {
                if let Phase::Open | Phase::Opening(_) = self.phase {
                    self.break_down(failure);
                }
                return;
            }
        };
        self.pool_output.answered();
        let was_introduced = self.pool.application_private_data().is_some();
        for stream in received.streams {
            let data = match self.pool_output.read(stream.data) {
                Ok(data) => data,
                Err(error) => return self.break_down(error.into()),
            };
            match self.pool.receive(&data) {
                Ok(events) => events.into_iter().for_each(|event| self.handle_pool_event(event)),
                Err(error) => return self.break_down(error.into()),
            }
        }
        if !was_introduced && self.pool.application_private_data().is_some() {
            self.pool_due = Some(now + LULL);
        }
        if let (Phase::Opening(_), PoolState::Opened) = (&self.phase, self.pool.state()) {
            self.phase = Phase::Open;
            self.events.push_back(Event::Opened(Ok(())));
        }
    }

    fn disconnect_answered(&mut self, now: Instant, result: Result<(), F>) {
        let Phase::Disconnecting(Disconnecting { options, step: DisconnectStep::Ask { tries } }) =
            &self.phase
        else {
            return;
        };
        let (options, tries) = (*options, tries + 1);
        let is_plain = options.idle_timeout.is_none() && options.buffer_mode.is_none();
        let step = match result {
            Ok(()) => DisconnectStep::Drain { until: now + DRAIN },
            Err(failure) if failure.is_fault(&[FaultCode::DISCONNECT_NOT_GRACEFUL]) => {
                DisconnectStep::Drain { until: now + DRAIN }
            }
            Err(failure)
                if failure.is_fault(&[FaultCode::ALREADY_DISCONNECTED, FaultCode::SHELL_DISCONNECTED]) =>
            {
                match is_plain {
                    true => DisconnectStep::Drain { until: now + DRAIN },
                    false => {
                        DisconnectStep::Resume { acquire: Acquire::new(ConnectKind::Resume, now), failure }
                    }
                }
            }
            Err(failure) if retry::after(failure.kind(), true, tries, Default::default()) != Next::GiveUp => {
                DisconnectStep::Ask { tries }
            }
            Err(failure) => return self.not_disconnected(failure),
        };
        self.phase = Phase::Disconnecting(Disconnecting { options, step });
    }

    fn not_disconnected(&mut self, failure: F) {
        self.phase = Phase::Open;
        self.events.push_back(Event::Disconnected(Err(failure)));
    }

    /// The session is disconnected once nothing is awaited any more.
    fn drained(&mut self, now: Instant) {
        if let Phase::Disconnecting(Disconnecting { step: DisconnectStep::Drain { until }, .. }) = self.phase
            && (until <= now || !self.requests.any(Purpose::is_long_poll))
        {
            self.is_disconnected();
        }
    }

    pub(super) fn is_disconnected(&mut self) {
        self.requests.forget();
        self.pipelines.values_mut().for_each(|running| running.detach());
        self.phase = Phase::Disconnected;
        self.events.push_back(Event::Disconnected(Ok(())));
    }

    fn delete_answered(&mut self, now: Instant, result: Result<(), F>) {
        let tries = if let Phase::Closing { tries, .. } = self.phase { tries + 1 } else { 1 };
        let result = match result {
            Ok(()) => Ok(()),
            Err(failure) if failure.is_gone() => Ok(()),
            Err(failure) => match retry::after_end(failure.kind(), tries) {
                Next::Again(pause) => {
                    self.phase = Phase::Closing { tries, due: Some(now + pause) };
                    return;
                }
                Next::GiveUp => Err(failure),
            },
        };
        self.pipelines.values_mut().for_each(|running| running.detach());
        self.phase = Phase::Closed;
        self.events.push_back(Event::Removed(result));
    }
}

/// What one waits for in vain no longer than this, if little is lost with it.
const SHORT: Duration = Duration::from_secs(30);

/// Not after an answer that was tampered with, or a refused login.
fn may_be_acquired<F: Failure>(failure: &F) -> bool {
    match failure.kind() {
        FailureKind::Untrusted | FailureKind::Refused | FailureKind::Unusable => false,
        FailureKind::Busy
        | FailureKind::Lost
        | FailureKind::TimedOut
        | FailureKind::Unreachable
        | FailureKind::Fault(_) => true,
    }
}
