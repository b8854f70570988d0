//! The tables of the store, and what leads to them from those of earlier versions.

use super::StoreError;
use rusqlite::{Connection, Transaction};
use std::path::Path;

/// Marks the file as one of this program's: "PSSn".
pub(super) const APPLICATION_ID: i64 = 0x5053_536E;

/// Raised whenever the tables change; [`MIGRATIONS`] has one step for each number after the first.
pub(super) const VERSION: usize = MIGRATIONS.len() + 1;

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

/// The version of the tables in a file; 0 where there are none yet.
pub(super) fn read_version(connection: &Connection, file: &Path) -> Result<usize, StoreError> {
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
pub(super) fn migrate(transaction: &Transaction<'_>, file: &Path) -> Result<(), StoreError> {
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
        sign(transaction)?;
        transaction.pragma_update(None, "user_version", VERSION as i64)
    };
    run().map_err(|error| StoreError::of(file, error))
}

/// Marks the file as one of this program's, which all versions agree on.
pub(super) fn sign(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "application_id", APPLICATION_ID)
}

/// Finds damage before anything is done that would have to be recorded.
pub(super) fn check(connection: &Connection, file: &Path) -> Result<(), StoreError> {
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
