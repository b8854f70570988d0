//! Records as JSON: PSSession's own property names, typed values.

use crate::error::ErrorRecord;
use crate::session::PSSession;
use serde::Serialize;

/// A session, with durations in milliseconds as PowerShell has them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Session<'a> {
    id: Option<u32>,
    name: Option<&'a str>,
    instance_id: String,
    computer_name: &'a str,
    computer_type: &'static str,
    connection_uri: &'a str,
    configuration_name: &'a str,
    state: &'static str,
    availability: &'static str,
    idle_timeout: Option<u64>,
    output_buffering_mode: Option<&'static str>,
    disconnected_on: Option<String>,
    expires_on: Option<String>,
}

/// A session as one line of JSON, without its line end.
pub fn session(session: &PSSession) -> String {
    line(&Session {
        id: session.id.map(|id| id.0),
        name: session.name.as_deref(),
        instance_id: session.instance_id.to_string(),
        computer_name: &session.computer_name,
        computer_type: "RemoteMachine",
        connection_uri: &session.connection_uri,
        configuration_name: &session.configuration_name,
        state: session.state.name(),
        availability: session.availability.name(),
        idle_timeout: session
            .idle_timeout
            .map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
        output_buffering_mode: session.output_buffering_mode.map(|mode| mode.name()),
        disconnected_on: session.disconnected_on.map(|time| time.to_string()),
        expires_on: session.expires_on.map(|time| time.to_string()),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error<'a> {
    stream: &'static str,
    message: &'a str,
    category_info: CategoryInfo<'a>,
    fully_qualified_error_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryInfo<'a> {
    category: &'static str,
    activity: &'static str,
    reason: &'static str,
    target_name: &'a str,
    target_type: &'static str,
}

/// An error as one line of JSON, without its line end.
pub fn error(error: &ErrorRecord) -> String {
    let target = error.target.as_ref();
    line(&Error {
        stream: "Error",
        message: &error.message,
        category_info: CategoryInfo {
            category: error.category.name(),
            activity: error.cmdlet.name(),
            reason: error.reason,
            target_name: target.map_or("", |target| &target.name),
            target_type: target.map_or("", |target| target.type_name),
        },
        fully_qualified_error_id: &error.fully_qualified_error_id,
        hint: error.hint.as_deref(),
    })
}

/// What is said on another stream, as one line of JSON, without its line end.
pub fn message(stream: &'static str, message: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Message<'a> {
        stream: &'static str,
        message: &'a str,
    }
    line(&Message { stream, message })
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and structs always serialize")
}
