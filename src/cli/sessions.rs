//! Which sessions a command means: the parameters that the session cmdlets share, and the selection they make.
//!
//! A cmdlet that says more or less than these has its own, made from them.

use super::bind::Bound;
use super::bind_error::BindError;
use super::credential::connection;
use super::environment::Environment;
use super::parameter::{Kind, Parameter, Pipeline, Validation, parameter};
use super::target;
use pssession::cmdlet::selection::{Input, Known, Selection};

pub const NAME: Parameter = Parameter {
    validation: Validation::NotNullOrEmpty,
    pipeline: Pipeline::ByPropertyName,
    standard_input: true,
    // Windows' help pages say that some of the cmdlets take no wildcards; they all do.
    details: "Wildcards (*, ?, [a-c]) are allowed, letter case does not matter. A name without a wildcard that \
              matches nothing is an error.",
    ..parameter("Name", Kind::Strings, "Names of the sessions.")
};

pub const SESSION: Parameter = Parameter {
    validation: Validation::NotNullOrEmpty,
    pipeline: Pipeline::ByValueAndPropertyName,
    standard_input: true,
    details: "Each is told by its Id, its InstanceId or its name.",
    ..parameter("Session", Kind::Sessions, "The sessions.")
};

pub const INSTANCE_ID: Parameter = Parameter {
    validation: Validation::NotNull,
    pipeline: Pipeline::ByPropertyName,
    standard_input: true,
    details: "An InstanceId is a GUID; it names a session on every computer.",
    ..parameter("InstanceId", Kind::Guids, "InstanceIds of the sessions.")
};

pub const ID: Parameter = Parameter {
    validation: Validation::NotNull,
    pipeline: Pipeline::ByPropertyName,
    standard_input: true,
    details: "An Id is good for sessions only that an earlier command of this user has shown.",
    ..parameter("Id", Kind::Int32s, "Ids of the sessions.")
};

/// The sessions of a cmdlet that finds them on servers, where a server is named, and else among the known ones.
///
/// # Errors
/// A computer name or connection URI that cannot be one. PowerShell finds that when the cmdlet runs; nothing has
/// been contacted then either.
pub fn selection(bound: &Bound, environment: &Environment) -> Result<Selection, BindError> {
    let names_servers = ["ComputerName", "ConnectionUri"].iter().any(|name| !bound.strings(name).is_empty());
    Ok(match names_servers {
        true => Selection::Remote(Box::new(target::remote(bound, environment)?)),
        false => Selection::Known(known(bound, environment)),
    })
}

/// The known sessions of a bound command line, in the sets that name no server.
pub fn known(bound: &Bound, environment: &Environment) -> Known {
    // Binding has seen to it that what is mandatory in the set is there; this is for the type only.
    fn bound_in_set<T>(input: Option<Input<T>>) -> Input<T> {
        input.unwrap_or(Input::Given(Vec::new()))
    }
    match bound.set() {
        "Session" => Known::Sessions {
            sessions: bound_in_set(bound.sessions()),
            connection: Box::new(connection(bound, environment)),
        },
        "InstanceId" => Known::InstanceIds(bound_in_set(bound.instance_ids())),
        "Id" => Known::Ids(bound_in_set(bound.ids())),
        "ComputerName" => Known::ComputerNames(bound_in_set(bound.texts("ComputerName"))),
        _ => bound.names().map_or(Known::All, Known::Names),
    }
}
