//! The error a person sees: PowerShell's ErrorRecord, with a way out where one is known.
//!
//! Each room has its own small error enum; this is the roof over them. Only `cmdlet` and what lies above it make
//! error records, and only `render` prints them.

mod cmdlet;

pub use cmdlet::Cmdlet;

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
    /// A way out that can be typed or done, in this program's words.
    pub hint: Option<String>,
}

/// The object an error is about, as CategoryInfo shows it: `(name:type)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorTarget {
    /// What it is called, such as a computer name.
    pub name: String,
    /// Short name of its .NET type, such as `String`.
    pub type_name: &'static str,
}

/// The ErrorCategory values that these cmdlets use (System.Management.Automation.ErrorCategory).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCategory {
    /// An argument is not valid.
    InvalidArgument,
    /// Data is not what it should be.
    InvalidData,
    /// The operation is not possible now.
    InvalidOperation,
    /// No other category fits.
    NotSpecified,
    /// There is no such object.
    ObjectNotFound,
    /// The operation was interrupted.
    OperationStopped,
    /// A connection or a session cannot be opened.
    OpenError,
    /// Something that is needed cannot be had.
    ResourceUnavailable,
    /// Something cannot be written.
    WriteError,
}

impl ErrorCategory {
    /// The name as PowerShell spells it.
    pub fn name(self) -> &'static str {
        match self {
            ErrorCategory::InvalidArgument => "InvalidArgument",
            ErrorCategory::InvalidData => "InvalidData",
            ErrorCategory::InvalidOperation => "InvalidOperation",
            ErrorCategory::NotSpecified => "NotSpecified",
            ErrorCategory::ObjectNotFound => "ObjectNotFound",
            ErrorCategory::OperationStopped => "OperationStopped",
            ErrorCategory::OpenError => "OpenError",
            ErrorCategory::ResourceUnavailable => "ResourceUnavailable",
            ErrorCategory::WriteError => "WriteError",
        }
    }
}
