//! Reading a command: its events are passed on until it ends, or is left.

use crate::cmdlet::invoke::OnInterrupt;
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LivePipeline, LiveSession};
use crate::event::{Event, Leaving, Source};
use crate::pipeline::{PipelineEvent, PipelineState};
use crate::session::{DisconnectOptions, Failure as _};
use futures_util::future::join;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the reading of a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// With the command.
    ToTheEnd,
    /// The server cannot turn output into text, and has run nothing.
    NotFormatted,
    /// The command runs on without a client.
    Left,
}

/// After so long without an event, what a receiver holds back for the next one is to be shown.
const QUIET: Duration = Duration::from_millis(250);
/// Nothing more is there if nothing has come for so long, and nothing at all if it is so long for the first event.
const SILENCE: Duration = Duration::from_secs(1);
const FIRST_SILENCE: Duration = Duration::from_secs(5);
/// A command that is never silent is left after so long: what it writes then is there the next time.
const LONGEST: Duration = Duration::from_secs(5);

impl Run<'_> {
    /// Reads a command. An interrupt stops or leaves it; so does a receiver that wants no more.
    pub(super) async fn read(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
        on_interrupt: OnInterrupt,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let mut is_first = true;
        while let Some(next) = self.next_event(pipeline).await {
            let next = next?;
            if is_first && is_without_out_string(&next) {
                return Ok(Read::NotFormatted);
            }
            // Windows says at first that it prepares its modules.
            is_first &= matches!(next, Some(PipelineEvent::Progress(_)));
            if let Some(read) = self.pass_on(&source, pipeline, next) {
                return Ok(read);
            }
        }
        match on_interrupt {
            OnInterrupt::Stop => pipeline.stop().await?,
            OnInterrupt::Detach => self.leave(live, Leaving::Interrupted).await?,
        }
        self.read_the_rest(&source, pipeline).await
    }

    /// Reads what is there of a command, and leaves it.
    pub(super) async fn read_what_is_there(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let (begun, mut silence) = (Instant::now(), FIRST_SILENCE);
        while let Some(Some(next)) = self.interrupt.unless_set(pipeline.next_within(silence)).await {
            if let Some(read) = self.pass_on(&source, pipeline, next?) {
                return Ok(read);
            }
            if pipeline.is_drained() {
                self.ask(Event::Barrier).await;
                pipeline.delivered(pipeline.handed_out());
                if begun.elapsed() > LONGEST {
                    break;
                }
            }
            silence = SILENCE;
        }
        self.leave(live, Leaving::NothingMore).await?;
        self.read_the_rest(&source, pipeline).await
    }

    /// The next event of a pipeline; `None` after an interrupt. It is asked for while the events before it are shown.
    async fn next_event(
        &self,
        pipeline: &mut LivePipeline,
    ) -> Option<Result<Option<PipelineEvent>, Failure>> {
        if pipeline.is_drained() {
            let handed_out = pipeline.handed_out();
            // One that came is kept, also where an interrupt comes before the last ones are shown.
            let mut next = None;
            let ask = async { next = pipeline.next_within(QUIET).await };
            let shown = self.interrupt.unless_set(join(self.ask(Event::Barrier), ask)).await;
            if shown.is_some() {
                pipeline.delivered(handed_out);
            }
            if next.is_some() || shown.is_none() {
                return next;
            }
            self.yield_event(Event::Quiet);
        }
        self.interrupt.unless_set(pipeline.next()).await
    }

    /// Reads a command that was stopped or left.
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
        let session = live.disconnect(DisconnectOptions::default()).await?;
        self.yield_event(Event::Left { session, leaving });
        Ok(())
    }

    /// Reports a session to which the way was lost for good, in which the command may run on. Returns whether it is one.
    pub(super) fn report_loss(&self, live: &LiveSession, failure: &Failure) -> bool {
        let is_lost = failure.kind().outcome_is_unknown();
        if is_lost {
            let session = live.session().clone();
            self.yield_event(Event::Left { session, leaving: Leaving::ConnectionLost });
        }
        is_lost
    }

    pub(super) fn source(&self, live: &LiveSession) -> Arc<Source> {
        let session = live.session();
        Arc::new(Source { computer_name: session.computer_name.clone(), instance_id: session.instance_id })
    }
}

/// Whether a pipeline failed for want of Out-String, before anything ran. Endpoints with few commands have none.
fn is_without_out_string(event: &Option<PipelineEvent>) -> bool {
    match event {
        Some(PipelineEvent::Ended { state: PipelineState::Failed, error: Some(error) }) => {
            error.fully_qualified_error_id == "CommandNotFoundException"
                && error.category_info.target_name.eq_ignore_ascii_case("Out-String")
        }
        _ => false,
    }
}
