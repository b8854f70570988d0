//! Text that must not be seen: passwords and what is derived from them.
//!
//! A [`Secret`] has no way to print itself and is wiped when it goes out of scope. It is a leaf: every room may
//! hold one, and nothing but the authentication mechanisms looks inside.

use std::fmt;
use zeroize::Zeroizing;

/// Secret text; wiped on drop, and its `Debug` says only that it is there.
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

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Secret {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", Secret::new("Passw0rd!".into())), "[secret]");
    }
}
