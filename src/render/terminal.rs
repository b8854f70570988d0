//! What the other end of stdout and stderr is, and what may be sent there.

use std::borrow::Cow;

/// Window width where there is no window, and no COLUMNS either.
const DEFAULT_WIDTH: usize = 120;

/// The width to lay out for: the window's, else COLUMNS, else 120.
pub fn width(is_terminal: bool) -> usize {
    let window = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    let width = if is_terminal { window().or_else(columns) } else { columns() };
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// Text that a remote machine may have written, made harmless for a terminal: what could move the cursor or worse is
/// shown as the replacement character. Line ends stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    Cow::Owned(text.replace(is_harmful, "\u{FFFD}"))
}

/// A line of JSON made harmless for a terminal, without changing what it says: harmful characters stand in strings
/// only, where they can be escaped.
pub fn harmless_json(line: &str) -> Cow<'_, str> {
    if !line.contains(is_harmful) {
        return Cow::Borrowed(line);
    }
    let escape = |c: char| match is_harmful(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    Cow::Owned(line.chars().map(escape).collect())
}

/// Control characters, both sets of them, and what turns the reading direction around or ends a line without being a
/// line end. What joins the parts of an emoji, or letters, is none of these.
fn is_harmful(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_text_cannot_steer_a_terminal() {
        assert_eq!(
            harmless("a\x1b[31mb\u{9b}c\u{202e}d\te\nf\u{2028}g\rh\r\ni"),
            "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}e\nf\u{FFFD}g\u{FFFD}h\ni"
        );
        let family = "備份 é 😀 \u{1F469}\u{200D}\u{1F467} \u{2764}\u{FE0F} \u{0645}\u{200C}";
        assert_eq!(harmless(family), family);
    }

    #[test]
    fn json_says_the_same_on_a_terminal() {
        let line = "{\"Name\":\"a\u{9b}b\u{202e}c\u{7f}\"}";
        let shown = harmless_json(line);
        assert_eq!(shown, "{\"Name\":\"a\\u009bb\\u202ec\\u007f\"}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&shown), read(line));
    }
}
