//! Who receives what a run yields: the console for records, the person at the terminal for questions.

use super::lines::{Lines, Question, help};
use super::running::Running;
use crate::certificate::{CertificateError, Certificates};
use crate::host::{Asked, Prompts};
use crate::password::{PasswordError, Passwords};
use crate::render::{self, ConnectionNotice, Console, Escaped, Watched, watch};
use pssession::PipelineEvent;
use pssession::event::{Event, Line, OnInterrupt};
use std::io;
use std::panic::resume_unwind;
use std::thread;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub struct Receiver {
    pub console: Console,
    pub passwords: Passwords,
    pub certificates: Certificates,
    pub prompts: Prompts,
    /// Where lines come from, if they are asked for.
    pub lines: Option<Lines>,
    /// With what a line begins that is for this program, where it is typed while a command runs.
    pub escape: Option<char>,
    pub running: Running,
}

impl Receiver {
    /// Receives all that a run yields on a separate thread, so that the network never waits for a person; returns what
    /// came of the run.
    pub fn receive<T>(&mut self, run: impl FnOnce(UnboundedSender<Event>) -> io::Result<T>) -> io::Result<T> {
        let (sender, mut events) = unbounded_channel();
        thread::scope(|scope| {
            let receive = || {
                while let Some(event) = events.blocking_recv() {
                    self.take(event);
                }
            };
            let receiving = thread::Builder::new().spawn_scoped(scope, receive)?;
            let ended = run(sender);
            receiving.join().unwrap_or_else(|panic| resume_unwind(panic));
            ended
        })
    }

    /// Lets the escapes of the terminal take effect while a command runs.
    fn watch(&self) {
        let holds_more = self.lines.as_ref().is_some_and(Lines::may_hold_more);
        let Some(escape) = self.escape.filter(|_| !holds_more) else { return };
        let running = self.running.clone();
        watch::begin(escape, move |escaped| match escaped {
            Escaped::Leave => running.leave(OnInterrupt::Detach),
            Escaped::GiveUp => running.leave(OnInterrupt::GiveUp),
            Escaped::Help => render::say(&help(escape)),
        });
    }

    /// The next line; `None` if the program is to end.
    fn next_line(&mut self, question: Question<'_>) -> Option<Line> {
        match self.lines.as_mut()?.next(question) {
            Ok(line) => Some(line),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            Err(error) => {
                self.console.not_read(&error);
                Some(Line::Exit)
            }
        }
    }

    /// A question that is dropped without an answer ends the run; so does a receiver that has gone.
    fn take(&mut self, event: Event) {
        match event {
            Event::Session(session) => self.console.session(&session),
            Event::Error(error) => self.console.error(&error),
            Event::Warning(text) => self.console.warning(&text),
            Event::Verbose(text) => self.console.verbose(&text),
            Event::WhatIf(text) => self.console.what_if(&text),
            Event::Confirm { action, answer } => {
                if let Some(confirmed) = self.console.confirm(&action).transpose() {
                    let _ = answer.send(confirmed);
                }
            }
            Event::Password { user_name, answer } => match self.passwords.password(&user_name) {
                Err(PasswordError::Interrupted) => self.console.interrupted(),
                found => {
                    let _ = answer.send(found.map_err(|error| error.unavailable()));
                }
            },
            Event::Certificate { thumbprint, answer } => match self.certificates.find(thumbprint) {
                Err(CertificateError::Interrupted) => self.console.interrupted(),
                found => {
                    let _ = answer.send(found.map_err(|error| error.unavailable()));
                }
            },
            Event::Pipeline { source, event: PipelineEvent::HostCall(call) } if call.expects_answer() => {
                self.console.question();
                if self.prompts.answer(&source.computer_name, call) == Asked::Interrupted
                    // Of an entered session it is only the line that ends.
                    && self.lines.is_none()
                {
                    self.console.interrupted();
                }
            }
            Event::Output { source, objects } => self.console.output(&source, &objects),
            Event::ReadLine { source, prompt, continues, completer, connection, answer } => {
                watch::pause();
                self.prompts.release();
                self.console.at_prompt();
                self.running.at_prompt();
                let computer = &source.computer_name;
                let mut notice = ConnectionNotice::new(computer, connection);
                let mut watch = || match answer.is_closed() {
                    true => Watched::Over,
                    false => notice.next().map_or(Watched::Nothing, Watched::Said),
                };
                let prompt = &prompt;
                let watch = &mut watch;
                match self.next_line(Question { computer, prompt, continues, completer, watch }) {
                    Some(line) => {
                        if let Line::Text(text) | Line::Last(text) = &line
                            && !text.trim().is_empty()
                        {
                            self.console.line(&source);
                        }
                        let _ = answer.send(line);
                    }
                    // The connection is lost for good, which is reported next.
                    None if answer.is_closed() => {}
                    None => self.console.interrupted(),
                }
            }
            Event::Running { interrupts, .. } => {
                match &self.lines {
                    Some(_) => self.running.line(interrupts),
                    None => self.running.command(interrupts),
                }
                self.watch();
                self.console.running();
            }
            Event::Pipeline { source, event } => self.console.pipeline(&source, event),
            Event::LastExitCode { source, code } => self.console.last_exit_code(&source, code),
            Event::Waiting(wait) => self.console.waiting(wait),
            Event::Quiet => self.console.quiet(),
            Event::Left { session, leaving } => self.console.left(&session, leaving),
            Event::Unreachable { computer_name } => self.console.unreachable(computer_name),
            Event::Barrier(answer) => {
                self.console.written_so_far();
                let _ = answer.send(());
            }
            // The library may have more to say than this program knows.
            _ => {}
        }
    }
}
