//! What is typed: from argv to a typed request.
//!
//! One dash begins PowerShell's own parameters, bound as PowerShell binds them: any letter case, prefixes, aliases,
//! `-Name:value`, arrays, positions. Two dashes begin this program's own options, which exist for shells. Every
//! cmdlet has one table ([`parameter::Table`]); a new one is a file like `connect` and a row in `TABLES`. Help, manual
//! pages and [`completion`] are written from the tables, too.
//!
//! A command line goes through `token` (PowerShell's tokens become words for clap), `grammar` (clap reads
//! them), `bind` (parameters, conversions, the parameter set) and the cmdlet's own file (the request). All of it
//! is pure: what the surroundings say comes in as an [`Environment`], and nothing is read, asked or printed.

pub mod bind_error;
pub mod common;
pub mod completion;
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
mod disconnect;
mod get;
mod grammar;
mod help;
mod man;
mod new_session_option;
mod remove;
mod sessions;
mod target;
mod token;

pub use bind_error::BindError;
pub use common::CommonParameters;
pub use completion::Completion;
pub use environment::Environment;
pub use options::ProgramOptions;
pub use prompt::Prompt;

use crate::render::Output;
use completion::Shell;
use parameter::Table;
use pssession::cmdlet::{Cmdlet, Request};
use pssession::session_option::PSSessionOption;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use token::{Canonical, Tokens};

/// The cmdlets this program acts as.
static TABLES: [&Table; 5] =
    [&connect::TABLE, &get::TABLE, &disconnect::TABLE, &remove::TABLE, &new_session_option::TABLE];

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    Run(Box<Command>),
    /// Print this object, the output of New-PSSessionOption.
    SessionOption {
        option: Box<PSSessionOption>,
        output: Output,
    },
    /// Print this text to standard output, and succeed.
    Print(String),
    /// Print what a word can become.
    Complete(Completion),
    /// Give the program other names.
    InstallLinks(Links),
}

/// Names for the program.
#[derive(Debug, PartialEq, Eq)]
pub struct Links {
    pub names: Vec<String>,
    /// Where they go; `None` is where the program is.
    pub directory: Option<PathBuf>,
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
    if let Some(completion) = Completion::read(args, environment) {
        return Ok(Invocation::Complete(completion));
    }
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
        Tokens::Man => return Ok(Invocation::Print(man::man(table))),
        Tokens::Version => return Ok(Invocation::Print(version())),
        Tokens::Canonical(canonical) => canonical,
    };
    let matches = grammar::parse(table, words)?;
    if let Some(shell) = matches.get_one::<String>("completions").and_then(|name| Shell::parse(name)) {
        return Ok(Invocation::Print(completion::script(shell)));
    }
    if let Some(directory) = matches.get_one::<OsString>("install-links") {
        let directory = Some(PathBuf::from(directory)).filter(|directory| !directory.as_os_str().is_empty());
        return Ok(Invocation::InstallLinks(Links { names: names().collect(), directory }));
    }
    if let Some(bad) = &environment.bad_config_file {
        return Err(BindError::ConfigFileUnusable(bad.clone()));
    }
    let options = ProgramOptions::read(&matches, environment)?;
    let arguments = bind::Arguments {
        named: grammar::named(table, &matches),
        positional: grammar::positional(&matches),
        unknown,
    };
    let bound = bind::bind(table, arguments, environment)?;
    let common = CommonParameters::read(&bound);
    let request = match table.cmdlet {
        Cmdlet::ConnectPSSession => Request::Connect(connect::request(&bound, environment)?),
        Cmdlet::GetPSSession => Request::Get(get::request(&bound, environment)?),
        Cmdlet::DisconnectPSSession => Request::Disconnect(disconnect::request(&bound, environment)),
        Cmdlet::RemovePSSession => Request::Remove(remove::request(&bound, environment)),
        Cmdlet::NewPSSessionOption => {
            let option = Box::new(new_session_option::option(&bound)?);
            return Ok(Invocation::SessionOption { option, output: options.output });
        }
    };
    Ok(Invocation::Run(Box::new(Command { cmdlet: table.cmdlet, request, common, options })))
}

/// The names that the program acts by, as a shell knows them.
fn names() -> impl Iterator<Item = String> {
    TABLES.iter().map(|table| table.cmdlet.name().to_lowercase())
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
        // A cmdlet without an alias has an empty one.
        let is_alias = !name.is_empty() && table.alias.eq_ignore_ascii_case(&name);
        is_alias || table.cmdlet.name().eq_ignore_ascii_case(&name)
    };
    match TABLES.into_iter().find(is_named) {
        Some(table) => Ok((table, rest)),
        None => Err(BindError::CommandNotFound { name, known: names().collect() }),
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
