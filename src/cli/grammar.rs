//! The command line as clap sees it: PowerShell's parameters and this program's own options from their tables.
//!
//! [`super::token`] has found each PowerShell parameter and its argument. clap gets them as `--ComputerName=a,b`, by
//! the full name in PowerShell's letter case; own options are lower-case, and clap gets them as they were typed, so
//! the two never meet. What clap refuses is reported in PowerShell's words.

use super::bind_error::BindError;
use super::convert::ValidationError;
use super::environment::ReadFile;
use super::given::Given;
use super::options::AS;
use super::parameter::{Param, Parameter};
use super::table::Table;
use super::token::{self, Canonical, Lexeme};
use clap::builder::ArgPredicate;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use std::error::Error as _;
use std::ffi::OsString;

/// The command line of one cmdlet.
pub fn command(table: &'static Table, read_file: ReadFile) -> Command {
    own_options(table.options.iter().copied())
        .name(table.cmdlet.name())
        .about(table.synopsis)
        .args(table.parameters().map(|parameter| arg(parameter, read_file)))
}

fn own_options(options: impl IntoIterator<Item = &'static Parameter>) -> Command {
    Command::new("")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(options.into_iter().map(|option| arg(option, ReadFile::default())))
}

fn arg(parameter: &'static Parameter, read_file: ReadFile) -> Arg {
    let arg = Arg::new(parameter.name).long(parameter.name.trim_start_matches('-')).help(parameter.help);
    if parameter.is_own_option() && parameter.kind.is_switch() {
        return arg.action(ArgAction::SetTrue);
    }
    let placeholder = Some(parameter.placeholder).filter(|placeholder| !placeholder.is_empty());
    let arg = arg
        .value_name(placeholder.unwrap_or(parameter.kind.short_name()))
        .value_parser((parameter.kind.parser)(parameter, read_file))
        .requires_ifs(parameter.needs.map(|needed| (ArgPredicate::IsPresent, needed)));
    match parameter.optional_value {
        true => arg.num_args(0..=1).default_missing_value(""),
        false => arg,
    }
}

/// Reads what was typed; the own options come first.
///
/// # Errors
/// The first thing that is wrong, in the order of the words.
pub fn read(table: &'static Table, typed: &Canonical, read_file: ReadFile) -> Result<Given, BindError> {
    let named = typed.named.iter().map(|one| format!("--{}={}", one.parameter.name, one.text).into());
    let mut command = command(table, read_file);
    let matches = command.try_get_matches_from_mut(typed.options.iter().cloned().chain(named));
    let given = matches.map(Given).map_err(|error| refusal(table, typed, &command, &error))?;
    // The one that chooses the cmdlet is gone by now.
    if given.has(&AS.parameter) {
        return Err(BindError::AsIsNotFirst);
    }
    typed.ambiguous.clone().map_or(Ok(given), Err)
}

/// The value of one own option, on a line that may be wrong otherwise.
pub fn option<T: Clone + Send + Sync + 'static>(args: &[OsString], option: &'static Param<T>) -> Option<T> {
    let command = own_options([&option.parameter]);
    token::lex(args).into_iter().rev().find_map(|lexeme| match lexeme {
        Lexeme::Option(words) => Given(command.clone().try_get_matches_from(words).ok()?).get(option),
        Lexeme::Parameter { .. } | Lexeme::Argument(_) | Lexeme::Bad(_) => None,
    })
}

/// What clap refuses, in PowerShell's words.
fn refusal(table: &'static Table, typed: &Canonical, command: &Command, error: &clap::Error) -> BindError {
    if let Some(error) = error.source().and_then(|source| source.downcast_ref::<BindError>()) {
        return error.clone();
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
        _ => "",
    };
    let (invalid, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    // clap names an argument as help shows it.
    let named = command.get_arguments().find(|arg| arg.to_string() == invalid).map(Arg::get_id);
    let known = named.and_then(|id| {
        table.parameters().chain(table.options.iter().copied()).find(|known| id == known.name)
    });
    match (error.kind(), known) {
        (_, Some(parameter)) if *parameter == AS.parameter => BindError::AsIsNotFirst,
        (ErrorKind::InvalidValue, Some(parameter)) => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(set)) if !value.is_empty() => {
                let reason = ValidationError::NotInSet { value: value.to_owned(), set: set.clone() };
                BindError::ParameterArgumentValidationError { parameter, reason }
            }
            _ => BindError::MissingArgument { name: parameter.name, type_name: parameter.kind.type_name },
        },
        (ErrorKind::ArgumentConflict, Some(parameter)) => {
            let second = typed.named.iter().filter(|one| one.parameter == parameter).nth(1);
            let name = second.map_or(parameter.name, |one| &one.name);
            BindError::ParameterAlreadyBound { name: name.to_owned() }
        }
        (ErrorKind::TooManyValues, Some(Parameter { name, .. })) => BindError::OptionTakesNoValue { name },
        (ErrorKind::MissingRequiredArgument, Some(Parameter { name: needed, .. })) => {
            let needs = table.options.iter().find(|option| option.needs == Some(needed));
            BindError::OptionNeedsAnother { name: needs.map_or("", |option| option.name), needed }
        }
        (ErrorKind::InvalidUtf8, _) => BindError::NotUnicode { word: invalid.to_owned() },
        _ => {
            let similar = || suggestion(table, context(ContextKind::SuggestedArg));
            let suggestion = suggestion(table, invalid).or_else(similar);
            BindError::NamedParameterNotFound { name: invalid.to_owned(), suggestion }
        }
    }
}

/// The parameter or own option of this name, whatever dashes it has.
pub fn suggestion(table: &Table, typed: &str) -> Option<String> {
    let bare = typed.trim_start_matches('-').to_ascii_lowercase();
    let parameter = table.exact(&bare).map(|parameter| format!("-{}", parameter.name));
    let option = || table.options.iter().find(|option| option.name.strip_prefix("--") == Some(&bare));
    parameter.or_else(|| option().map(|option| option.name.to_owned()))
}
