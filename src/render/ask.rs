//! Questions to the person at the terminal.

use super::tty::{self, Answer};
use std::fmt::Write;
use std::io;
use zeroize::Zeroizing;

/// Shows a text on the terminal and reads the line that is typed after it.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when Ctrl-C is typed instead of a line or a signal comes,
/// [`io::ErrorKind::UnexpectedEof`] when the input ends, others when there is no terminal.
pub fn ask(text: &str) -> io::Result<String> {
    tty::ask(text, Answer::Line).map(|line| line.to_string())
}

/// As [`ask`], for a line that must not be seen.
///
/// # Errors
/// As [`ask`].
pub fn ask_secret(text: &str) -> io::Result<Zeroizing<String>> {
    tty::ask(text, Answer::Secret)
}

/// One of the answers to a question.
struct Choice<A> {
    key: char,
    label: &'static str,
    help: &'static str,
    answer: A,
}

/// What a person answers to -Confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    Yes,
    YesToAll,
    No,
    NoToAll,
}

/// PowerShell's choices, without Suspend: for a prompt of a shell meanwhile, open another terminal.
const CONFIRMATIONS: [Choice<Confirmation>; 4] = [
    yes(Confirmation::Yes),
    yes_to_all(Confirmation::YesToAll),
    Choice {
        key: 'N',
        label: "No",
        help: "Skip this operation and proceed with the next operation.",
        answer: Confirmation::No,
    },
    Choice {
        key: 'L',
        label: "No to All",
        help: "Skip this operation and all subsequent operations.",
        answer: Confirmation::NoToAll,
    },
];

/// What a person answers where an action preference is Inquire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inquiry {
    Yes,
    YesToAll,
    Halt,
}

const INQUIRIES: [Choice<Inquiry>; 3] = [
    yes(Inquiry::Yes),
    yes_to_all(Inquiry::YesToAll),
    Choice { key: 'H', label: "Halt Command", help: "Stop this command.", answer: Inquiry::Halt },
];

const fn yes<A>(answer: A) -> Choice<A> {
    let help = "Continue with only the next step of the operation.";
    Choice { key: 'Y', label: "Yes", help, answer }
}

const fn yes_to_all<A>(answer: A) -> Choice<A> {
    let help = "Continue with all the steps of the operation.";
    Choice { key: 'A', label: "Yes to All", help, answer }
}

/// Asks whether an action is to be done.
///
/// # Errors
/// As [`ask`].
pub fn confirm(action: &str) -> io::Result<Confirmation> {
    choose(&format!("Are you sure you want to perform this action?\n{action}"), &CONFIRMATIONS)
}

/// Asks whether to go on.
///
/// # Errors
/// As [`ask`].
pub fn inquire(question: &str) -> io::Result<Inquiry> {
    choose(question, &INQUIRIES)
}

/// Asks until the answer is one of the choices; nothing means the first.
fn choose<A: Copy>(question: &str, choices: &[Choice<A>]) -> io::Result<A> {
    let menu = menu(choices);
    let mut text = format!("\nConfirm\n{question}\n{menu}");
    loop {
        let line = tty::ask(&text, Answer::Choice)?;
        match chosen(&line, choices) {
            Some(answer) => return Ok(answer),
            None if line.trim() == "?" => text = help(choices) + &menu,
            None => text = menu.clone(),
        }
    }
}

fn menu<A>(choices: &[Choice<A>]) -> String {
    let labels = choices.iter().map(|choice| format!("[{}] {}  ", choice.key, choice.label));
    labels.collect::<String>() + "[?] Help (default is \"Y\"): "
}

fn help<A>(choices: &[Choice<A>]) -> String {
    choices.iter().fold(String::new(), |mut help, choice| {
        let _ = writeln!(help, "{} - {}", choice.key, choice.help);
        help
    })
}

/// The whole label or its letter, in any letter case.
fn chosen<A: Copy>(line: &str, choices: &[Choice<A>]) -> Option<A> {
    let line = line.trim();
    let means = |choice: &&Choice<A>| {
        line.eq_ignore_ascii_case(choice.label) || line.eq_ignore_ascii_case(&choice.key.to_string())
    };
    match line {
        "" => choices.first(),
        _ => choices.iter().find(means),
    }
    .map(|choice| choice.answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_label_or_its_letter() {
        let answers =
            ["", "Y", "yes to ALL", "n", " l ", "s", "?", "ye"].map(|line| chosen(line, &CONFIRMATIONS));
        use Confirmation::*;
        assert_eq!(
            answers,
            [Some(Yes), Some(Yes), Some(YesToAll), Some(No), Some(NoToAll), None, None, None]
        );
        assert_eq!(
            ["h", "Halt command", "n"].map(|line| chosen(line, &INQUIRIES)),
            [Some(Inquiry::Halt), Some(Inquiry::Halt), None]
        );
    }

    #[test]
    fn the_menus_are_those_of_powershell() {
        assert_eq!(
            menu(&CONFIRMATIONS),
            "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): "
        );
        assert_eq!(
            menu(&INQUIRIES),
            "[Y] Yes  [A] Yes to All  [H] Halt Command  [?] Help (default is \"Y\"): "
        );
    }
}
