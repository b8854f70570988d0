//! The canned commands: a handful of PowerShell statements that stand in for PowerShell, listed in the
//! crate's documentation. Each becomes the [`Step`]s that it would show to a client.

use std::collections::HashMap;
use std::time::Duration;

use super::clixml;
use super::record;
use super::wire::MessageType;

/// What a pipeline does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends a message to the client.
    Message(MessageType, String),
    Sleep(Duration),
    /// Runs on until stopped.
    WaitForEver,
    /// Waits for the end of the client's input and puts out what came.
    Input,
    /// Asks the client's host for a line with this prompt, and puts out the answer.
    ReadHost(String),
    /// Ends with this PIPELINE_STATE.
    End(String),
}

/// What scripts of one runspace see around them.
#[derive(Debug)]
pub struct Runspace {
    machine: String,
    /// By name in lower case.
    variables: HashMap<String, Vec<Value>>,
}

/// One object: how it goes to the client, and how it looks inside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    clixml: String,
    text: String,
}

impl Value {
    fn string(text: &str) -> Value {
        Value { clixml: clixml::string(text), text: text.to_owned() }
    }

    fn int(number: i32) -> Value {
        Value { clixml: clixml::int(number), text: number.to_string() }
    }
}

/// Bounds what one script may unfold to.
const MAX_STEPS: usize = 100_000;
/// Bounds the octets of a text that a script repeats.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// The longest that PowerShell sleeps: as many milliseconds as fit in 31 bits.
const MAX_SLEEP: Duration = Duration::from_millis(0x7FFF_FFFF);
/// Bounds how deep bodies may be nested.
const MAX_DEPTH: usize = 4;

impl Runspace {
    /// A runspace without variables on this computer.
    pub fn new(machine: &str) -> Runspace {
        Runspace { machine: machine.to_owned(), variables: HashMap::new() }
    }

    /// The steps of a script, the last of which ends the pipeline. `has_host`: the client has a host that can
    /// be called.
    pub fn compile(&mut self, script: &str, has_host: bool) -> Vec<Step> {
        let mut compiler = Compiler { runspace: self, has_host, steps: Vec::new() };
        let end = match compiler.statements(script, 0) {
            Ok(()) => record::completed(),
            Err(Ended::Completed) => record::completed(),
            Err(Ended::Thrown(message)) => record::thrown(&message),
            Err(Ended::Unparsed(message)) => record::parse_error(message),
        };
        let mut steps = compiler.steps;
        steps.push(Step::End(end));
        steps
    }
}

/// Why the rest of a script does not run.
enum Ended {
    Completed,
    Thrown(String),
    Unparsed(&'static str),
}

struct Compiler<'a> {
    runspace: &'a mut Runspace,
    has_host: bool,
    steps: Vec<Step>,
}

impl Compiler<'_> {
    fn statements(&mut self, script: &str, depth: usize) -> Result<(), Ended> {
        for statement in split(script, |character| matches!(character, ';' | '\n' | '\r'))? {
            self.statement(statement.trim(), depth)?;
            if self.steps.len() > MAX_STEPS {
                return Err(Ended::Unparsed("The script unfolds to too many steps."));
            }
        }
        Ok(())
    }

    fn statement(&mut self, statement: &str, depth: usize) -> Result<(), Ended> {
        if statement.is_empty() {
            return Ok(());
        }
        let pipeline = split(statement, |character| character == '|')?;
        if let [numbers, command] = pipeline.as_slice() {
            return self.for_each(numbers.trim(), command.trim(), depth);
        }
        if let Some((name, expression)) = assignment(statement) {
            let values = self.values(expression).unwrap_or_default();
            self.runspace.variables.insert(name, values);
            return Ok(());
        }
        let words: Vec<&str> =
            split(statement, char::is_whitespace)?.into_iter().filter(|w| !w.is_empty()).collect();
        let Some((command, arguments)) = words.split_first() else { return Ok(()) };
        let argument = || self.argument(arguments);
        let switch = |name: &str| arguments.iter().any(|word| word.eq_ignore_ascii_case(name));
        let message = |kind, data| Step::Message(kind, data);
        let step = match command.to_ascii_lowercase().as_str() {
            "start-sleep" => Step::Sleep(sleep(arguments)),
            "wait-event" => Step::WaitForEver,
            "$input" => Step::Input,
            "write-error" => message(MessageType::ErrorRecord, record::write_error(&argument())),
            "write-warning" => {
                message(MessageType::WarningRecord, record::informational("Warning", &argument()))
            }
            // Both are silent by default, as $VerbosePreference and $DebugPreference are.
            "write-verbose" if switch("-Verbose") => {
                message(MessageType::VerboseRecord, record::informational("Verbose", &argument()))
            }
            "write-debug" if switch("-Debug") => {
                message(MessageType::DebugRecord, record::informational("Debug", &argument()))
            }
            "write-verbose" | "write-debug" => return Ok(()),
            "write-host" => {
                let text = argument();
                let information = record::host_information(&text, &self.runspace.machine);
                self.steps.push(message(MessageType::InformationRecord, information));
                if !self.has_host {
                    return Ok(());
                }
                message(MessageType::PipelineHostCall, record::write_line(&text))
            }
            "read-host" if self.has_host => Step::ReadHost(argument()),
            "read-host" => message(MessageType::ErrorRecord, record::host_failed(record::NO_HOST)),
            "throw" => return Err(Ended::Thrown(argument())),
            "exit" => {
                let exit_code = argument().parse().unwrap_or(0);
                if self.has_host {
                    let call = record::set_should_exit(exit_code);
                    self.steps.push(Step::Message(MessageType::PipelineHostCall, call));
                }
                return Err(Ended::Completed);
            }
            "write-output" => return self.output(&arguments.join(" ")),
            _ => return self.output(statement),
        };
        self.steps.push(step);
        Ok(())
    }

    /// `NUMBERS | ForEach-Object { BODY }`, the one pipeline of several commands there is.
    fn for_each(&mut self, numbers: &str, command: &str, depth: usize) -> Result<(), Ended> {
        let (name, body) = command.split_once('{').unwrap_or((command, ""));
        let name = name.trim();
        let Some(body) = body.trim_end().strip_suffix('}') else {
            return self.output(name);
        };
        if !(name == "%" || name.eq_ignore_ascii_case("ForEach-Object")) || depth == MAX_DEPTH {
            return self.output(name);
        }
        for value in self.values(numbers).unwrap_or_default() {
            self.runspace.variables.insert("_".to_owned(), vec![value]);
            self.statements(body, depth + 1)?;
        }
        Ok(())
    }

    /// Puts out the values of an expression; what is none is the name of a command that does not exist.
    fn output(&mut self, expression: &str) -> Result<(), Ended> {
        let steps: Vec<Step> = match self.values(expression) {
            Some(values) => values
                .into_iter()
                .map(|value| Step::Message(MessageType::PipelineOutput, value.clixml))
                .collect(),
            None => {
                let name = expression.split_whitespace().next().unwrap_or_default();
                vec![Step::Message(MessageType::ErrorRecord, record::command_not_found(name))]
            }
        };
        self.steps.extend(steps);
        Ok(())
    }

    /// The objects that an expression gives, or `None` where it is none of the forms known here.
    fn values(&self, expression: &str) -> Option<Vec<Value>> {
        let expression = expression.trim();
        if let Some(text) = quoted(expression, '\'') {
            return Some(vec![Value::string(&text.replace("''", "'"))]);
        }
        if let Some(text) = quoted(expression, '"') {
            return Some(vec![Value::string(&self.expand(text))]);
        }
        if let Some((text, count)) = repeated(expression) {
            return Some(vec![Value::string(&text.repeat(count))]);
        }
        if let Ok(number) = expression.parse() {
            return Some(vec![Value::int(number)]);
        }
        if let Some((first, last)) = expression.split_once("..") {
            let (first, last): (i32, i32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            return Some((first..=last).take(MAX_STEPS).map(Value::int).collect());
        }
        if let Some(name) = expression.strip_prefix('$') {
            return Some(
                self.runspace.variables.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default(),
            );
        }
        match expression.to_ascii_lowercase().as_str() {
            "hostname" => Some(vec![Value::string(&self.runspace.machine)]),
            "get-job" => {
                let clixml = record::job("Job2", &self.runspace.machine);
                Some(vec![Value { clixml, text: "System.Management.Automation.PSRemotingJob".to_owned() }])
            }
            _ => None,
        }
    }

    /// The first argument that is no name of a parameter, as text.
    fn argument(&self, arguments: &[&str]) -> String {
        let Some(word) = arguments.iter().find(|word| !word.starts_with('-') || word.parse::<i32>().is_ok())
        else {
            return String::new();
        };
        match self.values(word) {
            Some(values) => values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(" "),
            None => (*word).to_owned(),
        }
    }

    /// A text in double quotes, with its variables filled in.
    fn expand(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let values = self.runspace.variables.get(&name.to_ascii_lowercase());
            let texts: Vec<&str> =
                values.iter().flat_map(|v| v.iter()).map(|value| value.text.as_str()).collect();
            expanded.push_str(&texts.join(" "));
            expanded.push_str(rest);
        }
        expanded
    }
}

/// Cuts a script where `separates` says so, outside of quotes and braces.
fn split(script: &str, separates: impl Fn(char) -> bool) -> Result<Vec<&str>, Ended> {
    let mut parts = Vec::new();
    let (mut start, mut quote, mut depth) = (0, None, 0usize);
    for (at, character) in script.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => {
                depth = depth.checked_sub(1).ok_or(Ended::Unparsed("Unexpected token '}' in expression."))?;
            }
            (None, _) if depth == 0 && separates(character) => {
                parts.push(script.get(start..at).unwrap_or_default());
                start = at + character.len_utf8();
            }
            (None, _) => {}
        }
    }
    if quote.is_some() {
        return Err(Ended::Unparsed("The string is missing the terminator."));
    }
    if depth > 0 {
        return Err(Ended::Unparsed("Missing closing '}' in statement block."));
    }
    parts.push(script.get(start..).unwrap_or_default());
    Ok(parts)
}

/// The inside of a text that is one quoted string from end to end.
fn quoted(text: &str, quote: char) -> Option<&str> {
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    // A doubled quote is a literal quote; a single one would mean that there are two strings.
    let doubled: String = [quote, quote].iter().collect();
    (!inside.replace(&doubled, "").contains(quote)).then_some(inside)
}

/// `'text' * number`, as long as that is not too much.
fn repeated(expression: &str) -> Option<(&str, usize)> {
    let (text, count) = expression.rsplit_once('*')?;
    let (text, count): (&str, usize) = (quoted(text.trim(), '\'')?, count.trim().parse().ok()?);
    (text.len().saturating_mul(count) <= MAX_TEXT).then_some((text, count))
}

/// `$name = expression`.
fn assignment(statement: &str) -> Option<(String, &str)> {
    let (name, expression) = statement.strip_prefix('$')?.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && name.chars().all(char::is_alphanumeric))
        .then(|| (name.to_ascii_lowercase(), expression))
}

/// How long `Start-Sleep` sleeps: seconds, unless it says milliseconds.
fn sleep(arguments: &[&str]) -> Duration {
    let amount: f64 = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(0.0);
    let milliseconds = arguments.iter().any(|word| word.to_ascii_lowercase().starts_with("-m"));
    let length = Duration::try_from_secs_f64(if milliseconds { amount / 1000.0 } else { amount });
    length.unwrap_or_default().min(MAX_SLEEP)
}
