//! Connect-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::common;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline};
use super::selection;
use super::sessions;
use super::table::Membership::{Mandatory as M, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{ALLOW_REDIRECTION, APPLICATION_NAME, COMPUTER_NAME, CONFIGURATION_NAME, CONNECTION_URI};
use super::target::{PORT, THROTTLE_LIMIT, USE_SSL, throttle_limit};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::connect::Request;
use pssession::cmdlet::selection::{Input, SessionReference};
use uuid::Uuid;

/// The command line of Connect-PSSession.
///
/// ComputerName is positional in the set ComputerNameGuid as well: Windows' own attribute has no position there,
/// against its syntax line, so that `Server01 -InstanceId ...` fails. Here the syntax line holds.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::ConnectPSSession,
    alias: "cnsn",
    synopsis: "Reconnects to disconnected sessions.",
    description: DESCRIPTION,
    sets: &["Name", "Session", "ComputerName", "ComputerNameGuid", "ConnectionUri", "ConnectionUriGuid", "InstanceId", "Id"],
    default_set: 0,
    rows: &[
        //                      Name Session Computer +Guid  Uri  +Guid InstanceId Id
        row(&SESSION,                &[N,   M0,    N,    N,     N,    N,     N,    N]),
        row(&COMPUTER_NAME,          &[N,   N,     M0,   M0,    N,    N,     N,    N]),
        row(&APPLICATION_NAME,       &[N,   N,     O,    O,     N,    N,     N,    N]),
        row(&CONFIGURATION_NAME,     &[N,   N,     O,    O,     O,    O,     N,    N]),
        row(&CONNECTION_URI,         &[N,   N,     N,    N,     M0,   M0,    N,    N]),
        row(&ALLOW_REDIRECTION,      &[N,   N,     N,    N,     O,    O,     N,    N]),
        row(&NAME,                   &[M,   N,     O,    N,     O,    N,     N,    N]),
        row(&INSTANCE_ID,            &[N,   N,     N,    M,     N,    M,     M,    N]),
        row(&CREDENTIAL,             &[N,   N,     O,    O,     O,    O,     N,    N]),
        row(&AUTHENTICATION,         &[N,   N,     O,    O,     O,    O,     N,    N]),
        row(&CERTIFICATE_THUMBPRINT, &[N,   N,     O,    O,     O,    O,     N,    N]),
        row(&PORT,                   &[N,   N,     O,    O,     N,    N,     N,    N]),
        row(&USE_SSL,                &[N,   N,     O,    O,     N,    N,     N,    N]),
        row(&SESSION_OPTION,         &[N,   N,     O,    O,     O,    O,     N,    N]),
        row(&THROTTLE_LIMIT,         &[O,   O,     O,    O,     O,    O,     O,    O]),
        row(&ID,                     &[N,   N,     N,    N,     N,    N,     N,    M0]),
    ],
    options: &options::OPTIONS,
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
A disconnected PowerShell session keeps running on its server, along with its commands. This command connects to \
such a session again, from this computer or from a different one.

Sessions are found on computers (-ComputerName, -ConnectionUri), or among the known sessions: those that earlier \
commands of this user recorded here (-Id, -Name, -InstanceId, -Session). You must be the user who created the \
session, or give that user's -Credential, and no other client may be connected to it. A session that is already \
open is left as it is; that is not an error.";

const EXAMPLES: [Example; 4] = [
    Example {
        command: "connect-pssession -ComputerName Server01 -Name ITTask",
        explanation: "Reconnects to the session ITTask on the computer Server01 and shows it.",
    },
    Example {
        command: "connect-pssession -Id 1,4",
        explanation: "Reconnects to two known sessions by their Ids.",
    },
    Example {
        command: "connect-pssession Server01,Server02 -Credential 'Domain01\\Admin01' --output json",
        explanation: "Reconnects to every disconnected session on two computers, and writes the sessions as JSON.",
    },
    Example {
        command: "jq -r '.[].InstanceId' sessions.json | connect-pssession -ComputerName Server01 -InstanceId -",
        explanation: "Reconnects to the sessions whose InstanceIds come from another program.",
    },
];

const NAME: Param<Input<String>> =
    sessions::NAME.pipeline(Pipeline::No).help("Names of the disconnected sessions.");

const SESSION: Param<Input<SessionReference>> = sessions::SESSION.help("The disconnected sessions.");

const INSTANCE_ID: Param<Input<Uuid>> =
    sessions::INSTANCE_ID.pipeline(Pipeline::No).help("InstanceIds of the disconnected sessions.");

const ID: Param<Input<i32>> = sessions::ID.help("Ids of the disconnected sessions.");

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    Ok(Request {
        selection: selection::selection(bound, environment)?,
        throttle_limit: throttle_limit(bound),
        what_if: bound.is_on(&common::WHAT_IF),
        confirm: bound.is_on(&common::CONFIRM),
    })
}

#[cfg(test)]
mod tests;
