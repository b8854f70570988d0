//! Invoke-Command on the command line: its table, and the request it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::command::{ARGUMENT_LIST, FILE_PATH, SCRIPT_BLOCK};
use super::convert::parameter;
use super::credential::{AUTHENTICATION, CERTIFICATE_THUMBPRINT, CREDENTIAL};
use super::environment::{Environment, StandardInput};
use super::input::InputForm;
use super::new::{self, CONFIGURATION_NAME, ENABLE_NETWORK_ACCESS};
use super::option::SESSION_OPTION;
use super::options;
use super::parameter::{Param, Pipeline, Validation};
use super::selection;
use super::sessions;
use super::table::Membership::{Mandatory as M, MandatoryAt, No as N, Optional as O};
use super::table::{Example, M0, Membership, Table, row};
use super::target::{self, ALLOW_REDIRECTION, APPLICATION_NAME, PORT, USE_SSL, throttle_limit};
use crate::render::ObjectOutput;
use pssession::cmdlet::Cmdlet;
use pssession::cmdlet::invoke::{Argument, Command, CommandText, OnInterrupt, Place, Request};
use pssession::cmdlet::selection::{Filter, Input, Selection, SessionReference};
use std::path::Path;
use uuid::Uuid;

const M1: Membership = MandatoryAt(1);

/// The command line of Invoke-Command: Windows' sets for computers and sessions, and this program's for sessions by Id,
/// Name and InstanceId. Each is there with a script block and with a file.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::InvokeCommand,
    alias: "icm",
    synopsis: "Runs commands on computers or in sessions.",
    description: DESCRIPTION,
    sets: &["ComputerName", "FilePathComputerName", "Uri", "FilePathUri", "Session", "FilePathRunspace",
            "Id", "FilePathId", "Name", "FilePathName", "InstanceId", "FilePathInstanceId"],
    default_set: 0,
    rows: &[
        //                              Computer   Uri     Session     Id      Name   InstanceId
        row(&COMPUTER_NAME,             &[M0, M0,  N,  N,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&CONNECTION_URI,            &[N,  N,   M0, M0,  N,  N,   N,  N,   N,  N,   N,  N]),
        row(&SESSION,                   &[N,  N,   N,  N,   M0, M0,  N,  N,   N,  N,   N,  N]),
        row(&ID,                        &[N,  N,   N,  N,   N,  N,   M0, M0,  N,  N,   N,  N]),
        row(&NAME,                      &[O,  O,   O,  O,   N,  N,   N,  N,   M,  M,   N,  N]),
        row(&INSTANCE_ID,               &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   M,  M]),
        row(&SCRIPT_BLOCK,              &[M1, N,   M1, N,   M1, N,   M1, N,   M1, N,   M1, N]),
        row(&FILE_PATH,                 &[N,  M,   N,  M,   N,  M,   N,  M,   N,  M,   N,  M]),
        row(&ARGUMENT_LIST,             &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&CREDENTIAL,                &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&PORT,                      &[O,  O,   N,  N,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&USE_SSL,                   &[O,  O,   N,  N,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&CONFIGURATION_NAME,        &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&APPLICATION_NAME,          &[O,  O,   N,  N,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&ALLOW_REDIRECTION,         &[N,  N,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&THROTTLE_LIMIT,            &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&AS_JOB,                    &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&JOB_NAME,                  &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&IN_DISCONNECTED_SESSION,   &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&SESSION_NAME,              &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&HIDE_COMPUTER_NAME,        &[O,  O,   O,  O,   O,  O,   O,  O,   O,  O,   O,  O]),
        row(&SESSION_OPTION,            &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&AUTHENTICATION,            &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&ENABLE_NETWORK_ACCESS,     &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
        row(&CERTIFICATE_THUMBPRINT,    &[O,  O,   O,  O,   N,  N,   N,  N,   N,  N,   N,  N]),
    ],
    options: &options::OF_INVOKE,
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
With -ComputerName or -ConnectionUri, a session is opened for the command on each computer, and closed after it. With \
-Id, -Name, -InstanceId or -Session, the command runs in a known session, which stays: variables and jobs are there \
for the next command. -ComputerName with -Name or -InstanceId finds the session on that computer and connects to it.

Output goes to standard output as PowerShell would show it, errors to standard error, and the command's exit status \
becomes that of this program. With several computers, each line is marked with its computer, and a summary follows \
on standard error.

Ctrl-C stops the command. With -InDisconnectedSession it is started and left running; receive-pssession shows its \
output, from any computer.";

const EXAMPLES: [Example; 6] = [
    Example {
        command: "invoke-command Server01 -ScriptBlock 'Get-Service WinRM, Spooler'",
        explanation: "Runs a command on a computer and shows its output.",
    },
    Example {
        command: "invoke-command -Id 4 '{Get-Job}'",
        explanation: "Runs a command in the known session 4.",
    },
    Example {
        command: "invoke-command Server01 -FilePath deploy.ps1 -- -Version 2.3 -Force",
        explanation: "Runs a local script on a computer with named arguments.",
    },
    Example {
        command: "invoke-command Server01 --output jsonl -ScriptBlock 'Get-Process' | jq -r .ProcessName",
        explanation: "Writes the output as JSON, one object per line.",
    },
    Example {
        command: "cat users.txt | invoke-command Server01 -ScriptBlock '$input | Get-ADUser'",
        explanation: "Gives the lines of standard input to a command.",
    },
    Example {
        command: "invoke-command Server01 -InDisconnectedSession -SessionName Nightly -FilePath nightly.ps1",
        explanation: "Starts a script and leaves it running; receive-pssession Server01 -Name Nightly shows its output.",
    },
];

const COMPUTER_NAME: Param<Input<String>> =
    new::COMPUTER_NAME.help("The computers on which the command runs.");

const CONNECTION_URI: Param<Input<String>> =
    target::CONNECTION_URI.pipeline(Pipeline::No).help("Full addresses of the computers.");

const SESSION: Param<Input<SessionReference>> =
    sessions::SESSION.pipeline(Pipeline::No).help("The known sessions in which the command runs.");

const NAME: Param<Input<String>> =
    sessions::NAME.pipeline(Pipeline::No).help("Names of the sessions in which the command runs.");

const INSTANCE_ID: Param<Input<Uuid>> = sessions::INSTANCE_ID
    .pipeline(Pipeline::No)
    .help("InstanceIds of the sessions in which the command runs.");

const ID: Param<Input<i32>> =
    sessions::ID.pipeline(Pipeline::No).help("Ids of the known sessions in which the command runs.");

const THROTTLE_LIMIT: Param<i32> =
    target::THROTTLE_LIMIT.help("On how many computers the command may run at once; 32 by default.");

const AS_JOB: Param<bool> = parameter("AsJob", "Refused: use -InDisconnectedSession instead.");

const JOB_NAME: Param<String> =
    parameter("JobName", "Refused, as -AsJob is.").validation(Validation::NotNullOrEmpty);

const IN_DISCONNECTED_SESSION: Param<bool> =
    parameter("InDisconnectedSession", "Start the command, and leave it running in its session.")
        .aliases(&["Disconnected"]);

const SESSION_NAME: Param<Input<String>> =
    parameter("SessionName", "Names of the sessions that -InDisconnectedSession leaves.")
        .validation(Validation::NotNullOrEmpty)
        .details("The first name is for the session on the first computer, and so on.");

pub const HIDE_COMPUTER_NAME: Param<bool> =
    parameter("HideComputerName", "Do not say which computer a line or an object comes from.")
        .aliases(&["HCN"]);

/// The width of lines where no terminal says otherwise.
const WIDTH: u16 = 120;

/// The request of a bound command line. `named` are the arguments behind `--`.
///
/// # Errors
/// A computer name or connection URI that cannot be one, parameters that do not go together, or a script file that
/// cannot be read.
pub fn request(bound: &Bound, named: Vec<Argument>, environment: &Environment) -> Result<Request, BindError> {
    let is_on = |switch| bound.is_on(switch);
    let in_disconnected_session = is_on(&IN_DISCONNECTED_SESSION);
    match (is_on(&AS_JOB) || bound.has(&JOB_NAME.parameter), in_disconnected_session) {
        (true, true) => return Err(BindError::AsJobAndDisconnected),
        (true, false) => return Err(BindError::NoJobs { name: AS_JOB.parameter.name }),
        (false, _) => {}
    }
    if bound.has(&SESSION_NAME.parameter) && !in_disconnected_session {
        return Err(BindError::SessionNameWithoutDisconnected);
    }
    Ok(Request {
        place: place(bound, environment)?,
        command: command(bound, named, in_disconnected_session, environment)?,
        in_disconnected_session,
        on_interrupt: bound.get(&options::ON_INTERRUPT).map_or(OnInterrupt::Stop, OnInterrupt::from),
        last_exit_code: is_on(&options::LAST_EXIT_CODE),
        throttle_limit: throttle_limit(bound),
    })
}

/// Where the command runs: computers alone get sessions of their own for it.
fn place(bound: &Bound, environment: &Environment) -> Result<Place, BindError> {
    Ok(match selection::selection(bound, environment).map_err(new::in_own_words)? {
        Selection::Known(known) => Place::Known(known),
        Selection::Remote(remote) if remote.filter == Filter::All => {
            new::check_idle_timeout(&remote.connection)?;
            Place::Opened { remote, names: new::names(bound, &SESSION_NAME) }
        }
        Selection::Remote(remote) => Place::Remote(remote),
    })
}

fn command(
    bound: &Bound,
    named: Vec<Argument>,
    in_disconnected_session: bool,
    environment: &Environment,
) -> Result<Command, BindError> {
    let script = match bound.get(&FILE_PATH) {
        Some(path) => environment
            .read_script
            .read(Path::new(&path))
            .map_err(|error| BindError::ScriptUnreadable { path: path.clone(), reason: error.to_string() })?,
        None => bound.get(&SCRIPT_BLOCK).map(|script| script.0).unwrap_or_default(),
    };
    let has_input = bound.has(&options::INPUT.parameter)
        || (environment.stdin == StandardInput::Pipeline && mentions_input(&script));
    let is_text = bound.get(&options::OBJECT_OUTPUT).unwrap_or_default() == ObjectOutput::Text;
    let positional = bound.get(&ARGUMENT_LIST).map(|arguments| arguments.0).unwrap_or_default();
    let positional = positional.into_iter().map(|value| Argument { name: None, value });
    Ok(Command {
        text: match bound.has(&options::COMMAND.parameter) {
            true => CommandText::Name(script),
            false => CommandText::Script(script),
        },
        arguments: positional.chain(named).collect(),
        // The client that receives it decides its form.
        width: (is_text && !in_disconnected_session).then(|| environment.width.unwrap_or(WIDTH)),
        has_input,
    })
}

/// Whether a script uses its input. One that does not leaves standard input to others.
fn mentions_input(script: &str) -> bool {
    const INPUT: &str = "$input";
    let lower = script.to_ascii_lowercase();
    lower.match_indices(INPUT).any(|(at, _)| {
        let next = lower[at + INPUT.len()..].chars().next();
        next.is_none_or(|next| !next.is_alphanumeric() && next != '_')
    })
}

/// What the objects on standard input are, if the command is given any.
pub fn input_form(bound: &Bound, request: &Request) -> Option<InputForm> {
    request.command.has_input.then(|| bound.get(&options::INPUT).unwrap_or(InputForm::Text))
}

#[cfg(test)]
mod tests;
