//! Disconnect-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::common;
use super::convert::{Computed, parameter};
use super::options;
use super::parameter::{Param, Validation};
use super::selection;
use super::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use super::table::Membership::{Mandatory as M, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{self, throttle_limit};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::disconnect::Request;
use pssession::session_option::OutputBufferingMode;
use std::time::Duration;

/// The command line of Disconnect-PSSession.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::DisconnectPSSession,
    alias: "dnsn",
    synopsis: "Disconnects from sessions, which keep running on their servers.",
    description: DESCRIPTION,
    sets: &["Session", "Name", "InstanceId", "Id"],
    default_set: 0,
    rows: &[
        //                  Session Name InstanceId Id
        row(&SESSION,               &[M0,   N,   N,   N]),
        row(&IDLE_TIMEOUT_SEC,      &[O,    O,   O,   O]),
        row(&OUTPUT_BUFFERING_MODE, &[O,    O,   O,   O]),
        row(&THROTTLE_LIMIT,        &[O,    O,   O,   O]),
        row(&NAME,                  &[N,    M,   N,   N]),
        row(&INSTANCE_ID,           &[N,    N,   M,   N]),
        row(&ID,                    &[N,    N,   N,   M0]),
    ],
    options: &options::OPTIONS,
    should_process: true,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
A disconnected session keeps running on its server, along with its commands. You can connect to it again from this \
computer or from another one until its idle timeout expires.

Only known sessions can be disconnected; get-pssession lists them. A session that is already disconnected is left \
as it is; that is not an error.";

const EXAMPLES: [Example; 3] = [
    Example { command: "disconnect-pssession -Id 4", explanation: "Disconnects from the session with Id 4." },
    Example {
        command: "disconnect-pssession -Name ITTask -OutputBufferingMode Drop -IdleTimeoutSec 60*60*15",
        explanation: "Keeps the session for up to 15 hours and lets its commands continue while no client reads it.",
    },
    Example {
        command: "get-pssession --output jsonl | disconnect-pssession",
        explanation: "Disconnects from every known session.",
    },
];

const IDLE_TIMEOUT_SEC: Param<Computed> = parameter("IdleTimeoutSec", "How many seconds the server keeps the idle session.")
    .validation(Validation::Range(0, i32::MAX))
    .details("It may be an expression such as 60*60*15, with + - * and parentheses. The server sets the limits, \
              at least 60 seconds; a value outside them is an error, and the session stays connected. Without \
              it, the session keeps its timeout.");

const OUTPUT_BUFFERING_MODE: Param<OutputBufferingMode> = parameter(
    "OutputBufferingMode",
    "What happens to output while no client is connected.",
)
.details(
    "Block: commands wait when the buffer is full. Drop: they continue, and the oldest output is lost. None: \
              unchanged. Without it, the session keeps its mode.",
);

const THROTTLE_LIMIT: Param<i32> =
    target::THROTTLE_LIMIT.help("How many sessions may be disconnected at once; 32 by default.");

/// The request of a bound command line.
pub fn request(bound: &Bound) -> Request {
    let seconds = bound.get(&IDLE_TIMEOUT_SEC).map(|seconds| seconds.0.unsigned_abs());
    Request {
        sessions: selection::known(bound),
        idle_timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())),
        output_buffering_mode: bound.get(&OUTPUT_BUFFERING_MODE),
        throttle_limit: throttle_limit(bound),
        what_if: bound.is_on(&common::WHAT_IF),
        confirm: bound.is_on(&common::CONFIRM),
    }
}

#[cfg(test)]
mod tests;
