//! Single keys.

use super::question::{NoAnswer, Questions};
use crate::render::Typed;
use pssession::host::{KeyInfo, ReadKeyOptions};

pub fn read(questions: &mut Questions, options: ReadKeyOptions) -> Result<KeyInfo, NoAnswer> {
    let line = questions.ask("", "", Typed::Key { is_seen: !options.no_echo })?;
    let (virtual_key_code, character) = key(&line.text);
    let key_down = options.include_key_down || !options.include_key_up;
    Ok(KeyInfo { virtual_key_code, character, control_key_state: 0, key_down })
}

/// The number that Windows has for a key, and its character, from what a terminal sends for it.
fn key(typed: &str) -> (i32, u16) {
    match typed {
        "" | "\r" | "\n" => return (13, 13),
        "\u{7F}" => return (8, 8),
        "\x1b[D" | "\x1bOD" => return (37, 0),
        "\x1b[A" | "\x1bOA" => return (38, 0),
        "\x1b[C" | "\x1bOC" => return (39, 0),
        "\x1b[B" | "\x1bOB" => return (40, 0),
        _ => {}
    }
    let Some(character) = typed.encode_utf16().next() else { return (0, 0) };
    let code = match typed.chars().next().map(|first| first.to_ascii_uppercase()) {
        Some(first @ ('A'..='Z' | '0'..='9' | ' ' | '\t' | '\x08' | '\x1b')) => first as i32,
        _ => 0,
    };
    (code, character)
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_have_windows_numbers() {
        let keys = ["q", "Q", "7", " ", "\n", "\x1b", "\x1b[A", "\u{7F}", "é", "!", "😀"];
        let expected = [
            (81, 113),
            (81, 81),
            (55, 55),
            (32, 32),
            (13, 13),
            (27, 27),
            (38, 0),
            (8, 8),
            (0, 233),
            (0, 33),
            (0, 0xD83D),
        ];
        assert_eq!(keys.map(key), expected);
    }
}
