//! The settings of a client.

use crate::access::{Access, Authentication, Policy, User};
use crate::secret::Secret;
use crate::session_option::PSSessionOption;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a new [`Client`](super::Client).
#[derive(Debug, Clone, Default)]
pub struct ClientBuilder {
    pub(super) access: Access,
    pub(super) policy: Policy,
    pub(super) password: Option<Secret>,
    pub(super) port: Option<u16>,
    pub(super) tls: bool,
    pub(super) trusted_hosts: Vec<String>,
    pub(super) store: Option<PathBuf>,
}

impl ClientBuilder {
    /// Logs on as this user: `User01`, `DOMAIN\User01` or `user@domain`. Without one, the client logs on with the
    /// user's Kerberos tickets.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<Secret>) -> ClientBuilder {
        self.access.user = User::Named(name.into());
        self.password = Some(password.into());
        self
    }

    /// Logs on by this mechanism; the default is Negotiate.
    pub fn authentication(mut self, authentication: Authentication) -> ClientBuilder {
        self.access.authentication = authentication;
        self
    }

    /// Uses HTTPS, on port 5986 unless [`ClientBuilder::port`] names another, for computers that are given by name.
    pub fn tls(mut self) -> ClientBuilder {
        self.tls = true;
        self
    }

    /// The port of computers that are given by name; 5985 or 5986 by default.
    pub fn port(mut self, port: u16) -> ClientBuilder {
        self.port = Some(port);
        self
    }

    /// Trusts the certificates in this PEM file instead of the system's authorities.
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> ClientBuilder {
        self.access.anchors.ca_file = Some(file.into());
        self.policy.anchors.ca_file.clone_from(&self.access.anchors.ca_file);
        self
    }

    /// Allows NTLM with this host over plain HTTP, where nothing proves who the server is. Patterns such as
    /// `*.example.com` are allowed; this computer needs none.
    pub fn trusted_host(mut self, host: impl Into<String>) -> ClientBuilder {
        self.trusted_hosts.push(host.into());
        self
    }

    /// How long to wait for a connection, and for an answer.
    pub fn timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.policy.timeout = Some(timeout);
        self
    }

    /// How long to try to reconnect to a session when its connection is lost: 4 minutes by default, and zero for not at
    /// all.
    pub fn reconnect_for(mut self, time: Duration) -> ClientBuilder {
        self.policy.reconnect_for = time;
        self
    }

    /// The options of PowerShell's New-PSSessionOption.
    pub fn session_option(mut self, option: PSSessionOption) -> ClientBuilder {
        self.access.session_option = option;
        self
    }

    /// The directory that records sessions for later processes; by default the one that the program `connect-pssession`
    /// uses.
    pub fn store(mut self, directory: impl Into<PathBuf>) -> ClientBuilder {
        self.store = Some(directory.into());
        self
    }
}
