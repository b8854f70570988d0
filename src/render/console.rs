//! The host of a command line: what a cmdlet yields, and what the preferences make of it.

use super::ask::{self, Choice};
use super::commands::{CommandSettings, Commands};
use super::notices::{Notices, Stream};
use super::progress::Progress;
use super::records::Records;
use super::variables::{VariableFile, Variables};
use super::{ActionPreference, ExitCode, Settings, json, wait};
use pssession::cmdlet::Cmdlet;
use pssession::error::{ErrorCategory, ErrorRecord, Hint};
use pssession::event::{Leaving, Source, Wait};
use pssession::record::PSSession;
use pssession::{PSObject, PipelineEvent};
use std::io;
use std::path::PathBuf;

/// stdout, stderr and the terminal of this process.
pub struct Console {
    cmdlet: Cmdlet,
    settings: Settings,
    records: Records,
    notices: Notices,
    variables: Variables,
    progress: Option<Progress>,
    /// Of a cmdlet that runs or receives commands.
    commands: Option<Commands>,
    /// Where the computers are written on which a command failed.
    failed_to: Option<PathBuf>,
    errors: usize,
    /// Stops the run, whatever it is doing.
    stop: Box<dyn Fn() + Send>,
    /// Set when nothing more is wanted.
    ended: Option<Ended>,
    /// What was answered for all that is still to be asked.
    confirmed: Option<bool>,
    goes_on_after: GoesOnAfter,
}

/// Why nothing more is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// A preference ends the run, or stdout cannot be written.
    Enough,
    /// The reader of stdout has gone.
    Closed,
    /// Ctrl-C at a question.
    Interrupted,
}

/// Yes to All, for each kind of record that Inquire asks about.
#[derive(Debug, Default)]
struct GoesOnAfter {
    errors: bool,
    warnings: bool,
}

impl Console {
    /// `stop` is called when nothing more is wanted.
    pub fn new(
        cmdlet: Cmdlet,
        settings: Settings,
        variables: Variables,
        stop: impl Fn() + Send + 'static,
    ) -> Console {
        Console {
            cmdlet,
            settings,
            records: Records::new(settings.output, settings.wide),
            notices: Notices::new(settings.output, settings.color),
            variables,
            progress: None,
            commands: None,
            failed_to: None,
            errors: 0,
            stop: Box::new(stop),
            ended: None,
            confirmed: None,
            goes_on_after: GoesOnAfter::default(),
        }
    }

    /// Lets lines say what is being waited for from now on, where that is wanted.
    pub fn show_progress(&mut self) {
        if self.settings.progress_action.shows() {
            self.progress = Progress::begin();
        }
        // What is done is said anyway where it is asked for.
        if let Some(progress) = self.progress.as_ref().filter(|_| !self.settings.verbose) {
            progress.run(self.cmdlet.name());
        }
    }

    /// A server is awaited.
    pub fn waiting(&mut self, wait: Wait) {
        if let Some(progress) = &self.progress {
            let line = wait::line(&wait, self.commands.as_ref().map(Commands::settings));
            progress.wait(wait, line);
        }
    }

    /// Shows commands from now on.
    pub fn show_commands(&mut self, settings: CommandSettings, failed_to: Option<PathBuf>) {
        self.commands = Some(Commands::new(settings, self.notices));
        self.failed_to = failed_to;
    }

    /// What a command puts out.
    pub fn output(&mut self, source: &Source, objects: &[PSObject]) {
        if self.is_closed() {
            return;
        }
        self.follow_progress();
        let shown = self.commands.as_mut().map(|commands| commands.output(&source.computer_name, objects));
        self.written(shown.unwrap_or(Ok(())));
    }

    /// What a command sends.
    pub fn pipeline(&mut self, source: &Source, event: PipelineEvent) {
        // Who reads nothing more is not interested in how the command takes that.
        if self.is_closed() {
            return;
        }
        let shown = self.commands.as_mut().map(|commands| commands.event(source, event));
        self.written(shown.unwrap_or(Ok(())));
        self.follow_progress();
    }

    /// Lets the lines say how far the commands are, as long as they say so.
    fn follow_progress(&mut self) {
        if let (Some(progress), Some(commands)) = (&self.progress, &self.commands) {
            progress.show(commands.lines());
        }
    }

    fn hide_progress(&mut self) {
        self.progress.iter().for_each(Progress::clear);
    }

    /// The next line of a session is asked for: all that was written is seen before.
    pub fn at_prompt(&mut self) {
        self.hide_progress();
        self.quiet();
    }

    /// A command runs, and says itself how far it is.
    pub fn running(&mut self) {
        self.follow_progress();
    }

    /// A line is run in a session.
    pub fn line(&mut self, source: &Source) {
        self.commands.iter_mut().for_each(|commands| commands.outcomes.line(&source.computer_name));
    }

    /// The status of the last native program that a command ran.
    pub fn last_exit_code(&mut self, source: &Source, code: i32) {
        if let Some(commands) = &mut self.commands {
            commands.outcomes.last_exit_code(&source.computer_name, code);
        }
    }

    /// Writes what has come so far.
    pub fn written_so_far(&mut self) {
        let written = self.commands.as_mut().map(Commands::write);
        self.written(written.unwrap_or(Ok(())));
    }

    /// Shows what is held back for what comes next.
    pub fn quiet(&mut self) {
        let flushed = self.commands.as_mut().map(Commands::flush);
        self.written(flushed.unwrap_or(Ok(())));
    }

    /// A script asks something: all that came before is shown before.
    pub fn question(&mut self) {
        self.hide_progress();
        self.quiet();
    }

    /// A session was left, and its command runs on.
    pub fn left(&mut self, session: &PSSession, leaving: Leaving) {
        self.hide_progress();
        if leaving == Leaving::Started {
            self.session(session);
        }
        let left = self.commands.as_mut().map(|commands| commands.left(session, leaving));
        self.written(left.unwrap_or(Ok(())));
    }

    /// A computer on which a command did not run.
    pub fn unreachable(&mut self, computer: String) {
        self.commands.iter_mut().for_each(|commands| commands.outcomes.unreachable(computer.clone()));
    }

    /// What was typed while a command ran has no reader.
    pub fn typed_in_vain(&mut self) {
        self.quiet();
        if self.settings.warning_action.shows() {
            let text = "What was typed while the command ran is lost; --escape none leaves it to the shell.";
            self.notices.message(Stream::Warning, text);
        }
    }

    /// Whether anything more is wanted.
    pub fn goes_on(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether anything that was shown says that the run was ended early: an error, a command that was stopped or left.
    pub fn has_shown_why(&self) -> bool {
        let is_of_command = |commands: &Commands| commands.outcomes.are_cut();
        self.errors > 0 || self.commands.as_ref().is_some_and(is_of_command)
    }

    /// Shows an error whatever the preferences are: one that nothing comes after.
    pub fn terminating_error(&mut self, error: &ErrorRecord) {
        self.errors += 1;
        self.keep(|variables| &mut variables.error, || json::error(error));
        self.notices.error(error);
    }

    /// Ends what the records began, and returns how the run went.
    pub fn finish(mut self) -> ExitCode {
        self.progress = None;
        // A run writes sessions or objects: what it has none of has no end either.
        let are_sessions = self.commands.is_none() || self.records.any();
        let finished = if are_sessions { self.records.finish() } else { Ok(()) };
        self.written(finished);
        if !self.is_closed() {
            let finished = self.commands.as_mut().map(|commands| commands.finish(!are_sessions));
            self.written(finished.unwrap_or(Ok(())));
        }
        self.commands.iter().for_each(Commands::last_words);
        self.write_failed();
        let of_commands = self.commands.as_ref().and_then(|commands| commands.outcomes.status());
        match (self.ended, of_commands) {
            (Some(Ended::Interrupted), _) => ExitCode::Interrupted,
            (Some(Ended::Closed), Some(code @ (ExitCode::Left | ExitCode::Lost))) => code,
            (Some(Ended::Closed), _) if self.commands.is_some() => ExitCode::Closed,
            (_, Some(code)) if code != ExitCode::Success => code,
            _ if self.errors == 0 => ExitCode::Success,
            _ => ExitCode::Error,
        }
    }

    /// Writes the computers where the command failed or did not run, a line each.
    fn write_failed(&mut self) {
        let (Some(path), Some(commands)) = (self.failed_to.take(), &self.commands) else { return };
        let (failed, unreachable) = commands.outcomes.failed();
        let lines: String = failed.into_iter().chain(unreachable).map(|name| format!("{name}\n")).collect();
        if let Err(error) = std::fs::write(&path, lines) {
            self.not_written(&format!("The file {}", path.display()), &error);
        }
    }

    /// Whether records were written. A closed pipe is the reader's way to say enough, not an error.
    fn written(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return self.end(Ended::Closed);
            }
            self.not_written("The records", &error);
            self.end(Ended::Enough);
        }
    }

    /// Shows that something cannot be written.
    pub fn not_written(&mut self, what: &str, error: &io::Error) {
        self.terminating_error(&ErrorRecord {
            category: ErrorCategory::WriteError,
            reason: "IOException",
            ..self.cmdlet.own(format!("{what} cannot be written: {error}."), "OutputUnavailable", None)
        });
    }

    /// Shows that no line can be read.
    pub fn not_read(&mut self, error: &io::Error) {
        let text = format!("The next line cannot be read: {error}.");
        self.terminating_error(&self.cmdlet.own(text, "InputUnavailable", None));
    }

    /// Puts a record into its variable's file. One that cannot be written is reported, and given up.
    fn keep(
        &mut self,
        variable: impl Fn(&mut Variables) -> &mut Option<VariableFile>,
        line: impl FnOnce() -> String,
    ) {
        let slot = variable(&mut self.variables);
        let Some(Err(error)) = slot.as_mut().map(|file| file.line(line())) else { return };
        if let Some(file) = slot.take() {
            self.not_written(&format!("The file {}", file.path().display()), &error);
        }
    }

    fn is_closed(&self) -> bool {
        self.ended == Some(Ended::Closed)
    }

    fn end(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        (self.stop)();
    }

    /// Asks whether to go on, unless that was answered for all. `false` when the run ends with this.
    ///
    /// # Errors
    /// When there is no terminal to ask on.
    fn inquire(&mut self, question: &str, goes_on: fn(&mut GoesOnAfter) -> &mut bool) -> io::Result<bool> {
        if self.ended.is_some() || *goes_on(&mut self.goes_on_after) {
            return Ok(true);
        }
        let Some(choice) = self.answer(ask::inquire(question))? else { return Ok(false) };
        *goes_on(&mut self.goes_on_after) = choice.to_all;
        if !choice.goes_on {
            self.stop_for("The running command stopped because the user selected the Stop option.".into());
        }
        Ok(choice.goes_on)
    }

    /// What was answered; `None` for Ctrl-C, which ends the run, so that there is nothing left to say.
    fn answer(&mut self, asked: io::Result<&'static Choice>) -> io::Result<Option<&'static Choice>> {
        match asked {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.end(Ended::Interrupted);
                Ok(None)
            }
            asked => asked.map(Some),
        }
    }

    fn cannot_inquire(&mut self, error: &io::Error) {
        let text = format!("The question whether to continue cannot be asked: {error}.");
        let hint = "Inquire needs a terminal; Continue and Stop need none";
        self.terminating_error(&self.cmdlet.own(text, "InquiryUnavailable", Some(Hint::Text(hint.into()))));
        self.end(Ended::Enough);
    }

    /// A preference, or a person, ends the run.
    fn stop_for(&mut self, message: String) {
        let stopped = ErrorRecord {
            category: ErrorCategory::OperationStopped,
            reason: "ParentContainsErrorRecordException",
            ..self.cmdlet.own(message, "ActionPreferenceStop", None)
        };
        self.terminating_error(&stopped);
        self.end(Ended::Enough);
    }

    pub fn session(&mut self, session: &PSSession) {
        self.keep(|variables| &mut variables.out, || json::session(session));
        let written = self.records.session(session);
        self.written(written);
    }

    /// An error of one computer or session, which the preferences may hide.
    pub fn error(&mut self, error: &ErrorRecord) {
        self.errors += 1;
        let action = self.settings.error_action;
        if action != ActionPreference::Ignore {
            self.keep(|variables| &mut variables.error, || json::error(error));
        }
        match action {
            ActionPreference::SilentlyContinue | ActionPreference::Ignore => {}
            ActionPreference::Continue => self.notices.error(error),
            ActionPreference::Stop => {
                self.notices.error(error);
                self.end(Ended::Enough);
            }
            ActionPreference::Inquire => match self.inquire(&error.message, |after| &mut after.errors) {
                Ok(true) => self.notices.error(error),
                Ok(false) => {}
                Err(failure) => {
                    self.notices.error(error);
                    self.cannot_inquire(&failure);
                }
            },
        }
    }

    /// Ctrl-C at a question.
    pub fn interrupted(&mut self) {
        self.end(Ended::Interrupted);
    }

    pub fn warning(&mut self, text: &str) {
        let action = self.settings.warning_action;
        if action != ActionPreference::Ignore {
            self.keep(|variables| &mut variables.warning, || json::message("Warning", text));
        }
        if action.shows() {
            self.notices.message(Stream::Warning, text);
        }
        match action {
            ActionPreference::Stop if self.ended.is_none() => self.stop_for(format!(
                "The running command stopped because the preference variable \"WarningPreference\" or common \
                 parameter is set to Stop: {text}"
            )),
            ActionPreference::Inquire => {
                if let Err(failure) =
                    self.inquire("Continue with this operation?", |after| &mut after.warnings)
                {
                    self.cannot_inquire(&failure);
                }
            }
            _ => {}
        }
    }

    pub fn verbose(&mut self, text: &str) {
        if self.settings.verbose {
            self.notices.message(Stream::Verbose, text);
        }
        if let Some(progress) = &self.progress {
            progress.say(text);
        }
    }

    pub fn what_if(&mut self, text: &str) {
        self.notices.message(Stream::WhatIf, text);
    }

    /// Asks whether an action is wanted, unless that was answered for all; `None` when the run ends with this.
    ///
    /// # Errors
    /// When there is no terminal to ask on.
    pub fn confirm(&mut self, action: &str) -> io::Result<Option<bool>> {
        if self.ended.is_some() {
            return Ok(None);
        }
        if let Some(answered) = self.confirmed {
            return Ok(Some(answered));
        }
        let Some(choice) = self.answer(ask::confirm(action))? else { return Ok(None) };
        self.confirmed = choice.to_all.then_some(choice.goes_on);
        Ok(Some(choice.goes_on))
    }
}
