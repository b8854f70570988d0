//! Records as JSON: PSSession's own property names, typed values.

use super::hint;
use super::left::Left;
use super::properties::properties;
use pssession::error::ErrorRecord;
use pssession::record::PSSession;
use serde::{Serialize, Serializer};

/// A session as one line of JSON, without its line end.
pub fn session(session: &PSSession) -> String {
    struct Session<'a>(&'a PSSession);
    impl Serialize for Session<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            // What is known of some sessions only.
            let command = self.0.command.map(|state| ("Command", state.name().into()));
            let data = self.0.application_private_data.clone();
            let private_data = data.map(|data| ("ApplicationPrivateData", data.into()));
            serializer.collect_map(properties(self.0).into_iter().chain(command).chain(private_data))
        }
    }
    line(&Session(session))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error<'a> {
    stream: &'static str,
    message: &'a str,
    category_info: CategoryInfo<'a>,
    fully_qualified_error_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
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
        hint: error.hint.as_ref().and_then(hint::words),
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

/// What a remote command says on a stream, as one line of JSON, without its line end.
pub fn remote_message(stream: &'static str, computer: Option<&str>, message: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Message<'a> {
        stream: &'static str,
        message: &'a str,
        #[serde(rename = "PSComputerName", skip_serializing_if = "Option::is_none")]
        computer: Option<&'a str>,
    }
    line(&Message { stream, message, computer })
}

/// A session that was left, and the command that goes on with it, as one line of JSON, without its line end.
pub fn left(left: &Left) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct LeftLine<'a> {
        stream: &'static str,
        computer_name: &'a str,
        name: Option<&'a str>,
        instance_id: String,
        id: Option<u32>,
        reason: &'static str,
        command: &'a str,
    }
    let session = &left.session;
    line(&LeftLine {
        stream: "Left",
        computer_name: &session.computer_name,
        name: session.name.as_deref(),
        instance_id: session.instance_id.to_string(),
        id: session.id.map(|id| id.0),
        reason: left.leaving.name(),
        command: &left.again(),
    })
}

/// How commands ended on several computers, as one line of JSON, without its line end.
pub fn recap(ok: usize, failed: &[&str], unreachable: &[&str]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Recap<'a> {
        stream: &'static str,
        ok: usize,
        failed: &'a [&'a str],
        unreachable: &'a [&'a str],
    }
    line(&Recap { stream: "Recap", ok, failed, unreachable })
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and structs always serialize")
}
