//! What the other end of stdout and stderr is, and what may be sent there.

use std::borrow::Cow;

/// Window width where there is no window, and no COLUMNS either.
const DEFAULT_WIDTH: usize = 120;

/// The width to lay tables out for: the window's, else COLUMNS, else 120.
pub fn width(stdout_is_terminal: bool) -> usize {
    let window = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    let width = if stdout_is_terminal { window().or_else(columns) } else { columns() };
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// Text that a remote machine may have written, made harmless for a terminal: control characters, which could move
/// the cursor or worse, and marks that turn the reading direction around, are shown as the replacement character.
/// Line ends stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

fn is_harmful(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn remote_text_cannot_steer_a_terminal() {
        assert_eq!(
            harmless("a\x1b[31mb\u{9b}c\u{202e}d\te\nf"),
            "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}e\nf"
        );
        assert_eq!(harmless("備份 é 😀"), "備份 é 😀");
    }
}
