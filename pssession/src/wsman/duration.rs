//! xs:duration as this protocol uses it: days, hours, minutes and seconds with a fraction.
//!
//! Windows answers in two families, `PT7200.000S` and `P0DT0H1M2S`, and takes `PT<seconds>.<milliseconds>S`.

use crate::duration::parse;
use std::time::Duration;

/// Reads a duration. Years, months and negative values have no use here.
pub(crate) fn read(text: &str) -> Option<Duration> {
    parse(text.trim())
}

/// Writes a duration the way Windows does.
pub(crate) fn write(duration: Duration) -> String {
    format!("PT{}.{:03}S", duration.as_secs(), duration.subsec_millis())
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
