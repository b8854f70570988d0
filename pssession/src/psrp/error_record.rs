//! ErrorRecord: an error as a server reports it (MS-PSRP 2.2.3.15).

use super::clixml::{Object, References, Value};
use crate::error::ErrorCategory;

/// What an error record says. Every part may be missing; PowerShell itself sends records of several shapes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ErrorRecord {
    pub message: String,
    pub fully_qualified_error_id: String,
    pub category: CategoryInfo,
    /// What the author of the error advises.
    pub recommended_action: Option<String>,
    pub script_stack_trace: Option<String>,
    /// Only in a record with extended information.
    pub invocation: Option<InvocationInfo>,
    /// The record as it came, for all the rest.
    pub value: Value,
}

/// Where in the script it happened (System.Management.Automation.InvocationInfo and CommandInfo).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvocationInfo {
    /// The command that failed, where it was one.
    pub command: Option<String>,
    /// As it was typed.
    pub invocation_name: String,
    /// The file; empty where the script has none.
    pub script_name: String,
    pub script_line_number: i32,
    /// The whole line.
    pub line: String,
    /// Where in the line, from 1.
    pub offset_in_line: i32,
    /// The position, several lines of text.
    pub position_message: String,
}

/// System.Management.Automation.ErrorCategoryInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CategoryInfo {
    pub category: ErrorCategory,
    pub activity: String,
    pub reason: String,
    pub target_name: String,
    pub target_type: String,
    /// All of it in one line, as the server words it.
    pub message: String,
}

impl ErrorRecord {
    pub(crate) fn new(value: Value) -> ErrorRecord {
        let text = |name: &str| value.property(name).and_then(Value::as_str).map(str::to_owned);
        let own = |name: &str| text(name).unwrap_or_default();
        let number = |name: &str| value.property(name).and_then(Value::as_i32).unwrap_or_default();
        let is_extended =
            value.property("SerializeExtendedInfo").map(Value::base) == Some(&Value::Bool(true));
        ErrorRecord {
            message: message(&value),
            fully_qualified_error_id: own("FullyQualifiedErrorId"),
            category: CategoryInfo {
                category: ErrorCategory::of_number(number("ErrorCategory_Category")),
                activity: own("ErrorCategory_Activity"),
                reason: own("ErrorCategory_Reason"),
                target_name: own("ErrorCategory_TargetName"),
                target_type: own("ErrorCategory_TargetType"),
                message: own("ErrorCategory_Message"),
            },
            recommended_action: text("ErrorDetails_RecommendedAction"),
            script_stack_trace: text("ErrorDetails_ScriptStackTrace"),
            invocation: is_extended.then(|| InvocationInfo {
                command: text("CommandInfo_Name"),
                invocation_name: own("InvocationInfo_InvocationName"),
                script_name: own("InvocationInfo_ScriptName"),
                script_line_number: number("InvocationInfo_ScriptLineNumber"),
                line: own("InvocationInfo_Line"),
                offset_in_line: number("InvocationInfo_OffsetInLine"),
                position_message: own("InvocationInfo_PositionMessage"),
            }),
            value,
        }
    }
}

/// What PowerShell shows of a record: its details, or else its exception's message, or else what it converts to.
fn message(record: &Value) -> String {
    let details = record.property("ErrorDetails_Message").and_then(Value::as_str);
    let exception = || followed(record, record.property("Exception")?)?.property("Message")?.as_str();
    let shown = || record.as_object().and_then(|object| object.to_string.as_deref()).or(record.as_str());
    details.filter(|text| !text.is_empty()).or_else(exception).or_else(shown).unwrap_or_default().to_owned()
}

/// The object that a property is, or that it refers to.
fn followed<'v>(root: &'v Value, value: &'v Value) -> Option<&'v Object> {
    if let Value::Ref(_) = value { References::of(root).object(value) } else { value.as_object() }
}
