//! Certificates known by their hash: SHA-256 for those of servers, SHA-1 for those of clients, as Windows has it.

use base64::prelude::{BASE64_STANDARD, Engine};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use std::fmt;

/// SHA-256 over a whole certificate (DER), as certificate viewers and `openssl x509 -fingerprint -sha256` show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// SHA-1 over a whole certificate (DER): the name that Windows gives it, and no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 20]);

/// The text is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHash {
    /// Not that of a [`Fingerprint`].
    #[error("\"{0}\" is no SHA-256 fingerprint, which has 64 hexadecimal digits or 44 characters of base64")]
    Fingerprint(String),
    /// Not that of a [`Thumbprint`].
    #[error("\"{0}\" is no thumbprint, which has 40 hexadecimal digits")]
    Thumbprint(String),
}

impl Fingerprint {
    /// Reads hexadecimal digits, with or without colons between, or base64.
    pub fn parse(text: &str) -> Result<Fingerprint, BadHash> {
        let octets = hexadecimal(text)
            .or_else(|| BASE64_STANDARD.decode(text.trim()).ok())
            .and_then(|octets| octets.try_into().ok());
        octets.map(Fingerprint).ok_or_else(|| BadHash::Fingerprint(text.to_owned()))
    }
}

impl Thumbprint {
    /// Reads hexadecimal digits as they are copied from anywhere.
    pub fn parse(text: &str) -> Result<Thumbprint, BadHash> {
        let octets = hexadecimal(text).and_then(|octets| octets.try_into().ok());
        octets.map(Thumbprint).ok_or_else(|| BadHash::Thumbprint(text.to_owned()))
    }
}

/// The octets of hexadecimal digits in any letter case. Blanks, colons and the invisible mark of direction that
/// Windows' certificate viewer puts in front do not count.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, ':' | '\u{200E}');
    let digits: Option<Vec<u8>> =
        text.chars().filter(counts).map(|c| c.to_digit(16).and_then(|digit| digit.try_into().ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// What the two hashes have in common. They are shown in upper-case digits, as Windows and OpenSSL print them.
macro_rules! hash {
    ($hash:ident, $algorithm:expr) => {
        impl $hash {
            /// That of a certificate in DER.
            pub fn of(certificate: &[u8]) -> $hash {
                let octets = digest($algorithm, certificate).as_ref().try_into();
                $hash(octets.expect("the algorithm has the length of its hash"))
            }
        }

        impl fmt::Display for $hash {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
            }
        }

        impl fmt::Debug for $hash {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

hash!(Fingerprint, &SHA256);
hash!(Thumbprint, &SHA1_FOR_LEGACY_USE_ONLY);

/// The only certificates of servers to trust; where there are none, pins are not used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pins(Vec<Fingerprint>);

impl Pins {
    /// Reads a list separated by commas.
    pub fn parse(list: &str) -> Result<Pins, BadHash> {
        let entries = list.split(',').filter(|entry| !entry.trim().is_empty());
        entries.map(Fingerprint::parse).collect::<Result<_, _>>().map(Pins)
    }

    /// Whether no certificate is pinned, so that authorities decide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this certificate is pinned.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.0.contains(&fingerprint)
    }
}

/// As [`Pins::parse`] reads it.
impl fmt::Display for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fingerprint) in self.0.iter().enumerate() {
            write!(f, "{}{fingerprint}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 and SHA-1 of "abc" (FIPS 180-2, appendices).
    const SHA256_ABC: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    const SHA1_ABC: &str = "A9993E364706816ABA3E25717850C26C9CD0D89D";

    #[test]
    fn a_fingerprint_is_read_in_every_usual_form() {
        let fingerprint = Fingerprint::of(b"abc");
        assert_eq!(fingerprint.to_string(), SHA256_ABC);
        let colons: Vec<_> =
            SHA256_ABC.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair)).collect();
        for text in [
            SHA256_ABC.to_owned(),
            SHA256_ABC.to_lowercase(),
            colons.join(":"),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".to_owned(),
        ] {
            assert_eq!(Fingerprint::parse(&text), Ok(fingerprint), "{text}");
        }
        for text in
            ["", "BA78", &SHA256_ABC[1..], SHA1_ABC, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa", "é"]
        {
            assert_eq!(Fingerprint::parse(text), Err(BadHash::Fingerprint(text.into())));
        }
    }

    #[test]
    fn a_thumbprint_may_come_from_windows_certificate_viewer() {
        let thumbprint = Thumbprint::of(b"abc");
        assert_eq!(thumbprint.to_string(), SHA1_ABC);
        let viewer = "\u{200E}a9 99 3e 36 47 06 81 6a ba 3e 25 71 78 50 c2 6c 9c d0 d8 9d";
        for text in [SHA1_ABC, viewer] {
            assert_eq!(Thumbprint::parse(text), Ok(thumbprint), "{text}");
        }
        for text in ["", "A9", SHA256_ABC, "x9993E364706816ABA3E25717850C26C9CD0D89D"] {
            assert_eq!(Thumbprint::parse(text), Err(BadHash::Thumbprint(text.into())));
        }
    }

    #[test]
    fn pins_are_a_list() {
        let pins = Pins::parse(&format!("{SHA256_ABC}, ,{}", SHA256_ABC.replace("BA", "AB"))).unwrap();
        assert!(pins.contains(Fingerprint::of(b"abc")) && !pins.contains(Fingerprint::of(b"abd")));
        assert_eq!(Pins::parse(&pins.to_string()), Ok(pins));
        assert!(Pins::parse("").unwrap().is_empty());
        assert!(Pins::parse("x").is_err());
    }
}
