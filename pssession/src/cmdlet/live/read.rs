//! Reading a command: its events are passed on until it ends, or is left.

use crate::cmdlet::invoke::OnInterrupt;
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LivePipeline, LiveSession};
use crate::event::{Event, Leaving, Source};
use crate::pipeline::PipelineEvent;
use crate::session::{DisconnectOptions, Failure as _};
use std::sync::Arc;
use std::time::Duration;

/// How the reading of a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// With the command.
    ToTheEnd,
    /// The command runs on without a client.
    Left,
}

/// Nothing more is there if nothing has come for so long.
const SILENCE: Duration = Duration::from_secs(1);

impl Run<'_> {
    /// Reads a command. An interrupt stops or leaves it; so does a receiver that wants no more.
    pub(super) async fn read(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
        on_interrupt: OnInterrupt,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let mut is_interrupted = false;
        loop {
            let next = match is_interrupted {
                false => self.interrupt.unless_set(pipeline.next()).await,
                true => Some(pipeline.next().await),
            };
            let Some(next) = next else {
                is_interrupted = true;
                match on_interrupt {
                    OnInterrupt::Stop => pipeline.stop().await?,
                    OnInterrupt::Detach => self.leave(live, Leaving::Interrupted).await?,
                }
                continue;
            };
            match next? {
                None => return Ok(Read::ToTheEnd),
                Some(PipelineEvent::Detached) => return Ok(Read::Left),
                Some(event) => self.pipeline_event(&source, event),
            }
            // What was received counts as delivered when more is asked for, so it has to be shown before.
            if pipeline.is_drained() && !is_interrupted {
                self.ask(Event::Barrier).await;
            }
        }
    }

    /// Reads what is there of a command, and leaves it.
    pub(super) async fn read_what_is_there(
        &self,
        live: &LiveSession,
        pipeline: &mut LivePipeline,
    ) -> Result<Read, Failure> {
        let source = self.source(live);
        let mut is_left = false;
        loop {
            let next = match is_left {
                false => pipeline.next_within(SILENCE).await,
                true => Some(pipeline.next().await),
            };
            match next.transpose()? {
                None => {
                    is_left = true;
                    self.leave(live, Leaving::NothingMore).await?;
                }
                Some(None) => return Ok(Read::ToTheEnd),
                Some(Some(PipelineEvent::Detached)) => return Ok(Read::Left),
                Some(Some(event)) => self.pipeline_event(&source, event),
            }
            if pipeline.is_drained() && !is_left {
                self.ask(Event::Barrier).await;
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

    fn source(&self, live: &LiveSession) -> Arc<Source> {
        let session = live.session();
        Arc::new(Source { computer_name: session.computer_name.clone(), instance_id: session.instance_id })
    }

    fn pipeline_event(&self, source: &Arc<Source>, event: PipelineEvent) {
        self.yield_event(Event::Pipeline { source: source.clone(), event });
    }
}
