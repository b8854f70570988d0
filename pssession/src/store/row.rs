//! Sessions as rows of the table.

use super::{Recorded, StoredSession};
use crate::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, SessionNumber};
use crate::session_option::OutputBufferingMode;
use crate::wsman::SessionId;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

pub(super) fn find(
    connection: &Connection,
    instance_id: InstanceId,
) -> rusqlite::Result<Option<StoredSession>> {
    let mut select = connection.prepare("SELECT * FROM session WHERE instance_id = ?")?;
    select.query_row([instance_id.to_string()], read_session).optional()
}

pub(super) fn delete(connection: &Connection, id: SessionNumber) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM session WHERE id = ?", [id.0]).map(drop)
}

pub(super) fn was_written_by(
    connection: &Connection,
    id: SessionNumber,
    writer: Uuid,
) -> rusqlite::Result<bool> {
    const WRITTEN: &str = "SELECT count(*) FROM session WHERE id = ? AND written_by = ?";
    connection.query_row(WRITTEN, params![id.0, writer.to_string()], |row| row.get(0))
}

/// Writes a record over the one that is known. What it does not know itself stays as it was.
pub(super) fn write(
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

pub(super) fn read_session(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
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
