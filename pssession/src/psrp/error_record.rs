//! ErrorRecord: an error as a server reports it (MS-PSRP 2.2.3.15).

use super::clixml::{Object, References, Value};
use crate::error::ErrorCategory;

/// What an error record says. Every part may be missing; PowerShell itself sends records of several shapes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ErrorRecord {
    pub message: String,
    pub fully_qualified_error_id: String,
    pub category: CategoryInfo,
    /// The position of the error in its script, several lines of text.
    pub position_message: Option<String>,
    /// The command that failed.
    pub invocation_name: Option<String>,
    pub script_stack_trace: Option<String>,
    /// The record as it came, for all the rest.
    pub value: Value,
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
        let invocation_info = value.property("InvocationInfo").and_then(|info| followed(&value, info));
        // A record without extended information has this object alone, which comes with every record of PowerShell 7.
        let of_invocation = |name: &str| {
            let extended = text(&format!("InvocationInfo_{name}"));
            let text = extended.or_else(|| invocation_info?.property(name)?.as_str().map(str::to_owned));
            text.filter(|text| !text.is_empty())
        };
        let number = value.property("ErrorCategory_Category").and_then(Value::as_i32);
        ErrorRecord {
            message: message(&value),
            fully_qualified_error_id: own("FullyQualifiedErrorId"),
            category: CategoryInfo {
                category: ErrorCategory::of_number(number.unwrap_or_default()),
                activity: own("ErrorCategory_Activity"),
                reason: own("ErrorCategory_Reason"),
                target_name: own("ErrorCategory_TargetName"),
                target_type: own("ErrorCategory_TargetType"),
                message: own("ErrorCategory_Message"),
            },
            position_message: of_invocation("PositionMessage"),
            invocation_name: of_invocation("InvocationName"),
            script_stack_trace: text("ErrorDetails_ScriptStackTrace"),
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
