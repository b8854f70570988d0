//! This program's own options: two dashes, lower case. They exist for shells; PowerShell has none of them.

use super::bind_error::BindError;
use super::completion::Shell;
use super::convert::{Argument, Reason, Value, cannot_convert, parameter};
use super::escape::Escape;
use super::input::InputForm;
use super::parameter::{Kind, Param, Parameter, Validation};
use super::value_enum::value_enum;
use crate::render::{Color, ErrorView, ObjectOutput, Output};
use clap::ValueEnum;
use clap::builder::{EnumValueParser, OsStringValueParser, TypedValueParser};
use pssession::access::Pins;
use pssession::cmdlet::invoke::OnInterrupt;
use std::path::PathBuf;
use std::time::Duration;

pub const OUTPUT: Param<Output> =
    one_of("--output", "Output format: json is one array, jsonl one line per record.");
pub const WIDE: Param<bool> = parameter("--wide", "Add the ComputerType column of PowerShell 5.1 to tables.");
pub const COLOR: Param<Color> = one_of("--color", "When to use colour.");
pub const PASSWORD_COMMAND: Param<String> =
    parameter("--password-command", "Take the password from the first line that this command prints.")
        .placeholder("COMMAND");
pub const PASSWORD_FILE: Param<PathBuf> =
    path("--password-file", "Take the password from the first line of this file.").placeholder("FILE");
pub const TRUSTED_HOSTS: Param<String> =
    parameter("--trusted-hosts", "Hosts that NTLM may be used with over plain HTTP (TrustedHosts).")
        .placeholder("LIST");
pub const SPN: Param<String> = parameter("--spn", "Request the Kerberos ticket for this service.")
    .placeholder("SERVICE/HOST")
    .validation(Validation::ServicePrincipalName);
pub const NO_NTLM: Param<bool> = parameter("--no-ntlm", "Make Negotiate use Kerberos only, never NTLM.");
pub const CA_FILE: Param<PathBuf> =
    path("--ca-file", "Trust only the certificates in this file (authorities or servers).")
        .placeholder("PEM");
pub const PIN_SHA256: Param<Pins> =
    parameter("--pin-sha256", "Trust only these server certificates (SHA-256 fingerprints).")
        .placeholder("LIST");
pub const CERT_FILE: Param<PathBuf> =
    path("--cert-file", "File with the certificate of -CertificateThumbprint: PEM or PFX.")
        .placeholder("FILE");
pub const KEY_FILE: Param<PathBuf> =
    path("--key-file", "File with its private key, if it is not in --cert-file.")
        .placeholder("PEM")
        .needs(&CERT_FILE);
pub const CERT_STORE: Param<PathBuf> =
    path("--cert-store", "Directory to search for it and its key: *.pem, *.crt, *.cer, *.pfx, *.p12.")
        .placeholder("DIR");
pub const NO_CHANNEL_BINDING: Param<bool> =
    parameter("--no-channel-binding", "Do not bind logins to the TLS channel, for load balancers.");
pub const STORE: Param<PathBuf> =
    path("--store", "Directory where the known sessions are stored.").placeholder("DIR");
pub const TRANSCRIPT: Param<PathBuf> = path(
    "--transcript",
    "Write the exchanges with servers to this file, without names, addresses and contents.",
)
.placeholder("FILE");
pub const TIMEOUT: Param<i32> = parameter("--timeout", "Time limit for connecting and for each response.")
    .placeholder("SECONDS")
    .validation(Validation::Range(1, i32::MAX));
pub const WILDCARDS: Param<bool> =
    parameter("--wildcards", "Read names on standard input as wildcard patterns.");
pub const AS: Param<String> =
    parameter("--as", "Act as this cmdlet; only as the first word.").placeholder("CMDLET");
pub const INSTALL_LINKS: Param<PathBuf> =
    path("--install-links", "Create a link for each cmdlet, beside the program or in DIR.")
        .placeholder("DIR")
        .optional_value(true);
pub const COMPLETIONS: Param<Shell> = one_of("--completions", "Print the completion script for a shell.");
pub const MAN: Param<bool> = parameter("--man", "Print the manual page.");
pub const HELP: Param<bool> = parameter("--help", "Show the full help; -? shows a summary.");
pub const VERSION: Param<bool> = parameter("--version", "Show the version.");

pub const OBJECT_OUTPUT: Param<ObjectOutput> =
    one_of("--output", "Output format: text as PowerShell shows it, jsonl one line per object.");
pub const ERROR_VIEW: Param<ErrorView> =
    one_of("--error-view", "How errors of the command look; normal adds category and id.");
pub const COMMAND: Param<String> =
    parameter("--command", "Run this one command, for endpoints that accept no scripts.").placeholder("NAME");
pub const INPUT: Param<InputForm> = one_of("--input", "Send standard input to the command as $input.");
pub const ON_INTERRUPT: Param<OnCtrlC> =
    one_of("--on-interrupt", "What Ctrl-C does to the command: stop it, or leave it running.");
pub const LAST_EXIT_CODE: Param<bool> =
    parameter("--last-exit-code", "Exit with the status of the last native program that the command ran.");
pub const FAILED_TO: Param<PathBuf> =
    path("--failed-to", "Write the computers where the command failed to this file.").placeholder("FILE");
pub const ANSWER: Param<PathBuf> =
    path("--answer", "Answer the questions of scripts from this file: a line each, or PROMPT = ANSWER.")
        .placeholder("FILE");
pub const ESCAPE: Param<Escape> =
    parameter("--escape", "The character that begins a line for this program, or none; ~ by default.")
        .placeholder("CHAR");
pub const NO_WAIT: Param<bool> = parameter("--no-wait", "Show what is there, and leave the command running.");
pub const OR_CONNECT: Param<bool> =
    parameter("--or-connect", "Connect to the session of that name if there is one.");
pub const OLDER_THAN: Param<Age> =
    parameter("--older-than", "Only sessions created so long ago: 90s, 30m, 12h or 7d.").placeholder("AGE");
pub const COMMAND_TIMEOUT: Param<i32> =
    parameter("--timeout", "Time limit for all of it; then it is interrupted.")
        .placeholder("SECONDS")
        .validation(Validation::Range(1, i32::MAX));

pub const RECONNECT_FOR: Param<i32> = parameter(
    "--reconnect-for",
    "How long to reconnect when the connection is lost; 240 by default, 0 for not at all.",
)
.placeholder("SECONDS")
.validation(Validation::Range(0, i32::MAX));

const RECORDS: &[&Parameter] = &[&OUTPUT.parameter, &WIDE.parameter];
const COMMANDS: &[&Parameter] = &[&OBJECT_OUTPUT.parameter, &ERROR_VIEW.parameter];

/// How computers are reached, and what is known of them.
const ACCESS: &[&Parameter] = &[
    &COLOR.parameter,
    &PASSWORD_COMMAND.parameter,
    &PASSWORD_FILE.parameter,
    &TRUSTED_HOSTS.parameter,
    &SPN.parameter,
    &NO_NTLM.parameter,
    &CA_FILE.parameter,
    &PIN_SHA256.parameter,
    &CERT_FILE.parameter,
    &KEY_FILE.parameter,
    &CERT_STORE.parameter,
    &NO_CHANNEL_BINDING.parameter,
    &STORE.parameter,
    &TRANSCRIPT.parameter,
];

/// About the program itself.
const ABOUT: &[&Parameter] = &[
    &AS.parameter,
    &INSTALL_LINKS.parameter,
    &COMPLETIONS.parameter,
    &MAN.parameter,
    &HELP.parameter,
    &VERSION.parameter,
];

/// The options of the cmdlets that work on sessions, in the order of the help text.
pub static OPTIONS: [&Parameter; 24] =
    joined(&[RECORDS, ACCESS, &[&TIMEOUT.parameter, &WILDCARDS.parameter], ABOUT]);

pub static OF_NEW: [&Parameter; 24] =
    joined(&[&[&OR_CONNECT.parameter], RECORDS, ACCESS, &[&TIMEOUT.parameter], ABOUT]);

pub static OF_REMOVE: [&Parameter; 25] =
    joined(&[&[&OLDER_THAN.parameter], RECORDS, ACCESS, &[&TIMEOUT.parameter, &WILDCARDS.parameter], ABOUT]);

#[rustfmt::skip]
pub static OF_INVOKE: [&Parameter; 33] = joined(&[
    COMMANDS,
    &[
        &COMMAND.parameter, &INPUT.parameter, &ON_INTERRUPT.parameter, &LAST_EXIT_CODE.parameter, &FAILED_TO.parameter,
        &ANSWER.parameter, &ESCAPE.parameter, &COMMAND_TIMEOUT.parameter, &RECONNECT_FOR.parameter,
    ],
    ACCESS, &[&WILDCARDS.parameter, &WIDE.parameter], ABOUT,
]);

#[rustfmt::skip]
pub static OF_RECEIVE: [&Parameter; 30] = joined(&[
    COMMANDS,
    &[
        &NO_WAIT.parameter, &ON_INTERRUPT.parameter, &ANSWER.parameter, &ESCAPE.parameter, &COMMAND_TIMEOUT.parameter,
        &RECONNECT_FOR.parameter,
    ],
    ACCESS, &[&WILDCARDS.parameter, &WIDE.parameter], ABOUT,
]);

pub static OF_ENTER: [&Parameter; 24] = joined(&[
    &[&ESCAPE.parameter, &ANSWER.parameter, &RECONNECT_FOR.parameter],
    ACCESS,
    &[&TIMEOUT.parameter],
    ABOUT,
]);

/// One list of several, whose lengths have to add up.
const fn joined<const N: usize>(lists: &[&[&'static Parameter]]) -> [&'static Parameter; N] {
    let mut all = [&AS.parameter; N];
    let (mut list, mut at, mut count) = (0, 0, 0);
    while list < lists.len() {
        if at < lists[list].len() {
            all[count] = lists[list][at];
            (at, count) = (at + 1, count + 1);
        } else {
            (list, at) = (list + 1, 0);
        }
    }
    assert!(count == N);
    all
}

/// The own option of this name, dashes included, of any cmdlet.
pub fn find(name: &str) -> Option<&'static Parameter> {
    let all = OPTIONS.iter().chain(&OF_NEW).chain(&OF_REMOVE).chain(&OF_INVOKE).chain(&OF_RECEIVE);
    let all = all.chain(&OF_ENTER);
    all.copied().find(|option| option.name == name)
}

/// What Ctrl-C does to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCtrlC {
    Stop,
    Detach,
}

impl From<OnCtrlC> for OnInterrupt {
    fn from(on: OnCtrlC) -> OnInterrupt {
        match on {
            OnCtrlC::Stop => OnInterrupt::Stop,
            OnCtrlC::Detach => OnInterrupt::Detach,
        }
    }
}

/// An option whose value is one of a set of names.
const fn one_of<T: ValueEnum + Send + Sync + 'static>(name: &'static str, help: &'static str) -> Param<T> {
    let parser = |_, _| EnumValueParser::<T>::new().into();
    Param::new(name, Kind { type_name: String::TYPE_NAME, members: names::<T>, parser }, help)
}

/// The names of all values, in the order of the help text.
pub fn names<T: ValueEnum>() -> Vec<String> {
    let values = T::value_variants().iter().filter_map(T::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

value_enum!(Output: Table "table", List "list", Json "json", JsonLines "jsonl", Csv "csv", Id "id");
value_enum!(ObjectOutput: Text "text", Json "json", JsonLines "jsonl", Csv "csv", Clixml "clixml");
value_enum!(ErrorView: Concise "concise", Normal "normal");
value_enum!(InputForm: Text "text", Json "json", Bytes "bytes");
value_enum!(OnCtrlC: Stop "stop", Detach "detach");
value_enum!(Color: Auto "auto", Always "always", Never "never");

impl Value for Pins {
    const TYPE_NAME: &'static str = String::TYPE_NAME;

    fn read(argument: &Argument) -> Result<Pins, BindError> {
        Pins::parse(argument.text).map_err(|reason| BindError::BadPin { reason })
    }
}

/// How old a session is, written as a number with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(pub Duration);

impl Value for Age {
    const TYPE_NAME: &'static str = String::TYPE_NAME;

    fn read(argument: &Argument) -> Result<Age, BindError> {
        argument.convert(|text| {
            let read = || {
                let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
                let seconds = match unit {
                    "s" => 1,
                    "m" => 60,
                    "h" => 3600,
                    "d" => 86_400,
                    _ => return None,
                };
                let is_number = number.bytes().all(|octet| octet.is_ascii_digit());
                number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(seconds)
            };
            let seconds = read().ok_or_else(|| cannot_convert(text, TIME_SPAN, Reason::NotAnAge));
            seconds.map(|seconds| Age(Duration::from_secs(seconds)))
        })
    }
}

/// The .NET type of times.
const TIME_SPAN: &str = "System.TimeSpan";

/// An option whose value is a path, which need not be Unicode.
const fn path(name: &'static str, help: &'static str) -> Param<PathBuf> {
    let parser = |_, _| OsStringValueParser::new().map(PathBuf::from).into();
    Param::new(name, Kind { type_name: String::TYPE_NAME, members: Vec::new, parser }, help)
}
