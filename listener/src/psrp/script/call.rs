//! A call of a command: its name and its arguments, from a line of a script or as a client sends it.

use crate::psrp::value::Value;

/// Parameters that take no value.
const SWITCHES: [&str; 9] = [
    "AsPlainText",
    "AsSecureString",
    "Completed",
    "Debug",
    "Force",
    "MaskInput",
    "NoNewline",
    "Stream",
    "Verbose",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub positional: Vec<Value>,
    /// Without the dash, in the client's spelling; a switch is `$true`.
    pub named: Vec<(String, Value)>,
}

impl Call {
    /// A call as a script has it. `value`: what a word stands for.
    pub fn of_words(words: &[&str], value: impl Fn(&str) -> Value) -> Option<Call> {
        let (name, words) = words.split_first()?;
        let mut call = Call { name: (*name).to_owned(), positional: Vec::new(), named: Vec::new() };
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let Some(name) = parameter_name(word) else {
                call.positional.push(value(word));
                continue;
            };
            let switch = SWITCHES.iter().any(|switch| starts_with(switch, name));
            let given = words.next_if(|word| !switch && parameter_name(word).is_none());
            call.named.push((name.to_owned(), given.map_or(Value::Bool(true), |word| value(word))));
        }
        Some(call)
    }

    /// A parameter, which the call may have shortened.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.named.iter().find(|(given, _)| starts_with(name, given)).map(|(_, value)| value)
    }

    /// A switch that is on.
    pub fn switch(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| *value != Value::Bool(false))
    }

    /// The text of a parameter, or of the argument at this position; empty where there is neither.
    pub fn text(&self, name: &str, position: usize) -> String {
        self.parameter(name).or_else(|| self.positional.get(position)).map(Value::text).unwrap_or_default()
    }

    /// The number that a parameter has.
    pub fn number(&self, name: &str, otherwise: i32) -> i32 {
        self.parameter(name).and_then(|value| value.text().parse().ok()).unwrap_or(otherwise)
    }
}

/// `-Name`, and not a negative number.
fn parameter_name(word: &str) -> Option<&str> {
    word.strip_prefix('-').filter(|name| name.starts_with(char::is_alphabetic))
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}
