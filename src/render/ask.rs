//! Questions to the person at the terminal.

use super::terminal;
use super::tty::{self, Answer};
use std::fmt::Write;
use std::io;
use zeroize::Zeroizing;

/// Shows a text of this program's own on the terminal and reads the line that is typed after it.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when Ctrl-C is typed instead of a line or a signal comes,
/// [`io::ErrorKind::UnexpectedEof`] when the input ends, others when there is no terminal.
pub fn ask(text: &str) -> io::Result<String> {
    tty::ask(text, Answer::Line).map(|line| line.to_string())
}

/// Asks for a password. What it is for may quote what others wrote.
///
/// # Errors
/// As [`ask`].
pub fn ask_secret(what: &str) -> io::Result<Zeroizing<String>> {
    tty::ask(&(terminal::line(what) + ": "), Answer::Secret)
}

/// Asks a question of a remote script, whose parts are harmless.
///
/// # Errors
/// As [`ask`].
pub fn question(text: &str, typed: Answer) -> io::Result<Zeroizing<String>> {
    tty::ask(text, typed)
}

/// One of the answers to a question.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    key: char,
    label: &'static str,
    help: &'static str,
    /// Whether it goes on.
    pub goes_on: bool,
    /// Whether that is the answer to all questions that follow.
    pub to_all: bool,
}

const fn choice(key: char, label: &'static str, help: &'static str, goes_on: bool, to_all: bool) -> Choice {
    Choice { key, label, help, goes_on, to_all }
}

const YES: Choice = choice('Y', "Yes", "Continue with only the next step of the operation.", true, false);
const YES_TO_ALL: Choice =
    choice('A', "Yes to All", "Continue with all the steps of the operation.", true, true);
const NO: Choice =
    choice('N', "No", "Skip this operation and proceed with the next operation.", false, false);
const NO_TO_ALL: Choice =
    choice('L', "No to All", "Skip this operation and all subsequent operations.", false, true);
const HALT: Choice = choice('H', "Halt Command", "Stop this command.", false, false);

/// PowerShell's choices, without Suspend: for a prompt of a shell meanwhile, open another terminal.
static CONFIRMATIONS: [Choice; 4] = [YES, YES_TO_ALL, NO, NO_TO_ALL];
static INQUIRIES: [Choice; 3] = [YES, YES_TO_ALL, HALT];

/// Asks whether an action is to be done.
///
/// # Errors
/// As [`ask`].
pub fn confirm(action: &str) -> io::Result<&'static Choice> {
    choose(
        &format!("Are you sure you want to perform this action?\n{}", terminal::line(action)),
        &CONFIRMATIONS,
    )
}

/// Asks whether to go on.
///
/// # Errors
/// As [`ask`].
pub fn inquire(question: &str) -> io::Result<&'static Choice> {
    choose(&terminal::line(question), &INQUIRIES)
}

/// Asks until the answer is one of the choices; nothing means the first.
fn choose(question: &str, choices: &'static [Choice]) -> io::Result<&'static Choice> {
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

fn menu(choices: &[Choice]) -> String {
    let labels = choices.iter().map(|choice| format!("[{}] {}  ", choice.key, choice.label));
    labels.collect::<String>() + "[?] Help (default is \"Y\"): "
}

fn help(choices: &[Choice]) -> String {
    choices.iter().fold(String::new(), |mut help, choice| {
        let _ = writeln!(help, "{} - {}", choice.key, choice.help);
        help
    })
}

/// The whole label or its letter, in any letter case.
fn chosen(line: &str, choices: &'static [Choice]) -> Option<&'static Choice> {
    let line = line.trim();
    let means = |choice: &&Choice| {
        line.eq_ignore_ascii_case(choice.label) || line.eq_ignore_ascii_case(&choice.key.to_string())
    };
    match line {
        "" => choices.first(),
        _ => choices.iter().find(means),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_label_or_its_letter() {
        let answers =
            ["", "Y", "yes to ALL", "n", " l ", "s", "?", "ye"].map(|line| chosen(line, &CONFIRMATIONS));
        assert_eq!(
            answers,
            [Some(&YES), Some(&YES), Some(&YES_TO_ALL), Some(&NO), Some(&NO_TO_ALL), None, None, None]
        );
        assert_eq!(
            ["h", "Halt command", "n"].map(|line| chosen(line, &INQUIRIES)),
            [Some(&HALT), Some(&HALT), None]
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
