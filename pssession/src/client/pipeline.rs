//! A running command and its events.

use super::error::Error;
use crate::engine::LivePipeline;
use crate::pipeline::{PSObject, PipelineEvent};
use crate::psrp::clixml::Value;
use crate::secret::Secret;

/// A command running in a session.
///
/// The command keeps running when this is dropped; to stop it, call [`Pipeline::stop`] and read to the end.
pub struct Pipeline {
    live: LivePipeline,
    computer: String,
    session: String,
}

impl Pipeline {
    pub(super) fn new(live: LivePipeline, computer: String, session: String) -> Pipeline {
        Pipeline { live, computer, session }
    }

    /// The command's id, with which another client can attach to it: see [`Session::attach`](super::Session::attach).
    pub fn command_id(&self) -> &crate::record::CommandId {
        self.live.command_id()
    }

    /// The next event; `None` after the last. Events that were returned count as read, and are not returned again to
    /// this user's programs on this computer. Dropping the future loses no event.
    ///
    /// # Errors
    /// When the connection is lost for good, the server removes the session, or what was read cannot be recorded.
    pub async fn next(&mut self) -> Result<Option<PipelineEvent>, Error> {
        self.live.delivered(self.live.handed_out());
        self.live.next().await.map_err(|failure| self.error(&failure))
    }

    /// The text of a SecureString, from the output of this pipeline; the password of a PSCredential is its property
    /// `Password`. The first time, a key is exchanged with the server, for which the pipeline need not be read. `None` for
    /// what is no SecureString of this session.
    ///
    /// # Errors
    /// When the session is no longer there.
    pub async fn reveal(&self, object: &PSObject) -> Result<Option<Secret>, Error> {
        let Value::SecureString(secure) = object.0.base() else { return Ok(None) };
        let revealed = self.live.reveal(secure.clone()).await;
        revealed.map_err(|not_driven| self.error(&not_driven.into()))
    }

    /// Asks the command to stop. Its last event reports that it has.
    ///
    /// # Errors
    /// When the session is no longer there.
    pub async fn stop(&self) -> Result<(), Error> {
        self.live.stop().await.map_err(|not_driven| self.error(&not_driven.into()))
    }

    fn error(&self, failure: &crate::engine::Failure) -> Error {
        Error::session(&self.computer, &self.session, failure)
    }
}
