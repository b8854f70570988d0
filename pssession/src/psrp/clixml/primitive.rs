//! .NET types that have no counterpart in Rust's library, with their lexical forms (MS-PSRP 2.2.5.1).
//!
//! `FromStr` reads the form inside an element, `Display` writes it; neither knows XML. Dates and times are in
//! `time.rs`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use zeroize::Zeroizing;

/// The text is not in the lexical form of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the text does not have the form of its type")]
pub struct InvalidForm;

/// One or more digits and nothing else; `parse` of an integer would take a sign too.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// System.Decimal (`D`), kept as its text, so that the scale survives: `1.50` is not `1.5`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decimal(Box<str>);

impl Decimal {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = InvalidForm;

    /// Accepts what a Decimal can hold: an integer of 96 bits, shifted by at most 28 decimal places.
    fn from_str(text: &str) -> Result<Decimal, InvalidForm> {
        const MAX_SCALE: usize = 28;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        if !is_digits(integer) || !is_digits(fraction) || fraction.len() > MAX_SCALE {
            return Err(InvalidForm);
        }
        let mut coefficient: u128 = 0;
        for digit in unsigned.bytes().filter(u8::is_ascii_digit) {
            coefficient = coefficient * 10 + u128::from(digit - b'0');
            if coefficient >> 96 != 0 {
                return Err(InvalidForm);
            }
        }
        Ok(Decimal(text.into()))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// System.Version: two to four numbers. An absent part is less than 0, as in .NET.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub build: Option<u32>,
    pub revision: Option<u32>,
}

impl Version {
    /// A version of two parts.
    pub const fn new(major: u32, minor: u32) -> Version {
        Version { major, minor, build: None, revision: None }
    }
}

impl FromStr for Version {
    type Err = InvalidForm;

    fn from_str(text: &str) -> Result<Version, InvalidForm> {
        let mut parts = text.split('.').map(|part| match part.parse::<u32>() {
            Ok(number) if is_digits(part) && i32::try_from(number).is_ok() => Ok(number),
            _ => Err(InvalidForm),
        });
        let major = parts.next().ok_or(InvalidForm)??;
        let minor = parts.next().ok_or(InvalidForm)??;
        let build = parts.next().transpose()?;
        let revision = parts.next().transpose()?;
        if parts.next().is_some() {
            return Err(InvalidForm);
        }
        Ok(Version { major, minor, build, revision })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        for part in [self.build, self.revision].into_iter().flatten() {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

/// System.Security.SecureString (`SS`) as it travels; wiped on drop.
///
/// These bytes are cipher text under the session key, but from a peer of protocol 2.4 on they are the text
/// itself in UTF-16, so they are never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecureString(Zeroizing<Vec<u8>>);

impl SecureString {
    /// Takes over the bytes.
    pub(crate) fn new(bytes: Vec<u8>) -> SecureString {
        SecureString(Zeroizing::new(bytes))
    }

    /// The bytes as they travel, without their base64.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecureString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secure string]")
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
    fn decimals() {
        check::<Decimal>(&["0", "-1.50", "79228162514264337593543950335", "0.0000000000000000000000000001"]);
        check_invalid::<Decimal>(&[
            "",
            "-",
            "+1",
            "1.",
            ".5",
            "1e5",
            "1 ",
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
            "9999999999999999999999999999999999999999999999999999999999",
        ]);
    }

    #[test]
    fn versions() {
        check::<Version>(&["2.3", "1.1.0.1", "5.1.14393", "0.2147483647"]);
        check_invalid::<Version>(&[
            "",
            "2",
            "2.",
            "2.3.",
            "1.2.3.4.5",
            "2.-1",
            "+2.3",
            "2.2147483648",
            "2.x",
        ]);
        assert!(Version::new(2, 3) < "2.3.0".parse().unwrap());
        assert!(Version::new(2, 10) > Version::new(2, 9));
    }

    #[test]
    fn a_secure_string_does_not_show_itself() {
        assert_eq!(format!("{:?}", SecureString::new(vec![65])), "[secure string]");
    }
}
