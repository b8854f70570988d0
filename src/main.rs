//! The program `connect-pssession`; what it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pssession::program::run(std::env::args_os()).into()
}
