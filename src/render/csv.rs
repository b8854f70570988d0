//! Records as lines of comma-separated values, as Export-Csv writes them: every value in quotes, none where there is
//! no value. Lines end as they do on Unix.

use super::properties::{properties, shown};
use pssession::record::PSSession;

/// The line of names that goes before the first session.
pub fn header(session: &PSSession) -> String {
    line(properties(session).iter().map(|(name, _)| quoted(name)))
}

/// A session's line.
pub fn row(session: &PSSession) -> String {
    line(
        properties(session).iter().map(|(_, value)| shown(value).map_or(String::new(), |text| quoted(&text))),
    )
}

fn line(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
