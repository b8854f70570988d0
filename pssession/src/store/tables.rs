//! The tables of the store.

use rusqlite::Connection;

/// Marks the file as one of this program's: "PSSn".
pub(super) const APPLICATION_ID: i64 = 0x5053_536E;

/// The format of the file; raised whenever the tables change.
pub(super) const FORMAT: i64 = 7;

const TABLES: &str = "
    CREATE TABLE session (
        -- AUTOINCREMENT: an Id is not given again when its session is gone.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        -- The session's GUID, its host and its user.
        key TEXT NOT NULL UNIQUE,
        instance_id TEXT NOT NULL,
        name TEXT,
        computer_name TEXT NOT NULL,
        connection_uri TEXT NOT NULL,
        configuration_name TEXT NOT NULL,
        state INTEGER NOT NULL,
        availability INTEGER NOT NULL,
        idle_timeout_ms INTEGER,
        output_buffering_mode INTEGER,
        -- Times in milliseconds since 1970.
        disconnected_on INTEGER,
        expires_on INTEGER,
        last_seen INTEGER,
        -- How it is reached again.
        shell_id TEXT NOT NULL,
        resource_uri TEXT NOT NULL,
        session_id TEXT NOT NULL,
        protocol_version TEXT,
        authentication INTEGER NOT NULL,
        user_name TEXT,
        max_idle_timeout_ms INTEGER,
        is_compressed INTEGER,
        -- A JSON object.
        application_private_data TEXT,
        session_option TEXT NOT NULL,
        ca_file TEXT,
        certificate TEXT,
        pins TEXT NOT NULL,
        -- Which opened store wrote the row last.
        written_by TEXT NOT NULL,
        -- The first PSRP object id that has not been handed out.
        next_object_id INTEGER NOT NULL DEFAULT 1
    ) STRICT;

    -- The last object of a command's output that was delivered.
    CREATE TABLE delivered (
        key TEXT NOT NULL,
        command_id TEXT NOT NULL,
        -- Eight octets, big-endian: a higher number takes no more room in its page.
        object_id BLOB NOT NULL,
        PRIMARY KEY (key, command_id)
    ) STRICT, WITHOUT ROWID;
";

/// Whether a file has no tables yet.
pub(super) fn are_missing(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// Makes the tables, unless another process was faster.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    if are_missing(connection)? {
        connection.execute_batch(TABLES)?;
        sign(connection)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
    }
    Ok(())
}

/// Marks the file as one of this program's, which all formats agree on.
pub(super) fn sign(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}
