//! The text that PowerShell converts a value to, in the invariant culture.

use super::value::{DateTime, PSValue, TimeSpan, ValueKind};
use std::fmt::{self, Display, Write};

const CUSTOM_OBJECT: &str = "System.Management.Automation.PSCustomObject";

impl Display for PSValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ValueKind::List(items) => items.enumerate().try_for_each(|(index, item)| {
                f.write_str(if index > 0 { " " } else { "" })?;
                within(item, f)
            }),
            ValueKind::Object if self.to_string_there().is_none() && is_bag(*self) => bag(*self, f),
            _ => within(*self, f),
        }
    }
}

/// The text of a value as a part of another one's: a list's is the name of its type, and a property bag has none.
fn within(value: PSValue<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value.kind() {
        ValueKind::Null => Ok(()),
        ValueKind::Bool(true) => f.write_str("True"),
        ValueKind::Bool(false) => f.write_str("False"),
        ValueKind::Char(unit) => {
            f.write_char(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        ValueKind::String(text)
        | ValueKind::Enum(text)
        | ValueKind::Decimal(text)
        | ValueKind::Uri(text)
        | ValueKind::SemanticVersion(text)
        | ValueKind::Xml(text)
        | ValueKind::ScriptBlock(text) => f.write_str(text),
        ValueKind::Integer(number) => number.fmt(f),
        ValueKind::Single(number) => real(number.into(), 7, f),
        ValueKind::Double(number) => real(number, 15, f),
        ValueKind::DateTime(at) => date_time(at, f),
        ValueKind::TimeSpan(span) => time_span(span, f),
        ValueKind::ByteArray(bytes) => bytes.iter().enumerate().try_for_each(|(index, byte)| {
            f.write_str(if index > 0 { " " } else { "" })?;
            byte.fmt(f)
        }),
        ValueKind::Guid(guid) => guid.fmt(f),
        ValueKind::Version(parts) => parts.into_iter().flatten().enumerate().try_for_each(|(index, part)| {
            f.write_str(if index > 0 { "." } else { "" })?;
            part.fmt(f)
        }),
        ValueKind::SecureString => f.write_str("System.Security.SecureString"),
        ValueKind::Progress(record) => f.write_str(&record.activity),
        // What PowerShell reads lists and dictionaries as.
        ValueKind::List(_) => f.write_str("System.Collections.ArrayList"),
        ValueKind::Dictionary(_) => f.write_str("System.Collections.Hashtable"),
        ValueKind::Object => match value.to_string_there() {
            Some(text) => f.write_str(text),
            None if is_bag(value) => Ok(()),
            None => f.write_str(value.type_names().first().map_or("", String::as_str)),
        },
    }
}

/// Whether the object is nothing but its properties.
fn is_bag(value: PSValue<'_>) -> bool {
    value.type_names().is_empty() || value.is_of_type(CUSTOM_OBJECT)
}

fn bag(value: PSValue<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("@{")?;
    value.properties().enumerate().try_for_each(|(index, (name, value))| {
        write!(f, "{}{name}=", if index > 0 { "; " } else { "" })?;
        within(value, f)
    })?;
    f.write_str("}")
}

/// A real number with so many digits, which is .NET's format G.
fn real(number: f64, digits: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if number.is_nan() {
        return f.write_str("NaN");
    }
    if number.is_infinite() {
        return write!(f, "{}Infinity", if number < 0.0 { "-" } else { "" });
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return number.fmt(f) };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = significant.trim_end_matches('0');
    match usize::try_from(exponent) {
        _ if significant.is_empty() => write!(f, "{sign}0"),
        Ok(exponent) if exponent < digits => {
            let (whole, fraction) = significant.split_at(significant.len().min(exponent + 1));
            let point = if fraction.is_empty() { "" } else { "." };
            write!(f, "{sign}{whole:0<width$}{point}{fraction}", width = exponent + 1)
        }
        Err(_) if exponent >= -4 => {
            write!(f, "{sign}0.{}{significant}", "0".repeat(exponent.unsigned_abs() as usize - 1))
        }
        _ => {
            let (whole, fraction) = significant.split_at(1);
            let point = if fraction.is_empty() { "" } else { "." };
            let exponent_sign = if exponent < 0 { '-' } else { '+' };
            write!(f, "{sign}{whole}{point}{fraction}E{exponent_sign}{:02}", exponent.unsigned_abs())
        }
    }
}

fn date_time(at: DateTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let ((year, month, day), (hour, minute, second)) = (at.date(), at.time());
    write!(f, "{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}:{second:02}")
}

fn time_span(span: TimeSpan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const TICKS_PER_SECOND: u64 = 10_000_000;
    let ticks = span.ticks.unsigned_abs();
    let (seconds, fraction) = (ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    f.write_str(if span.ticks < 0 { "-" } else { "" })?;
    if days > 0 {
        write!(f, "{days}.")?;
    }
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction > 0 {
        write!(f, ".{fraction:07}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::pipeline::PSObject;

    fn check(cases: &[(&str, &str)]) {
        for (xml, text) in cases {
            assert_eq!(PSObject::from_clixml(xml).unwrap().to_string(), *text, "{xml}");
        }
    }

    #[test]
    fn numbers_are_as_exact_as_powershell_shows_them() {
        check(&[
            ("<Db>3.5</Db>", "3.5"),
            ("<Db>100</Db>", "100"),
            ("<Db>0.1</Db>", "0.1"),
            ("<Db>-0.00001234</Db>", "-1.234E-05"),
            ("<Db>0.0001234</Db>", "0.0001234"),
            ("<Db>1.0854688194444444</Db>", "1.08546881944444"),
            ("<Db>1E+15</Db>", "1E+15"),
            ("<Db>123456789012345</Db>", "123456789012345"),
            ("<Db>0</Db>", "0"),
            ("<Db>NaN</Db>", "NaN"),
            ("<Db>-INF</Db>", "-Infinity"),
            ("<Sg>-3.4028235E+38</Sg>", "-3.402823E+38"),
            ("<Sg>1.25</Sg>", "1.25"),
            ("<D>1.50</D>", "1.50"),
            ("<U64>18446744073709551615</U64>", "18446744073709551615"),
        ]);
    }

    #[test]
    fn times_are_in_the_invariant_culture() {
        check(&[
            ("<DT>2026-01-02T03:04:05.678Z</DT>", "01/02/2026 03:04:05"),
            ("<TS>P1DT2H3M4.506S</TS>", "1.02:03:04.5060000"),
            ("<TS>-PT1S</TS>", "-00:00:01"),
            ("<TS>PT0S</TS>", "00:00:00"),
        ]);
    }

    #[test]
    fn objects_are_what_they_said_or_what_they_hold() {
        check(&[
            ("<Nil />", ""),
            ("<B>true</B>", "True"),
            ("<C>55357</C>", "\u{FFFD}"),
            ("<BA>AQL/</BA>", "1 2 255"),
            ("<Version>1.2.3</Version>", "1.2.3"),
            ("<SS>AAAA</SS>", "System.Security.SecureString"),
            (
                "<Obj RefId=\"0\"><LST><I32>1</I32><Obj RefId=\"1\"><LST><I32>2</I32></LST></Obj></LST></Obj>",
                "1 System.Collections.ArrayList",
            ),
            (
                "<Obj RefId=\"0\"><MS><I32 N=\"A\">1</I32><Nil N=\"B\" /><Ref N=\"C\" RefId=\"0\" /></MS></Obj>",
                "@{A=1; B=; C=}",
            ),
            ("<Obj RefId=\"0\"><ToString>Friday</ToString><I32>5</I32></Obj>", "5"),
            (
                "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.DayOfWeek</T><T>System.Enum</T></TN><ToString>Friday</ToString><I32>5</I32></Obj>",
                "Friday",
            ),
        ]);
    }
}
