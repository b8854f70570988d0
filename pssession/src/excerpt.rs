//! How much of a server's text goes into an error or a record.

use std::borrow::Cow;

/// In octets; what is longer is cut.
pub(crate) const MOST_SHOWN: usize = 1024;

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
