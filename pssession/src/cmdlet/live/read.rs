//! Reading a command: its events are passed on until it ends, or is left.

use super::interrupts::{Interrupts, Left, LeftAt, first};
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LivePipeline, LiveSession};
use crate::error::ErrorRecord;
use crate::event::{Awaited, Event, Leaving, Source};
use crate::pipeline::{PipelineEvent, PipelineState, RemoteError};
use crate::record::CommandId;
use crate::session::{DisconnectOptions, Failure as _, FailureKind};
use futures_util::future::{Either, join, pending};
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the reading of a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// With the command.
    ToTheEnd,
    /// The server cannot turn output into text, and has run nothing.
    NotFormatted,
    /// It is only the beginning of a statement, and nothing was run.
    Incomplete,
    /// The command runs on without a client.
    Left,
}

/// After so long without a word of a command, it is asked for what it waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// After so long without an event, what a receiver holds back for the next one is to be shown.
const QUIET: Duration = Duration::from_millis(250);
/// Nothing more is there if nothing has come for so long, and nothing at all if it is so long for the first event.
const SILENCE: Duration = Duration::from_secs(1);
const FIRST_SILENCE: Duration = Duration::from_secs(5);
/// A command that is never silent is left after so long: what it writes then is there the next time.
const LONGEST: Duration = Duration::from_secs(5);

impl Run<'_> {
    /// Reads a command, until it ends or is left. Each event is first shown to `watch`, which may end the reading.
    pub(super) async fn read(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
        mut interrupts: Interrupts<'_>,
        mut watch: impl FnMut(&PipelineEvent) -> Option<Read>,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let mut turn = Some(Box::pin(self.turn(live, pipeline.command_id().clone())));
        loop {
            let next = beside(&mut turn, self.next_event(pipeline));
            let wanted = match first(pin!(interrupts.next()), next).await {
                Either::Right(next) => {
                    turn = None;
                    let next = next?;
                    let read = next.as_ref().and_then(&mut watch);
                    match read.or_else(|| self.pass_on(&source, pipeline, next)) {
                        Some(read) => return Ok(read),
                        None => continue,
                    }
                }
                Either::Left(wanted) => wanted,
            };
            match self.obey(live, pipeline, &mut interrupts, wanted, LeftAt::Command).await? {
                Some(Left::Disconnected) => return self.read_the_rest(&source, pipeline).await,
                Some(Left::AsItIs) => return Ok(Read::Left),
                None => {}
            }
        }
    }

    /// Beside a command that has sent nothing yet: reports it if it has to wait for another one.
    pub(super) async fn turn(&self, live: &LiveSession, command: CommandId) -> Infallible {
        if live.is_new || !self.settings.explains_waits {
            return pending().await;
        }
        let (session, mut waiting) = (live.session(), None);
        loop {
            tokio::time::sleep(PATIENCE).await;
            let asking = self.waiting(&session.computer_name, Awaited::Commands(session.shown()));
            // A server that cannot be asked has no answer for the command either, which is seen there.
            let runs_another = live.runs_another(&command).await.unwrap_or(false);
            drop(asking);
            if !runs_another {
                break;
            }
            let turn = || Awaited::Turn { session: session.shown(), id: session.id };
            waiting.get_or_insert_with(|| self.waiting(&session.computer_name, turn()));
        }
        drop(waiting);
        pending().await
    }

    /// Reads what is there of a command, and leaves it.
    pub(super) async fn read_what_is_there(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let (begun, mut silence) = (Instant::now(), FIRST_SILENCE);
        while let Some(next) = self.interrupt.unless_set(pipeline.next_within(silence)).await {
            let next = match next {
                Some(next) => next?,
                // Silence means nothing without a connection.
                None if live.is_lost() => continue,
                None => break,
            };
            let is_back = matches!(next, Some(PipelineEvent::Reconnected));
            if let Some(read) = self.pass_on(&source, pipeline, next) {
                return Ok(read);
            }
            if pipeline.is_drained() {
                self.ask(Event::Barrier).await;
                pipeline.delivered(pipeline.handed_out());
                if begun.elapsed() > LONGEST {
                    break;
                }
            }
            silence = if is_back { FIRST_SILENCE } else { SILENCE };
        }
        self.leave(live, Leaving::NothingMore).await?;
        self.read_the_rest(&source, pipeline).await
    }

    /// The next event of a pipeline. It is fetched while the events before it are shown.
    async fn next_event(&self, pipeline: &mut LivePipeline) -> Result<Option<PipelineEvent>, Failure> {
        if pipeline.is_drained() {
            let handed_out = pipeline.handed_out();
            let (_, fetched) = join(self.ask(Event::Barrier), pipeline.fetch_within(QUIET)).await;
            pipeline.delivered(handed_out);
            match fetched {
                Some(fetched) => fetched?,
                None => self.yield_event(Event::Quiet),
            }
        }
        pipeline.next().await
    }

    /// Reads a command that was left.
    async fn read_the_rest(
        &self,
        source: &Arc<Source>,
        pipeline: &mut LivePipeline,
    ) -> Result<Read, Failure> {
        loop {
            let next = pipeline.next().await?;
            if let Some(read) = self.pass_on(source, pipeline, next) {
                return Ok(read);
            }
        }
    }

    /// Passes an event on, unless it ends the reading. Outputs that have come together go on together.
    fn pass_on(
        &self,
        source: &Arc<Source>,
        pipeline: &mut LivePipeline,
        event: Option<PipelineEvent>,
    ) -> Option<Read> {
        match event {
            None => Some(Read::ToTheEnd),
            Some(PipelineEvent::Detached) => Some(Read::Left),
            Some(PipelineEvent::Output(first)) => {
                let mut objects = vec![first];
                objects.extend(pipeline.more_outputs());
                self.yield_event(Event::Output { source: source.clone(), objects });
                None
            }
            Some(event) => {
                self.yield_event(Event::Pipeline { source: source.clone(), event });
                None
            }
        }
    }

    /// Disconnects from a session whose command runs on.
    pub(super) async fn leave(&self, live: &LiveSession, leaving: Leaving) -> Result<(), Failure> {
        let session = live.session();
        let waiting = self.waiting(&session.computer_name, Awaited::Disconnection(session.shown()));
        let session = live.disconnect(DisconnectOptions::default()).await?;
        drop(waiting);
        self.yield_event(Event::Left { session, leaving });
        Ok(())
    }

    /// Reports a command whose end was not seen. Returns whether its session is lost, in which it may run on.
    pub(super) async fn failed(
        &self,
        live: &LiveSession,
        failure: &Failure,
        error: ErrorRecord,
        at: LeftAt,
    ) -> bool {
        if !failure.is_about_the_session() {
            self.error(error);
            return false;
        }
        // What can be done about a server that was never reached does not help with one that was.
        let is_network = !matches!(failure.kind(), FailureKind::Refused | FailureKind::Untrusted);
        self.error(if is_network { error.hinting(None) } else { error });
        match live.lost().await {
            Ok(session) => {
                let leaving = match at {
                    LeftAt::Prompt => Leaving::ConnectionLostAtPrompt,
                    LeftAt::Command => Leaving::ConnectionLost,
                };
                self.yield_event(Event::Left { session, leaving });
            }
            Err(error) => self.store_failed(&error),
        }
        true
    }

    pub(super) fn source(&self, live: &LiveSession) -> Arc<Source> {
        let session = live.session();
        Arc::new(Source { computer_name: session.computer_name.clone(), instance_id: session.instance_id })
    }
}

/// Does this, and beside it what has no end.
pub(super) async fn beside<T>(
    endless: &mut Option<Pin<Box<impl Future<Output = Infallible>>>>,
    work: impl Future<Output = T>,
) -> T {
    let Some(endless) = endless else { return work.await };
    match first(pin!(work), endless).await {
        Either::Left(done) => done,
        Either::Right(never) => match never {},
    }
}

/// The error with which a pipeline failed.
pub(super) fn error_of(event: &PipelineEvent) -> Option<&RemoteError> {
    match event {
        PipelineEvent::Ended { state: PipelineState::Failed, error } => error.as_ref(),
        _ => None,
    }
}
