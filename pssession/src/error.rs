//! The error a person sees: PowerShell's ErrorRecord, with a hint if there is one.
//!
//! Each module has its own small error enum; this is what they become. Only `cmdlet` and what lies above it make error
//! records, and only `render` prints them.

mod cmdlet;
mod hint;

pub use cmdlet::Cmdlet;
pub use hint::Hint;

/// One error of one computer, session or command line.
///
/// An ErrorRecord is a value like any other record: it is yielded, not thrown, so that one failure does not stop
/// the rest (PowerShell calls that non-terminating).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRecord {
    /// The cmdlet at work; CategoryInfo shows it as the activity, and its class ends the FullyQualifiedErrorId.
    pub cmdlet: Cmdlet,
    /// One or more sentences in PowerShell's own words where it has them.
    pub message: String,
    /// What kind of error it is.
    pub category: ErrorCategory,
    /// Short name of the .NET exception type PowerShell would have raised, e.g. `RuntimeException`.
    pub reason: &'static str,
    /// What the error is about; `None` shows as `(:)`.
    pub target: Option<ErrorTarget>,
    /// FullyQualifiedErrorId in full, e.g. `PSSessionConnectFailed,Microsoft.PowerShell.Commands.ConnectPSSessionCommand`.
    pub fully_qualified_error_id: String,
    /// What can be done about it.
    pub hint: Option<Hint>,
}

/// The object an error is about, as CategoryInfo shows it: `(name:type)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorTarget {
    /// What it is called, such as a computer name.
    pub name: String,
    /// Short name of its .NET type, such as `String`.
    pub type_name: &'static str,
}

/// Why there is no password, or no client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// A sentence without its full stop.
    pub reason: String,
    /// What can be done about it.
    pub hint: Option<String>,
}

/// System.Management.Automation.ErrorCategory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCategory {
    /// No other category fits.
    NotSpecified,
    /// A connection or a session cannot be opened.
    OpenError,
    /// Something cannot be closed.
    CloseError,
    /// A device has failed.
    DeviceError,
    /// Two operations wait for each other.
    DeadlockDetected,
    /// An argument is not valid.
    InvalidArgument,
    /// Data is not what it should be.
    InvalidData,
    /// The operation is not possible now.
    InvalidOperation,
    /// A result is not valid.
    InvalidResult,
    /// A .NET type is not valid.
    InvalidType,
    /// Metadata is not valid.
    MetadataError,
    /// The operation is not implemented.
    NotImplemented,
    /// Something is not installed.
    NotInstalled,
    /// The object does not exist.
    ObjectNotFound,
    /// The operation was interrupted.
    OperationStopped,
    /// The operation took too long.
    OperationTimeout,
    /// A command's syntax is wrong.
    SyntaxError,
    /// A command cannot be parsed.
    ParserError,
    /// The operation is not permitted.
    PermissionDenied,
    /// Something that is needed is in use.
    ResourceBusy,
    /// The object already exists.
    ResourceExists,
    /// Something that is needed is not available.
    ResourceUnavailable,
    /// Something cannot be read.
    ReadError,
    /// Something cannot be written.
    WriteError,
    /// A program wrote to its standard error.
    FromStdErr,
    /// A security rule is broken.
    SecurityError,
    /// A protocol is broken.
    ProtocolError,
    /// A connection has failed.
    ConnectionError,
    /// The user cannot be authenticated.
    AuthenticationError,
    /// A limit is exceeded.
    LimitsExceeded,
    /// A quota is exceeded.
    QuotaExceeded,
    /// The operation is not enabled.
    NotEnabled,
}

members!(
    ErrorCategory:
    NotSpecified OpenError CloseError DeviceError DeadlockDetected InvalidArgument InvalidData
    InvalidOperation InvalidResult InvalidType MetadataError NotImplemented NotInstalled
    ObjectNotFound OperationStopped OperationTimeout SyntaxError ParserError PermissionDenied
    ResourceBusy ResourceExists ResourceUnavailable ReadError WriteError FromStdErr SecurityError
    ProtocolError ConnectionError AuthenticationError LimitsExceeded QuotaExceeded NotEnabled
);

impl ErrorCategory {
    /// The category of a number; [`ErrorCategory::NotSpecified`] for a number without one.
    pub(crate) fn of_number(number: i32) -> ErrorCategory {
        let category = usize::try_from(number).ok().and_then(|number| ErrorCategory::ALL.get(number));
        category.copied().unwrap_or(ErrorCategory::NotSpecified)
    }
}
