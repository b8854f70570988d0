//! Durations as text: xs:duration, as far as servers write it (days, hours, minutes and seconds with a fraction), and
//! words for people.

use std::time::Duration;

/// The units in their order, each at most once, with their seconds.
const UNITS: [(char, u64); 4] = [('D', 86_400), ('H', 3600), ('M', 60), ('S', 1)];

/// Reads a duration. Years and months have no fixed length, and are refused like a sign.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?;
    let mut units = UNITS.iter();
    let mut is_time = false;
    let mut total = None;
    while !rest.is_empty() {
        if let (false, Some(time)) = (is_time, rest.strip_prefix('T')) {
            (is_time, rest) = (true, time);
        }
        let (whole, fraction, after) = number(rest)?;
        let unit = after.chars().next()?;
        let (_, seconds) = units.find(|(designator, _)| *designator == unit)?;
        if is_time == (unit == 'D') || (fraction.is_some() && unit != 'S') {
            return None;
        }
        let part = Duration::new(whole.checked_mul(*seconds)?, fraction.unwrap_or(0));
        total = Some(total.unwrap_or(Duration::ZERO).checked_add(part)?);
        rest = after.get(1..)?;
    }
    total
}

/// A number at the front, the nanoseconds of its fraction, if it has one, and what comes after it. What is finer than a
/// nanosecond is left out.
fn number(text: &str) -> Option<(u64, Option<u32>, &str)> {
    let (whole, after) = digits(text)?;
    let whole = whole.parse().ok()?;
    let Some(after) = after.strip_prefix('.') else { return Some((whole, None, after)) };
    let (fraction, after) = digits(after)?;
    let nanoseconds = format!("{fraction:0<9.9}").parse().ok()?;
    Some((whole, Some(nanoseconds), after))
}

/// The digits at the front, at least one, and what comes after them.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A time in its two largest units: `2 d 14 h`, `31 min`. One of minutes or more is rounded to whole ones.
pub fn span(time: Duration) -> String {
    let seconds = match time.as_secs() {
        seconds @ 0..90 => seconds,
        seconds => (seconds + 30) / 60 * 60,
    };
    let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
    let largest = units.iter().position(|(_, unit)| seconds >= *unit).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let parts = units[largest..].iter().take(2).map(|(name, unit)| {
        let count = rest / unit;
        rest %= unit;
        (count, name)
    });
    let parts: Vec<String> =
        parts.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (7200, "2 h"),
            (1859, "31 min"),
            (7199, "2 h"),
            (89, "1 min 29 s"),
            (223_200, "2 d 14 h"),
            (86_405, "1 d"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
