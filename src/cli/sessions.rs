//! The parameters that select sessions, which the session cmdlets share.
//!
//! A cmdlet that says more or less than these has its own, made from them.

use super::convert::parameter;
use super::parameter::{Param, Pipeline, Validation};
use pssession::cmdlet::selection::{Input, SessionReference};
use uuid::Uuid;

pub const NAME: Param<Input<String>> = parameter("Name", "Names of the sessions.")
    .validation(Validation::NotNullOrEmpty)
    .pipeline(Pipeline::ByPropertyName)
    .standard_input(true)
    // Windows' help pages say that some of the cmdlets take no wildcards; they all do.
    .details(
        "Wildcards (*, ?, [a-c]) are allowed; letter case is ignored. A session with exactly this name takes \
         precedence over matches of the pattern. A name without wildcards that matches nothing is an error.",
    );

pub const SESSION: Param<Input<SessionReference>> = parameter("Session", "The sessions.")
    .validation(Validation::NotNullOrEmpty)
    .pipeline(Pipeline::ByValueAndPropertyName)
    .standard_input(true)
    .details("Each session is given as an Id, an InstanceId or a name.");

pub const INSTANCE_ID: Param<Input<Uuid>> = parameter("InstanceId", "InstanceIds of the sessions.")
    .validation(Validation::NotNull)
    .pipeline(Pipeline::ByPropertyName)
    .standard_input(true)
    .details("An InstanceId is a GUID that identifies the session on any computer.");

pub const ID: Param<Input<i32>> = parameter("Id", "Ids of the sessions.")
    .validation(Validation::NotNull)
    .pipeline(Pipeline::ByPropertyName)
    .standard_input(true)
    .details("Only known sessions have an Id: those that earlier commands of this user recorded here.");
