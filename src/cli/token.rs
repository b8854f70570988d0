//! The step in front of clap: PowerShell's tokens on the words of a shell.
//!
//! Two passes, as PowerShell has them. The tokenizer ([`lex`]) distinguishes parameters, arguments and own options
//! by their form alone. Then ([`canonical`]) each parameter is resolved to its full name and given its argument
//! (ParameterBinderController.ReparseUnboundArguments). The shell has removed the quotes; where PowerShell asks
//! whether a word was quoted, white space in the word gives the answer.

use super::bind_error::BindError;
use super::convert;
use super::options;
use super::parameter::{Param, Parameter};
use super::table::Table;
use std::ffi::{OsStr, OsString};
use std::iter::Peekable;

/// The words of a command line, sorted out.
#[derive(Debug, PartialEq, Eq)]
pub enum Tokens {
    Help(Detail),
    Man,
    Version,
    Canonical(Canonical),
}

/// How much help to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// `-?`
    Short,
    /// `--help`
    Long,
}

/// Every parameter with its argument, and what has no name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Canonical {
    /// The own options and their values, for clap.
    pub options: Vec<OsString>,
    /// In the order in which they were typed.
    pub named: Vec<Named>,
    /// In the order in which they were typed.
    pub unbound: Vec<Unbound>,
    /// An ambiguous name whose argument is attached. PowerShell looks it up only when it binds it, so what is wrong
    /// with the values before it comes first, and the values after it do not matter.
    pub ambiguous: Option<BindError>,
}

/// What has no parameter, or not yet.
#[derive(Debug, PartialEq, Eq)]
pub enum Unbound {
    Word(String),
    /// A parameter that no name begins like, as typed without its dash. PowerShell looks at it late: after every known
    /// parameter has taken its value.
    Parameter(String),
}

/// A parameter and its argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub parameter: &'static Parameter,
    /// How PowerShell names it in an error: in full only where the argument is a word of its own.
    pub name: String,
    pub text: String,
}

/// Hyphen, en dash, em dash and horizontal bar: word processors put the others in place of the first.
pub const DASHES: [char; 4] = ['-', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Sorts out the words after the program's name.
///
/// # Errors
/// [`BindError::MissingArgument`], [`BindError::AmbiguousParameter`] and [`BindError::NotUnicode`].
pub fn tokens(table: &'static Table, args: &[OsString]) -> Result<Tokens, BindError> {
    let lexemes = lex(args);
    let is = |words: &[OsString], option: &Param<bool>| words == [option.parameter.name];
    // Help wins over everything else, also over a command line that is wrong; that is when it is needed.
    let wanted = lexemes.iter().find_map(|lexeme| match lexeme {
        Lexeme::Parameter { name, .. } if name == "?" => Some(Tokens::Help(Detail::Short)),
        Lexeme::Option(words) if is(words, &options::HELP) => Some(Tokens::Help(Detail::Long)),
        Lexeme::Option(words) if is(words, &options::MAN) => Some(Tokens::Man),
        Lexeme::Option(words) if is(words, &options::VERSION) => Some(Tokens::Version),
        _ => None,
    });
    match wanted {
        Some(tokens) => Ok(tokens),
        None => canonical(table, lexemes),
    }
}

/// A token of the command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Lexeme {
    /// `-Name`, and `attached` what follows its colon if it has one.
    Parameter { word: String, name: String, attached: Option<String> },
    /// Anything else; elements of an array are separated by commas.
    Argument(String),
    /// `--name`, in lower case, and its value if that is the next word; or `--name=value`.
    Option(Vec<OsString>),
    /// A word that would have to be Unicode.
    Bad(BindError),
}

/// Splits the words into tokens.
pub fn lex(args: &[OsString]) -> Vec<Lexeme> {
    let mut lexemes = Vec::new();
    let mut words = args.iter().map(OsString::as_os_str).peekable();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--") => break,
            Some(text) if is_own_option(text) => lexemes.push(own_option(text, &mut words)),
            Some(text) => match parameter(text) {
                Some((parameter, rest)) => {
                    lexemes.push(parameter);
                    rest.into_iter().for_each(|rest| push_argument(&mut lexemes, rest));
                }
                None => push_argument(&mut lexemes, text),
            },
            // An own option whose value is a path of any bytes.
            None if word.as_encoded_bytes().starts_with(b"--") => {
                lexemes.push(Lexeme::Option(vec![word.to_owned()]))
            }
            None => lexemes.push(not_unicode(word)),
        }
    }
    // The first `--` ends the parameters; what follows is arguments, whatever it looks like.
    for word in words {
        match word.to_str() {
            Some(text) => push_argument(&mut lexemes, text),
            None => lexemes.push(not_unicode(word)),
        }
    }
    lexemes
}

fn not_unicode(word: &OsStr) -> Lexeme {
    Lexeme::Bad(BindError::NotUnicode { word: word.to_string_lossy().into_owned() })
}

fn is_own_option(word: &str) -> bool {
    word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// An own option, and the next word if it is this option's value.
fn own_option<'a>(word: &str, words: &mut Peekable<impl Iterator<Item = &'a OsStr>>) -> Lexeme {
    let (name, value) = word.split_at(word.find('=').unwrap_or(word.len()));
    let word = name.to_ascii_lowercase() + value;
    let takes_value = options::find(&word).is_some_and(|option| !option.kind.is_switch());
    // A value that begins with a dash must be attached: a separate word is more likely the next option.
    let is_value = |next: &&OsStr| *next == "-" || !next.as_encoded_bytes().starts_with(b"-");
    let value = words.next_if(|next| takes_value && is_value(next));
    Lexeme::Option(std::iter::once(word.into()).chain(value.map(OsStr::to_owned)).collect())
}

/// A dash, then a letter, `_` or `?`, up to a character that ends the token. What then follows in the same word
/// is an argument of its own, unless the character is a colon, which attaches it.
fn parameter(word: &str) -> Option<(Lexeme, Option<&str>)> {
    let text = word.strip_prefix(DASHES)?;
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '?') {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || ":{}();,|&.[".contains(c);
    let (name, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    let (attached, rest) = match rest.strip_prefix(':') {
        Some(value) => (Some(value.to_owned()), None),
        // White space can only be here if the word was quoted, and a quoted word is not a parameter.
        None if rest.starts_with(char::is_whitespace) => return None,
        None => (None, Some(rest).filter(|rest| !rest.is_empty())),
    };
    Some((Lexeme::Parameter { word: word.to_owned(), name: name.to_owned(), attached }, rest))
}

/// Adds an argument, joined to the one before it where a comma says that the array goes on.
fn push_argument(lexemes: &mut Vec<Lexeme>, text: &str) {
    let before = match lexemes.last_mut() {
        Some(Lexeme::Argument(before)) => Some(before),
        Some(Lexeme::Parameter { attached: Some(before), .. }) if !before.is_empty() => Some(before),
        _ => None,
    };
    match before.filter(|before| before.ends_with(',') || text.starts_with(',')) {
        Some(before) => before.push_str(text),
        None => lexemes.push(Lexeme::Argument(text.to_owned())),
    }
}

fn canonical(table: &'static Table, lexemes: Vec<Lexeme>) -> Result<Tokens, BindError> {
    let mut canonical = Canonical::default();
    let mut lexemes = lexemes.into_iter().peekable();
    while let Some(lexeme) = lexemes.next() {
        let (name, attached) = match lexeme {
            Lexeme::Parameter { name, attached, .. } => (name, attached),
            Lexeme::Argument(text) => {
                canonical.unbound.push(Unbound::Word(text));
                continue;
            }
            Lexeme::Option(words) => {
                canonical.options.extend(words);
                continue;
            }
            Lexeme::Bad(error) => return Err(error),
        };
        let parameter = match table.resolve(&name) {
            Err(error) if attached.is_some() => {
                canonical.ambiguous.get_or_insert(error);
                continue;
            }
            resolved => resolved?,
        };
        match parameter {
            Some(parameter) => {
                let is_next_word = attached.is_none() && !parameter.kind.is_switch();
                let name = if is_next_word { parameter.name.to_owned() } else { name };
                let text = argument(table, parameter, attached, &mut lexemes)?;
                if canonical.ambiguous.is_none() {
                    canonical.named.push(Named { parameter, name, text });
                }
            }
            // Not PowerShell's, but every shell user's first try; it gives way to any parameter with an h.
            None if name.eq_ignore_ascii_case("h") => return Ok(Tokens::Help(Detail::Short)),
            None => canonical.unbound.push(Unbound::Parameter(name)),
        }
    }
    Ok(Tokens::Canonical(canonical))
}

/// The argument of a parameter: what its colon attaches, or the next word.
fn argument(
    table: &'static Table,
    parameter: &'static Parameter,
    attached: Option<String>,
    lexemes: &mut Peekable<impl Iterator<Item = Lexeme>>,
) -> Result<String, BindError> {
    let missing = || BindError::MissingArgument { name: parameter.name, type_name: parameter.kind.type_name };
    match (parameter.kind.is_switch(), attached) {
        (_, Some(value)) if !value.is_empty() => Ok(value),
        (true, None) => Ok("true".to_owned()),
        // `-UseSSL:` is what a shell leaves of `-UseSSL:$false`, so not just any next word may be its value.
        (true, Some(_)) => {
            let is_value =
                |next: &Lexeme| matches!(next, Lexeme::Argument(text) if convert::boolean(text).is_some());
            match lexemes.next_if(is_value) {
                Some(Lexeme::Argument(text)) => Ok(text),
                _ => Err(missing()),
            }
        }
        (false, attached) => match lexemes.next() {
            Some(Lexeme::Argument(text)) => Ok(text),
            // What looks like a parameter and is none is a value, unless it has a colon.
            Some(Lexeme::Parameter { word, name, attached: next }) => match table.resolve(&name)? {
                None if attached.is_none() && next.is_none() => Ok(word),
                _ => Err(missing()),
            },
            _ => Err(missing()),
        },
    }
}

#[cfg(test)]
mod tests;
