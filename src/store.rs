//! The sessions this user knows, across processes: what a PowerShell process keeps in memory while it runs.
//!
//! One SQLite file with a rollback journal in a directory of the user's own. Many processes may use it at once, and
//! a kill at any moment leaves either what was before a change or what is after it. It holds no secret: who gets at
//! the file learns where sessions are, and can do nothing with them.

mod peek;

use crate::session::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use crate::session_option::{OutputBufferingMode, PSSessionOption};
use crate::wsman::SessionId;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, ToSql, Transaction, TransactionBehavior, params,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// The file in the store's directory.
const FILE: &str = "sessions.db";

/// Marks the file as one of this program's: "PSSn".
const APPLICATION_ID: i64 = 0x5053_536E;

/// Raised whenever the tables change; [`MIGRATIONS`] has one step for each number after the first.
const VERSION: usize = MIGRATIONS.len() + 1;

/// The tables of this version. A new store is made in one step: each step costs as much as connecting does otherwise.
const TABLES: &str = "
    CREATE TABLE session (
        -- AUTOINCREMENT: an Id is not given again when its session is gone.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        instance_id TEXT NOT NULL UNIQUE,
        name TEXT,
        computer_name TEXT NOT NULL,
        connection_uri TEXT NOT NULL,
        configuration_name TEXT NOT NULL,
        state INTEGER NOT NULL,
        availability INTEGER NOT NULL,
        idle_timeout_ms INTEGER,
        output_buffering_mode INTEGER,
        -- How the server is spoken to about it.
        shell_id TEXT NOT NULL,
        resource_uri TEXT NOT NULL,
        session_id TEXT NOT NULL,
        protocol_version TEXT,
        authentication TEXT NOT NULL,
        user_name TEXT,
        -- Times in milliseconds since 1970.
        disconnected_on INTEGER,
        expires_on INTEGER,
        max_idle_timeout_ms INTEGER,
        session_option TEXT NOT NULL DEFAULT '{}',
        ca_file TEXT,
        certificate_thumbprint TEXT,
        pins TEXT,
        -- Which opened store wrote the row last.
        written_by TEXT
    ) STRICT;
";

/// What leads from version n, counted from 1, to n + 1.
const MIGRATIONS: &[&str] = &[
    "
    ALTER TABLE session ADD COLUMN disconnected_on INTEGER;
    ALTER TABLE session ADD COLUMN expires_on INTEGER;
    ALTER TABLE session ADD COLUMN max_idle_timeout_ms INTEGER;
    ALTER TABLE session ADD COLUMN session_option TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE session ADD COLUMN ca_file TEXT;
",
    "
    ALTER TABLE session ADD COLUMN certificate_thumbprint TEXT;
    ALTER TABLE session ADD COLUMN pins TEXT;
",
    "
    ALTER TABLE session ADD COLUMN written_by TEXT;
",
];

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
    /// There were no tables when it was looked at last.
    is_new: bool,
    /// Signs what is written here.
    writer: Uuid,
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

    /// Opens the store in a directory; makes both if they are not there. A new store is an empty file until something
    /// is recorded.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        let file = directory.join(FILE);
        create_private(directory, &file).map_err(unusable)?;
        let sql = |error| StoreError::of(&file, error);
        let mut connection = Connection::open(&file).map_err(sql)?;
        connection.busy_timeout(PATIENCE).map_err(sql)?;
        let version = read_version(&connection, &file)?;
        if version > 0 {
            check(&connection, &file)?;
        }
        if 0 < version && version < VERSION {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
            migrate(&transaction, &file)?;
            transaction.commit().map_err(sql)?;
        }
        Ok(Store::of(file, connection, version))
    }

    /// Opens the store in a directory to look at it: nothing is made or changed, unless there is damage or an older
    /// format to mend first.
    pub fn open_for_reading(directory: &Path) -> Result<Store, StoreError> {
        let file = directory.join(FILE);
        let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
        if !file.try_exists().map_err(unusable)? {
            let connection = Connection::open_in_memory().map_err(|error| StoreError::of(&file, error))?;
            return Ok(Store::of(file, connection, 0));
        }
        let open = || {
            let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
            connection.busy_timeout(PATIENCE).ok()?;
            let version = read_version(&connection, &file).ok()?;
            let is_this = version == 0 || (version == VERSION && check(&connection, &file).is_ok());
            is_this.then(|| Store::of(file.clone(), connection, version))
        };
        open().map_or_else(|| Store::open(directory), Ok)
    }

    fn of(file: PathBuf, connection: Connection, version: usize) -> Store {
        Store { file, connection, is_new: version == 0, writer: Uuid::new_v4() }
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
        delete(&self.connection, id).map_err(|error| StoreError::of(&self.file, error))
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
        self.change(|transaction| {
            let known = find(transaction, stored.session.instance_id)?;
            write(transaction, stored.clone(), known, writer)
        })
    }

    /// As [`Store::record`], ahead of connecting: a session that is known keeps the client that it is recorded under,
    /// and whoever connects to it is to speak as the client of what was written.
    pub fn claim(&mut self, stored: &StoredSession) -> Result<Recorded, StoreError> {
        let writer = self.writer;
        self.change(|transaction| {
            let known = find(transaction, stored.session.instance_id)?;
            let session_id = known.as_ref().map_or(stored.session_id, |known| known.session_id);
            write(transaction, StoredSession { session_id, ..stored.clone() }, known, writer)
        })
    }

    /// Records how a session was found to be, if it still is as it was when somebody went to look.
    pub fn amend(&mut self, known: &StoredSession, found: &StoredSession) -> Result<(), StoreError> {
        let seen = |stored: &StoredSession| (stored.session_id, stored.session.state);
        let writer = self.writer;
        self.change(|transaction| match find(transaction, known.session.instance_id)? {
            Some(stored) if seen(&stored) == seen(known) => {
                write(transaction, found.clone(), Some(stored), writer).map(drop)
            }
            _ => Ok(()),
        })
    }

    /// Puts back what was there before a record was written, unless somebody has written another since.
    pub fn undo(&mut self, recorded: Recorded) -> Result<(), StoreError> {
        let writer = self.writer;
        self.change(|transaction| match &recorded.previous {
            _ if !was_written_by(transaction, recorded.id, writer)? => Ok(()),
            Some(previous) => {
                write(transaction, previous.clone(), recorded.previous.clone(), writer).map(drop)
            }
            None => delete(transaction, recorded.id),
        })
    }

    /// Changes all or nothing, as the only one.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let sql = |error| StoreError::of(&self.file, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        if self.is_new {
            migrate(&transaction, &self.file)?;
        }
        let done = work(&transaction).map_err(sql)?;
        transaction.commit().map_err(sql)?;
        self.is_new = false;
        Ok(done)
    }
}

/// The version of the tables in a file; 0 where there are none yet.
fn read_version(connection: &Connection, file: &Path) -> Result<usize, StoreError> {
    // The three are written in one step, so the order in which they are read does not matter once there are tables.
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let number = |sql| number(sql).map_err(|error| StoreError::of(file, error));
    if number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(0);
    }
    if number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign(file.to_owned()));
    }
    let version = number("PRAGMA user_version")?;
    let known = usize::try_from(version).ok().filter(|version| *version <= VERSION);
    known.ok_or_else(|| StoreError::Newer { file: file.to_owned(), found: version })
}

/// Brings the tables to this version. Another process may have been at it: the version is read anew.
fn migrate(transaction: &Transaction<'_>, file: &Path) -> Result<(), StoreError> {
    let done = read_version(transaction, file)?;
    let run = || {
        match done.checked_sub(1) {
            None => transaction.execute_batch(TABLES)?,
            Some(steps) => {
                for migration in MIGRATIONS.iter().skip(steps) {
                    transaction.execute_batch(migration)?;
                }
            }
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION as i64)
    };
    run().map_err(|error| StoreError::of(file, error))
}

/// Finds damage before anything is done that would have to be recorded.
fn check(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    match connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(verdict) if verdict == "ok" => Ok(()),
        // The verdict names pages; for a person it is what SQLite says of such a file everywhere else.
        Ok(_) => {
            let reason = "database disk image is malformed".to_owned();
            Err(StoreError::Damaged { file: file.to_owned(), reason })
        }
        Err(error) => Err(StoreError::of(file, error)),
    }
}

fn find(connection: &Connection, instance_id: InstanceId) -> rusqlite::Result<Option<StoredSession>> {
    let mut select = connection.prepare("SELECT * FROM session WHERE instance_id = ?")?;
    select.query_row([instance_id.to_string()], read_session).optional()
}

fn delete(connection: &Connection, id: SessionNumber) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM session WHERE id = ?", [id.0]).map(drop)
}

fn was_written_by(connection: &Connection, id: SessionNumber, writer: Uuid) -> rusqlite::Result<bool> {
    const WRITTEN: &str = "SELECT count(*) FROM session WHERE id = ? AND written_by = ?";
    connection.query_row(WRITTEN, params![id.0, writer.to_string()], |row| row.get(0))
}

/// Writes a record over the one that is known. What it does not know itself stays as it was.
fn write(
    transaction: &Transaction<'_>,
    stored: StoredSession,
    previous: Option<StoredSession>,
    writer: Uuid,
) -> rusqlite::Result<Recorded> {
    let mut written = completed(stored, previous.as_ref());
    let session = &written.session;
    transaction.execute(
        INSERT,
        params![
            session.id.map(|id| id.0),
            session.instance_id.to_string(),
            session.name,
            session.computer_name,
            session.connection_uri,
            session.configuration_name,
            session.state as i32,
            session.availability as i32,
            session.idle_timeout.map(milliseconds),
            session.output_buffering_mode.map(|mode| mode as i32),
            written.shell_id,
            written.resource_uri,
            written.session_id.0.to_string(),
            written.protocol_version,
            written.authentication,
            written.user_name,
            session.disconnected_on.map(Timestamp::as_millisecond),
            session.expires_on.map(Timestamp::as_millisecond),
            written.max_idle_timeout.map(milliseconds),
            serde_json::to_string(&written.session_option)
                .expect("strings, numbers and structs always serialize"),
            written.ca_file.as_ref().map(|file| file.to_string_lossy()),
            written.certificate_thumbprint,
            written.pins,
            writer.to_string(),
        ],
    )?;
    let rowid = transaction.last_insert_rowid();
    let number = u32::try_from(rowid).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, rowid))?;
    let id = SessionNumber(number);
    written.session.id = Some(id);
    Ok(Recorded { id, previous, written })
}

const INSERT: &str = "
    INSERT OR REPLACE INTO session (id, instance_id, name, computer_name, connection_uri, configuration_name, state,
        availability, idle_timeout_ms, output_buffering_mode, shell_id, resource_uri, session_id, protocol_version,
        authentication, user_name, disconnected_on, expires_on, max_idle_timeout_ms, session_option, ca_file,
        certificate_thumbprint, pins, written_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// A record with what was known before it, and with the Id from then.
fn completed(mut stored: StoredSession, previous: Option<&StoredSession>) -> StoredSession {
    let known = previous.map(|previous| &previous.session);
    let session = &mut stored.session;
    session.id = known.and_then(|known| known.id);
    session.name = session.name.take().or_else(|| known?.name.clone());
    session.idle_timeout = session.idle_timeout.or_else(|| known?.idle_timeout);
    session.output_buffering_mode = session.output_buffering_mode.or_else(|| known?.output_buffering_mode);
    stored.protocol_version = stored.protocol_version.or_else(|| previous?.protocol_version.clone());
    stored.max_idle_timeout = stored.max_idle_timeout.or_else(|| previous?.max_idle_timeout);
    stored
}

/// A record that was written, and what stood in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Recorded {
    pub id: SessionNumber,
    pub previous: Option<StoredSession>,
    pub written: StoredSession,
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    let session = PSSession {
        id: Some(SessionNumber(row.get("id")?)),
        name: row.get("name")?,
        instance_id: InstanceId(guid(row, "instance_id")?),
        computer_name: row.get("computer_name")?,
        connection_uri: row.get("connection_uri")?,
        configuration_name: row.get("configuration_name")?,
        state: number(row, "state", &RunspaceState::ALL, |state| *state as i32)?,
        availability: number(row, "availability", &RunspaceAvailability::ALL, |availability| {
            *availability as i32
        })?,
        idle_timeout: duration(row, "idle_timeout_ms")?,
        output_buffering_mode: match row.get::<_, Option<i32>>("output_buffering_mode")? {
            Some(_) => {
                Some(number(row, "output_buffering_mode", &OutputBufferingMode::ALL, |mode| *mode as i32)?)
            }
            None => None,
        },
        disconnected_on: time(row, "disconnected_on")?,
        expires_on: time(row, "expires_on")?,
    };
    Ok(StoredSession {
        session,
        shell_id: row.get("shell_id")?,
        resource_uri: row.get("resource_uri")?,
        session_id: SessionId(guid(row, "session_id")?),
        protocol_version: row.get("protocol_version")?,
        authentication: row.get("authentication")?,
        user_name: row.get("user_name")?,
        max_idle_timeout: duration(row, "max_idle_timeout_ms")?,
        session_option: serde_json::from_str(&row.get::<_, String>("session_option")?)
            .map_err(|error| unreadable("session_option", Type::Text, error))?,
        ca_file: row.get::<_, Option<String>>("ca_file")?.map(PathBuf::from),
        certificate_thumbprint: row.get("certificate_thumbprint")?,
        pins: row.get("pins")?,
    })
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn duration(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Duration>> {
    let found: Option<i64> = row.get(column)?;
    Ok(found.map(|time| Duration::from_millis(time.unsigned_abs())))
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let found: Option<i64> = row.get(column)?;
    found
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|error| unreadable(column, Type::Integer, error))
}

fn guid(row: &Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    let text: String = row.get(column)?;
    Uuid::try_parse(&text).map_err(|error| unreadable(column, Type::Text, error))
}

/// The one of `all` that has the column's number.
fn number<T: Copy>(row: &Row<'_>, column: &str, all: &[T], of: impl Fn(&T) -> i32) -> rusqlite::Result<T> {
    let number: i32 = row.get(column)?;
    let known = all.iter().find(|candidate| of(candidate) == number);
    known.copied().ok_or_else(|| unreadable(column, Type::Integer, format!("unknown number {number}")))
}

fn unreadable(
    column: &str,
    kind: Type,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    let error = format!("column {column}: {}", error.into());
    rusqlite::Error::FromSqlConversionFailure(0, kind, error.into())
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
