//! The driver: sends what an operation says to a computer, waits, and reads the answer back.

use super::Failure;
use super::redirect::{Redirects, Route};
use super::robust::{self, Next};
use crate::transport::{Channel, Choice};
use crate::wsman::enumerate::{Enumerate, EnumerationContext, Item, Page, Pull};
use crate::wsman::{Fault, FaultCode, Header, MaxEnvelopeSize, MessageId, Operation, SessionId, envelope};
use std::time::Duration;
use uuid::Uuid;

/// A computer's WS-Management service, spoken to as one client.
pub(crate) struct Computer {
    channel: Channel,
    route: Route,
    session_id: SessionId,
    operation_timeout: Duration,
    /// How it was to be logged on to last.
    choice: Option<Choice>,
    /// Why nothing more is asked of it.
    closed: Option<Failure>,
}

/// Pages and items of one enumeration; a service that goes on for ever is not followed for ever.
const MOST_PAGES: usize = 10_000;
const MOST_ITEMS: usize = 100_000;

impl Computer {
    pub(crate) fn new(channel: Channel, session_id: SessionId, operation_timeout: Duration) -> Computer {
        Computer {
            channel,
            route: Route::default(),
            session_id,
            operation_timeout,
            choice: None,
            closed: None,
        }
    }

    /// The same, and where it sends its client, the client goes as far as this.
    pub(crate) fn following(self, redirects: Redirects) -> Computer {
        Computer { route: Route::new(redirects), ..self }
    }

    /// The URLs that it has been redirected to since this was asked last.
    pub(crate) fn take_redirections(&mut self) -> Vec<String> {
        let steps = self.route.take_steps(self.channel.endpoint());
        steps.iter().map(|step| step.url().to_string()).collect()
    }

    /// Decides how to log on, before anything is asked; returns what is new about that.
    pub(crate) async fn choose_login(&mut self) -> Option<Choice> {
        if self.closed.is_some() {
            return None;
        }
        let choice = self.channel.choose().await?;
        let is_new = self.choice.as_ref() != Some(&choice);
        self.choice = Some(choice);
        self.choice.clone().filter(|_| is_new)
    }

    pub(crate) fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Speaks as another client from now on; returns as which one it spoke before.
    pub(crate) fn speak_as(&mut self, client: SessionId) -> SessionId {
        std::mem::replace(&mut self.session_id, client)
    }

    /// The URL, as it is shown and recorded.
    pub(crate) fn url(&self) -> &str {
        self.channel.endpoint().url().as_str()
    }

    pub(crate) fn host(&self) -> &str {
        self.channel.endpoint().host()
    }

    /// Asks one thing and returns the answer, trying again as [`robust`] allows, and elsewhere as [`Redirects`] do. A
    /// computer that could not be reached or logged on to is not tried a second time.
    pub(crate) async fn ask<O: Operation>(
        &mut self,
        operation: &O,
        most: MaxEnvelopeSize,
    ) -> Result<O::Response, Failure> {
        if let Some(failure) = &self.closed {
            return Err(failure.clone());
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let failure = match self.ask_once(operation, most).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let failure = match self.route.follow(self.channel.endpoint(), failure) {
                Ok(there) => {
                    tracing::debug!(host = self.host(), url = there.url().as_str(), "Redirected");
                    self.channel = self.channel.leading_to(there);
                    // To be sent away is no try.
                    tries -= 1;
                    continue;
                }
                Err(failure) => failure,
            };
            match robust::after(&failure, operation.is_repeatable(), tries) {
                Next::GiveUp => {
                    self.closed = robust::is_about_the_computer(&failure).then(|| failure.clone());
                    return Err(failure);
                }
                Next::Again(pause) => {
                    tracing::debug!(host = self.host(), action = operation.action(), %failure, "Trying again");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn ask_once<O: Operation>(
        &mut self,
        operation: &O,
        most: MaxEnvelopeSize,
    ) -> Result<O::Response, Failure> {
        // A request that is repeated is another request: each has an id of its own.
        let message_id = MessageId(Uuid::new_v4());
        let header = Header {
            to: self.channel.endpoint().url().as_str(),
            sequence: None,
            session_id: self.session_id,
            message_id,
            operation_timeout: self.operation_timeout,
            max_envelope_size: most,
        };
        let request = envelope::write(operation, &header);
        tracing::debug!(host = self.host(), action = operation.action(), "Sending");
        let answer = self.channel.post(&request).await?;
        Ok(envelope::read(operation, &answer, message_id)?)
    }

    /// All items of an enumeration, page after page.
    pub(crate) async fn enumerate<I: Item>(&mut self, enumerate: Enumerate<I>) -> Result<Vec<I>, Failure> {
        let mut begun_again = false;
        'enumeration: loop {
            let mut gathered = Gathered { items: Vec::new(), told: 0 };
            let mut next = gathered.take(self.ask(&enumerate, MaxEnvelopeSize::DEFAULT).await?)?;
            for _ in 0..MOST_PAGES {
                let Some(context) = next else { return Ok(gathered.items) };
                let page = match self.ask(&Pull::after(&enumerate, context), MaxEnvelopeSize::DEFAULT).await {
                    Ok(page) => page,
                    // The lost page cannot be asked for again, only the whole.
                    Err(failure)
                        if (robust::is_worth_repeating(&failure) || is_about_the_context(&failure))
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
    told: usize,
}

impl<I> Gathered<I> {
    /// Takes a page; returns where to go on.
    fn take(&mut self, mut page: Page<I>) -> Result<Option<EnumerationContext>, Failure> {
        self.items.append(&mut page.items);
        self.told += page.told;
        if self.told > MOST_ITEMS { Err(Failure::Endless) } else { Ok(page.next) }
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
        let mut gathered = Gathered::<u8> { items: Vec::new(), told: 0 };
        let mut page = |told| {
            let next = Some(EnumerationContext("uuid:7".into()));
            gathered.take(Page { items: Vec::new(), told, next })
        };
        assert_eq!(page(MOST_ITEMS), Ok(Some(EnumerationContext("uuid:7".into()))));
        assert_eq!(page(0), Ok(Some(EnumerationContext("uuid:7".into()))));
        assert_eq!(page(1), Err(Failure::Endless));
    }
}
