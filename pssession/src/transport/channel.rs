//! The way to one computer: a connection, and another when the first is lost.
//!
//! A [`Channel`] takes SOAP text and gives SOAP text back. It connects when the first request comes. When the server has
//! forgotten the login, it connects and authenticates again, once, and repeats the request: a request that met a
//! forgotten login was not carried out. Whether a request whose answer got lost may be repeated is not for the channel
//! to say.

use super::choice::Choice;
use super::connection::Connection;
use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::error::Error;
use super::proxy::Proxies;
use super::ticket::KerberosUser;
use super::tls::Trust;
use crate::access::Authentication;
use crate::access::TrustedHosts;
use crate::auth::{CERTIFICATE, KeptCredential, Scheme};
use std::sync::Arc;
use std::time::Duration;

/// What all connections of one command have in common.
pub(crate) struct Profile {
    pub authentication: Authentication,
    pub credential: Option<KeptCredential>,
    pub trust: Trust,
    pub trusted_hosts: TrustedHosts,
    pub proxies: Proxies,
    pub encoding: Encoding,
    /// Risk: bodies go in the clear over plain HTTP.
    pub no_encryption: bool,
    pub include_port_in_spn: bool,
    /// Whether logins are tied to the TLS channel they run in.
    pub channel_binding: bool,
    /// The only service principal name to ask a Kerberos ticket for.
    pub spn: Option<String>,
    /// NTLM is never used.
    pub no_ntlm: bool,
    /// Starts empty.
    pub kerberos_user: KerberosUser,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long the answer to one request may take, the operation timeout told to the service not included.
    pub answer_timeout: Duration,
}

impl Profile {
    /// How connections authenticate: where there is a client certificate, by that and nothing else.
    pub(crate) fn scheme(&self) -> &'static Scheme {
        if self.trust.shows_certificate() { &CERTIFICATE } else { self.authentication.scheme() }
    }
}

/// The way to one computer.
pub(crate) struct Channel {
    profile: Arc<Profile>,
    endpoint: Endpoint,
    connection: Option<Connection>,
    /// Whether the first request may ride in the last leg of the login. A security context is ready as soon as this
    /// side has made its last token, so waiting for the server's word first would only cost a round trip. A server
    /// that does not take it is asked the plain way from then on.
    rides: bool,
}

impl Channel {
    pub(crate) fn new(profile: Arc<Profile>, endpoint: Endpoint) -> Channel {
        Channel { profile, endpoint, connection: None, rides: true }
    }

    /// The way to another endpoint, in the same manner.
    pub(crate) fn leading_to(&self, endpoint: Endpoint) -> Channel {
        Channel::new(self.profile.clone(), endpoint)
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Decides how to log on, where that is still to be done. Sends nothing, but a KDC may be asked. What stands in the
    /// way is for the first request to say.
    pub(crate) async fn choose(&mut self) -> Option<Choice> {
        if self.connection.is_none() {
            self.connection = Connection::open(&self.profile, &self.endpoint).ok();
        }
        self.connection.as_mut()?.choose().await
    }

    /// Posts an envelope and returns the answer's, a fault included.
    pub(crate) async fn post(&mut self, envelope: &str) -> Result<Vec<u8>, Error> {
        let mut second_login = false;
        loop {
            // Taken out while it is in use: what is left half-way, by an error or by being dropped, is not used again.
            let used = self.connection.as_ref().is_some_and(Connection::is_established);
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => Connection::open(&self.profile, &self.endpoint)?,
            };
            match connection.post(envelope, self.rides).await {
                Ok(answer) => {
                    self.connection = Some(connection);
                    return Ok(answer);
                }
                Err(Error::LoginLost { .. }) if used && !second_login => {
                    tracing::debug!(host = self.endpoint.host(), "The login was lost, authenticating again");
                    second_login = true;
                }
                Err(error @ Error::RideRefused { .. }) if self.rides => {
                    tracing::debug!(%error, "Authenticating again, without a request");
                    self.rides = false;
                }
                Err(error) => {
                    // Whatever cut a riding request off, the next one goes the plain way.
                    self.rides &= connection.is_established();
                    return Err(error);
                }
            }
        }
    }
}
