//! A pipeline of the server half: it works through the steps of its commands as time passes.

use std::collections::VecDeque;
use std::time::Instant;

use roxmltree::Document;

use super::clixml::{self, Members, decode};
use super::format::Formatter;
use super::host::{self, Question};
use super::pool::RunspacePool;
use super::record::{self, End, ErrorRecord};
use super::script::{Call, Runspace, Step, Then, metadata};
use super::value::Value;
use super::wire::{ClientMessage, MessageType};

/// Bounds what one pipeline does.
const MAX_STEPS: u32 = 1_000_000;

/// What CREATE_PIPELINE or GET_COMMAND_METADATA asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePipeline {
    work: Work,
    no_input: bool,
    host: Host,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Work {
    Commands(Vec<Command>),
    Metadata(Vec<String>),
}

/// One command of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    /// Of a script the name is its text.
    call: Call,
    is_script: bool,
    /// Its errors go to the next command, or those before it come to this.
    merges_errors: bool,
}

/// The host of the client that a pipeline may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    None,
    Own,
    /// That of the pool, if it has one.
    OfPool,
}

impl CreatePipeline {
    /// A script of a client that has a host and sends no input.
    pub fn script(text: &str) -> CreatePipeline {
        let call = Call { name: text.to_owned(), positional: Vec::new(), named: Vec::new() };
        let command = Command { call, is_script: true, merges_errors: false };
        CreatePipeline { work: Work::Commands(vec![command]), no_input: true, host: Host::Own }
    }

    /// Reads the data of a message; `None` where a member is missing that PowerShell insists on.
    pub fn read(message: &ClientMessage, runspace: &Runspace) -> Option<CreatePipeline> {
        let document = Document::parse(&message.data).ok()?;
        let members = Members::of(&document)?;
        if message.kind == MessageType::GetCommandMetadata {
            let names = members.get("Name")?.descendants().filter(|node| node.has_tag_name("S"));
            let names = names.map(|node| decode(node.text().unwrap_or_default())).collect();
            return Some(CreatePipeline { work: Work::Metadata(names), no_input: true, host: Host::None });
        }
        let host = members.bag("HostInfo")?;
        // Mandatory although this listener makes nothing of them: PowerShell breaks the pool without.
        members.get("ApartmentState")?;
        members.get("AddToHistory")?;
        let commands = members.bag("PowerShell")?.list("Cmds");
        let commands: Option<Vec<Command>> =
            commands.iter().map(|command| Command::read(command, runspace)).collect();
        Some(CreatePipeline {
            work: Work::Commands(commands?),
            no_input: members.text("NoInput")? == "true",
            host: match (host.text("_useRunspaceHost"), host.text("_isHostNull")?) {
                (Some("true"), _) => Host::OfPool,
                (_, "true") => Host::None,
                _ => Host::Own,
            },
        })
    }
}

impl Command {
    fn read(command: &Members, runspace: &Runspace) -> Option<Command> {
        let mut call = Call { name: decode(command.text("Cmd")?), positional: Vec::new(), named: Vec::new() };
        for argument in command.list("Args") {
            let value = Value::read(argument.get("V")?, &runspace.key);
            match argument.text("N").filter(|name| !name.is_empty()) {
                Some(name) => call.named.push((decode(name).trim_matches(['-', ':']).to_owned(), value)),
                None => call.positional.push(value),
            }
        }
        // PipelineResultTypes None is 0.
        let merges = |name: &str| {
            let number = command.get(name)?.children().find(|child| child.has_tag_name("I32"))?;
            number.text()?.parse::<i32>().ok().filter(|types| *types != 0)
        };
        let merges_errors =
            ["MergeMyResult", "MergePreviousResults"].iter().any(|name| merges(name).is_some());
        Some(Command { call, is_script: command.text("IsScript")? == "true", merges_errors })
    }
}

/// What a running pipeline has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Message(MessageType, String),
    /// PIPELINE_HOST_CALL of a method that returns something; nothing comes before it did.
    HostCall(String),
    /// PIPELINE_STATE; nothing comes after it.
    Ended(String),
}

/// What becomes of a pipeline's output.
#[derive(Debug)]
enum Sink {
    Objects,
    /// Out-String -Stream: a string for each line.
    Lines(Formatter),
    /// Out-String: one string in the end.
    Whole(Formatter, String),
    /// Out-Default: the host writes it.
    Host(Formatter),
    Nothing,
}

/// A pipeline from its start to its end.
#[derive(Debug)]
pub struct Pipeline {
    steps: VecDeque<Step>,
    /// Bounds the steps to come.
    steps_left: u32,
    /// What happened and was not taken yet.
    events: VecDeque<Event>,
    /// When the first of the steps is due.
    ready_at: Instant,
    input: Input,
    has_host: bool,
    sink: Sink,
    merges_errors: bool,
    /// What the statements put out whose output is wanted, the innermost last.
    collected: Vec<Vec<Value>>,
    /// The id of the last host call, from 1.
    last_call: i64,
    /// The command that asked and has no answer yet.
    asking: Option<&'static str>,
    responses: VecDeque<String>,
}

/// What the client sent to the pipeline, as CLIXML texts.
#[derive(Debug)]
enum Input {
    Open(Vec<String>),
    Ended(Vec<String>),
}

impl Pipeline {
    /// A pipeline that starts at `now`.
    pub fn start(create: &CreatePipeline, pool: &mut RunspacePool, now: Instant) -> Pipeline {
        let has_host = match create.host {
            Host::None => false,
            Host::Own => true,
            Host::OfPool => pool.has_host,
        };
        let mut pipeline = Pipeline {
            steps: VecDeque::new(),
            steps_left: MAX_STEPS,
            events: VecDeque::new(),
            ready_at: now,
            input: if create.no_input { Input::Ended(Vec::new()) } else { Input::Open(Vec::new()) },
            has_host,
            sink: Sink::Objects,
            merges_errors: false,
            collected: Vec::new(),
            last_call: 0,
            asking: None,
            responses: VecDeque::new(),
        };
        let steps = match &create.work {
            Work::Commands(commands) => pipeline.begin(commands, &mut pool.runspace),
            Work::Metadata(names) => {
                Ok(metadata(names, pool.runspace.visible()).into_iter().map(Step::Output).collect())
            }
        };
        let end = match steps {
            Ok(steps) => {
                pipeline.steps.extend(steps);
                End::Completed
            }
            Err(error) => End::Failed(error),
        };
        pipeline.steps.push_back(Step::End(end));
        pipeline
    }

    /// The steps of the first command; those after it are what takes its output. One that does not exist keeps all from
    /// running.
    fn begin(&mut self, commands: &[Command], runspace: &mut Runspace) -> Result<Vec<Step>, ErrorRecord> {
        self.merges_errors = commands.iter().any(|command| command.merges_errors);
        let Some((first, rest)) = commands.split_first() else { return Ok(Vec::new()) };
        for Command { call, is_script, .. } in commands {
            match is_script {
                true if !runspace.has_language => return Err(record::no_language()),
                false if !runspace.knows(&call.name) => return Err(record::command_not_found(&call.name)),
                true | false => {}
            }
        }
        // Out-Default alone shows the client's input.
        let takes_input = !first.is_script && first.call.name.to_ascii_lowercase().starts_with("out-");
        for Command { call, .. } in if takes_input { commands } else { rest } {
            self.sink = match call.name.to_ascii_lowercase().as_str() {
                "out-string" if call.switch("Stream") => Sink::Lines(Formatter::default()),
                "out-string" => Sink::Whole(Formatter::default(), String::new()),
                "out-default" if self.has_host => Sink::Host(Formatter::default()),
                "out-default" => Sink::Objects,
                "out-null" => Sink::Nothing,
                _ => return Err(record::command_not_found(&call.name)),
            };
        }
        match first.is_script {
            true => runspace.script(&first.call),
            false if takes_input => Ok(vec![Step::Input]),
            false => Ok(vec![Step::Call(first.call.clone())]),
        }
    }

    /// True while a host call has no answer.
    pub fn awaits_host(&self) -> bool {
        self.asking.is_some() && self.responses.is_empty()
    }

    /// Makes this step the pipeline's first.
    pub fn begin_with(&mut self, step: Step) {
        self.steps.push_front(step);
    }

    /// Takes in a message of the client.
    pub fn receive(&mut self, message: ClientMessage) {
        match (message.kind, &mut self.input) {
            (MessageType::PipelineInput, Input::Open(objects)) => objects.push(message.data),
            (MessageType::EndOfPipelineInput, Input::Open(objects)) => {
                self.input = Input::Ended(std::mem::take(objects));
            }
            (MessageType::PipelineHostResponse, _) if self.asking.is_some() => {
                self.responses.push_back(message.data);
            }
            _ => {}
        }
    }

    /// When the pipeline has something to do of itself; `None` while it waits for its client.
    pub fn wakeup(&self) -> Option<Instant> {
        if !self.events.is_empty() {
            return Some(self.ready_at);
        }
        if self.awaits_host() {
            return None;
        }
        match (self.steps.front()?, &self.input) {
            (Step::WaitForEver, _) => None,
            // One that cannot begin fails at once.
            (Step::Input | Step::End(End::Completed), Input::Open(_)) => None,
            _ => Some(self.ready_at),
        }
    }

    /// The next thing that happens by `now`.
    pub fn next(&mut self, now: Instant, runspace: &mut Runspace) -> Option<Event> {
        while self.wakeup().is_some_and(|due| due <= now) {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if let Some(command) = self.asking {
                self.take_response(command, runspace);
                continue;
            }
            let step = self.steps.pop_front()?;
            self.steps_left = self.steps_left.saturating_sub(1);
            let steps = match self.steps_left {
                0 => Err(End::Failed(record::parse_error("The script does too much.", "TooManySteps"))),
                _ => self.perform(step, runspace),
            };
            match steps {
                Ok(steps) => steps.into_iter().rev().for_each(|step| self.steps.push_front(step)),
                Err(end) => self.end(&end, runspace),
            }
        }
        None
    }

    /// Does a step; it may become others.
    fn perform(&mut self, step: Step, runspace: &mut Runspace) -> Result<Vec<Step>, End> {
        match step {
            Step::Output(value) => self.put_out(value, runspace),
            Step::Error(error) => self.put_out_error(&error),
            Step::Record(kind, data) => self.events.push_back(Event::Message(kind, data)),
            Step::HostCall(call) => self.call_host(call),
            Step::Statement(text, depth) => return runspace.statement(&text, depth, self.has_host),
            Step::Body { variable, value, body, depth } => {
                return runspace.body(&variable, value, &body, depth);
            }
            Step::Call(call) => return runspace.call(&call, self.has_host),
            Step::Sleep(length) => self.ready_at += length,
            Step::WaitForEver => {}
            Step::Input => return Ok(self.take_input(runspace)),
            Step::Ask(command, question) => {
                self.last_call += 1;
                self.asking = Some(command);
                self.events.push_back(Event::HostCall(question.call(self.last_call)));
            }
            Step::Collect => self.collected.push(Vec::new()),
            Step::Collected(then) => {
                let values = self.collected.pop().unwrap_or_default();
                return Ok(finish(then, values, runspace));
            }
            Step::End(end) => return Err(end),
        }
        Ok(Vec::new())
    }

    fn call_host(&mut self, call: String) {
        self.events.push_back(Event::Message(MessageType::PipelineHostCall, call));
    }

    fn put_out(&mut self, value: Value, runspace: &Runspace) {
        if let Some(values) = self.collected.last_mut() {
            return values.push(value);
        }
        match &mut self.sink {
            Sink::Objects => {
                // PowerShell puts nothing where the null would be, and its client takes nothing else.
                let data = if value == Value::Null { String::new() } else { value.clixml(&runspace.key) };
                self.events.push_back(Event::Message(MessageType::PipelineOutput, data));
            }
            Sink::Nothing => {}
            Sink::Lines(formatter) | Sink::Whole(formatter, _) | Sink::Host(formatter) => {
                let lines = formatter.push(&value);
                self.put_out_lines(lines);
            }
        }
    }

    fn put_out_lines(&mut self, lines: Vec<String>) {
        for line in lines {
            match &mut self.sink {
                Sink::Whole(_, whole) => {
                    whole.push_str(&line);
                    whole.push_str("\r\n");
                }
                Sink::Host(_) => self.call_host(host::write_line(&line)),
                Sink::Lines(_) | Sink::Objects | Sink::Nothing => {
                    self.events.push_back(Event::Message(MessageType::PipelineOutput, clixml::string(&line)));
                }
            }
        }
    }

    fn put_out_error(&mut self, error: &ErrorRecord) {
        match &self.sink {
            Sink::Host(_) if self.merges_errors => {
                self.call_host(host::write_stream("Error", &error.shown()))
            }
            Sink::Objects if self.merges_errors => {
                self.events.push_back(Event::Message(MessageType::PipelineOutput, error.message()));
            }
            _ => self.events.push_back(Event::Message(MessageType::ErrorRecord, error.message())),
        }
    }

    fn take_input(&mut self, runspace: &Runspace) -> Vec<Step> {
        let Input::Ended(objects) = &mut self.input else { return Vec::new() };
        let read = |data: String| {
            let document = Document::parse(&data).ok()?;
            Some(Step::Output(Value::read(document.root_element(), &runspace.key)))
        };
        std::mem::take(objects).into_iter().filter_map(read).collect()
    }

    fn take_response(&mut self, command: &'static str, runspace: &Runspace) {
        let Some(data) = self.responses.pop_front() else { return };
        let Some(answer) = Question::answer(&data, self.last_call, &runspace.key) else { return };
        self.asking = None;
        self.steps.push_front(match answer {
            Ok(value) => Step::Output(value),
            Err(message) => Step::Error(record::host_failed(command, &message)),
        });
    }

    /// What was held back, and the end.
    fn end(&mut self, end: &End, runspace: &Runspace) {
        self.steps.clear();
        self.collected.clear();
        if let Sink::Lines(formatter) | Sink::Whole(formatter, _) | Sink::Host(formatter) = &mut self.sink {
            let lines = formatter.end();
            self.put_out_lines(lines);
        }
        if let Sink::Whole(_, whole) = std::mem::replace(&mut self.sink, Sink::Objects) {
            self.put_out(Value::String(whole), runspace);
        }
        self.events.push_back(Event::Ended(end.pipeline_state()));
    }

    /// Time did not count for the pipeline: it had to wait for its client.
    pub fn hold(&mut self, now: Instant) {
        self.ready_at = self.ready_at.max(now);
    }

    /// The state in which a stopped pipeline ends.
    pub fn stopped_state() -> String {
        End::Stopped.pipeline_state()
    }
}

/// What becomes of the output of a statement.
fn finish(then: Then, values: Vec<Value>, runspace: &mut Runspace) -> Vec<Step> {
    match then {
        Then::Assign(name) => runspace.set(&name, values),
        Then::ForEach { variable, body, depth } => {
            let step = |value| Step::Body { variable: variable.clone(), value, body: body.clone(), depth };
            return values.into_iter().map(step).collect();
        }
        Then::Format { stream } => {
            let mut formatter = Formatter::default();
            let mut lines: Vec<String> = values.iter().flat_map(|value| formatter.push(value)).collect();
            lines.extend(formatter.end());
            return match stream {
                true => lines.into_iter().map(|line| Step::Output(Value::String(line))).collect(),
                false => vec![Step::Output(Value::String(
                    lines.iter().map(|line| format!("{line}\r\n")).collect(),
                ))],
            };
        }
        Then::Discard => {}
    }
    Vec::new()
}
