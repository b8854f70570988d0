//! Disconnect-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::environment::Environment;
use super::parameter::Membership::{self, Mandatory as M, MandatoryAt, No as N, Optional as O};
use super::parameter::{Example, Kind, Parameter, Row, Table, Validation, parameter};
use super::sessions::{self, ID, INSTANCE_ID, NAME, SESSION};
use super::target::{self, throttle_limit};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::disconnect::Request;
use std::time::Duration;

/// Mandatory, and at position 0.
const M0: Membership = MandatoryAt(0);

/// The command line of Disconnect-PSSession.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::DisconnectPSSession,
    alias: "dnsn",
    synopsis: "Disconnects from sessions, which live on at their servers.",
    description: DESCRIPTION,
    sets: &["Session", "Name", "InstanceId", "Id"],
    default_set: 0,
    rows: &[
        //                                     Session Name InstanceId Id
        Row { parameter: &SESSION,               sets: &[M0,   N,   N,   N] },
        Row { parameter: &IDLE_TIMEOUT_SEC,      sets: &[O,    O,   O,   O] },
        Row { parameter: &OUTPUT_BUFFERING_MODE, sets: &[O,    O,   O,   O] },
        Row { parameter: &THROTTLE_LIMIT,        sets: &[O,    O,   O,   O] },
        Row { parameter: &NAME,                  sets: &[N,    M,   N,   N] },
        Row { parameter: &INSTANCE_ID,           sets: &[N,    N,   M,   N] },
        Row { parameter: &ID,                    sets: &[N,    N,   N,   M0] },
    ],
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
A session that is disconnected from lives on at its server, and so does what runs in it. It can be connected to \
again from this computer or another one, until its idle time-out is over.

Sessions are those that are known here: get-pssession shows them. A session that is disconnected already stays as it \
is, and that is no error.";

const EXAMPLES: [Example; 3] = [
    Example { command: "disconnect-pssession -Id 4", explanation: "Disconnects from the session with Id 4." },
    Example {
        command: "disconnect-pssession -Name ITTask -OutputBufferingMode Drop -IdleTimeoutSec 60*60*15",
        explanation: "Lets the session wait for 15 hours, and lets what runs in it go on when nobody reads its output.",
    },
    Example {
        command: "get-pssession --output jsonl | disconnect-pssession",
        explanation: "Disconnects from every session that is known here.",
    },
];

const IDLE_TIMEOUT_SEC: Parameter = Parameter {
    validation: Validation::Range(0, i32::MAX),
    details: "It may be computed: 60*60*15, with + - * and parentheses. The server sets the bounds, 60 seconds at \
              least; what is out of them is an error, and the session stays connected. Without it, the session keeps \
              the time it has.",
    ..parameter("IdleTimeoutSec", Kind::Int32Expression, "Seconds that the server keeps the session.")
};

const OUTPUT_BUFFERING_MODE: Parameter = Parameter {
    details: "Block: what runs waits when the buffer is full. Drop: it goes on, and the oldest output is lost. None: \
              as it was. Without it, the session keeps what it has.",
    ..parameter(
        "OutputBufferingMode",
        Kind::OutputBufferingMode,
        "What becomes of output while nobody is connected.",
    )
};

const THROTTLE_LIMIT: Parameter = Parameter {
    help: "How many sessions may be disconnected from at once; 32 by default.",
    ..target::THROTTLE_LIMIT
};

/// The request of a bound command line.
pub fn request(bound: &Bound, environment: &Environment) -> Request {
    let seconds = bound.int32("IdleTimeoutSec").map(i32::unsigned_abs);
    Request {
        sessions: sessions::known(bound, environment),
        idle_timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())),
        output_buffering_mode: bound.output_buffering_mode(),
        throttle_limit: throttle_limit(bound),
        what_if: bound.switch("WhatIf"),
        confirm: bound.switch("Confirm"),
    }
}

#[cfg(test)]
mod tests;
