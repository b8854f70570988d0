//! The settings of a cmdlet besides its request.

use super::selection::SessionReference;
use super::selector::NameSelector;
use crate::access::Policy;
use crate::error::ErrorRecord;
use crate::pipeline::PSObject;
use crate::pipeline::host::Host;
use crate::secret::Secret;
use std::path::PathBuf;

/// The settings of a cmdlet besides its request.
pub struct Settings {
    /// Directory of the session store.
    pub store: PathBuf,
    /// The password that goes with the user name of the session option's ProxyCredential.
    pub proxy_password: Option<Secret>,
    /// The network policy and time limits.
    pub policy: Policy,
    /// The source of [`Input::StandardInput`](super::selection::Input::StandardInput).
    pub lines: Option<Lines>,
    /// What scripts see of the user's terminal, and can ask questions at.
    pub host: Host,
    /// Whether to ask a server what runs in a session where a command of ours sends nothing for long: someone is there to
    /// see the wait.
    pub explains_waits: bool,
    /// The input of a command.
    pub objects: Option<Objects>,
    /// Whether names on standard input are patterns.
    pub wildcards: bool,
}

impl Settings {
    /// A name on standard input, which is literal unless the user says otherwise.
    pub(super) fn piped_name(&self, name: String) -> NameSelector {
        match self.wildcards {
            true => NameSelector::of(&name),
            false => NameSelector::literal(name),
        }
    }
}

/// The sessions that standard input names, and an error for each item that names none. Read on a thread that may wait.
pub type Lines = Box<dyn Iterator<Item = Result<SessionReference, ErrorRecord>> + Send + Sync>;

/// The objects that a command is given as its input, and an error for each item that is none. Read on a thread that may
/// wait.
pub type Objects = Box<dyn Iterator<Item = Result<PSObject, ErrorRecord>> + Send + Sync>;
