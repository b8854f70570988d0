//! Operations on commands: Command, Send, Receive, Signal.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use uuid::Uuid;

use super::shells::Access;
use super::{IdleReceive, Outcome, Service, Wait};
use crate::journal::Caller;
use crate::psrp::PoolError;
use crate::shell::{Command, CommandState, OutputStream, ReceiveKey, Shell, Taken};
use crate::soap::{Chunk, CreateCommand, Fault, FaultKind, Header, Reply, Summary, Verb, guid, names};
use crate::xml::write;

impl Service {
    pub(super) fn command(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        create: CreateCommand,
    ) -> Result<String, Fault> {
        let shell = self.find_held(now, caller, header)?;
        let id = create.command_id.unwrap_or_else(guid);
        if Uuid::parse_str(&id).is_err() {
            return Err(Fault::new(FaultKind::CommandIdNotValid, format!("the CommandId {id} is no GUID")));
        }
        if shell.command(&id).is_some() {
            return Err(Fault::new(FaultKind::CommandIdInUse, format!("there is a command {id} already")));
        }
        let body = write(|xml| {
            xml.element("rsp:CommandResponse", &[], |xml| xml.leaf("rsp:CommandId", &id));
        });
        shell
            .create_command(id, create.command_line, &create.arguments, now)
            .map_err(|error| plugin_failed("Arguments", &error))?;
        Ok(body)
    }

    pub(super) fn send(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        chunks: Vec<Chunk>,
    ) -> Result<String, Fault> {
        let shell = self.find_held(now, caller, header)?;
        for chunk in chunks {
            let received = match &chunk.command_id {
                Some(id) => {
                    find_connected(shell, id)?;
                    shell.receive_for(id, &chunk.data, now)
                }
                None => shell.receive(&chunk.data, now),
            };
            received.map_err(|error| plugin_failed("Send", &error))?;
        }
        Ok(write(|xml| xml.empty("rsp:SendResponse", &[])))
    }

    /// The misspelt code stops the pipeline, which goes on to report that. Any other closes the command at
    /// once.
    pub(super) fn signal(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        command_id: Option<String>,
        code: &str,
    ) -> Result<String, Fault> {
        let shell = self.find_held(now, caller, header)?;
        // Whether Windows minds a signal to a command that was not connected is not known; this does not.
        let id = command_id.ok_or_else(|| unknown_command("none"))?;
        find_command(shell, &id)?;
        match code {
            names::SIGNAL_STOP => shell.stop(&id),
            _ => shell.close(&id),
        }
        Ok(write(|xml| xml.empty("rsp:SignalResponse", &[])))
    }

    pub(super) fn receive(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        command_id: Option<String>,
        summary: &Summary,
    ) -> Result<Outcome, Fault> {
        let timeout = self.longest_wait(header);
        self.last_wait += 1;
        let wait = Wait {
            id: self.last_wait,
            shell_id: header.shell_id.clone().unwrap_or_default(),
            command_id,
            key: ReceiveKey {
                session: header.session_id.clone(),
                message_id: header.message_id.clone(),
                operation_id: summary.operation_id.clone(),
            },
            connection: caller.connection,
            max_envelope_size: header.max_envelope_size,
            summary: summary.clone(),
            deadline: now + timeout,
        };
        let shell = self.find_held(now, caller, header)?;
        if let Some(id) = &wait.command_id {
            find_connected(shell, id)?;
        }
        let stream = stream(shell, wait.command_id.as_deref())?;
        if let Some(reply) = stream.replay(&wait.key) {
            return Ok(Outcome::Answer(reply));
        }
        if !stream.wait(wait.id, wait.key.clone()) {
            return Err(Fault::new(FaultKind::Concurrency, "another Receive waits on the stream"));
        }
        match self.poll(now, &wait) {
            Some(reply) => Ok(Outcome::Answer(reply)),
            None => Ok(Outcome::Wait(wait)),
        }
    }

    fn longest_wait(&self, header: &Header) -> Duration {
        let longest = self.settings.max_operation_timeout;
        match self.settings.idle_receive {
            IdleReceive::TimedOut | IdleReceive::Empty => {
                header.operation_timeout.unwrap_or(longest).min(longest)
            }
            IdleReceive::Running(after) => after,
        }
    }

    /// The answer to a Receive for which no output came in time.
    fn idle_answer(&mut self, wait: &Wait) -> Reply {
        let state = match self.settings.idle_receive {
            IdleReceive::TimedOut => {
                let fault = Fault::new(FaultKind::OperationTimedOut, "there was no output for the Receive");
                return self.refuse(wait.connection, &fault, &wait.summary);
            }
            IdleReceive::Empty => None,
            IdleReceive::Running(_) => Some(CommandState::Running),
        };
        Reply::success(Verb::Receive, &wait.summary, response(&[], wait.command_id.as_deref(), state))
    }

    /// The answer to a Receive that waits, as soon as there is one.
    pub fn poll(&mut self, now: Instant, wait: &Wait) -> Option<Reply> {
        self.advance(now);
        let reply = match self.try_receive(wait) {
            Ok(None) if now < wait.deadline => return None,
            Ok(None) => self.idle_answer(wait),
            Ok(Some(reply)) => reply,
            Err(fault) => self.refuse(wait.connection, &fault, &wait.summary),
        };
        self.abandon(now, wait);
        Some(reply)
    }

    /// Gives up a Receive that waits: it has its answer, or its client is gone.
    pub fn abandon(&mut self, now: Instant, wait: &Wait) {
        let Some(shell) = self.shells.iter_mut().find(|shell| shell.identity.id == wait.shell_id) else {
            return;
        };
        let Ok(stream) = stream(shell, wait.command_id.as_deref()) else { return };
        if stream.is_awaited_by(wait.id) {
            stream.stop_waiting();
            shell.last_request = now;
        }
    }

    fn try_receive(&mut self, wait: &Wait) -> Result<Option<Reply>, Fault> {
        let gone = || Fault::new(FaultKind::UnknownShell, "the shell was deleted");
        let shell =
            self.shells.iter_mut().find(|shell| shell.identity.id == wait.shell_id).ok_or_else(gone)?;
        if !shell.is_connected() {
            return Err(Fault::new(FaultKind::StreamDisconnected, "the shell was disconnected"));
        }
        let stream = stream(shell, wait.command_id.as_deref())?;
        if !stream.is_awaited_by(wait.id) {
            return Err(Fault::new(FaultKind::OperationAborted, "the Receive was sent once more"));
        }
        match stream.take(wait.max_envelope_size) {
            Taken::Nothing => Ok(None),
            Taken::Fragments { fragments, state } => {
                // Windows leaves out the state of a command that goes on.
                let state = (state != CommandState::Running).then_some(state);
                let body = response(&fragments, wait.command_id.as_deref(), state);
                let reply = Reply::success(Verb::Receive, &wait.summary, body);
                stream.remember(wait.key.clone(), &reply);
                Ok(Some(reply))
            }
            Taken::TooLarge => {
                Err(Fault::new(FaultKind::EnvelopeTooLarge, "one fragment is too large for the client"))
            }
            Taken::Ended => {
                Err(Fault::new(FaultKind::UnknownCommand, "the output of the command was fetched already"))
            }
        }
    }

    /// `rsp:Command` of each command of the shell.
    pub(super) fn command_items(&mut self, caller: &Caller, shell_id: &str) -> Result<Vec<String>, Fault> {
        let shell = self.shells.iter().find(|shell| shell.identity.id == shell_id);
        let shell = shell
            .ok_or_else(|| Fault::new(FaultKind::UnknownShell, format!("there is no shell {shell_id}")))?;
        super::shells::check_access(caller, &shell.identity, Access::OwnerOrAdministrator)?;
        let item = |command: &Command| {
            write(|xml| {
                xml.element("rsp:Command", &[("xmlns:rsp", names::SHELL)], |xml| {
                    xml.leaf("rsp:CommandId", &command.id);
                    xml.leaf("rsp:CommandLine", &command.command_line);
                    xml.leaf("rsp:CommandState", &format!("{:?}", command.state()));
                });
            })
        };
        Ok(shell.commands.iter().map(item).collect())
    }
}

/// Base64 as SOAP has it.
pub(super) fn base64(octets: &[u8]) -> String {
    BASE64.encode(octets)
}

fn unknown_command(id: &str) -> Fault {
    Fault::new(FaultKind::UnknownCommand, format!("there is no command {id}"))
}

fn plugin_failed(place: &str, error: &PoolError) -> Fault {
    Fault::new(FaultKind::ManagedException, format!("{place}: {error}"))
}

pub(super) fn find_command<'a>(shell: &'a mut Shell, id: &str) -> Result<&'a mut Command, Fault> {
    shell.command(id).ok_or_else(|| unknown_command(id))
}

/// A command that the client holds as well as the shell.
fn find_connected<'a>(shell: &'a mut Shell, id: &str) -> Result<&'a mut Command, Fault> {
    let command = find_command(shell, id)?;
    match command.connected {
        true => Ok(command),
        false => {
            Err(Fault::new(FaultKind::ShellDisconnected, format!("command {id} was not connected again")))
        }
    }
}

fn stream<'a>(shell: &'a mut Shell, command_id: Option<&str>) -> Result<&'a mut OutputStream, Fault> {
    match command_id {
        Some(id) => find_command(shell, id).map(|command| &mut command.output),
        None => Ok(&mut shell.output),
    }
}

/// `rsp:ReceiveResponse`: one Stream element per fragment, and perhaps the command's state.
fn response(fragments: &[Vec<u8>], command_id: Option<&str>, state: Option<CommandState>) -> String {
    let command_id = command_id.map(|id| ("CommandId", id));
    write(|xml| {
        xml.element("rsp:ReceiveResponse", &[], |xml| {
            for fragment in fragments {
                let mut attributes = vec![("Name", "stdout")];
                attributes.extend(command_id);
                xml.element("rsp:Stream", &attributes, |xml| xml.text(&base64(fragment)));
            }
            if let Some(state) = state {
                let uri = format!("{}/{state:?}", names::COMMAND_STATE);
                let mut attributes = Vec::from_iter(command_id);
                attributes.push(("State", &uri));
                xml.element("rsp:CommandState", &attributes, |xml| {
                    if state == CommandState::Done {
                        xml.leaf("rsp:ExitCode", "0");
                    }
                });
            }
        });
    })
}
