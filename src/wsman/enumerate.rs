//! Enumerate, Pull and Release of shells and of a shell's commands (WS-Enumeration, MS-WSMV 3.1.4.1.15).

use super::duration;
use super::envelope::Operation;
use super::error::Malformed;
use super::id::{CommandId, ResourceUri, ShellId};
use super::name::{self, Namespace, action};
use super::xml::{Element, Writer, Xml};
use std::marker::PhantomData;
use std::time::Duration;

/// The most elements asked for at once: the default of the service's MaxBatchItems. Without the number a service
/// may answer one element at a time (DSP0226 8.7).
const MAX_ELEMENTS: &str = "32000";

/// A thing that can be enumerated.
pub trait Item: Sized {
    /// Local name of its element in the shell namespace.
    const ELEMENT: &'static str;

    /// Reads the element, which has been entered, and leaves it.
    fn read(xml: &mut Xml<'_>) -> Result<Self, Malformed>;
}

/// One answer's worth of items.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<I> {
    pub items: Vec<I>,
    /// Where to go on; `None` at the end of the sequence.
    pub next: Option<EnumerationContext>,
}

/// The service's bookmark in an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumerationContext(pub String);

/// Enumerates items of one kind, the first page of them coming with the answer.
pub struct Enumerate<I> {
    resource_uri: ResourceUri,
    filter: Option<ShellId>,
    items: PhantomData<I>,
}

impl Enumerate<Shell> {
    /// All shells the user may see.
    pub fn shells() -> Self {
        Enumerate { resource_uri: ResourceUri(name::SHELL_RESOURCE.into()), filter: None, items: PhantomData }
    }
}

impl Enumerate<Command> {
    /// The commands of one shell.
    pub fn commands(shell_id: ShellId) -> Self {
        let resource_uri = ResourceUri(name::COMMAND_RESOURCE.into());
        Enumerate { resource_uri, filter: Some(shell_id), items: PhantomData }
    }
}

impl<I: Item> Operation for Enumerate<I> {
    const ACTION: &'static str = action::ENUMERATE;
    const REPEATABLE: bool = true;
    type Response = Page<I>;

    fn resource_uri(&self) -> &ResourceUri {
        &self.resource_uri
    }

    fn write_body(&self, body: &mut Writer) {
        body.element("n:Enumerate", &[], |w| {
            w.empty("w:OptimizeEnumeration", &[]);
            w.text("w:MaxElements", &[], MAX_ELEMENTS);
            if let Some(shell_id) = &self.filter {
                w.element("w:Filter", &[("Dialect", name::SELECTOR_FILTER)], |w| {
                    w.element("w:SelectorSet", &[], |w| {
                        w.text("w:Selector", &[("Name", "ShellId")], &shell_id.0);
                    });
                });
            }
        });
    }

    fn read_body(body: &mut Xml<'_>) -> Result<Page<I>, Malformed> {
        body.expect_child(Namespace::Enumeration, "EnumerateResponse")?;
        read_page(body)
    }
}

/// Asks for the next page of an enumeration.
pub struct Pull<I> {
    resource_uri: ResourceUri,
    context: EnumerationContext,
    items: PhantomData<I>,
}

impl<I> Pull<I> {
    /// Goes on with what `enumerate` began. The resource URI must be the same.
    pub fn after(enumerate: &Enumerate<I>, context: EnumerationContext) -> Pull<I> {
        Pull { resource_uri: enumerate.resource_uri.clone(), context, items: PhantomData }
    }
}

impl<I: Item> Operation for Pull<I> {
    const ACTION: &'static str = action::PULL;
    type Response = Page<I>;

    fn resource_uri(&self) -> &ResourceUri {
        &self.resource_uri
    }

    fn write_body(&self, body: &mut Writer) {
        body.element("n:Pull", &[], |w| {
            w.text("n:EnumerationContext", &[], &self.context.0);
            w.text("n:MaxElements", &[], MAX_ELEMENTS);
        });
    }

    fn read_body(body: &mut Xml<'_>) -> Result<Page<I>, Malformed> {
        body.expect_child(Namespace::Enumeration, "PullResponse")?;
        read_page(body)
    }
}

/// Gives up an enumeration before its end.
pub struct Release {
    resource_uri: ResourceUri,
    context: EnumerationContext,
}

impl Release {
    pub fn of<I>(enumerate: &Enumerate<I>, context: EnumerationContext) -> Release {
        Release { resource_uri: enumerate.resource_uri.clone(), context }
    }
}

impl Operation for Release {
    const ACTION: &'static str = action::RELEASE;
    const REPEATABLE: bool = true;
    type Response = ();

    fn resource_uri(&self) -> &ResourceUri {
        &self.resource_uri
    }

    fn write_body(&self, body: &mut Writer) {
        body.element("n:Release", &[], |w| w.text("n:EnumerationContext", &[], &self.context.0));
    }

    fn read_body(_: &mut Xml<'_>) -> Result<(), Malformed> {
        Ok(())
    }
}

/// The inside of EnumerateResponse and PullResponse. In an optimized EnumerateResponse `Items` and `EndOfSequence`
/// are WS-Management's (DSP0226 8.2.3), in a PullResponse WS-Enumeration's; neither can mean anything else.
fn read_page<I: Item>(body: &mut Xml<'_>) -> Result<Page<I>, Malformed> {
    let mut page = Page { items: Vec::new(), next: None };
    let mut ended = false;
    while let Some(child) = body.next_child()? {
        match (child.namespace, child.name()) {
            (Namespace::Enumeration, "EnumerationContext") => {
                let context = body.text()?;
                page.next =
                    (!context.trim().is_empty()).then(|| EnumerationContext(context.trim().to_owned()));
            }
            (Namespace::Enumeration | Namespace::WsMan, "Items") => read_items(body, &mut page.items)?,
            (Namespace::Enumeration | Namespace::WsMan, "EndOfSequence") => {
                ended = true;
                body.skip()?;
            }
            _ => body.skip()?,
        }
    }
    if ended {
        page.next = None;
    } else if page.next.is_none() {
        // Neither an end nor a way to go on: what is missing would never be noticed.
        return Err(Malformed::Missing("EndOfSequence"));
    }
    Ok(page)
}

fn read_items<I: Item>(body: &mut Xml<'_>, items: &mut Vec<I>) -> Result<(), Malformed> {
    while let Some(item) = body.next_child()? {
        if item.is(Namespace::Shell, I::ELEMENT) {
            items.push(I::read(body)?);
        } else {
            body.skip()?;
        }
    }
    Ok(())
}

/// A shell as the service lists it (MS-WSMV 2.2.4.39). Cmd shells lack much of it, so all is optional but what this
/// program has no use for, which is not read at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shell {
    pub shell_id: Option<ShellId>,
    /// Only there when the client that created the shell sent a name.
    pub name: Option<String>,
    pub resource_uri: Option<ResourceUri>,
    pub state: Option<ShellState>,
    pub idle_timeout: Option<Duration>,
    pub max_idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    /// Since the last request of the client that it belonged to.
    pub inactivity: Option<Duration>,
}

/// Whether some client holds the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellState {
    Connected,
    Disconnected,
}

/// What the service does with output while nobody reads it (MS-WSMV 2.2.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BufferMode {
    /// A full buffer halts the command.
    Block,
    /// A full buffer loses its oldest content.
    Drop,
}

impl BufferMode {
    /// The name on the wire, which is also PowerShell's.
    pub fn name(self) -> &'static str {
        match self {
            BufferMode::Block => "Block",
            BufferMode::Drop => "Drop",
        }
    }
}

impl Item for Shell {
    const ELEMENT: &'static str = "Shell";

    fn read(xml: &mut Xml<'_>) -> Result<Shell, Malformed> {
        let mut shell = Shell::default();
        while let Some(child) = xml.next_child()? {
            shell.read_child(xml, &child)?;
        }
        Ok(shell)
    }
}

impl Shell {
    fn read_child(&mut self, xml: &mut Xml<'_>, child: &Element<'_>) -> Result<(), Malformed> {
        if child.namespace != Namespace::Shell {
            return xml.skip();
        }
        match child.name() {
            "ShellId" => self.shell_id = Some(ShellId(xml.text()?.trim().to_owned())),
            // A name may begin or end with blanks; they are part of it.
            "Name" => self.name = Some(xml.text()?.into_owned()),
            "ResourceUri" => self.resource_uri = Some(ResourceUri(xml.text()?.trim().to_owned())),
            "State" => {
                // Whatever is not Disconnected is held by somebody, also a state of a later Windows.
                let disconnected = xml.text()?.trim().eq_ignore_ascii_case("Disconnected");
                self.state =
                    Some(if disconnected { ShellState::Disconnected } else { ShellState::Connected });
            }
            "IdleTimeOut" => self.idle_timeout = Some(duration::read("IdleTimeOut", &xml.text()?)?),
            "MaxIdleTimeOut" => self.max_idle_timeout = Some(duration::read("MaxIdleTimeOut", &xml.text()?)?),
            "ShellInactivity" => self.inactivity = Some(duration::read("ShellInactivity", &xml.text()?)?),
            "BufferMode" => self.buffer_mode = read_buffer_mode(&xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    }
}

fn read_buffer_mode(text: &str) -> Option<BufferMode> {
    [BufferMode::Block, BufferMode::Drop]
        .into_iter()
        .find(|mode| mode.name().eq_ignore_ascii_case(text.trim()))
}

/// A command (pipeline) of a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub command_id: CommandId,
    /// The script's beginning, where the client that started it told; for people only.
    pub command_line: String,
}

impl Item for Command {
    const ELEMENT: &'static str = "Command";

    fn read(xml: &mut Xml<'_>) -> Result<Command, Malformed> {
        let (mut command_id, mut command_line) = (None, String::new());
        while let Some(child) = xml.next_child()? {
            match (child.namespace, child.name()) {
                (Namespace::Shell, "CommandId") => {
                    command_id = Some(CommandId(xml.text()?.trim().to_owned()))
                }
                (Namespace::Shell, "CommandLine") => command_line = xml.text()?.trim().to_owned(),
                _ => xml.skip()?,
            }
        }
        Ok(Command { command_id: command_id.ok_or(Malformed::Missing("CommandId"))?, command_line })
    }
}
