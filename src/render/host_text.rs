//! What scripts write to their host, in pieces of lines and in colors.

use super::terminal;
use pssession::host::{ConsoleColor, HostRequest};
use std::collections::HashMap;

/// The host's text, as it goes to stderr.
#[derive(Default)]
pub struct HostText {
    /// The lines that are not ended yet, where lines of several computers must not be mixed.
    begun: HashMap<String, String>,
    foreground: Option<ConsoleColor>,
    background: Option<ConsoleColor>,
}

/// What Clear-Host writes where PowerShell does not run on Windows; it takes what was scrolled away too.
const CLEAR_HOST: &str = "\x1b[H\x1b[2J\x1b[3J";
const CLEAR: &str = "\x1b[H\x1b[2J";

impl HostText {
    /// What a call writes now; `mark` goes before each line of a computer, and `None` lets pieces through as they come.
    pub fn of(
        &mut self,
        computer: &str,
        mark: Option<&str>,
        call: &HostRequest,
        color: bool,
    ) -> Option<String> {
        match call {
            HostRequest::Write { text, .. } if text == CLEAR_HOST => color.then(|| CLEAR.to_owned()),
            HostRequest::Write { text, foreground, background, newline } => {
                let colors = (foreground.or(self.foreground), background.or(self.background));
                let piece = piece(text, colors, color);
                self.line(computer, mark, &piece, *newline)
            }
            HostRequest::WriteErrorLine(text) => {
                let piece = piece(text, (Some(ConsoleColor::DarkRed), None), color);
                self.line(computer, mark, &piece, true)
            }
            HostRequest::SetForegroundColor(color) => {
                self.foreground = *color;
                None
            }
            HostRequest::SetBackgroundColor(color) => {
                self.background = *color;
                None
            }
            HostRequest::SetWindowTitle(title) if color => {
                Some(format!("\x1b]0;{}\x07", terminal::line(title)))
            }
            // Clear-Host fills the whole buffer.
            HostRequest::SetBufferContents1 { region, .. }
                if color && region.left < 0 && region.right < 0 =>
            {
                Some(CLEAR.to_owned())
            }
            _ => None,
        }
    }

    fn line(&mut self, computer: &str, mark: Option<&str>, piece: &str, newline: bool) -> Option<String> {
        let Some(mark) = mark else { return Some(format!("{piece}{}", if newline { "\n" } else { "" })) };
        let line = self.begun.entry(computer.to_owned()).or_default();
        line.push_str(piece);
        newline.then(|| format!("{mark}{}\n", std::mem::take(line)))
    }
}

fn piece(text: &str, colors: (Option<ConsoleColor>, Option<ConsoleColor>), color: bool) -> String {
    let text = terminal::styled(text, color);
    let codes: Vec<_> = [colors.0.map(code), colors.1.map(|color| code(color) + 10)]
        .into_iter()
        .flatten()
        .map(|code| code.to_string())
        .collect();
    if !color || codes.is_empty() || text.is_empty() {
        return text;
    }
    format!("\x1b[{}m{text}\x1b[0m", codes.join(";"))
}

/// The number by which terminals know a color.
fn code(color: ConsoleColor) -> u32 {
    use ConsoleColor as C;
    match color {
        C::Black => 30,
        C::DarkRed => 31,
        C::DarkGreen => 32,
        C::DarkYellow => 33,
        C::DarkBlue => 34,
        C::DarkMagenta => 35,
        C::DarkCyan => 36,
        C::Gray => 37,
        C::DarkGray => 90,
        C::Red => 91,
        C::Green => 92,
        C::Yellow => 93,
        C::Blue => 94,
        C::Magenta => 95,
        C::Cyan => 96,
        C::White => 97,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str, foreground: Option<ConsoleColor>, newline: bool) -> HostRequest {
        HostRequest::Write { text: text.into(), foreground, background: None, newline }
    }

    #[test]
    fn pieces_are_written_as_they_come_in_their_colors() {
        let mut host = HostText::default();
        let mut shown = |call, color| host.of("Server01", None, &call, color);
        assert_eq!(shown(write("a ", None, false), true).as_deref(), Some("a "));
        assert_eq!(
            shown(write("b", Some(ConsoleColor::Green), true), true).as_deref(),
            Some("\x1b[92mb\x1b[0m\n")
        );
        assert_eq!(
            shown(write("b\x1b[31mc", Some(ConsoleColor::Green), true), false).as_deref(),
            Some("bc\n")
        );
        assert_eq!(shown(HostRequest::SetForegroundColor(Some(ConsoleColor::Red)), true), None);
        assert_eq!(shown(write("d", None, true), true).as_deref(), Some("\x1b[91md\x1b[0m\n"));
        let title = HostRequest::SetWindowTitle("a\x07b".into());
        assert_eq!(shown(title.clone(), true).as_deref(), Some("\x1b]0;a\u{FFFD}b\x07"));
        assert_eq!(shown(title, false), None);
    }

    #[test]
    fn lines_of_several_computers_are_not_mixed() {
        let mut host = HostText::default();
        let mut shown = |computer, call| host.of(computer, Some("[m] "), &call, false);
        assert_eq!(shown("Server01", write("a", None, false)), None);
        assert_eq!(shown("Server02", write("x", None, true)).as_deref(), Some("[m] x\n"));
        assert_eq!(shown("Server01", write("b", None, true)).as_deref(), Some("[m] ab\n"));
    }
}
