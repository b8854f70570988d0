//! Remove-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::environment::Environment;
use super::parameter::Membership::{self, Mandatory as M, MandatoryAt, No as N};
use super::parameter::{Example, Parameter, Pipeline, Row, Table};
use super::sessions::{self, ID, INSTANCE_ID, NAME, SESSION};
use super::target;
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::remove::Request;

/// Mandatory, and at position 0.
const M0: Membership = MandatoryAt(0);

/// The command line of Remove-PSSession, without the sets of containers and virtual machines.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::RemovePSSession,
    alias: "rsn",
    synopsis: "Ends sessions, at their servers as well.",
    description: DESCRIPTION,
    sets: &["Id", "Session", "InstanceId", "Name", "ComputerName"],
    default_set: 0,
    rows: &[
        //                              Id Session InstanceId Name Computer
        Row { parameter: &ID,            sets: &[M0,   N,    N,   N,   N] },
        Row { parameter: &SESSION,       sets: &[N,    M0,   N,   N,   N] },
        Row { parameter: &INSTANCE_ID,   sets: &[N,    N,    M,   N,   N] },
        Row { parameter: &NAME,          sets: &[N,    N,    N,   M,   N] },
        Row { parameter: &COMPUTER_NAME, sets: &[N,    N,    N,   N,   M0] },
    ],
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
What runs in the session is stopped, and what it keeps is lost. A session that is disconnected is connected to first, \
so that its server can end it.

Sessions are those that are known here: get-pssession shows them.";

const EXAMPLES: [Example; 3] = [
    Example { command: "remove-pssession -Id 1,2", explanation: "Ends the sessions with the Ids 1 and 2." },
    Example {
        command: "remove-pssession -ComputerName 'Serv*' -WhatIf",
        explanation: "Says which sessions on computers of such names would be ended.",
    },
    Example {
        command: "get-pssession -Name ITTask --output jsonl | remove-pssession",
        explanation: "Ends every known session with the name ITTask.",
    },
];

const COMPUTER_NAME: Parameter = Parameter {
    pipeline: Pipeline::ByPropertyName,
    help: "The computers whose known sessions are ended.",
    details: "Names as get-pssession shows them; wildcards (*, ?, [a-c]) are allowed. No computer is asked for \
              sessions that are not known here.",
    ..target::COMPUTER_NAME
};

/// The request of a bound command line.
pub fn request(bound: &Bound, environment: &Environment) -> Request {
    Request {
        sessions: sessions::known(bound, environment),
        what_if: bound.switch("WhatIf"),
        confirm: bound.switch("Confirm"),
    }
}

#[cfg(test)]
mod tests;
