//! The WinRM service without its sockets: one authenticated SOAP request in, one answer out.
//!
//! Time comes in with every call, so a test may let hours pass at once. Two things happen without a request:
//! pipelines work, and shells are disconnected or expire. [`Service::next_wakeup`] names the next such
//! moment, and every call makes up for those that have passed.
//!
//! A Receive without output has no answer yet: it gives a [`Wait`], which is polled until it has one.

mod commands;
mod enumerate;
mod session;
mod shells;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub use session::{SessionSpec, SessionState, SessionView, SpecError};

use crate::journal::{Caller, Journal};
use crate::shell::{BufferMode, ReceiveKey, Shell, WaitId};
use crate::soap::{Fault, FaultKind, Header, Operation, Reply, Request, Summary, Verb, is_identify};
use enumerate::Enumeration;

/// How the service is set up, with the defaults of Windows Server 2019.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The computer's name.
    pub machine: String,
    /// Session configurations that exist.
    pub configurations: Vec<String>,
    /// Session configurations that exist and have no language: they take commands and no scripts, and not every
    /// command.
    pub restricted_configurations: Vec<String>,
    /// The most items of one Enumerate or Pull answer (MaxBatchItems).
    pub page_size: usize,
    /// How long an enumeration waits for the next Pull.
    pub enumeration_timeout: Duration,
    /// Octets of the largest request (MaxEnvelopeSizekb).
    pub max_envelope_size: usize,
    /// The longest a Receive waits, whatever its OperationTimeout (MaxTimeoutms).
    pub max_operation_timeout: Duration,
    /// How long a connected shell goes without a request before it is disconnected; `None` for ever.
    pub auto_disconnect: Option<Duration>,
    /// IdleTimeOut of shells that ask for none.
    pub idle_timeout: Duration,
    pub min_idle_timeout: Duration,
    pub max_idle_timeout: Duration,
    /// BufferMode of shells that ask for none.
    pub buffer_mode: BufferMode,
    /// Octets of output that are kept of each stream.
    pub buffer_size: usize,
    pub idle_receive: IdleReceive,
    /// The most shells of one user (MaxShellsPerUser).
    pub max_shells_per_user: usize,
    /// A PowerShell in server mode that runs the pipelines of each shell, as program and arguments
    /// (`pwsh -s -NoLogo -NoProfile`), instead of the canned commands.
    pub powershell: Option<Vec<String>>,
}

/// What a Receive gets for which there is no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleReceive {
    /// The fault TimedOut after its OperationTimeout.
    TimedOut,
    /// An empty ReceiveResponse then.
    Empty,
    /// A ReceiveResponse with the CommandState Running after this time, whatever its OperationTimeout, as
    /// PowerShell 7 behind OMI does.
    Running(Duration),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            machine: "SERVER01".to_owned(),
            configurations: vec!["Microsoft.PowerShell".to_owned(), "ITTasks".to_owned()],
            restricted_configurations: vec!["Restricted".to_owned()],
            page_size: 32_000,
            enumeration_timeout: Duration::from_secs(240),
            max_envelope_size: 512_000,
            max_operation_timeout: Duration::from_secs(60),
            auto_disconnect: Some(Duration::from_secs(60)),
            idle_timeout: Duration::from_secs(7_200),
            min_idle_timeout: Duration::from_secs(60),
            max_idle_timeout: Duration::from_millis(0x7FFF_FFFF),
            buffer_mode: BufferMode::Block,
            buffer_size: 1024 * 1024,
            idle_receive: IdleReceive::TimedOut,
            max_shells_per_user: 30,
            powershell: None,
        }
    }
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    Answer(Reply),
    /// A Receive that waits for output.
    Wait(Wait),
}

/// A Receive without an answer yet.
#[derive(Debug)]
pub struct Wait {
    id: WaitId,
    shell_id: String,
    command_id: Option<String>,
    key: ReceiveKey,
    connection: u64,
    max_envelope_size: usize,
    summary: Summary,
    deadline: Instant,
}

impl Wait {
    /// When it has an answer at the latest.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// The service: its shells and its log.
#[derive(Debug)]
pub struct Service {
    settings: Settings,
    /// In the order of their creation.
    shells: Vec<Shell>,
    enumerations: Vec<Enumeration>,
    last_wait: WaitId,
    last_process_id: u32,
    pub journal: Journal,
    /// Notified when a PowerShell has something to say, and after each request.
    pub changed: Arc<Notify>,
}

impl Service {
    pub fn new(settings: Settings) -> Service {
        Service {
            settings,
            shells: Vec::new(),
            enumerations: Vec::new(),
            last_wait: 0,
            last_process_id: 2_788,
            journal: Journal::default(),
            changed: Arc::default(),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes a request of an authenticated caller.
    pub fn handle(&mut self, now: Instant, caller: &Caller, soap: &[u8]) -> Outcome {
        self.advance(now);
        let soap = match std::str::from_utf8(soap) {
            Ok(soap) => soap,
            Err(error) => {
                let fault = Fault::new(FaultKind::InvalidXml, error.to_string());
                return Outcome::Answer(self.refuse(caller.connection, &fault, &Summary::default()));
            }
        };
        let summary = Summary::of(soap);
        self.journal.request(caller, &summary, soap);
        if is_identify(soap) {
            return Outcome::Answer(Reply::identity(true));
        }
        let outcome = match self.check_size(soap).and_then(|()| Request::read(soap)) {
            Ok(request) => self.perform(now, caller, request, &summary),
            Err(fault) => Err(fault),
        };
        self.advance(now);
        outcome.unwrap_or_else(|fault| Outcome::Answer(self.refuse(caller.connection, &fault, &summary)))
    }

    /// Takes a request and lets simulated time pass until there is an answer: for tests without sockets.
    pub fn exchange(&mut self, now: &mut Instant, caller: &Caller, soap: &[u8]) -> Reply {
        let wait = match self.handle(*now, caller, soap) {
            Outcome::Answer(reply) => return reply,
            Outcome::Wait(wait) => wait,
        };
        loop {
            if let Some(reply) = self.poll(*now, &wait) {
                return reply;
            }
            let due = self.next_wakeup().unwrap_or(wait.deadline).min(wait.deadline);
            *now = due.max(*now);
        }
    }

    /// The answer to a request that the service was made to refuse, for tests that want this very fault.
    pub fn refuse_with(&mut self, caller: &Caller, soap: &[u8], code: u32, text: Option<String>) -> Reply {
        let summary = std::str::from_utf8(soap).map(Summary::of).unwrap_or_default();
        let fault = Fault { text, ..Fault::new(FaultKind::from_code(code), "a test asked for this fault") };
        self.refuse(caller.connection, &fault, &summary)
    }

    /// Makes up for the time until `now`: output, automatic disconnects, expiry.
    pub fn advance(&mut self, now: Instant) {
        for shell in &mut self.shells {
            shell.advance(now, self.settings.buffer_size);
            if let Some(due) =
                shell.auto_disconnect_at(self.settings.auto_disconnect).filter(|due| *due <= now)
            {
                shell.disconnect(due);
            }
        }
        self.shells.retain(|shell| shell.expires_at().is_none_or(|due| due > now) && !shell.is_dead());
        self.enumerations.retain(|enumeration| enumeration.expires > now);
    }

    /// When something next happens without a request.
    pub fn next_wakeup(&self) -> Option<Instant> {
        let of_shell = |shell: &Shell| {
            let rules = shell.buffer_rules(self.settings.buffer_size);
            let commands = shell.commands.iter().filter_map(|command| command.wakeup(rules)).min();
            [commands, shell.auto_disconnect_at(self.settings.auto_disconnect), shell.expires_at()]
        };
        self.shells.iter().flat_map(of_shell).flatten().min()
    }

    fn check_size(&self, soap: &str) -> Result<(), Fault> {
        let limit = self.settings.max_envelope_size;
        match soap.len() > limit {
            true => {
                let why = format!("the request has {} octets where {limit} are allowed", soap.len());
                Err(Fault::new(FaultKind::ServerEnvelopeLimit, why))
            }
            false => Ok(()),
        }
    }

    fn refuse(&mut self, connection: u64, fault: &Fault, summary: &Summary) -> Reply {
        self.journal.fault(connection, fault);
        Reply::fault(fault, summary, &self.settings.machine)
    }

    fn perform(
        &mut self,
        now: Instant,
        caller: &Caller,
        request: Request,
        summary: &Summary,
    ) -> Result<Outcome, Fault> {
        let Request { verb, header, operation } = request;
        let body = match operation {
            Operation::Receive { command_id } => {
                return self.receive(now, caller, &header, command_id, summary);
            }
            Operation::Get => self.get(now, caller, &header)?,
            Operation::Delete => self.delete(caller, &header)?,
            Operation::Create(create) => self.create(now, caller, &header, create)?,
            Operation::Enumerate(enumerate) => self.enumerate(now, caller, &header, enumerate)?,
            Operation::Pull { context, max_elements } => {
                self.pull(now, caller, &header, &context, max_elements)?
            }
            Operation::Release { context } => self.release(caller, &context)?,
            Operation::Command(command) => self.command(now, caller, &header, command)?,
            Operation::Send(chunks) => self.send(now, caller, &header, chunks)?,
            Operation::Signal { command_id, code } => self.signal(now, caller, &header, command_id, &code)?,
            Operation::Connect(connect) => self.connect(now, caller, &header, connect)?,
            Operation::Disconnect { idle_timeout, buffer_mode } => {
                self.disconnect(now, caller, &header, idle_timeout, buffer_mode)?
            }
            Operation::Reconnect { command_id, buffer_mode } => {
                self.reconnect(now, caller, &header, command_id, buffer_mode)?
            }
        };
        answer(verb, &header, summary, body).map(Outcome::Answer)
    }
}

/// The answer with this body, unless it is larger than the client takes.
fn answer(verb: Verb, header: &Header, summary: &Summary, body: String) -> Result<Reply, Fault> {
    let reply = Reply::success(verb, summary, body);
    let size = reply.soap().len();
    match size > header.max_envelope_size {
        true => {
            let why =
                format!("the answer has {size} octets where the client takes {}", header.max_envelope_size);
            Err(Fault::new(FaultKind::EnvelopeTooLarge, why))
        }
        false => Ok(reply),
    }
}
