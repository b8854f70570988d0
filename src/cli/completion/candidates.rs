//! What can stand in place of the word that is being typed.

use super::values::{session_options, values};
use crate::cli::convert;
use crate::cli::options::{self, OPTIONS, OptionValue, OwnOption};
use crate::cli::parameter::{Kind, Parameter, SetMask, Table};
use crate::cli::token::{self, Lexeme};
use crate::cli::{BindError, TABLES, choose, names};
use crate::render::harmless;
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

/// One word that can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// The part of it that is new.
    pub shown: String,
    /// A few words; may be empty.
    pub description: String,
}

impl Candidate {
    /// Lets the word begin with the letters that were typed.
    pub fn keep(&mut self, typed: &str) {
        let rest: String = self.word.chars().skip(typed.chars().count()).collect();
        self.word = typed.to_owned() + &rest;
    }
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
    match (args, typed.split_once('=')) {
        ([], Some(("--as", typed))) => return Wanted::Words(cmdlets("--as=", typed)),
        ([only], _) if only == "--as" => return Wanted::Words(cmdlets("", typed)),
        _ => {}
    }
    match choose(argv0, args).and_then(|(table, rest)| Question::new(table, rest, known)) {
        Ok(question) => question.answer(typed, args.is_empty()),
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
    options: Vec<&'static OwnOption>,
    /// What the word belongs to.
    place: Place,
}

/// What a word is for.
enum Place {
    /// Whatever the word begins like.
    Free,
    /// After `--` nothing is a name.
    Literal,
    /// The value of a parameter, or what follows the elements that are there.
    Value(&'static Parameter, String),
    Option(&'static OwnOption),
}

impl<'a> Question<'a> {
    fn new(
        table: &'static Table,
        args: &[OsString],
        known: &'a [PSSession],
    ) -> Result<Question<'a>, BindError> {
        let known = known.iter().collect();
        let mut question =
            Question { table, known, given: Vec::new(), options: Vec::new(), place: Place::Free };
        let mut lexemes = token::lex(args)?.into_iter().peekable();
        while let Some(lexeme) = lexemes.next() {
            question.place = match lexeme {
                Lexeme::Option(word) => question.option(&word.to_string_lossy()),
                Lexeme::Parameter { name, attached, .. } => match table.resolve(&name) {
                    Ok(Some(parameter)) => {
                        let value = argument(parameter, attached, &mut lexemes);
                        value.map_or(Place::Free, |value| question.value(parameter, value))
                    }
                    Ok(None) | Err(_) => Place::Free,
                },
                Lexeme::Argument(text) => {
                    let row = table.row(convert::parameter_by_look(text.trim_end_matches(',')));
                    row.map_or(Place::Free, |row| question.value(row.parameter, text))
                }
            };
        }
        if args.iter().any(|word| word == "--") && !matches!(question.place, Place::Value(..)) {
            question.place = Place::Literal;
        }
        question.narrow();
        Ok(question)
    }

    fn option(&mut self, word: &str) -> Place {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let Some(option) = options::find(name) else { return Place::Free };
        self.options.push(option);
        match (option.value, value) {
            (OptionValue::None, _) | (_, Some(_)) => Place::Free,
            _ => Place::Option(option),
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
        let computers = self.given.iter().find(|(parameter, _)| parameter.name == "ComputerName");
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

    /// The parameters that are not given and stand in a set with all that are.
    fn names(&self, dash: char, typed: &str) -> Vec<Candidate> {
        let possible = self.possible_sets();
        let is_possible = |parameter: &&Parameter| {
            let row = self.table.row(parameter.name);
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
        let rows = self.given.iter().filter_map(|(parameter, _)| self.table.row(parameter.name));
        rows.fold(SetMask::ALL, |mask, row| mask.and(row.mask()))
    }

    fn own_options(&self, typed: &str, is_first: bool) -> Wanted {
        if let Some((name, value)) = typed.split_once('=') {
            let option = options::find(&name.to_ascii_lowercase());
            let nothing = Wanted::Words(Vec::new());
            return option.map_or(nothing, |option| option_value(option, &format!("{name}="), value));
        }
        let is_possible = |option: &&OwnOption| {
            let is_given = self.options.iter().any(|given| given.name == option.name);
            !is_given && (is_first || option.name != "--as")
        };
        let named = |option: &OwnOption| (option.name.to_owned(), option.help.to_owned());
        Wanted::Words(beginning("", typed, OPTIONS.iter().filter(is_possible).map(named)))
    }

    /// Values of the parameters that a word without a name can be for.
    fn by_look(&self, typed: &str) -> Vec<Candidate> {
        let possible = self.possible_sets();
        let look = typed.rsplit_once(',').map(|(elements, _)| convert::parameter_by_look(elements));
        // The long ones are offered only to those who have begun one.
        let names: &[_] = match typed {
            "" => &["ComputerName", "Id"],
            _ => &["ComputerName", "Id", "InstanceId", "ConnectionUri"],
        };
        let names = names.iter().filter(|name| look.is_none_or(|look| look == **name));
        let rows = names.filter_map(|name| self.table.row(name));
        let free = rows.filter(|row| !possible.and(row.mask()).is_empty() && !self.is_given(row.parameter));
        free.flat_map(|row| self.values(row.parameter, "", "", typed)).collect()
    }

    /// Values of a parameter, after `before` in earlier words and `head` in this one.
    fn values(&self, parameter: &'static Parameter, before: &str, head: &str, typed: &str) -> Vec<Candidate> {
        if parameter.kind == Kind::SessionOption {
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
        None if parameter.kind == Kind::Switch => Some("true".to_owned()),
        Some(value) if !value.is_empty() => Some(value),
        _ => match rest.next_if(|next| matches!(next, Lexeme::Argument(_))) {
            Some(Lexeme::Argument(text)) => Some(text),
            _ => rest.peek().is_none().then(String::new),
        },
    }
}

fn option_value(option: &OwnOption, head: &str, typed: &str) -> Wanted {
    match option.value {
        OptionValue::Set(values) => {
            let values = values.iter().map(|value| ((*value).to_owned(), String::new()));
            Wanted::Words(beginning(head, typed, values))
        }
        OptionValue::Path("DIR") | OptionValue::OptionalPath(_) => Wanted::Directories,
        OptionValue::Path(_) => Wanted::Files,
        OptionValue::None | OptionValue::Text(_) => Wanted::Words(Vec::new()),
    }
}

pub(super) fn begins(text: &str, typed: &str) -> bool {
    let mut characters = text.chars();
    typed.chars().all(|c| characters.next().is_some_and(|d| d.to_lowercase().eq(c.to_lowercase())))
}

/// The words that begin as typed, in any letter case, each once; `head` is what stands before them.
///
/// A shell puts what all candidates have in common in place of what was typed. So that this is never less than was
/// typed, they begin with the letters that were typed, unless they agree on others.
pub(super) fn beginning(
    head: &str,
    typed: &str,
    words: impl Iterator<Item = (String, String)>,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (word, description) in words {
        // What a server has named in control characters is better typed by hand.
        let is_typable = harmless(&word) == word && !word.contains('\n') && !word.is_empty();
        if is_typable && begins(&word, typed) && candidates.iter().all(|known| known.shown != word) {
            let description = harmless(&description).replace('\n', " ");
            candidates.push(Candidate { word: word.clone(), shown: word, description });
        }
    }
    let start =
        |candidate: &Candidate| candidate.word.chars().take(typed.chars().count()).collect::<String>();
    let agreed = candidates.first().map(start);
    let agreed = agreed.filter(|agreed| candidates.iter().all(|candidate| start(candidate) == *agreed));
    let agreed = agreed.as_deref().unwrap_or(typed);
    for candidate in &mut candidates {
        candidate.keep(agreed);
        candidate.word.insert_str(0, head);
    }
    candidates
}
