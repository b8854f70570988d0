//! Which known sessions are meant.

use crate::cmdlet::Lines;
use crate::cmdlet::connection::{ComputerName, Connection, ConnectionUri};
use crate::cmdlet::run::Run;
use crate::cmdlet::selection::{Input, Known, SessionRecord, SessionReference};
use crate::cmdlet::wildcard::WildcardPattern;
use crate::engine::feed;
use crate::error::ErrorRecord;
use crate::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use crate::store::{Store, StoreError, StoredSession};
use crate::transport::Endpoint;
use crate::wsman::{ResourceUri, ShellId};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How one session is told.
enum Wish {
    Everything,
    Name(String),
    ComputerName(String),
    Number(i32),
    Instance(Uuid),
    Record(SessionRecord),
}

impl From<SessionReference> for Wish {
    fn from(reference: SessionReference) -> Wish {
        match reference {
            SessionReference::Id(id) => Wish::Number(id),
            SessionReference::InstanceId(instance_id) => Wish::Instance(instance_id),
            SessionReference::Name(name) => Wish::Name(name),
            SessionReference::Record(record) => Wish::Record(record),
        }
    }
}

impl Run<'_> {
    /// The sessions that are meant, each once, in the order in which they are told. What is not known is told as an
    /// error. Nothing is read from standard input before it is asked for.
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
        self.wishes(known, lines)
            .take_while(|_| std::future::ready(!self.interrupt.is_set()))
            .then(move |wish| self.grant(wish, connection))
            .flat_map(stream::iter)
            .filter(move |stored| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                std::future::ready(seen.insert(stored.session.instance_id))
            })
    }

    fn wishes<'a>(&'a self, known: &'a Known, lines: Lines) -> BoxStream<'a, Wish> {
        fn given<'a, T: Sync>(
            values: &'a [T],
            wish: impl Fn(&'a T) -> Wish + Send + 'a,
        ) -> BoxStream<'a, Wish> {
            stream::iter(values.iter().map(wish)).boxed()
        }
        match known {
            Known::All => stream::iter([Wish::Everything]).boxed(),
            Known::Names(Input::Given(names)) => given(names, |name| Wish::Name(name.clone())),
            Known::ComputerNames(Input::Given(names)) => {
                given(names, |name| Wish::ComputerName(name.clone()))
            }
            Known::Ids(Input::Given(ids)) => given(ids, |id| Wish::Number(*id)),
            Known::InstanceIds(Input::Given(ids)) => given(ids, |id| Wish::Instance(*id)),
            Known::Sessions { sessions: Input::Given(sessions), .. } => {
                given(sessions, |session| session.clone().into())
            }
            Known::ComputerNames(Input::StandardInput) => {
                let computers = self.piped(lines).map(|wish| match wish {
                    Wish::Name(name) => Wish::ComputerName(name),
                    wish => wish,
                });
                computers.boxed()
            }
            Known::Names(Input::StandardInput)
            | Known::Ids(Input::StandardInput)
            | Known::InstanceIds(Input::StandardInput)
            | Known::Sessions { sessions: Input::StandardInput, .. } => self.piped(lines).boxed(),
        }
    }

    /// What standard input tells, until it ends or the run does.
    fn piped(&self, lines: Lines) -> impl Stream<Item = Wish> + '_ {
        let lines = Box::pin(feed(lines));
        let next = move |mut lines: Pin<Box<_>>| async move {
            let line: Result<SessionReference, ErrorRecord> =
                self.interrupt.unless_set(StreamExt::next(&mut lines)).await??;
            Some((line, lines))
        };
        stream::unfold(lines, next).filter_map(move |line| {
            let wish = line.map(Wish::from).map_err(|error| self.error(&error)).ok();
            std::future::ready(wish)
        })
    }

    async fn grant(&self, wish: Wish, connection: Option<&Connection>) -> Vec<StoredSession> {
        let found = match wish {
            Wish::Everything => self.repository.with(Store::sessions).await.map(Ok),
            Wish::Name(name) => self.by_name(&name).await,
            Wish::ComputerName(name) => self.by_computer_name(&name).await,
            Wish::Number(id) => self.by_number(id).await,
            Wish::Instance(instance_id) => self.by_instance(InstanceId(instance_id)).await,
            Wish::Record(record) => self.by_record(&record, connection).await,
        };
        match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                self.error(&error);
                Vec::new()
            }
            Err(error) => {
                self.store_failed(&error);
                Vec::new()
            }
        }
    }

    async fn by_name(&self, name: &str) -> Found {
        let name_of = |stored: &StoredSession| stored.session.name.clone().unwrap_or_default();
        // Input may be long, and not every session is to be read for every name.
        let is_plain = name.is_ascii() && !name.contains(['*', '?', '[', '`']);
        let miss = |name: &str| self.cmdlet.name_not_available(name);
        let wanted = name.to_owned();
        let candidates = self.repository.with(move |store| match is_plain {
            true => store.perhaps_named(&wanted),
            false => store.sessions(),
        });
        self.by_pattern(name, candidates, name_of, miss).await
    }

    async fn by_computer_name(&self, name: &str) -> Found {
        let computer_of = |stored: &StoredSession| stored.session.computer_name.clone();
        let candidates = self.repository.with(Store::sessions);
        self.by_pattern(name, candidates, computer_of, |name| self.cmdlet.computer_not_available(name)).await
    }

    /// A pattern with wildcards may match nothing.
    async fn by_pattern(
        &self,
        pattern: &str,
        candidates: impl Future<Output = Result<Vec<StoredSession>, Arc<StoreError>>>,
        text: impl Fn(&StoredSession) -> String,
        miss: impl Fn(&str) -> ErrorRecord,
    ) -> Found {
        let pattern = match WildcardPattern::parse(pattern) {
            Ok(pattern) => pattern,
            Err(invalid) => return Ok(Err(self.cmdlet.bad_pattern(&invalid))),
        };
        let mut found = candidates.await?;
        found.retain(|stored| pattern.matches(&text(stored)));
        let is_miss = found.is_empty() && !pattern.has_wildcards();
        Ok(if is_miss { Err(miss(pattern.text())) } else { Ok(found) })
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
        Ok(found.map(|stored| vec![stored]).ok_or_else(|| self.cmdlet.instance_not_available(instance_id)))
    }

    /// A record's InstanceId says more than its Id, which may be another user's, and that more than its name. One that
    /// is not known and says where it is is reached there.
    async fn by_record(&self, record: &SessionRecord, connection: Option<&Connection>) -> Found {
        match (record.instance_id, record.id, &record.name) {
            (Some(instance_id), ..) => {
                let found = self.by_instance(InstanceId(instance_id)).await?;
                Ok(match (self.of_record(record, instance_id, connection), found) {
                    (Some(session), Err(_)) => session.map(|session| vec![session]),
                    (_, found) => found,
                })
            }
            (None, Some(id), _) => self.by_number(id).await,
            (None, None, Some(name)) => self.by_name(name).await,
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
            configuration
                .filter(|name| !name.is_empty())
                .unwrap_or(crate::cmdlet::remote::DEFAULT_CONFIGURATION),
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
            session_id: self.session_id,
            protocol_version: None,
            max_idle_timeout: None,
            access,
        }))
    }
}

/// What was found or why nothing was; or why the store cannot be asked.
type Found = Result<Result<Vec<StoredSession>, ErrorRecord>, Arc<StoreError>>;

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
