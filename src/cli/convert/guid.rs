//! Guid, in the five forms that System.Guid reads.

use super::error::{ConversionError, Reason, cannot_convert};
use uuid::Uuid;

/// Reads the forms N (32 digits), D (with dashes), B (in braces), P (in parentheses) and X
/// (`{0x00000000,0x0000,0x0000,{0x00,...}}`).
pub fn guid(text: &str) -> Result<Uuid, ConversionError> {
    parse(text.trim()).ok_or_else(|| cannot_convert(text, "System.Guid", Reason::NotAGuid))
}

fn parse(text: &str) -> Option<Uuid> {
    let inside = |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    let form_b_or_p = inside('{', '}').or_else(|| inside('(', ')'));
    match form_b_or_p {
        Some(inner) if inner.starts_with("0x") || inner.starts_with("0X") => parse_x(inner),
        Some(inner) => dashed(inner),
        None if text.len() == 32 => Uuid::try_parse(text).ok(),
        None => dashed(text),
    }
}

fn dashed(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok())?
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
