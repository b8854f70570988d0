//! Which sessions a command means: known ones, or ones on servers that are asked.

use super::connection::{ComputerName, Connection, ConnectionUri, Endpoint};
use super::wildcard::is_same_name;
use uuid::Uuid;

/// The sessions of a command that may mean either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Known ones, without asking a server which there are.
    Known(Known),
    /// Sessions on servers, which are asked.
    Remote(Box<Remote>),
}

/// Sessions that earlier commands of this user left in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Every one.
    All,
    /// By name, or else by the name as a wildcard pattern.
    Names(Input<String>),
    /// Each named in its own way.
    Sessions(Input<SessionReference>),
    /// By GUID.
    InstanceIds(Input<Uuid>),
    /// By local number.
    Ids(Input<i32>),
    /// By the computer they are on; each name is a wildcard pattern.
    ComputerNames(Input<String>),
}

/// Sessions on servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Where to look.
    pub servers: Servers,
    /// Which sessions there.
    pub filter: Filter,
    /// How to reach the servers.
    pub connection: Connection,
}

/// The servers to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Servers {
    /// By name or address.
    ComputerNames {
        /// One or more.
        computer_names: Vec<ComputerName>,
        /// What else makes up the URL of each.
        endpoint: Endpoint,
    },
    /// By the URL of the service.
    ConnectionUris {
        /// One or more.
        connection_uris: Vec<ConnectionUri>,
        /// Whether redirections are followed.
        allow_redirection: bool,
    },
}

impl Servers {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Servers::ComputerNames { computer_names, .. } => computer_names.len(),
            Servers::ConnectionUris { connection_uris, .. } => connection_uris.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any of them can be reached over HTTPS; a redirection may lead there.
    pub fn may_use_ssl(&self) -> bool {
        match self {
            Servers::ComputerNames { endpoint, .. } => endpoint.use_ssl,
            Servers::ConnectionUris { connection_uris, allow_redirection } => {
                *allow_redirection || connection_uris.iter().any(ConnectionUri::use_ssl)
            }
        }
    }
}

/// Which of a server's sessions are selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every one.
    All,
    /// By name, or else by the name as a wildcard pattern.
    Names(Input<String>),
    /// By GUID.
    InstanceIds(Input<Uuid>),
}

impl Known {
    /// Whether more than one is named; a pattern is taken for the name that it most often is.
    pub(super) fn may_be_several(&self) -> bool {
        match self {
            Known::All => true,
            Known::Names(input) | Known::ComputerNames(input) => input.may_be_several(),
            Known::Sessions(input) => input.may_be_several(),
            Known::InstanceIds(input) => input.may_be_several(),
            Known::Ids(input) => input.may_be_several(),
        }
    }

    /// Whether standard input selects them.
    pub fn is_piped(&self) -> bool {
        match self {
            Known::All => false,
            Known::Names(input) | Known::ComputerNames(input) => *input == Input::StandardInput,
            Known::Sessions(input) => *input == Input::StandardInput,
            Known::InstanceIds(input) => *input == Input::StandardInput,
            Known::Ids(input) => *input == Input::StandardInput,
        }
    }
}

/// Where the values of a selecting parameter come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input<T> {
    /// The command line; never empty.
    Given(Vec<T>),
    /// Standard input, one per line, which replaces PowerShell's pipeline.
    StandardInput,
}

impl<T> Input<T> {
    fn may_be_several(&self) -> bool {
        match self {
            Input::Given(values) => values.len() > 1,
            Input::StandardInput => true,
        }
    }
}

/// One way to name a session, where PowerShell would have the PSSession object itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionReference {
    /// By local number.
    Id(i32),
    /// By GUID.
    InstanceId(Uuid),
    /// By name.
    Name(String),
    /// A whole record of another command's, whose properties bind by name.
    Record(SessionRecord),
}

/// The fields of a session's record that select it. At least one of `id`, `instance_id` and `name` is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionRecord {
    /// Its local number.
    pub id: Option<i32>,
    /// Its GUID.
    pub instance_id: Option<Uuid>,
    /// Never empty.
    pub name: Option<String>,
    /// The computer it is on.
    pub computer_name: Option<String>,
    /// The URL under which it is reached.
    pub connection_uri: Option<String>,
}

impl SessionRecord {
    /// Whether the session can be where the record says. A server chooses the InstanceIds and names that it lists, and
    /// one could name the session of another that way.
    pub(super) fn is_at(&self, computer_name: &str, connection_uri: &str) -> bool {
        let places = [(&self.computer_name, computer_name), (&self.connection_uri, connection_uri)];
        let mut said =
            places.iter().filter_map(|(said, known)| said.as_deref().map(|said| is_same_name(said, known)));
        said.clone().next().is_none() || said.any(|is_same| is_same)
    }
}
