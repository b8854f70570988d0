//! Enter-PSSession: line by line, until the session is exited or left.

use super::interrupts::{LeftAt, first};
use super::line::{self, Typed};
use super::read::{self, Read, beside};
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LivePipeline, LiveSession};
use crate::event::{Completer, ConnectionWatch, Event, Line, OnInterrupt, Source};
use crate::pipeline::host::{HostCall, HostRequest};
use crate::pipeline::{PSObject, PipelineEvent};
use crate::psrp::pipeline::{Command, CreatePipeline};
use crate::session::Reader;
use futures_util::future::{Either, join, pending};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The prompt of PowerShell where a session has no `prompt`, or a broken one.
const PROMPT: &str = "PS>";
/// At a prompt the session is kept connected, and whether it can be is tried this often.
const STAYS: Duration = Duration::from_secs(20);
/// A `prompt` that puts out more is cut off.
const MOST_OUTPUTS: usize = 1000;

/// How a line ended.
enum Ended {
    Here,
    /// It asked for the end of the session.
    Exited,
    /// The session was left with it.
    Left,
    Incomplete,
}

impl Run<'_> {
    /// Runs lines in a session; returns whether it is left.
    pub(super) async fn enter(&self, live: &LiveSession) -> bool {
        match self.run_lines(live).await {
            Ok(is_left) => is_left,
            Err(failure) => self.line_failed(live, &failure, LeftAt::Prompt).await,
        }
    }

    async fn line_failed(&self, live: &LiveSession, failure: &Failure, at: LeftAt) -> bool {
        let error = self.cmdlet.invoke_failed(live.session(), failure);
        self.failed(live, failure, error, at).await
    }

    async fn run_lines(&self, live: &LiveSession) -> Result<bool, Failure> {
        let source = &self.source(live);
        let Some(mut prompt) = self.prompt(live, source).await? else { return Ok(true) };
        let mut begun: Option<String> = None;
        loop {
            let line = self.next_line(live, source, &prompt, begun.is_some()).await?;
            let is_last = matches!(line, Some(Line::Last(_)));
            let text = match line {
                Some(Line::Text(text) | Line::Last(text)) => text,
                Some(Line::Nothing) => {
                    begun = None;
                    continue;
                }
                Some(Line::Exit) | None => return Ok(false),
                Some(Line::Leave) => {
                    let mut interrupts = self.running(source, OnInterrupt::Stop);
                    return self.detach(live, &mut interrupts, LeftAt::Prompt).await.map(|_| true);
                }
                Some(Line::GiveUp) => return self.give_up(live, LeftAt::Prompt).await.map(|_| true),
            };
            let text = begun.take().map_or_else(|| text.clone(), |begun| format!("{begun}\n{text}"));
            let ended = match self.run_line(live, source, &text, is_last).await {
                Ok(ended) => ended,
                Err(failure) => return Ok(self.line_failed(live, &failure, LeftAt::Command).await),
            };
            match ended {
                Ended::Here => match self.prompt(live, source).await? {
                    Some(shown) => prompt = shown,
                    None => return Ok(true),
                },
                Ended::Incomplete => begun = Some(text),
                Ended::Exited => return Ok(false),
                Ended::Left => return Ok(true),
            }
        }
    }

    /// Asks for the next line; `None` if the run ends instead. Meanwhile it says how the line may go on.
    ///
    /// # Errors
    /// The connection was lost for good before there was a line.
    async fn next_line(
        &self,
        live: &LiveSession,
        source: &Arc<Source>,
        prompt: &str,
        continues: bool,
    ) -> Result<Option<Line>, Failure> {
        let (questions, mut asked) = mpsc::unbounded_channel();
        let completer = Completer(questions);
        let (source, prompt, connection) =
            (source.clone(), prompt.to_owned(), ConnectionWatch(live.lost_until()));
        let line =
            self.ask(|answer| Event::ReadLine { source, prompt, continues, completer, connection, answer });
        let complete = async {
            while let Some(question) = asked.recv().await {
                self.complete(live, question).await;
            }
            pending::<Infallible>().await
        };
        let stay = async {
            // A session that is not driven any more ends with the next line.
            while live.stay_connected().await.is_ok() {
                tokio::time::sleep(STAYS).await;
            }
            pending::<Infallible>().await
        };
        let meanwhile = async {
            match first(pin!(live.broken()), join(complete, stay)).await {
                Either::Left(failure) => failure,
                Either::Right((never, _)) => match never {},
            }
        };
        match self.interrupt.unless_set(first(pin!(line), meanwhile)).await {
            None => Ok(None),
            Some(Either::Left(line)) => Ok(line),
            Some(Either::Right(failure)) => Err(failure),
        }
    }

    /// Runs a line. One that is only the beginning of a statement is run to its error if it is the last.
    async fn run_line(
        &self,
        live: &LiveSession,
        source: &Arc<Source>,
        text: &str,
        is_last: bool,
    ) -> Result<Ended, Failure> {
        let first = match line::read(text) {
            Typed::Nothing => return Ok(Ended::Here),
            Typed::Exit(number) => {
                let call = HostCall::new(HostRequest::SetShouldExit(number), None);
                self.yield_event(Event::Pipeline {
                    source: source.clone(),
                    event: PipelineEvent::HostCall(call),
                });
                return Ok(Ended::Exited);
            }
            Typed::Command(command) => command,
        };
        let first = Command { merge_errors: true, ..first };
        let out_default =
            Command { use_local_scope: Some(true), merge_previous: true, ..Command::named("Out-Default") };
        let create = CreatePipeline {
            history: Some(text.to_owned()),
            add_to_history: true,
            ..self.silently(vec![first, out_default])
        };
        let mut pipeline = live.invoke(create, Reader::ThisClient).await?;
        let mut exits = false;
        let watch = |event: &PipelineEvent| {
            if let PipelineEvent::HostCall(call) = event {
                exits |= matches!(call.request(), HostRequest::SetShouldExit(_) | HostRequest::PopRunspace);
            }
            (!is_last && is_incomplete(event)).then_some(Read::Incomplete)
        };
        let interrupts = self.running(source, OnInterrupt::Stop);
        Ok(match self.read(live, &mut pipeline, interrupts, watch).await? {
            Read::Left => Ended::Left,
            Read::Incomplete => Ended::Incomplete,
            Read::ToTheEnd | Read::NotFormatted if exits => Ended::Exited,
            Read::ToTheEnd | Read::NotFormatted => Ended::Here,
        })
    }

    /// What the session's own prompt shows; `None` if the session is left before.
    async fn prompt(&self, live: &LiveSession, source: &Arc<Source>) -> Result<Option<String>, Failure> {
        let create = self.silently(vec![Command::named("prompt")]);
        let mut pipeline = live.invoke(create, Reader::ThisClient).await?;
        let mut interrupts = self.running(source, OnInterrupt::Stop);
        let mut shown = Vec::new();
        let mut turn = Some(Box::pin(self.turn(live, pipeline.command_id().clone())));
        loop {
            let outputs = beside(&mut turn, self.outputs(&mut pipeline, Some(source), &mut shown));
            let next = first(pin!(interrupts.next()), outputs).await;
            let wanted = match next {
                Either::Right(ended) => break ended?,
                Either::Left(wanted) => wanted,
            };
            if self.obey(live, &pipeline, &mut interrupts, wanted, LeftAt::Prompt).await?.is_some() {
                return Ok(None);
            }
        }
        let prompt: String = shown.iter().map(ToString::to_string).collect();
        Ok(Some(if prompt.is_empty() { PROMPT.to_owned() } else { prompt }))
    }

    /// What a pipeline puts out, to its end. What it shows meanwhile is passed on where its source is given.
    pub(super) async fn outputs(
        &self,
        pipeline: &mut LivePipeline,
        source: Option<&Arc<Source>>,
        outputs: &mut Vec<PSObject>,
    ) -> Result<(), Failure> {
        while let Some(event) = pipeline.next().await? {
            match (event, source) {
                (PipelineEvent::Output(object), _) if outputs.len() < MOST_OUTPUTS => outputs.push(object),
                (
                    event @ (PipelineEvent::HostCall(_)
                    | PipelineEvent::ConnectionLost { .. }
                    | PipelineEvent::Reconnected),
                    Some(source),
                ) => {
                    self.yield_event(Event::Pipeline { source: source.clone(), event });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A pipeline of which the session's history does not know.
    pub(super) fn silently(&self, commands: Vec<Command>) -> CreatePipeline {
        let host = self.settings.host.clone();
        CreatePipeline { add_to_history: false, host, ..CreatePipeline::new(commands) }
    }
}

/// Whether a script ends too early to be run.
fn is_incomplete(event: &PipelineEvent) -> bool {
    read::error_of(event).is_some_and(|error| error.category_info.reason == "IncompleteParseException")
}
