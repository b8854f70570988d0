//! Records as lines of comma-separated values, as Export-Csv writes them: every value in quotes, none where there is
//! no value. Lines end as they do on Unix.
//!
//! As with Export-Csv, a value that a spreadsheet would take for a formula stays what it is: a name with a mark before it
//! would be another name for all that read it back, this program too.

use super::properties::{properties, shown};
use super::terminal;
use pssession::record::PSSession;

/// The line of names that goes before the first session.
pub fn header(session: &PSSession) -> String {
    line(properties(session).iter().map(|(name, _)| quoted(name)))
}

/// A session's line, which at a terminal is harmless.
pub fn row(session: &PSSession, at_terminal: bool) -> String {
    let text = |text: String| if at_terminal { terminal::line(&text) } else { text };
    let properties = properties(session);
    line(properties.iter().map(|(_, value)| shown(value).map_or(String::new(), |value| quoted(&text(value)))))
}

fn line(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
