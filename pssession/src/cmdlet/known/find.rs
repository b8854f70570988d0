//! Which known sessions are selected.

use crate::cmdlet::run::Run;
use crate::cmdlet::selection::{Input, Known, SessionRecord, SessionReference};
use crate::cmdlet::selector::{Miss, NameSelector, no_match};
use crate::cmdlet::settings::Lines;
use crate::cmdlet::then::Then;
use crate::cmdlet::wildcard::is_same_name;
use crate::engine::feed;
use crate::error::ErrorRecord;
use crate::record::{InstanceId, PSSession, RunspaceState, SessionNumber};
use crate::store::{Store, StoreError, StoredSession};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// One way to select known sessions.
enum Selector {
    Everything,
    Name(NameSelector),
    ComputerName(NameSelector),
    Number(i32),
    Instance(Uuid),
    Record(SessionRecord),
}

impl Run<'_> {
    fn selector(&self, reference: SessionReference) -> Selector {
        match reference {
            SessionReference::Id(id) => Selector::Number(id),
            SessionReference::InstanceId(instance_id) => Selector::Instance(instance_id),
            SessionReference::Name(name) => self.name(&name),
            SessionReference::Record(record) => Selector::Record(record),
        }
    }

    /// A pattern, except where one session is wanted.
    fn name(&self, name: &str) -> Selector {
        Selector::Name(match self.then {
            Then::Enter => NameSelector::literal(name.to_owned()),
            Then::Show | Then::Invoke(_) | Then::Receive(_) => NameSelector::of(name),
        })
    }

    /// The selected sessions, each once, in the order in which they are named. What is not known is an error. Standard
    /// input is read no further than what is asked for.
    pub(super) fn find<'a>(
        &'a self,
        known: &'a Known,
        lines: Lines,
    ) -> impl Stream<Item = StoredSession> + 'a {
        let seen = Mutex::new(HashSet::new());
        self.selectors(known, lines)
            .take_while(|_| std::future::ready(!self.interrupt.is_set()))
            .then(move |selector| self.select(selector))
            .flat_map(stream::iter)
            .filter(move |stored| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                std::future::ready(seen.insert(stored.key()))
            })
    }

    fn selectors<'a>(&'a self, known: &'a Known, lines: Lines) -> BoxStream<'a, Selector> {
        fn given<'a, T: Sync>(
            values: &'a [T],
            selector: impl Fn(&'a T) -> Selector + Send + 'a,
        ) -> BoxStream<'a, Selector> {
            stream::iter(values.iter().map(selector)).boxed()
        }
        match known {
            Known::All => stream::iter([Selector::Everything]).boxed(),
            Known::Names(Input::Given(names)) => given(names, |name| self.name(name)),
            Known::ComputerNames(Input::Given(names)) => {
                given(names, |name| Selector::ComputerName(NameSelector::of(name)))
            }
            Known::Ids(Input::Given(ids)) => given(ids, |id| Selector::Number(*id)),
            Known::InstanceIds(Input::Given(ids)) => given(ids, |id| Selector::Instance(*id)),
            Known::Sessions(Input::Given(sessions)) => {
                given(sessions, |session| self.selector(session.clone()))
            }
            Known::ComputerNames(Input::StandardInput) => {
                let computers = self.piped(lines).map(|selector| match selector {
                    Selector::Name(name) => Selector::ComputerName(name),
                    selector => selector,
                });
                computers.boxed()
            }
            Known::Names(Input::StandardInput)
            | Known::Ids(Input::StandardInput)
            | Known::InstanceIds(Input::StandardInput)
            | Known::Sessions(Input::StandardInput) => self.piped(lines).boxed(),
        }
    }

    /// What standard input names, until it ends or the run does.
    fn piped(&self, lines: Lines) -> impl Stream<Item = Selector> + '_ {
        let lines = Box::pin(feed(lines));
        let next = move |mut lines: Pin<Box<_>>| async move {
            let line: Result<SessionReference, ErrorRecord> =
                self.interrupt.unless_set(StreamExt::next(&mut lines)).await??;
            Some((line, lines))
        };
        stream::unfold(lines, next).filter_map(move |line| {
            let selector = match line {
                Ok(SessionReference::Name(name)) => Some(Selector::Name(self.settings.piped_name(name))),
                Ok(reference) => Some(self.selector(reference)),
                Err(error) => {
                    self.error(error);
                    None
                }
            };
            std::future::ready(selector)
        })
    }

    async fn select(&self, selector: Selector) -> Vec<StoredSession> {
        let found = match selector {
            Selector::Everything => self.repository.with(Store::sessions).await.map(Ok),
            Selector::Name(name) => self.by_name(&name, |_| true).await,
            Selector::ComputerName(name) => self.by_computer_name(&name).await,
            Selector::Number(id) => self.by_number(id).await,
            Selector::Instance(instance_id) => self.by_instance(InstanceId(instance_id)).await,
            Selector::Record(record) => self.by_record(&record).await,
        };
        match found {
            Ok(Ok(found)) => return found,
            Ok(Err(error)) => self.error(error),
            Err(error) => self.store_failed(&error),
        }
        Vec::new()
    }

    async fn by_name(&self, name: &NameSelector, may_be: impl Fn(&PSSession) -> bool) -> Found {
        // Input may be long, and not every session is to be read for every name.
        let plain = Some(name.text()).filter(|text| name.is_plain() && text.is_ascii()).map(str::to_owned);
        let candidates = self.repository.with(move |store| match plain {
            Some(name) => store.perhaps_named(&name),
            None => store.sessions(),
        });
        let name_of = |stored: &StoredSession| stored.session.name.clone().unwrap_or_default();
        let mut candidates = candidates.await?;
        candidates.retain(|stored| may_be(&stored.session));
        let found = selected(name, candidates, name_of);
        let is_live = |stored: &StoredSession| match stored.session.state {
            RunspaceState::Opened | RunspaceState::Disconnected => true,
            RunspaceState::Closed | RunspaceState::Broken => false,
        };
        let live: Vec<String> = found.iter().filter(|stored| is_live(stored)).map(name_of).collect();
        let is_replaced =
            |stored: &StoredSession| live.iter().any(|live| is_same_name(live, &name_of(stored)));
        let found = found.into_iter().filter(|stored| is_live(stored) || !is_replaced(stored)).collect();
        Ok(self.found("name", name, found, |name| self.cmdlet.name_not_available(name)))
    }

    async fn by_computer_name(&self, name: &NameSelector) -> Found {
        let candidates = self.repository.with(Store::sessions).await?;
        let found = selected(name, candidates, |stored| stored.session.computer_name.clone());
        Ok(self.found("computer name", name, found, |name| self.cmdlet.computer_not_available(name)))
    }

    /// What a name selected; a pattern may select nothing.
    fn found(
        &self,
        kind: &str,
        name: &NameSelector,
        found: Vec<StoredSession>,
        unknown: impl Fn(&str) -> ErrorRecord,
    ) -> Result<Vec<StoredSession>, ErrorRecord> {
        if found.is_empty() {
            match name.miss() {
                Miss::Name(name) => return Err(unknown(name)),
                Miss::Invalid(pattern) => return Err(self.cmdlet.bad_pattern(pattern)),
                Miss::Pattern(pattern) => self.warning(no_match(kind, pattern)),
            }
        }
        Ok(found)
    }

    async fn by_number(&self, id: i32) -> Found {
        let found = match u32::try_from(id) {
            Ok(number) => self.repository.with(move |store| store.by_number(SessionNumber(number))).await?,
            Err(_) => None,
        };
        Ok(found.map(|stored| vec![stored]).ok_or_else(|| self.cmdlet.id_not_available(id)))
    }

    async fn by_instance(&self, instance_id: InstanceId) -> Found {
        let found = self.repository.with(move |store| store.by_instance(instance_id)).await?;
        match found.is_empty() {
            true => Ok(Err(self.cmdlet.instance_not_available(instance_id))),
            false => Ok(Ok(found)),
        }
    }

    /// A record's InstanceId says more than its Id, which may be another user's, and that more than its name. No
    /// address is taken from a record: only known sessions are found.
    async fn by_record(&self, record: &SessionRecord) -> Found {
        let (found, unknown) = match (record.instance_id, record.id, &record.name) {
            (Some(instance_id), ..) => {
                let instance_id = InstanceId(instance_id);
                (self.by_instance(instance_id).await?, self.cmdlet.instance_not_available(instance_id))
            }
            (None, Some(id), _) => (self.by_number(id).await?, self.cmdlet.id_not_available(id)),
            (None, None, Some(name)) => {
                let name = self.settings.piped_name(name.clone());
                return self
                    .by_name(&name, |session| record.is_at(&session.computer_name, &session.connection_uri))
                    .await;
            }
            (None, None, None) => return Ok(Err(self.cmdlet.not_bound())),
        };
        let is_there = |stored: &StoredSession| {
            record.is_at(&stored.session.computer_name, &stored.session.connection_uri)
        };
        Ok(found.and_then(|mut found| {
            found.retain(is_there);
            if found.is_empty() { Err(unknown) } else { Ok(found) }
        }))
    }
}

/// What was found or why nothing was; or why the store cannot be asked.
type Found = Result<Result<Vec<StoredSession>, ErrorRecord>, Arc<StoreError>>;

/// The sessions that a name selects by what they are called.
fn selected(
    name: &NameSelector,
    candidates: Vec<StoredSession>,
    called: impl Fn(&StoredSession) -> String,
) -> Vec<StoredSession> {
    let names: Vec<String> = candidates.iter().map(called).collect();
    let is_selected = name.select(&names.iter().map(String::as_str).collect::<Vec<_>>());
    candidates.into_iter().zip(is_selected).filter_map(|(stored, is)| is.then_some(stored)).collect()
}
