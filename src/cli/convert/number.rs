//! Int32, as PowerShell's tokenizer reads numbers.

use super::error::{ConversionError, Reason, cannot_convert};

/// The multipliers of about_Numeric_Literals.
const MULTIPLIERS: [(&str, i64); 5] =
    [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("tb", 1 << 40), ("pb", 1 << 50)];

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NotANumber,
    OutOfRange,
}

/// Reads `4`, `-1`, `+5`, `0x10`, `64kb`, in any letter case.
///
/// The empty text is refused. PowerShell makes 0 of it, which would turn an unset shell variable into an Id.
pub fn int32(text: &str) -> Result<i32, ConversionError> {
    let number = integer(text.trim()).map_err(|fault| fail(text, fault))?;
    // What PowerShell could not convert is the number, not the text.
    i32::try_from(number).map_err(|_| fail(&number.to_string(), Fault::OutOfRange))
}

/// A number of any size, without white space around it.
pub fn integer(text: &str) -> Result<i64, Fault> {
    match text.strip_prefix('-') {
        Some(rest) => literal(rest).map(|number| -number),
        None => literal(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A number without a sign.
pub fn literal(text: &str) -> Result<i64, Fault> {
    let lower = text.to_ascii_lowercase();
    let (magnitude, multiplier) = MULTIPLIERS
        .iter()
        .find_map(|(suffix, multiplier)| Some((lower.strip_suffix(suffix)?, *multiplier)))
        .unwrap_or((&lower, 1));
    let (digits, radix) = match magnitude.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (magnitude, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(Fault::NotANumber);
    }
    let number = i64::from_str_radix(digits, radix).ok();
    number.and_then(|number| number.checked_mul(multiplier)).ok_or(Fault::OutOfRange)
}

pub fn fail(text: &str, fault: Fault) -> ConversionError {
    let reason = match fault {
        Fault::NotANumber => Reason::NotANumber(text.to_owned()),
        Fault::OutOfRange => Reason::NotAnInt32,
    };
    cannot_convert(text, "System.Int32", reason)
}

/// Decimal digits and nothing else.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
