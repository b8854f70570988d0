//! New-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::convert::parameter;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL, connection};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline, Validation};
use super::table::Membership::{No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{self, servers, throttle_limit};
use super::target::{ALLOW_REDIRECTION, APPLICATION_NAME, CONNECTION_URI, PORT, USE_SSL};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::connection::Connection;
use pssession::cmdlet::new::Request;
use pssession::cmdlet::selection::{Filter, Input, Remote};
use std::time::Duration;

/// The command line of New-PSSession, without the sets of containers, virtual machines and SSH.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::NewPSSession,
    alias: "nsn",
    synopsis: "Creates sessions on computers.",
    description: DESCRIPTION,
    sets: &["ComputerName", "Uri"],
    default_set: 0,
    rows: &[
        //                      Computer Uri
        row(&COMPUTER_NAME,          &[O, N]),
        row(&CONNECTION_URI,         &[N, M0]),
        row(&CREDENTIAL,             &[O, O]),
        row(&NAME,                   &[O, O]),
        row(&ENABLE_NETWORK_ACCESS,  &[O, O]),
        row(&CONFIGURATION_NAME,     &[O, O]),
        row(&PORT,                   &[O, N]),
        row(&USE_SSL,                &[O, N]),
        row(&APPLICATION_NAME,       &[O, N]),
        row(&ALLOW_REDIRECTION,      &[N, O]),
        row(&THROTTLE_LIMIT,         &[O, O]),
        row(&SESSION_OPTION,         &[O, O]),
        row(&AUTHENTICATION,         &[O, O]),
        row(&CERTIFICATE_THUMBPRINT, &[O, O]),
    ],
    options: &options::OF_NEW,
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
A session is a PowerShell on the computer that stays: what one command defines is there for the next. It keeps running \
when you disconnect from it, and can be connected to from another computer by its name.

Run commands in it with invoke-command -Id, and end it with remove-pssession.";

const EXAMPLES: [Example; 3] = [
    Example {
        command: "new-pssession -ComputerName Server01 -Name ITTask",
        explanation: "Creates the session ITTask on the computer Server01 and shows it.",
    },
    Example {
        command: "new-pssession -ComputerName Server01,Server02 -SessionOption IdleTimeout=3600000",
        explanation: "Creates a session on each of two computers, which keep it for an hour while it is disconnected.",
    },
    Example {
        command: "new-pssession --or-connect -ComputerName Server01 -Name ITTask --output id",
        explanation: "Connects to the session ITTask, or creates it if there is none, and writes its Id.",
    },
];

pub const COMPUTER_NAME: Param<Input<String>> = target::COMPUTER_NAME
    .pipeline(Pipeline::No)
    .help("The computers on which sessions are created.")
    .details("NetBIOS names, IP addresses or fully qualified domain names; a dot means this computer.");

const NAME: Param<Input<String>> =
    parameter("Name", "Names of the new sessions.").validation(Validation::NotNullOrEmpty).details(
        "The first name is for the session on the first computer, and so on. A session without one is called \
              Runspace and its Id.",
    );

pub const ENABLE_NETWORK_ACCESS: Param<bool> = parameter(
    "EnableNetworkAccess",
    "Accepted but ignored: it concerns sessions of a Windows computer on itself.",
);

pub const CONFIGURATION_NAME: Param<String> =
    target::CONFIGURATION_NAME.help("The session configuration to use.").details(
        "A configuration name, or a full resource URI; a plain name is appended to \
         http://schemas.microsoft.com/powershell/. The default is Microsoft.PowerShell.",
    );

const THROTTLE_LIMIT: Param<i32> =
    target::THROTTLE_LIMIT.help("How many sessions may be created at once; 32 by default.");

/// The least that any server accepts.
const SHORTEST_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    Ok(Request {
        remote: Box::new(remote(bound, environment)?),
        names: names(bound, &NAME),
        or_connect: bound.is_on(&options::OR_CONNECT),
        throttle_limit: throttle_limit(bound),
    })
}

/// The computers on which sessions are created.
///
/// # Errors
/// As [`request`].
fn remote(bound: &Bound, environment: &Environment) -> Result<Remote, BindError> {
    let servers = servers(bound, environment).map_err(in_own_words)?;
    let connection = connection(bound, environment)?;
    check_idle_timeout(&connection)?;
    Ok(Remote { servers, filter: Filter::All, connection })
}

/// What PowerShell says of a computer name where a session is to be created.
pub fn in_own_words(error: BindError) -> BindError {
    match error {
        BindError::InvalidComputerName { name } => BindError::InvalidNewComputerName { name },
        error => error,
    }
}

/// Refuses what every server would refuse.
///
/// # Errors
/// The idle time-out of a new session is too short.
pub fn check_idle_timeout(connection: &Connection) -> Result<(), BindError> {
    match connection.session_option.idle_timeout {
        Some(given) if given < SHORTEST_IDLE_TIMEOUT => {
            let shortest = SHORTEST_IDLE_TIMEOUT.as_secs();
            Err(BindError::InvalidIdleTimeout { given: given.as_secs(), shortest })
        }
        _ => Ok(()),
    }
}

/// The names that are given, of which none comes from standard input.
pub fn names(bound: &Bound, param: &Param<Input<String>>) -> Vec<String> {
    match bound.get(param) {
        Some(Input::Given(names)) => names,
        Some(Input::StandardInput) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
