//! Questions to the person at the terminal, which is asked for by name: stdin and stdout may be pipes.

use super::terminal;
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Write};

#[cfg(unix)]
const TERMINAL: (&str, &str) = ("/dev/tty", "/dev/tty");
#[cfg(windows)]
const TERMINAL: (&str, &str) = ("CONIN$", "CONOUT$");

/// Shows a text on the terminal and reads the line that is typed after it.
///
/// # Errors
/// When there is no terminal, or when its end is reached instead of a line.
pub fn ask(text: &str) -> io::Result<String> {
    let mut output = OpenOptions::new().write(true).open(TERMINAL.1)?;
    let input = OpenOptions::new().read(true).open(TERMINAL.0)?;
    output.write_all(terminal::harmless(text).as_bytes())?;
    output.flush()?;
    let mut line = String::new();
    if BufReader::new(input).read_line(&mut line)? == 0 {
        output.write_all(b"\n")?;
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

/// What a person answers to -Confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    YesToAll,
    No,
    NoToAll,
}

const CHOICES: &str = "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): ";

const HELP: &str = "Y - Continue with only the next step of the operation.
A - Continue with all the steps of the operation.
N - Skip this operation and proceed with the next operation.
L - Skip this operation and all subsequent operations.
";

/// PowerShell's confirmation, without Suspend: whoever wants a prompt of a shell meanwhile opens another terminal.
///
/// # Errors
/// As [`ask`].
pub fn confirm(action: &str) -> io::Result<Answer> {
    let mut question =
        format!("\nConfirm\nAre you sure you want to perform this action?\n{action}\n{CHOICES}");
    loop {
        let line = ask(&question)?;
        match read_answer(&line) {
            Some(answer) => return Ok(answer),
            None if line.trim() == "?" => question = format!("{HELP}{CHOICES}"),
            None => question = CHOICES.to_owned(),
        }
    }
}

/// The whole label or its letter, in any letter case; nothing means yes.
fn read_answer(line: &str) -> Option<Answer> {
    match line.trim().to_ascii_lowercase().as_str() {
        "" | "y" | "yes" => Some(Answer::Yes),
        "a" | "yes to all" => Some(Answer::YesToAll),
        "n" | "no" => Some(Answer::No),
        "l" | "no to all" => Some(Answer::NoToAll),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_label_or_its_letter() {
        let answers = ["", "Y", "yes to ALL", "n", " l ", "s", "?", "ye"].map(read_answer);
        use Answer::*;
        assert_eq!(
            answers,
            [Some(Yes), Some(Yes), Some(YesToAll), Some(No), Some(NoToAll), None, None, None]
        );
    }
}
