//! Dates and lengths of time as .NET has them and XML Schema spells them (MS-PSRP 2.2.5.1.4 and 2.2.5.1.5).

use std::fmt;
use std::str::FromStr;

use jiff::civil;

use super::primitive::{InvalidForm, is_digits};
use crate::duration;

/// Ticks of 100 nanoseconds, in which .NET counts time.
const TICKS_PER_SECOND: u64 = 10_000_000;
const NANOSECONDS_PER_TICK: u128 = 100;
/// Digits of a fraction of a second that ticks can express.
const FRACTION_DIGITS: usize = 7;

/// System.DateTime (`DT`): a date and time of day to 100 nanoseconds, and what is known of its zone. It displays as ISO
/// 8601 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// The clock reading as it was written, in the zone of `kind`.
    pub(crate) reading: civil::DateTime,
    pub(crate) kind: DateTimeKind,
}

/// What a [`DateTime`] knows of its zone (System.DateTimeKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTimeKind {
    /// Nothing; written without a suffix.
    Unspecified,
    /// UTC; written `Z`.
    Utc,
    /// The sender's zone; written `+hh:mm`.
    Local {
        /// Minutes east of UTC.
        offset: i16,
    },
}

impl DateTime {
    /// Year, month and day.
    pub fn date(&self) -> (i16, u8, u8) {
        (self.reading.year(), self.reading.month().unsigned_abs(), self.reading.day().unsigned_abs())
    }

    /// Hour, minute, second.
    pub fn time(&self) -> (u8, u8, u8) {
        let reading = self.reading;
        (reading.hour().unsigned_abs(), reading.minute().unsigned_abs(), reading.second().unsigned_abs())
    }

    /// The day of the week, from 0 for Sunday to 6.
    pub fn day_of_week(&self) -> u8 {
        self.reading.weekday().to_sunday_zero_offset().unsigned_abs()
    }

    /// What is known of the zone.
    pub fn kind(&self) -> DateTimeKind {
        self.kind
    }
}

impl FromStr for DateTime {
    type Err = InvalidForm;

    /// Reads `2018-06-13T23:46:12.1316332+00:00`; the fraction and the zone may be absent.
    fn from_str(text: &str) -> Result<DateTime, InvalidForm> {
        let (date, rest) = text.split_once('T').ok_or(InvalidForm)?;
        let (time, kind) = split_kind(rest)?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [year, month, day] = fields(date, '-')?;
        let [hour, minute, second] = fields(time, ':')?;
        let reading = civil::DateTime::new(
            digits::<4>(year)?,
            digits::<2>(month)? as i8,
            digits::<2>(day)? as i8,
            digits::<2>(hour)? as i8,
            digits::<2>(minute)? as i8,
            digits::<2>(second)? as i8,
            fraction_ticks(fraction)? * 100,
        );
        Ok(DateTime { reading: reading.map_err(|_| InvalidForm)?, kind })
    }
}

/// Splits the zone off a time of day.
fn split_kind(time: &str) -> Result<(&str, DateTimeKind), InvalidForm> {
    if let Some(time) = time.strip_suffix('Z') {
        return Ok((time, DateTimeKind::Utc));
    }
    let Some(at) = time.find(['+', '-']) else { return Ok((time, DateTimeKind::Unspecified)) };
    let (time, zone) = time.split_at(at);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = fields(zone.trim_start_matches(['+', '-']), ':')?;
    let (hours, minutes) = (digits::<2>(hours)?, digits::<2>(minutes)?);
    // With more minutes than an hour has, the hours might need a third digit where this is written again.
    if minutes > 59 {
        return Err(InvalidForm);
    }
    Ok((time, DateTimeKind::Local { offset: sign * (hours * 60 + minutes) }))
}

fn fields<const N: usize>(text: &str, separator: char) -> Result<[&str; N], InvalidForm> {
    let mut parts = text.split(separator);
    let fields = [(); N].map(|()| parts.next().unwrap_or_default());
    if parts.next().is_none() { Ok(fields) } else { Err(InvalidForm) }
}

/// Exactly `N` digits, at most 4.
fn digits<const N: usize>(text: &str) -> Result<i16, InvalidForm> {
    if text.len() == N && is_digits(text) { text.parse().map_err(|_| InvalidForm) } else { Err(InvalidForm) }
}

/// The digits after a decimal point of seconds, as ticks.
fn fraction_ticks(fraction: &str) -> Result<i32, InvalidForm> {
    let missing = FRACTION_DIGITS.checked_sub(fraction.len()).ok_or(InvalidForm)?;
    if !is_digits(fraction) {
        return Err(InvalidForm);
    }
    let digits: i32 = fraction.parse().map_err(|_| InvalidForm)?;
    Ok(digits * 10_i32.pow(missing as u32))
}

/// Writes ticks below one second as `.1316332`, without trailing zeros; nothing for 0.
fn write_fraction(f: &mut fmt::Formatter<'_>, ticks: u64) -> fmt::Result {
    if ticks == 0 {
        return Ok(());
    }
    let digits = format!("{ticks:0FRACTION_DIGITS$}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reading.fmt(f)?;
        match self.kind {
            DateTimeKind::Unspecified => Ok(()),
            DateTimeKind::Utc => f.write_str("Z"),
            DateTimeKind::Local { offset } => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// System.TimeSpan (`TS`): a length of time, possibly negative. It displays as XML Schema has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan {
    /// In 100 nanoseconds.
    pub ticks: i64,
}

impl FromStr for TimeSpan {
    type Err = InvalidForm;

    /// Reads `-P1DT2H3M4.5S`; a part may be absent, but not all of them.
    fn from_str(text: &str) -> Result<TimeSpan, InvalidForm> {
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let nanoseconds = duration::parse(rest).ok_or(InvalidForm)?.as_nanos();
        let ticks = i128::try_from(nanoseconds / NANOSECONDS_PER_TICK).map_err(|_| InvalidForm)?;
        match i64::try_from(sign * ticks) {
            Ok(ticks) if nanoseconds % NANOSECONDS_PER_TICK == 0 => Ok(TimeSpan { ticks }),
            _ => Err(InvalidForm),
        }
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks = self.ticks.unsigned_abs();
        let (seconds, fraction) = (ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let (days, hours) = (hours / 24, hours % 24);

        f.write_str(if self.ticks < 0 { "-P" } else { "P" })?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if days > 0 && hours == 0 && minutes == 0 && seconds == 0 && fraction == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if seconds > 0 || fraction > 0 || (hours == 0 && minutes == 0) {
            write!(f, "{seconds}")?;
            write_fraction(f, fraction)?;
            f.write_str("S")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts in the form of `T` that are written as they were read.
    fn check<T: FromStr<Err = InvalidForm> + ToString>(texts: &[&str]) {
        for text in texts {
            assert_eq!(text.parse::<T>().map(|value| value.to_string()).as_deref(), Ok(*text));
        }
    }

    fn check_invalid<T: FromStr<Err = InvalidForm>>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<T>().is_err(), "{text}");
        }
    }

    #[test]
    fn date_times() {
        check::<DateTime>(&[
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59.9999999Z",
            "2018-06-13T23:46:12.1316332+00:00",
            "2020-02-29T00:00:00.1-03:30",
        ]);
        check_invalid::<DateTime>(&[
            "",
            "2018-06-13",
            "2018-06-13 23:46:12",
            "2019-02-29T00:00:00",
            "2018-06-13T24:00:00",
            "2018-06-13T23:46:12.Z",
            "2018-06-13T23:46:12.12345678",
            "2018-06-13T23:46",
            "2018-06-13T23:46:12+1",
            "2018-06-13T23:46:12+01:00Z",
            "2018-06-13T23:46:12+01:60",
            "+018-06-13T23:46:12",
            "2018-06-13T23:46:12+-1:00",
        ]);
    }

    #[test]
    fn date_times_to_a_tick() {
        let at: DateTime = "2018-06-13T23:46:12.0000001-01:30".parse().unwrap();
        assert_eq!(at.reading, civil::DateTime::constant(2018, 6, 13, 23, 46, 12, 100));
        assert_eq!(at.kind, DateTimeKind::Local { offset: -90 });
    }

    #[test]
    fn time_spans() {
        check::<TimeSpan>(&[
            "PT0S",
            "PT9.0269026S",
            "P1DT2H",
            "-PT1S",
            "P10675199DT2H48M5.4775807S",
            "-P10675199DT2H48M5.4775808S",
            "P3D",
            "PT5M0.0000001S",
        ]);
        assert_eq!("PT36H".parse(), Ok(TimeSpan { ticks: 36 * 3600 * 10_000_000 }));
        check_invalid::<TimeSpan>(&[
            "",
            "P",
            "PT",
            "-",
            "1D",
            "P1Y",
            "P1M",
            "P1",
            "PT1",
            "PT1S2M",
            "PT-1S",
            "PT1.S",
            "P1DT",
            "PT+1S",
            "P10675199DT2H48M5.4775808S",
            "P99999999999999999999D",
            "P18446744073709551615D",
        ]);
    }
}
