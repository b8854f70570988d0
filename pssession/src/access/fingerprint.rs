//! Certificates and keys known by their hash: SHA-256 for those of servers, SHA-1 for those of clients, as Windows has it.

use base64::prelude::{BASE64_STANDARD, Engine};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use std::fmt;

/// SHA-256 over a whole certificate (DER), as certificate viewers and `openssl x509 -fingerprint -sha256` show it; or
/// over its public key alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// SHA-1 over a whole certificate (DER): the name that Windows gives it, and no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 20]);

/// The text is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHash {
    /// Not that of a [`Fingerprint`].
    #[error(
        "\"{0}\" is not a SHA-256 fingerprint: 64 hexadecimal digits of a certificate, or sha256//BASE64 of a public key"
    )]
    Fingerprint(String),
    /// Not that of a [`Thumbprint`].
    #[error("\"{0}\" is not a thumbprint, which has 40 hexadecimal digits")]
    Thumbprint(String),
}

impl Fingerprint {
    /// Reads that of a certificate: hexadecimal digits as openssl and others write them, or base64.
    pub fn parse(text: &str) -> Result<Fingerprint, BadHash> {
        let fingerprint =
            Fingerprint::of_octets(hexadecimal(text, "sha256")).or_else(|| Fingerprint::of_base64(text));
        fingerprint.ok_or_else(|| BadHash::Fingerprint(text.to_owned()))
    }

    fn of_base64(text: &str) -> Option<Fingerprint> {
        Fingerprint::of_octets(BASE64_STANDARD.decode(text.trim()).ok())
    }

    fn of_octets(octets: Option<Vec<u8>>) -> Option<Fingerprint> {
        octets?.try_into().ok().map(Fingerprint)
    }
}

impl Thumbprint {
    /// Reads hexadecimal digits as they are copied from anywhere.
    pub fn parse(text: &str) -> Result<Thumbprint, BadHash> {
        let octets = hexadecimal(text, "sha1").and_then(|octets| octets.try_into().ok());
        octets.map(Thumbprint).ok_or_else(|| BadHash::Thumbprint(text.to_owned()))
    }
}

/// The octets of hexadecimal digits in any letter case. Blanks, colons and the invisible mark of direction that
/// Windows' certificate viewer puts in front do not count, nor what `openssl x509 -fingerprint` writes before them.
fn hexadecimal(text: &str, algorithm: &str) -> Option<Vec<u8>> {
    let labelled = text.split_once('=').filter(|(label, _)| {
        let mut words = label.split_whitespace();
        let is_algorithm = words.next().is_some_and(|word| word.eq_ignore_ascii_case(algorithm));
        is_algorithm && words.next().is_some_and(|word| word.eq_ignore_ascii_case("fingerprint"))
    });
    let text = labelled.map_or(text, |(_, digits)| digits);
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

/// What precedes the hash of a public key, as curl's `--pinnedpubkey` has it.
const KEY: &str = "sha256//";

/// The only certificates of servers to trust, or the only keys; where there are none, pins are not used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pins {
    certificates: Vec<Fingerprint>,
    keys: Vec<Fingerprint>,
}

impl Pins {
    /// Reads a list separated by commas, or semicolons as curl has it. What begins with `sha256//` is the hash of a public
    /// key in base64, anything else that of a certificate.
    pub fn parse(list: &str) -> Result<Pins, BadHash> {
        let mut pins = Pins::default();
        for entry in list.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty()) {
            match entry.strip_prefix(KEY) {
                Some(key) => {
                    let bad = || BadHash::Fingerprint(entry.to_owned());
                    pins.keys.push(Fingerprint::of_base64(key).ok_or_else(bad)?);
                }
                None => pins.certificates.push(Fingerprint::parse(entry)?),
            }
        }
        Ok(pins)
    }

    /// Whether nothing is pinned, so that authorities decide.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.keys.is_empty()
    }

    /// Whether a certificate is pinned, or its public key (DER, SubjectPublicKeyInfo).
    pub fn contains(&self, certificate: Fingerprint, public_key: &[u8]) -> bool {
        self.certificates.contains(&certificate) || self.keys.contains(&Fingerprint::of(public_key))
    }
}

/// As [`Pins::parse`] reads it.
impl fmt::Display for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificates = self.certificates.iter().map(Fingerprint::to_string);
        let keys = self.keys.iter().map(|key| format!("{KEY}{}", BASE64_STANDARD.encode(key.0)));
        f.write_str(&certificates.chain(keys).collect::<Vec<_>>().join(","))
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
            format!("sha256 Fingerprint={}\n", colons.join(":")),
            format!("SHA256 Fingerprint={}", colons.join(":")),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".to_owned(),
        ] {
            assert_eq!(Fingerprint::parse(&text), Ok(fingerprint), "{text}");
        }
        for text in [
            "",
            "BA78",
            &SHA256_ABC[1..],
            SHA1_ABC,
            &format!("sha1 Fingerprint={SHA256_ABC}"),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa",
            "é",
        ] {
            assert_eq!(Fingerprint::parse(text), Err(BadHash::Fingerprint(text.into())));
        }
    }

    #[test]
    fn a_thumbprint_may_come_from_windows_certificate_viewer() {
        let thumbprint = Thumbprint::of(b"abc");
        assert_eq!(thumbprint.to_string(), SHA1_ABC);
        let viewer = "\u{200E}a9 99 3e 36 47 06 81 6a ba 3e 25 71 78 50 c2 6c 9c d0 d8 9d";
        for text in [SHA1_ABC, viewer, &format!("SHA1 Fingerprint={SHA1_ABC}")] {
            assert_eq!(Thumbprint::parse(text), Ok(thumbprint), "{text}");
        }
        for text in ["", "A9", SHA256_ABC, "x9993E364706816ABA3E25717850C26C9CD0D89D"] {
            assert_eq!(Thumbprint::parse(text), Err(BadHash::Thumbprint(text.into())));
        }
    }

    #[test]
    fn pins_are_a_list() {
        let pins = Pins::parse(&format!("{SHA256_ABC}, ,{}", SHA256_ABC.replace("BA", "AB"))).unwrap();
        assert!(
            pins.contains(Fingerprint::of(b"abc"), b"") && !pins.contains(Fingerprint::of(b"abd"), b"abc")
        );
        assert_eq!(Pins::parse(&pins.to_string()), Ok(pins));
        let pins = Pins::parse("sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=;sha256//").unwrap_err();
        assert_eq!(pins, BadHash::Fingerprint("sha256//".into()));
        let pins = Pins::parse(&format!(
            "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=;{}",
            SHA256_ABC.replace("BA", "AB")
        ));
        let pins = pins.unwrap();
        assert!(
            pins.contains(Fingerprint::of(b"x"), b"abc") && !pins.contains(Fingerprint::of(b"abc"), b"x")
        );
        assert_eq!(Pins::parse(&pins.to_string()), Ok(pins));
        assert!(Pins::parse("").unwrap().is_empty());
        assert!(Pins::parse("x").is_err());
    }
}
