//! A command of a shell: the WS-Management side of a pipeline.

use std::time::Instant;

use uuid::Uuid;

use super::output::OutputStream;
use super::{BufferRules, CommandState};
use crate::powershell::Output;
use crate::psrp::{
    Boundary, ClientMessage, CreatePipeline, Event, GuidBytes, MessageType, Outgoing, Pipeline, PoolError,
    Reassembler, Runspace, RunspacePool, ServerMessage, Step, preparing_modules,
};

/// Windows' client cuts the text that it shows for a command here.
const MAX_COMMAND_LINE: usize = 256;

/// A command, from the request that made it until it is terminated.
#[derive(Debug)]
pub struct Command {
    pub id: String,
    /// What the client wants to be shown as its text.
    pub command_line: String,
    /// A command is left behind when its shell disconnects, and has to be connected after its shell was.
    pub connected: bool,
    pub output: OutputStream,
    input: Reassembler,
    pid: GuidBytes,
    progress: Progress,
}

/// How far the pipeline is.
#[derive(Debug)]
enum Progress {
    /// Fragments of CREATE_PIPELINE are missing.
    Creating,
    /// It waits for a free runspace; its input is kept.
    Queued(CreatePipeline, Vec<ClientMessage>),
    Running(Pipeline),
    /// The shell's PowerShell runs it.
    InPowerShell {
        awaits_host: bool,
    },
    Ended,
}

impl Command {
    pub fn new(id: String, command_line: String, connected: bool) -> Command {
        Command {
            id,
            command_line,
            connected,
            output: OutputStream::default(),
            input: Reassembler::default(),
            pid: [0; 16],
            progress: Progress::Creating,
        }
    }

    /// A command whose pipeline has this script, started by a client with a host that has left. As Windows'
    /// own client does, it gave the script as the command's text.
    pub fn with_script(id: String, pid: GuidBytes, script: &str) -> Command {
        let create = CreatePipeline::script(script);
        Command {
            pid,
            progress: Progress::Queued(create, Vec::new()),
            ..Command::new(id, script.chars().take(MAX_COMMAND_LINE).collect(), false)
        }
    }

    /// A command whose pipeline the shell's PowerShell runs.
    pub fn in_powershell(id: String, command_line: String, pid: GuidBytes) -> Command {
        let progress = Progress::InPowerShell { awaits_host: false };
        Command { pid, progress, ..Command::new(id, command_line, true) }
    }

    /// What PowerShell calls the pipeline.
    pub fn pipeline_id(&self) -> Uuid {
        Uuid::from_bytes_le(self.pid)
    }

    /// What Windows says of a pipeline that ended and was not fetched is not known.
    pub fn state(&self) -> CommandState {
        match &self.progress {
            Progress::Ended => CommandState::Done,
            Progress::Running(pipeline) if pipeline.awaits_host() => CommandState::Pending,
            Progress::InPowerShell { awaits_host: true } => CommandState::Pending,
            Progress::Creating
            | Progress::Queued(..)
            | Progress::Running(_)
            | Progress::InPowerShell { awaits_host: false } => CommandState::Running,
        }
    }

    pub fn is_running(&self) -> bool {
        matches!(self.progress, Progress::Running(_))
    }

    /// Takes in octets of the client's stream for this command.
    pub fn receive(&mut self, octets: &[u8], runspace: &Runspace, now: Instant) -> Result<(), PoolError> {
        let messages = self.input.push(octets)?;
        messages.into_iter().try_for_each(|message| self.receive_message(message, runspace, now))
    }

    fn receive_message(
        &mut self,
        message: ClientMessage,
        runspace: &Runspace,
        now: Instant,
    ) -> Result<(), PoolError> {
        match (&mut self.progress, message.kind) {
            (Progress::Creating, MessageType::CreatePipeline | MessageType::GetCommandMetadata) => {
                let create =
                    CreatePipeline::read(&message, runspace).ok_or(PoolError::BadData(message.kind))?;
                self.pid = message.pid;
                self.progress = Progress::Queued(create, Vec::new());
            }
            (Progress::Creating, found) => {
                return Err(PoolError::Unexpected { expected: "CREATE_PIPELINE", found });
            }
            (Progress::Queued(_, input), _) => input.push(message),
            (Progress::Running(pipeline), _) => {
                pipeline.hold(now);
                pipeline.receive(message);
            }
            // The client cannot know yet that its input is no longer read.
            (Progress::InPowerShell { .. } | Progress::Ended, _) => {}
        }
        Ok(())
    }

    /// Takes in a message that came on the pool's stream, if it names this pipeline: PowerShell looks at the
    /// PID and not at the CommandId.
    pub fn receive_own(
        &mut self,
        message: &ClientMessage,
        runspace: &Runspace,
        now: Instant,
    ) -> Result<(), PoolError> {
        let named = !matches!(self.progress, Progress::Creating) && self.pid == message.pid;
        if named { self.receive_message(message.clone(), runspace, now) } else { Ok(()) }
    }

    /// Starts the pipeline if it waits for a runspace; true if it did. `first`: it is the first one of its
    /// pool.
    pub fn start(&mut self, pool: &mut RunspacePool, now: Instant, first: bool) -> bool {
        let Progress::Queued(create, input) = &mut self.progress else { return false };
        let mut pipeline = Pipeline::start(create, pool, now);
        for message in std::mem::take(input) {
            pipeline.receive(message);
        }
        if first {
            pipeline.begin_with(Step::Record(MessageType::ProgressRecord, preparing_modules()));
        }
        self.progress = Progress::Running(pipeline);
        true
    }

    /// Lets the pipeline do what is due, as far as there is room for its output.
    pub fn advance(&mut self, pool: &mut RunspacePool, now: Instant, rules: BufferRules) {
        let Progress::Running(pipeline) = &mut self.progress else { return };
        loop {
            if rules.are_full(&self.output) {
                return pipeline.hold(now);
            }
            match pipeline.next(now, &mut pool.runspace) {
                None => break,
                Some(Event::Message(kind, data)) => self.output.push(pool.message(kind, self.pid, &data)),
                Some(Event::HostCall(data)) => {
                    let call = pool.message(MessageType::PipelineHostCall, self.pid, &data);
                    self.output.push(Outgoing { boundary: Boundary::AsksClient, ..call });
                }
                Some(Event::Ended(state)) => return self.end(pool, &state),
            }
            rules.trim(&mut self.output);
        }
    }

    /// Takes in octets of the shell's PowerShell.
    pub fn pass_on(&mut self, output: Output, rules: BufferRules) {
        let ended = output.messages.iter().any(ServerMessage::ends_pipeline);
        let asks = output.messages.iter().any(ServerMessage::asks_client);
        let boundary = if asks { Boundary::AsksClient } else { Boundary::None };
        self.output.push(Outgoing { fragments: vec![output.octets], boundary });
        rules.trim(&mut self.output);
        if ended {
            self.output.end();
            self.progress = Progress::Ended;
        } else if let Progress::InPowerShell { awaits_host } = &mut self.progress {
            *awaits_host |= asks;
        }
    }

    /// The client sends PowerShell something, which can only be what it asked for.
    pub fn answered(&mut self) {
        if let Progress::InPowerShell { awaits_host } = &mut self.progress {
            *awaits_host = false;
        }
    }

    /// When the pipeline next does something of itself.
    pub fn wakeup(&self, rules: BufferRules) -> Option<Instant> {
        match &self.progress {
            Progress::Running(pipeline) if !rules.are_full(&self.output) => pipeline.wakeup(),
            _ => None,
        }
    }

    /// Stops the pipeline, running or not yet; its last message says so.
    pub fn stop(&mut self, pool: &mut RunspacePool) {
        if !matches!(self.progress, Progress::Ended) {
            self.end(pool, &Pipeline::stopped_state());
        }
    }

    fn end(&mut self, pool: &mut RunspacePool, state: &str) {
        self.output.push(pool.message(MessageType::PipelineState, self.pid, state));
        self.output.end();
        self.progress = Progress::Ended;
    }
}
