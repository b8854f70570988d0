//! What can replace the word that is being typed.

use super::candidate::{Candidate, beginning};
use super::values::{session_options, values};
use crate::cli::cmdlets::{TABLES, choose, names};
use crate::cli::look::parameter_by_look;
use crate::cli::option::SESSION_OPTION;
use crate::cli::options;
use crate::cli::parameter::Parameter;
use crate::cli::sessions::{ID, INSTANCE_ID};
use crate::cli::table::{SetMask, Table};
use crate::cli::target::{COMPUTER_NAME, CONNECTION_URI};
use crate::cli::token::{self, Lexeme};
use pssession::record::PSSession;
use std::ffi::OsString;
use std::iter::Peekable;
use std::path::Path;

/// What can be typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    Words(Vec<Candidate>),
    /// The shell knows better.
    Files,
    Directories,
}

/// What the last of these words can become. The command's own name is among the words, perhaps behind others.
pub fn wanted(words: &[String], known: &[PSSession]) -> Wanted {
    let nothing = Wanted::Words(Vec::new());
    let Some((typed, before)) = words.split_last() else { return nothing };
    let is_command = |word: &String| {
        let name = Path::new(word).file_stem().unwrap_or_default().to_string_lossy();
        names().any(|known| known.eq_ignore_ascii_case(&name))
    };
    let Some(command) = before.iter().position(is_command) else { return nothing };
    let before: Vec<OsString> = before.iter().skip(command).map(OsString::from).collect();
    let [argv0, args @ ..] = before.as_slice() else { return nothing };
    let is_as = |word: &str| word == options::AS.parameter.name;
    match (args, split(typed)) {
        ([], (name, Some(typed))) if is_as(&name) => return Wanted::Words(cmdlets("--as=", typed)),
        ([only], _) if only.to_str().is_some_and(is_as) => return Wanted::Words(cmdlets("", typed)),
        _ => {}
    }
    match choose(argv0, args) {
        Ok((table, rest)) => Question::new(table, rest, known).answer(typed, args.is_empty()),
        Err(_) => nothing,
    }
}

fn cmdlets(head: &str, typed: &str) -> Vec<Candidate> {
    let synopses = TABLES.iter().map(|table| table.synopsis.to_owned());
    beginning(head, typed, names().zip(synopses))
}

/// What has been typed before the word, sorted out as far as that goes without an error.
struct Question<'a> {
    table: &'static Table,
    known: Vec<&'a PSSession>,
    /// The parameters that are given, with their values.
    given: Vec<(&'static Parameter, String)>,
    options: Vec<&'static Parameter>,
    /// What the word belongs to.
    place: Place,
}

/// What a word is for.
enum Place {
    /// Anything that begins like the word.
    Free,
    /// After `--` nothing is a name.
    Literal,
    /// The value of a parameter, or what follows the elements that are there.
    Value(&'static Parameter, String),
    Option(&'static Parameter),
}

impl<'a> Question<'a> {
    fn new(table: &'static Table, args: &[OsString], known: &'a [PSSession]) -> Question<'a> {
        let known = known.iter().collect();
        let mut question =
            Question { table, known, given: Vec::new(), options: Vec::new(), place: Place::Free };
        let mut lexemes = token::lex(args).into_iter().peekable();
        while let Some(lexeme) = lexemes.next() {
            question.place = match lexeme {
                Lexeme::Option(words) => question.option(&words),
                Lexeme::Bad(_) => Place::Free,
                Lexeme::Parameter { name, attached, .. } => match table.resolve(&name) {
                    Ok(Some(parameter)) => {
                        let value = argument(parameter, attached, &mut lexemes);
                        value.map_or(Place::Free, |value| question.value(parameter, value))
                    }
                    Ok(None) | Err(_) => Place::Free,
                },
                Lexeme::Argument(text) => {
                    let row = table.row(parameter_by_look(text.trim_end_matches(',')));
                    row.map_or(Place::Free, |row| question.value(row.parameter, text))
                }
            };
        }
        if args.iter().any(|word| word == "--") && !matches!(question.place, Place::Value(..)) {
            question.place = Place::Literal;
        }
        question.narrow();
        question
    }

    fn option(&mut self, words: &[OsString]) -> Place {
        let [word, value @ ..] = words else { return Place::Free };
        let word = word.to_string_lossy();
        let (name, attached) = split(&word);
        let Some(option) = options::find(&name) else { return Place::Free };
        self.options.push(option);
        match option.kind.is_switch() || attached.is_some() || !value.is_empty() {
            true => Place::Free,
            false => Place::Option(option),
        }
    }

    /// Takes a value, which goes on if it is empty or ends with a comma.
    fn value(&mut self, parameter: &'static Parameter, value: String) -> Place {
        self.given.push((parameter, value.clone()));
        match value.is_empty() || (parameter.kind.is_array() && value.ends_with(',')) {
            true => Place::Value(parameter, value),
            false => Place::Free,
        }
    }

    /// Where computers are named, only their sessions are of interest.
    fn narrow(&mut self) {
        let is_place =
            |parameter: &Parameter| matches!(&self.place, Place::Value(here, _) if *here == parameter);
        let computers = self.given.iter().find(|(parameter, _)| **parameter == COMPUTER_NAME.parameter);
        if let Some((_, computers)) = computers.filter(|(parameter, _)| !is_place(parameter)) {
            let is_named = |session: &&PSSession| {
                computers.split(',').any(|name| name.trim().eq_ignore_ascii_case(&session.computer_name))
            };
            self.known.retain(is_named);
        }
    }

    fn answer(&self, typed: &str, is_first: bool) -> Wanted {
        let dash = typed.chars().next().filter(|c| token::DASHES.contains(c));
        let words = match (&self.place, dash) {
            (Place::Value(parameter, before), None) => self.values(parameter, before, "", typed),
            (Place::Option(option), None) => return option_value(option, "", typed),
            (Place::Literal, _) => self.by_look(typed),
            (_, Some(_)) if typed.starts_with("--") => return self.own_options(typed, is_first),
            (_, Some(dash)) => match typed.split_once(':') {
                None => self.names(dash, typed),
                Some((name, value)) => match self.table.resolve(name.trim_start_matches(dash)) {
                    Ok(Some(parameter)) => self.values(parameter, "", &format!("{name}:"), value),
                    Ok(None) | Err(_) => Vec::new(),
                },
            },
            (_, None) => match self.by_look(typed) {
                nothing if nothing.is_empty() && typed.is_empty() => self.names('-', "-"),
                words => words,
            },
        };
        Wanted::Words(words)
    }

    /// The parameters that are not given and share a set with all that are.
    fn names(&self, dash: char, typed: &str) -> Vec<Candidate> {
        let possible = self.possible_sets();
        let is_possible = |parameter: &&Parameter| {
            let row = self.table.row(parameter);
            row.is_none_or(|row| !possible.and(row.mask()).is_empty()) && !self.is_given(parameter)
        };
        let parameters = || self.table.parameters().filter(is_possible);
        let named = |name: &str, parameter: &Parameter| (format!("{dash}{name}"), parameter.help.to_owned());
        let names = beginning("", typed, parameters().map(|parameter| named(parameter.name, parameter)));
        match names.is_empty() {
            false => names,
            true => {
                let aliases = |parameter: &'static Parameter| {
                    parameter.aliases.iter().map(move |alias| named(alias, parameter))
                };
                beginning("", typed, parameters().flat_map(aliases))
            }
        }
    }

    fn is_given(&self, parameter: &Parameter) -> bool {
        self.given.iter().any(|(given, _)| *given == parameter)
    }

    fn possible_sets(&self) -> SetMask {
        self.table.sets_with(self.given.iter().map(|(parameter, _)| *parameter))
    }

    fn own_options(&self, typed: &str, is_first: bool) -> Wanted {
        if let (name, Some(value)) = split(typed) {
            let nothing = Wanted::Words(Vec::new());
            let head = typed.strip_suffix(value).unwrap_or(typed);
            return options::find(&name).map_or(nothing, |option| option_value(option, head, value));
        }
        let is_possible = |option: &&Parameter| {
            !self.options.contains(option) && (is_first || **option != options::AS.parameter)
        };
        let named = |option: &Parameter| (option.name.to_owned(), option.help.to_owned());
        Wanted::Words(beginning("", typed, self.table.options.iter().copied().filter(is_possible).map(named)))
    }

    /// Values of the parameters that a word without a name can be for.
    fn by_look(&self, typed: &str) -> Vec<Candidate> {
        let possible = self.possible_sets();
        let look = typed.rsplit_once(',').map(|(elements, _)| parameter_by_look(elements));
        // The long ones are offered only to those who have begun one.
        let short = [&COMPUTER_NAME.parameter, &ID.parameter];
        let long: &[_] = match typed {
            "" => &[],
            _ => &[&INSTANCE_ID.parameter, &CONNECTION_URI.parameter],
        };
        let parameters = short.iter().chain(long).filter(|one| look.is_none_or(|look| look == **one));
        let rows = parameters.filter_map(|parameter| self.table.row(parameter));
        let free = rows.filter(|row| !possible.and(row.mask()).is_empty() && !self.is_given(row.parameter));
        free.flat_map(|row| self.values(row.parameter, "", "", typed)).collect()
    }

    /// Values of a parameter, after `before` in earlier words and `head` in this one.
    fn values(&self, parameter: &'static Parameter, before: &str, head: &str, typed: &str) -> Vec<Candidate> {
        if *parameter == SESSION_OPTION.parameter {
            return session_options(head, typed);
        }
        let (elements, element) = match typed.rfind(',').filter(|_| parameter.kind.is_array()) {
            Some(comma) => {
                let element = typed.get(comma + 1..).unwrap_or_default().trim_start();
                typed.split_at(typed.len() - element.len())
            }
            None => ("", typed),
        };
        let taken: Vec<_> = before.split(',').chain(elements.split(',')).map(str::trim).collect();
        let fits = |(value, _): &(String, String)| {
            // A comma would make two of it, and a dash a parameter.
            let is_word = !parameter.kind.is_array() || !value.contains(',');
            let is_value = !(value.starts_with(token::DASHES) && head.is_empty() && elements.is_empty());
            is_word && is_value && !taken.contains(&value.as_str())
        };
        let values = values(parameter, &self.known, element).into_iter().filter(fits);
        beginning(&format!("{head}{elements}"), element, values)
    }
}

/// The argument of a parameter; empty if it is what is being typed, `None` if there is none and cannot be.
fn argument(
    parameter: &Parameter,
    attached: Option<String>,
    rest: &mut Peekable<impl Iterator<Item = Lexeme>>,
) -> Option<String> {
    match attached {
        None if parameter.kind.is_switch() => Some("true".to_owned()),
        Some(value) if !value.is_empty() => Some(value),
        _ => match rest.next_if(|next| matches!(next, Lexeme::Argument(_))) {
            Some(Lexeme::Argument(text)) => Some(text),
            _ => rest.peek().is_none().then(String::new),
        },
    }
}

fn option_value(option: &Parameter, head: &str, typed: &str) -> Wanted {
    match option.value_name().as_deref() {
        Some("DIR") => Wanted::Directories,
        Some("FILE" | "PEM") => Wanted::Files,
        _ => {
            let values = (option.kind.members)().into_iter().filter(|_| !option.kind.is_switch());
            Wanted::Words(beginning(head, typed, values.map(|value| (value, String::new()))))
        }
    }
}

/// An own option's name in lower case, and the value that is attached to it.
fn split(word: &str) -> (String, Option<&str>) {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    (name.to_ascii_lowercase(), value)
}
