//! An error of a remote command.

use super::object::PSObject;
use super::value::PSValue;
use crate::psrp::error_record::ErrorRecord;

/// An error of the command.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RemoteError {
    /// What went wrong.
    pub message: String,
    /// PowerShell's FullyQualifiedErrorId.
    pub fully_qualified_error_id: String,
    /// The name of its ErrorCategory.
    pub category: &'static str,
    /// What belongs to the category.
    pub category_info: CategoryInfo,
    /// What the author of the error advises.
    pub recommended_action: Option<String>,
    /// The calls that led to it, one a line.
    pub script_stack_trace: Option<String>,
    /// Where in the script it happened. Not every error says so.
    pub invocation: Option<Invocation>,
    /// The whole record.
    pub record: PSObject,
}

/// What an error's category is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CategoryInfo {
    /// What was done, most often the name of a cmdlet.
    pub activity: String,
    /// Why it failed, most often the name of an exception.
    pub reason: String,
    /// What it was done to.
    pub target_name: String,
    /// The type of that.
    pub target_type: String,
    /// All of it in one line, with the category.
    pub message: String,
}

/// The place of an error in its script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invocation {
    /// The command that failed, if it was one.
    pub command: Option<String>,
    /// The command as it was typed; empty if there is none.
    pub invocation_name: String,
    /// The script's file; empty if it has none.
    pub script_name: String,
    /// The line in the script.
    pub script_line_number: i32,
    /// That line.
    pub line: String,
    /// Where in the line it begins, from 1.
    pub offset_in_line: i32,
    /// The position in words, the line, and what of it is meant: several lines of text, or none.
    pub position_message: String,
}

impl RemoteError {
    /// The error that a value is, as a record that was redirected to the output.
    pub fn from_value(value: PSValue<'_>) -> Option<RemoteError> {
        const TYPE_NAME: &str = "System.Management.Automation.ErrorRecord";
        let record = value.is_of_type(TYPE_NAME).then(|| value.copy())?;
        record.map(|record| ErrorRecord::new(record).into())
    }

    /// Whether this is a line that a native program wrote to its standard error. That is no failure.
    pub fn is_native_output(&self) -> bool {
        matches!(&*self.fully_qualified_error_id, "NativeCommandError" | "NativeCommandErrorMessage")
    }
}

impl From<ErrorRecord> for RemoteError {
    fn from(record: ErrorRecord) -> RemoteError {
        let category = record.category;
        RemoteError {
            message: record.message,
            fully_qualified_error_id: record.fully_qualified_error_id,
            category: category.category.name(),
            category_info: CategoryInfo {
                activity: category.activity,
                reason: category.reason,
                target_name: category.target_name,
                target_type: category.target_type,
                message: category.message,
            },
            recommended_action: record.recommended_action,
            script_stack_trace: record.script_stack_trace,
            invocation: record.invocation.map(|info| Invocation {
                command: info.command,
                invocation_name: info.invocation_name,
                script_name: info.script_name,
                script_line_number: info.script_line_number,
                line: info.line,
                offset_in_line: info.offset_in_line,
                position_message: info.position_message,
            }),
            record: PSObject(record.value),
        }
    }
}
