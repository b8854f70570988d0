//! Remove-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::common;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL, connection};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Parameter, Pipeline};
use super::selection;
use super::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use super::table::Membership::{Mandatory as M, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{self, APPLICATION_NAME, PORT, USE_SSL, servers};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::remove::Request;
use pssession::cmdlet::selection::{Filter, Input, Remote, Selection};

/// The command line of Remove-PSSession, without the sets of containers and virtual machines.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::RemovePSSession,
    alias: "rsn",
    synopsis: "Ends sessions and removes them from their servers.",
    description: DESCRIPTION,
    sets: &["Id", "Session", "InstanceId", "Name", "ComputerName"],
    default_set: 0,
    rows: &[
        //                    Id Session InstanceId Name Computer
        row(&ID,                     &[M0,   N,    N,   N,   N]),
        row(&SESSION,                &[N,    M0,   N,   N,   N]),
        row(&INSTANCE_ID,            &[N,    N,    M,   N,   N]),
        row(&NAME,                   &[N,    N,    N,   M,   N]),
        row(&COMPUTER_NAME,          &[N,    N,    N,   N,   M0]),
        // PowerShell has none of these: it asks no computer.
        row(&CREDENTIAL,             &[N,    N,    N,   N,   O]),
        row(&AUTHENTICATION,         &[N,    N,    N,   N,   O]),
        row(&CERTIFICATE_THUMBPRINT, &[N,    N,    N,   N,   O]),
        row(&PORT,                   &[N,    N,    N,   N,   O]),
        row(&USE_SSL,                &[N,    N,    N,   N,   O]),
        row(&APPLICATION_NAME,       &[N,    N,    N,   N,   O]),
        row(&SESSION_OPTION,         &[N,    N,    N,   N,   O]),
    ],
    options: &options::OF_REMOVE,
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Commands that are running in the session are stopped, and its data is lost. A disconnected session is connected \
first, so that its server can end it.

Only known sessions can be removed; get-pssession lists them. With --older-than, the computers are asked for their \
sessions, and those are ended that were created so long ago. -Credential and the other parameters of a connection are \
for that.";

const EXAMPLES: [Example; 4] = [
    Example { command: "remove-pssession -Id 1,2", explanation: "Ends the sessions with the Ids 1 and 2." },
    Example {
        command: "remove-pssession -ComputerName 'Serv*' -WhatIf",
        explanation: "Shows which sessions on computers with matching names would be ended.",
    },
    Example {
        command: "remove-pssession --older-than 1d -ComputerName Server01 -WhatIf",
        explanation: "Shows which sessions on Server01 are at least a day old, and how old; without -WhatIf they are ended.",
    },
    Example {
        command: "get-pssession -Name ITTask --output jsonl | remove-pssession",
        explanation: "Ends every known session named ITTask.",
    },
];

const COMPUTER_NAME: Param<Input<String>> = target::COMPUTER_NAME
    .pipeline(Pipeline::ByPropertyName)
    .help("The computers whose known sessions are ended.")
    .details(
        "Names as get-pssession shows them; wildcards (*, ?, [a-c]) are allowed. The computers are not asked for \
              other sessions, unless --older-than is given; the names are literal then.",
    );

/// The request of a bound command line.
///
/// # Errors
/// A computer name that cannot be one.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    let older_than = bound.get(&options::OLDER_THAN).map(|age| age.0);
    let asks_computers = older_than.is_some() && bound.has(&COMPUTER_NAME.parameter);
    let selection = match asks_computers {
        true => Selection::Remote(Box::new(Remote {
            servers: servers(bound, environment)?,
            filter: Filter::All,
            connection: connection(bound, environment)?,
        })),
        false => Selection::Known(selection::known(bound)),
    };
    Ok(Request {
        selection,
        older_than,
        what_if: bound.is_on(&common::WHAT_IF),
        confirm: bound.is_on(&common::CONFIRM),
    })
}

/// The parameters of a connection, which only the asking of computers has a use for.
pub static OF_CONNECTION: [&Parameter; 7] = [
    &CREDENTIAL.parameter,
    &AUTHENTICATION.parameter,
    &CERTIFICATE_THUMBPRINT.parameter,
    &PORT.parameter,
    &USE_SSL.parameter,
    &APPLICATION_NAME.parameter,
    &SESSION_OPTION.parameter,
];

#[cfg(test)]
mod tests;
