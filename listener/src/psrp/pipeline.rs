//! A pipeline of the server half: it works through the steps of its script as time passes.

use std::collections::VecDeque;
use std::time::Instant;

use roxmltree::Document;

use super::clixml::{self, Members, decode};
use super::pool::RunspacePool;
use super::record;
use super::script::Step;
use super::wire::{ClientMessage, MessageType};

/// What a CREATE_PIPELINE message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePipeline {
    pub script: String,
    pub no_input: bool,
    pub host: Host,
}

/// The host of the client that a pipeline may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    None,
    Own,
    /// That of the pool, if it has one.
    OfPool,
}

impl CreatePipeline {
    /// Reads the data of the message; `None` where a member is missing that PowerShell insists on.
    pub fn read(data: &str) -> Option<CreatePipeline> {
        let document = Document::parse(data).ok()?;
        let members = Members::of(&document)?;
        let host = members.bag("HostInfo")?;
        // Mandatory although this listener makes nothing of them: PowerShell breaks the pool without.
        members.get("ApartmentState")?;
        members.get("AddToHistory")?;
        let commands = members.bag("PowerShell")?.list("Cmds");
        let script: Option<Vec<String>> = commands.iter().map(command_text).collect();
        Some(CreatePipeline {
            script: script?.join(" | "),
            no_input: members.text("NoInput")? == "true",
            host: match (host.text("_useRunspaceHost"), host.text("_isHostNull")?) {
                (Some("true"), _) => Host::OfPool,
                (_, "true") => Host::None,
                _ => Host::Own,
            },
        })
    }
}

/// One command of a pipeline as the line that would have the same effect.
fn command_text(command: &Members) -> Option<String> {
    let mut text = decode(command.text("Cmd")?);
    command.text("IsScript")?;
    for argument in command.list("Args") {
        if let Some(name) = argument.text("N").filter(|name| !name.is_empty()) {
            text.push_str(&format!(" -{}", decode(name).trim_start_matches('-')));
        }
        let value = argument.get("V")?;
        match (value.tag_name().name(), value.text().unwrap_or_default()) {
            ("Nil", _) => {}
            ("I32" | "I64", number) => text.push_str(&format!(" {number}")),
            (_, string) => text.push_str(&format!(" '{}'", decode(string).replace('\'', "''"))),
        }
    }
    Some(text)
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

/// A pipeline from its start to its end.
#[derive(Debug)]
pub struct Pipeline {
    steps: VecDeque<Step>,
    /// When the first of the steps is due.
    ready_at: Instant,
    input: Input,
    /// The id of the last host call, from 1.
    last_call: i64,
    /// That host call has no answer yet.
    awaits_host: bool,
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
        let steps = pool.runspace.compile(&create.script, has_host).into();
        let input = if create.no_input { Input::Ended(Vec::new()) } else { Input::Open(Vec::new()) };
        Pipeline { steps, ready_at: now, input, last_call: 0, awaits_host: false }
    }

    /// True while a host call has no answer.
    pub fn awaits_host(&self) -> bool {
        self.awaits_host
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
            (MessageType::PipelineHostResponse, _) if self.awaits_host => {
                if let Some(answer) = host_answer(&message.data, self.last_call) {
                    self.awaits_host = false;
                    self.steps.push_front(answer);
                }
            }
            _ => {}
        }
    }

    /// When the pipeline has something to do of itself; `None` while it waits for its client.
    pub fn wakeup(&self) -> Option<Instant> {
        if self.awaits_host {
            return None;
        }
        match (self.steps.front()?, &self.input) {
            (Step::WaitForEver, _) => None,
            (Step::Input | Step::End(_), Input::Open(_)) => None,
            _ => Some(self.ready_at),
        }
    }

    /// The next thing that happens by `now`.
    pub fn next(&mut self, now: Instant) -> Option<Event> {
        while self.wakeup().is_some_and(|due| due <= now) {
            match self.steps.pop_front()? {
                Step::Message(kind, data) => return Some(Event::Message(kind, data)),
                Step::Sleep(length) => self.ready_at += length,
                Step::End(state) => return Some(Event::Ended(state)),
                Step::Input => self.put_out_input(),
                Step::ReadHost(prompt) => {
                    self.last_call += 1;
                    self.awaits_host = true;
                    return Some(Event::HostCall(record::prompt(self.last_call, &prompt)));
                }
                Step::WaitForEver => return None,
            }
        }
        None
    }

    /// Lets time pass without doing anything: the client does not fetch what was put out.
    pub fn hold(&mut self, now: Instant) {
        self.ready_at = self.ready_at.max(now);
    }

    /// The state in which a stopped pipeline ends.
    pub fn stopped_state() -> String {
        record::stopped()
    }

    fn put_out_input(&mut self) {
        if let Input::Ended(objects) = &mut self.input {
            for object in std::mem::take(objects).into_iter().rev() {
                self.steps.push_front(Step::Message(MessageType::PipelineOutput, object));
            }
        }
    }
}

/// What Read-Host puts out once PIPELINE_HOST_RESPONSE has come: the value of the one field that was asked
/// for, or the error that the client's host ended with. `None` where the message answers another call.
fn host_answer(data: &str, call_id: i64) -> Option<Step> {
    let document = Document::parse(data).ok()?;
    let members = Members::of(&document)?;
    if members.number("ci") != Some(call_id) {
        return None;
    }
    if let Some(error) = members.get("me") {
        let message = error.children().find(|child| child.has_tag_name("ToString"));
        let message = decode(message.and_then(|node| node.text()).unwrap_or_default());
        return Some(Step::Message(MessageType::ErrorRecord, record::host_failed(&message)));
    }
    let value = members.get("mr")?.descendants().find(|node| node.attribute("N") == Some("Value"))?;
    let value = clixml::string(&decode(value.text().unwrap_or_default()));
    Some(Step::Message(MessageType::PipelineOutput, value))
}
