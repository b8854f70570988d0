//! What a parameter can be: members of enumerations, keys of session options, and what is known of sessions.

use super::candidates::{Candidate, beginning, begins};
use crate::cli::BindError;
use crate::cli::convert::{self, ConversionError, Reason};
use crate::cli::option::{self, Property, SettingError};
use crate::cli::parameter::{Kind, Parameter};
use pssession::record::PSSession;

/// Values that a parameter can have, each with its description.
pub fn values(parameter: &'static Parameter, known: &[&PSSession], typed: &str) -> Vec<(String, String)> {
    let known = known.iter();
    let numbers = known.clone().filter_map(|session| Some((session.id?.to_string(), what_it_is(session))));
    let named = known.clone().filter_map(|session| Some((session.name.clone()?, where_it_is(session))));
    match (parameter.name, parameter.kind) {
        ("Name", _) => named.map(|(name, about)| (pattern(&name, typed), about)).collect(),
        ("Id", _) => numbers.collect(),
        ("Session", _) => numbers.chain(named).collect(),
        ("InstanceId", _) => {
            known.map(|session| (session.instance_id.to_string(), what_it_is(session))).collect()
        }
        ("ComputerName", _) => known.map(|session| (session.computer_name.clone(), String::new())).collect(),
        ("ConnectionUri", _) => {
            known.map(|session| (session.connection_uri.clone(), String::new())).collect()
        }
        ("ConfigurationName", _) => {
            known.map(|session| (session.configuration_name.clone(), String::new())).collect()
        }
        (_, Kind::Switch) => without_description(&["true", "false"]),
        _ => parameter_members(parameter),
    }
}

/// A word that no enumeration has; whoever refuses it tells the members.
const NO_MEMBER: &str = "?";

fn members(refusal: &ConversionError) -> &[&'static str] {
    match refusal {
        ConversionError::Value { reason: Reason::NoSuchEnumerator { members, .. }, .. } => members,
        ConversionError::Boolean { .. } => &["true", "false"],
        _ => &[],
    }
}

fn parameter_members(parameter: &'static Parameter) -> Vec<(String, String)> {
    match convert::value(parameter, NO_MEMBER) {
        Err(BindError::CannotConvertArgumentNoMessage { reason, .. }) => {
            without_description(members(&reason))
        }
        _ => Vec::new(),
    }
}

fn property_members(property: &Property) -> Vec<(String, String)> {
    match property.check(NO_MEMBER) {
        Err(SettingError::Conversion(refusal)) => {
            let members = members(&refusal).iter().filter(|member| property.check(member).is_ok());
            without_description(&members.copied().collect::<Vec<_>>())
        }
        _ => Vec::new(),
    }
}

pub fn without_description(values: &[&str]) -> Vec<(String, String)> {
    values.iter().map(|value| ((*value).to_owned(), String::new())).collect()
}

/// The key or the value that is being typed in a PSSessionOption.
pub fn session_options(head: &str, typed: &str) -> Vec<Candidate> {
    let separator = if typed.starts_with("@{") { ';' } else { ',' };
    let start = typed.rfind(separator).map_or_else(|| if separator == ';' { 2 } else { 0 }, |at| at + 1);
    let entry = typed.get(start..).unwrap_or_default().trim_start();
    let before = typed.get(..typed.len() - entry.len()).unwrap_or_default();
    if let Some((key, value)) = entry.split_once('=') {
        let members = option::property(key).map(property_members).unwrap_or_default();
        return beginning(&format!("{head}{before}{key}="), value, members.into_iter());
    }
    let is_given = |property: &Property| {
        let entries = before.trim_start_matches("@{").split(separator);
        let keys = entries.filter_map(|entry| entry.split_once('='));
        keys.filter_map(|(key, _)| option::property(key)).any(|given| given.name == property.name)
    };
    let free = option::properties().iter().filter(|property| !is_given(property));
    // The object's name for it, or the parameter's where that is what was begun.
    let names = free.flat_map(|property| property.names().find(|name| begins(name, entry)));
    let keys = names.map(|name| (format!("{name}="), String::new()));
    beginning(&format!("{head}{before}"), entry, keys)
}

/// What there is to know of a session beside its name.
fn where_it_is(session: &PSSession) -> String {
    let id = session.id.map(|id| format!(", Id {id}")).unwrap_or_default();
    format!("{}, {}{id}", session.computer_name, session.state.name())
}

fn what_it_is(session: &PSSession) -> String {
    let name = session.name.as_deref().map(|name| format!("{name}, ")).unwrap_or_default();
    format!("{name}{}, {}", session.computer_name, session.state.name())
}

/// The pattern that matches this name. What is begun without a backtick may go on so.
fn pattern(name: &str, typed: &str) -> String {
    let mut pattern = String::new();
    for c in name.chars() {
        if "[]*?`".contains(c) {
            pattern.push('`');
        }
        pattern.push(c);
    }
    if begins(&pattern, typed) || !begins(name, typed) { pattern } else { name.to_owned() }
}
