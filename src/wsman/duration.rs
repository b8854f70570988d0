//! xs:duration as this protocol uses it: days, hours, minutes and seconds with a fraction.
//!
//! Windows answers in two families, `PT7200.000S` and `P0DT0H1M2S`, and takes `PT<seconds>.<milliseconds>S`.

use super::error::Malformed;
use std::time::Duration;

/// Reads a duration. Years, months and negative values have no use here and are refused.
pub fn read(element: &'static str, text: &str) -> Result<Duration, Malformed> {
    parse(text.trim()).ok_or_else(|| Malformed::Value { element, value: text.chars().take(40).collect() })
}

/// Writes a duration the way Windows does.
pub fn write(duration: Duration) -> String {
    format!("PT{}.{:03}S", duration.as_secs(), duration.subsec_millis())
}

fn parse(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let mut seconds = 0_u64;
    let mut rest = date;
    take(&mut rest, 'D', 86400, &mut seconds)?;
    if !rest.is_empty() {
        return None;
    }
    let mut rest = time;
    take(&mut rest, 'H', 3600, &mut seconds)?;
    take(&mut rest, 'M', 60, &mut seconds)?;
    let mut nanoseconds = 0;
    if let Some(last) = rest.strip_suffix('S') {
        let (whole, fraction) = last.split_once('.').unwrap_or((last, "0"));
        seconds = seconds.checked_add(digits(whole)?)?;
        // What is finer than a nanosecond is left out.
        let fraction = checked_digits(fraction)?;
        let fraction = &fraction[..fraction.len().min(9)];
        nanoseconds = digits(fraction)? * 10_u64.pow(9 - fraction.len() as u32);
    } else if !rest.is_empty() {
        return None;
    }
    Some(Duration::new(seconds, u32::try_from(nanoseconds).ok()?))
}

/// Takes `<digits><unit>` off the front, if it is there, and adds it up.
fn take(rest: &mut &str, unit: char, factor: u64, seconds: &mut u64) -> Option<()> {
    if let Some((number, after)) = rest.split_once(unit) {
        *seconds = seconds.checked_add(digits(number)?.checked_mul(factor)?)?;
        *rest = after;
    }
    Some(())
}

fn digits(text: &str) -> Option<u64> {
    checked_digits(text)?.parse().ok()
}

fn checked_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_families_of_windows() {
        let read = |text| read("IdleTimeOut", text).map(|d| d.as_millis());
        assert_eq!(read("PT7200.000S"), Ok(7_200_000));
        assert_eq!(read("P0DT0H1M2S"), Ok(62_000));
        assert_eq!(read("P1DT2H3M4.5S"), Ok(93_784_500));
        assert_eq!(read("PT2147483.647S"), Ok(2_147_483_647));
        assert_eq!(read("PT0.5S"), Ok(500));
        assert_eq!(read("P2D"), Ok(172_800_000));
        assert_eq!(read("PT3M"), Ok(180_000));
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
            assert!(read("IdleTimeOut", text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_seconds_and_milliseconds() {
        assert_eq!(write(Duration::from_millis(180_000)), "PT180.000S");
        assert_eq!(write(Duration::from_millis(2_147_483_647)), "PT2147483.647S");
        assert_eq!(write(Duration::from_millis(50)), "PT0.050S");
    }
}
