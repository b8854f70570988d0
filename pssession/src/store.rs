//! The sessions this user knows, across processes: what a PowerShell process keeps in memory while it runs.
//!
//! One SQLite file with a rollback journal in a directory of the user's own. Many processes may use it at once, and
//! a kill at any moment leaves either what was before a change or what is after it. It holds no secret: who gets at
//! the file learns where sessions are, and can do nothing with them.
//!
//! A change is waited for until the disk has it, but for two: new tables, in which there is nothing yet, and what is
//! recorded ahead of connecting, which would keep the server waiting and is brought to the disk while it works
//! ([`Store::settle`]). Until then a power cut, but no kill, can damage the file, which is found when it is opened.

mod peek;
mod row;
mod tables;

use crate::record::{InstanceId, PSSession, SessionNumber};
use crate::session_option::PSSessionOption;
use crate::wsman::SessionId;
use row::{delete, find, read_session, was_written_by, write};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, Transaction, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tables::{VERSION, check, migrate, read_version, sign};
use uuid::Uuid;

/// The file in the store's directory.
const FILE: &str = "sessions.db";

/// How long a process waits for others that write.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no directory for the session store: set PSSESSION_STORE or HOME")]
    NoDirectory,
    #[error("the directory {} of the session store cannot be used: {source}", .directory.display())]
    Directory { directory: PathBuf, source: std::io::Error },
    #[error("{} is not a session store", .0.display())]
    Foreign(PathBuf),
    #[error("the session store {} was written by a newer version of this program (format {found}, this one knows {VERSION})", .file.display())]
    Newer { file: PathBuf, found: i64 },
    #[error("the session store {} is damaged: {reason}", .file.display())]
    Damaged { file: PathBuf, reason: String },
    #[error("the session store {} cannot be used: {source}", .file.display())]
    Unusable { file: PathBuf, source: rusqlite::Error },
}

/// The open store.
pub struct Store {
    file: PathBuf,
    connection: Connection,
    /// Of one that is only looked at: there were no tables when it was looked at last.
    is_new: bool,
    /// Signs what is written here.
    writer: Uuid,
    /// Whether the disk has all that was claimed here.
    is_settled: bool,
}

/// What a change withstands as soon as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Withstands {
    /// The end of this process, at any moment.
    Kill,
    /// The end of the machine too.
    PowerCut,
}

impl Withstands {
    /// SQLite's word for it. A journal that was cut off on its way to the disk is told by its checksums, so that FULL,
    /// which waits for it twice, has little to add.
    fn synchronous(self) -> &'static str {
        match self {
            Withstands::Kill => "OFF",
            Withstands::PowerCut => "NORMAL",
        }
    }
}

/// A session as it is kept: what people see, and what it takes to speak to its server about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    pub session: PSSession,
    /// In the server's own letters.
    pub shell_id: String,
    pub resource_uri: String,
    /// The client that holds, or last held, the shell.
    pub session_id: SessionId,
    /// PSRP version agreed on with the server, if it is another than the one this program offers.
    pub protocol_version: Option<String>,
    /// PowerShell's name of the mechanism.
    pub authentication: String,
    pub user_name: Option<String>,
    /// The longest idle time-out that the server allows; `None` where it was not asked.
    pub max_idle_timeout: Option<Duration>,
    pub session_option: PSSessionOption,
    /// The only certificate authorities to believe, if not the system's.
    pub ca_file: Option<PathBuf>,
    /// The client certificate that was shown, instead of a user's name.
    pub certificate_thumbprint: Option<String>,
    /// SHA-256 fingerprints of the only certificates to believe, separated by commas.
    pub pins: Option<String>,
}

impl Store {
    /// The directory of the platform: `$XDG_STATE_HOME`, `~/.local/state` or its like.
    pub fn default_directory() -> Result<PathBuf, StoreError> {
        let directories =
            directories::ProjectDirs::from("", "", "connect-pssession").ok_or(StoreError::NoDirectory)?;
        Ok(directories.state_dir().unwrap_or_else(|| directories.data_local_dir()).to_owned())
    }

    /// Opens the store in a directory; makes both if they are not there.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        let file = directory.join(FILE);
        create_private(directory, &file).map_err(unusable)?;
        let sql = |error| StoreError::of(&file, error);
        let connection = Connection::open(&file).map_err(sql)?;
        connection.busy_timeout(PATIENCE).map_err(sql)?;
        let version = read_version(&connection, &file)?;
        if version > 0 {
            check(&connection, &file)?;
        }
        let mut store = Store::of(file, connection, false);
        if version < VERSION {
            // There is nothing in new tables to be lost; the first record brings them to the disk.
            let withstands = if version > 0 { Withstands::PowerCut } else { Withstands::Kill };
            store.transact(withstands, migrate)?;
        }
        Ok(store)
    }

    /// Opens the store in a directory to look at it: nothing is made or changed, unless there is damage or an older
    /// format to mend first.
    pub fn open_for_reading(directory: &Path) -> Result<Store, StoreError> {
        let file = directory.join(FILE);
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        if !file.try_exists().map_err(unusable)? {
            let connection = Connection::open_in_memory().map_err(|error| StoreError::of(&file, error))?;
            return Ok(Store::of(file, connection, true));
        }
        let open = || {
            let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
            connection.busy_timeout(PATIENCE).ok()?;
            let version = read_version(&connection, &file).ok()?;
            let is_this = version == 0 || (version == VERSION && check(&connection, &file).is_ok());
            is_this.then(|| Store::of(file.clone(), connection, version == 0))
        };
        open().map_or_else(|| Store::open(directory), Ok)
    }

    fn of(file: PathBuf, connection: Connection, is_new: bool) -> Store {
        Store { file, connection, is_new, writer: Uuid::new_v4(), is_settled: true }
    }

    /// All sessions, by Id.
    pub fn sessions(&mut self) -> Result<Vec<StoredSession>, StoreError> {
        self.query("SELECT * FROM session ORDER BY id", &[])
    }

    /// The session with an InstanceId.
    pub fn by_instance(&mut self, instance_id: InstanceId) -> Result<Option<StoredSession>, StoreError> {
        let found = self.query("SELECT * FROM session WHERE instance_id = ?", &[&instance_id.to_string()])?;
        Ok(found.into_iter().next())
    }

    /// The session with an Id.
    pub fn by_number(&mut self, id: SessionNumber) -> Result<Option<StoredSession>, StoreError> {
        let found = self.query("SELECT * FROM session WHERE id = ?", &[&id.0])?;
        Ok(found.into_iter().next())
    }

    /// The sessions that may have this name, which is one of ASCII letters; that case does not matter is left to others.
    pub fn perhaps_named(&mut self, name: &str) -> Result<Vec<StoredSession>, StoreError> {
        // What SQLite knows of letter case ends with ASCII.
        const MAY_BE: &str =
            "SELECT * FROM session WHERE name = ? COLLATE NOCASE OR name GLOB '*[^ -~]*' ORDER BY id";
        self.query(MAY_BE, &[&name])
    }

    /// Forgets a session. Its Id is not given again.
    pub fn forget(&mut self, id: SessionNumber) -> Result<(), StoreError> {
        self.change(Withstands::PowerCut, |transaction| delete(transaction, id))
    }

    fn query(&mut self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<StoredSession>, StoreError> {
        // Another process may have made the tables meanwhile.
        self.is_new = self.is_new && read_version(&self.connection, &self.file)? == 0;
        if self.is_new {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection.prepare(sql)?.query_map(parameters, read_session)?.collect()
        };
        read().map_err(|error| StoreError::of(&self.file, error))
    }

    /// Records a session and gives it its Id: the one it has, if its InstanceId is known already. What the new
    /// record does not know stays as it was. The number in the record itself is not looked at.
    ///
    /// Returns the Id and what was there before, for [`Store::undo`].
    pub fn record(&mut self, stored: &StoredSession) -> Result<Recorded, StoreError> {
        let writer = self.writer;
        self.change(Withstands::PowerCut, |transaction| {
            let known = find(transaction, stored.session.instance_id)?;
            write(transaction, stored.clone(), known, writer)
        })
    }

    /// As [`Store::record`], ahead of connecting: a session that is known keeps the client that it is recorded under,
    /// and whoever connects to it is to speak as the client of what was written.
    ///
    /// The disk is not waited for; that is left to [`Store::settle`].
    pub fn claim(&mut self, stored: &StoredSession) -> Result<Recorded, StoreError> {
        let writer = self.writer;
        self.is_settled = false;
        self.change(Withstands::Kill, |transaction| {
            let known = find(transaction, stored.session.instance_id)?;
            let session_id = known.as_ref().map_or(stored.session_id, |known| known.session_id);
            write(transaction, StoredSession { session_id, ..stored.clone() }, known, writer)
        })
    }

    /// Waits until the disk has all that was claimed here.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        if !self.is_settled {
            // A change that waits for the disk takes along what is not there yet. This one changes nothing, so that
            // there is nothing to go back to and the disk need not have a journal first.
            self.set_journal("MEMORY")?;
            let settled = self.change(Withstands::PowerCut, sign);
            self.set_journal("DELETE")?;
            settled?;
            self.is_settled = true;
        }
        Ok(())
    }

    fn set_journal(&mut self, mode: &str) -> Result<(), StoreError> {
        let set = self.connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()));
        set.map_err(|error| StoreError::of(&self.file, error))
    }

    /// Records how a session was found to be, if it still is as it was when somebody went to look.
    pub fn amend(&mut self, known: &StoredSession, found: &StoredSession) -> Result<(), StoreError> {
        let seen = |stored: &StoredSession| (stored.session_id, stored.session.state);
        let writer = self.writer;
        self.change(Withstands::PowerCut, |transaction| match find(transaction, known.session.instance_id)? {
            Some(stored) if seen(&stored) == seen(known) => {
                write(transaction, found.clone(), Some(stored), writer).map(drop)
            }
            _ => Ok(()),
        })
    }

    /// Puts back what was there before a record was written, unless somebody has written another since.
    pub fn undo(&mut self, recorded: Recorded) -> Result<(), StoreError> {
        let (writer, Recorded { id, previous, .. }) = (self.writer, recorded);
        self.change(Withstands::PowerCut, |transaction| match previous {
            _ if !was_written_by(transaction, id, writer)? => Ok(()),
            Some(previous) => write(transaction, previous.clone(), Some(previous), writer).map(drop),
            None => delete(transaction, id),
        })
    }

    /// As [`Store::transact`], where SQLite alone can fail.
    fn change<T>(
        &mut self,
        withstands: Withstands,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.transact(withstands, |transaction, file| {
            work(transaction).map_err(|error| StoreError::of(file, error))
        })
    }

    /// Changes all or nothing, as the only one.
    fn transact<T>(
        &mut self,
        withstands: Withstands,
        work: impl FnOnce(&Transaction<'_>, &Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let sql = |error| StoreError::of(&self.file, error);
        self.connection.pragma_update(None, "synchronous", withstands.synchronous()).map_err(sql)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let done = work(&transaction, &self.file)?;
        transaction.commit().map_err(sql)?;
        Ok(done)
    }
}

/// A record that was written, and what stood in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Recorded {
    pub id: SessionNumber,
    pub previous: Option<StoredSession>,
    pub written: StoredSession,
}

/// The directory and the file, readable by their owner alone from the moment they exist.
fn create_private(directory: &Path, file: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.create(directory)?;
    options.open(file).map(drop)
}

impl StoreError {
    fn of(file: &Path, source: rusqlite::Error) -> StoreError {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::Foreign(file),
            Some(ErrorCode::DatabaseCorrupt) | None => {
                StoreError::Damaged { file, reason: source.to_string() }
            }
            Some(_) => StoreError::Unusable { file, source },
        }
    }
}

#[cfg(test)]
mod tests;
