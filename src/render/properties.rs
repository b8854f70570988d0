//! A session's properties under PSSession's own names: what JSON and CSV carry, and whence the list takes its values.

use jiff::Timestamp;
use pssession::record::PSSession;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// All properties in the order in which records have them; durations in milliseconds as PowerShell has them, times in
/// ISO 8601.
pub fn properties(session: &PSSession) -> [(&'static str, Value); 14] {
    [
        ("Id", session.id.map(|id| id.0).into()),
        ("Name", session.name.clone().into()),
        ("InstanceId", session.instance_id.to_string().into()),
        ("ComputerName", session.computer_name.clone().into()),
        ("ComputerType", "RemoteMachine".into()),
        ("ConnectionUri", session.connection_uri.clone().into()),
        ("ConfigurationName", session.configuration_name.clone().into()),
        ("State", session.state.name().into()),
        ("Availability", session.availability.name().into()),
        ("IdleTimeout", session.idle_timeout.map(milliseconds).into()),
        ("OutputBufferingMode", session.output_buffering_mode.map(|mode| mode.name()).into()),
        ("DisconnectedOn", time(session.disconnected_on)),
        ("ExpiresOn", time(session.expires_on)),
        ("LastSeen", time(session.last_seen)),
    ]
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn time(time: Option<SystemTime>) -> Value {
    time.and_then(timestamp).map(|time| time.to_string()).into()
}

/// To the millisecond, as the store keeps times; `None` for one that no calendar has.
pub fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let time = Timestamp::try_from(time).ok()?;
    Timestamp::from_millisecond(time.as_millisecond()).ok()
}

/// The value as text; `None` for none.
pub fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
