//! The verbs on one shell: Create, Get, Connect, Disconnect, Reconnect, Command, Send, Receive, Signal and Delete
//! (MS-WSMV 3.1.4).
//!
//! Every verb but Get goes to the resource URI the shell was created with: under any other the service says that there
//! is no such shell. Payloads are octets here; PSRP gives them meaning.

use super::duration;
use super::enumerate::{BufferMode, MOST_ITEMS, Shell};
use super::envelope::{Operation, RequestOption};
use super::error::Malformed;
use super::id::{CommandId, ResourceUri, ShellId};
use super::name::{self, Namespace, action};
use super::xml::{Writer, Xml};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::time::Duration;

/// A shell and the resource URI under which it is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShellAddress {
    pub resource_uri: ResourceUri,
    pub shell_id: ShellId,
}

/// What nearly all these verbs have in common: the action, and where they go. Of some the repetition does no harm, and
/// some are answered with nothing.
macro_rules! addressed {
    (@repeatable) => {
        fn is_repeatable(&self) -> bool {
            true
        }
    };
    (@done) => {
        fn read_body(&self, _: &mut Xml<'_>) -> Result<(), Malformed> {
            Ok(())
        }
    };
    ($action:expr $(, $property:ident)*) => {
        fn action(&self) -> &'static str {
            $action
        }

        fn resource_uri(&self) -> &ResourceUri {
            &self.shell.resource_uri
        }

        fn shell_id(&self) -> Option<&ShellId> {
            Some(&self.shell.shell_id)
        }

        $(addressed!(@$property);)*
    };
}

/// The streams of a PowerShell shell.
const INPUT_STREAMS: &str = "stdin pr";
const OUTPUT_STREAM: &str = "stdout";

const XMLNS_POWERSHELL: (&str, &str) = ("xmlns", "http://schemas.microsoft.com/powershell");

/// Creates a shell. A name makes it visible to Windows' own cmdlets, the id chosen here and the SessionId header
/// make it one that can be disconnected.
#[derive(Debug, Clone)]
pub(crate) struct Create {
    /// The configuration's resource URI and the preferred id; the service may choose another.
    pub shell: ShellAddress,
    pub name: Option<String>,
    pub idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    /// The user's profile is not loaded on the server.
    pub no_machine_profile: bool,
    pub creation_xml: Vec<u8>,
}

/// The PowerShell plugin refuses to create a shell without the protocol version, and reads its major number only.
const CREATE_OPTIONS: [RequestOption; 2] = [
    RequestOption { name: "protocolversion", value: "2.3", must_comply: true },
    RequestOption { name: "WINRS_NOPROFILE", value: "1", must_comply: true },
];

impl Operation for Create {
    type Response = Shell;

    fn action(&self) -> &'static str {
        action::CREATE
    }

    fn resource_uri(&self) -> &ResourceUri {
        &self.shell.resource_uri
    }

    fn options(&self) -> &[RequestOption] {
        &CREATE_OPTIONS[..1 + usize::from(self.no_machine_profile)]
    }

    fn write_body(&self, body: &mut Writer) {
        let mut attributes = vec![("ShellId", self.shell.shell_id.0.as_str())];
        attributes.extend(self.name.as_deref().map(|name| ("Name", name)));
        body.element("rsp:Shell", &attributes, |w| {
            write_idle_and_buffer(w, self.idle_timeout, self.buffer_mode);
            w.text("rsp:InputStreams", &[], INPUT_STREAMS);
            w.text("rsp:OutputStreams", &[], OUTPUT_STREAM);
            w.text("creationXml", &[XMLNS_POWERSHELL], &BASE64_STANDARD.encode(&self.creation_xml));
        });
    }

    /// Windows describes the shell; all that a service has to answer is its address (DSP0226 7.3).
    fn read_body(&self, body: &mut Xml<'_>) -> Result<Shell, Malformed> {
        let mut created = None;
        while let Some(child) = body.next_child()? {
            match (child.namespace, child.name()) {
                // In any namespace, as in a list.
                (_, "Shell") => {
                    let shell = Shell::read(body)?;
                    let is_addressed = shell.shell_id.is_some();
                    return is_addressed.then_some(shell).ok_or(Malformed::Missing("ShellId"));
                }
                (Namespace::Transfer, "ResourceCreated") => read_shell_selector(body, &mut created)?,
                _ => body.skip()?,
            }
        }
        let shell_id = Some(created.ok_or(Malformed::Missing("Shell"))?);
        Ok(Shell { shell_id, ..Shell::default() })
    }
}

/// Looks for the selector ShellId in an address, whose element has been entered, and leaves that.
fn read_shell_selector(xml: &mut Xml<'_>, shell_id: &mut Option<ShellId>) -> Result<(), Malformed> {
    while let Some(child) = xml.next_child()? {
        match (child.namespace, child.name()) {
            (Namespace::Addressing, "ReferenceParameters") | (Namespace::WsMan, "SelectorSet") => {
                read_shell_selector(xml, shell_id)?;
            }
            (Namespace::WsMan, "Selector") if child.attribute("Name")?.as_deref() == Some("ShellId") => {
                *shell_id = Some(ShellId(xml.text()?.trim().to_owned()));
            }
            _ => xml.skip()?,
        }
    }
    Ok(())
}

/// Looks at one shell.
#[derive(Debug, Clone)]
pub(crate) struct Get {
    shell: ShellAddress,
}

impl Get {
    /// Shells of all kinds are looked at under the resource URI of shells as such.
    pub(crate) fn shell(shell_id: ShellId) -> Get {
        Get { shell: ShellAddress { resource_uri: ResourceUri(name::SHELL_RESOURCE.into()), shell_id } }
    }
}

impl Operation for Get {
    type Response = Shell;

    addressed!(action::GET, repeatable);

    fn read_body(&self, body: &mut Xml<'_>) -> Result<Shell, Malformed> {
        match body.next_child()? {
            // In any namespace, as in a list.
            Some(child) if child.name() == "Shell" => Shell::read(body),
            _ => Err(Malformed::Missing("Shell")),
        }
    }
}

/// Connects to a shell that is disconnected, as a client that may be another than the one it belonged to.
#[derive(Debug, Clone)]
pub(crate) struct Connect {
    pub shell: ShellAddress,
    /// What the service does with output while no client reads it; `None` leaves that as it is.
    pub buffer_mode: Option<BufferMode>,
    pub connect_xml: Vec<u8>,
}

impl Operation for Connect {
    /// connectResponseXml, decoded.
    type Response = Vec<u8>;

    addressed!(action::CONNECT);

    // No OptionSet: PowerShell sends none, and services are known that refuse one here.

    fn write_body(&self, body: &mut Writer) {
        body.element("rsp:Connect", &[], |w| {
            // Before connectXml, which is open content and comes last (MS-PSRP 3.1.5.3.14).
            write_idle_and_buffer(w, None, self.buffer_mode);
            w.text("connectXml", &[XMLNS_POWERSHELL], &BASE64_STANDARD.encode(&self.connect_xml));
        });
    }

    fn read_body(&self, body: &mut Xml<'_>) -> Result<Vec<u8>, Malformed> {
        body.expect_child(Namespace::Shell, "ConnectResponse")?;
        const PAYLOAD: &str = "connectResponseXml";
        body.next_named(Namespace::PowerShell, PAYLOAD)?.ok_or(Malformed::Missing(PAYLOAD))?;
        read_base64(PAYLOAD, &body.text()?)
    }
}

/// Connects to a command of a shell, to continue its output.
#[derive(Debug, Clone)]
pub(crate) struct ConnectCommand {
    pub shell: ShellAddress,
    pub command_id: CommandId,
}

impl Operation for ConnectCommand {
    type Response = ();

    addressed!(action::CONNECT, done);

    fn write_body(&self, body: &mut Writer) {
        body.empty("rsp:Connect", &[("CommandId", &self.command_id.0)]);
    }
}

/// Lets go of a shell, which runs on.
#[derive(Debug, Clone)]
pub(crate) struct Disconnect {
    pub shell: ShellAddress,
    /// How long it may stay disconnected; `None` leaves that as it is.
    pub idle_timeout: Option<Duration>,
    /// `None` leaves that as it is.
    pub buffer_mode: Option<BufferMode>,
}

impl Operation for Disconnect {
    type Response = ();

    addressed!(action::DISCONNECT, repeatable, done);

    fn write_body(&self, body: &mut Writer) {
        body.element("rsp:Disconnect", &[], |w| {
            write_idle_and_buffer(w, self.idle_timeout, self.buffer_mode)
        });
    }
}

/// Takes up a shell again as the client it belongs to (the same SessionId). On a shell that this client still holds
/// it changes nothing and succeeds.
#[derive(Debug, Clone)]
pub(crate) struct Reconnect {
    pub shell: ShellAddress,
    /// As in [`Connect`].
    pub buffer_mode: Option<BufferMode>,
}

impl Operation for Reconnect {
    type Response = ();

    addressed!(action::RECONNECT, repeatable, done);

    /// The body is empty, but for the one thing that it may say (MS-PSRP 3.1.5.3.18).
    fn write_body(&self, body: &mut Writer) {
        if self.buffer_mode.is_some() {
            body.element("rsp:Reconnect", &[], |w| write_idle_and_buffer(w, None, self.buffer_mode));
        }
    }
}

/// Takes up a command of a shell that was reconnected: that of the shell does not include its commands
/// (MS-PSRP 3.1.5.3.18).
#[derive(Debug, Clone)]
pub(crate) struct ReconnectCommand {
    pub shell: ShellAddress,
    pub command_id: CommandId,
}

impl Operation for ReconnectCommand {
    type Response = ();
    addressed!(action::RECONNECT, repeatable, done);

    fn write_body(&self, body: &mut Writer) {
        body.empty("rsp:Reconnect", &[("CommandId", &self.command_id.0)]);
    }
}

/// Starts a command. Only the first fragment of its creation goes here, the rest by [`Send`].
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub shell: ShellAddress,
    /// The preferred id; the service may choose another.
    pub command_id: CommandId,
    pub arguments: Vec<u8>,
}

impl Operation for Command {
    /// The id under which the command is addressed from now on.
    type Response = CommandId;

    addressed!(action::COMMAND);

    fn write_body(&self, body: &mut Writer) {
        body.element("rsp:CommandLine", &[("CommandId", &self.command_id.0)], |w| {
            w.empty("rsp:Command", &[]);
            w.text("rsp:Arguments", &[], &BASE64_STANDARD.encode(&self.arguments));
        });
    }

    fn read_body(&self, body: &mut Xml<'_>) -> Result<CommandId, Malformed> {
        body.expect_child(Namespace::Shell, "CommandResponse")?;
        body.next_named(Namespace::Shell, "CommandId")?.ok_or(Malformed::Missing("CommandId"))?;
        Ok(CommandId(body.text()?.trim().to_owned()))
    }
}

/// Sends fragments to the shell's runspace pool, or to a command.
#[derive(Debug, Clone)]
pub(crate) struct Send {
    pub shell: ShellAddress,
    pub command_id: Option<CommandId>,
    pub data: Vec<u8>,
}

impl Operation for Send {
    type Response = ();

    addressed!(action::SEND, done);

    fn is_once(&self) -> bool {
        true
    }

    fn write_body(&self, body: &mut Writer) {
        let mut attributes = vec![("Name", "stdin")];
        attributes.extend(self.command_id.as_ref().map(|id| ("CommandId", id.0.as_str())));
        body.element("rsp:Send", &[], |w| {
            w.text("rsp:Stream", &attributes, &BASE64_STANDARD.encode(&self.data));
        });
    }
}

/// Waits for fragments of the shell's runspace pool, or of a command.
#[derive(Debug, Clone)]
pub(crate) struct Receive {
    pub shell: ShellAddress,
    pub command_id: Option<CommandId>,
}

/// Asks for an empty answer instead of a fault if there is no output; services send the fault regardless.
const RECEIVE_OPTIONS: [RequestOption; 1] =
    [RequestOption { name: "WSMAN_CMDSHELL_OPTION_KEEPALIVE", value: "TRUE", must_comply: false }];

/// What has come since the last Receive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// In their order; fragments may be cut anywhere between them.
    pub streams: Vec<StreamData>,
    /// The states of commands, if the answer gives them.
    pub commands: Vec<(Option<CommandId>, CommandState)>,
}

/// Octets of one stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StreamData {
    /// `None` for the runspace pool's own stream.
    pub command_id: Option<CommandId>,
    pub data: Vec<u8>,
}

/// State of a command, not of its pipeline (MS-WSMV 2.2.4.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandState {
    Running,
    /// A host call waits for the client.
    Pending,
    /// Nothing more will come.
    Done,
}

impl Operation for Receive {
    type Response = Received;

    addressed!(action::RECEIVE);

    fn is_long_poll(&self) -> bool {
        true
    }

    fn options(&self) -> &[RequestOption] {
        &RECEIVE_OPTIONS
    }

    fn write_body(&self, body: &mut Writer) {
        let mut attributes = Vec::new();
        attributes.extend(self.command_id.as_ref().map(|id| ("CommandId", id.0.as_str())));
        body.element("rsp:Receive", &[], |w| w.text("rsp:DesiredStream", &attributes, OUTPUT_STREAM));
    }

    fn read_body(&self, body: &mut Xml<'_>) -> Result<Received, Malformed> {
        body.expect_child(Namespace::Shell, "ReceiveResponse")?;
        let mut received = Received::default();
        while let Some(child) = body.next_child()? {
            // An answer without an id is about what was asked for.
            let command_id = child.attribute("CommandId")?.map(CommandId).or_else(|| self.command_id.clone());
            match (child.namespace, child.name()) {
                _ if received.streams.len() + received.commands.len() == MOST_ITEMS => {
                    return Err(Malformed::TooManyItems { most: MOST_ITEMS });
                }
                (Namespace::Shell, "Stream") => {
                    let data = read_base64("Stream", &body.text()?)?;
                    received.streams.push(StreamData { command_id, data });
                }
                (Namespace::Shell, "CommandState") => {
                    if let Some(state) = child.attribute("State")? {
                        received.commands.push((command_id, read_command_state(&state)?));
                    }
                    body.skip()?;
                }
                _ => body.skip()?,
            }
        }
        Ok(received)
    }
}

/// The state is a URI, or its last word alone.
fn read_command_state(state: &str) -> Result<CommandState, Malformed> {
    match state.rsplit('/').next().unwrap_or_default() {
        "Running" => Ok(CommandState::Running),
        "Pending" => Ok(CommandState::Pending),
        "Done" => Ok(CommandState::Done),
        _ => Err(Malformed::Value { element: "CommandState", value: state.chars().take(120).collect() }),
    }
}

/// Asks a command to stop or to go away.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    pub shell: ShellAddress,
    pub command_id: CommandId,
    pub code: SignalCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignalCode {
    /// Stops the pipeline, which then says that it has stopped.
    Stop,
    /// Frees the command.
    Terminate,
}

impl SignalCode {
    /// PowerShell's plugin knows the stop signal by this misspelt text only (MS-PSRP 3.1.5.3.11) and takes every
    /// other for a request to close.
    fn uri(self) -> &'static str {
        match self {
            SignalCode::Stop => "powershell/signal/crtl_c",
            SignalCode::Terminate => {
                "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate"
            }
        }
    }
}

impl Operation for Signal {
    type Response = ();

    addressed!(action::SIGNAL, done);

    fn write_body(&self, body: &mut Writer) {
        body.element("rsp:Signal", &[("CommandId", &self.command_id.0)], |w| {
            w.text("rsp:Code", &[], self.code.uri());
        });
    }
}

/// Ends a shell and everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Delete {
    pub shell: ShellAddress,
}

impl Operation for Delete {
    type Response = ();

    addressed!(action::DELETE, repeatable, done);
}

/// IdleTimeOut before BufferMode: the schema is a sequence.
fn write_idle_and_buffer(w: &mut Writer, idle_timeout: Option<Duration>, buffer_mode: Option<BufferMode>) {
    if let Some(idle_timeout) = idle_timeout {
        w.text("rsp:IdleTimeOut", &[], &duration::write(idle_timeout));
    }
    if let Some(buffer_mode) = buffer_mode {
        w.text("rsp:BufferMode", &[], buffer_mode.name());
    }
}

/// Base64 in which services put line breaks as they please.
fn read_base64(element: &'static str, text: &str) -> Result<Vec<u8>, Malformed> {
    BASE64_STANDARD
        .decode(text)
        .or_else(|_| BASE64_STANDARD.decode(text.split_ascii_whitespace().collect::<String>()))
        .map_err(|_| Malformed::Value { element, value: text.chars().take(40).collect() })
}
