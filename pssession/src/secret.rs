//! Text that must not be shown: passwords and what is derived from them.
//!
//! A [`Secret`] has no way to print itself and is wiped when it goes out of scope. It is a leaf: every room may hold
//! one, and nothing but the authentication mechanisms looks inside. One that is kept while a server works is a
//! [`Masked`] one.

use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use zeroize::Zeroizing;

/// Secret text; wiped on drop, and hidden in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over the text; the buffer it came in is this secret's from now on.
    pub fn new(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// The text itself. The name is long so that each use is found by searching for it.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A secret that is kept, in a form in which an image of the memory does not show it. This is no encryption, for the
/// mask lies beside it: it only keeps the secret out of searched core files and swapped pages.
#[derive(Clone)]
pub struct Masked {
    mask: Zeroizing<Vec<u8>>,
    masked: Zeroizing<Vec<u8>>,
}

impl Masked {
    /// Masks a copy of a secret.
    pub fn of(secret: &Secret) -> Masked {
        let octets = secret.expose_secret().as_bytes();
        let mut mask = Zeroizing::new(vec![0xA5; octets.len()]);
        // A system that gives no random numbers gets no login either; until then the fixed mask does.
        let _ = SystemRandom::new().fill(&mut mask);
        let masked =
            Zeroizing::new(octets.iter().zip(mask.iter()).map(|(octet, mask)| octet ^ mask).collect());
        Masked { mask, masked }
    }

    /// The secret itself, to be dropped soon.
    pub fn secret(&self) -> Secret {
        let mut octets = Vec::with_capacity(self.masked.len());
        octets.extend(self.masked.iter().zip(self.mask.iter()).map(|(octet, mask)| octet ^ mask));
        Secret::new(String::from_utf8(octets).expect("the octets are those of a string"))
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::{Masked, Secret};

    #[test]
    fn a_masked_secret_comes_out_as_it_went_in() {
        for text in ["", "Passw0rd!", "pässwörd"] {
            let secret = Secret::new(text.into());
            let masked = Masked::of(&secret);
            assert_eq!(masked.secret(), secret);
            assert!(text.is_empty() || masked.masked.as_slice() != text.as_bytes());
            assert_eq!(format!("{masked:?}"), "[secret]");
        }
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", Secret::new("Passw0rd!".into())), "[secret]");
    }
}
