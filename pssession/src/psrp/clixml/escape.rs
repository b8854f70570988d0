//! `_xHHHH_`: how CLIXML writes the UTF-16 code units that XML cannot or should not hold (MS-PSRP 2.2.5.3.2).

use std::borrow::Cow;
use std::fmt::Write;

/// Appends `text` as it is written in an element or a quoted attribute: escaped for CLIXML and then for XML.
pub(super) fn encode(text: &str, out: &mut String) {
    let mut plain = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let entity = match c {
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '&' => Some("&amp;"),
            '"' => Some("&quot;"),
            // Any underscore before an x, not only one that begins a whole escape: what follows the x might
            // be completed by the escape of the next character.
            '_' if matches!(chars.peek(), Some((_, 'x' | 'X'))) => None,
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{10000}'.. => None,
            // Windows leaves these two as they are, and then they are no XML.
            '\u{FFFE}' | '\u{FFFF}' => None,
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + c.len_utf8();
        match entity {
            Some(entity) => out.push_str(entity),
            None => c.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| encode_unit(unit, out)),
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
}

fn encode_unit(unit: u16, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "_x{unit:04X}_");
}

/// Undoes the `_xHHHH_` escapes, and the longer `_xHHHHHHHH_` which .NET's XmlConvert accepts as well.
///
/// A surrogate without its other half becomes U+FFFD. What only resembles an escape is text.
pub(super) fn decode(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("_x") && !text.contains("_X") {
        return text;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut high = None;
    let mut rest = &*text;
    while let Some(at) = rest.find('_') {
        let (plain, from_underscore) = rest.split_at(at);
        push_text(plain, &mut high, &mut decoded);
        rest = match split_escape(from_underscore) {
            Some((code, after)) => {
                push_code(code, &mut high, &mut decoded);
                after
            }
            None => {
                push_text("_", &mut high, &mut decoded);
                from_underscore.get(1..).unwrap_or_default()
            }
        };
    }
    push_text(rest, &mut high, &mut decoded);
    flush(&mut high, &mut decoded);
    Cow::Owned(decoded)
}

/// The number of the escape at the start of the text, and what comes after it.
fn split_escape(text: &str) -> Option<(u32, &str)> {
    let digits = text.strip_prefix("_x").or_else(|| text.strip_prefix("_X"))?;
    [4, 8].into_iter().find_map(|len| {
        let (digits, after) = digits.split_at_checked(len)?;
        let after = after.strip_prefix('_')?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok()?;
        (is_hex && code <= u32::from(char::MAX)).then_some((code, after))
    })
}

fn push_text(text: &str, high: &mut Option<u16>, decoded: &mut String) {
    if !text.is_empty() {
        flush(high, decoded);
        decoded.push_str(text);
    }
}

/// Appends a code point, or half of one: a high surrogate waits in `high` for the low one.
fn push_code(code: u32, high: &mut Option<u16>, decoded: &mut String) {
    match (code, *high) {
        (0xDC00..=0xDFFF, Some(first)) => {
            *high = None;
            let pair = char::decode_utf16([first, code as u16]);
            decoded.extend(pair.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
        (0xD800..=0xDBFF, _) => {
            flush(high, decoded);
            *high = Some(code as u16);
        }
        _ => {
            flush(high, decoded);
            decoded.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

/// A high surrogate that waited in vain.
fn flush(high: &mut Option<u16>, decoded: &mut String) {
    if high.take().is_some() {
        decoded.push(char::REPLACEMENT_CHARACTER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = String::new();
        encode(text, &mut out);
        out
    }

    fn decoded(text: &str) -> String {
        decode(Cow::Borrowed(text)).into_owned()
    }

    #[test]
    fn control_characters_and_surrogates_are_escaped() {
        assert_eq!(encoded("a\r\n\tb"), "a_x000D__x000A__x0009_b");
        assert_eq!(encoded("\0\u{1f} \u{7e}\u{7f}\u{9f}\u{a0}"), "_x0000__x001F_ ~_x007F__x009F_\u{a0}");
        assert_eq!(encoded("😀"), "_xD83D__xDE00_");
        assert_eq!(encoded("\u{fffd}\u{fffe}"), "\u{fffd}_xFFFE_");
    }

    #[test]
    fn markup_is_escaped_for_text_and_attributes() {
        assert_eq!(encoded("<a b=\"&\">'"), "&lt;a b=&quot;&amp;&quot;&gt;'");
    }

    #[test]
    fn an_underscore_before_an_x_is_escaped_even_where_no_escape_follows() {
        assert_eq!(encoded("_x_X_y__x"), "_x005F_x_x005F_X_y__x005F_x");
        assert_eq!(encoded("_x000\u{1}"), "_x005F_x000_x0001_");
    }

    #[test]
    fn escapes_are_undone_in_either_letter_case_and_length() {
        assert_eq!(decoded("_x000a__X000A__x0041_"), "\n\nA");
        assert_eq!(decoded("_x0001F600_"), "😀");
        assert_eq!(decoded("_xD83D__xDE00_"), "😀");
        assert_eq!(decoded("_x005F_x0041_"), "_x0041_");
    }

    #[test]
    fn what_only_resembles_an_escape_is_text() {
        for text in ["_x", "_x00", "_x0041", "_x004g_", "_x+041_", "__x_", "_x00110000_", "_xäää_", "_"] {
            assert_eq!(decoded(text), text);
        }
    }

    #[test]
    fn half_a_character_becomes_the_replacement_character() {
        assert_eq!(decoded("_xD83D_"), "\u{fffd}");
        assert_eq!(decoded("_xDE00_a"), "\u{fffd}a");
        assert_eq!(decoded("_xD83D_a_xDE00_"), "\u{fffd}a\u{fffd}");
        assert_eq!(decoded("_xD83D__xD83D__xDE00_"), "\u{fffd}😀");
        assert_eq!(decoded("_xD83D__x0041_"), "\u{fffd}A");
    }

    #[test]
    fn text_without_escapes_is_not_copied() {
        assert!(matches!(decode(Cow::Borrowed("a_b x")), Cow::Borrowed(_)));
    }

    #[test]
    fn decoding_undoes_encoding() {
        let pieces = ["_", "x", "X", "0041", "_x", "\r", "<", "é", "😀", "\u{9f}", "&amp;", "_x005F_"];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let text = format!("{a}{b}{c}");
                    let xml = encoded(&text);
                    let unescaped = quick_xml::escape::unescape(&xml).unwrap();
                    assert_eq!(decode(unescaped), text);
                }
            }
        }
    }
}
