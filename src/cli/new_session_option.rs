//! New-PSSessionOption on the command line: its table, and the object it makes.

use super::bind::Bound;
use super::bind_error::BindError;
use super::option;
use super::parameter::Membership::Optional as O;
use super::parameter::{Example, Kind, Parameter, Row, Table, Validation, parameter};
use pssession::access::Authentication;
use pssession::cmdlet::Cmdlet;
use pssession::session_option::PSSessionOption;
use std::time::Duration;

/// The command line of New-PSSessionOption.
#[rustfmt::skip]
pub static TABLE: Table = Table {
    cmdlet: Cmdlet::NewPSSessionOption,
    // PowerShell has none either.
    alias: "",
    synopsis: "Makes a value for -SessionOption.",
    description: DESCRIPTION,
    sets: &["__AllParameterSets"],
    default_set: 0,
    rows: &[
        Row { parameter: &MAXIMUM_REDIRECTION,                    sets: &[O] },
        Row { parameter: &NO_COMPRESSION,                         sets: &[O] },
        Row { parameter: &NO_MACHINE_PROFILE,                     sets: &[O] },
        Row { parameter: &CULTURE,                                sets: &[O] },
        Row { parameter: &UI_CULTURE,                             sets: &[O] },
        Row { parameter: &MAXIMUM_RECEIVED_DATA_SIZE_PER_COMMAND, sets: &[O] },
        Row { parameter: &MAXIMUM_RECEIVED_OBJECT_SIZE,           sets: &[O] },
        Row { parameter: &OUTPUT_BUFFERING_MODE,                  sets: &[O] },
        Row { parameter: &MAX_CONNECTION_RETRY_COUNT,             sets: &[O] },
        Row { parameter: &APPLICATION_ARGUMENTS,                  sets: &[O] },
        Row { parameter: &OPEN_TIMEOUT,                           sets: &[O] },
        Row { parameter: &CANCEL_TIMEOUT,                         sets: &[O] },
        Row { parameter: &IDLE_TIMEOUT,                           sets: &[O] },
        Row { parameter: &PROXY_ACCESS_TYPE,                      sets: &[O] },
        Row { parameter: &PROXY_AUTHENTICATION,                   sets: &[O] },
        Row { parameter: &PROXY_CREDENTIAL,                       sets: &[O] },
        Row { parameter: &SKIP_CA_CHECK,                          sets: &[O] },
        Row { parameter: &SKIP_CN_CHECK,                          sets: &[O] },
        Row { parameter: &SKIP_REVOCATION_CHECK,                  sets: &[O] },
        Row { parameter: &OPERATION_TIMEOUT,                      sets: &[O] },
        Row { parameter: &NO_ENCRYPTION,                          sets: &[O] },
        Row { parameter: &USE_UTF16,                              sets: &[O] },
        Row { parameter: &INCLUDE_PORT_IN_SPN,                    sets: &[O] },
    ],
    should_process: false,
    examples: &EXAMPLES,
};

const DESCRIPTION: &str = "\
Checks the options and writes them on one line that -SessionOption takes, or as JSON, which it takes as well. Only \
what differs from the defaults is written. No computer is asked.";

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
        explanation: "Keeps the options in a file, for -SessionOption @options.json.",
    },
];

const MAXIMUM_REDIRECTION: Parameter = Parameter {
    details: "5 by default; a negative number sets no limit. It counts only where -AllowRedirection is given.",
    ..parameter("MaximumRedirection", Kind::Int32, "How many redirections are followed.")
};

const NO_COMPRESSION: Parameter = Parameter {
    details: NEW_SESSIONS,
    ..parameter("NoCompression", Kind::Switch, "Do not compress what is sent.")
};

const NO_MACHINE_PROFILE: Parameter = Parameter {
    details: NEW_SESSIONS,
    ..parameter("NoMachineProfile", Kind::Switch, "Do not load the user's profile at the server.")
};

const CULTURE: Parameter = Parameter {
    validation: Validation::NotNullOrEmpty,
    details: NEW_SESSIONS,
    ..parameter("Culture", Kind::CultureInfo, "Culture of the session, such as en-US.")
};

const UI_CULTURE: Parameter = Parameter {
    validation: Validation::NotNullOrEmpty,
    details: NEW_SESSIONS,
    ..parameter("UICulture", Kind::CultureInfo, "Culture of the session's messages.")
};

const NEW_SESSIONS: &str = "It matters when a session is made; one that exists keeps what it has.";

const MAXIMUM_RECEIVED_DATA_SIZE_PER_COMMAND: Parameter = Parameter {
    validation: Validation::Range(0, i32::MAX),
    details: "Without it there is no limit. 64kb, 50mb and the like may be written.",
    ..parameter("MaximumReceivedDataSizePerCommand", Kind::Int32, "Bytes that one command may send back.")
};

const MAXIMUM_RECEIVED_OBJECT_SIZE: Parameter = Parameter {
    validation: Validation::Range(0, i32::MAX),
    details: "200mb by default.",
    ..parameter("MaximumReceivedObjectSize", Kind::Int32, "Bytes of one object from the server.")
};

const OUTPUT_BUFFERING_MODE: Parameter = Parameter {
    details: "Block: what runs waits when the buffer is full. Drop: it goes on, and the oldest output is lost. None: \
              as the server is configured.",
    ..parameter(
        "OutputBufferingMode",
        Kind::OutputBufferingMode,
        "What becomes of output while nobody is connected.",
    )
};

const MAX_CONNECTION_RETRY_COUNT: Parameter = Parameter {
    validation: Validation::Range(0, i32::MAX),
    // Windows PowerShell 5.1 writes 0 when it is not given, against its help.
    details: "5 by default. It matters when a session is made.",
    ..parameter("MaxConnectionRetryCount", Kind::Int32, "How often a connection is tried again.")
};

const APPLICATION_ARGUMENTS: Parameter = Parameter {
    details: "A hash table. It matters only to a session that is being made, and is not part of what is written.",
    ..parameter("ApplicationArguments", Kind::Dictionary, "Accepted, without effect.")
};

const OPEN_TIMEOUT: Parameter = Parameter {
    aliases: &["OpenTimeoutMSec"],
    validation: Validation::Range(0, i32::MAX),
    details: "180000 by default; 0 waits for ever.",
    ..parameter("OpenTimeout", Kind::Int32, "Milliseconds to wait for a connection.")
};

const CANCEL_TIMEOUT: Parameter = Parameter {
    aliases: &["CancelTimeoutMSec"],
    validation: Validation::Range(0, i32::MAX),
    details: "60000 by default; 0 waits for ever.",
    ..parameter("CancelTimeout", Kind::Int32, "Milliseconds to wait for an operation to stop.")
};

const IDLE_TIMEOUT: Parameter = Parameter {
    aliases: &["IdleTimeoutMSec"],
    validation: Validation::Range(-1, i32::MAX),
    details: "-1, the default, leaves it to the server. A session that exists keeps its own.",
    ..parameter("IdleTimeout", Kind::Int32, "Milliseconds that a server keeps an idle session.")
};

const PROXY_ACCESS_TYPE: Parameter = Parameter {
    details: "None, IEConfig, WinHttpConfig, AutoDetect or NoProxyServer.",
    ..parameter("ProxyAccessType", Kind::ProxyAccessType, "Where a proxy is looked for.")
};

const PROXY_AUTHENTICATION: Parameter = Parameter {
    details: "Basic, Negotiate or Digest; Negotiate by default.",
    ..parameter("ProxyAuthentication", Kind::Authentication, "Mechanism of authentication at the proxy.")
};

const PROXY_CREDENTIAL: Parameter = Parameter {
    details: "A user name, never a password. It wants a -ProxyAccessType.",
    ..parameter("ProxyCredential", Kind::Credential, "User to be at the proxy.")
};

const SKIP_CA_CHECK: Parameter = Parameter {
    details: "Anybody can pass for the server then.",
    ..parameter("SkipCACheck", Kind::Switch, "Believe any certificate authority.")
};

const SKIP_CN_CHECK: Parameter = Parameter {
    details: "Whoever has a certificate can pass for the server then.",
    ..parameter("SkipCNCheck", Kind::Switch, "Believe a certificate of any other name.")
};

const SKIP_REVOCATION_CHECK: Parameter =
    parameter("SkipRevocationCheck", Kind::Switch, "Do not ask whether a certificate is revoked.");

const OPERATION_TIMEOUT: Parameter = Parameter {
    aliases: &["OperationTimeoutMSec"],
    validation: Validation::Range(0, i32::MAX),
    details: "180000 by default; 0 waits for ever.",
    ..parameter("OperationTimeout", Kind::Int32, "Milliseconds to wait for an operation.")
};

const NO_ENCRYPTION: Parameter = Parameter {
    details: "Everybody on the way can read along then.",
    ..parameter("NoEncryption", Kind::Switch, "Do not seal what is sent over plain HTTP.")
};

const USE_UTF16: Parameter =
    parameter("UseUTF16", Kind::Switch, "Write requests in UTF-16 instead of UTF-8.");

const INCLUDE_PORT_IN_SPN: Parameter =
    parameter("IncludePortInSPN", Kind::Switch, "Put the port into the service principal name of Kerberos.");

/// The object of a bound command line.
///
/// # Errors
/// A mechanism that proxies are not logged in to with, or a user for a proxy without a proxy.
pub fn option(bound: &Bound) -> Result<PSSessionOption, BindError> {
    let default = PSSessionOption::default();
    // The ranges of the parameters leave only the negative numbers that stand for none.
    let natural = |name: &str| bound.int32(name).map(|number| u32::try_from(number).ok());
    let time = |name: &str| natural(name).map(|time| time.map(|time| Duration::from_millis(time.into())));
    let limit = |name: &str, default| time(name).map_or(default, |time| time.filter(|time| !time.is_zero()));
    let mechanism = bound.mechanism("ProxyAuthentication").unwrap_or(Authentication::Negotiate);
    let option = PSSessionOption {
        maximum_connection_redirection_count: natural("MaximumRedirection")
            .unwrap_or(default.maximum_connection_redirection_count),
        no_compression: bound.switch("NoCompression"),
        no_machine_profile: bound.switch("NoMachineProfile"),
        culture: bound.string("Culture"),
        ui_culture: bound.string("UICulture"),
        maximum_received_data_size_per_command: natural("MaximumReceivedDataSizePerCommand").flatten(),
        maximum_received_object_size: natural("MaximumReceivedObjectSize")
            .unwrap_or(default.maximum_received_object_size),
        output_buffering_mode: bound.output_buffering_mode().unwrap_or_default(),
        max_connection_retry_count: natural("MaxConnectionRetryCount")
            .flatten()
            .unwrap_or(default.max_connection_retry_count),
        open_timeout: limit("OpenTimeout", default.open_timeout),
        cancel_timeout: limit("CancelTimeout", default.cancel_timeout),
        idle_timeout: time("IdleTimeout").flatten(),
        operation_timeout: limit("OperationTimeout", default.operation_timeout),
        proxy_access_type: bound.proxy_access_type(),
        proxy_authentication: option::proxy_authentication_of(mechanism)
            .map_err(|reason| BindError::InvalidSessionOption { reason })?,
        proxy_credential: bound.string("ProxyCredential"),
        skip_ca_check: bound.switch("SkipCACheck"),
        skip_cn_check: bound.switch("SkipCNCheck"),
        skip_revocation_check: bound.switch("SkipRevocationCheck"),
        no_encryption: bound.switch("NoEncryption"),
        use_utf16: bound.switch("UseUTF16"),
        include_port_in_spn: bound.switch("IncludePortInSPN"),
    };
    option::check(&option).map_err(|reason| BindError::InvalidSessionOption { reason })?;
    Ok(option)
}

#[cfg(test)]
mod tests;
