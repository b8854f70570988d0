//! Which known sessions are selected.

use crate::cmdlet::connection::{ComputerName, Connection, ConnectionUri, DEFAULT_CONFIGURATION};
use crate::cmdlet::run::Run;
use crate::cmdlet::selection::{Input, Known, SessionRecord, SessionReference};
use crate::cmdlet::selector::{Miss, NameSelector, no_match};
use crate::cmdlet::settings::Lines;
use crate::cmdlet::wildcard::is_same_name;
use crate::engine::feed;
use crate::error::ErrorRecord;
use crate::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use crate::store::{Store, StoreError, StoredSession};
use crate::transport::Endpoint;
use crate::wsman::{ResourceUri, SessionId, ShellId};
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

impl From<SessionReference> for Selector {
    fn from(reference: SessionReference) -> Selector {
        match reference {
            SessionReference::Id(id) => Selector::Number(id),
            SessionReference::InstanceId(instance_id) => Selector::Instance(instance_id),
            SessionReference::Name(name) => Selector::Name(NameSelector::of(&name)),
            SessionReference::Record(record) => Selector::Record(record),
        }
    }
}

impl Run<'_> {
    /// The selected sessions, each once, in the order in which they are named. What is not known is an error. Standard
    /// input is read no further than what is asked for.
    pub(super) fn find<'a>(
        &'a self,
        known: &'a Known,
        lines: Lines,
    ) -> impl Stream<Item = StoredSession> + 'a {
        let connection = match known {
            Known::Sessions { connection, .. } => Some(&**connection),
            _ => None,
        };
        let seen = Mutex::new(HashSet::new());
        self.selectors(known, lines)
            .take_while(|_| std::future::ready(!self.interrupt.is_set()))
            .then(move |selector| self.select(selector, connection))
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
            Known::Names(Input::Given(names)) => given(names, |name| Selector::Name(NameSelector::of(name))),
            Known::ComputerNames(Input::Given(names)) => {
                given(names, |name| Selector::ComputerName(NameSelector::of(name)))
            }
            Known::Ids(Input::Given(ids)) => given(ids, |id| Selector::Number(*id)),
            Known::InstanceIds(Input::Given(ids)) => given(ids, |id| Selector::Instance(*id)),
            Known::Sessions { sessions: Input::Given(sessions), .. } => {
                given(sessions, |session| session.clone().into())
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
            | Known::Sessions { sessions: Input::StandardInput, .. } => self.piped(lines).boxed(),
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
                Ok(reference) => Some(reference.into()),
                Err(error) => {
                    self.error(error);
                    None
                }
            };
            std::future::ready(selector)
        })
    }

    async fn select(&self, selector: Selector, connection: Option<&Connection>) -> Vec<StoredSession> {
        let found = match selector {
            Selector::Everything => self.repository.with(Store::sessions).await.map(Ok),
            Selector::Name(name) => self.by_name(&name).await,
            Selector::ComputerName(name) => self.by_computer_name(&name).await,
            Selector::Number(id) => self.by_number(id).await,
            Selector::Instance(instance_id) => self.by_instance(InstanceId(instance_id)).await,
            Selector::Record(record) => self.by_record(&record, connection).await,
        };
        match found {
            Ok(Ok(found)) => return found,
            Ok(Err(error)) => self.error(error),
            Err(error) => self.store_failed(&error),
        }
        Vec::new()
    }

    async fn by_name(&self, name: &NameSelector) -> Found {
        // Input may be long, and not every session is to be read for every name.
        let plain = Some(name.text()).filter(|text| name.is_plain() && text.is_ascii()).map(str::to_owned);
        let candidates = self.repository.with(move |store| match plain {
            Some(name) => store.perhaps_named(&name),
            None => store.sessions(),
        });
        let name_of = |stored: &StoredSession| stored.session.name.clone().unwrap_or_default();
        let found = selected(name, candidates.await?, name_of);
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

    /// A record's InstanceId says more than its Id, which may be another user's, and that more than its name. One that
    /// is not known and says where it is is reached there.
    async fn by_record(&self, record: &SessionRecord, connection: Option<&Connection>) -> Found {
        match (record.instance_id, record.id, &record.name) {
            (Some(instance_id), ..) => {
                let found = self.by_instance(InstanceId(instance_id)).await?;
                Ok(match (self.of_record(record, instance_id, connection), found) {
                    (Some(session), Err(_)) => session.map(|session| vec![session]),
                    (_, found) => found.map(|found| at_place(found, record)),
                })
            }
            (None, Some(id), _) => self.by_number(id).await,
            (None, None, Some(name)) => self.by_name(&self.settings.piped_name(name.clone())).await,
            (None, None, None) => Ok(Err(self.cmdlet.not_bound())),
        }
    }

    /// A session that is not known here, taken to be where its record says; `None` if that says nothing.
    fn of_record(
        &self,
        record: &SessionRecord,
        instance_id: Uuid,
        connection: Option<&Connection>,
    ) -> Option<Result<StoredSession, ErrorRecord>> {
        let (computer_name, endpoint) = place(record)?;
        let connection = connection?;
        let access = match self.access_of_request(connection) {
            Ok(access) => access,
            Err(error) => return Some(Err(error)),
        };
        let configuration = record.configuration_name.as_deref().or(connection.configuration_name.as_deref());
        let resource_uri = ResourceUri::of_configuration(
            configuration.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_CONFIGURATION),
        );
        Some(Ok(StoredSession {
            session: PSSession {
                id: None,
                name: record.name.clone(),
                instance_id: InstanceId(instance_id),
                computer_name,
                connection_uri: endpoint.url().to_string(),
                configuration_name: resource_uri.configuration().unwrap_or(&resource_uri.0).to_owned(),
                state: RunspaceState::Disconnected,
                availability: RunspaceAvailability::None,
                idle_timeout: None,
                output_buffering_mode: None,
                disconnected_on: None,
                expires_on: None,
                last_seen: None,
            },
            shell_id: ShellId::of_guid(instance_id),
            resource_uri,
            session_id: SessionId(Uuid::new_v4()),
            protocol_version: None,
            max_idle_timeout: None,
            access,
        }))
    }
}

/// What was found or why nothing was; or why the store cannot be asked.
type Found = Result<Result<Vec<StoredSession>, ErrorRecord>, Arc<StoreError>>;

/// Of sessions with one InstanceId those that are on the host that a record names, if any is.
fn at_place(mut found: Vec<StoredSession>, record: &SessionRecord) -> Vec<StoredSession> {
    let host = place(record).map(|(_, endpoint)| endpoint.host().to_ascii_lowercase());
    let is_there = |stored: &StoredSession| host.as_ref().is_some_and(|host| stored.host() == *host);
    if found.iter().any(is_there) {
        found.retain(is_there);
    }
    found
}

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

/// Where a record says its session is: the computer as it is shown, and its address.
fn place(record: &SessionRecord) -> Option<(String, Endpoint)> {
    let computer_name = record.computer_name.as_deref().and_then(|name| ComputerName::parse(name).ok());
    if let Some(uri) = &record.connection_uri {
        let uri = ConnectionUri::parse(uri).ok()?;
        let shown = computer_name.map_or_else(|| uri.host().to_owned(), |name| name.shown().to_owned());
        return Some((shown, Endpoint::of_uri(&uri.to_string()).ok()?));
    }
    let name = computer_name?;
    let application = record.application_name.as_deref().filter(|application| !application.is_empty());
    let endpoint = Endpoint::of_computer(name.host(), None, false, application).ok()?;
    Some((name.shown().to_owned(), endpoint))
}
