//! A shell: a runspace pool and its pipelines, the client that holds it, and the time it has left.
//!
//! | state | entered by | left by |
//! |---|---|---|
//! | Connected | Create, Connect, Reconnect | Disconnect, or a minute without a request (`auto_disconnect`) |
//! | Disconnected | those | Connect by any client of the owner, Reconnect by the same, its IdleTimeOut |

mod command;
mod output;

use std::time::{Duration, Instant};

use uuid::Uuid;

pub use command::Command;
pub use output::{OutputStream, ReceiveKey, SessionId, Taken, WaitId};

use crate::powershell::{POOL, PowerShell};
use crate::psrp::{
    Boundary, GuidBytes, MessageType, Outgoing, PoolError, RunspacePool, WireError, application_private_data,
    client, created_pipeline,
};
use crate::soap::{days, seconds};
use crate::xml::Xml;

/// What happens to output that is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum BufferMode {
    /// The pipeline waits.
    Block,
    /// The oldest output is thrown away.
    Drop,
}

impl BufferMode {
    /// As the wire has it.
    pub fn name(self) -> &'static str {
        match self {
            BufferMode::Block => "Block",
            BufferMode::Drop => "Drop",
        }
    }
}

/// The state of a command, named as in CommandState.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandState {
    Running,
    /// It waits for an answer of its client's host.
    Pending,
    Done,
}

/// The rules for a command's output at one moment.
#[derive(Debug, Clone, Copy)]
pub struct BufferRules {
    pub mode: BufferMode,
    /// Octets that are kept of each stream.
    pub size: usize,
    /// A client is connected.
    pub connected: bool,
}

impl BufferRules {
    /// No more may be put into a stream: its client is slow, or its shell's BufferMode is Block.
    fn are_full(&self, stream: &OutputStream) -> bool {
        stream.octets() >= self.size && (self.connected || self.mode == BufferMode::Block)
    }

    /// Discards what is too much, which happens only while no client is connected.
    fn trim(&self, stream: &mut OutputStream) {
        if self.mode == BufferMode::Drop && !self.connected {
            stream.drop_oldest(self.size);
        }
    }
}

/// What runs the pipelines of a shell.
#[derive(Debug)]
pub enum Engine {
    /// The canned commands.
    Embedded,
    /// A PowerShell of the shell's own, which also has the pool; what it said when it opened that.
    PowerShell {
        process: PowerShell,
        private_data: Option<String>,
        /// What it says until the pool is open has been read by a client that is no more.
        opens_unseen: bool,
    },
}

impl Engine {
    /// A PowerShell that has not said anything yet.
    pub fn powershell(process: PowerShell, opens_unseen: bool) -> Engine {
        Engine::PowerShell { process, private_data: None, opens_unseen }
    }
}

/// Which client holds the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    Connected {
        session: SessionId,
    },
    Disconnected {
        /// Only this one may Reconnect; any may Connect.
        session: SessionId,
        since: Instant,
    },
}

/// What does not change after a shell is made.
#[derive(Debug, Clone)]
pub struct Identity {
    /// As the client spelt it.
    pub id: String,
    pub name: Option<String>,
    pub resource_uri: String,
    /// The user's name without the machine's.
    pub owner: String,
    pub process_id: u32,
    pub locale: String,
    pub data_locale: String,
    pub profile_loaded: bool,
    /// False for a shell whose Create had no SessionId: it cannot be disconnected.
    pub supports_disconnect: bool,
}

/// A shell.
#[derive(Debug)]
pub struct Shell {
    pub identity: Identity,
    pub created: Instant,
    pub last_request: Instant,
    pub idle_timeout: Duration,
    pub buffer_mode: BufferMode,
    pub attachment: Attachment,
    pub pool: RunspacePool,
    engine: Engine,
    /// The stream of the pool itself.
    pub output: OutputStream,
    pub commands: Vec<Command>,
    /// A pipeline has run already.
    warmed_up: bool,
}

impl Shell {
    pub fn new(
        identity: Identity,
        attachment: Attachment,
        pool: RunspacePool,
        engine: Engine,
        idle_timeout: Duration,
        buffer_mode: BufferMode,
        now: Instant,
    ) -> Shell {
        Shell {
            identity,
            created: now,
            last_request: now,
            idle_timeout,
            buffer_mode,
            attachment,
            pool,
            engine,
            output: OutputStream::default(),
            commands: Vec::new(),
            warmed_up: false,
        }
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.attachment, Attachment::Connected { .. })
    }

    pub fn command(&mut self, id: &str) -> Option<&mut Command> {
        self.commands.iter_mut().find(|command| command.id == id)
    }

    /// Takes in octets of the client's pool stream.
    pub fn receive(&mut self, octets: &[u8], now: Instant) -> Result<(), PoolError> {
        if let Engine::PowerShell { process, .. } = &mut self.engine {
            // What opens the pool has to be known here too; PowerShell answers it.
            if !self.pool.is_opened() {
                self.pool.receive(octets, 0)?;
                self.pool.leave_ids_to_powershell();
            }
            return process.send(POOL, octets);
        }
        let busy = self.commands.iter().filter(|command| command.is_running()).count();
        for outgoing in self.pool.receive(octets, busy)? {
            self.output.push(outgoing);
        }
        for message in std::mem::take(&mut self.pool.for_pipelines) {
            let runspace = &self.pool.runspace;
            self.commands.iter_mut().try_for_each(|command| command.receive_own(&message, runspace, now))?;
        }
        Ok(())
    }

    /// Makes a command of the fragment that its client begins it with.
    pub fn create_command(
        &mut self,
        id: String,
        command_line: String,
        arguments: &[u8],
        now: Instant,
    ) -> Result<(), PoolError> {
        let command = match &mut self.engine {
            Engine::Embedded => {
                let mut command = Command::new(id, command_line, true);
                command.receive(arguments, &self.pool.runspace, now)?;
                command
            }
            Engine::PowerShell { process, .. } => {
                let pid = created_pipeline(arguments)?.ok_or(WireError::NotWhole)?;
                let command = Command::in_powershell(id, command_line, pid);
                process.begin(command.pipeline_id());
                process.send(command.pipeline_id(), arguments)?;
                command
            }
        };
        self.commands.push(command);
        Ok(())
    }

    /// Does what a client with a host did before it left: it opened the pool and started a script.
    pub fn open_unseen(
        &mut self,
        rpid: GuidBytes,
        script: Option<&str>,
        now: Instant,
    ) -> Result<(), PoolError> {
        let pipeline = Uuid::new_v4();
        let (id, pid) = (pipeline.to_string().to_ascii_uppercase(), pipeline.to_bytes_le());
        match (&self.engine, script) {
            (Engine::Embedded, Some(script)) => self.commands.push(Command::with_script(id, pid, script)),
            (Engine::Embedded, None) => {}
            (Engine::PowerShell { .. }, script) => {
                self.receive(&client::creation_xml(rpid), now)?;
                if let Some(script) = script {
                    let arguments = client::create_pipeline(rpid, pid, script);
                    self.create_command(id, script.to_owned(), &arguments, now)?;
                    self.commands.iter_mut().for_each(|command| command.connected = false);
                }
            }
        }
        Ok(())
    }

    /// Takes in octets of the client's stream for a command.
    pub fn receive_for(&mut self, id: &str, octets: &[u8], now: Instant) -> Result<(), PoolError> {
        let Some(command) = self.commands.iter_mut().find(|command| command.id == id) else { return Ok(()) };
        match &mut self.engine {
            Engine::Embedded => command.receive(octets, &self.pool.runspace, now),
            Engine::PowerShell { process, .. } => {
                command.answered();
                process.send(command.pipeline_id(), octets)
            }
        }
    }

    /// Stops the pipeline of a command, which goes on to report that.
    pub fn stop(&mut self, id: &str) {
        let Some(command) = self.commands.iter_mut().find(|command| command.id == id) else { return };
        match &mut self.engine {
            Engine::Embedded => command.stop(&mut self.pool),
            Engine::PowerShell { process, .. } => process.stop(command.pipeline_id()),
        }
    }

    /// Removes a command, whatever its pipeline does.
    pub fn close(&mut self, id: &str) {
        if let Engine::PowerShell { process, .. } = &mut self.engine {
            self.commands
                .iter()
                .filter(|command| command.id == id)
                .for_each(|c| process.close(c.pipeline_id()));
        }
        self.commands.retain(|command| command.id != id);
    }

    /// Checks connectXml and gives the octets of connectResponseXml. The private data follow on the pool's
    /// stream.
    pub fn connect(&mut self, connect_xml: &[u8]) -> Result<Vec<u8>, PoolError> {
        let private_data = match &self.engine {
            Engine::PowerShell { private_data: None, opens_unseen: false, .. } => {
                return Err(PoolError::NotOpened);
            }
            Engine::PowerShell { private_data, .. } => private_data.clone(),
            Engine::Embedded => Some(application_private_data()),
        };
        let response = self.pool.connect(connect_xml)?;
        // What is not known yet follows as soon as it is.
        if let Some(data) = private_data {
            self.output.push(self.pool.private_data(&data));
        }
        Ok(response)
    }

    /// What ran its pipelines is gone.
    pub fn is_dead(&self) -> bool {
        match &self.engine {
            Engine::Embedded => false,
            Engine::PowerShell { process, .. } => process.has_ended(),
        }
    }

    /// Lets go of the client. Its commands go on, each to be connected again by itself.
    pub fn disconnect(&mut self, since: Instant) {
        if let Attachment::Connected { session } = &self.attachment {
            self.attachment = Attachment::Disconnected { session: session.clone(), since };
            self.output.stop_waiting();
            for command in &mut self.commands {
                command.connected = false;
                command.output.stop_waiting();
            }
        }
    }

    pub fn buffer_rules(&self, size: usize) -> BufferRules {
        BufferRules { mode: self.buffer_mode, size, connected: self.is_connected() }
    }

    /// Lets the pipelines do what is due.
    pub fn advance(&mut self, now: Instant, buffer_size: usize) {
        let rules = self.buffer_rules(buffer_size);
        match self.engine {
            Engine::Embedded => self.advance_embedded(now, rules),
            Engine::PowerShell { .. } => self.advance_powershell(rules),
        }
    }

    /// Passes on what PowerShell has said. It has one voice for all its pipelines, and waits while any of their streams
    /// is full.
    fn advance_powershell(&mut self, rules: BufferRules) {
        let Engine::PowerShell { process, private_data, opens_unseen } = &mut self.engine else { return };
        while !self.commands.iter().any(|command| rules.are_full(&command.output)) {
            let Some(output) = process.next() else { return };
            if output.target != POOL {
                let command = self.commands.iter_mut().find(|c| c.pipeline_id() == output.target);
                if let Some(command) = command {
                    command.pass_on(output, rules);
                }
                continue;
            }
            let data = output.messages.iter().find(|m| m.is(MessageType::ApplicationPrivateData));
            if let Some(message) = data {
                *private_data = Some(message.data.clone());
            }
            if *opens_unseen {
                if let Some(message) = data.filter(|_| rules.connected) {
                    self.output.push(self.pool.private_data(&message.data));
                }
                *opens_unseen = !output.messages.iter().any(|m| m.is(MessageType::RunspacePoolState));
            } else {
                self.output.push(Outgoing { fragments: vec![output.octets], boundary: Boundary::None });
            }
        }
    }

    fn advance_embedded(&mut self, now: Instant, rules: BufferRules) {
        // Until nothing more can start: one that ends makes room for the next.
        loop {
            for command in &mut self.commands {
                command.advance(&mut self.pool, now, rules);
            }
            let busy = self.commands.iter().filter(|command| command.is_running()).count();
            let pool = &mut self.pool;
            let first = !self.warmed_up;
            let started = busy < pool.max_runspaces()
                && self.commands.iter_mut().any(|command| command.start(pool, now, first));
            if !started {
                return;
            }
            self.warmed_up = true;
        }
    }

    /// True while a Receive of the client waits.
    pub fn is_awaited(&self) -> bool {
        self.output.is_awaited() || self.commands.iter().any(|command| command.output.is_awaited())
    }

    /// When the service disconnects the shell by itself if no request comes.
    pub fn auto_disconnect_at(&self, after: Option<Duration>) -> Option<Instant> {
        if self.is_awaited() || !self.is_connected() || !self.identity.supports_disconnect {
            return None;
        }
        self.last_request.checked_add(after?)
    }

    /// When the shell is deleted if no client comes for it.
    pub fn expires_at(&self) -> Option<Instant> {
        match self.attachment {
            Attachment::Disconnected { since, .. } => since.checked_add(self.idle_timeout),
            Attachment::Connected { .. } => None,
        }
    }

    /// `rsp:Shell` with its elements in Windows' order. `memory`: as Get and Enumerate show it.
    pub fn write(
        &self,
        xml: &mut Xml,
        now: Instant,
        machine: &str,
        max_idle_timeout: Duration,
        memory: bool,
    ) {
        let identity = &self.identity;
        let owner = format!("{machine}\\{}", identity.owner);
        let process_id = identity.process_id.to_string();
        let inactivity =
            if self.is_awaited() { Duration::ZERO } else { now.duration_since(self.last_request) };
        xml.element("rsp:Shell", &[("xmlns:rsp", crate::soap::names::SHELL)], |xml| {
            let mut leaf = |name: &str, text: &str| xml.leaf(&format!("rsp:{name}"), text);
            leaf("ShellId", &identity.id);
            if let Some(name) = &identity.name {
                leaf("Name", name);
            }
            leaf("ResourceUri", &identity.resource_uri);
            leaf("Owner", &owner);
            leaf("ClientIP", "127.0.0.1");
            leaf("ProcessId", &process_id);
            leaf("IdleTimeOut", &seconds(self.idle_timeout));
            leaf("InputStreams", "stdin pr");
            leaf("OutputStreams", "stdout");
            leaf("MaxIdleTimeOut", &seconds(max_idle_timeout));
            leaf("Locale", &identity.locale);
            leaf("DataLocale", &identity.data_locale);
            leaf("CompressionMode", "NoCompression");
            leaf("ProfileLoaded", if identity.profile_loaded { "Yes" } else { "No" });
            leaf("Encoding", "UTF8");
            leaf("BufferMode", self.buffer_mode.name());
            leaf("State", if self.is_connected() { "Connected" } else { "Disconnected" });
            leaf("ShellRunTime", &days(now.duration_since(self.created)));
            leaf("ShellInactivity", &days(inactivity));
            if memory {
                leaf("MemoryUsed", "58MB");
                leaf("ChildProcesses", "0");
            }
        });
    }
}
