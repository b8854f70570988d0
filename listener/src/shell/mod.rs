//! A shell: a runspace pool and its pipelines, the client that holds it, and the time it has left.
//!
//! | state | entered by | left by |
//! |---|---|---|
//! | Connected | Create, Connect, Reconnect | Disconnect, or a minute without a request (`auto_disconnect`) |
//! | Disconnected | those | Connect by any client of the owner, Reconnect by the same, its IdleTimeOut |

mod command;
mod output;

use std::time::{Duration, Instant};

pub use command::Command;
pub use output::{OutputStream, ReceiveKey, SessionId, Taken, WaitId};

use crate::psrp::{Outgoing, PoolError, RunspacePool};
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
        let busy = self.commands.iter().filter(|command| command.is_running()).count();
        for outgoing in self.pool.receive(octets, busy)? {
            self.output.push(outgoing);
        }
        for message in std::mem::take(&mut self.pool.for_pipelines) {
            self.commands.iter_mut().try_for_each(|command| command.receive_own(&message, now))?;
        }
        Ok(())
    }

    /// Queues a message for the client on the pool's stream.
    pub fn send(&mut self, outgoing: Outgoing) {
        self.output.push(outgoing);
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
