//! The line that brings one back to a command that was left.

use super::terminal;
use pssession::event::Leaving;
use pssession::record::PSSession;
use std::time::{Duration, SystemTime};

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
        Leaving::AtPrompt => vec![format!("Left {computer}. To come back: {again}")],
        Leaving::GivenUp => vec![format!("Gave up the session on {computer}. To come back: {again}")],
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

/// A time in its two largest units: `2 d 14 h`, `31 min`. One of minutes or more is rounded to whole ones.
pub fn span(time: Duration) -> String {
    let seconds = match time.as_secs() {
        seconds @ 0..90 => seconds,
        seconds => (seconds + 30) / 60 * 60,
    };
    let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
    let largest = units.iter().position(|(_, unit)| seconds >= *unit).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let parts = units[largest..].iter().take(2).map(|(name, unit)| {
        let count = rest / unit;
        rest %= unit;
        (count, name)
    });
    let parts: Vec<String> =
        parts.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (7200, "2 h"),
            (1859, "31 min"),
            (7199, "2 h"),
            (89, "1 min 29 s"),
            (223_200, "2 d 14 h"),
            (86_405, "1 d"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

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
