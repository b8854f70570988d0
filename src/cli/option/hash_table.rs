//! Hash tables in PowerShell's own spelling, with and without the dressing.

use crate::cli::convert::SessionOptionError;
use std::borrow::Cow;

/// An entry of a hash table or an object; `None` is null.
pub type Entry<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// The word for a value that is not there.
pub const NULL: &str = "$null";

/// The entries `Key=Value` of either form; empty ones are skipped, as in PowerShell.
pub fn entries(text: &str) -> Result<Vec<Entry<'_>>, SessionOptionError> {
    let (inner, separators): (_, &[char]) = match text.strip_prefix("@{") {
        Some(rest) => (rest.strip_suffix('}').ok_or(SessionOptionError::Incomplete)?, &[';', '\n']),
        None if text.contains('=') => (text, &[',', '\n']),
        None => return Err(SessionOptionError::NotAHashTable { text: text.to_owned() }),
    };
    let pieces = split(inner, separators)?;
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).map(entry).collect()
}

fn entry(piece: &str) -> Result<Entry<'_>, SessionOptionError> {
    let (key, value) = piece.split_once('=').ok_or(SessionOptionError::MissingEquals)?;
    let is_null = value.trim().eq_ignore_ascii_case(NULL);
    Ok((unquoted(key), (!is_null).then(|| unquoted(value))))
}

/// The pieces between separators; a part in quotes or braces is one piece.
fn split<'a>(text: &'a str, separators: &[char]) -> Result<Vec<&'a str>, SessionOptionError> {
    let mut pieces = Vec::new();
    let (mut begin, mut depth, mut quote) = (0, 0_usize, None);
    // A quote begins a string only where a word begins; inside of one it is a letter like others.
    let mut word_begins = true;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character != open => {}
            // Two of them mean one.
            (Some(open), _) if characters.next_if(|(_, next)| *next == open).is_some() => {}
            (Some(_), _) => quote = None,
            (None, '\'' | '"') if word_begins => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && separators.contains(&character) => {
                pieces.push(&text[begin..at]);
                begin = at + character.len_utf8();
            }
            (None, _) => {}
        }
        let begins_word = "={(,".contains(character) || separators.contains(&character);
        word_begins = quote.is_none() && (begins_word || (word_begins && character.is_whitespace()));
    }
    pieces.push(&text[begin..]);
    quote.map_or(Ok(pieces), |quote| Err(SessionOptionError::MissingTerminator { quote }))
}

/// The text without white space and one pair of quotes around it.
fn unquoted(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    for (quote, doubled) in [("'", "''"), ("\"", "\"\"")] {
        let inside = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        match inside {
            Some(inside) if inside.contains(doubled) => return Cow::Owned(inside.replace(doubled, quote)),
            Some(inside) => return Cow::Borrowed(inside),
            None => {}
        }
    }
    Cow::Borrowed(text)
}
