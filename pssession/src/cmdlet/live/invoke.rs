//! Invoke-Command in one session.

use super::interrupts::LeftAt;
use super::read::{self, Read};
use crate::cmdlet::invoke::{CommandText, Request};
use crate::cmdlet::run::Run;
use crate::engine::{Failure, LiveSession, PipelineInput};
use crate::event::{Event, Leaving};
use crate::pipeline::PipelineEvent;
use crate::psrp::clixml::Value;
use crate::psrp::pipeline::{Command, CreatePipeline};
use crate::session::Reader;
use futures_util::future::{Either, select};
use std::pin::pin;

impl Run<'_> {
    /// Runs the command in a session; returns whether the session is left with it.
    pub(super) async fn invoke(&self, request: &Request, live: &LiveSession) -> bool {
        let invoked = match request.in_disconnected_session {
            true => self.start_and_leave(request, live).await,
            false => self.run_to_the_end(request, live).await,
        };
        match invoked {
            Ok(read) => read == Read::Left,
            Err(failure) => {
                let error = self.cmdlet.invoke_failed(live.session(), &failure);
                self.failed(live, &failure, error, LeftAt::Command).await
            }
        }
    }

    async fn run_to_the_end(&self, request: &Request, live: &LiveSession) -> Result<Read, Failure> {
        let mut read = self.run_once(request, live, request.command.width).await?;
        if read == Read::NotFormatted {
            if let Some(input) = &self.input
                && !input.is_whole().await
            {
                self.error(self.cmdlet.input_is_gone(&live.session().computer_name));
                return Ok(read);
            }
            read = self.run_once(request, live, None).await?;
        }
        if request.last_exit_code && read == Read::ToTheEnd && !self.interrupt.is_set() {
            self.ask_for_last_exit_code(live).await?;
        }
        Ok(read)
    }

    async fn run_once(
        &self,
        request: &Request,
        live: &LiveSession,
        width: Option<u16>,
    ) -> Result<Read, Failure> {
        let mut pipeline = live.invoke(self.create(request, width), Reader::ThisClient).await?;
        let input = pipeline.input();
        let interrupts = self.running(&self.source(live), request.on_interrupt);
        let mut is_first = true;
        let watch = |event: &PipelineEvent| {
            let is_unformatted = is_first && is_without_out_string(event);
            // Windows says at first that it prepares its modules.
            is_first &= matches!(event, PipelineEvent::Progress(_));
            is_unformatted.then_some(Read::NotFormatted)
        };
        let send = pin!(self.send_input(&input));
        let read = pin!(self.read(live, &mut pipeline, interrupts, watch));
        match select(read, send).await {
            // What is left of the input has no reader any more.
            Either::Left((read, _)) => read,
            // That input could not be sent is said by the command's end.
            Either::Right((_, read)) => read.await,
        }
    }

    async fn ask_for_last_exit_code(&self, live: &LiveSession) -> Result<(), Failure> {
        let create = CreatePipeline::new(vec![Command::script("$global:LASTEXITCODE")]);
        let mut pipeline = live.invoke(create, Reader::ThisClient).await?;
        while let Some(event) = pipeline.next().await? {
            if let PipelineEvent::Output(object) = event
                && let Some(code) = object.as_i32()
            {
                self.yield_event(Event::LastExitCode { source: self.source(live), code });
            }
        }
        Ok(())
    }

    /// Starts the command for the client that connects to its session next.
    async fn start_and_leave(&self, request: &Request, live: &LiveSession) -> Result<Read, Failure> {
        let mut pipeline = live.invoke(self.create(request, None), Reader::NextClient).await?;
        let input = pipeline.input();
        self.send_input(&input).await?;
        input.sent_but(0).await?;
        // It may not have been started, or not with all its input.
        if !pipeline.goes_on().await? {
            while pipeline.next().await?.is_some() {}
        }
        self.leave(live, Leaving::Started).await?;
        Ok(Read::Left)
    }

    async fn send_input(&self, pipeline: &PipelineInput) -> Result<(), Failure> {
        match &self.input {
            Some(input) => input.send(pipeline, |error| self.error(error)).await,
            None => Ok(()),
        }
    }

    /// The pipeline of a request. Its lines of text are made on the server, where PowerShell's own formats are.
    fn create(&self, request: &Request, width: Option<u16>) -> CreatePipeline {
        let command = &request.command;
        let mut first = match &command.text {
            CommandText::Script(text) => Command::script(text),
            CommandText::Name(name) => Command::named(name),
        };
        for argument in &command.arguments {
            first = first.with(argument.name.as_deref(), argument.value.0.clone());
        }
        let out_string = |width: u16| {
            Command::named("Out-String")
                .with(Some("Stream"), Value::Bool(true))
                .with(Some("Width"), Value::I32(width.into()))
        };
        let commands = std::iter::once(first).chain(width.map(out_string)).collect();
        CreatePipeline {
            no_input: !command.has_input,
            host: self.settings.host.clone(),
            ..CreatePipeline::new(commands)
        }
    }
}

/// Whether a pipeline failed for want of Out-String, before anything ran. Endpoints with few commands have none.
fn is_without_out_string(event: &PipelineEvent) -> bool {
    read::error_of(event).is_some_and(|error| {
        error.fully_qualified_error_id == "CommandNotFoundException"
            && error.category_info.target_name.eq_ignore_ascii_case("Out-String")
    })
}
