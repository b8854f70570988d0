//! What an update of the store makes of a row: pure decisions for [`Store::update`](super::Store::update).

use super::change::{Change, Row};
use crate::record::StoredSession;

/// Records a session. What the new record does not know stays as it was.
pub(crate) fn record(new: StoredSession) -> impl FnOnce(Option<&Row>) -> Change {
    move |row| Change::write(completed(new, row))
}

/// As [`record`], ahead of connecting: a known session keeps the client that it is recorded under, and the one that
/// connects to it has to speak as that client.
pub(crate) fn claim(mut new: StoredSession) -> impl FnOnce(Option<&Row>) -> Change {
    move |row| {
        new.session_id = row.map_or(new.session_id, |row| row.stored.session_id);
        Change::write(completed(new, row))
    }
}

/// Records how a session was found to be, if it is still recorded as it was when it was looked for.
pub(crate) fn amend(known: StoredSession, found: StoredSession) -> impl FnOnce(Option<&Row>) -> Change {
    let seen = |stored: &StoredSession| (stored.session_id, stored.session.state);
    move |row| match row {
        Some(row) if seen(&row.stored) == seen(&known) => Change::write(completed(found, Some(row))),
        _ => Change::Keep,
    }
}

/// Adds what the server says of itself to the record of a session, if it is still known.
pub(crate) fn add_private_data(
    data: serde_json::Map<String, serde_json::Value>,
) -> impl FnOnce(Option<&Row>) -> Change {
    move |row| match row {
        Some(row) => {
            let mut stored = row.stored.clone();
            stored.session.application_private_data = Some(data);
            Change::write(stored)
        }
        None => Change::Keep,
    }
}

/// Restores what was there before a record was written, unless another process has written one since.
pub(crate) fn undo(before: Option<StoredSession>) -> impl FnOnce(Option<&Row>) -> Change {
    move |row| match before {
        _ if !row.is_some_and(|row| row.is_own) => Change::Keep,
        Some(before) => Change::write(before),
        None => Change::Forget,
    }
}

/// Forgets a session. Its Id is not given again.
pub(crate) fn forget(_: Option<&Row>) -> Change {
    Change::Forget
}

/// A record, with what was known before where it knows less.
fn completed(mut new: StoredSession, row: Option<&Row>) -> StoredSession {
    let Some(Row { stored: known, .. }) = row else { return new };
    let (session, was) = (&mut new.session, &known.session);
    session.name = session.name.take().or_else(|| was.name.clone());
    session.idle_timeout = session.idle_timeout.or(was.idle_timeout);
    session.output_buffering_mode = session.output_buffering_mode.or(was.output_buffering_mode);
    session.last_seen = session.last_seen.or(was.last_seen);
    session.application_private_data =
        session.application_private_data.take().or_else(|| was.application_private_data.clone());
    new.protocol_version = new.protocol_version.or(known.protocol_version);
    new.is_compressed = new.is_compressed.or(known.is_compressed);
    new.max_idle_timeout = new.max_idle_timeout.or(known.max_idle_timeout);
    new
}
