//! New-PSSessionOption on the command line: its table, and the object it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::convert::parameter;
use super::credential::UserName;
use super::option::{self, CULTURE_INFO, Dictionary};
use super::options;
use super::parameter::{Param, Validation};
use super::table::Membership::Optional as O;
use super::table::{Example, Table, row};
use pssession::access::Authentication;
use pssession::cmdlet::Cmdlet;
use pssession::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType};

/// The command line of New-PSSessionOption.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::NewPSSessionOption,
    // PowerShell has none either.
    alias: "",
    synopsis: "Creates a value for -SessionOption.",
    description: DESCRIPTION,
    sets: &["__AllParameterSets"],
    default_set: 0,
    rows: &[
        row(&MAXIMUM_REDIRECTION,                    &[O]),
        row(&NO_COMPRESSION,                         &[O]),
        row(&NO_MACHINE_PROFILE,                     &[O]),
        row(&CULTURE,                                &[O]),
        row(&UI_CULTURE,                             &[O]),
        row(&MAXIMUM_RECEIVED_DATA_SIZE_PER_COMMAND, &[O]),
        row(&MAXIMUM_RECEIVED_OBJECT_SIZE,           &[O]),
        row(&OUTPUT_BUFFERING_MODE,                  &[O]),
        row(&MAX_CONNECTION_RETRY_COUNT,             &[O]),
        row(&APPLICATION_ARGUMENTS,                  &[O]),
        row(&OPEN_TIMEOUT,                           &[O]),
        row(&CANCEL_TIMEOUT,                         &[O]),
        row(&IDLE_TIMEOUT,                           &[O]),
        row(&PROXY_ACCESS_TYPE,                      &[O]),
        row(&PROXY_AUTHENTICATION,                   &[O]),
        row(&PROXY_CREDENTIAL,                       &[O]),
        row(&SKIP_CA_CHECK,                          &[O]),
        row(&SKIP_CN_CHECK,                          &[O]),
        row(&SKIP_REVOCATION_CHECK,                  &[O]),
        row(&OPERATION_TIMEOUT,                      &[O]),
        row(&NO_ENCRYPTION,                          &[O]),
        row(&USE_UTF16,                              &[O]),
        row(&INCLUDE_PORT_IN_SPN,                    &[O]),
    ],
    options: &options::OPTIONS,
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Checks the options and writes them as one line, or as JSON; -SessionOption accepts both. Only options that differ \
from their defaults are written. No computer is contacted.";

const EXAMPLES: [Example; 3] = [
    Example {
        command: "new-pssessionoption -OperationTimeout 30000 -SkipCACheck",
        explanation: "Writes @{SkipCACheck=$true; OperationTimeout=30000}.",
    },
    Example {
        command: "connect-pssession Server01 -SessionOption \"$(new-pssessionoption -OpenTimeout 5000)\"",
        explanation: "Connects with the options.",
    },
    Example {
        command: "new-pssessionoption -Culture en-US --output json > options.json",
        explanation: "Saves the options in a file, for -SessionOption @options.json.",
    },
];

const MAXIMUM_REDIRECTION: Param<i32> = parameter("MaximumRedirection", "How many redirections to follow.")
    .details("5 by default; a negative number means no limit. It applies only with -AllowRedirection.");

const NO_COMPRESSION: Param<bool> = parameter("NoCompression", "Do not compress the data.")
    .details("New sessions are never compressed; an existing session keeps its own.");

const NO_MACHINE_PROFILE: Param<bool> =
    parameter("NoMachineProfile", "Do not load the user's profile on the server.").details(NEW_SESSIONS);

const CULTURE: Param<String> = parameter("Culture", "Culture of the session, such as en-US.")
    .type_name(CULTURE_INFO)
    .validation(Validation::NotNullOrEmpty)
    .details(NEW_SESSIONS);

const UI_CULTURE: Param<String> = parameter("UICulture", "Culture of the session's messages.")
    .type_name(CULTURE_INFO)
    .validation(Validation::NotNullOrEmpty)
    .details(NEW_SESSIONS);

const NEW_SESSIONS: &str = "It applies to new sessions; an existing session keeps its own.";

const MAXIMUM_RECEIVED_DATA_SIZE_PER_COMMAND: Param<i32> =
    parameter("MaximumReceivedDataSizePerCommand", "Maximum number of bytes that one command may return.")
        .validation(Validation::Range(0, i32::MAX))
        .details("No limit by default. Multipliers such as 64kb and 50mb are allowed.");

const MAXIMUM_RECEIVED_OBJECT_SIZE: Param<i32> =
    parameter("MaximumReceivedObjectSize", "Maximum size in bytes of one object from the server.")
        .validation(Validation::Range(0, i32::MAX))
        .details("200mb by default.");

const OUTPUT_BUFFERING_MODE: Param<OutputBufferingMode> = parameter(
    "OutputBufferingMode",
    "What happens to output while no client is connected.",
)
.details(
    "Block: commands wait when the buffer is full. Drop: they continue, and the oldest output is lost. None: as \
              the server is configured.",
);

const MAX_CONNECTION_RETRY_COUNT: Param<i32> =
    parameter("MaxConnectionRetryCount", "How often a connection attempt is repeated.")
        .validation(Validation::Range(0, i32::MAX))
        // Windows PowerShell 5.1 writes 0 when it is not given, against its help.
        .details("5 by default. It applies to new sessions.");

const APPLICATION_ARGUMENTS: Param<Dictionary> =
    parameter("ApplicationArguments", "What scripts see as $PSSenderInfo.ApplicationArguments.")
        .details("A hash table, such as '@{Team=\'Ops\'; Level=3}'. It applies to new sessions.");

const OPEN_TIMEOUT: Param<i32> = parameter("OpenTimeout", "Milliseconds to wait for a connection.")
    .aliases(&["OpenTimeoutMSec"])
    .validation(Validation::Range(0, i32::MAX))
    .details("180000 by default; 0 means no limit.");

const CANCEL_TIMEOUT: Param<i32> =
    parameter("CancelTimeout", "Milliseconds to wait for an operation to stop.")
        .aliases(&["CancelTimeoutMSec"])
        .validation(Validation::Range(0, i32::MAX))
        .details("60000 by default; 0 means no limit.");

const IDLE_TIMEOUT: Param<i32> =
    parameter("IdleTimeout", "How many milliseconds a server keeps an idle session.")
        .aliases(&["IdleTimeoutMSec"])
        .validation(Validation::Range(-1, i32::MAX))
        .details("-1, the default, leaves it to the server. An existing session keeps its own.");

const PROXY_ACCESS_TYPE: Param<ProxyAccessType> = parameter("ProxyAccessType", "Where to look for a proxy.")
    .details("None, IEConfig, WinHttpConfig, AutoDetect or NoProxyServer.");

const PROXY_AUTHENTICATION: Param<Authentication> =
    parameter("ProxyAuthentication", "Authentication mechanism for the proxy.")
        .details("Basic, Negotiate or Digest; Negotiate by default.");

const PROXY_CREDENTIAL: Param<UserName> = parameter("ProxyCredential", "User name for the proxy.")
    .details("A user name, never a password. It requires a -ProxyAccessType.");

const SKIP_CA_CHECK: Param<bool> = parameter("SkipCACheck", "Trust any certificate authority.")
    .details("Anyone can then impersonate the server.");

const SKIP_CN_CHECK: Param<bool> = parameter("SkipCNCheck", "Accept a certificate issued to another name.")
    .details("Anyone with a trusted certificate can then impersonate the server.");

const SKIP_REVOCATION_CHECK: Param<bool> =
    parameter("SkipRevocationCheck", "Do not check whether a certificate is revoked.");

const OPERATION_TIMEOUT: Param<i32> = parameter("OperationTimeout", "Milliseconds to wait for an operation.")
    .aliases(&["OperationTimeoutMSec"])
    .validation(Validation::Range(0, i32::MAX))
    .details("180000 by default; 0 means no limit.");

const NO_ENCRYPTION: Param<bool> = parameter("NoEncryption", "Do not encrypt messages over plain HTTP.")
    .details("Anyone on the network path can then read the traffic.");

const USE_UTF16: Param<bool> = parameter("UseUTF16", "Encode requests in UTF-16 instead of UTF-8.");

const INCLUDE_PORT_IN_SPN: Param<bool> =
    parameter("IncludePortInSPN", "Include the port in the Kerberos service principal name.");

/// The object of a bound command line.
///
/// # Errors
/// A mechanism that proxies are not logged in to with, or a user for a proxy without a proxy.
pub fn option(bound: &Bound) -> Result<PSSessionOption, BindError> {
    let refusal = |reason| BindError::InvalidSessionOption { reason };
    let mut made = PSSessionOption::default();
    for parameter in TABLE.rows.iter().map(|row| row.parameter) {
        if let (Some(property), Some(text)) = (option::property(parameter.name), bound.text(parameter)) {
            (property.set)(&mut made, Some(text)).map_err(refusal)?;
        }
    }
    option::check(&made).map_err(refusal)?;
    Ok(made)
}

#[cfg(test)]
mod tests;
