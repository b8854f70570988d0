//! How the process ends.

/// The exit statuses a script can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Everything asked for was done.
    Success,
    /// At least one error record, shown or not.
    Error,
    /// The command line does not bind; nothing was contacted.
    CommandLine,
    /// The connection was lost and could not be had again: whether the command ended is not known.
    Lost,
    /// The command is left running.
    Left,
    /// The time limit of the command line.
    TimedOut,
    /// Ctrl-C or a request to end, as a shell reports SIGINT.
    Interrupted,
    /// The reader of a command's output has gone, as a shell reports SIGPIPE.
    Closed,
    /// The remote command's own.
    Remote(u8),
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        std::process::ExitCode::from(match code {
            ExitCode::Success => 0,
            ExitCode::Error => 1,
            ExitCode::CommandLine => 2,
            ExitCode::Lost => 74,
            ExitCode::Left => 75,
            ExitCode::TimedOut => 124,
            ExitCode::Interrupted => 130,
            ExitCode::Closed => 141,
            ExitCode::Remote(status) => status,
        })
    }
}
