//! Enter-PSSession on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::Environment;
use super::new::{self, CONFIGURATION_NAME, ENABLE_NETWORK_ACCESS};
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline};
use super::selection;
use super::sessions;
use super::table::Membership::{Mandatory as M, MandatoryAt, No as N, Optional as O};
use super::table::{Example, M0, Table, row};
use super::target::{self, ALLOW_REDIRECTION, APPLICATION_NAME, PORT, USE_SSL};
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::enter::Request;
use pssession::cmdlet::selection::{Input, SessionReference};
use uuid::Uuid;

/// The command line of Enter-PSSession, without the sets of containers, virtual machines and SSH.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::EnterPSSession,
    alias: "etsn",
    synopsis: "Runs commands in a session as they are typed.",
    description: DESCRIPTION,
    sets: &["ComputerName", "Session", "Uri", "InstanceId", "Id", "Name"],
    default_set: 0,
    rows: &[
        //                      Computer Session Uri        InstanceId Id  Name
        row(&COMPUTER_NAME,          &[M0, N,  N,              N,      N,  N]),
        row(&SESSION,                &[N,  M0, N,              N,      N,  N]),
        row(&CONNECTION_URI,         &[N,  N,  MandatoryAt(1), N,      N,  N]),
        row(&INSTANCE_ID,            &[N,  N,  N,              M,      N,  N]),
        row(&ID,                     &[N,  N,  N,              N,      M0, N]),
        row(&NAME,                   &[N,  N,  N,              N,      N,  M]),
        row(&ENABLE_NETWORK_ACCESS,  &[O,  N,  O,              N,      N,  N]),
        row(&CREDENTIAL,             &[O,  N,  O,              N,      N,  N]),
        row(&PORT,                   &[O,  N,  N,              N,      N,  N]),
        row(&USE_SSL,                &[O,  N,  N,              N,      N,  N]),
        row(&CONFIGURATION_NAME,     &[O,  N,  O,              N,      N,  N]),
        row(&APPLICATION_NAME,       &[O,  N,  N,              N,      N,  N]),
        row(&ALLOW_REDIRECTION,      &[N,  N,  O,              N,      N,  N]),
        row(&SESSION_OPTION,         &[O,  N,  O,              N,      N,  N]),
        row(&AUTHENTICATION,         &[O,  N,  O,              N,      N,  N]),
        row(&CERTIFICATE_THUMBPRINT, &[O,  N,  O,              N,      N,  N]),
    ],
    options: &options::OF_ENTER,
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
With -ComputerName or -ConnectionUri, a session is opened, and closed when you exit from it. With -Id, -Name, \
-InstanceId or -Session you enter a known session, which is connected to if need be, and stays when you exit.

Type commands at the prompt; Tab completes them as PowerShell does there. A statement that is not complete goes on at \
the prompt >>, until an empty line. Ctrl-C stops the command that runs, and not the session; pressed three times, it \
gives up the session too. exit, exit N and Exit-PSSession end it, with N as exit status.

At the beginning of a line, ~d leaves the session: it is disconnected with all that runs in it, and the last line \
shows how to come back. ~. gives up at once, without a word to the server; ~? shows these, and ~~ begins a line \
with ~.

Without a terminal, lines are read from standard input and run without a prompt. The exit status is then that of the \
last line: 0 if it succeeded, else 1.";

const EXAMPLES: [Example; 4] = [
    Example {
        command: "enter-pssession Server01",
        explanation: "Opens a session on the computer Server01 and enters it.",
    },
    Example {
        command: "enter-pssession -Id 4",
        explanation: "Enters the known session 4, in which variables and jobs are as they were left.",
    },
    Example {
        command: "enter-pssession Server01 -ConfigurationName ITTasks -Credential 'Domain01\\Admin01'",
        explanation: "Enters a session of the configuration ITTasks as another user.",
    },
    Example {
        command: "cat lines.ps1 | enter-pssession -Id 4",
        explanation: "Runs the lines of a file in the session 4, one after the other.",
    },
];

const COMPUTER_NAME: Param<Input<String>> = new::COMPUTER_NAME
    .type_name("System.String")
    .help("The computer on which a session is opened.")
    .details("A NetBIOS name, an IP address or a fully qualified domain name; a dot means this computer.");

const CONNECTION_URI: Param<Input<String>> = target::CONNECTION_URI
    .type_name("System.Uri")
    .pipeline(Pipeline::No)
    .help("The full address of the computer.");

const SESSION: Param<Input<SessionReference>> = sessions::SESSION
    .type_name("System.Management.Automation.Runspaces.PSSession")
    .pipeline(Pipeline::No)
    .standard_input(false)
    .help("The known session to enter.")
    .details("The session is given as an Id, an InstanceId or a name.");

const INSTANCE_ID: Param<Input<Uuid>> = sessions::INSTANCE_ID
    .type_name("System.Guid")
    .pipeline(Pipeline::No)
    .standard_input(false)
    .help("The InstanceId of the known session to enter.");

const ID: Param<Input<i32>> = sessions::ID
    .type_name("System.Int32")
    .pipeline(Pipeline::No)
    .standard_input(false)
    .help("The Id of the known session to enter.");

const NAME: Param<Input<String>> = sessions::NAME
    .type_name("System.String")
    .pipeline(Pipeline::No)
    .standard_input(false)
    .help("The name of the known session to enter.")
    .details("Letter case is ignored. More than one session of this name is an error.");

/// The request of a bound command line.
///
/// # Errors
/// A computer name or connection URI that cannot be one, or more than one session.
pub fn request(bound: &Bound, environment: &Environment) -> Result<Request, BindError> {
    let request = Request { selection: selection::selection(bound, environment)? };
    let mut parameters = TABLE.rows.iter().map(|row| row.parameter);
    match parameters.find(|parameter| bound.has(parameter)).filter(|_| request.is_several()) {
        Some(parameter) => {
            let reason = "Specified method is not supported.";
            Err(BindError::CannotConvertArgument { parameter, from: "System.Object[]", reason })
        }
        None => Ok(request),
    }
}
