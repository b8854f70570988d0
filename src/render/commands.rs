//! What commands send, shown: output on stdout, everything else on stderr.
//!
//! A server that knows of a host sends most of what is shown twice: as a record, and right after it as the call that
//! shows it. People see the call, and programs get the record. A record that no call follows comes from a command
//! without a host.

use super::host_text::HostText;
use super::left::Left;
use super::notices::{Notices, Stream};
use super::objects::{self, Objects};
use super::outcomes::Outcomes;
use super::progress::{self, Clock, DELAY, Line};
use super::records::write;
use super::{ErrorView, ObjectOutput, lost, remote_error, terminal};
use pssession::event::{Leaving, Source};
use pssession::host::{HostCall, HostRequest};
use pssession::record::PSSession;
use pssession::{
    InformationRecord, PSObject, PipelineEvent, ProgressRecord, ProgressRecordType, RemoteError,
};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, IsTerminal};
use std::time::Instant;

/// How commands are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandSettings {
    pub output: ObjectOutput,
    pub error_view: ErrorView,
    /// Whether what is shown says which computer it comes from.
    pub marks_computers: bool,
    /// Whether errors are shown.
    pub shows_errors: bool,
    /// Whether they are lines of a session that was entered, whose output is what is written to the host.
    pub is_entered: bool,
    /// Whether waits are shown, where there is a terminal for it.
    pub shows_progress: bool,
    /// With what a line begins that is for this program, where one can be typed.
    pub escape: Option<char>,
}

/// The commands of a run.
pub struct Commands {
    settings: CommandSettings,
    notices: Notices,
    objects: Objects,
    is_terminal: bool,
    /// Output that is not written yet.
    text: String,
    /// What the host of an entered session writes and is not written yet; its parts are harmless.
    host_output: String,
    pub outcomes: Outcomes,
    /// What is said of them at the end, so that it is the last line.
    left: Vec<Left>,
    /// The computers to which the connection is lost.
    lost: BTreeMap<String, Loss>,
    /// A line of the terminal says so.
    counts_loss: bool,
    /// Of each computer, how far its command says it is, and since when it says so.
    progress: BTreeMap<String, (String, Instant)>,
    /// Of each computer, the record whose call may follow.
    pending: HashMap<String, PipelineEvent>,
    host_text: HostText,
}

/// A connection that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Loss {
    since: Instant,
    until: Instant,
}

/// So much output is written at once.
const MOST_TEXT: usize = 64 << 10;

impl Commands {
    pub fn new(settings: CommandSettings, notices: Notices) -> Commands {
        let is_terminal = io::stdout().is_terminal();
        let width = terminal::width(is_terminal);
        Commands {
            settings,
            notices,
            objects: Objects::new(settings.output, width, settings.marks_computers),
            is_terminal,
            text: String::new(),
            host_output: String::new(),
            outcomes: Outcomes::default(),
            left: Vec::new(),
            lost: BTreeMap::new(),
            counts_loss: !settings.output.of_sessions().is_json()
                && settings.shows_progress
                && progress::is_possible(),
            progress: BTreeMap::new(),
            pending: HashMap::new(),
            host_text: HostText::default(),
        }
    }

    /// Shows an event.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn event(&mut self, source: &Source, event: PipelineEvent) -> io::Result<()> {
        let computer = source.computer_name.as_str();
        let before = self.pending.remove(computer);
        match event {
            PipelineEvent::Warning(_)
            | PipelineEvent::Verbose(_)
            | PipelineEvent::Debug(_)
            | PipelineEvent::Information(_) => {
                self.record(computer, before)?;
                self.pending.insert(computer.to_owned(), event);
                Ok(())
            }
            PipelineEvent::HostCall(call) => self.host_call(computer, before, call),
            PipelineEvent::Progress(record) => {
                self.record(computer, before)?;
                self.progressed(computer, &record);
                Ok(())
            }
            event => {
                self.record(computer, before)?;
                self.other(computer, event)
            }
        }
    }

    /// Shows what a command puts out.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn output(&mut self, computer: &str, objects: &[PSObject]) -> io::Result<()> {
        if !self.pending.is_empty() {
            let before = self.pending.remove(computer);
            self.record(computer, before)?;
        }
        self.outcomes.began(computer);
        self.write_host_output()?;
        for object in objects {
            self.objects.write(computer, object, &mut self.text);
            if self.text.len() > MOST_TEXT {
                self.write()?;
            }
        }
        Ok(())
    }

    fn progressed(&mut self, computer: &str, record: &ProgressRecord) {
        if record.record_type == ProgressRecordType::Completed {
            self.progress.remove(computer);
            return;
        }
        let mut text = record.activity.clone();
        for part in record.status_description.iter().filter(|status| !status.is_empty()) {
            text += &format!(": {part}");
        }
        if record.percent_complete >= 0 {
            text += &format!(" {} %", record.percent_complete);
        }
        let since = self.progress.get(computer).map_or_else(Instant::now, |(_, since)| *since);
        self.progress.insert(computer.to_owned(), (text, since));
    }

    pub fn settings(&self) -> &CommandSettings {
        &self.settings
    }

    /// A line for each computer of which there is something to say: that its connection is lost, or how far its command
    /// says it is.
    pub fn lines(&self) -> Vec<Line> {
        let of_loss = |(computer, loss): (&String, &Loss)| Line {
            text: lost::text(computer),
            clock: Some(Clock { until: loss.until, after: lost::ways_out(self.settings.escape) }),
            due: loss.since + lost::PATIENCE,
        };
        let of_progress = |(computer, (text, since)): (&String, &(String, Instant))| Line {
            text: match self.settings.marks_computers {
                true => format!("[{computer}] {text}"),
                false => text.clone(),
            },
            clock: None,
            due: *since + DELAY,
        };
        let lost = self.lost.iter().filter(|_| self.counts_loss).map(of_loss);
        let goes_on = |(computer, _): &(&String, _)| !self.lost.contains_key(*computer);
        lost.chain(self.progress.iter().filter(goes_on).map(of_progress)).collect()
    }

    /// What is no record: errors, ends, and what happens to the connection.
    fn other(&mut self, computer: &str, event: PipelineEvent) -> io::Result<()> {
        match event {
            PipelineEvent::Error(error) => self.error(computer, &error, false),
            PipelineEvent::Ended { state, error } => {
                self.outcomes.ended(computer, state);
                self.progress.remove(computer);
                self.lost.remove(computer);
                error.map_or(Ok(()), |error| self.error(computer, &error, true))?;
                self.objects.end_computer(computer, &mut self.text);
                self.write()
            }
            PipelineEvent::Gap => self.say(
                computer,
                Stream::Warning,
                "Output is missing here: the buffer of the session was full, and its mode is Drop.",
            ),
            PipelineEvent::PossibleGap { at_most } => {
                let what = match at_most {
                    Some(1) => "One record may".to_owned(),
                    Some(at_most) => format!("Up to {at_most} records may"),
                    None => "Output may".to_owned(),
                };
                let text = format!(
                    "{what} be missing here: the mode of the session is Drop, which discards what does not fit into \
                     the buffer of the session while it is disconnected."
                );
                self.say(computer, Stream::Warning, &text)
            }
            PipelineEvent::ConnectionLost { until } => {
                self.lost.insert(computer.to_owned(), Loss { since: Instant::now(), until });
                if self.counts_loss {
                    return self.write();
                }
                let text =
                    format!("The network connection to {computer} has been interrupted. Reconnecting...");
                self.say(computer, Stream::Warning, &text)
            }
            PipelineEvent::Reconnected => {
                self.lost.remove(computer);
                if self.counts_loss {
                    return Ok(());
                }
                let text = format!("The network connection to {computer} has been restored.");
                self.say(computer, Stream::Warning, &text)
            }
            // The library may have more to say than this program knows.
            _ => Ok(()),
        }
    }

    fn error(&mut self, computer: &str, error: &RemoteError, is_terminating: bool) -> io::Result<()> {
        // A native program's standard error is no failure.
        if !error.is_native_output() {
            self.outcomes.error(computer);
        }
        self.write()?;
        if self.settings.shows_errors {
            let text = match self.settings.error_view {
                // As Enter-PSSession shows what ends a line.
                _ if self.settings.is_entered && is_terminating && error.category != "ParserError" => {
                    format!("Error: {}", error.message)
                }
                ErrorView::Concise => remote_error::concise(error),
                ErrorView::Normal => remote_error::normal(error, computer),
            };
            self.notices.remote_error(self.mark(computer), &text, || objects::error(error, computer));
        }
        Ok(())
    }

    /// A record that no call shows.
    fn record(&mut self, computer: &str, record: Option<PipelineEvent>) -> io::Result<()> {
        match record {
            Some(PipelineEvent::Warning(text)) => self.say(computer, Stream::Warning, &text),
            Some(PipelineEvent::Verbose(text)) => self.say(computer, Stream::Verbose, &text),
            Some(PipelineEvent::Debug(text)) => self.say(computer, Stream::Debug, &text),
            // Write-Information alone is not shown, as in PowerShell.
            Some(PipelineEvent::Information(record)) if is_shown(&record) => {
                self.say(computer, Stream::Information, &record.message_data.to_string())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A call of the host, and the record that came before it.
    fn host_call(&mut self, computer: &str, before: Option<PipelineEvent>, call: HostCall) -> io::Result<()> {
        if let HostRequest::SetShouldExit(number) = call.request() {
            self.outcomes.exit(computer, *number);
        }
        // Programs get the record.
        if self.settings.output != ObjectOutput::Text && before.is_some() {
            return self.record(computer, before);
        }
        match call.request() {
            HostRequest::WriteProgress { record, .. } => {
                self.progressed(computer, record);
                Ok(())
            }
            HostRequest::WriteWarningLine(text) => self.say(computer, Stream::Warning, text),
            HostRequest::WriteVerboseLine(text) => self.say(computer, Stream::Verbose, text),
            HostRequest::WriteDebugLine(text) => self.say(computer, Stream::Debug, text),
            HostRequest::WriteErrorLine(_) if self.settings.is_entered && !self.settings.shows_errors => {
                self.outcomes.error(computer);
                Ok(())
            }
            call @ HostRequest::Write { .. } if self.settings.is_entered => {
                if !self.text.is_empty() {
                    self.write()?;
                }
                let written = self.host_text.of(computer, None, call, self.notices.colors_output());
                self.host_output += &written.unwrap_or_default();
                if self.host_output.len() > MOST_TEXT { self.write() } else { Ok(()) }
            }
            call => {
                if let HostRequest::WriteErrorLine(_) = call {
                    self.outcomes.error(computer);
                }
                self.write()?;
                let mark = self.mark(computer);
                self.notices.host(&mut self.host_text, computer, mark, call);
                Ok(())
            }
        }
    }

    fn say(&mut self, computer: &str, stream: Stream, text: &str) -> io::Result<()> {
        self.write()?;
        self.notices.remote(self.mark(computer), stream, text);
        Ok(())
    }

    /// The computer, where it has to be said.
    fn mark<'a>(&self, computer: &'a str) -> Option<&'a str> {
        self.settings.marks_computers.then_some(computer)
    }

    /// A session was left: how to go on with it is shown at the end.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn left(&mut self, session: &PSSession, leaving: Leaving) -> io::Result<()> {
        self.outcomes.left(leaving);
        let lost_for = self.lost.remove(&session.computer_name).map(|loss| loss.since.elapsed());
        self.left.push(Left { session: session.clone(), leaving, lost_for });
        self.flush()
    }

    /// Shows what has come so far, also what waits for the next event.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        for (computer, record) in pending {
            self.record(&computer, Some(record))?;
        }
        self.objects.flush(&mut self.text);
        self.write()
    }

    /// Ends the output, and the objects unless sessions were written in their place.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn finish(&mut self, are_objects: bool) -> io::Result<()> {
        self.flush()?;
        if are_objects {
            self.objects.end(&mut self.text);
        }
        self.write()?;
        for (computer, number) in self.outcomes.unfit_numbers() {
            let text = format!(
                "The command exited with {number}, which does not fit into an exit status (0 to 255)."
            );
            self.notices.remote(self.mark(computer), Stream::Warning, &text);
        }
        if self.settings.marks_computers {
            self.notices.recap(&self.outcomes);
        }
        Ok(())
    }

    /// How to come back to what was left: the last that is shown.
    pub fn last_words(&self) {
        self.left.iter().for_each(|left| self.notices.left(left));
    }

    /// Writes what has come so far.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn write(&mut self) -> io::Result<()> {
        self.write_host_output()?;
        if self.text.is_empty() {
            return Ok(());
        }
        let text = match (self.is_terminal, self.settings.output) {
            (true, ObjectOutput::Json | ObjectOutput::JsonLines) => terminal::harmless_json(&self.text),
            (true, _) => terminal::output(&self.text),
            // A program gets what there is, to the letter.
            (false, _) => self.text.as_str().into(),
        };
        let written = write(&text);
        self.text.clear();
        written
    }

    fn write_host_output(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.host_output);
        if text.is_empty() { Ok(()) } else { write(&text) }
    }
}

/// Whether people see an information record: Write-Host's, and those that the script's preference shows.
fn is_shown(record: &InformationRecord) -> bool {
    record.tags.iter().any(|tag| tag == "PSHOST")
}
