//! Reads CLIXML, a value in each file that is named, and writes each again on a line of its own, or why it is none.

use pssession::PSObject;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for file in std::env::args_os().skip(1) {
        let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        let value = read.and_then(|text| PSObject::from_clixml(&text).map_err(|error| error.to_string()));
        match value {
            Ok(value) => println!("{}", value.to_clixml(&mut 0)),
            Err(error) => {
                println!("{}: {error}", file.display());
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}
