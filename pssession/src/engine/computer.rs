//! A computer's service: sends what an operation says, waits, and reads the answer back.

use super::blocking::blocking;
use super::endless::Endless;
use super::failure::Failure;
use super::redirect::{Redirection, Redirects, Route};
use crate::session::Failure as _;
use crate::session::retry::{self, Next};
use crate::session_option::PSSessionOption;
use crate::transcript;
use crate::transport::{Choice, ConnectionPool, Post};
use crate::wsman::{Header, Locale, MaxEnvelopeSize, MessageId, Operation, Sequence, SessionId, envelope};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A computer's WS-Management service. Clones share its connections, and what is known of it.
#[derive(Clone)]
pub(crate) struct Computer(Arc<Shared>);

struct Shared {
    /// This client, to this computer: no other one learns by which name sessions are held here.
    client: SessionId,
    operation_timeout: Duration,
    open_timeout: Duration,
    state: Mutex<State>,
}

struct State {
    pool: Arc<ConnectionPool>,
    route: Route,
    /// How it was to be logged on to last.
    choice: Option<Choice>,
    /// Where it sent its client, and the client did not go.
    not_followed: Option<Failure>,
}

/// Larger answers are read on a separate thread: this one keeps the time for all computers.
const LARGE: usize = 64 << 10;

impl Computer {
    /// Where it sends its client elsewhere, the client goes as far as `redirects` say.
    pub(crate) fn new(pool: ConnectionPool, redirects: Redirects) -> Computer {
        let (operation_timeout, open_timeout) =
            (pool.profile().operation_timeout(), pool.profile().open_timeout());
        let state =
            State { pool: Arc::new(pool), route: Route::new(redirects), choice: None, not_followed: None };
        let client = SessionId(Uuid::new_v4());
        Computer(Arc::new(Shared { client, operation_timeout, open_timeout, state: Mutex::new(state) }))
    }

    /// The client that new sessions are held as.
    pub(crate) fn client(&self) -> SessionId {
        self.0.client
    }

    /// The URLs that it has been redirected to since this was asked last.
    pub(crate) fn take_redirections(&self) -> Vec<String> {
        let State { pool, route, .. } = &mut *self.state();
        route.take_steps(pool.endpoint()).iter().map(ToString::to_string).collect()
    }

    /// Decides how to log on, before anything is asked; returns what is new about that.
    pub(crate) async fn choose_login(&self) -> Option<Choice> {
        let choice = self.pool().ok()?.choose().await?;
        let mut state = self.state();
        let is_new = state.choice.as_ref() != Some(&choice);
        state.choice = Some(choice.clone());
        is_new.then_some(choice)
    }

    /// The URL, as it is shown and recorded.
    pub(crate) fn url(&self) -> String {
        self.state().pool.endpoint().to_string()
    }

    /// How long the service may take for one operation.
    pub(super) fn operation_timeout(&self) -> Duration {
        self.0.operation_timeout
    }

    /// How long a session may take until it is open.
    pub(super) fn open_timeout(&self) -> Duration {
        self.0.open_timeout
    }

    pub(crate) fn host(&self) -> String {
        self.state().pool.endpoint().host().to_owned()
    }

    /// Asks one thing as a client and returns the answer, trying again as [`retry`] allows. A computer that could not
    /// be reached or logged on to is not tried a second time.
    pub(crate) async fn ask<O: Operation>(
        &self,
        client: SessionId,
        operation: &Arc<O>,
        most: MaxEnvelopeSize,
    ) -> Result<O::Response, Failure> {
        let (mut tries, since) = (0, Instant::now());
        loop {
            tries += 1;
            let failure = match self.ask_once(client, operation, None, most, &AtomicBool::default()).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            match retry::after(failure.kind(), operation.is_repeatable(), tries, since.elapsed()) {
                Next::GiveUp => return Err(failure),
                Next::Again(pause) => {
                    tracing::debug!(host = self.host(), action = operation.action(), %failure, "Trying again");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Asks one thing, elsewhere if the computer says so, and repeats nothing. Before `begun` is set, the request waits
    /// for a connection and can be withdrawn.
    pub(crate) async fn ask_once<O: Operation>(
        &self,
        client: SessionId,
        operation: &Arc<O>,
        sequence: Option<Sequence>,
        most: MaxEnvelopeSize,
        begun: &AtomicBool,
    ) -> Result<O::Response, Failure> {
        let since = Instant::now();
        loop {
            let pool = self.pool()?;
            match self.exchange(&pool, client, operation, sequence, most, begun).await {
                Ok(response) => return Ok(response),
                Err(failure) => self.follow(&pool, failure)?,
            }
            if since.elapsed() > self.0.operation_timeout {
                return Err(Endless::Redirections(self.0.operation_timeout).into());
            }
        }
    }

    async fn exchange<O: Operation>(
        &self,
        pool: &ConnectionPool,
        client: SessionId,
        operation: &Arc<O>,
        sequence: Option<Sequence>,
        most: MaxEnvelopeSize,
        begun: &AtomicBool,
    ) -> Result<O::Response, Failure> {
        // A repeated request is another request: each has its own id.
        let message_id = MessageId(Uuid::new_v4());
        let header = Header {
            to: pool.endpoint().url().as_str(),
            sequence,
            session_id: client,
            message_id,
            operation_timeout: match operation.is_long_poll() {
                // The service is to have nothing to say some time before this side gives up.
                true => self.0.operation_timeout * 3 / 4,
                false => self.0.operation_timeout,
            },
            max_envelope_size: most,
            locale: locale(pool.profile().session_option()),
        };
        let request = envelope::write(operation.as_ref(), &header);
        tracing::debug!(host = pool.endpoint().host(), action = operation.action(), "Sending");
        transcript::message("Request", request.as_bytes());
        let post = Post { envelope: &request, is_once: operation.is_once() };
        let answer = pool.post_when_free(post, begun).await.map_err(Failure::from);
        match &answer {
            Ok(answer) => transcript::message("Answer", answer),
            Err(_) => transcript::no_answer(message_id.0),
        }
        let answer = answer?;
        if answer.len() <= LARGE {
            return Ok(envelope::read(operation.as_ref(), &answer, message_id)?);
        }
        let operation = operation.clone();
        Ok(blocking(move || envelope::read(operation.as_ref(), &answer, message_id)).await?)
    }

    /// Goes where a failure sends the client, unless another request has led there already.
    ///
    /// # Errors
    /// The failure itself if it is not a redirection, and otherwise why it is not followed.
    fn follow(&self, asked: &Arc<ConnectionPool>, failure: Failure) -> Result<(), Failure> {
        let Some((said, location)) = failure.redirection() else { return Err(failure) };
        let mut state = self.state();
        let State { pool, route, .. } = &mut *state;
        if !Arc::ptr_eq(pool, asked) {
            return Ok(());
        }
        match route.step(pool.endpoint(), location, pool.shows_password()) {
            Ok(there) => {
                tracing::debug!(host = pool.endpoint().host(), url = there.url().as_str(), "Redirected");
                state.pool = Arc::new(pool.leading_to(there));
                Ok(())
            }
            Err(refusal) => {
                let location = location.to_owned();
                let failure = Failure::Redirected(Box::new(Redirection { said, location, refusal }));
                state.not_followed = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// Forgets that the computer could not be reached: who has a session there tries again.
    pub(super) fn try_anew(&self) {
        let mut state = self.state();
        if state.pool.is_closed() {
            state.pool = Arc::new(state.pool.leading_to(state.pool.endpoint().clone()));
        }
    }

    fn pool(&self) -> Result<Arc<ConnectionPool>, Failure> {
        let state = self.state();
        match &state.not_followed {
            Some(failure) => Err(failure.clone()),
            None => Ok(state.pool.clone()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cultures that requests name; a service takes those of the Create for its shell.
fn locale(option: &PSSessionOption) -> Locale<'_> {
    Locale {
        ui_culture: option.ui_culture.as_deref().unwrap_or(Locale::DEFAULT.ui_culture),
        culture: option.culture.as_deref().unwrap_or(Locale::DEFAULT.culture),
    }
}
