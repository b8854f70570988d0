//! Whether a file is a store that can be used.

use super::error::StoreError;
use super::tables::{APPLICATION_ID, FORMAT};
use rusqlite::Connection;
use std::path::Path;

/// Finds out whether a file with tables is a store of this format.
pub(super) fn identify(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let number = |sql| number(sql).map_err(|error| StoreError::of(file, &error));
    if number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign(file.to_owned()));
    }
    match number("PRAGMA user_version")? {
        FORMAT => Ok(()),
        found if found < FORMAT => Err(StoreError::Older { file: file.to_owned(), found }),
        found => Err(StoreError::Newer { file: file.to_owned(), found }),
    }
}

/// Finds damage before anything is done that would have to be recorded.
pub(super) fn examine(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    match connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(_) => Err(StoreError::Damaged { file: file.to_owned() }),
        Err(error) => Err(StoreError::of(file, &error)),
    }
}
