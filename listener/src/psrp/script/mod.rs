//! The canned commands: a handful of PowerShell statements that stand in for PowerShell, listed in the
//! crate's documentation. A statement becomes [`Step`]s when its turn comes, so that it sees what those before it did.

mod call;
mod canned;
mod commands;
mod expression;
mod parse;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

pub use call::Call;
pub use canned::{COMMANDS, VISIBLE, metadata};
use parse::{assignment, bracketed, headed, split, statements};

use super::host::Question;
use super::key::SessionKey;
use super::record::{self, End, ErrorRecord};
use super::value::Value;
use super::wire::MessageType;

/// What a pipeline does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Output(Value),
    Error(ErrorRecord),
    /// Sends the client a record.
    Record(MessageType, String),
    /// Calls the client's host, which does not answer.
    HostCall(String),
    /// Becomes the steps of a statement, which is in so many bodies.
    Statement(String, usize),
    /// Becomes the steps of a body with a variable.
    Body {
        variable: String,
        value: Value,
        body: Arc<str>,
        depth: usize,
    },
    Call(Call),
    Sleep(Duration),
    /// Runs on until stopped.
    WaitForEver,
    /// Waits for the end of the client's input and puts out what came.
    Input,
    /// Asks the client's host for this command, and puts out the answer.
    Ask(&'static str, Question),
    /// Keeps what is put out from here on.
    Collect,
    /// Does something with what was kept.
    Collected(Then),
    End(End),
}

/// What becomes of the output of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    Assign(String),
    ForEach {
        variable: String,
        body: Arc<str>,
        depth: usize,
    },
    /// Out-String; `stream`: a string for each line.
    Format {
        stream: bool,
    },
    Discard,
}

/// What scripts of one runspace see around them.
#[derive(Debug)]
pub struct Runspace {
    machine: String,
    /// By name in lower case.
    variables: HashMap<String, Vec<Value>>,
    /// Names and bodies of the jobs that were started.
    started_jobs: Vec<(String, String)>,
    pub key: SessionKey,
    /// Scripts may run. An endpoint without a language takes some commands only.
    pub has_language: bool,
}

/// Bounds the values of one expression.
const MAX_VALUES: usize = 100_000;
/// Bounds how deep bodies may be nested.
const MAX_DEPTH: usize = 4;

impl Runspace {
    /// A runspace without variables on this computer.
    pub fn new(machine: &str) -> Runspace {
        Runspace {
            machine: machine.to_owned(),
            variables: HashMap::new(),
            started_jobs: Vec::new(),
            key: SessionKey::new(),
            has_language: true,
        }
    }

    pub fn set(&mut self, variable: &str, values: Vec<Value>) {
        self.variables.insert(variable.to_ascii_lowercase(), values);
    }

    /// The commands that may be called.
    pub fn visible(&self) -> &'static [&'static str] {
        if self.has_language { &COMMANDS } else { &VISIBLE }
    }

    pub fn knows(&self, command: &str) -> bool {
        self.visible().iter().any(|known| known.eq_ignore_ascii_case(command))
    }

    /// The statements of a script whose arguments are these.
    pub fn script(&mut self, call: &Call) -> Result<Vec<Step>, ErrorRecord> {
        if !self.has_language {
            return Err(record::no_language());
        }
        statements(&call.name)?;
        let (names, body) = parse::parameters(&call.name).unwrap_or((Vec::new(), &call.name));
        let mut positional = call.positional.iter().cloned();
        for name in names {
            let value = call.parameter(&name).cloned().or_else(|| positional.next());
            self.set(&name, value.into_iter().collect());
        }
        self.set("args", positional.collect());
        Ok(statements(body)?.into_iter().map(|text| Step::Statement(text.to_owned(), 0)).collect())
    }

    /// The steps of one statement.
    pub fn statement(&mut self, statement: &str, depth: usize, has_host: bool) -> Result<Vec<Step>, End> {
        if let Some((name, expression)) = assignment(statement) {
            let source = vec![Step::Statement(expression.to_owned(), depth)];
            return Ok(collect(source, Then::Assign(name)));
        }
        let commands = split(statement, |character| character == '|').map_err(End::Failed)?;
        if let [first @ .., last] = commands.as_slice()
            && !first.is_empty()
        {
            // What comes before the last bar is a statement of its own.
            let length = statement.len() - last.len() - 1;
            let source = statement.get(..length).unwrap_or_default().trim().to_owned();
            let Some(then) = then(last.trim(), depth) else {
                let name = last.split_whitespace().next().unwrap_or_default();
                return Ok(vec![Step::Error(record::command_not_found(name))]);
            };
            return Ok(collect(vec![Step::Statement(source, depth)], then));
        }
        if let Some((head, body)) = headed(statement, "foreach")
            && let Some((variable, list)) = head.split_once(" in ")
            && let Some(body) = bracketed(body, "{", '}')
        {
            let variable = variable.trim().trim_start_matches('$').to_ascii_lowercase();
            let source = vec![Step::Statement(list.trim().to_owned(), depth)];
            return Ok(collect(source, Then::ForEach { variable, body: body.into(), depth }));
        }
        if statement == "$input" {
            return Ok(vec![Step::Input]);
        }
        if let Some(values) = self.values(statement) {
            return Ok(values.into_iter().map(Step::Output).collect());
        }
        let words = split(statement, char::is_whitespace).map_err(End::Failed)?;
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let value = |word: &str| self.value(word).unwrap_or_else(|| Value::string(word));
        let Some(call) = Call::of_words(&words, value) else { return Ok(Vec::new()) };
        self.call(&call, has_host)
    }

    /// The statements of a body, which sees this variable.
    pub fn body(&mut self, variable: &str, value: Value, body: &str, depth: usize) -> Result<Vec<Step>, End> {
        self.set(variable, vec![value]);
        let statements = statements(body).map_err(End::Failed)?;
        Ok(statements.into_iter().map(|text| Step::Statement(text.to_owned(), depth + 1)).collect())
    }
}

fn collect(source: Vec<Step>, then: Then) -> Vec<Step> {
    let mut steps = vec![Step::Collect];
    steps.extend(source);
    steps.push(Step::Collected(then));
    steps
}

/// What a command behind a bar does with what comes to it.
fn then(command: &str, depth: usize) -> Option<Then> {
    let (name, rest) = command.split_once('{').unwrap_or((command, ""));
    let word = name.split_whitespace().next().unwrap_or_default();
    if let Some(body) = rest.trim_end().strip_suffix('}') {
        let known = word == "%" || word.eq_ignore_ascii_case("ForEach-Object");
        let for_each = Then::ForEach { variable: "_".to_owned(), body: body.into(), depth };
        return (known && depth < MAX_DEPTH).then_some(for_each);
    }
    match word.to_ascii_lowercase().as_str() {
        "out-string" => Some(Then::Format { stream: command.to_ascii_lowercase().contains(" -s") }),
        "out-null" => Some(Then::Discard),
        _ => None,
    }
}
