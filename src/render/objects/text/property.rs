//! The properties of a value, as PowerShell has them once it has read it.

use pssession::PSObject;
use pssession::value::{PSValue, TimeSpan, ValueKind};
use std::borrow::Cow;

/// What is shown as one: a value, or an entry of a dictionary.
#[derive(Clone, Copy)]
pub enum Thing<'v> {
    Value(PSValue<'v>),
    Entry(PSValue<'v>, PSValue<'v>),
}

/// What a property is.
#[derive(Clone)]
pub enum Part<'v> {
    Value(PSValue<'v>),
    /// What only the .NET type has, and no message.
    Text(String),
    Number(String),
}

pub type Property<'v> = (Cow<'v, str>, Part<'v>);

impl<'v> Thing<'v> {
    pub fn value(self) -> Option<PSValue<'v>> {
        if let Thing::Value(value) = self { Some(value) } else { None }
    }

    pub fn properties(self) -> Vec<Property<'v>> {
        let value = match self {
            Thing::Value(value) => value,
            Thing::Entry(key, value) => {
                return vec![
                    ("Name".into(), Part::Text(key.to_string())),
                    ("Value".into(), Part::Value(value)),
                ];
            }
        };
        match value.kind() {
            ValueKind::Object => {
                value.properties().map(|(name, part)| (Cow::Borrowed(name), Part::Value(part))).collect()
            }
            ValueKind::TimeSpan(span) => time_span(span),
            ValueKind::Guid(guid) => vec![
                number("Variant", u8::from(guid.as_bytes()[8] >> 6 == 0b11) * 2),
                number("Version", guid.as_bytes()[6] >> 4),
                ("Guid".into(), Part::Text(guid.to_string())),
            ],
            ValueKind::Version([major, minor, build, revision]) => {
                let part = |part: Option<u32>| part.map_or(-1, i64::from);
                let revision = part(revision);
                vec![
                    number("Major", part(major)),
                    number("Minor", part(minor)),
                    number("Build", part(build)),
                    number("Revision", revision),
                    number("MajorRevision", (revision >> 16) as i16),
                    number("MinorRevision", revision as i16),
                ]
            }
            ValueKind::List(items) => {
                let count = items.len();
                let capacity = if count == 0 { 0 } else { count.next_power_of_two().max(4) };
                let mut properties = vec![number("Capacity", capacity), number("Count", count)];
                properties.extend(["IsFixedSize", "IsReadOnly", "IsSynchronized"].map(is_false));
                properties.push(("SyncRoot".into(), Part::Value(value)));
                properties
            }
            ValueKind::Dictionary(entries) => {
                let mut properties = ["IsReadOnly", "IsFixedSize", "IsSynchronized"].map(is_false).to_vec();
                properties.push(number("Count", entries.len()));
                properties
            }
            _ => Vec::new(),
        }
    }

    /// The property of this name, in any letter case.
    pub fn property(self, name: &str) -> Option<Part<'v>> {
        match self.value() {
            Some(value) if matches!(value.kind(), ValueKind::Object) => value.property(name).map(Part::Value),
            _ => {
                let mut properties = self.properties().into_iter();
                properties.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, part)| part)
            }
        }
    }
}

fn number<'v>(name: &'static str, number: impl ToString) -> Property<'v> {
    (name.into(), Part::Number(number.to_string()))
}

fn is_false<'v>(name: &'static str) -> Property<'v> {
    (name.into(), Part::Number("False".into()))
}

fn time_span<'v>(span: TimeSpan) -> Vec<Property<'v>> {
    const TICKS: [(&str, i64, i64); 7] = [
        ("Days", 864_000_000_000, i64::MAX),
        ("Hours", 36_000_000_000, 24),
        ("Milliseconds", 10_000, 1000),
        ("Microseconds", 10, 1000),
        ("Nanoseconds", 1, 10),
        ("Minutes", 600_000_000, 60),
        ("Seconds", 10_000_000, 60),
    ];
    const TOTALS: [(&str, f64); 7] = [
        ("TotalDays", 864e9),
        ("TotalHours", 36e9),
        ("TotalMilliseconds", 1e4),
        ("TotalMicroseconds", 10.0),
        ("TotalNanoseconds", 0.01),
        ("TotalMinutes", 6e8),
        ("TotalSeconds", 1e7),
    ];
    let ticks = span.ticks;
    let mut properties = vec![number("Ticks", ticks)];
    properties.extend(TICKS.map(|(name, unit, most)| {
        let value = ticks / unit % most;
        number(name, if name == "Nanoseconds" { value * 100 } else { value })
    }));
    properties.extend(TOTALS.map(|(name, unit)| {
        let total = if unit < 1.0 { ticks as f64 * 100.0 } else { ticks as f64 / unit };
        (name.into(), Part::Number(general(total)))
    }));
    properties
}

/// A number with the digits that PowerShell shows of a double.
fn general(number: f64) -> String {
    PSObject::from_clixml(&format!("<Db>{number:e}</Db>")).map_or(String::new(), |object| object.to_string())
}
