//! How the process ends.

/// The exit statuses a script can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Everything asked for was done.
    Success = 0,
    /// At least one error record, shown or not.
    Error = 1,
    /// The command line does not bind; nothing was contacted.
    CommandLine = 2,
    /// Ctrl-C or a request to end, as a shell reports SIGINT.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        std::process::ExitCode::from(code as u8)
    }
}
