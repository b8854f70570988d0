//! What happened to requests, and what follows from it.

use super::acquire::{Acquire, Acquired, ConnectKind, Progress};
use super::event::Event;
use super::failure::{Failure, FailureKind};
use super::machine::{DRAIN, MAX_PAYLOAD, Session};
use super::phase::{DisconnectStep, Disconnecting, Lost, Opening, Phase};
use super::pipelines::{Attach, is_about_the_session};
use super::requests::{Purpose, RequestId};
use super::retry::{self, Next};
use crate::psrp::runspace_pool::{PoolState, RunspacePool};
use crate::wsman::{FaultCode, Request, Response};
use std::mem;
use std::time::Instant;

impl<F: Failure> Session<F> {
    /// Takes what a request came to.
    pub(crate) fn handle_response(&mut self, now: Instant, id: RequestId, result: Result<Response, F>) {
        let Some((purpose, request)) = self.requests.take(id) else { return };
        match purpose {
            Purpose::Create => self.created(now, result),
            Purpose::Acquire => self.acquisition(now, &request, result),
            Purpose::Disconnect => self.disconnect_answered(now, result.map(drop)),
            Purpose::Delete => self.delete_answered(result.map(drop)),
            Purpose::PoolInput => self.settled(now, result.map(drop)),
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
        self.drained(now);
    }

    fn created(&mut self, now: Instant, result: Result<Response, F>) {
        match (mem::replace(&mut self.phase, Phase::Closed), result) {
            (Phase::Opening(Opening::Create { mut payloads, .. }), Ok(Response::Shell(shell))) => {
                payloads.pop_front();
                // The service may have chosen another id (WinRM 2.0 does).
                self.identity.shell.shell_id =
                    shell.shell_id.clone().unwrap_or(self.identity.shell.shell_id.clone());
                self.created = Some(shell);
                self.phase = Phase::Opening(Opening::Negotiate(payloads));
            }
            (_, Ok(_)) => {}
            (Phase::Opening(Opening::Create { options, payloads, tries, .. }), Err(failure))
                if tries < options.retries && retry::may_pass(&failure) =>
            {
                let (tries, due) = (tries + 1, Some(now + retry::FIRST_PAUSE));
                self.phase = Phase::Opening(Opening::Create { options, payloads, tries, due });
            }
            (_, Err(failure)) => self.events.push_back(Event::Opened(Err(failure))),
        }
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
            | Phase::Closing
            | Phase::Closed
            | Phase::Broken(_)) => self.phase = phase,
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
        // Not after an answer that was tampered with, or a refused login.
        if let FailureKind::Untrusted | FailureKind::Refused | FailureKind::Unusable = failure.kind() {
            return self.break_down(failure);
        }
        let until = now + self.options.reconnect_for;
        self.events.push_back(Event::Lost { failure: failure.clone(), until });
        let acquire = Acquire::new(ConnectKind::Resume, now);
        self.phase = Phase::Lost(Lost { failure, deadline: until, acquire, tries: 0 });
    }

    fn recovery(&mut self, now: Instant, lost: Lost<F>, request: &Request, result: Result<Response, F>) {
        let Lost { failure: first, deadline, acquire, tries } = lost;
        let failure = match acquire.handle(now, request, result, &mut self.pool) {
            Progress::Again(acquire) => {
                self.phase = Phase::Lost(Lost { failure: first, deadline, acquire, tries });
                return;
            }
            Progress::Done(Acquired::Ours { .. }) => {
                self.phase = Phase::Open;
                self.pool.resynchronise();
                self.pool_input.extend(self.pool.public_key(MAX_PAYLOAD));
                self.pipelines.values_mut().for_each(|running| running.reattach());
                self.events.push_back(Event::Recovered);
                return;
            }
            Progress::Done(Acquired::HeldByOther(_) | Acquired::Gone(_)) => return self.break_down(first),
            Progress::Done(Acquired::Failed { failure, .. }) => failure,
        };
        let tries = tries + 1;
        let due = now + retry::pause(tries);
        if let FailureKind::Busy | FailureKind::Lost | FailureKind::TimedOut | FailureKind::Unreachable =
            failure.kind()
            && due <= deadline
        {
            let acquire = Acquire::new(ConnectKind::Resume, due);
            self.phase = Phase::Lost(Lost { failure: first, deadline, acquire, tries });
        } else {
            self.break_down(failure);
        }
    }

    /// Nothing more can be asked of the session, nor of its pipelines.
    fn break_down(&mut self, failure: F) {
        self.pipelines.values_mut().for_each(|running| running.fail(failure.clone()));
        let is_new = matches!(self.phase, Phase::Opening(_));
        let event = if is_new { Event::Opened(Err(failure.clone())) } else { Event::Broken(failure.clone()) };
        self.events.push_back(event);
        self.phase = Phase::Broken(failure);
    }

    /// A request of an open session that brings nothing by itself.
    fn settled(&mut self, now: Instant, result: Result<(), F>) {
        match (result, &self.phase) {
            (Err(failure), Phase::Open) => self.lose(now, failure),
            (Err(failure), Phase::Opening(_)) => self.break_down(failure),
            (Ok(()) | Err(_), _) => {}
        }
    }

    fn pool_answered(&mut self, now: Instant, result: Result<Response, F>) {
        let received = match result {
            Ok(Response::Received(received)) => received,
            Ok(_) => return,
            Err(failure) if failure.is_fault(&[FaultCode::OPERATION_TIMED_OUT]) => {
                return self.pool_output.answered();
            }
            Err(failure) if is_about_the_session(&failure) => return self.settled(now, Err(failure)),
            // One of the process that had the session before is still open, and keeps it connected as well.
            Err(failure) if self.stays_connected && failure.is_fault(&[FaultCode::CONCURRENCY]) => {
                self.stays_connected = false;
                return;
            }
            Err(failure) => {
                if let Phase::Open | Phase::Opening(_) = self.phase {
                    self.break_down(failure);
                }
                return;
            }
        };
        self.pool_output.answered();
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
            self.requests.forget();
            self.pipelines.values_mut().for_each(|running| running.detach());
            self.phase = Phase::Disconnected;
            self.events.push_back(Event::Disconnected(Ok(())));
        }
    }

    fn delete_answered(&mut self, result: Result<(), F>) {
        let result = match result {
            Err(failure) if !failure.is_gone() => Err(failure),
            Ok(()) | Err(_) => Ok(()),
        };
        self.pipelines.values_mut().for_each(|running| running.detach());
        self.phase = Phase::Closed;
        self.events.push_back(Event::Removed(result));
    }
}
