//! Durations as XML Schema writes them, and the two ways in which Windows does.

use std::time::Duration;

/// Reads an xs:duration without years and months, such as `PT20S`, `PT180.000S` or `P0DT1H2M3S`.
///
/// A negative one is `None`, as anything else that is no length of time: Windows refuses `PT-20S` and
/// `-PT20S` alike.
pub fn parse(text: &str) -> Option<Duration> {
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (&text[1..], ""),
    };
    let mut seconds = 0f64;
    let mut some = false;
    for (mut rest, units) in
        [(days, &[('D', 86_400.0)][..]), (time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])]
    {
        for (unit, length) in units {
            if let Some((number, after)) = rest.split_once(*unit) {
                if number.is_empty() || !number.chars().all(|digit| digit.is_ascii_digit() || digit == '.') {
                    return None;
                }
                seconds += number.parse::<f64>().ok()? * length;
                some = true;
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    if some { Duration::try_from_secs_f64(seconds).ok() } else { None }
}

/// `PT7200.000S`: how timeouts are written.
pub fn seconds(duration: Duration) -> String {
    format!("PT{}.{:03}S", duration.as_secs(), duration.subsec_millis())
}

/// `P0DT0H1M2S`: how ages are written.
pub fn days(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    format!("P{days}DT{hours}H{minutes}M{}S", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_windows_and_of_other_clients_are_read() {
        for (text, milliseconds) in [
            ("PT20S", 20_000),
            ("PT180.000S", 180_000),
            ("PT0.5S", 500),
            ("P0DT0H1M2S", 62_000),
            ("P1D", 86_400_000),
            ("P1DT1H", 90_000_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in
            ["", "P", "PT", "20", "PT20", "-PT20S", "PT-20S", "P1Y", "PT1S1M", "PT.S", "PT1e3S", "PTéS", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("PT{}S", "9".repeat(400))), None);
    }

    #[test]
    fn durations_are_written_in_both_families() {
        let duration = Duration::from_millis(90_061_500);
        assert_eq!(seconds(duration), "PT90061.500S");
        assert_eq!(days(duration), "P1DT1H1M1S");
    }
}
