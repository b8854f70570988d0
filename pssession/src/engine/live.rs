//! A live session: the handle through which it is used.

use super::computer::Computer;
use super::driver::Driver;
use super::failure::{Failure, NotDriven};
use super::private_data::to_json;
use super::repository::Repository;
use super::task::{Command, Connection, Task};
use crate::psrp::fragment::ObjectId;
use crate::record::{CommandId, PSSession, StoredSession};
use crate::session::DisconnectOptions;
use crate::store::{Durability, Reading, StoreError, policy};
use crate::wsman::enumerate::{self, Enumerate};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{OnceCell, mpsc, oneshot, watch};

/// Commands that may wait for the driver.
const MOST_COMMANDS: usize = 16;

/// The handle of a session that a task drives. When all handles are dropped, the session is left as it is: connected,
/// until its server hears nothing for a minute.
#[derive(Clone)]
pub(crate) struct LiveSession {
    commands: mpsc::Sender<Command>,
    connection: Connection,
    pub(super) repository: Arc<Repository>,
    computer: Computer,
    pub(super) stored: Arc<StoredSession>,
    /// Whether it was created by this handle's process, which alone runs commands in it.
    pub(crate) is_new: bool,
    /// The mark that it is read, once anything of it was.
    pub(super) reading: Arc<OnceCell<Option<Reading>>>,
}

/// Ids that are left for the answers to host calls, when the last of a block go to input.
pub(super) const FEW_IDS: u64 = 64;

/// How long the freeing of commands is awaited.
const MOST_SETTLING: Duration = Duration::from_secs(5);

impl LiveSession {
    /// Drives a session that is ours from now on.
    pub(crate) fn spawn(driver: Driver, repository: Arc<Repository>, stored: StoredSession) -> LiveSession {
        let (commands, received) = mpsc::channel(MOST_COMMANDS);
        let (computer, is_new) = (driver.computer().clone(), driver.is_new);
        let connection = Connection {
            lost_until: Arc::new(watch::Sender::new(None)),
            broken: Arc::new(watch::Sender::new(None)),
        };
        tokio::spawn(Task::new(driver, connection.clone()).run(received));
        let (stored, reading) = (Arc::new(stored), Arc::default());
        LiveSession { commands, connection, repository, computer, stored, is_new, reading }
    }

    /// As it was recorded when it was acquired.
    pub(crate) fn session(&self) -> &PSSession {
        &self.stored.session
    }

    /// Keeps the session connected while nothing runs in it.
    pub(crate) async fn stay_connected(&self) -> Result<(), NotDriven> {
        self.send(|task| task.driver.session.stay_connected()).await
    }

    /// Until when the connection is tried again, while it is lost.
    pub(crate) fn lost_until(&self) -> watch::Receiver<Option<Instant>> {
        self.connection.lost_until.subscribe()
    }

    /// Waits until the connection is lost for good.
    pub(crate) async fn broken(&self) -> Failure {
        let mut broken = self.connection.broken.subscribe();
        let failure = broken.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        failure.unwrap_or(Failure::NotDriven(NotDriven))
    }

    /// Whether the connection is lost, and is being tried again.
    pub(crate) fn is_lost(&self) -> bool {
        self.connection.lost_until.borrow().is_some()
    }

    /// The commands that run in the session, or have ended and were not read to their end.
    pub(crate) async fn commands(&self) -> Result<Vec<CommandId>, Failure> {
        Ok(self.list_commands().await?.into_iter().map(|command| command.command_id).collect())
    }

    /// Whether a command other than this one runs in the session.
    pub(crate) async fn runs_another(&self, than: &CommandId) -> Result<bool, Failure> {
        let is_another = |id: &CommandId| id.guid().is_none_or(|guid| Some(guid) != than.guid());
        let commands = self.list_commands().await?;
        Ok(commands.iter().any(|command| !command.is_done && is_another(&command.command_id)))
    }

    async fn list_commands(&self) -> Result<Vec<enumerate::Command>, Failure> {
        let enumerate = Enumerate::commands(self.stored.shell_id.clone());
        Ok(self.computer.enumerate(self.stored.session_id, enumerate).await?.items)
    }

    /// Lets go of the session, which runs on, and records that. Its pipelines can be read to where they are, and then end
    /// as detached.
    pub(crate) async fn disconnect(&self, options: DisconnectOptions) -> Result<PSSession, Failure> {
        let disconnected = self.ask(move |task, done| {
            task.driver.session.disconnect(options);
            task.closing = Some(done);
        });
        disconnected.await??;
        let stored = StoredSession::clone(&self.stored).disconnected_at(SystemTime::now());
        let (session, record) = (stored.session.clone(), policy::record(stored));
        self.repository.update(self.stored.key(), Durability::PowerCut, record).await?;
        Ok(session)
    }

    /// Records that the connection is lost, and with it the session until it is connected to again: its server disconnects
    /// it by itself.
    pub(crate) async fn lost(&self) -> Result<PSSession, Arc<StoreError>> {
        let stored = StoredSession::clone(&self.stored).disconnected();
        let (session, record) = (stored.session.clone(), policy::record(stored));
        self.repository.update(self.stored.key(), Durability::PowerCut, record).await?;
        Ok(session)
    }

    /// Ends the session and everything in it, and forgets it.
    pub(crate) async fn remove(&self) -> Result<(), Failure> {
        let removed = self.ask(|task, done| {
            task.driver.session.remove();
            task.closing = Some(done);
        });
        removed.await??;
        self.repository.update(self.stored.key(), Durability::PowerCut, policy::forget).await?;
        Ok(())
    }

    /// Waits until the server has freed the commands that have ended: one that is not counts against its limits.
    pub(crate) async fn settled(&self) {
        let settled = self.ask(|task, done| task.settling.push(done));
        // A server that does not answer that has nothing else to answer either.
        let _ = tokio::time::timeout(MOST_SETTLING, settled).await;
    }

    /// Records what the server has said of itself, the first time.
    pub(super) async fn remember_private_data(&self) -> Result<(), Failure> {
        let said = |task: &mut Task, done: oneshot::Sender<_>| {
            let data = task.driver.session.application_private_data().and_then(to_json);
            let _ = done.send(data.filter(|_| !std::mem::replace(&mut task.is_private_data_known, true)));
        };
        if let Some(data) = self.ask(said).await? {
            let add = policy::add_private_data(data);
            self.repository.update(self.stored.key(), Durability::Kill, add).await?;
        }
        Ok(())
    }

    /// Marks the session as one that is read, for the process after one that is killed.
    pub(super) async fn begin_reading(&self) -> Result<(), Failure> {
        let Some(id) = self.stored.session.id else { return Ok(()) };
        let begin = || self.repository.with(move |store| Ok(store.begin_reading(id)));
        self.reading.get_or_try_init(begin).await?;
        Ok(())
    }

    /// A block of unused object ids; a session that is not recorded has its own count.
    pub(super) async fn object_ids(&self) -> Result<Option<Range<ObjectId>>, Failure> {
        let key = self.stored.key();
        Ok(self.repository.with(move |store| store.object_ids(&key)).await?)
    }

    /// Takes another block of object ids when few are left of this one.
    pub(super) async fn renew_object_ids(&self, left: Option<u64>) -> Result<(), Failure> {
        if left.is_some_and(|left| left < FEW_IDS) {
            let ids = self.object_ids().await?;
            self.send(|task| task.number_objects_from(ids)).await?;
        }
        Ok(())
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Task, oneshot::Sender<T>) + Send + 'static,
    ) -> Result<T, NotDriven> {
        let (done, answer) = oneshot::channel();
        self.send(move |task| command(task, done)).await?;
        answer.await.map_err(|_| NotDriven)
    }

    pub(super) async fn send(
        &self,
        command: impl FnOnce(&mut Task) + Send + 'static,
    ) -> Result<(), NotDriven> {
        self.commands.send(Box::new(command)).await.map_err(|_| NotDriven)
    }
}
