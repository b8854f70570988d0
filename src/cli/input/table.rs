//! The table that these cmdlets print, read back: `get-pssession | connect-pssession` as it is typed in PowerShell.
//!
//! The Id of a row is what counts; it is never cut short, as names are.

use super::wanted::Wanted;
use crate::cli::convert::int32;
use pssession::cmdlet::selection::SessionReference;

/// Whether lines are a table's.
#[derive(Debug, Default)]
pub struct Table {
    /// Where the Id column ends, once the head has been seen.
    id_ends: Option<usize>,
}

/// What a line is in a table.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// It is none of a table.
    Other,
    /// The head, or what underlines it.
    Furniture,
    /// A row, and its session; one that is not known here has no Id and names none.
    Row(Option<SessionReference>),
}

impl Table {
    /// Reads a line that begins, after blanks, in this column.
    pub fn line(&mut self, text: &str, column: usize, wanted: Wanted) -> Line {
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        if first == "Id" && words.next() == Some("Name") {
            self.id_ends = Some(column + first.len());
            return Line::Furniture;
        }
        let Some(id_ends) = self.id_ends else { return Line::Other };
        if text.bytes().all(|byte| matches!(byte, b'-' | b' ' | b'\r')) {
            return Line::Furniture;
        }
        let has_id = column < id_ends && matches!(wanted, Wanted::Sessions | Wanted::Ids);
        let id = has_id.then(|| int32(first).ok()).flatten();
        Line::Row(id.map(SessionReference::Id))
    }
}
