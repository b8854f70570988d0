//! The program `connect-pssession`: the cmdlets of the library `pssession`, for a command line.

mod certificate;
mod cli;
mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod host;
mod links;
mod password;
mod program;
mod render;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run(std::env::args_os()).into()
}
