//! The line of a script that an error is in, with marks below what is meant.

use pssession::Invocation;

/// Longest part of a line that is shown.
const MOST: usize = 69;
/// What is shown of the line before and after, where not all of it is.
const BEFORE: usize = 12;
const AFTER: usize = 8;

/// A line and its marks, each with a blank before it.
pub struct Position {
    pub line: String,
    pub marks: String,
}

impl Position {
    /// As a client knows it: where it begins, and then all the rest of the line.
    pub fn of(place: &Invocation) -> Option<Position> {
        let line: Vec<char> = place.line.trim_end().chars().collect();
        let start = usize::try_from(place.offset_in_line).ok()?.checked_sub(1)?;
        let (before, meant) = line.split_at_checked(start)?;
        let expanded = |part: &[char]| part.iter().collect::<String>().replace('\t', "    ");
        let (before, meant) = (expanded(before), expanded(meant));
        if before.is_empty() && meant.is_empty() {
            return None;
        }
        Some(marked(&before, &meant))
    }
}

/// At most so much of the line as fits, of what is meant before what is before it.
fn marked(before: &str, meant: &str) -> Position {
    let line: Vec<char> = before.chars().chain(meant.chars()).collect();
    let mut start = before.chars().count();
    let mut length = line.len() - start;
    let mut shown = line.iter().collect::<String>();
    let (mut cut_before, mut cut_after) = (false, false);
    if line.len() > MOST {
        let prefix = start.min(BEFORE);
        let suffix = (line.len() - start - length).min(AFTER);
        let first = if length + prefix + suffix >= MOST {
            if length + prefix >= MOST {
                length = MOST - prefix;
                cut_after = true;
            }
            cut_before = start > prefix;
            start - prefix
        } else {
            cut_before = start > prefix;
            let more = (MOST - length - prefix - suffix).min(start - prefix);
            start - prefix - more
        };
        shown = line.iter().skip(first).take(MOST).collect();
        start -= first;
    }
    if cut_before {
        shown.insert_str(0, "… ");
        start += 2;
    }
    if cut_after {
        shown.push_str(" …");
    }
    Position { line: format!(" {shown}"), marks: format!(" {}{}", " ".repeat(start), "~".repeat(length)) }
}
