//! The sessions this user knows, across processes: what a PowerShell process keeps in memory while it runs.
//!
//! One SQLite file with a rollback journal in a directory of the user's own. Many processes may use it at once, and
//! a kill at any moment leaves either what was before a change or what is after it. It holds no secret: a reader of the
//! file learns where sessions are, and can do nothing with them.
//!
//! [`Store::update`] is the one verb that changes what is known of a session; how it changes is for the caller to
//! decide. A change waits for the disk, unless it is made as [`Durability::Kill`] because a server would be kept waiting;
//! then [`Store::settle`] brings it to the disk while the server works. Until then a power cut, but no kill, can damage
//! the file, which is found when it is opened.

mod change;
mod check;
mod directory;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod owned;
pub(crate) mod policy;
mod reading;
mod row;
mod tables;

pub use crate::record::{RecordKey, StoredSession};
pub use change::{Change, Row, Updated};
pub use directory::UserDirectory;
pub use error::StoreError;
pub use owned::{Links, open_owned};

use crate::record::{CommandId, InstanceId, ObjectId, SessionNumber};
pub(crate) use reading::Reading;
use row::{delete, find, read_session, write};
use rusqlite::{Connection, OpenFlags, OptionalExtension, ToSql, Transaction, TransactionBehavior, params};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// The file in the store's directory.
const FILE: &str = "sessions.db";

/// How many object ids are handed out at once: few enough that blocks never run out, and many for one write.
const BLOCK: u64 = 1024;

/// The open store.
pub struct Store {
    file: PathBuf,
    connection: Connection,
    /// Marks what is written here.
    writer: Uuid,
    /// Whether the disk has all that was written here.
    is_settled: bool,
}

/// What a change survives as soon as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The end of this process, at any moment; with [`Store::settle`] that of the machine too.
    Kill,
    /// The end of the machine.
    PowerCut,
}

impl Durability {
    /// SQLite's name for it. Checksums reveal a journal that was only partly written, so that FULL, which waits for it
    /// twice, has little to add.
    fn synchronous(self) -> &'static str {
        match self {
            Durability::Kill => "OFF",
            Durability::PowerCut => "NORMAL",
        }
    }
}

impl Store {
    /// How long a process waits for others that write, if it has the time.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// The default directory of the store.
    pub fn default_directory() -> Result<PathBuf, StoreError> {
        UserDirectory::State.path().ok_or(StoreError::NoDirectory)
    }

    /// Opens the store in a directory; creates both if they do not exist.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        let file = directory.join(FILE);
        create_private_directory(directory).map_err(unusable)?;
        create_private(&file)
            .map_err(|error| StoreError::Unusable { file: file.clone(), reason: error.to_string() })?;
        let mut store = Store::of(file, Store::PATIENCE)?;
        if !store.has_tables()? {
            // There is nothing in new tables to be lost; the first record brings them to the disk.
            store.transact(Durability::Kill, |transaction| tables::create(transaction))?;
            store.has_tables()?;
        }
        row::prepare(&store.connection).map_err(|error| StoreError::of(&store.file, &error))?;
        Ok(store)
    }

    /// Opens the store in a directory to read it: nothing is made or changed, but that SQLite takes back what a
    /// killed process left half written. A store that does not exist has no sessions.
    pub fn open_for_reading(directory: &Path, patience: Duration) -> Result<Store, StoreError> {
        let file = directory.join(FILE);
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        let is_there = match file.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            found => found.map(|_| true).map_err(unusable)?,
        };
        if is_there {
            fs::metadata(directory).and_then(|found| owned::check_owner(&found)).map_err(unusable)?;
            open_owned(&file, Links::Refused)
                .map_err(|error| StoreError::Unusable { file: file.clone(), reason: error.to_string() })?;
            let store = Store::of(file.clone(), patience)?;
            if store.has_tables()? {
                return Ok(store);
            }
        }
        let empty = Connection::open_in_memory().and_then(|empty| tables::create(&empty).map(|()| empty));
        let connection = empty.map_err(|error| StoreError::of(&file, &error))?;
        Ok(Store { file, connection, writer: Uuid::new_v4(), is_settled: true })
    }

    fn of(file: PathBuf, patience: Duration) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&file, flags)
            .and_then(|connection| connection.busy_timeout(patience).map(|()| connection));
        let connection = opened.map_err(|error| StoreError::of(&file, &error))?;
        Ok(Store { file, connection, writer: Uuid::new_v4(), is_settled: true })
    }

    /// Whether there are tables.
    ///
    /// # Errors
    /// The file is not a store, one of another format, or damaged.
    fn has_tables(&self) -> Result<bool, StoreError> {
        if tables::are_missing(&self.connection).map_err(|error| StoreError::of(&self.file, &error))? {
            return Ok(false);
        }
        check::identify(&self.connection, &self.file)?;
        check::examine(&self.connection, &self.file)?;
        Ok(true)
    }

    /// All sessions, by Id.
    pub fn sessions(&mut self) -> Result<Vec<StoredSession>, StoreError> {
        self.query("SELECT * FROM session ORDER BY id", &[])
    }

    /// The sessions with an InstanceId, by Id: one, unless several hosts or users have it.
    pub fn by_instance(&mut self, instance_id: InstanceId) -> Result<Vec<StoredSession>, StoreError> {
        // Keys begin with it, and have an index: behind it comes a blank, and behind that the exclamation mark.
        let (first, end) = (format!("{instance_id} "), format!("{instance_id}!"));
        self.query("SELECT * FROM session WHERE key >= ? AND key < ? ORDER BY id", &[&first, &end])
    }

    /// The session with this key.
    pub fn by_key(&mut self, key: &RecordKey) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.query("SELECT * FROM session WHERE key = ?", &[&key.0])?.into_iter().next())
    }

    /// The session with an Id.
    pub fn by_number(&mut self, id: SessionNumber) -> Result<Option<StoredSession>, StoreError> {
        let found = self.query("SELECT * FROM session WHERE id = ?", &[&id.0])?;
        Ok(found.into_iter().next())
    }

    /// The sessions that may have this name, which is one of ASCII letters; which of them do is for the caller to find
    /// out.
    pub fn perhaps_named(&mut self, name: &str) -> Result<Vec<StoredSession>, StoreError> {
        // What SQLite knows of letter case ends with ASCII.
        const MAY_BE: &str =
            "SELECT * FROM session WHERE name = ? COLLATE NOCASE OR name GLOB '*[^ -~]*' ORDER BY id";
        self.query(MAY_BE, &[&name])
    }

    fn query(&mut self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<StoredSession>, StoreError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection.prepare(sql)?.query_map(parameters, read_session)?.collect()
        };
        read().map_err(|error| StoreError::of(&self.file, &error))
    }

    /// Changes the record of a session in one transaction.
    pub fn update(
        &mut self,
        key: &RecordKey,
        durability: Durability,
        decide: impl FnOnce(Option<&Row>) -> Change,
    ) -> Result<Updated, StoreError> {
        let writer = self.writer;
        self.is_settled &= durability == Durability::PowerCut;
        let updated = self.transact(durability, |transaction| change(transaction, key, decide, writer))?;
        self.forget_reading_of(&updated);
        Ok(updated)
    }

    /// Several changes in one transaction, all or none of them; it costs little more than one change.
    pub(crate) fn update_all(
        &mut self,
        durability: Durability,
        updates: Vec<(RecordKey, Decision)>,
    ) -> Result<Vec<Updated>, StoreError> {
        let writer = self.writer;
        self.is_settled &= durability == Durability::PowerCut;
        let updated: Vec<_> = self.transact(durability, |transaction| {
            let changes = updates.into_iter();
            changes.map(|(key, decide)| change(transaction, &key, decide, writer)).collect()
        })?;
        updated.iter().for_each(|updated| self.forget_reading_of(updated));
        Ok(updated)
    }

    /// Waits until the disk has all that was written here.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        if !self.is_settled {
            // A change that waits for the disk takes along what is not there yet. This one changes nothing, so that
            // there is nothing to go back to and the disk need not have a journal first.
            self.set_journal("MEMORY")?;
            let settled = self.transact(Durability::PowerCut, |transaction| tables::sign(transaction));
            self.set_journal("DELETE")?;
            settled?;
            self.is_settled = true;
        }
        Ok(())
    }

    fn set_journal(&mut self, mode: &str) -> Result<(), StoreError> {
        let set = self.connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()));
        set.map_err(|error| StoreError::of(&self.file, &error))
    }

    /// The next object ids for what this side sends into a session's shell: ids that are never given twice, whatever
    /// happens to this process. `None` for a session that is not known.
    pub fn object_ids(&mut self, key: &RecordKey) -> Result<Option<Range<ObjectId>>, StoreError> {
        const TAKE: &str = "UPDATE session SET next_object_id = next_object_id + ? WHERE key = ?
            RETURNING next_object_id - ?, next_object_id";
        self.is_settled = false;
        self.transact(Durability::Kill, |transaction| {
            let block = BLOCK as i64;
            let range = |row: &rusqlite::Row<'_>| Ok(row::object_id(row, 0)?..row::object_id(row, 1)?);
            transaction.query_row(TAKE, params![block, key.0, block], range).optional()
        })
    }

    /// Marks a session as one that this process reads; `None` if another process does.
    pub(crate) fn begin_reading(&self, id: SessionNumber) -> Option<Reading> {
        Reading::begin(self.reading_file(id))
    }

    /// Whether the process that read a session last may have lost an answer.
    pub(crate) fn was_reading_cut(&self, id: SessionNumber) -> bool {
        Reading::was_cut(&self.reading_file(id))
    }

    /// With a session that is forgotten its mark goes, and none is left for one that gets its number.
    fn forget_reading_of(&self, updated: &Updated) {
        if let Updated { before: Some(stored), after: None } | Updated { before: None, after: Some(stored) } =
            updated
        {
            stored.session.id.into_iter().for_each(|id| self.forget_reading(id));
        }
    }

    /// Forgets that, since another client has taken over the session.
    pub(crate) fn forget_reading(&self, id: SessionNumber) {
        // One that stays costs a request.
        let _ = fs::remove_file(self.reading_file(id));
    }

    fn reading_file(&self, id: SessionNumber) -> PathBuf {
        self.file.with_file_name(format!("reading-{id}"))
    }

    /// The last object of a command's output that was delivered, if any was.
    pub fn delivered(
        &mut self,
        key: &RecordKey,
        command_id: &CommandId,
    ) -> Result<Option<ObjectId>, StoreError> {
        const SELECT: &str = "SELECT object_id FROM delivered WHERE key = ? AND command_id = ?";
        let read = self
            .connection
            .query_row(SELECT, [&key.0, &command_id.0], |row| row.get(0).map(u64::from_be_bytes));
        let number = read.optional().map_err(|error| StoreError::of(&self.file, &error))?;
        Ok(number.and_then(ObjectId::new))
    }

    /// Records that a command's output was delivered up to an object. It does not wait for the disk: after a power cut
    /// the mark may be a lower one.
    pub fn deliver(
        &mut self,
        key: &RecordKey,
        command_id: &CommandId,
        last: ObjectId,
    ) -> Result<(), StoreError> {
        const RAISE: &str =
            "UPDATE delivered SET object_id = max(object_id, ?) WHERE key = ? AND command_id = ?";
        const INSERT: &str = "INSERT INTO delivered (object_id, key, command_id) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET object_id = max(object_id, excluded.object_id)";
        let last = last.get().to_be_bytes();
        let mut write = |durability, sql| {
            self.transact(durability, |transaction| {
                transaction.execute(sql, params![last, key.0, command_id.0])
            })
        };
        if write(Durability::Kill, RAISE)? == 0 {
            // Unlike a number that changes in its place, a new row may need a page, which a power cut must not tear.
            write(Durability::PowerCut, INSERT)?;
        }
        Ok(())
    }

    /// Forgets the delivery mark of a command whose output was all delivered.
    pub fn finish(&mut self, key: &RecordKey, command_id: &CommandId) -> Result<(), StoreError> {
        const DELETE: &str = "DELETE FROM delivered WHERE key = ? AND command_id = ?";
        self.transact(Durability::PowerCut, |transaction| {
            transaction.execute(DELETE, [&key.0, &command_id.0]).map(drop)
        })
    }

    /// Changes all or nothing, as the only one.
    fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let transact = || {
            self.connection.pragma_update(None, "synchronous", durability.synchronous())?;
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit().map(|()| done)
        };
        transact().map_err(|error| StoreError::of(&self.file, &error))
    }
}

/// What an update does with the row.
pub(crate) type Decision = Box<dyn FnOnce(Option<&Row>) -> Change + Send>;

fn change(
    transaction: &Transaction<'_>,
    key: &RecordKey,
    decide: impl FnOnce(Option<&Row>) -> Change,
    writer: Uuid,
) -> rusqlite::Result<Updated> {
    let row = find(transaction, key, writer)?;
    let change = decide(row.as_ref());
    let before = row.map(|row| row.stored);
    let after = match change {
        Change::Keep => before.clone(),
        Change::Write(mut stored) => {
            stored.session.id = before.as_ref().and_then(|before| before.session.id);
            stored.session.id = Some(write(transaction, &stored, writer)?);
            Some(*stored)
        }
        Change::Forget => {
            delete(transaction, key)?;
            None
        }
    };
    Ok(Updated { before, after })
}

/// The directory, for its owner alone from the moment it exists. Who can write to it can replace the file, and leave a
/// journal beside it that SQLite would apply.
fn create_private_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    owned::check_owner(&fs::metadata(directory)?)
}

/// The file, likewise: it says where passwords go.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    owned::open_with(&mut options, file, Links::Refused).map(drop)
}

#[cfg(test)]
mod tests;
