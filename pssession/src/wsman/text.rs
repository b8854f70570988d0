//! The text of an answer, whichever encoding it came in.

use super::error::Malformed;
use std::borrow::Cow;

/// Reads UTF-8 or UTF-16, as the mark at the beginning says, or the way in which any XML must begin (XML 1.0 F.1). Either
/// may carry SOAP (RFC 3902).
pub(super) fn decode(octets: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    match octets {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(octets, u16::from_le_bytes),
        [0, b'<', ..] => utf16(octets, u16::from_be_bytes),
        _ => {
            let text = std::str::from_utf8(octets).map_err(|_| Malformed::NotText)?;
            Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
        }
    }
}

fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Malformed> {
    let (pairs, rest) = octets.as_chunks();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
    match (text, rest) {
        (Ok(text), []) => Ok(Cow::Owned(text)),
        _ => Err(Malformed::NotText),
    }
}
