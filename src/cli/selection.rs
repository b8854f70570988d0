//! The sessions that a command line selects.

use super::bind::Bound;
use super::bind_error::BindError;
use super::credential::connection;
use super::environment::Environment;
use super::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use super::target::{COMPUTER_NAME, CONNECTION_URI, servers};
use pssession::cmdlet::selection::{Filter, Input, Known, Remote, Selection};

/// The sessions of a cmdlet that finds them on servers, where a server is named, and else among the known ones.
///
/// # Errors
/// A computer name or connection URI that cannot be one. PowerShell finds that when the cmdlet runs; nothing has
/// been contacted then either.
pub fn selection(bound: &Bound, environment: &Environment) -> Result<Selection, BindError> {
    let names_servers = bound.has(&COMPUTER_NAME.parameter) || bound.has(&CONNECTION_URI.parameter);
    Ok(match names_servers {
        true => Selection::Remote(Box::new(remote(bound, environment)?)),
        false => Selection::Known(known(bound)),
    })
}

/// The known sessions of a bound command line, in the sets that name no server.
pub fn known(bound: &Bound) -> Known {
    if bound.set() == SESSION.parameter.name {
        // If none are given, they come from the pipeline.
        return Known::Sessions(bound.get(&SESSION).unwrap_or(Input::StandardInput));
    }
    let ids = bound.get(&ID).map(Known::Ids);
    let known = ids.or_else(|| bound.get(&INSTANCE_ID).map(Known::InstanceIds));
    let known = known.or_else(|| bound.get(&COMPUTER_NAME).map(Known::ComputerNames));
    known.or_else(|| bound.get(&NAME).map(Known::Names)).unwrap_or(Known::All)
}

/// The servers of a bound command line and which of their sessions are meant, in the sets that name some.
///
/// # Errors
/// A computer name or connection URI that cannot be one.
fn remote(bound: &Bound, environment: &Environment) -> Result<Remote, BindError> {
    let filter = match (bound.get(&INSTANCE_ID), bound.get(&NAME)) {
        (Some(instance_ids), _) => Filter::InstanceIds(instance_ids),
        (None, Some(names)) => Filter::Names(names),
        (None, None) => Filter::All,
    };
    Ok(Remote { servers: servers(bound, environment)?, filter, connection: connection(bound, environment)? })
}
