//! A computer's service: sends what an operation says, waits, and reads the answer back.

use super::failure::Failure;
use super::redirect::{Redirection, Redirects, Route};
use crate::session::retry::{self, Next};
use crate::session::{Failure as _, FailureKind};
use crate::transport::{Choice, ConnectionPool};
use crate::wsman::enumerate::{Enumerate, EnumerationContext, Item, Page, Pull};
use crate::wsman::{
    Fault, FaultCode, Header, MaxEnvelopeSize, MessageId, Operation, Sequence, SessionId, envelope,
};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A computer's WS-Management service. Clones share its connections, and what is known of it.
#[derive(Clone)]
pub(crate) struct Computer(Arc<Shared>);

struct Shared {
    operation_timeout: Duration,
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

/// Pages and items of one enumeration; a service that goes on for ever is not followed for ever.
const MOST_PAGES: usize = 10_000;
const MOST_ITEMS: usize = 100_000;

impl Computer {
    /// Where it sends its client elsewhere, the client goes as far as `redirects` say.
    pub(crate) fn new(pool: ConnectionPool, redirects: Redirects, operation_timeout: Duration) -> Computer {
        let state =
            State { pool: Arc::new(pool), route: Route::new(redirects), choice: None, not_followed: None };
        Computer(Arc::new(Shared { operation_timeout, state: Mutex::new(state) }))
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

    pub(crate) fn host(&self) -> String {
        self.state().pool.endpoint().host().to_owned()
    }

    /// Asks one thing as a client and returns the answer, trying again as [`retry`] allows. A computer that could not
    /// be reached or logged on to is not tried a second time.
    pub(crate) async fn ask<O: Operation>(
        &self,
        client: SessionId,
        operation: &O,
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
        operation: &O,
        sequence: Option<Sequence>,
        most: MaxEnvelopeSize,
        begun: &AtomicBool,
    ) -> Result<O::Response, Failure> {
        loop {
            let pool = self.pool()?;
            match self.exchange(&pool, client, operation, sequence, most, begun).await {
                Ok(response) => return Ok(response),
                Err(failure) => self.follow(&pool, failure)?,
            }
        }
    }

    async fn exchange<O: Operation>(
        &self,
        pool: &ConnectionPool,
        client: SessionId,
        operation: &O,
        sequence: Option<Sequence>,
        most: MaxEnvelopeSize,
        begun: &AtomicBool,
    ) -> Result<O::Response, Failure> {
        // A request that is repeated is another request: each has an id of its own.
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
        };
        let request = envelope::write(operation, &header);
        tracing::debug!(host = pool.endpoint().host(), action = operation.action(), "Sending");
        let answer = pool.post_when_free(&request, begun).await?;
        Ok(envelope::read(operation, &answer, message_id)?)
    }

    /// Goes where a failure sends the client, unless another request has led there already.
    ///
    /// # Errors
    /// The failure itself if it sends nobody elsewhere, and otherwise why it is not followed.
    fn follow(&self, asked: &Arc<ConnectionPool>, failure: Failure) -> Result<(), Failure> {
        let Some((said, location)) = failure.redirection() else { return Err(failure) };
        let mut state = self.state();
        let State { pool, route, .. } = &mut *state;
        if !Arc::ptr_eq(pool, asked) {
            return Ok(());
        }
        match route.step(pool.endpoint(), location) {
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

    /// All items of an enumeration, page after page.
    pub(crate) async fn enumerate<I: Item>(
        &self,
        client: SessionId,
        enumerate: Enumerate<I>,
    ) -> Result<Vec<I>, Failure> {
        let most = MaxEnvelopeSize::DEFAULT;
        let mut begun_again = false;
        'enumeration: loop {
            let mut gathered = Gathered { items: Vec::new(), listed: 0 };
            let mut next = gathered.take(self.ask(client, &enumerate, most).await?)?;
            for _ in 0..MOST_PAGES {
                let Some(context) = next else { return Ok(gathered.items) };
                let page = match self.ask(client, &Pull::after(&enumerate, context), most).await {
                    Ok(page) => page,
                    // The lost page cannot be asked for again, only the whole.
                    Err(failure)
                        if (failure.kind() == FailureKind::Lost || is_about_the_context(&failure))
                            && !begun_again =>
                    {
                        begun_again = true;
                        continue 'enumeration;
                    }
                    Err(failure) => return Err(failure),
                };
                next = gathered.take(page)?;
            }
            return Err(Failure::Endless);
        }
    }
}

/// What an enumeration has brought so far.
struct Gathered<I> {
    items: Vec<I>,
    listed: usize,
}

impl<I> Gathered<I> {
    /// Takes a page; returns where to go on.
    fn take(&mut self, mut page: Page<I>) -> Result<Option<EnumerationContext>, Failure> {
        self.items.append(&mut page.items);
        self.listed += page.listed;
        if self.listed > MOST_ITEMS { Err(Failure::Endless) } else { Ok(page.next) }
    }
}

/// The service no longer knows its own bookmark.
fn is_about_the_context(failure: &Failure) -> bool {
    let subcode = |fault: &Fault| fault.subcode.as_deref() == Some("InvalidEnumerationContext");
    failure.is_fault(FaultCode::ENUMERATION_CLOSED)
        || matches!(failure, Failure::Fault(fault) if subcode(fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_end_is_given_up_also_where_nothing_of_it_is_meant() {
        let mut gathered = Gathered::<u8> { items: Vec::new(), listed: 0 };
        let mut page = |listed| {
            let next = Some(EnumerationContext("uuid:7".into()));
            gathered.take(Page { items: Vec::new(), listed, next })
        };
        assert_eq!(page(MOST_ITEMS), Ok(Some(EnumerationContext("uuid:7".into()))));
        assert_eq!(page(0), Ok(Some(EnumerationContext("uuid:7".into()))));
        assert_eq!(page(1), Err(Failure::Endless));
    }
}
