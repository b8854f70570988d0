//! What is typed: from argv to a typed request.
//!
//! One dash begins PowerShell's own parameters, bound as PowerShell binds them: any letter case, prefixes, aliases,
//! `-Name:value`, arrays, positions. Two dashes begin this program's own options, which exist for shells. Every
//! cmdlet has one table ([`parameter::Table`]); a new one is a file like `connect` and a row in `TABLES`.
//!
//! A command line goes through `token` (PowerShell's tokens become words for clap), `grammar` (clap reads
//! them), `bind` (parameters, conversions, the parameter set) and the cmdlet's own file (the request). All of it
//! is pure: what the surroundings say comes in as an [`Environment`], and nothing is read, asked or printed.

pub mod bind_error;
pub mod common;
pub mod config_file;
pub mod convert;
pub mod credential;
pub mod environment;
pub mod input;
pub mod option;
pub mod options;
pub mod parameter;
pub mod prompt;

mod bind;
mod connect;
mod grammar;
mod help;
mod target;
mod token;

pub use bind_error::BindError;
pub use common::CommonParameters;
pub use environment::Environment;
pub use options::ProgramOptions;
pub use prompt::Prompt;

use crate::cmdlet::{Cmdlet, Request};
use crate::render::Output;
use parameter::Table;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use token::{Canonical, Tokens};

/// The cmdlets this program acts as.
static TABLES: [&Table; 1] = [&connect::TABLE];

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    Run(Box<Command>),
    /// Print this text to standard output, and succeed.
    Print(String),
}

/// A command that is ready to run.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub cmdlet: Cmdlet,
    pub request: Request,
    pub common: CommonParameters,
    pub options: ProgramOptions,
}

/// A command line that cannot be run, with what is needed to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The cmdlet that was called; its name is the activity of the error record.
    pub cmdlet: Cmdlet,
    /// The --output that was asked for, as errors are written that way too.
    pub output: Output,
    pub error: BindError,
}

/// Reads a command line: `argv0` is the name the program was called by, `args` what follows it.
///
/// # Errors
/// The first thing that is wrong, in PowerShell's order. [`BindError::record`] makes the error record of it, and
/// [`Prompt::after`] says whether asking the user can help.
pub fn parse(argv0: &OsStr, args: &[OsString], environment: &Environment) -> Result<Invocation, Refusal> {
    let refuse =
        |cmdlet| move |error| Refusal { cmdlet, output: options::output_of(args, environment), error };
    let (table, args) = choose(argv0, args).map_err(refuse(Cmdlet::ConnectPSSession))?;
    invocation(table, args, environment).map_err(refuse(table.cmdlet))
}

fn invocation(
    table: &'static Table,
    args: &[OsString],
    environment: &Environment,
) -> Result<Invocation, BindError> {
    let Canonical { words, unknown } = match token::tokens(table, args)? {
        Tokens::Help(detail) => return Ok(Invocation::Print(help::help(table, detail))),
        Tokens::Version => return Ok(Invocation::Print(version())),
        Tokens::Canonical(canonical) => canonical,
    };
    if let Some(bad) = &environment.bad_config_file {
        return Err(BindError::ConfigFileUnusable(bad.clone()));
    }
    let matches = grammar::parse(table, words)?;
    let options = ProgramOptions::read(&matches, environment)?;
    let arguments = bind::Arguments {
        named: grammar::named(table, &matches),
        positional: grammar::positional(&matches),
        unknown,
    };
    let bound = bind::bind(table, arguments, environment.stdin_is_terminal)?;
    let common = CommonParameters::read(&bound);
    let request = match table.cmdlet {
        Cmdlet::ConnectPSSession => Request::Connect(connect::request(&bound, environment)?),
        _ => return Err(BindError::CommandNotFound { name: table.cmdlet.name().into(), known: Vec::new() }),
    };
    Ok(Invocation::Run(Box::new(Command { cmdlet: table.cmdlet, request, common, options })))
}

fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// The cmdlet to act as: the one that `--as` names, else the one this program is called by. Also returns the words
/// that are left.
fn choose<'a>(argv0: &OsStr, args: &'a [OsString]) -> Result<(&'static Table, &'a [OsString]), BindError> {
    let (choice, rest) = args.split_at_checked(words_that_choose(args)).unwrap_or((args, &[]));
    let name = match choice {
        [] => Path::new(argv0).file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        [_, name, ..] => name.to_string_lossy().into_owned(),
        [attached] => match attached.to_string_lossy().split_once('=') {
            Some((_, name)) => name.to_owned(),
            None => return Err(BindError::MissingArgument { name: "--as", type_name: "System.String" }),
        },
    };
    let is_named = |table: &&Table| {
        table.cmdlet.name().eq_ignore_ascii_case(&name) || table.alias.eq_ignore_ascii_case(&name)
    };
    match TABLES.into_iter().find(is_named) {
        Some(table) => Ok((table, rest)),
        None => {
            let known = TABLES.iter().map(|table| table.cmdlet.name().to_lowercase()).collect();
            Err(BindError::CommandNotFound { name, known })
        }
    }
}

/// How many words at the front choose the cmdlet: `--as=CMDLET` is one, `--as CMDLET` two.
fn words_that_choose(args: &[OsString]) -> usize {
    let first = args.first().map(|word| word.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match first.as_str() {
        "--as" => 2,
        word if word.starts_with("--as=") => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
