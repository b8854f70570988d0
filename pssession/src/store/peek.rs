//! A look at a store that must leave no trace.

use super::tables::read_version;
use super::{FILE, Store, StoreError, StoredSession};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a look waits for a process that writes.
const PATIENCE: Duration = Duration::from_millis(100);

impl Store {
    /// All sessions, by Id, without making, repairing or locking anything for long.
    ///
    /// # Errors
    /// Where there is no store, one that is not of this version's form, or one that has to be repaired first.
    pub fn peek(directory: &Path) -> Result<Vec<StoredSession>, StoreError> {
        let file = directory.join(FILE);
        let sql = |error| StoreError::of(&file, error);
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(sql)?;
        connection.busy_timeout(PATIENCE).map_err(sql)?;
        let version = read_version(&connection, &file)?;
        Store::of(file, connection, version == 0).sessions()
    }
}
