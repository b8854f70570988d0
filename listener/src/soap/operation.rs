//! Reading the bodies of requests, with the order of elements that the schema of MS-WSMV demands.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use roxmltree::Node;

use super::duration;
use super::fault::{Fault, FaultKind};
use super::names::{self, Verb};
use super::node::{child, elements, text};
use super::request::selector;
use crate::shell::BufferMode;

/// What a request wants done, with the arguments from its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Get,
    Delete,
    Create(CreateShell),
    Enumerate(Enumerate),
    Pull { context: String, max_elements: Option<usize> },
    Release { context: String },
    Command(CreateCommand),
    Send(Vec<Chunk>),
    Receive { command_id: Option<String> },
    Signal { command_id: Option<String>, code: String },
    Connect(Connect),
    Disconnect { idle_timeout: Option<Duration>, buffer_mode: Option<BufferMode> },
    Reconnect { command_id: Option<String>, buffer_mode: Option<BufferMode> },
}

/// `rsp:Shell` of a Create. ShellId and Name are attributes here and elements in answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateShell {
    pub shell_id: Option<String>,
    pub name: Option<String>,
    pub idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    /// The decoded creationXml.
    pub creation_xml: Option<Vec<u8>>,
}

/// `n:Enumerate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enumerate {
    /// Items are wanted in this answer already.
    pub optimize: bool,
    pub max_elements: Option<usize>,
    /// The shell of a selector filter.
    pub filter: Option<String>,
}

/// `rsp:CommandLine` of a Command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCommand {
    pub command_id: Option<String>,
    pub command_line: String,
    /// The decoded Arguments: the first fragment of CREATE_PIPELINE.
    pub arguments: Vec<u8>,
}

/// One `rsp:Stream` of a Send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub command_id: Option<String>,
    pub data: Vec<u8>,
}

/// `rsp:Connect`: to the shell, or to one of its commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connect {
    Shell { buffer_mode: Option<BufferMode>, connect_xml: Option<Vec<u8>> },
    Command { command_id: String },
}

impl Operation {
    /// Reads the body of a request with this verb.
    pub fn read(verb: Verb, body: Node) -> Result<Operation, Fault> {
        let only = only_child(body)?;
        match verb {
            Verb::Get => nothing(only).map(|()| Operation::Get),
            Verb::Delete => nothing(only).map(|()| Operation::Delete),
            Verb::Create => create(named(only, names::SHELL, "Shell")?),
            Verb::Enumerate => enumerate(named(only, names::ENUMERATION, "Enumerate")?),
            Verb::Pull => {
                let pull = named(only, names::ENUMERATION, "Pull")?;
                Ok(Operation::Pull {
                    context: content(pull, names::ENUMERATION, "EnumerationContext")?,
                    max_elements: max_elements(child(pull, names::ENUMERATION, "MaxElements"))?,
                })
            }
            Verb::Release => {
                let release = named(only, names::ENUMERATION, "Release")?;
                Ok(Operation::Release {
                    context: content(release, names::ENUMERATION, "EnumerationContext")?,
                })
            }
            Verb::Command => command(named(only, names::SHELL, "CommandLine")?),
            Verb::Send => send(named(only, names::SHELL, "Send")?),
            Verb::Receive => receive(named(only, names::SHELL, "Receive")?),
            Verb::Signal => {
                let signal = named(only, names::SHELL, "Signal")?;
                Ok(Operation::Signal { command_id: id(signal), code: content(signal, names::SHELL, "Code")? })
            }
            Verb::Connect => connect(named(only, names::SHELL, "Connect")?),
            Verb::Disconnect => disconnect(named(only, names::SHELL, "Disconnect")?),
            // An empty body is what was recorded; the element is accepted by live servers as well.
            Verb::Reconnect => match only {
                None => Ok(Operation::Reconnect { command_id: None, buffer_mode: None }),
                some => {
                    let reconnect = named(some, names::SHELL, "Reconnect")?;
                    let mode = child(reconnect, names::SHELL, "BufferMode").map(buffer_mode).transpose()?;
                    Ok(Operation::Reconnect { command_id: id(reconnect), buffer_mode: mode })
                }
            },
        }
    }
}

fn invalid(why: impl Into<String>) -> Fault {
    Fault::new(FaultKind::SchemaValidation, why)
}

fn only_child<'a, 'input>(body: Node<'a, 'input>) -> Result<Option<Node<'a, 'input>>, Fault> {
    let mut children = elements(body);
    match (children.next(), children.next()) {
        (only, None) => Ok(only),
        (_, Some(second)) => {
            Err(invalid(format!("the body has a second element, {}", second.tag_name().name())))
        }
    }
}

fn nothing(node: Option<Node>) -> Result<(), Fault> {
    node.map_or(Ok(()), |node| Err(invalid(format!("the body is not empty: {}", node.tag_name().name()))))
}

fn named<'a, 'input>(
    node: Option<Node<'a, 'input>>,
    namespace: &str,
    name: &str,
) -> Result<Node<'a, 'input>, Fault> {
    node.filter(|node| node.has_tag_name((namespace, name)))
        .ok_or_else(|| invalid(format!("the body is no {name} of {namespace}")))
}

fn content(node: Node, namespace: &str, name: &str) -> Result<String, Fault> {
    let node = child(node, namespace, name).ok_or_else(|| invalid(format!("{name} is missing")))?;
    Ok(text(node).to_owned())
}

fn id(node: Node) -> Option<String> {
    node.attribute("CommandId").map(str::to_owned)
}

fn base64(node: Node) -> Result<Vec<u8>, Fault> {
    let name = node.tag_name().name();
    let text: String = text(node).split_ascii_whitespace().collect();
    BASE64.decode(text).map_err(|error| invalid(format!("{name} is no base64: {error}")))
}

fn duration(node: Node) -> Result<Duration, Fault> {
    let name = node.tag_name().name();
    duration::parse(text(node)).ok_or_else(|| invalid(format!("{name} {} is no duration", text(node))))
}

fn buffer_mode(node: Node) -> Result<BufferMode, Fault> {
    match text(node) {
        "Block" => Ok(BufferMode::Block),
        "Drop" => Ok(BufferMode::Drop),
        other => Err(invalid(format!("BufferMode is {other} and not Block or Drop"))),
    }
}

fn max_elements(node: Option<Node>) -> Result<Option<usize>, Fault> {
    let number = |node: Node| match text(node).parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(invalid(format!("MaxElements is {} and no positive number", text(node)))),
    };
    node.map(number).transpose()
}

fn create(shell: Node) -> Result<Operation, Fault> {
    let mut create = CreateShell {
        shell_id: shell.attribute("ShellId").map(str::to_owned),
        name: shell.attribute("Name").map(str::to_owned),
        ..CreateShell::default()
    };
    // The schema is a sequence, but which positions Windows insists on in a Create is not known; so any order
    // is taken, and unknown elements are refused (`IdleTimeout` for `IdleTimeOut` is a known mistake).
    for node in elements(shell) {
        match (node.tag_name().namespace(), node.tag_name().name()) {
            (Some(names::SHELL), "IdleTimeOut") => create.idle_timeout = Some(duration(node)?),
            (Some(names::SHELL), "BufferMode") => create.buffer_mode = Some(buffer_mode(node)?),
            (Some(names::SHELL), "InputStreams" | "OutputStreams") => {}
            (Some(names::SHELL), "Environment" | "WorkingDirectory" | "Lifetime") => {}
            (Some(names::POWERSHELL), "creationXml") => create.creation_xml = Some(base64(node)?),
            (_, name) => return Err(invalid(format!("Shell has no element {name}"))),
        }
    }
    Ok(Operation::Create(create))
}

fn enumerate(node: Node) -> Result<Operation, Fault> {
    let filter = match child(node, names::WSMAN, "Filter") {
        Some(filter) if filter.attribute("Dialect") == Some(names::SELECTOR_FILTER) => {
            Some(selector(filter).ok_or_else(|| invalid("the selector filter names no shell"))?)
        }
        Some(filter) => {
            let dialect = filter.attribute("Dialect").unwrap_or("none");
            let why = format!("the dialect {dialect} is not the selector filter's");
            return Err(Fault::new(FaultKind::FilterDialectUnavailable, why));
        }
        None => None,
    };
    Ok(Operation::Enumerate(Enumerate {
        optimize: child(node, names::WSMAN, "OptimizeEnumeration").is_some(),
        max_elements: max_elements(child(node, names::WSMAN, "MaxElements"))?,
        filter,
    }))
}

fn command(node: Node) -> Result<Operation, Fault> {
    let mut arguments = elements(node).filter(|node| node.has_tag_name((names::SHELL, "Arguments")));
    match (arguments.next(), arguments.next()) {
        (Some(only), None) => Ok(Operation::Command(CreateCommand {
            command_id: id(node),
            command_line: content(node, names::SHELL, "Command")?,
            arguments: base64(only)?,
        })),
        _ => Err(Fault::new(FaultKind::InvalidArgumentSet, "a pipeline needs exactly one Arguments element")),
    }
}

fn send(node: Node) -> Result<Operation, Fault> {
    let mut chunks = Vec::new();
    for stream in elements(node) {
        match stream.attribute("Name") {
            // `pr` carries the answers to prompts; PowerShell's plug-in takes either stream for anything.
            Some("stdin" | "pr") => chunks.push(Chunk { command_id: id(stream), data: base64(stream)? }),
            name => {
                return Err(invalid(format!(
                    "there is no input stream {}",
                    name.unwrap_or("without a name")
                )));
            }
        }
    }
    match chunks.is_empty() {
        true => Err(invalid("Send has no Stream")),
        false => Ok(Operation::Send(chunks)),
    }
}

fn receive(node: Node) -> Result<Operation, Fault> {
    let stream =
        child(node, names::SHELL, "DesiredStream").ok_or_else(|| invalid("DesiredStream is missing"))?;
    match text(stream) {
        "stdout" => Ok(Operation::Receive { command_id: id(stream) }),
        other => Err(Fault::new(
            FaultKind::InvalidArgumentSet,
            format!("the output stream is stdout and not {other}"),
        )),
    }
}

fn connect(node: Node) -> Result<Operation, Fault> {
    if let Some(command_id) = id(node) {
        return Ok(Operation::Connect(Connect::Command { command_id }));
    }
    Ok(Operation::Connect(Connect::Shell {
        buffer_mode: child(node, names::SHELL, "BufferMode").map(buffer_mode).transpose()?,
        connect_xml: child(node, names::POWERSHELL, "connectXml").map(base64).transpose()?,
    }))
}

/// MS-WSMV: IdleTimeOut and BufferMode are a sequence.
fn disconnect(node: Node) -> Result<Operation, Fault> {
    let (mut idle_timeout, mut mode) = (None, None);
    for element in elements(node) {
        match (element.tag_name().namespace(), element.tag_name().name()) {
            (Some(names::SHELL), "IdleTimeOut") if idle_timeout.is_none() && mode.is_none() => {
                idle_timeout = Some(duration(element)?);
            }
            (Some(names::SHELL), "BufferMode") if mode.is_none() => mode = Some(buffer_mode(element)?),
            (_, name) => return Err(invalid(format!("Disconnect has no {name} in this place"))),
        }
    }
    Ok(Operation::Disconnect { idle_timeout, buffer_mode: mode })
}
