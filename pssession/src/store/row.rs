//! Sessions as rows of the table.

use super::change::Row;
use crate::access::{Access, Authentication, Pins, Thumbprint, TrustAnchors, User};
use crate::record::{
    InstanceId, ObjectId, PSSession, ProtocolVersion, RecordKey, ResourceUri, RunspaceAvailability,
    RunspaceState, SessionId, SessionNumber, ShellId, StoredSession,
};
use crate::session_option::OutputBufferingMode;
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

const FIND: &str = "SELECT * FROM session WHERE key = ?";

/// A column, and what a record has in it.
type Column = (&'static str, fn(&StoredSession) -> Value);

/// All columns that are written, but for the writer's mark.
const COLUMNS: [Column; 27] = [
    ("id", |stored| stored.session.id.map(|id| id.0).into()),
    ("key", |stored| stored.key().0.into()),
    ("instance_id", |stored| stored.session.instance_id.to_string().into()),
    ("name", |stored| stored.session.name.clone().into()),
    ("computer_name", |stored| stored.session.computer_name.clone().into()),
    ("connection_uri", |stored| stored.session.connection_uri.clone().into()),
    ("configuration_name", |stored| stored.session.configuration_name.clone().into()),
    ("state", |stored| (stored.session.state as i32).into()),
    ("availability", |stored| (stored.session.availability as i32).into()),
    ("idle_timeout_ms", |stored| stored.session.idle_timeout.map(milliseconds).into()),
    ("output_buffering_mode", |stored| stored.session.output_buffering_mode.map(|mode| mode as i32).into()),
    ("disconnected_on", |stored| stored.session.disconnected_on.map(since_1970).into()),
    ("expires_on", |stored| stored.session.expires_on.map(since_1970).into()),
    ("last_seen", |stored| stored.session.last_seen.map(since_1970).into()),
    ("shell_id", |stored| stored.shell_id.0.clone().into()),
    ("resource_uri", |stored| stored.resource_uri.0.clone().into()),
    ("session_id", |stored| stored.session_id.0.to_string().into()),
    ("protocol_version", |stored| stored.protocol_version.map(|version| version.to_string()).into()),
    ("authentication", |stored| (stored.access.authentication as i32).into()),
    ("user_name", |stored| stored.access.user.name().map(str::to_owned).into()),
    ("max_idle_timeout_ms", |stored| stored.max_idle_timeout.map(milliseconds).into()),
    ("is_compressed", |stored| stored.is_compressed.into()),
    ("application_private_data", |stored| stored.session.application_private_data.as_ref().map(json).into()),
    ("session_option", |stored| json(&stored.access.session_option).into()),
    ("ca_file", |stored| {
        stored.access.anchors.ca_file.as_ref().map(|file| file.to_string_lossy().into_owned()).into()
    }),
    ("certificate", |stored| {
        stored.access.user.certificate().map(|thumbprint| thumbprint.to_string()).into()
    }),
    ("pins", |stored| stored.access.anchors.pins.to_string().into()),
];

/// Has SQLite read, while nothing waits for it yet, the statements of every change.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(FIND)?;
    connection.prepare_cached(&upsert()).map(drop)
}

/// The row of a session, with whether `writer` wrote it last.
pub(super) fn find(connection: &Connection, key: &RecordKey, writer: Uuid) -> rusqlite::Result<Option<Row>> {
    let mut select = connection.prepare_cached(FIND)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row { stored: read_session(row)?, is_own: guid(row, "written_by")? == writer })
    };
    select.query_row([&key.0], read).optional()
}

pub(super) fn delete(connection: &Connection, key: &RecordKey) -> rusqlite::Result<()> {
    for sql in ["DELETE FROM session WHERE key = ?", "DELETE FROM delivered WHERE key = ?"] {
        connection.execute(sql, [&key.0])?;
    }
    Ok(())
}

/// Writes a record in place of the one with its key, if there is one, and returns its Id. The object ids stay.
pub(super) fn write(
    connection: &Connection,
    stored: &StoredSession,
    writer: Uuid,
) -> rusqlite::Result<SessionNumber> {
    let values = COLUMNS.iter().map(|(_, value)| value(stored)).chain([writer.to_string().into()]);
    let mut upsert = connection.prepare_cached(&upsert())?;
    upsert.query_row(params_from_iter(values), |row| row.get(0).map(SessionNumber))
}

fn upsert() -> String {
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).chain(["written_by"]).collect();
    format!(
        "INSERT INTO session ({names}) VALUES ({places})
         ON CONFLICT (key) DO UPDATE SET ({names}) = (excluded.{new}) RETURNING id",
        places = vec!["?"; names.len()].join(", "),
        new = names.join(", excluded."),
        names = names.join(", "),
    )
}

pub(super) fn read_session(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredSession> {
    let session = PSSession {
        id: Some(SessionNumber(row.get("id")?)),
        name: row.get("name")?,
        instance_id: InstanceId(guid(row, "instance_id")?),
        computer_name: row.get("computer_name")?,
        connection_uri: row.get("connection_uri")?,
        configuration_name: row.get("configuration_name")?,
        state: number(row, "state", RunspaceState::ALL, |state| state as i32)?,
        availability: number(row, "availability", RunspaceAvailability::ALL, |availability| {
            availability as i32
        })?,
        idle_timeout: duration(row, "idle_timeout_ms")?,
        output_buffering_mode: match row.get::<_, Option<i32>>("output_buffering_mode")? {
            Some(_) => {
                Some(number(row, "output_buffering_mode", OutputBufferingMode::ALL, |mode| mode as i32)?)
            }
            None => None,
        },
        disconnected_on: time(row, "disconnected_on")?,
        expires_on: time(row, "expires_on")?,
        last_seen: time(row, "last_seen")?,
        command: None,
        application_private_data: parsed(row, "application_private_data", |text| serde_json::from_str(text))?,
    };
    Ok(StoredSession {
        session,
        shell_id: ShellId(row.get("shell_id")?),
        resource_uri: ResourceUri(row.get("resource_uri")?),
        session_id: SessionId(guid(row, "session_id")?),
        protocol_version: parsed(row, "protocol_version", |text| {
            ProtocolVersion::parse(text).ok_or("not a protocol version")
        })?,
        max_idle_timeout: duration(row, "max_idle_timeout_ms")?,
        is_compressed: row.get("is_compressed")?,
        access: read_access(row)?,
    })
}

fn read_access(row: &rusqlite::Row<'_>) -> rusqlite::Result<Access> {
    Ok(Access {
        authentication: number(row, "authentication", Authentication::ALL, |one| one as i32)?,
        user: match (parsed(row, "certificate", Thumbprint::parse)?, row.get("user_name")?) {
            (Some(thumbprint), _) => User::Certificate(thumbprint),
            (None, Some(name)) => User::Named(name),
            (None, None) => User::Current,
        },
        session_option: parsed(row, "session_option", |text| serde_json::from_str(text))?.unwrap_or_default(),
        anchors: TrustAnchors {
            ca_file: row.get::<_, Option<String>>("ca_file")?.map(PathBuf::from),
            pins: parsed(row, "pins", Pins::parse)?.unwrap_or_default(),
        },
    })
}

pub(super) fn object_id(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<ObjectId> {
    let number: i64 = row.get(column)?;
    let id = u64::try_from(number).ok().and_then(ObjectId::new);
    id.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and structs always serialize")
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn since_1970(time: SystemTime) -> i64 {
    milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn duration(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Option<Duration>> {
    let found: Option<i64> = row.get(column)?;
    Ok(found.map(|time| Duration::from_millis(time.unsigned_abs())))
}

fn time(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Option<SystemTime>> {
    Ok(duration(row, column)?.and_then(|since_1970| UNIX_EPOCH.checked_add(since_1970)))
}

fn guid(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    let text: String = row.get(column)?;
    Uuid::try_parse(&text).map_err(|error| unreadable(column, Type::Text, error))
}

/// A value that is kept as text.
fn parsed<T, E: Into<Reason>>(
    row: &rusqlite::Row<'_>,
    column: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.as_deref().map(parse).transpose().map_err(|error| unreadable(column, Type::Text, error))
}

/// The one of `all` that has the column's number.
fn number<T: Copy>(
    row: &rusqlite::Row<'_>,
    column: &str,
    all: &[T],
    of: impl Fn(T) -> i32,
) -> rusqlite::Result<T> {
    let number: i32 = row.get(column)?;
    let known = all.iter().copied().find(|candidate| of(*candidate) == number);
    known.ok_or_else(|| unreadable(column, Type::Integer, format!("unknown number {number}")))
}

type Reason = Box<dyn std::error::Error + Send + Sync>;

fn unreadable(column: &str, kind: Type, error: impl Into<Reason>) -> rusqlite::Error {
    let error = format!("column {column}: {}", error.into());
    rusqlite::Error::FromSqlConversionFailure(0, kind, error.into())
}
