//! Sessions from the outside: tests put some on the server, and look at what became of them.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Service;
use crate::psrp::RunspacePool;
use crate::shell::{Attachment, BufferMode, Engine, Identity, Shell};
use crate::soap::{guid, names};

/// A session that some client left on the server.
#[derive(Debug, Clone)]
pub struct SessionSpec {
    /// Name of the user who owns it.
    pub owner: String,
    /// The shell's Name; PowerShell's cmdlets do not see a session without one.
    pub name: Option<String>,
    /// One of the session configurations of the service.
    pub configuration: String,
    /// IdleTimeOut, or the service's default.
    pub idle_timeout: Option<Duration>,
    /// BufferMode, or the service's default.
    pub buffer_mode: Option<BufferMode>,
    pub state: SessionState,
    /// How long ago its client was last heard of.
    pub inactive_for: Duration,
    /// A pipeline that runs in it, see the crate's table of statements.
    pub script: Option<String>,
    /// The shell's id, or a new one.
    pub shell_id: Option<Uuid>,
}

impl Default for SessionSpec {
    /// A session without a name that `alice` disconnected.
    fn default() -> SessionSpec {
        SessionSpec {
            owner: "alice".to_owned(),
            name: None,
            configuration: "Microsoft.PowerShell".to_owned(),
            idle_timeout: None,
            buffer_mode: None,
            state: SessionState::Disconnected,
            inactive_for: Duration::ZERO,
            script: None,
            shell_id: None,
        }
    }
}

/// Whether a client holds a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    Disconnected,
    /// A client that no test knows has it.
    ConnectedElsewhere,
}

/// Why a session could not be put on the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("the service has no session configuration {0}")]
    UnknownConfiguration(String),
    #[error("there is a shell {0} already")]
    ShellIdInUse(Uuid),
    #[error("PowerShell does not start: {0}")]
    PowerShell(String),
}

/// A session as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The text of the shell's id.
    pub shell_id: String,
    pub name: Option<String>,
    pub owner: String,
    pub resource_uri: String,
    pub connected: bool,
    /// The SessionId that holds a connected shell, or that may Reconnect a disconnected one.
    pub session_id: Option<String>,
    pub idle_timeout: Duration,
    pub buffer_mode: BufferMode,
    /// Ids of its commands and whether their pipelines have ended.
    pub commands: Vec<(String, bool)>,
    /// Octets of output that have not been fetched.
    pub buffered: usize,
}

impl Service {
    /// Puts a session on the server, and gives the text of its shell's id.
    pub fn add_session(&mut self, now: Instant, spec: SessionSpec) -> Result<String, SpecError> {
        let resource_uri = format!("{}{}", names::CONFIGURATION_PREFIX, spec.configuration);
        let Ok(has_language) = self.check_configuration(&resource_uri) else {
            return Err(SpecError::UnknownConfiguration(spec.configuration));
        };
        let uuid = spec.shell_id.unwrap_or_else(Uuid::new_v4);
        let id = uuid.to_string().to_ascii_uppercase();
        if self.shells.iter().any(|shell| shell.identity.id.eq_ignore_ascii_case(&id)) {
            return Err(SpecError::ShellIdInUse(uuid));
        }
        let identity = Identity {
            id: id.clone(),
            name: spec.name,
            resource_uri,
            owner: spec.owner,
            process_id: self.next_process_id(),
            locale: "en-US".to_owned(),
            data_locale: "en-US".to_owned(),
            profile_loaded: true,
            supports_disconnect: true,
        };
        let session = Some(guid());
        // The clock may not reach back that far, right after the computer has started.
        let left = now.checked_sub(spec.inactive_for).unwrap_or(now);
        let attachment = match spec.state {
            SessionState::Disconnected => Attachment::Disconnected { session, since: left },
            SessionState::ConnectedElsewhere => Attachment::Connected { session },
        };
        // The pool's id is the shell's, in the order of octets that .NET writes a GUID in.
        let rpid = uuid.to_bytes_le();
        let engine = self.new_engine(true).map_err(|error| SpecError::PowerShell(error.to_string()))?;
        let mut pool = match engine {
            Engine::Embedded => RunspacePool::opened(&self.settings.machine, rpid),
            Engine::PowerShell { .. } => RunspacePool::new(&self.settings.machine),
        };
        pool.runspace.has_language = has_language;
        let idle_timeout = spec.idle_timeout.unwrap_or(self.settings.idle_timeout);
        let buffer_mode = spec.buffer_mode.unwrap_or(self.settings.buffer_mode);
        let mut shell = Shell::new(identity, attachment, pool, engine, idle_timeout, buffer_mode, left);
        shell
            .open_unseen(rpid, spec.script.as_deref(), now)
            .map_err(|e| SpecError::PowerShell(e.to_string()))?;
        self.shells.push(shell);
        self.advance(now);
        Ok(id)
    }

    /// The sessions in the order of their creation.
    pub fn sessions(&self) -> Vec<SessionView> {
        self.shells.iter().map(view).collect()
    }

    /// Disconnects a session without its client's doing, as after a minute without requests. False if there
    /// is none.
    pub fn force_disconnect(&mut self, now: Instant, shell_id: &str) -> bool {
        let shell = self.shells.iter_mut().find(|shell| shell.identity.id == shell_id);
        shell.map(|shell| shell.disconnect(now)).is_some()
    }

    /// Removes all sessions, and ends what runs in them.
    pub fn remove_all(&mut self) {
        self.shells.clear();
    }

    /// Removes a session without a word to its client. False if there is none.
    pub fn remove_session(&mut self, shell_id: &str) -> bool {
        let before = self.shells.len();
        self.shells.retain(|shell| shell.identity.id != shell_id);
        self.shells.len() < before
    }
}

fn view(shell: &Shell) -> SessionView {
    let (Attachment::Connected { session } | Attachment::Disconnected { session, .. }) = &shell.attachment;
    let buffered = shell.commands.iter().map(|command| command.output.octets()).sum::<usize>();
    SessionView {
        shell_id: shell.identity.id.clone(),
        name: shell.identity.name.clone(),
        owner: shell.identity.owner.clone(),
        resource_uri: shell.identity.resource_uri.clone(),
        connected: shell.is_connected(),
        session_id: session.clone(),
        idle_timeout: shell.idle_timeout,
        buffer_mode: shell.buffer_mode,
        commands: shell
            .commands
            .iter()
            .map(|command| (command.id.clone(), command.output.is_ended()))
            .collect(),
        buffered: buffered + shell.output.octets(),
    }
}
