//! Where a command goes: parameters that the remoting cmdlets share.

use super::bind_error::BindError;
use super::convert::parameter;
use super::environment::Environment;
use super::given::Given;
use super::parameter::{Param, Pipeline, Validation};
use pssession::cmdlet::connect::DEFAULT_THROTTLE_LIMIT;
use pssession::cmdlet::connection::{ComputerName, ConnectionUri, Endpoint, InvalidConnectionUri};
use pssession::cmdlet::selection::{Input, Servers};
use std::num::{NonZeroU16, NonZeroUsize};

pub const COMPUTER_NAME: Param<Input<String>> = parameter(
    "ComputerName",
    "The computers that hold the disconnected sessions.",
)
.aliases(&["Cn"])
.validation(Validation::NotNullOrEmpty)
.details(
    "NetBIOS names, IP addresses or fully qualified domain names; a dot means this computer. These are the \
     computers on which the sessions run, not those they were created from.",
);

pub const CONNECTION_URI: Param<Input<String>> = parameter(
    "ConnectionUri",
    "Full addresses of the computers that hold the sessions.",
)
.type_name("System.Uri[]")
.aliases(&["URI", "CU"])
.validation(Validation::NotNullOrEmpty)
.pipeline(Pipeline::ByPropertyName)
.details(
    "For example http://Server01:5985/wsman. Without a port, 80 is used for http and 443 for https; PowerShell \
              remoting listens on 5985 and 5986.",
);

pub const APPLICATION_NAME: Param<String> =
    parameter("ApplicationName", "Path of the service's address; wsman by default.")
        .pipeline(Pipeline::ByPropertyName)
        .details("It is only part of the address; sessions are not filtered by it.");

pub const CONFIGURATION_NAME: Param<String> =
    parameter("ConfigurationName", "Only sessions of this session configuration.")
        .pipeline(Pipeline::ByPropertyName)
        .details(
            "A configuration name, or a full resource URI; a plain name is appended to \
              http://schemas.microsoft.com/powershell/. Without it, sessions of every configuration are selected.",
        );

pub const PORT: Param<i32> = parameter("Port", "Port of the server; 5985 by default, 5986 with -UseSSL.")
    .validation(Validation::Range(1, 65535))
    .details("The port applies to every computer given.");

pub const USE_SSL: Param<bool> = parameter("UseSSL", "Connect over HTTPS.")
    .details("Without it, messages are encrypted by the authentication mechanism.");

pub const ALLOW_REDIRECTION: Param<bool> = parameter(
    "AllowRedirection",
    "Follow redirections to another address.",
)
.details(
    "At most five times, or as often as MaximumRedirection in -SessionOption allows. The credential is sent \
              along, so a redirection may only lead to the same computer and never from HTTPS to HTTP; with Basic \
              and Credssp, which give the server the password, it may not lead to another port either.",
);

pub const THROTTLE_LIMIT: Param<i32> =
    parameter("ThrottleLimit", "How many connections may be made at once; 32 by default.")
        .details("0 or less means the default.");

/// The servers of a command line that names some.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn servers(given: &Given, environment: &Environment) -> Result<Servers, BindError> {
    Ok(match given.get(&CONNECTION_URI) {
        Some(uris) => Servers::ConnectionUris {
            connection_uris: each(uris, connection_uri)?,
            allow_redirection: given.is_on(&ALLOW_REDIRECTION),
        },
        None => Servers::ComputerNames {
            computer_names: given
                .get(&COMPUTER_NAME)
                .map_or_else(|| Ok(Vec::new()), |names| each(names, computer_name))?,
            endpoint: endpoint(given, environment),
        },
    })
}

/// Neither addresses nor computer names come from standard input.
fn each<T>(input: Input<String>, parse: fn(String) -> Result<T, BindError>) -> Result<Vec<T>, BindError> {
    match input {
        Input::Given(texts) => texts.into_iter().map(parse).collect(),
        Input::StandardInput => Ok(Vec::new()),
    }
}

fn computer_name(name: String) -> Result<ComputerName, BindError> {
    ComputerName::parse(&name).map_err(|_| BindError::InvalidComputerName { name })
}

fn connection_uri(uri: String) -> Result<ConnectionUri, BindError> {
    ConnectionUri::parse(&uri).map_err(|error| match error {
        InvalidConnectionUri::Relative => BindError::RelativeUri,
        InvalidConnectionUri::Scheme(scheme) => BindError::InvalidSchemeValue { scheme },
        InvalidConnectionUri::Malformed => BindError::InvalidUri,
        InvalidConnectionUri::UserInfo => BindError::UriWithUserName,
    })
}

fn endpoint(given: &Given, environment: &Environment) -> Endpoint {
    let port = given.get(&PORT).and_then(|port| u16::try_from(port).ok());
    Endpoint {
        application_name: given.get_or(&APPLICATION_NAME, environment.application_name.as_ref()),
        port: port.and_then(NonZeroU16::new),
        use_ssl: given.is_on(&USE_SSL),
    }
}

pub fn throttle_limit(given: &Given) -> NonZeroUsize {
    let limit = given.get(&THROTTLE_LIMIT).and_then(|limit| usize::try_from(limit).ok());
    limit.and_then(NonZeroUsize::new).unwrap_or(DEFAULT_THROTTLE_LIMIT)
}
