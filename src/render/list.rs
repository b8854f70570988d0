//! Records as PowerShell's `Format-List *` shows them, a property a line.

use super::properties::{properties, shown, timestamp};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pssession::record::{CommandState, PSSession};
use pssession::span;
use std::time::SystemTime;

/// The properties of a PSSession in the order of Windows PowerShell 5.1, and our own with the times. Those that
/// do not exist here stay empty: they belong to virtual machines, containers and .NET objects.
const LABELS: [&str; 20] = [
    "State",
    "IdleTimeout",
    "OutputBufferingMode",
    "DisconnectedOn",
    "ExpiresOn",
    "ExpiresIn",
    "LastSeen",
    "Command",
    "ComputerType",
    "ComputerName",
    "ContainerId",
    "VMName",
    "VMId",
    "ConfigurationName",
    "InstanceId",
    "Id",
    "Name",
    "Availability",
    "ApplicationPrivateData",
    "Runspace",
];

/// The longest of them.
const WIDTH: usize = 22;

/// One session's lines; `zone` is where its times are shown.
pub fn session(session: &PSSession, zone: Option<&TimeZone>, now: SystemTime) -> String {
    let properties = properties(session);
    let value = |label: &str| match label {
        "DisconnectedOn" => session.disconnected_on.and_then(timestamp).map(|time| local(time, zone)),
        "LastSeen" => session.last_seen.and_then(timestamp).map(|time| local(time, zone)),
        "ExpiresIn" => session.expires_in(now).map(span),
        "Command" => session.command.map(|state| command(state, session.disconnected_on, now)),
        "ApplicationPrivateData" => session
            .application_private_data
            .as_ref()
            .map(|data| format!("{{{}}}", data.keys().map(String::as_str).collect::<Vec<_>>().join(", "))),
        "ExpiresOn" => session.expires_on.and_then(timestamp).map(|time| local(time, zone)),
        _ => shown(&properties.iter().find(|(name, _)| *name == label)?.1),
    };
    LABELS.iter().map(|label| line(label, value(label))).collect()
}

/// Whether a command runs. When it began its server does not say, but since when no client reads it.
fn command(state: CommandState, left_on: Option<SystemTime>, now: SystemTime) -> String {
    match (state, left_on.and_then(|left| now.duration_since(left).ok())) {
        (CommandState::Running, Some(since)) => format!("running, without a client for {}", span(since)),
        (CommandState::Running, None) => "running".to_owned(),
        (CommandState::Done, _) => "ended, with output to receive".to_owned(),
        _ => "none".to_owned(),
    }
}

/// A label and its value. A value of several lines stays in its column, so that none of them looks like a label.
fn line(label: &str, value: Option<String>) -> String {
    match value {
        Some(value) => {
            format!("{label:WIDTH$} : {}\n", value.replace('\n', &format!("\n{:WIDTH$}   ", "")))
        }
        None => format!("{label:WIDTH$} :\n"),
    }
}

/// A time as .NET writes it for the United States, which is how 5.1 starts out; where the zone is not known, in a form
/// that says which one it is.
fn local(time: Timestamp, zone: Option<&TimeZone>) -> String {
    match zone {
        Some(zone) => time.to_zoned_datetime(zone.clone()).strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
        None => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;
    use std::time::Duration;

    #[test]
    fn the_list_of_windows_powershell() {
        let mut sample = samples::session(4, "ITTask", "Server01", "ITTasks");
        sample.idle_timeout = Some(Duration::from_secs(7200));
        assert_eq!(
            session(&sample, Some(&TimeZone::UTC), SystemTime::now()),
            "\
State                  : Opened
IdleTimeout            : 7200000
OutputBufferingMode    :
DisconnectedOn         :
ExpiresOn              :
ExpiresIn              :
LastSeen               :
Command                :
ComputerType           : RemoteMachine
ComputerName           : Server01
ContainerId            :
VMName                 :
VMId                   :
ConfigurationName      : ITTasks
InstanceId             : 00000000-0000-0000-0000-000000000000
Id                     : 4
Name                   : ITTask
Availability           : Available
ApplicationPrivateData :
Runspace               :
"
        );
    }

    #[test]
    fn a_command_runs_or_has_ended() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let left = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - 223_200));
        for (state, left_on, text) in [
            (CommandState::Running, left, "running, without a client for 2 d 14 h"),
            (CommandState::Running, None, "running"),
            (CommandState::Done, left, "ended, with output to receive"),
            (CommandState::None, left, "none"),
        ] {
            assert_eq!(command(state, left_on, now), text);
        }
    }

    #[test]
    fn times_are_local() {
        let time = "2026-11-28T16:03:17.5Z".parse().unwrap();
        let zone = TimeZone::posix("CET-1").unwrap();
        assert_eq!(local(time, Some(&zone)), "11/28/2026 5:03:17 PM");
        assert_eq!(local(time, None), "2026-11-28T16:03:17.5Z");
    }

    #[test]
    fn a_name_of_several_lines_makes_no_label() {
        assert_eq!(
            line("Name", Some("a\nState : Broken".into())),
            "Name                   : a\n                         State : Broken\n"
        );
    }
}
