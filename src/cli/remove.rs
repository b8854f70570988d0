//! Remove-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::common;
use super::options;
use super::parameter::{Param, Pipeline};
use super::selection;
use super::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use super::table::Membership::{Mandatory as M, No as N};
use super::table::{Example, M0, Table, row};
use super::target;
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::remove::Request;
use pssession::cmdlet::selection::Input;

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
        //           Id Session InstanceId Name Computer
        row(&ID,            &[M0,   N,    N,   N,   N]),
        row(&SESSION,       &[N,    M0,   N,   N,   N]),
        row(&INSTANCE_ID,   &[N,    N,    M,   N,   N]),
        row(&NAME,          &[N,    N,    N,   M,   N]),
        row(&COMPUTER_NAME, &[N,    N,    N,   N,   M0]),
    ],
    options: &options::OPTIONS,
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Commands that are running in the session are stopped, and its data is lost. A disconnected session is connected \
first, so that its server can end it.

Only known sessions can be removed; get-pssession lists them.";

const EXAMPLES: [Example; 3] = [
    Example { command: "remove-pssession -Id 1,2", explanation: "Ends the sessions with the Ids 1 and 2." },
    Example {
        command: "remove-pssession -ComputerName 'Serv*' -WhatIf",
        explanation: "Shows which sessions on computers with matching names would be ended.",
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
              other sessions.",
    );

/// The request of a bound command line.
pub fn request(bound: &Bound) -> Request {
    Request {
        sessions: selection::known(bound),
        what_if: bound.is_on(&common::WHAT_IF),
        confirm: bound.is_on(&common::CONFIRM),
    }
}

#[cfg(test)]
mod tests;
