//! A session's properties under PSSession's own names: what JSON and CSV carry, and whence the list takes its values.

use jiff::Timestamp;
use pssession::record::PSSession;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// What a property holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Number(u64),
    Text(Cow<'a, str>),
}

/// All properties in the order in which records have them; durations in milliseconds as PowerShell has them, times in
/// ISO 8601.
pub fn properties(session: &PSSession) -> [(&'static str, Value<'_>); 14] {
    [
        ("Id", number(session.id.map(|id| id.0))),
        ("Name", session.name.as_deref().map_or(Value::Null, text)),
        ("InstanceId", Value::Text(session.instance_id.to_string().into())),
        ("ComputerName", text(&session.computer_name)),
        ("ComputerType", text("RemoteMachine")),
        ("ConnectionUri", text(&session.connection_uri)),
        ("ConfigurationName", text(&session.configuration_name)),
        ("State", text(session.state.name())),
        ("Availability", text(session.availability.name())),
        ("IdleTimeout", number(session.idle_timeout.map(milliseconds))),
        ("OutputBufferingMode", session.output_buffering_mode.map_or(Value::Null, |mode| text(mode.name()))),
        ("DisconnectedOn", time(session.disconnected_on)),
        ("ExpiresOn", time(session.expires_on)),
        ("LastSeen", time(session.last_seen)),
    ]
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

fn number<'a>(number: Option<impl Into<u64>>) -> Value<'a> {
    number.map_or(Value::Null, |number| Value::Number(number.into()))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn time<'a>(time: Option<SystemTime>) -> Value<'a> {
    time.and_then(timestamp).map_or(Value::Null, |time| Value::Text(time.to_string().into()))
}

/// To the millisecond, as the store keeps times; `None` for one that no calendar has.
pub fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let time = Timestamp::try_from(time).ok()?;
    Timestamp::from_millisecond(time.as_millisecond()).ok()
}

impl Value<'_> {
    /// The value as text; `None` for none.
    pub fn shown(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Null => None,
            Value::Number(number) => Some(number.to_string().into()),
            Value::Text(text) => Some(text.as_ref().into()),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}
