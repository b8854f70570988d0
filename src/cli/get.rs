//! Get-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::convert::{dotnet_enum, parameter};
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline};
use super::selection;
use super::sessions::{ID, INSTANCE_ID, NAME};
use super::table::Membership::{Mandatory as M, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{self, throttle_limit};
use super::target::{ALLOW_REDIRECTION, APPLICATION_NAME, CONFIGURATION_NAME, CONNECTION_URI, PORT, USE_SSL};
use crate::render::Output;
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::get::{Request, SessionFilterState};
use pssession::cmdlet::selection::Input;

/// The command line of Get-PSSession, without the sets of containers and virtual machines.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::GetPSSession,
    alias: "gsn",
    synopsis: "Gets the known sessions, or the sessions on remote computers.",
    description: DESCRIPTION,
    sets: &["Name", "ComputerName", "ComputerInstanceId", "ConnectionUri", "ConnectionUriInstanceId", "InstanceId", "Id"],
    default_set: 0,
    rows: &[
        //                      Name Computer +Id    Uri  +Id InstanceId Id
        row(&COMPUTER_NAME,          &[N,   M0,    M0,   N,    N,     N,    N]),
        row(&APPLICATION_NAME,       &[N,   O,     O,    N,    N,     N,    N]),
        row(&CONNECTION_URI,         &[N,   N,     N,    M0,   M0,    N,    N]),
        row(&CONFIGURATION_NAME,     &[N,   O,     O,    O,    O,     N,    N]),
        row(&ALLOW_REDIRECTION,      &[N,   N,     N,    O,    O,     N,    N]),
        row(&NAME,                   &[O,   O,     N,    O,    N,     N,    N]),
        row(&INSTANCE_ID,            &[N,   N,     M,    N,    M,     O,    N]),
        row(&CREDENTIAL,             &[N,   O,     O,    O,    O,     N,    N]),
        row(&AUTHENTICATION,         &[N,   O,     O,    O,    O,     N,    N]),
        row(&CERTIFICATE_THUMBPRINT, &[N,   O,     O,    O,    O,     N,    N]),
        row(&PORT,                   &[N,   O,     O,    N,    N,     N,    N]),
        row(&USE_SSL,                &[N,   O,     O,    N,    N,     N,    N]),
        row(&THROTTLE_LIMIT,         &[N,   O,     O,    O,    O,     N,    N]),
        row(&STATE,                  &[N,   O,     O,    O,    O,     N,    N]),
        row(&SESSION_OPTION,         &[N,   O,     O,    O,    O,     N,    N]),
        row(&ID,                     &[N,   N,     N,    N,    N,     N,    M0]),
    ],
    options: &options::OPTIONS,
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Without a computer, this command shows the known sessions as they were last seen: those that earlier commands of \
this user connected to or created. No computer is contacted.

With -ComputerName or -ConnectionUri, it asks those computers for the sessions of this user, including those \
created elsewhere. A session that another client is connected to is shown as Disconnected and Busy. Listing a \
session does not make it a known one; connecting to it does.

--output list shows a session in full. A single computer is then also asked what runs in each session, one request each; \
of a session that expires soon there is a warning.";

const EXAMPLES: [Example; 4] = [
    Example {
        command: "get-pssession",
        explanation: "Shows the known sessions without contacting any computer.",
    },
    Example {
        command: "get-pssession -ComputerName Server01,Server02 -State Disconnected",
        explanation: "Shows the sessions on two computers that are disconnected or connected to another client.",
    },
    Example {
        command: "get-pssession -Name 'Backup*' --output json",
        explanation: "Writes the known sessions whose names begin with Backup as JSON.",
    },
    Example {
        command: "get-pssession -Name 'Backup*' --output jsonl | connect-pssession",
        explanation: "Connects to those sessions.",
    },
];

const COMPUTER_NAME: Param<Input<String>> =
    target::COMPUTER_NAME.pipeline(Pipeline::ByPropertyName).help("The computers whose sessions are listed.");

const THROTTLE_LIMIT: Param<i32> =
    target::THROTTLE_LIMIT.help("How many computers may be asked at once; 32 by default.");

const STATE: Param<SessionFilterState> = parameter("State", "Only sessions in this state.")
    .details("All, Opened, Disconnected, Closed or Broken. All is the default.");

dotnet_enum!(
    SessionFilterState,
    "Microsoft.PowerShell.Commands.SessionFilterState": All Opened Disconnected Closed Broken
);

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn request(bound: &Bound, output: Output, environment: &Environment) -> Result<Request, BindError> {
    Ok(Request {
        selection: selection::selection(bound, environment)?,
        state: bound.get(&STATE).unwrap_or(SessionFilterState::All),
        is_long: output == Output::List,
        throttle_limit: throttle_limit(bound),
    })
}

#[cfg(test)]
mod tests;
