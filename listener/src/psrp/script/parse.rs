//! Cutting a script into statements, commands and words.

use crate::psrp::record::{ErrorRecord, incomplete, parse_error};

/// Cuts a text where `separates` says so, outside of quotes and brackets.
pub fn split(script: &str, separates: impl Fn(char) -> bool) -> Result<Vec<&str>, ErrorRecord> {
    let mut parts = Vec::new();
    let (mut start, mut quote, mut depth) = (0, None, 0usize);
    for (at, character) in script.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{' | '(' | '[') => depth += 1,
            (None, '}' | ')' | ']') => {
                let message = format!("Unexpected token '{character}' in expression or statement.");
                depth = depth.checked_sub(1).ok_or_else(|| parse_error(&message, "UnexpectedToken"))?;
            }
            (None, _) if depth == 0 && separates(character) => {
                parts.push(script.get(start..at).unwrap_or_default());
                start = at + character.len_utf8();
            }
            (None, _) => {}
        }
    }
    if let Some(quote) = quote {
        let message = format!("The string is missing the terminator: {quote}.");
        return Err(incomplete(&message, "TerminatorExpectedAtEndOfString"));
    }
    if depth > 0 {
        let message = "Missing closing '}' in statement block or type definition.";
        return Err(incomplete(message, "MissingEndCurlyBrace"));
    }
    parts.push(script.get(start..).unwrap_or_default());
    Ok(parts)
}

/// The statements of a script, without comments that have a line of their own.
pub fn statements(script: &str) -> Result<Vec<&str>, ErrorRecord> {
    let parts = split(script, |character| matches!(character, ';' | '\n' | '\r'))?;
    Ok(parts.into_iter().map(str::trim).filter(|part| !part.is_empty() && !part.starts_with('#')).collect())
}

/// The inside of a text that is one quoted string from end to end.
pub fn quoted(text: &str, quote: char) -> Option<&str> {
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    // A doubled quote is a literal quote; a single one would mean that there are two strings.
    let doubled: String = [quote, quote].iter().collect();
    (!inside.replace(&doubled, "").contains(quote)).then_some(inside)
}

/// The inside of a text that one pair of brackets is around, from end to end.
pub fn bracketed<'a>(text: &'a str, open: &str, close: char) -> Option<&'a str> {
    let inside = text.strip_prefix(open)?.strip_suffix(close)?;
    split(inside, |_| false).ok().map(|_| inside)
}

/// `$name = expression`.
pub fn assignment(statement: &str) -> Option<(String, &str)> {
    let (name, expression) = statement.strip_prefix('$')?.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && name.chars().all(char::is_alphanumeric))
        .then(|| (name.to_ascii_lowercase(), expression.trim()))
}

/// A keyword, a text in brackets, and what follows: `foreach (HEAD) REST`.
pub fn headed<'a>(text: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (start, rest) = text.split_at_checked(keyword.len())?;
    let rest = rest.trim_start();
    if !start.eq_ignore_ascii_case(keyword) || !rest.starts_with('(') {
        return None;
    }
    let end = rest.char_indices().map(|(at, _)| at).find(|at| {
        rest.get(..=*at).is_some_and(|part| part.ends_with(')') && split(part, |_| false).is_ok())
    })?;
    Some((rest.get(1..end)?, rest.get(end + 1..)?.trim()))
}

/// The parameters of `param(...)` at the head of a script, and the rest of it.
pub fn parameters(script: &str) -> Option<(Vec<String>, &str)> {
    let (head, rest) = headed(script.trim_start(), "param")?;
    let name = |parameter: &str| {
        let (_, name) = parameter.split_once('$')?;
        let end = name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len());
        name.get(..end).map(str::to_ascii_lowercase)
    };
    let parameters = split(head, |character| character == ',').ok()?;
    Some((parameters.into_iter().filter_map(name).collect(), rest))
}
