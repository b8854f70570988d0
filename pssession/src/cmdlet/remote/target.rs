//! The computers to ask.

use crate::cmdlet::selection::Servers;
use crate::transport::Endpoint;

/// A computer that is to be asked.
pub(super) struct Target {
    /// The computer as its sessions show it.
    pub shown: String,
    pub endpoint: Endpoint,
}

impl Target {
    pub(super) fn all(servers: &Servers) -> Vec<Target> {
        match servers {
            Servers::ComputerNames { computer_names, endpoint } => computer_names
                .iter()
                .map(|name| Target { shown: name.shown().to_owned(), endpoint: name.at(endpoint) })
                .collect(),
            Servers::ConnectionUris { connection_uris, .. } => connection_uris
                .iter()
                .map(|uri| Target { shown: uri.host(), endpoint: uri.endpoint() })
                .collect(),
        }
    }
}
