//! The line that brings one back to a command that was left.

use super::terminal;
use pssession::event::Leaving;
use pssession::record::PSSession;
use pssession::span;
use std::time::{Duration, SystemTime};

/// A session that was left.
pub struct Left {
    pub session: PSSession,
    pub leaving: Leaving,
    /// How long its connection was lost, where it was.
    pub lost_for: Option<Duration>,
}

impl Left {
    /// What is said of it, a line each.
    pub fn lines(&self) -> Vec<String> {
        let computer = terminal::line(&self.session.computer_name);
        let again = self.again();
        match self.leaving {
            Leaving::Started => {
                let running = match self.session.expires_on {
                    Some(expires) => {
                        let left = expires.duration_since(SystemTime::now()).unwrap_or_default();
                        format!(
                            "Running on {computer}. Expires in {} without a connection (IdleTimeout in \
                             -SessionOption changes that).",
                            span(left)
                        )
                    }
                    None => format!("Running on {computer}."),
                };
                vec![
                    running,
                    format!("To read it here:      {again}"),
                    format!("From another machine: {}", self.elsewhere("receive-pssession")),
                ]
            }
            Leaving::ConnectionLost | Leaving::ConnectionLostAtPrompt => {
                // How long a short time was makes no difference.
                let lost_for = self.lost_for.filter(|time| time.as_secs() >= 60);
                let lost_for = lost_for.map(|time| format!(" for {}", span(time))).unwrap_or_default();
                let what = match self.leaving {
                    Leaving::ConnectionLostAtPrompt => "What was started",
                    _ => "The command",
                };
                vec![
                    format!(
                        "The connection to {computer} was lost{lost_for} and could not be had again. {what} may \
                         still run there."
                    ),
                    format!("To go on: {again}"),
                ]
            }
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

    /// The command that goes on with it from here.
    pub fn again(&self) -> String {
        let at_prompt = [Leaving::AtPrompt, Leaving::GivenUp, Leaving::ConnectionLostAtPrompt];
        match (self.session.id, at_prompt.contains(&self.leaving)) {
            (Some(id), true) => format!("enter-pssession -Id {id}"),
            (Some(id), false) => format!("receive-pssession -Id {id}"),
            // Only a session that is known here can be entered.
            (None, true) => self.elsewhere("connect-pssession"),
            (None, false) => self.elsewhere("receive-pssession"),
        }
    }

    /// A command for it that any computer understands.
    fn elsewhere(&self, cmdlet: &str) -> String {
        let session = &self.session;
        let place = place(&session.computer_name, &session.connection_uri);
        let configuration = match session.configuration_name.as_str() {
            "" | DEFAULT_CONFIGURATION => String::new(),
            name => format!(" -ConfigurationName {}", quoted(name)),
        };
        let which = match session.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("-Name {}", quoted(name)),
            None => format!("-InstanceId {}", session.instance_id),
        };
        format!("{cmdlet} {place}{configuration} {which}")
    }
}

/// The session configuration that need not be named.
const DEFAULT_CONFIGURATION: &str = "Microsoft.PowerShell";

/// The parameters that lead to the service at this URL: by the computer's name, if that is the URL's host.
fn place(computer: &str, uri: &str) -> String {
    let by_name = || {
        let (scheme, rest) = uri.split_once("://")?;
        let (authority, application) = rest.split_once('/')?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let (use_ssl, of_scheme, usual) = match scheme {
            "https" => (" -UseSSL", "443", "5986"),
            _ => ("", "80", "5985"),
        };
        let port = port.unwrap_or(of_scheme);
        let port = if port == usual { String::new() } else { format!(" -Port {port}") };
        let application = match application {
            "wsman" => String::new(),
            name => format!(" -ApplicationName {}", quoted(name)),
        };
        host.eq_ignore_ascii_case(computer)
            .then(|| format!("-ComputerName {}{port}{use_ssl}{application}", quoted(computer)))
    };
    by_name().unwrap_or_else(|| format!("-ConnectionUri {}", quoted(uri)))
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

    fn left(session: &PSSession, leaving: Leaving) -> Left {
        Left { session: session.clone(), leaving, lost_for: Some(Duration::from_secs(240)) }
    }

    #[test]
    fn every_way_of_leaving_ends_with_the_command_that_goes_on() {
        let session = samples::session(4, "ITTask", "Server01", "ITTasks");
        for (leaving, last) in [
            (Leaving::Interrupted, "Left running on Server01. To go on: receive-pssession -Id 4"),
            (Leaving::AtPrompt, "Left Server01. To come back: enter-pssession -Id 4"),
            (Leaving::GivenUp, "Gave up the session on Server01. To come back: enter-pssession -Id 4"),
            (Leaving::ConnectionLost, "To go on: receive-pssession -Id 4"),
            (Leaving::ConnectionLostAtPrompt, "To go on: enter-pssession -Id 4"),
        ] {
            assert_eq!(left(&session, leaving).lines().last().unwrap(), last);
        }
        let lost = "The connection to Server01 was lost for 4 min and could not be had again. The command may still \
                    run there.";
        assert_eq!(left(&session, Leaving::ConnectionLost).lines()[0], lost);
    }

    #[test]
    fn from_elsewhere_the_command_has_all_that_is_not_usual() {
        let mut session = samples::session(4, "ITTask", "Server01", "Microsoft.PowerShell");
        session.id = None;
        for (uri, place) in [
            ("http://server01:5985/wsman", "-ComputerName Server01"),
            ("https://server01:5986/wsman", "-ComputerName Server01 -UseSSL"),
            ("http://server01/wsman", "-ComputerName Server01 -Port 80"),
            ("https://server01/wsman", "-ComputerName Server01 -Port 443 -UseSSL"),
            ("https://server01:8443/a/b", "-ComputerName Server01 -Port 8443 -UseSSL -ApplicationName a/b"),
            ("http://other:5985/wsman", "-ConnectionUri http://other:5985/wsman"),
            ("https://[fe80::1]:5986/wsman?a=b", "-ConnectionUri 'https://[fe80::1]:5986/wsman?a=b'"),
        ] {
            session.connection_uri = uri.to_owned();
            let again = left(&session, Leaving::Interrupted).again();
            assert_eq!(again, format!("receive-pssession {place} -Name ITTask"));
        }
        session.connection_uri = "http://server01:5985/wsman".to_owned();
        session.configuration_name = "ITTasks".to_owned();
        session.name = Some("it's $(x)".to_owned());
        assert_eq!(
            left(&session, Leaving::AtPrompt).again(),
            "connect-pssession -ComputerName Server01 -ConfigurationName ITTasks -Name 'it'\\''s $(x)'"
        );
    }
}
