//! Enumerate and Pull of shells and of a shell's commands (WS-Enumeration, MS-WSMV 3.1.4.1.15).

use super::duration;
use super::envelope::Operation;
use super::error::Malformed;
use super::id::{CommandId, ResourceUri, ShellId};
use super::name::{self, Namespace, action};
use super::xml::{Element, Writer, Xml};
use std::sync::Arc;
use std::time::Duration;

/// The most elements asked for at once: the default of the service's MaxBatchItems. Without the number a service
/// may answer one element at a time (DSP0226 8.7).
const MAX_ELEMENTS: &str = "32000";

/// A thing that can be enumerated.
pub(crate) trait Item: Sized + Send + 'static {
    /// Local name of its element in the shell namespace.
    const ELEMENT: &'static str;
    /// Which of them are meant.
    type Filter: Send + Sync;

    /// Writes what the service is to know of the filter.
    fn write_filter(filter: &Self::Filter, request: &mut Writer);

    /// Reads the element, which has been entered, and leaves it.
    fn read(
        xml: &mut Xml<'_>,
        element: &Element<'_>,
        filter: &Self::Filter,
    ) -> Result<Listed<Self>, Malformed>;
}

/// What an element of a list is.
pub(crate) enum Listed<I> {
    Item(I),
    /// Another than the filter asks for.
    NotMeant,
    Unreadable,
}

/// Most items of an enumeration.
pub(crate) const MOST_ITEMS: usize = 50_000;
/// Most octets of one field of an item.
const MOST_TEXT: usize = 32 << 10;

/// One answer's worth of items.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<I> {
    pub items: Vec<I>,
    /// How many the service listed, with those that are not meant.
    pub listed: usize,
    /// How many of them cannot be read.
    pub unreadable: usize,
    /// The size of the answer.
    pub octets: usize,
    /// Where to continue; `None` at the end of the sequence.
    pub next: Option<EnumerationContext>,
}

/// The service's bookmark in an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumerationContext(pub String);

/// Enumerates items of one kind, the first page of them coming with the answer.
pub(crate) struct Enumerate<I: Item> {
    resource_uri: ResourceUri,
    filter: I::Filter,
}

impl Enumerate<Shell> {
    /// Of all shells that the user may see those that are meant.
    pub(crate) fn shells(filter: ShellFilter) -> Self {
        Enumerate { resource_uri: ResourceUri(name::SHELL_RESOURCE.into()), filter }
    }
}

impl Enumerate<Command> {
    /// The commands of one shell.
    pub(crate) fn commands(shell_id: ShellId) -> Self {
        Enumerate { resource_uri: ResourceUri(name::COMMAND_RESOURCE.into()), filter: shell_id }
    }
}

impl<I: Item> Operation for Enumerate<I> {
    type Response = Page<I>;

    fn action(&self) -> &'static str {
        action::ENUMERATE
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn resource_uri(&self) -> &ResourceUri {
        &self.resource_uri
    }

    fn write_body(&self, body: &mut Writer) {
        body.element("n:Enumerate", &[], |w| {
            w.empty("w:OptimizeEnumeration", &[]);
            w.text("w:MaxElements", &[], MAX_ELEMENTS);
            I::write_filter(&self.filter, w);
        });
    }

    fn read_body(&self, body: &mut Xml<'_>) -> Result<Page<I>, Malformed> {
        body.expect_child(Namespace::Enumeration, "EnumerateResponse")?;
        read_page(body, &self.filter)
    }
}

/// Asks for the next page of an enumeration.
pub(crate) struct Pull<I: Item> {
    enumerate: Arc<Enumerate<I>>,
    context: EnumerationContext,
}

impl<I: Item> Pull<I> {
    /// Goes on with what `enumerate` began.
    pub(crate) fn after(enumerate: Arc<Enumerate<I>>, context: EnumerationContext) -> Pull<I> {
        Pull { enumerate, context }
    }
}

impl<I: Item> Operation for Pull<I> {
    type Response = Page<I>;

    fn action(&self) -> &'static str {
        action::PULL
    }

    /// The same as the enumeration's.
    fn resource_uri(&self) -> &ResourceUri {
        &self.enumerate.resource_uri
    }

    fn write_body(&self, body: &mut Writer) {
        body.element("n:Pull", &[], |w| {
            w.text("n:EnumerationContext", &[], &self.context.0);
            w.text("n:MaxElements", &[], MAX_ELEMENTS);
        });
    }

    fn read_body(&self, body: &mut Xml<'_>) -> Result<Page<I>, Malformed> {
        body.expect_child(Namespace::Enumeration, "PullResponse")?;
        read_page(body, &self.enumerate.filter)
    }
}

/// The inside of EnumerateResponse and PullResponse. In an optimized EnumerateResponse `Items` and `EndOfSequence`
/// are WS-Management's (DSP0226 8.2.3), in a PullResponse WS-Enumeration's; neither can mean anything else.
fn read_page<I: Item>(body: &mut Xml<'_>, filter: &I::Filter) -> Result<Page<I>, Malformed> {
    let octets = body.document_length();
    let mut page = Page { items: Vec::new(), listed: 0, unreadable: 0, octets, next: None };
    let mut ended = false;
    while let Some(child) = body.next_child()? {
        match (child.namespace, child.name()) {
            (Namespace::Enumeration, "EnumerationContext") => {
                page.next = read_trimmed(body)?.map(EnumerationContext);
            }
            (Namespace::Enumeration | Namespace::WsMan, "Items") => read_items(body, filter, &mut page)?,
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

fn read_items<I: Item>(body: &mut Xml<'_>, filter: &I::Filter, page: &mut Page<I>) -> Result<(), Malformed> {
    while let Some(item) = body.next_child()? {
        page.listed += 1;
        if page.listed > MOST_ITEMS {
            return Err(Malformed::TooManyItems { most: MOST_ITEMS });
        }
        // Services list them in other namespaces as well: OMI in that of the CIM class.
        let read = match item.name() == I::ELEMENT {
            true => I::read(body, &item, filter)?,
            false => body.skip().map(|()| Listed::Unreadable)?,
        };
        match read {
            Listed::Item(item) => page.items.push(item),
            Listed::NotMeant => {}
            Listed::Unreadable => page.unreadable += 1,
        }
    }
    Ok(())
}

/// The text of the current field, which is left; `None` where it is empty, as with `xsi:nil`, or too long.
fn read_text(xml: &mut Xml<'_>) -> Result<Option<String>, Malformed> {
    let text = xml.text()?;
    Ok((1..=MOST_TEXT).contains(&text.len()).then(|| text.into_owned()))
}

/// As [`read_text`], without the blanks around it.
fn read_trimmed(xml: &mut Xml<'_>) -> Result<Option<String>, Malformed> {
    Ok(read_text(xml)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Which shells are meant. The service applies no filter to shells, so all come, and the others are passed over as
/// they are read.
pub(crate) enum ShellFilter {
    All,
    /// Those whose name the function takes; that of one without a name is empty.
    Named(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl ShellFilter {
    fn takes(&self, name: Option<&str>) -> bool {
        match self {
            ShellFilter::All => true,
            ShellFilter::Named(takes) => takes(name.unwrap_or_default()),
        }
    }
}

/// A shell as the service lists it (MS-WSMV 2.2.4.39). Cmd shells lack much of it, so all is optional but what this
/// program has no use for, which is not read at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shell {
    pub shell_id: Option<ShellId>,
    /// Only there when the client that created the shell sent a name.
    pub name: Option<String>,
    pub resource_uri: Option<ResourceUri>,
    pub state: Option<ShellState>,
    pub idle_timeout: Option<Duration>,
    pub max_idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    /// Whether its streams are compressed.
    pub is_compressed: Option<bool>,
    /// The user who created it.
    pub owner: Option<String>,
    /// The address of the client that it belonged to last.
    pub client_ip: Option<String>,
    /// Since its creation.
    pub run_time: Option<Duration>,
    /// Since the last request of the client that it belonged to.
    pub inactivity: Option<Duration>,
}

/// Whether some client holds the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShellState {
    Connected,
    Disconnected,
}

/// What the service does with output while no client reads it (MS-WSMV 2.2.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BufferMode {
    /// A full buffer halts the command.
    Block,
    /// A full buffer loses its oldest content.
    Drop,
}

impl BufferMode {
    /// The name on the wire, which is also PowerShell's.
    pub(crate) fn name(self) -> &'static str {
        match self {
            BufferMode::Block => "Block",
            BufferMode::Drop => "Drop",
        }
    }
}

impl Item for Shell {
    const ELEMENT: &'static str = "Shell";
    type Filter = ShellFilter;

    fn write_filter(_: &ShellFilter, _: &mut Writer) {}

    fn read(
        xml: &mut Xml<'_>,
        element: &Element<'_>,
        filter: &ShellFilter,
    ) -> Result<Listed<Shell>, Malformed> {
        let mut shell = Shell::default();
        // Its name is among the first things a service says of a shell, and most shells are not meant.
        while shell.name.is_none() {
            let Some(child) = xml.next_child()? else {
                return Ok(if filter.takes(None) { Listed::Item(shell) } else { Listed::NotMeant });
            };
            shell.read_child(xml, &child)?;
        }
        if !filter.takes(shell.name.as_deref()) {
            xml.skip_rest(element)?;
            return Ok(Listed::NotMeant);
        }
        shell.read_children(xml)?;
        Ok(Listed::Item(shell))
    }
}

impl Shell {
    /// Reads a shell's element, which has been entered, and leaves it.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Shell, Malformed> {
        let mut shell = Shell::default();
        shell.read_children(xml)?;
        Ok(shell)
    }

    fn read_children(&mut self, xml: &mut Xml<'_>) -> Result<(), Malformed> {
        while let Some(child) = xml.next_child()? {
            self.read_child(xml, &child)?;
        }
        Ok(())
    }

    /// By its local name, as the shell itself; the first of a name counts. What cannot be read is missing, and hides
    /// nothing else.
    fn read_child(&mut self, xml: &mut Xml<'_>, child: &Element<'_>) -> Result<(), Malformed> {
        match child.name() {
            "ShellId" if self.shell_id.is_none() => self.shell_id = read_trimmed(xml)?.map(ShellId),
            // A name may begin or end with blanks; they are part of it.
            "Name" if self.name.is_none() => self.name = read_text(xml)?,
            "ResourceUri" if self.resource_uri.is_none() => {
                self.resource_uri = read_trimmed(xml)?.map(ResourceUri)
            }
            // A client holds whatever is not Disconnected, even in a state of a later Windows.
            "State" if self.state.is_none() => {
                self.state =
                    read_trimmed(xml)?.map(|state| match state.eq_ignore_ascii_case("Disconnected") {
                        true => ShellState::Disconnected,
                        false => ShellState::Connected,
                    });
            }
            "IdleTimeOut" if self.idle_timeout.is_none() => self.idle_timeout = duration::read(&xml.text()?),
            "MaxIdleTimeOut" if self.max_idle_timeout.is_none() => {
                self.max_idle_timeout = duration::read(&xml.text()?)
            }
            "CompressionMode" if self.is_compressed.is_none() => {
                self.is_compressed =
                    read_trimmed(xml)?.map(|mode| !mode.eq_ignore_ascii_case("NoCompression"));
            }
            "Owner" if self.owner.is_none() => self.owner = read_trimmed(xml)?,
            "ClientIP" if self.client_ip.is_none() => self.client_ip = read_trimmed(xml)?,
            "ShellRunTime" if self.run_time.is_none() => self.run_time = duration::read(&xml.text()?),
            "ShellInactivity" if self.inactivity.is_none() => self.inactivity = duration::read(&xml.text()?),
            "BufferMode" if self.buffer_mode.is_none() => self.buffer_mode = read_buffer_mode(&xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    }

    /// Whether it says what a session has to say.
    pub(crate) fn is_complete(&self) -> bool {
        self.shell_id.is_some() && self.resource_uri.is_some() && self.state.is_some()
    }
}

fn read_buffer_mode(text: &str) -> Option<BufferMode> {
    [BufferMode::Block, BufferMode::Drop]
        .into_iter()
        .find(|mode| mode.name().eq_ignore_ascii_case(text.trim()))
}

/// A command (pipeline) of a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub command_id: CommandId,
    /// The script's beginning, where the client that started it gave one; for people only.
    pub command_line: String,
    /// Whether it says that it has ended. One that says nothing runs.
    pub is_done: bool,
}

impl Item for Command {
    const ELEMENT: &'static str = "Command";
    /// The shell that they run in.
    type Filter = ShellId;

    fn write_filter(shell_id: &ShellId, request: &mut Writer) {
        request.element("w:Filter", &[("Dialect", name::SELECTOR_FILTER)], |w| {
            w.element("w:SelectorSet", &[], |w| {
                w.text("w:Selector", &[("Name", "ShellId")], &shell_id.0);
            });
        });
    }

    fn read(xml: &mut Xml<'_>, _: &Element<'_>, _: &ShellId) -> Result<Listed<Command>, Malformed> {
        let (mut command_id, mut command_line, mut is_done) = (None, String::new(), false);
        while let Some(child) = xml.next_child()? {
            match child.name() {
                "CommandId" => command_id = read_trimmed(xml)?.map(CommandId),
                // A word, or the URI that ends with it.
                "CommandState" => is_done = xml.text()?.trim().ends_with("Done"),
                "CommandLine" => command_line = read_trimmed(xml)?.unwrap_or_default(),
                _ => xml.skip()?,
            }
        }
        Ok(command_id.map_or(Listed::Unreadable, |command_id| {
            Listed::Item(Command { command_id, command_line, is_done })
        }))
    }
}
