//! How much of a server's text is used.

use std::borrow::Cow;

/// Most octets of a text in an error or a record; what is longer is cut.
const MOST_SHOWN: usize = 1024;

/// Most octets of an address that a client is sent to; a longer one is none.
pub(crate) const MOST_ADDRESS: usize = 2048;

/// The text, or its beginning with an ellipsis.
pub(crate) fn excerpt<'a>(text: impl Into<Cow<'a, str>>) -> String {
    let text = text.into();
    if text.len() <= MOST_SHOWN {
        return text.into_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MOST_SHOWN)])
}

#[cfg(test)]
mod tests {
    use super::{MOST_SHOWN, excerpt};

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        let longest = "x".repeat(MOST_SHOWN);
        assert_eq!(excerpt(&longest), longest);
        assert_eq!(excerpt(longest.clone() + "x"), format!("{longest}…"));
        let before = "x".repeat(MOST_SHOWN - 1);
        assert_eq!(excerpt(format!("{before}é")), format!("{before}…"));
    }
}
