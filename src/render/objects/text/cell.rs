//! The text of a property, within a table or a list.

use super::layout::Alignment;
use super::property::Part;
use pssession::value::{PSValue, ValueKind};
use std::fmt::Write;

/// Items of a list that are shown before `…` (`$FormatEnumerationLimit`).
const MOST_ITEMS: usize = 4;

/// The text of a property; in a table real numbers have two decimals.
pub fn text(part: &Part<'_>, in_table: bool) -> String {
    let value = match part {
        Part::Text(text) | Part::Number(text) => return text.clone(),
        Part::Value(value) => *value,
    };
    match value.kind() {
        ValueKind::List(items) => braces(items.map(item)),
        ValueKind::Dictionary(entries) => {
            braces(entries.map(|(key, value)| format!("[{key}, {}]", within(value))))
        }
        ValueKind::ByteArray(bytes) => braces(bytes.iter().map(u8::to_string)),
        ValueKind::Double(number) if in_table && number.is_finite() => format!("{number:.2}"),
        ValueKind::Single(number) if in_table && number.is_finite() => format!("{number:.2}"),
        ValueKind::Decimal(digits) if in_table => two_decimals(digits),
        _ => value.to_string(),
    }
}

/// On which side a column is whose first value this is.
pub fn alignment(part: &Part<'_>) -> Alignment {
    let is_right = match part {
        Part::Text(_) => false,
        Part::Number(_) => true,
        Part::Value(value) => match value.kind() {
            ValueKind::Bool(_)
            | ValueKind::Char(_)
            | ValueKind::Integer(_)
            | ValueKind::Single(_)
            | ValueKind::Double(_)
            | ValueKind::Decimal(_)
            | ValueKind::SecureString => true,
            _ => value.is_of_type("System.Numerics.BigInteger"),
        },
    };
    if is_right { Alignment::Right } else { Alignment::Left }
}

fn braces(items: impl Iterator<Item = String>) -> String {
    let mut text = String::from("{");
    for (index, item) in items.take(MOST_ITEMS + 1).enumerate() {
        if index == MOST_ITEMS {
            text.push('…');
            break;
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{item}", if index > 0 { ", " } else { "" });
    }
    text + "}"
}

fn item(value: PSValue<'_>) -> String {
    if matches!(value.kind(), ValueKind::Null) { "$null".into() } else { value.to_string() }
}

/// The text of a dictionary's value, which is not looked into.
fn within(value: PSValue<'_>) -> String {
    match value.kind() {
        ValueKind::List(_) => "System.Collections.ArrayList".into(),
        _ => value.to_string(),
    }
}

/// A decimal number rounded to two decimals, halves away from zero.
fn two_decimals(digits: &str) -> String {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |unsigned| ("-", unsigned));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let kept: String = fraction.chars().chain("00".chars()).take(2).collect();
    let rounds_up = fraction.as_bytes().get(2).is_some_and(|digit| *digit >= b'5');
    // A decimal has 29 digits.
    let hundredths = format!("{whole}{kept}").parse::<u128>().unwrap_or_default() + u128::from(rounds_up);
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A number with two decimals and its thousands apart.
pub fn grouped(number: f64) -> String {
    let text = format!("{number:.2}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fraction}")
}
