//! The command line as clap sees it: PowerShell's parameters and this program's own options from their tables.
//!
//! clap reads the canonical words that [`super::token`] makes. There a PowerShell parameter is `--ComputerName=a,b`,
//! by its full name in PowerShell's letter case and with its value attached; own options are lower-case, so the two
//! never meet.
//! What clap refuses is always an own option, and is told in PowerShell's words.

use super::bind_error::BindError;
use super::convert::ValidationError;
use super::options::{self, OPTIONS, OptionValue, OwnOption};
use super::parameter::{Parameter, Table};
use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::ffi::OsString;

/// Id of the words that stand without a name.
const ARGUMENTS: &str = "arguments";

/// The command line of one cmdlet.
pub fn command(table: &'static Table) -> Command {
    Command::new(table.cmdlet.name())
        .about(table.synopsis)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(table.parameters().map(parameter))
        .args(OPTIONS.iter().map(own_option))
        .arg(Arg::new(ARGUMENTS).num_args(0..).action(ArgAction::Append))
}

fn parameter(parameter: &'static Parameter) -> Arg {
    Arg::new(parameter.name)
        .long(parameter.name)
        .value_name(parameter.kind.short_name())
        .help(parameter.help)
        .action(ArgAction::Append)
}

fn own_option(option: &'static OwnOption) -> Arg {
    let arg = Arg::new(option.id()).long(option.id()).help(option.help);
    match option.value {
        OptionValue::None => arg.action(ArgAction::SetTrue),
        OptionValue::Set(values) => {
            arg.action(ArgAction::Set).value_parser(PossibleValuesParser::new(values))
        }
        OptionValue::Text(name) => arg.action(ArgAction::Set).value_name(name),
        OptionValue::Path(name) => {
            arg.action(ArgAction::Set).value_name(name).value_parser(value_parser!(OsString))
        }
        OptionValue::OptionalPath(name) => arg
            .action(ArgAction::Set)
            .value_name(name)
            .value_parser(value_parser!(OsString))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value(""),
    }
}

/// Reads canonical words.
pub fn parse(table: &'static Table, words: Vec<OsString>) -> Result<ArgMatches, BindError> {
    command(table).try_get_matches_from(words).map_err(|error| refusal(table, &error))
}

/// The PowerShell parameters that were given, in the order in which they were typed.
pub fn named(table: &'static Table, matches: &ArgMatches) -> Vec<(&'static Parameter, String)> {
    let mut named: Vec<(usize, &'static Parameter, String)> = table
        .parameters()
        .flat_map(|parameter| {
            let indices = matches.indices_of(parameter.name).into_iter().flatten();
            let values = matches.get_many::<String>(parameter.name).into_iter().flatten();
            indices.zip(values).map(move |(index, value)| (index, parameter, value.clone()))
        })
        .collect();
    named.sort_by_key(|(index, ..)| *index);
    named.into_iter().map(|(_, parameter, value)| (parameter, value)).collect()
}

/// The words that stand without a name.
pub fn positional(matches: &ArgMatches) -> Vec<String> {
    matches.get_many(ARGUMENTS).into_iter().flatten().cloned().collect()
}

/// What clap refuses, in PowerShell's words.
fn refusal(table: &Table, error: &clap::Error) -> BindError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
        _ => "",
    };
    // clap says `--output <table|json>`.
    let typed = context(ContextKind::InvalidArg);
    let name = typed.split([' ', '=']).next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue);
    match (error.kind(), options::find(name)) {
        (ErrorKind::InvalidValue, Some(option)) => match option.value {
            OptionValue::Set(set) if !value.is_empty() => BindError::OptionValidationError {
                name: option.name,
                reason: ValidationError::NotInSet { value: value.to_owned(), set },
            },
            _ => BindError::MissingArgument { name: option.name, type_name: "System.String" },
        },
        (ErrorKind::ArgumentConflict, Some(option)) => BindError::ParameterAlreadyBound { name: option.name },
        (ErrorKind::TooManyValues, Some(option)) => BindError::OptionTakesNoValue { name: option.name },
        (ErrorKind::InvalidUtf8, _) => BindError::NotUnicode { word: name.to_owned() },
        _ => BindError::NamedParameterNotFound {
            name: name.to_owned(),
            suggestion: suggestion(table, name).or_else(|| {
                let similar = context(ContextKind::SuggestedArg);
                // A suggested PowerShell parameter has one dash.
                match table.row(similar.trim_start_matches('-')) {
                    Some(row) => Some(format!("-{}", row.parameter.name)),
                    None => (!similar.is_empty()).then(|| similar.to_owned()),
                }
            }),
        },
    }
}

/// What a name with the wrong number of dashes stands for.
pub fn suggestion(table: &Table, typed: &str) -> Option<String> {
    let bare = typed.trim_start_matches('-').to_ascii_lowercase();
    let parameter = table.exact(&bare).map(|parameter| format!("-{}", parameter.name));
    parameter.or_else(|| options::find(&format!("--{bare}")).map(|option| option.name.to_owned()))
}
