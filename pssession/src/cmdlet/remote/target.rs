//! The computers to ask.

use crate::cmdlet::connection::{self, ComputerName, ConnectionUri};
use crate::error::{Cmdlet, ErrorRecord};
use crate::transport::Endpoint;
use std::num::NonZeroU16;

/// A computer that is to be asked.
pub(super) struct Target {
    /// The computer as its sessions show it.
    pub shown: String,
    pub endpoint: Endpoint,
}

impl Target {
    pub(super) fn of_computers(
        names: &[ComputerName],
        endpoint: &connection::Endpoint,
        cmdlet: Cmdlet,
    ) -> Result<Vec<Target>, ErrorRecord> {
        let target = |name: &ComputerName| {
            let port = endpoint.port.map(NonZeroU16::get);
            let application =
                endpoint.application_name.as_deref().filter(|application| !application.is_empty());
            let endpoint = Endpoint::of_computer(name.host(), port, endpoint.use_ssl, application);
            endpoint.map(|endpoint| Target { shown: name.shown().to_owned(), endpoint })
        };
        let targets: Result<_, _> = names.iter().map(target).collect();
        targets.map_err(|bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidComputerName", None))
    }

    pub(super) fn of_uris(uris: &[ConnectionUri], cmdlet: Cmdlet) -> Result<Vec<Target>, ErrorRecord> {
        let target = |uri: &ConnectionUri| {
            let endpoint = Endpoint::of_uri(&uri.to_string());
            endpoint.map(|endpoint| Target { shown: uri.host().to_owned(), endpoint })
        };
        let targets: Result<_, _> = uris.iter().map(target).collect();
        targets.map_err(|bad| cmdlet.own(format!("{bad}."), "PSSessionInvalidUri", None))
    }
}
