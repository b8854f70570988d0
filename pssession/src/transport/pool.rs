//! The connections to one endpoint, shared by all who have something to ask there.
//!
//! A [`ConnectionPool`] takes SOAP text and gives SOAP text back. Each request has a connection to itself, lent by value:
//! one that is left half-way, by an error or by being dropped, is never used again. When the server has forgotten the
//! login of a connection, a new one is authenticated, once, and the request repeated: a request that met a forgotten
//! login was not carried out. Whether a request whose answer got lost may be repeated is decided elsewhere.

use super::choice::Choice;
use super::connection::{Connection, Post};
use super::endpoint::Endpoint;
use super::error::Error;
use super::lending::{Lending, Slot};
use super::profile::Profile;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::OnceCell;

/// As many as the sessions that are worked on at once unless -ThrottleLimit says otherwise.
const MOST_CONNECTIONS: usize = 32;

/// The connections to one endpoint under one profile. The first login goes alone, and when it is refused, so is
/// everything else that is asked: a wrong password is tried once.
pub(crate) struct ConnectionPool {
    profile: Arc<Profile>,
    endpoint: Endpoint,
    lending: Lending<Connection>,
    /// How the first connection logs on.
    choice: OnceCell<Option<Choice>>,
    /// Whether the first request may ride in the last leg of a login. A security context is ready as soon as this side
    /// has made its last token, so waiting for the server's word first would only cost a round trip. A server that does
    /// not take it is asked the plain way from then on.
    rides: AtomicBool,
}

impl ConnectionPool {
    pub(crate) fn new(profile: Arc<Profile>, endpoint: Endpoint) -> ConnectionPool {
        ConnectionPool {
            profile,
            endpoint,
            lending: Lending::new(MOST_CONNECTIONS),
            choice: OnceCell::new(),
            rides: AtomicBool::new(true),
        }
    }

    /// The connections to another endpoint, made in the same manner.
    pub(crate) fn leading_to(&self, endpoint: Endpoint) -> ConnectionPool {
        ConnectionPool::new(self.profile.clone(), endpoint)
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether the service gets the password itself.
    pub(crate) fn shows_password(&self) -> bool {
        self.profile.scheme().hands_over_password()
    }

    /// Whether nothing can be asked any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.lending.closed().is_some()
    }

    /// Decides how to log on, where that is still to be done. Sends nothing to the server, but a KDC may be asked. What
    /// prevents a login is for the first request to say.
    pub(crate) async fn choose(&self) -> Option<Choice> {
        if self.lending.is_accepted() || self.is_closed() {
            return None;
        }
        let choosing = || async {
            let mut connection = self.open().ok()?;
            let choice = connection.choose().await;
            self.lending.add(connection);
            choice
        };
        self.choice.get_or_init(choosing).await.clone()
    }

    /// Posts an envelope and returns the answer's, a fault included.
    #[cfg(test)]
    pub(crate) async fn post(&self, envelope: &str) -> Result<Vec<u8>, Error> {
        self.post_when_free(Post { envelope, is_once: false }, &AtomicBool::default()).await
    }

    /// Posts an envelope as soon as there is a connection for it, and returns the answer's, a fault included. Before
    /// `begun` is set nothing was sent, and the request can be withdrawn.
    pub(crate) async fn post_when_free(&self, post: Post<'_>, begun: &AtomicBool) -> Result<Vec<u8>, Error> {
        loop {
            let slot = self.lending.slot().await?;
            begun.store(true, Ordering::Relaxed);
            match self.exchange(&slot, post).await {
                Ok((connection, answer)) => {
                    slot.give_back(connection);
                    return Ok(answer);
                }
                // Nothing has been sent, and if no other connection can be made, the existing ones must suffice.
                Err(error) if error.is_unreachable() => slot.give_up(error)?,
                Err(error) if error.is_about_the_computer() => return Err(slot.close(error)),
                Err(error) => return Err(error),
            }
        }
    }

    async fn exchange(
        &self,
        slot: &Slot<'_, Connection>,
        post: Post<'_>,
    ) -> Result<(Connection, Vec<u8>), Error> {
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let mut was_used = connection.is_established();
        loop {
            let is_new = !connection.is_established();
            // What comes of one that rides may be an answer to the login.
            let rides = !post.is_once && self.rides.load(Ordering::Relaxed);
            let error = match connection.post(post, rides).await {
                Ok(answer) => return Ok((connection, answer)),
                Err(error) => error,
            };
            if was_used && matches!(error, Error::LoginLost { .. } | Error::Lost { .. }) {
                self.lending.drop_idle();
            }
            match error {
                Error::LoginLost { .. } if was_used => {
                    tracing::debug!(host = self.endpoint.host(), "The login was lost, authenticating again");
                    was_used = false;
                }
                Error::RideRefused { .. } if rides => {
                    tracing::debug!(%error, "Authenticating again, without a request");
                    self.rides.store(false, Ordering::Relaxed);
                }
                error => {
                    // Whatever cut a riding request off, the next one goes the plain way.
                    if is_new {
                        self.rides.store(false, Ordering::Relaxed);
                    }
                    return Err(match error {
                        // It was closed while it was being made.
                        Error::LoginLost { host } if !connection.is_established() => {
                            Error::Unreachable { host, reason: "the connection was closed".into() }
                        }
                        error => error,
                    });
                }
            }
            connection = self.open()?;
        }
    }

    fn open(&self) -> Result<Connection, Error> {
        Connection::open(&self.profile, &self.endpoint)
    }
}
