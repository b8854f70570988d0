//! Choices, as PowerShell's console offers them; several at once also where that cannot.

use super::question::{Line, NoAnswer, Questions, heading};
use crate::render::{self, Typed};
use pssession::host::{ChoiceDescription, ChoicePrompt};

/// Asks for one choice until it is one.
pub fn one(questions: &mut Questions, prompt: &ChoicePrompt) -> Result<usize, NoAnswer> {
    questions.say(&heading(&prompt.caption, &prompt.message));
    let default = prompt.defaults.first().copied();
    let shown = default.map(|index| format!(" (default is \"{}\")", key(&prompt.choices[index])));
    let menu = format!("{}  [?] Help{}: ", offer(prompt, "  "), shown.unwrap_or_default());
    loop {
        let line = ask(questions, prompt, &menu)?;
        match (line.text.trim(), default) {
            ("", Some(index)) => return Ok(index),
            (text, _) => match picked(prompt, text) {
                Some(index) => return Ok(index),
                None => not_picked(questions, prompt, &line)?,
            },
        }
    }
}

/// Asks for choices until an empty line. Several may be in one line.
pub fn several(questions: &mut Questions, prompt: &ChoicePrompt) -> Result<Vec<usize>, NoAnswer> {
    questions.say(&heading(&prompt.caption, &prompt.message));
    let defaults: Vec<_> = prompt.defaults.iter().map(|index| key(&prompt.choices[*index])).collect();
    questions.say(&format!("{}\n[?] Help", offer(prompt, "\n")));
    match defaults.len() {
        0 => {}
        1 => questions.say(&format!("(default is \"{}\")", defaults[0])),
        _ => questions.say(&format!("(default choices are {})", defaults.join(","))),
    }
    let mut choices: Vec<usize> = Vec::new();
    loop {
        let line = ask(questions, prompt, &format!("Choice[{}]: ", choices.len()))?;
        if line.text.trim().is_empty() {
            return Ok(if choices.is_empty() { prompt.defaults.clone() } else { choices });
        }
        match line.text.split(',').map(|text| picked(prompt, text.trim())).collect::<Option<Vec<_>>>() {
            Some(picked) => choices.extend(picked),
            None => not_picked(questions, prompt, &line)?,
        }
        if line.is_given {
            return Ok(choices);
        }
    }
}

fn ask(questions: &mut Questions, prompt: &ChoicePrompt, text: &str) -> Result<Line, NoAnswer> {
    questions.ask(name(prompt), text, Typed::Choice)
}

/// By which the file of answers knows it.
fn name(prompt: &ChoicePrompt) -> &str {
    if prompt.message.is_empty() { &prompt.caption } else { &prompt.message }
}

/// Explains the choices where that is wanted, before they are asked for again. A file is not asked again.
fn not_picked(questions: &mut Questions, prompt: &ChoicePrompt, line: &Line) -> Result<(), NoAnswer> {
    if line.is_given {
        let (name, text) = (name(prompt), line.text.trim());
        return Err(NoAnswer::Refused(format!(
            "The answer \"{text}\" is none of the choices of \"{name}\"."
        )));
    }
    if line.text.trim() == "?" {
        for choice in &prompt.choices {
            questions.say(&format!("{} - {}", key(choice), choice.help_message));
        }
    }
    Ok(())
}

fn offer(prompt: &ChoicePrompt, between: &str) -> String {
    let offer = |choice: &ChoiceDescription| {
        let key = choice.hot_key.map(String::from).unwrap_or_default();
        render::line(&format!("[{key}] {}", choice.label))
    };
    prompt.choices.iter().map(offer).collect::<Vec<_>>().join(between)
}

/// What stands for a choice: its letter, or its label.
fn key(choice: &ChoiceDescription) -> String {
    render::line(&choice.hot_key.map_or_else(|| choice.label.clone(), String::from))
}

/// The first choice with this letter or label, in any letter case.
fn picked(prompt: &ChoicePrompt, text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    let is_it = |choice: &ChoiceDescription| {
        let key = choice.hot_key.is_some_and(|key| key.to_lowercase().eq(text.chars()));
        key || choice.label.to_lowercase() == text
    };
    prompt.choices.iter().position(is_it)
}
