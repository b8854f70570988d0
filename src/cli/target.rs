//! Where a command goes: parameters that the remoting cmdlets share.

use super::bind::Bound;
use super::bind_error::BindError;
use super::credential::{connection, given_or};
use super::environment::Environment;
use super::parameter::{Kind, Parameter, Pipeline, Validation, parameter};
use pssession::cmdlet::connect::DEFAULT_THROTTLE_LIMIT;
use pssession::cmdlet::connection::{ComputerName, ConnectionUri, Endpoint, InvalidConnectionUri};
use pssession::cmdlet::selection::{Filter, Remote, Servers};
use std::num::{NonZeroU16, NonZeroUsize};

pub const COMPUTER_NAME: Parameter = Parameter {
    aliases: &["Cn"],
    validation: Validation::NotNullOrEmpty,
    details: "NetBIOS names, IP addresses or fully qualified domain names; a dot is this computer. Sessions live on \
              the server side of a connection, so these are the computers that keep them.",
    ..parameter("ComputerName", Kind::Strings, "The computers that keep the disconnected sessions.")
};

pub const CONNECTION_URI: Parameter = Parameter {
    aliases: &["URI", "CU"],
    validation: Validation::NotNullOrEmpty,
    pipeline: Pipeline::ByPropertyName,
    details: "An address looks like http://Server01:5985/wsman. Without a port it is 80 for http and 443 for https; \
              PowerShell remoting listens on 5985 and 5986.",
    ..parameter("ConnectionUri", Kind::Uris, "Whole addresses of the computers that keep the sessions.")
};

pub const APPLICATION_NAME: Parameter = Parameter {
    pipeline: Pipeline::ByPropertyName,
    details: "It is part of the address only; sessions are not compared with it.",
    ..parameter("ApplicationName", Kind::String, "Path of the connection's address; wsman by default.")
};

pub const CONFIGURATION_NAME: Parameter = Parameter {
    pipeline: Pipeline::ByPropertyName,
    details: "A configuration name, or its whole resource URI; a name alone stands behind \
              http://schemas.microsoft.com/powershell/. Without it, the configuration does not matter.",
    ..parameter("ConfigurationName", Kind::String, "Only sessions of this session configuration.")
};

pub const PORT: Parameter = Parameter {
    validation: Validation::Range(1, 65535),
    details: "The port goes for every computer of the command.",
    ..parameter("Port", Kind::Int32, "Port of the server; 5985 by default, 5986 with -UseSSL.")
};

pub const USE_SSL: Parameter = Parameter {
    details: "Without it, messages are sealed by the authentication mechanism.",
    ..parameter("UseSSL", Kind::Switch, "Connect over HTTPS.")
};

pub const ALLOW_REDIRECTION: Parameter = Parameter {
    details: "At most five times, or as often as MaximumRedirection in -SessionOption says. It goes to the same \
              computer only and never from HTTPS to HTTP, since the credential goes along.",
    ..parameter("AllowRedirection", Kind::Switch, "Follow a server that sends the connection elsewhere.")
};

pub const THROTTLE_LIMIT: Parameter = Parameter {
    details: "0 and less mean the default.",
    ..parameter("ThrottleLimit", Kind::Int32, "How many connections may be made at once; 32 by default.")
};

/// The servers of a bound command line and which of their sessions are meant, in the sets that name some.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
pub fn remote(bound: &Bound, environment: &Environment) -> Result<Remote, BindError> {
    let servers = if bound.strings("ConnectionUri").is_empty() {
        Servers::ComputerNames {
            computer_names: computer_names(bound)?,
            endpoint: endpoint(bound, environment),
        }
    } else {
        Servers::ConnectionUris {
            connection_uris: connection_uris(bound)?,
            allow_redirection: bound.switch("AllowRedirection"),
        }
    };
    let filter = match (bound.instance_ids(), bound.names()) {
        (Some(instance_ids), _) => Filter::InstanceIds(instance_ids),
        (None, Some(names)) => Filter::Names(names),
        (None, None) => Filter::All,
    };
    Ok(Remote { servers, filter, connection: connection(bound, environment) })
}

fn computer_names(bound: &Bound) -> Result<Vec<ComputerName>, BindError> {
    let parse = |name: &String| {
        ComputerName::parse(name).map_err(|_| BindError::InvalidComputerName { name: name.clone() })
    };
    bound.strings("ComputerName").iter().map(parse).collect()
}

fn connection_uris(bound: &Bound) -> Result<Vec<ConnectionUri>, BindError> {
    let parse = |uri: &String| {
        ConnectionUri::parse(uri).map_err(|error| match error {
            InvalidConnectionUri::Relative => BindError::RelativeUri,
            InvalidConnectionUri::Scheme(scheme) => BindError::InvalidSchemeValue { scheme },
            InvalidConnectionUri::Malformed => BindError::InvalidUri,
            InvalidConnectionUri::UserInfo => BindError::UriWithUserName,
        })
    };
    bound.strings("ConnectionUri").iter().map(parse).collect()
}

fn endpoint(bound: &Bound, environment: &Environment) -> Endpoint {
    let port = bound.int32("Port").and_then(|port| u16::try_from(port).ok());
    Endpoint {
        application_name: given_or(bound, "ApplicationName", environment.application_name.as_ref()),
        port: port.and_then(NonZeroU16::new),
        use_ssl: bound.switch("UseSSL"),
    }
}

pub fn throttle_limit(bound: &Bound) -> NonZeroUsize {
    let limit = bound.int32("ThrottleLimit").and_then(|limit| usize::try_from(limit).ok());
    limit.and_then(NonZeroUsize::new).unwrap_or(DEFAULT_THROTTLE_LIMIT)
}
