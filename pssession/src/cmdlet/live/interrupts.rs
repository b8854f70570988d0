//! What ends a command early: it is stopped, or its session is left.

use crate::cmdlet::run::Run;
use crate::engine::{Failure, Interrupt, LivePipeline, LiveSession};
use crate::event::{Awaited, Event, Leaving, OnInterrupt, Source, Waiting};
use futures_util::future::{Either, pending, select};
use std::pin::{Pin, pin};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is wanted of a command while it runs.
pub(super) struct Interrupts<'a> {
    wanted: UnboundedReceiver<OnInterrupt>,
    run: &'a Interrupt,
    /// What an interrupt of the run does, which comes once.
    on_interrupt: Option<OnInterrupt>,
    /// Once the command was stopped.
    stopping: Option<Waiting>,
}

impl Interrupts<'_> {
    /// Waits for the next wish. What is said of this command comes before what the interrupt of the run means for all.
    pub(super) async fn next(&mut self) -> OnInterrupt {
        let wanted = async {
            match self.wanted.recv().await {
                Some(wanted) => wanted,
                None => pending().await,
            }
        };
        let Some(on_interrupt) = self.on_interrupt else { return wanted.await };
        if let Some(wanted) = self.run.unless_set(wanted).await {
            return wanted;
        }
        self.on_interrupt = None;
        self.wanted.try_recv().unwrap_or(on_interrupt)
    }
}

/// Where a session is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftAt {
    /// At its prompt, where nothing runs.
    Prompt,
    Command,
}

/// How a session was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Disconnected,
    /// Without a word to its server.
    AsItIs,
}

impl Run<'_> {
    /// Reports that something runs, which can be ended early from now on.
    pub(super) fn running(&self, source: &Arc<Source>, on_interrupt: OnInterrupt) -> Interrupts<'_> {
        let (interrupts, wanted) = unbounded_channel();
        self.yield_event(Event::Running { source: source.clone(), interrupts });
        Interrupts { wanted, run: self.interrupt, on_interrupt: Some(on_interrupt), stopping: None }
    }

    /// Does what is wanted of a command; returns how its session was left, if it was.
    pub(super) async fn obey(
        &self,
        live: &LiveSession,
        pipeline: &LivePipeline,
        interrupts: &mut Interrupts<'_>,
        wanted: OnInterrupt,
        at: LeftAt,
    ) -> Result<Option<Left>, Failure> {
        Ok(match wanted {
            OnInterrupt::Stop => {
                let waiting = || self.waiting(&live.session().computer_name, Awaited::Stop);
                interrupts.stopping.get_or_insert_with(waiting);
                pipeline.stop().await?;
                None
            }
            OnInterrupt::Detach => Some(self.detach(live, interrupts, at).await?),
            OnInterrupt::GiveUp => Some(self.give_up(live, at).await?),
        })
    }

    /// Disconnects from a session, unless its server cannot be asked for that, or the wait for its answer is given up.
    pub(super) async fn detach(
        &self,
        live: &LiveSession,
        interrupts: &mut Interrupts<'_>,
        at: LeftAt,
    ) -> Result<Left, Failure> {
        if live.is_lost() {
            return self.give_up(live, at).await;
        }
        let leaving = match at {
            LeftAt::Prompt => Leaving::AtPrompt,
            LeftAt::Command => Leaving::Interrupted,
        };
        let mut leave = pin!(self.leave(live, leaving));
        loop {
            match first(leave.as_mut(), interrupts.next()).await {
                Either::Left(left) => return left.map(|()| Left::Disconnected),
                Either::Right(OnInterrupt::GiveUp) => return self.give_up(live, at).await,
                Either::Right(OnInterrupt::Stop | OnInterrupt::Detach) => {}
            }
        }
    }

    /// Leaves a session as it is.
    pub(super) async fn give_up(&self, live: &LiveSession, at: LeftAt) -> Result<Left, Failure> {
        let leaving = match (at, live.is_lost()) {
            (LeftAt::Prompt, _) => Leaving::GivenUp,
            (LeftAt::Command, false) => Leaving::GivenUpRunning,
            (LeftAt::Command, true) => Leaving::GivenUpLost,
        };
        self.yield_event(Event::Left { session: live.session().clone(), leaving });
        Ok(Left::AsItIs)
    }
}

/// What is there first.
pub(super) async fn first<A: Future, B: Future>(a: Pin<&mut A>, b: B) -> Either<A::Output, B::Output> {
    match select(a, pin!(b)).await {
        Either::Left((a, _)) => Either::Left(a),
        Either::Right((b, _)) => Either::Right(b),
    }
}
