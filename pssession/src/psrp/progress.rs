//! A ProgressRecord among records or host calls (MS-PSRP 2.2.2.25).

use super::clixml::{ProgressRecord, ProgressRecordType, Value};

/// A property bag, in which anything may be missing.
pub(super) fn of(bag: &Value) -> ProgressRecord {
    let text = |name| bag.property(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name, default| bag.property(name).and_then(Value::as_i32).unwrap_or(default);
    let assumed = ProgressRecord::default();
    ProgressRecord {
        activity: text("Activity").unwrap_or_default(),
        activity_id: number("ActivityId", assumed.activity_id),
        current_operation: text("CurrentOperation"),
        parent_activity_id: number("ParentActivityId", assumed.parent_activity_id),
        percent_complete: number("PercentComplete", assumed.percent_complete),
        record_type: match number("Type", 0) {
            1 => ProgressRecordType::Completed,
            _ => ProgressRecordType::Processing,
        },
        seconds_remaining: number("SecondsRemaining", assumed.seconds_remaining),
        status_description: text("StatusDescription"),
    }
}
