//! Expressions of the canned language, which have their values at once.

use super::parse::{bracketed, quoted, split};
use super::{MAX_VALUES, Runspace};
use crate::psrp::value::{Value, join};

/// Bounds the octets of a text that a script repeats.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Bounds how deep expressions may be nested.
const MAX_DEPTH: usize = 16;

impl Runspace {
    /// The objects that an expression gives, or `None` where it is none of the forms known here.
    pub fn values(&self, expression: &str) -> Option<Vec<Value>> {
        self.evaluate(expression.trim(), 0)
    }

    /// The one value of an expression.
    pub fn value(&self, expression: &str) -> Option<Value> {
        self.values(expression).map(single)
    }

    fn evaluate(&self, expression: &str, depth: usize) -> Option<Vec<Value>> {
        if depth == MAX_DEPTH {
            return None;
        }
        let evaluate = |part: &str| self.evaluate(part.trim(), depth + 1);
        if let Some(text) = quoted(expression, '\'') {
            return Some(vec![Value::string(text.replace("''", "'"))]);
        }
        if let Some(text) = quoted(expression, '"') {
            return Some(vec![Value::String(self.expand(text))]);
        }
        if let Some(number) = expression.parse().ok().filter(|_| !expression.starts_with('+')) {
            return Some(vec![Value::Int(number)]);
        }
        let parts = split(expression, |character| character == ',').ok()?;
        if parts.len() > 1 {
            return parts.into_iter().map(|part| evaluate(part).map(single)).collect();
        }
        if let Some(entries) = bracketed(expression, "@{", '}') {
            return self.entries(entries, depth).map(|entries| vec![Value::Hashtable(entries)]);
        }
        if let Some(entries) = bracketed(expression, "[pscustomobject]@{", '}') {
            return self.entries(entries, depth).map(|entries| vec![Value::custom(entries)]);
        }
        if let Some(inside) = bracketed(expression, "@(", ')').or_else(|| bracketed(expression, "(", ')')) {
            return if inside.trim().is_empty() { Some(Vec::new()) } else { evaluate(inside) };
        }
        if let Some((text, count)) = repeated(expression) {
            return Some(vec![Value::string(text.repeat(count))]);
        }
        let plus = split(expression, |character| character == '+').ok()?;
        if let [first, rest @ ..] = plus.as_slice()
            && !rest.is_empty()
        {
            let sum = rest
                .iter()
                .try_fold(single(evaluate(first)?), |sum, part| Some(add(sum, single(evaluate(part)?))));
            return sum.map(|sum| vec![sum]);
        }
        if let Some((first, last)) = expression.split_once("..") {
            let (first, last): (i32, i32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            return Some((first..=last).take(MAX_VALUES).map(Value::Int).collect());
        }
        self.variable(expression.strip_prefix('$')?)
    }

    /// `name = value; ...` of a hashtable.
    fn entries(&self, text: &str, depth: usize) -> Option<Vec<(String, Value)>> {
        let parts = split(text, |character| matches!(character, ';' | '\n')).ok()?;
        parts
            .into_iter()
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let (name, value) = part.split_once('=')?;
                let name = name.trim().trim_matches(['\'', '"']).to_owned();
                Some((name, single(self.evaluate(value.trim(), depth + 1)?)))
            })
            .collect()
    }

    /// What `$path` gives: a variable, or a property of its value.
    fn variable(&self, path: &str) -> Option<Vec<Value>> {
        let mut names = path.split('.');
        let name = names.next().filter(|name| is_name(name))?.to_ascii_lowercase();
        let mut values = match name.as_str() {
            "null" => vec![Value::Null],
            "true" => vec![Value::Bool(true)],
            "false" => vec![Value::Bool(false)],
            "pid" => vec![Value::Int(2792)],
            _ => self.variables.get(&name).cloned().unwrap_or_default(),
        };
        for member in names {
            if !is_name(member) {
                return None;
            }
            values = match (member.to_ascii_lowercase().as_str(), values.len()) {
                ("count", count) => vec![Value::Int(i32::try_from(count).unwrap_or(i32::MAX))],
                _ => values.iter().map(|value| value.member(member)).collect(),
            };
        }
        Some(values)
    }

    /// A text in double quotes, with its variables and expressions filled in.
    fn expand(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            // The dollar of `$($x.Length)` cuts the expression in two.
            if part == "("
                && let Some(rest) = parts.peek()
                && let Some((inside, rest)) = rest.split_once(')')
            {
                let values = self.variable(inside).unwrap_or_default();
                expanded.push_str(&join(&values));
                expanded.push_str(rest);
                parts.next();
                continue;
            }
            let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            expanded.push_str(&join(&self.variable(name).unwrap_or_default()));
            expanded.push_str(rest);
        }
        expanded
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Several values are one list.
pub fn single(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => Value::List(values),
    }
}

fn add(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Value::Int(left.wrapping_add(right)),
        (left, right) => Value::String(left.text() + &right.text()),
    }
}

/// `'text' * number`, as long as that is not too much.
fn repeated(expression: &str) -> Option<(&str, usize)> {
    let (text, count) = expression.rsplit_once('*')?;
    let (text, count): (&str, usize) = (quoted(text.trim(), '\'')?, count.trim().parse().ok()?);
    (text.len().saturating_mul(count) <= MAX_TEXT).then_some((text, count))
}
