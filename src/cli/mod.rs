//! What is typed: from argv to a typed request.
//!
//! One dash begins PowerShell's own parameters, bound as PowerShell binds them: any letter case, prefixes, aliases,
//! `-Name:value`, arrays, positions. Two dashes begin this program's own options, which exist for shells. Every
//! cmdlet has one table ([`table::Table`]); a new one is a file like `connect` and a row in [`cmdlets::TABLES`]. clap
//! reads command lines by these tables; help, manual pages and [`completion`] are written from them.
//!
//! A command line goes through `token` (PowerShell's tokens), `grammar` (clap reads the values), `bind` (positions
//! and the parameter set) and the cmdlet's own file (the request). All of it is pure: the environment comes in as an
//! [`Environment`], and nothing is read, asked or printed.

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
pub mod program_options;
pub mod prompt;

mod bind;
mod cmdlets;
mod command;
mod connect;
mod disconnect;
mod enter;
mod escape;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod get;
mod given;
mod grammar;
mod help;
mod invoke;
mod look;
mod man;
mod new;
mod new_session_option;
mod receive;
mod remove;
mod selection;
mod sessions;
mod table;
mod target;
mod token;
mod value_enum;
mod without_effect;

pub use bind_error::BindError;
pub use common::CommonParameters;
pub use completion::Completion;
pub use environment::Environment;
pub use program_options::ProgramOptions;
pub use prompt::Prompt;

use crate::render::Output;
use cmdlets::choose;
use command::SCRIPT_BLOCK;
use input::InputForm;
use pssession::cmdlet::{Cmdlet, Request};
use pssession::session_option::PSSessionOption;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use table::Table;
use token::{Named, Tokens};

/// What a command line asks for.
#[derive(Debug, PartialEq)]
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
#[derive(Debug, PartialEq)]
pub struct Command {
    pub cmdlet: Cmdlet,
    pub request: Request,
    pub common: CommonParameters,
    pub options: ProgramOptions,
    /// What standard input is to the command that is run, if it is given any.
    pub input: Option<InputForm>,
    /// Warnings to show before it runs.
    pub warnings: Vec<String>,
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
    // An error is written as the output is, also where the line is too wrong to bind.
    let output = || grammar::option(args, &options::OUTPUT).or(environment.output);
    let refuse = |cmdlet| move |error| Refusal { cmdlet, output: output().unwrap_or_default(), error };
    let (table, args) = choose(argv0, args).map_err(refuse(Cmdlet::ConnectPSSession))?;
    invocation(table, args, environment).map_err(refuse(table.cmdlet))
}

fn invocation(
    table: &'static Table,
    args: &[OsString],
    environment: &Environment,
) -> Result<Invocation, BindError> {
    // The words behind `--` are the command's own.
    let (args, command_args) = match (table.cmdlet, args.iter().position(|word| word == "--")) {
        (Cmdlet::InvokeCommand, Some(at)) => (&args[..at], &args[at + 1..]),
        _ => (args, [].as_slice()),
    };
    let mut typed = match token::tokens(table, args)? {
        Tokens::Help(detail) => return Ok(Invocation::Print(help::help(table, detail))),
        Tokens::Man => return Ok(Invocation::Print(man::man(table))),
        Tokens::Version => return Ok(Invocation::Print(version())),
        Tokens::Canonical(canonical) => canonical,
    };
    if let Some(text) = grammar::option(args, &options::COMMAND) {
        let parameter = &SCRIPT_BLOCK.parameter;
        typed.named.push(Named { parameter, name: parameter.name.to_owned(), text });
    }
    bind::place(table, &mut typed);
    let given = grammar::read(table, &typed, environment.read_file)?;
    if let Some(shell) = given.get(&options::COMPLETIONS) {
        return Ok(Invocation::Print(completion::script(shell)));
    }
    if let Some(directory) = given.get(&options::INSTALL_LINKS) {
        let directory = Some(directory).filter(|directory| !directory.as_os_str().is_empty());
        return Ok(Invocation::InstallLinks(Links { names: cmdlets::names().collect(), directory }));
    }
    if let Some(bad) = &environment.bad_config_file {
        return Err(BindError::ConfigFileUnusable(bad.clone()));
    }
    let options = match table.cmdlet {
        Cmdlet::InvokeCommand | Cmdlet::ReceivePSSession => {
            ProgramOptions::read_for_commands(&given, environment)
        }
        Cmdlet::EnterPSSession => {
            ProgramOptions { output: Output::default(), ..ProgramOptions::read(&given, environment) }
        }
        _ => ProgramOptions::read(&given, environment),
    };
    let bound = bind::bind(table, typed, given, environment)?;
    let common = CommonParameters::read(&bound);
    let request = match table.cmdlet {
        Cmdlet::ConnectPSSession => Request::Connect(connect::request(&bound, environment)?),
        Cmdlet::GetPSSession => Request::Get(get::request(&bound, options.output, environment)?),
        Cmdlet::DisconnectPSSession => Request::Disconnect(disconnect::request(&bound)),
        Cmdlet::RemovePSSession => Request::Remove(remove::request(&bound, environment)?),
        Cmdlet::NewPSSession => Request::New(new::request(&bound, environment)?),
        Cmdlet::ReceivePSSession => Request::Receive(receive::request(&bound, environment)?),
        Cmdlet::EnterPSSession => Request::Enter(enter::request(&bound, environment)?),
        Cmdlet::InvokeCommand => {
            Request::Invoke(invoke::request(&bound, command::arguments(command_args)?, environment)?)
        }
        Cmdlet::NewPSSessionOption => {
            let option = Box::new(new_session_option::option(&bound)?);
            return Ok(Invocation::SessionOption { option, output: options.output });
        }
    };
    let warnings = without_effect::warnings(&bound, &request);
    let input = match &request {
        Request::Invoke(invoke) => invoke::input_form(&bound, invoke),
        _ => None,
    };
    Ok(Invocation::Run(Box::new(Command { cmdlet: table.cmdlet, request, common, options, input, warnings })))
}

fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests;
