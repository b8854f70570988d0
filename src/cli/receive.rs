//! Receive-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::common;
use super::convert::{dotnet_enum, parameter};
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline, Validation};
use super::selection;
use super::sessions;
use super::table::Membership::{Mandatory as M, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{ALLOW_REDIRECTION, APPLICATION_NAME, COMPUTER_NAME, CONFIGURATION_NAME, CONNECTION_URI};
use super::target::{PORT, USE_SSL};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::invoke::OnInterrupt;
use pssession::cmdlet::receive::Request;
use pssession::cmdlet::selection::{Input, SessionReference};
use uuid::Uuid;

/// The command line of Receive-PSSession. Windows' takes one session only.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::ReceivePSSession,
    alias: "rcsn",
    synopsis: "Shows what the commands in disconnected sessions have written and write.",
    description: DESCRIPTION,
    sets: &["Session", "Id", "InstanceId", "SessionName", "ComputerSessionName", "ComputerInstanceId",
            "ConnectionUriSessionName", "ConnectionUriInstanceId"],
    default_set: 0,
    rows: &[
        //                         Session Id InstanceId Name Computer +Id  Uri  +Id
        row(&SESSION,                &[M0,  N,   N,    N,    N,   N,    N,   N]),
        row(&ID,                     &[N,   M0,  N,    N,    N,   N,    N,   N]),
        row(&COMPUTER_NAME,          &[N,   N,   N,    N,    M0,  M0,   N,   N]),
        row(&APPLICATION_NAME,       &[N,   N,   N,    N,    O,   O,    N,   N]),
        row(&CONFIGURATION_NAME,     &[N,   N,   N,    N,    O,   O,    O,   O]),
        row(&CONNECTION_URI,         &[N,   N,   N,    N,    N,   N,    M0,  M0]),
        row(&ALLOW_REDIRECTION,      &[N,   N,   N,    N,    N,   N,    O,   O]),
        row(&INSTANCE_ID,            &[N,   N,   M,    N,    N,   M,    N,   M]),
        row(&NAME,                   &[N,   N,   N,    M,    M,   N,    M,   N]),
        row(&OUT_TARGET,             &[O,   O,   O,    O,    O,   O,    O,   O]),
        row(&JOB_NAME,               &[O,   O,   O,    O,    O,   O,    O,   O]),
        row(&CREDENTIAL,             &[N,   N,   N,    N,    O,   O,    O,   O]),
        row(&AUTHENTICATION,         &[N,   N,   N,    N,    O,   O,    O,   O]),
        row(&CERTIFICATE_THUMBPRINT, &[N,   N,   N,    N,    O,   O,    O,   O]),
        row(&PORT,                   &[N,   N,   N,    N,    O,   O,    N,   N]),
        row(&USE_SSL,                &[N,   N,   N,    N,    O,   O,    N,   N]),
        row(&SESSION_OPTION,         &[N,   N,   N,    N,    O,   O,    O,   O]),
    ],
    options: &options::OF_RECEIVE,
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Connects to a session if need be, and shows the output of the command that runs in it: what was written since it was \
last read, then what comes, until the command ends. Its errors go to standard error, and its exit status becomes \
that of this program. The session stays connected.

Ctrl-C leaves the command running; the last line says how to come back to it. A session that runs no command shows \
nothing.";

const EXAMPLES: [Example; 3] = [
    Example {
        command: "receive-pssession -ComputerName Server01 -Name ITTask",
        explanation: "Shows the output of the command in the session ITTask, and waits for its end.",
    },
    Example {
        command: "receive-pssession -Id 4 --no-wait",
        explanation: "Shows what the command has written so far, and leaves it running.",
    },
    Example {
        command: "receive-pssession -Id 4 --output jsonl | jq -r .Name",
        explanation: "Takes the Name of each object that the command writes.",
    },
];

/// Where the output goes (Microsoft.PowerShell.Commands.OutTarget).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutTarget {
    Default = 0,
    Host = 1,
    Job = 2,
}

dotnet_enum!(OutTarget, "Microsoft.PowerShell.Commands.OutTarget": Default Host Job);

const OUT_TARGET: Param<OutTarget> =
    parameter("OutTarget", "Host, which is also the default: output is shown.").details(
        "Job is refused: this program has no jobs. Leave the command running in its session instead.",
    );

const JOB_NAME: Param<String> = parameter("JobName", "Accepted but ignored: this program has no jobs.")
    .validation(Validation::NotNullOrEmpty);

const NAME: Param<Input<String>> = sessions::NAME.help("Names of the sessions.");

const SESSION: Param<Input<SessionReference>> = sessions::SESSION.help("The sessions.");

const INSTANCE_ID: Param<Input<Uuid>> =
    sessions::INSTANCE_ID.pipeline(Pipeline::ByPropertyName).help("InstanceIds of the sessions.");

const ID: Param<Input<i32>> = sessions::ID.help("Ids of the sessions.");

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one, or a job as the target.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    if bound.get(&OUT_TARGET) == Some(OutTarget::Job) {
        return Err(BindError::NoJobs { name: OUT_TARGET.parameter.name });
    }
    Ok(Request {
        selection: selection::selection(bound, environment)?,
        no_wait: bound.is_on(&options::NO_WAIT),
        on_interrupt: bound.get(&options::ON_INTERRUPT).map_or(OnInterrupt::Detach, OnInterrupt::from),
        what_if: bound.is_on(&common::WHAT_IF),
        confirm: bound.is_on(&common::CONFIRM),
    })
}

#[cfg(test)]
mod tests;
