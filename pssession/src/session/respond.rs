//! Answers to host calls, and the session key that some of them wait for (MS-PSRP 3.1.5.4.3).

use super::event::Event;
use super::failure::Failure;
use super::machine::{MAX_PAYLOAD, NotOpen, Session};
use crate::psrp::host::{HostError, HostResponse};
use crate::psrp::message::{MessageType, PipelineId};
use crate::psrp::runspace_pool::PoolEvent;
use crate::psrp::session_key::{KeyPair, SessionKey};
use std::mem;

impl<F: Failure> Session<F> {
    /// Answers a host call of a pipeline, or of the pool. An answer that holds a secret waits for the session key.
    ///
    /// # Errors
    /// Where the session is not open.
    pub(crate) fn respond(&mut self, to: Option<PipelineId>, response: HostResponse) -> Result<(), NotOpen> {
        self.check_open()?;
        let Some(data) = response.encode(self.pool.session_key()) else {
            self.waiting_responses.push_back((to, response));
            self.want_session_key();
            return Ok(());
        };
        match to {
            Some(id) => self.send(id, MessageType::PipelineHostResponse, &data),
            None => {
                let kind = MessageType::RunspacePoolHostResponse;
                self.pool_input.extend(self.pool.send(kind, None, &data, MAX_PAYLOAD));
                Ok(())
            }
        }
    }

    /// The key with which secure strings are encrypted. Where it is not known it is asked for, and
    /// [`Event::SessionKey`] says when it is there.
    ///
    /// # Errors
    /// Where it is not known and the session is not open.
    pub(crate) fn session_key(&mut self) -> Result<Option<&SessionKey>, NotOpen> {
        if self.pool.session_key().is_none() {
            self.check_open()?;
            self.want_session_key();
        }
        Ok(self.pool.session_key())
    }

    /// Keys are made where there are random numbers. A client without a need for them makes none: it takes a while.
    fn want_session_key(&mut self) {
        if !self.keys_wanted {
            self.keys_wanted = true;
            self.events.push_back(Event::KeysWanted);
        }
    }

    /// Takes the keys that [`Event::KeysWanted`] has asked for. Without them what waits is refused.
    pub(crate) fn exchange_keys(&mut self, keys: Option<KeyPair>) {
        match keys {
            Some(keys) => {
                self.pool_input.extend(self.pool.exchange_keys(keys, MAX_PAYLOAD));
                // The answer comes on the shell's stream.
                self.pool_due = None;
            }
            None => {
                self.keys_wanted = false;
                for (to, mut response) in mem::take(&mut self.waiting_responses) {
                    let message = "The client cannot encrypt the answer.".to_owned();
                    response.result = Err(HostError { message });
                    // A session that is not open needs no answer.
                    let _ = self.respond(to, response);
                }
            }
        }
    }

    /// Takes what came on the stream of the pool and is not about its state.
    pub(super) fn handle_pool_event(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::HostCall(call) => self.events.push_back(Event::HostCall(call)),
            PoolEvent::PublicKeyRequest => self.want_session_key(),
            PoolEvent::SessionKey => {
                self.events.push_back(Event::SessionKey);
                for (to, response) in mem::take(&mut self.waiting_responses) {
                    // A session that is not open needs no answer.
                    let _ = self.respond(to, response);
                }
            }
            PoolEvent::Opened | PoolEvent::ApplicationPrivateData | PoolEvent::Message(_) => {}
        }
    }
}
