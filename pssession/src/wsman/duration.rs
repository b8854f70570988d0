//! xs:duration as this protocol uses it: days, hours, minutes and seconds with a fraction.
//!
//! Windows answers in two families, `PT7200.000S` and `P0DT0H1M2S`, and takes `PT<seconds>.<milliseconds>S`.

use std::time::Duration;

/// Reads a duration. Years, months and negative values have no use here.
pub(crate) fn read(text: &str) -> Option<Duration> {
    parse(text.trim())
}

/// Writes a duration the way Windows does.
pub(crate) fn write(duration: Duration) -> String {
    format!("PT{}.{:03}S", duration.as_secs(), duration.subsec_millis())
}

/// The units in their order, each at most once, with their seconds.
const UNITS: [(u8, u64); 4] = [(b'D', 86_400), (b'H', 3600), (b'M', 60), (b'S', 1)];

fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?.as_bytes();
    let mut units = UNITS.iter();
    let mut is_time = false;
    let mut total = None;
    while !rest.is_empty() {
        if let (false, [b'T', time @ ..]) = (is_time, rest) {
            (is_time, rest) = (true, time);
        }
        let (whole, fraction, after) = number(rest)?;
        let (unit, after) = after.split_first()?;
        let (_, seconds) = units.find(|(designator, _)| designator == unit)?;
        if is_time == (*unit == b'D') || (fraction.is_some() && *unit != b'S') {
            return None;
        }
        let part = Duration::new(whole.checked_mul(*seconds)?, fraction.unwrap_or(0));
        total = Some(total.unwrap_or(Duration::ZERO).checked_add(part)?);
        rest = after;
    }
    total
}

/// A number at the front, the nanoseconds of its fraction, if it has one, and what comes after it. What is finer than a
/// nanosecond is left out.
fn number(text: &[u8]) -> Option<(u64, Option<u32>, &[u8])> {
    let digit = |digit: u8| digit - b'0';
    let (whole, after) = digits(text)?;
    let whole = whole
        .iter()
        .try_fold(0_u64, |number, next| number.checked_mul(10)?.checked_add(u64::from(digit(*next))))?;
    let Some(after) = after.strip_prefix(b".") else { return Some((whole, None, after)) };
    let (fraction, after) = digits(after)?;
    let fraction = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = fraction.fold(0, |number, next| number * 10 + u32::from(digit(next)));
    Some((whole, Some(nanoseconds), after))
}

/// The digits at the front, at least one, and what comes after them.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
    (count > 0).then(|| text.split_at(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_families_of_windows() {
        let read = |text| read(text).map(|d| d.as_millis());
        assert_eq!(read("PT7200.000S"), Some(7_200_000));
        assert_eq!(read("P0DT0H1M2S"), Some(62_000));
        assert_eq!(read("P1DT2H3M4.5S"), Some(93_784_500));
        assert_eq!(read("PT2147483.647S"), Some(2_147_483_647));
        assert_eq!(read("PT0.5S"), Some(500));
        assert_eq!(read("P2D"), Some(172_800_000));
        assert_eq!(read("PT3M"), Some(180_000));
    }

    #[test]
    fn refuses_what_is_no_duration_here() {
        for text in [
            "",
            "P",
            "PT",
            "7200",
            "-PT1S",
            "P1Y",
            "P1M",
            "PT1.S",
            "PT.5S",
            "PTS",
            "PT1S2M",
            "PT+1S",
            "PT1,5S",
            "PT1H1H",
            "P1DT",
            "P99999999999999999999D",
            "PT99999999999999999999S",
            "P213503982334602D",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn writes_seconds_and_milliseconds() {
        assert_eq!(write(Duration::from_millis(180_000)), "PT180.000S");
        assert_eq!(write(Duration::from_millis(2_147_483_647)), "PT2147483.647S");
        assert_eq!(write(Duration::from_millis(50)), "PT0.050S");
    }
}
