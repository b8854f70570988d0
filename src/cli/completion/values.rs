//! What a parameter can be: members of enumerations, keys of session options, and what is known of sessions.

use super::candidate::{Candidate, beginning, begins};
use crate::cli::convert::{ConversionError, Reason, SettingError};
use crate::cli::option::{self, Property};
use crate::cli::parameter::Parameter;
use crate::cli::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use crate::cli::target::{COMPUTER_NAME, CONFIGURATION_NAME, CONNECTION_URI};
use pssession::record::PSSession;

/// Values that a parameter can have, each with its description.
pub fn values(parameter: &'static Parameter, known: &[&PSSession], typed: &str) -> Vec<(String, String)> {
    let known = known.iter();
    let numbers = known.clone().filter_map(|session| Some((session.id?.to_string(), what_it_is(session))));
    let named = known.clone().filter_map(|session| Some((session.name.clone()?, where_it_is(session))));
    let texts = |of: fn(&PSSession) -> &String| {
        known.clone().map(|session| (of(session).clone(), String::new())).collect()
    };
    match parameter {
        parameter if *parameter == NAME.parameter => {
            named.map(|(name, about)| (pattern(&name, typed), about)).collect()
        }
        parameter if *parameter == ID.parameter => numbers.collect(),
        parameter if *parameter == SESSION.parameter => numbers.chain(named).collect(),
        parameter if *parameter == INSTANCE_ID.parameter => {
            known.map(|session| (session.instance_id.to_string(), what_it_is(session))).collect()
        }
        parameter if *parameter == COMPUTER_NAME.parameter => texts(|session| &session.computer_name),
        parameter if *parameter == CONNECTION_URI.parameter => texts(|session| &session.connection_uri),
        parameter if *parameter == CONFIGURATION_NAME.parameter => {
            texts(|session| &session.configuration_name)
        }
        parameter => (parameter.kind.members)().into_iter().map(|member| (member, String::new())).collect(),
    }
}

/// A word that no enumeration has: the error that refuses it lists the members.
const NO_MEMBER: &str = "?";

fn members(refusal: &ConversionError) -> &[&'static str] {
    match refusal {
        ConversionError::Value { reason: Reason::NoSuchEnumerator { members, .. }, .. } => members,
        ConversionError::Boolean { .. } => &["true", "false"],
        _ => &[],
    }
}

fn property_members(property: &Property) -> Vec<(String, String)> {
    let Err(SettingError::Conversion(refusal)) = property.check(NO_MEMBER) else { return Vec::new() };
    let members = members(&refusal).iter().filter(|member| property.check(member).is_ok());
    members.map(|member| ((*member).to_owned(), String::new())).collect()
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
    let free = option::PROPERTIES.iter().filter(|property| !is_given(property));
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

/// The pattern that matches this name. A word begun without a backtick continues without one.
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
