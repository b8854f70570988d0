//! Get-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::convert::Enumeration;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::Environment;
use super::option::SESSION_OPTION;
use super::parameter::Membership::{self, Mandatory as M, MandatoryAt, No as N, Optional as O};
use super::parameter::{Example, Kind, Parameter, Pipeline, Row, Table, parameter};
use super::sessions::{self, ID, INSTANCE_ID, NAME};
use super::target::{self, throttle_limit};
use super::target::{ALLOW_REDIRECTION, APPLICATION_NAME, CONFIGURATION_NAME, CONNECTION_URI, PORT, USE_SSL};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::get::{Request, SessionFilterState};

/// Mandatory, and at position 0.
const M0: Membership = MandatoryAt(0);

/// The command line of Get-PSSession, without the sets of containers and virtual machines.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::GetPSSession,
    alias: "gsn",
    synopsis: "Gets sessions: those that are known here, or those that computers keep.",
    description: DESCRIPTION,
    sets: &["Name", "ComputerName", "ComputerInstanceId", "ConnectionUri", "ConnectionUriInstanceId", "InstanceId", "Id"],
    default_set: 0,
    rows: &[
        //                                         Name Computer +Id    Uri  +Id InstanceId Id
        Row { parameter: &COMPUTER_NAME,          sets: &[N,   M0,    M0,   N,    N,     N,    N] },
        Row { parameter: &APPLICATION_NAME,       sets: &[N,   O,     O,    N,    N,     N,    N] },
        Row { parameter: &CONNECTION_URI,         sets: &[N,   N,     N,    M0,   M0,    N,    N] },
        Row { parameter: &CONFIGURATION_NAME,     sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &ALLOW_REDIRECTION,      sets: &[N,   N,     N,    O,    O,     N,    N] },
        Row { parameter: &NAME,                   sets: &[O,   O,     N,    O,    N,     N,    N] },
        Row { parameter: &INSTANCE_ID,            sets: &[N,   N,     M,    N,    M,     O,    N] },
        Row { parameter: &CREDENTIAL,             sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &AUTHENTICATION,         sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &CERTIFICATE_THUMBPRINT, sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &PORT,                   sets: &[N,   O,     O,    N,    N,     N,    N] },
        Row { parameter: &USE_SSL,                sets: &[N,   O,     O,    N,    N,     N,    N] },
        Row { parameter: &THROTTLE_LIMIT,         sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &STATE,                  sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &SESSION_OPTION,         sets: &[N,   O,     O,    O,    O,     N,    N] },
        Row { parameter: &ID,                     sets: &[N,   N,     N,    N,    N,     N,    M0] },
    ],
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Without a computer, this command shows the sessions that earlier commands of this user connected to or made, as \
they were last seen; it asks nobody.

With -ComputerName or -ConnectionUri it asks these computers which sessions they keep for this user, whoever made \
them. A session that another client is connected to is shown as Disconnected and Busy. Looking changes nothing: a \
session is known here only when it has been connected to.";

const EXAMPLES: [Example; 4] = [
    Example {
        command: "get-pssession",
        explanation: "Shows the sessions that are known here, and asks no computer.",
    },
    Example {
        command: "get-pssession -ComputerName Server01,Server02 -State Disconnected",
        explanation: "Shows the sessions on two computers that are disconnected, or in the hands of another client.",
    },
    Example {
        command: "get-pssession -Name 'Backup*' --output json",
        explanation: "Writes the known sessions whose names begin with Backup as JSON.",
    },
    Example {
        command: "get-pssession -ComputerName Server01 --output jsonl | connect-pssession",
        explanation: "Connects to every session that Server01 keeps for this user.",
    },
];

const COMPUTER_NAME: Parameter = Parameter {
    pipeline: Pipeline::ByPropertyName,
    help: "The computers to ask which sessions they keep.",
    ..target::COMPUTER_NAME
};

const THROTTLE_LIMIT: Parameter =
    Parameter { help: "How many computers may be asked at once; 32 by default.", ..target::THROTTLE_LIMIT };

const STATE: Parameter = Parameter {
    details: "All, Opened, Disconnected, Closed or Broken. All is the default.",
    ..parameter("State", Kind::SessionFilterState, "Only sessions in this state.")
};

impl Enumeration for SessionFilterState {
    const TYPE_NAME: &'static str = Kind::SessionFilterState.type_name();
    const MEMBERS: &'static [(&'static str, SessionFilterState)] = &[
        ("All", SessionFilterState::All),
        ("Opened", SessionFilterState::Opened),
        ("Disconnected", SessionFilterState::Disconnected),
        ("Closed", SessionFilterState::Closed),
        ("Broken", SessionFilterState::Broken),
    ];

    fn number(self) -> i32 {
        self as i32
    }
}

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    Ok(Request {
        selection: sessions::selection(bound, environment)?,
        state: bound.session_filter_state(),
        throttle_limit: throttle_limit(bound),
    })
}

#[cfg(test)]
mod tests;
