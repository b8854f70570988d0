//! What the canned commands do.

use std::time::Duration;

use super::call::Call;
use super::{Runspace, Step, canned, parse};
use crate::psrp::clixml::encode;
use crate::psrp::host::{self, Question};
use crate::psrp::record::{self, End, information};
use crate::psrp::value::Value;
use crate::psrp::wire::MessageType;

/// The longest that PowerShell sleeps: as many milliseconds as fit in 31 bits.
const MAX_SLEEP: Duration = Duration::from_millis(0x7FFF_FFFF);

const COLOURS: [&str; 16] = [
    "Black",
    "DarkBlue",
    "DarkGreen",
    "DarkCyan",
    "DarkRed",
    "DarkMagenta",
    "DarkYellow",
    "Gray",
    "DarkGray",
    "Blue",
    "Green",
    "Cyan",
    "Red",
    "Magenta",
    "Yellow",
    "White",
];

impl Runspace {
    /// The steps of a command. `has_host`: the client has a host that can be called.
    pub fn call(&mut self, call: &Call, has_host: bool) -> Result<Vec<Step>, End> {
        let output = |value| Ok(vec![Step::Output(value)]);
        let outputs = |values: Vec<Value>| Ok(values.into_iter().map(Step::Output).collect());
        let record = |kind, data, call: String| {
            let mut steps = vec![Step::Record(kind, data)];
            steps.extend(has_host.then_some(Step::HostCall(call)));
            Ok(steps)
        };
        let stream = |name: &str, kind| {
            let message = call.text("Message", 0);
            record(kind, record::informational(name, &message), host::write_stream(name, &message))
        };
        match call.name.to_ascii_lowercase().as_str() {
            "start-sleep" => Ok(vec![Step::Sleep(sleep(call))]),
            "wait-event" => Ok(vec![Step::WaitForEver]),
            "write-error" => {
                let id = call.parameter("ErrorId").map(Value::text);
                let target = call.parameter("TargetObject").map(Value::text).unwrap_or_default();
                Ok(vec![Step::Error(record::write_error(&call.text("Message", 0), id, target))])
            }
            "write-warning" => stream("Warning", MessageType::WarningRecord),
            // Both are silent by default, as $VerbosePreference and $DebugPreference are.
            "write-verbose" if call.switch("Verbose") => stream("Verbose", MessageType::VerboseRecord),
            "write-debug" if call.switch("Debug") => stream("Debug", MessageType::DebugRecord),
            "write-verbose" | "write-debug" => Ok(Vec::new()),
            "write-information" => {
                let data = format!("<S N=\"MessageData\">{}</S>", encode(&call.text("MessageData", 0)));
                let tags = match call.parameter("Tags") {
                    Some(Value::List(tags)) => tags.iter().map(Value::text).collect(),
                    tag => tag.map(Value::text).into_iter().collect::<Vec<_>>(),
                };
                let data = information(&data, "Write-Information", &tags, &self.machine);
                Ok(vec![Step::Record(MessageType::InformationRecord, data)])
            }
            "write-host" => {
                let text = call.text("Object", 0);
                let line = !call.switch("NoNewline");
                let colours = colours(call);
                let named = colours.map(|(front, back)| (COLOURS[front], COLOURS[back]));
                let data = record::host_message(&text, line, named);
                let data = information(&data, "Write-Host", &["PSHOST".to_owned()], &self.machine);
                let numbers = colours.map(|(front, back)| (front as i32, back as i32));
                record(MessageType::InformationRecord, data, host::write(&text, numbers, line))
            }
            "write-progress" => {
                let data = record::progress(
                    &call.text("Activity", 0),
                    call.number("Id", 0),
                    &call.text("Status", 1),
                    call.number("PercentComplete", -1),
                    call.switch("Completed"),
                );
                let shown = host::write_progress(&data);
                record(MessageType::ProgressRecord, data, shown)
            }
            "write-output" | "echo" => match call.positional.as_slice() {
                [Value::List(values)] => outputs(values.clone()),
                values => outputs(values.to_vec()),
            },
            "read-host" => {
                let secure = call.switch("AsSecureString") || call.switch("MaskInput");
                ask(has_host, "Read-Host", Question::Field { prompt: call.text("Prompt", 0), secure })
            }
            "get-credential" => {
                let message = call.parameter("Message").map(Value::text);
                let message = message.unwrap_or_else(|| "Enter your credentials.".to_owned());
                let user = call.text("UserName", 0);
                ask(has_host, "Get-Credential", Question::Credential { message, user })
            }
            "throw" => Err(End::Failed(record::thrown(&call.text("", 0)))),
            "exit" => {
                let exit_code = call.text("", 0).parse().unwrap_or(0);
                let call = has_host.then(|| Step::HostCall(host::set_should_exit(exit_code)));
                Ok(call.into_iter().chain([Step::End(End::Completed)]).collect())
            }
            "exit-pssession" => Ok(Vec::from_iter(has_host.then(|| Step::HostCall(host::pop_runspace())))),
            "convertto-securestring" => output(Value::SecureString(call.text("String", 0))),
            "hostname" => output(Value::string(&self.machine)),
            "prompt" => output(Value::string("PS C:\\> ")),
            "start-job" => Ok(vec![Step::Output(self.start_job(call))]),
            "get-job" | "wait-job" => outputs(self.jobs(&call.text("Name", 0))),
            "receive-job" => Ok(self.receive_job(&call.text("Name", 0), call)),
            "get-process" => outputs(canned::processes(call)),
            "get-service" => outputs(canned::services(call)),
            "get-command" => outputs(canned::commands()),
            "get-date" => output(Value::Date("2026-01-01T12:00:00+00:00")),
            "get-location" => output(Value::object(
                "System.Management.Automation.PathInfo",
                vec![("Path", Value::string("C:\\"))],
            )),
            "tabexpansion2" => output(canned::completion(call)),
            _ => match choice(self, &call.name) {
                Some(question) => ask(has_host, "PromptForChoice", question),
                None => Ok(vec![Step::Error(record::command_not_found(&call.name))]),
            },
        }
    }
}

impl Runspace {
    /// A job runs when its output is wanted, and has ended by then.
    fn start_job(&mut self, call: &Call) -> Value {
        let id = i32::try_from(self.started_jobs.len() + 1).unwrap_or(i32::MAX);
        let name = call.parameter("Name").map_or_else(|| format!("Job{id}"), Value::text);
        let block = call.text("ScriptBlock", 0);
        let body = block.trim().trim_start_matches('{').trim_end_matches('}').to_owned();
        let job = canned::job(&name, id, "Running", &self.machine);
        self.started_jobs.push((name, body));
        job
    }

    /// The jobs with this name or all; where none was started there is one that someone else has.
    fn jobs(&self, name: &str) -> Vec<Value> {
        let known = |(started, _): &(String, String)| name.is_empty() || started.eq_ignore_ascii_case(name);
        match self.started_jobs.is_empty() {
            true => vec![canned::job("Job2", 2, "Completed", &self.machine)],
            false => (1..)
                .zip(&self.started_jobs)
                .filter(|(_, job)| known(job))
                .map(|(id, (name, _))| canned::job(name, id, "Completed", &self.machine))
                .collect(),
        }
    }

    fn receive_job(&self, name: &str, call: &Call) -> Vec<Step> {
        let job = self.started_jobs.iter().find(|(started, _)| started.eq_ignore_ascii_case(name));
        match job.map(|(_, body)| parse::statements(body)) {
            Some(Ok(statements)) => {
                statements.into_iter().map(|text| Step::Statement(text.to_owned(), 1)).collect()
            }
            Some(Err(error)) => vec![Step::Error(error)],
            None => vec![Step::Error(record::command_not_found(&call.name))],
        }
    }
}

/// Asks the host, or reports that there is none.
fn ask(has_host: bool, command: &'static str, question: Question) -> Result<Vec<Step>, End> {
    Ok(vec![match has_host {
        true => Step::Ask(command, question),
        false => Step::Error(record::host_failed(command, record::NO_HOST)),
    }])
}

/// `$Host.UI.PromptForChoice('caption', 'message', @('&Yes', '&No'), 1)`, or with several defaults.
fn choice(runspace: &Runspace, text: &str) -> Option<Question> {
    let start = "$host.ui.promptforchoice(";
    let head = text.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start))?;
    let arguments = runspace.values(text.get(head.len()..)?.strip_suffix(')')?)?;
    let [caption, message, Value::List(labels), default] = arguments.as_slice() else { return None };
    let labels = labels.iter().map(Value::text).collect();
    Some(Question::Choice {
        caption: caption.text(),
        message: message.text(),
        labels,
        default: default.clone(),
    })
}

/// The numbers of foreground and background, if the call has one of them.
fn colours(call: &Call) -> Option<(usize, usize)> {
    let number = |parameter| {
        let name = call.parameter(parameter)?.text();
        COLOURS.iter().position(|colour| colour.eq_ignore_ascii_case(&name))
    };
    match (number("ForegroundColor"), number("BackgroundColor")) {
        (None, None) => None,
        (foreground, background) => Some((foreground.unwrap_or(7), background.unwrap_or(0))),
    }
}

/// How long `Start-Sleep` sleeps: seconds, unless it says milliseconds.
fn sleep(call: &Call) -> Duration {
    let number = |value: Option<&Value>| value.and_then(|value| value.text().parse::<f64>().ok());
    let seconds = match number(call.parameter("Milliseconds")) {
        Some(milliseconds) => milliseconds / 1000.0,
        None => number(call.parameter("Seconds").or_else(|| call.positional.first())).unwrap_or(0.0),
    };
    Duration::try_from_secs_f64(seconds).unwrap_or_default().min(MAX_SLEEP)
}
