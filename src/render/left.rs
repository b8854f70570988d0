//! The line that brings one back to a command that was left.

use super::terminal;
use pssession::event::Leaving;
use pssession::record::PSSession;
use pssession::span;
use std::time::SystemTime;

/// What is said of a session that was left, a line each.
pub fn lines(session: &PSSession, leaving: Leaving) -> Vec<String> {
    let computer = terminal::line(&session.computer_name);
    let again = again(session, leaving);
    match leaving {
        Leaving::Started => {
            let running = match session.expires_on {
                Some(expires) => {
                    let left = expires.duration_since(SystemTime::now()).unwrap_or_default();
                    format!(
                        "Running on {computer}. Expires in {} without a connection (IdleTimeout in -SessionOption changes \
                         that).",
                        span(left)
                    )
                }
                None => format!("Running on {computer}."),
            };
            vec![
                running,
                format!("To read it here:      {again}"),
                format!("From another machine: {}", elsewhere(session)),
            ]
        }
        Leaving::ConnectionLost => vec![
            format!(
                "The connection to {computer} was lost and could not be had again. The command may still run there."
            ),
            format!("To go on: {again}"),
        ],
        Leaving::GivenUpLost => vec![
            format!("The connection to {computer} is lost. The command may still run there."),
            format!("To go on: {again}"),
        ],
        Leaving::AtPrompt => vec![format!("Left {computer}. To come back: {again}")],
        Leaving::GivenUp => vec![format!("Gave up the session on {computer}. To come back: {again}")],
        Leaving::GivenUpRunning => {
            vec![format!(
                "Gave up the session on {computer}. The command may still run there. To go on: {again}"
            )]
        }
        _ => vec![format!("Left running on {computer}. To go on: {again}")],
    }
}

/// The command that goes on with a session from here.
pub fn again(session: &PSSession, leaving: Leaving) -> String {
    match (leaving, session.id) {
        (Leaving::AtPrompt | Leaving::GivenUp, Some(id)) => format!("enter-pssession -Id {id}"),
        (Leaving::AtPrompt | Leaving::GivenUp, None) => {
            format!("enter-pssession -InstanceId {}", session.instance_id)
        }
        (_, Some(id)) => format!("receive-pssession -Id {id}"),
        (_, None) => elsewhere(session),
    }
}

/// The command that goes on with a session from any computer.
fn elsewhere(session: &PSSession) -> String {
    let computer = quoted(&session.computer_name);
    match session.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("receive-pssession -ComputerName {computer} -Name {}", quoted(name)),
        None => format!("receive-pssession -ComputerName {computer} -InstanceId {}", session.instance_id),
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let word = terminal::line(word);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@%+/".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn names_are_words_of_a_shell() {
        let mut session = samples::session(4, "ITTask", "Server01", "ITTasks");
        assert_eq!(
            lines(&session, Leaving::Interrupted),
            ["Left running on Server01. To go on: receive-pssession -Id 4"]
        );
        assert_eq!(
            lines(&session, Leaving::AtPrompt),
            ["Left Server01. To come back: enter-pssession -Id 4"]
        );
        session.id = None;
        session.name = Some("it's $(x)".to_owned());
        assert_eq!(
            again(&session, Leaving::Interrupted),
            "receive-pssession -ComputerName Server01 -Name 'it'\\''s $(x)'"
        );
    }
}
