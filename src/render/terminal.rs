//! What the other end of stdout and stderr is, and what may be sent there.

use std::borrow::Cow;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use unicode_width::UnicodeWidthChar;

/// Window width where there is no window, and no COLUMNS either.
const DEFAULT_WIDTH: usize = 120;

/// The width to lay out for: the window's, else COLUMNS, else 120.
pub fn width(is_terminal: bool) -> usize {
    let window = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    let width = if is_terminal { window().or_else(columns) } else { columns() };
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// The lines of the window.
pub fn height() -> usize {
    terminal_size::terminal_size().map_or(usize::MAX, |(_, height)| height.0.into())
}

/// Columns and lines of what stdout is read at; where there is no window, those of a usual one.
pub fn window() -> (i32, i32) {
    const HEIGHT: i32 = 50;
    let is_terminal = io::stdout().is_terminal();
    let height =
        terminal_size::terminal_size().filter(|_| is_terminal).map(|(_, height)| i32::from(height.0));
    (i32::try_from(width(is_terminal)).unwrap_or(i32::MAX), height.unwrap_or(HEIGHT))
}

/// Most octets of a line for a person. What the library quotes is far shorter; a word of a command line need not be.
const MOST_OCTETS: usize = 4096;

/// More characters without a width of their own than any letter or emoji has one after another. They pile up on the
/// lines above and below.
const MOST_MARKS: usize = 8;

/// Text that a server, a file or another program may have written, made harmless for a terminal, also one behind a pipe:
/// what could move the cursor or worse is shown as the replacement character, as is what exceeds
/// [`MOST_MARKS`]. Line ends stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    for (character, is_harmful) in judged(&text) {
        match is_harmful {
            false => shown.push(character),
            true if is_mark(character) && shown.ends_with(char::REPLACEMENT_CHARACTER) => {}
            true => shown.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(shown)
}

/// As [`harmless`], for what a command writes: its tabs stay.
pub fn output(text: &str) -> Cow<'_, str> {
    match is_harmless(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.split('\t').map(harmless).collect::<Vec<_>>().join("\t")),
    }
}

/// As [`harmless`], and one line of bounded length whatever the text holds: a line end becomes a blank.
pub fn line(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(MOST_OCTETS)];
    let dots = if cut.len() < text.len() { "…" } else { "" };
    harmless(cut).replace('\n', " ") + dots
}

/// As [`harmless`], of a text that sets its own colors and styles: they stay where they are wanted, and end with it.
pub fn styled(text: &str, is_wanted: bool) -> String {
    let mut pieces = text.split("\x1b[");
    let mut shown = harmless(pieces.next().unwrap_or_default()).into_owned();
    let mut is_styled = false;
    for piece in pieces {
        let is_parameter = |c: char| c.is_ascii_digit() || c == ';';
        match piece.trim_start_matches(is_parameter).strip_prefix('m') {
            Some(rest) => {
                let parameters = &piece[..piece.len() - rest.len() - 1];
                // What is concealed says something that no one sees.
                if is_wanted && !parameters.split(';').any(|parameter| parameter == "8") {
                    is_styled = true;
                    shown += &format!("\x1b[{parameters}m");
                }
                shown += &harmless(rest);
            }
            None => shown += &harmless(&format!("\x1b[{piece}")),
        }
    }
    if is_styled {
        shown += "\x1b[0m";
    }
    shown
}

/// A line of JSON made harmless, without changing what it says: harmful characters stand in strings only, where they can
/// be escaped.
pub fn harmless_json(line: &str) -> Cow<'_, str> {
    if is_harmless(line) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len());
    for (character, is_harmful) in judged(line) {
        match is_harmful {
            false => shown.push(character),
            true => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(shown, "\\u{unit:04x}");
            }),
        }
    }
    Cow::Owned(shown)
}

fn is_harmless(text: &str) -> bool {
    text.is_ascii() && !text.contains(steers) || !judged(text).any(|(_, is_harmful)| is_harmful)
}

/// Each character, and whether it is harmful where it is.
fn judged(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut marks = 0;
    text.chars().map(move |character| {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        (character, steers(character) || marks > MOST_MARKS)
    })
}

fn is_mark(character: char) -> bool {
    !character.is_ascii() && character.width() == Some(0)
}

/// Control characters, both sets of them, and what turns the reading direction around or ends a line without being a
/// line end. What joins the parts of an emoji, or letters, is none of these.
fn steers(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tabs_of_a_command_stay() {
        assert_eq!(output("a\tb\n"), "a\tb\n");
        assert_eq!(output("a\t\x1bb\r\n\tc"), "a\t\u{FFFD}b\n\tc");
        assert_eq!(harmless("a\tb"), "a\u{FFFD}b");
    }

    #[test]
    fn remote_text_cannot_steer_a_terminal() {
        assert_eq!(
            harmless("a\x1b[31mb\u{9b}c\u{202e}d\te\nf\u{2028}g\rh\r\ni"),
            "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}e\nf\u{FFFD}g\u{FFFD}h\ni"
        );
        let family = "備份 é 😀 \u{1F469}\u{200D}\u{1F467} \u{2764}\u{FE0F} \u{0645}\u{200C}";
        assert_eq!(harmless(family), family);
        assert_eq!(line("a\nb\r\nc\x1b"), "a b c\u{FFFD}");
    }

    #[test]
    fn colors_stay_where_they_are_wanted() {
        let text = "\x1b[32;1mName\x1b[0m a\x1b[2Jb\x1b[8mc\x1b[1;8md\x1b[";
        assert_eq!(styled(text, true), "\x1b[32;1mName\x1b[0m a\u{FFFD}[2Jbcd\u{FFFD}[\x1b[0m");
        assert_eq!(styled(text, false), "Name a\u{FFFD}[2Jbcd\u{FFFD}[");
        assert_eq!(styled("plain", true), "plain");
    }

    #[test]
    fn marks_do_not_pile_up_and_lines_are_not_endless() {
        let marks = |count| "\u{301}".repeat(count);
        assert_eq!(harmless(&format!("e{}a", marks(8))), format!("e{}a", marks(8)));
        assert_eq!(harmless(&format!("e{}a", marks(500))), format!("e{}\u{FFFD}a", marks(8)));
        let england = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
        let shown = ["किमपि", "שָׁלוֹם", "Tiếng Việt", england];
        assert_eq!(shown.map(|text| harmless(text).into_owned()), shown);
        assert_eq!(line(&"é".repeat(3_000)), "é".repeat(2_048) + "…");
    }

    #[test]
    fn json_says_the_same_on_a_terminal() {
        let line = format!("{{\"Name\":\"a\u{9b}b\u{202e}c\u{7f}{}\"}}", "\u{E0067}".repeat(9));
        let shown = harmless_json(&line);
        let tags = "\u{E0067}".repeat(8);
        assert_eq!(shown, format!("{{\"Name\":\"a\\u009bb\\u202ec\\u007f{tags}\\udb40\\udc67\"}}"));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&shown), read(&line));
    }
}
