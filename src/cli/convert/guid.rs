//! Guid, in the five forms that System.Guid reads.

use super::error::{ConversionError, Reason, cannot_convert};
use uuid::Uuid;

/// Reads the forms N (32 digits), D (with dashes), B (in braces), P (in parentheses) and X
/// (`{0x00000000,0x0000,0x0000,{0x00,...}}`).
pub fn guid(text: &str) -> Result<Uuid, ConversionError> {
    parse(text.trim()).map_err(|reason| cannot_convert(text, "System.Guid", reason))
}

/// The length, the first brace and the first dash decide which form is meant (System.Guid, TryParseGuid).
fn parse(text: &str) -> Result<Uuid, Reason> {
    let inside = |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    match text.as_bytes() {
        short if short.len() < 32 => Err(Reason::NotAGuid),
        [b'{', ..] if has_dash(text, 9) => inside('{', '}').ok_or(Reason::GuidLength).and_then(dashed),
        [b'{', b'0', b'x' | b'X', ..] => inside('{', '}').and_then(parse_x).ok_or(Reason::NotAGuid),
        [b'{', ..] => Err(Reason::GuidPrefix),
        [b'(', ..] => inside('(', ')').ok_or(Reason::GuidLength).and_then(dashed),
        _ if has_dash(text, 8) => dashed(text),
        other if other.len() != 32 => Err(Reason::GuidLength),
        _ => Uuid::try_parse(text).map_err(|_| Reason::GuidDigits),
    }
}

fn has_dash(text: &str, at: usize) -> bool {
    text.as_bytes().get(at) == Some(&b'-')
}

fn dashed(text: &str) -> Result<Uuid, Reason> {
    match [8, 13, 18, 23].into_iter().all(|at| has_dash(text, at)) {
        _ if text.len() != 36 => Err(Reason::GuidLength),
        true => Uuid::try_parse(text).map_err(|_| Reason::GuidDigits),
        false => Err(Reason::GuidDashes),
    }
}

/// The inside of form X: three numbers, then eight bytes in braces.
fn parse_x(inner: &str) -> Option<Uuid> {
    let (numbers, bytes) = inner.strip_suffix('}')?.split_once('{')?;
    let mut numbers = numbers.split(',').map(str::trim);
    let (a, b, c) = (hex(numbers.next()?)?, hex(numbers.next()?)?, hex(numbers.next()?)?);
    if (numbers.next(), numbers.next()) != (Some(""), None) {
        return None;
    }
    let bytes: Vec<u8> =
        bytes.split(',').map(|byte| u8::try_from(hex(byte.trim())?).ok()).collect::<Option<_>>()?;
    Some(Uuid::from_fields(a, b.try_into().ok()?, c.try_into().ok()?, &bytes.try_into().ok()?))
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    // from_str_radix would take a sign.
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The elements of an array of GUIDs: separated by commas, but not by those inside form X.
pub fn elements(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let separator = |c| {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(separator).map(str::trim).collect()
}
