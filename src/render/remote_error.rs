//! An error of a remote script, as PowerShell 7 shows it.

mod position;

use position::Position;
use pssession::{Invocation, RemoteError};
use std::borrow::Cow;

/// The width that long messages of a script file are broken to.
const WIDTH: usize = 120;

/// The ConciseView: what failed and why, and in a script of several lines, where.
pub fn concise(error: &RemoteError) -> String {
    if error.is_native_output() {
        return error.message.clone();
    }
    let message = message(error);
    let mut text = format!("{}: ", reason(error));
    let place = error.invocation.as_ref().filter(|place| is_shown(place));
    match place.and_then(|place| Some((place, Position::of(place)?))) {
        Some((place, Position { line, marks })) => {
            let number = place.script_line_number.to_string();
            let wider = " ".repeat(number.len().saturating_sub(4));
            if !place.script_name.is_empty() {
                text += &format!("{}:{number}", place.script_name);
            }
            let prefix = format!("{wider}     | ");
            text += &format!("\n{wider}Line |\n{number:>4} | {line}\n{prefix}{marks}\n");
            let pieces = match place.script_name.is_empty() {
                true => vec![message.into_owned()],
                false => broken(&message, WIDTH.saturating_sub(prefix.len())),
            };
            text += &format!("{prefix}{}", pieces.join(&format!("\n{prefix}")));
        }
        None => text += &message,
    }
    if let Some(action) = error.recommended_action.as_deref().filter(|action| !action.trim().is_empty()) {
        text += &format!("\n  Recommendation: {action}");
    }
    text.truncate(text.trim_end().len());
    text
}

/// The NormalView: the whole message, its place, category and id, and its computer.
pub fn normal(error: &RemoteError, computer: &str) -> String {
    if error.is_native_output() {
        return error.message.clone();
    }
    let mut text = String::new();
    if let Some(place) = &error.invocation {
        let typed = match (&*place.invocation_name, &place.command) {
            ("" | "&" | ".", Some(command)) => command,
            (typed, _) => typed,
        };
        if !typed.is_empty() {
            text += &format!("{typed} : ");
        }
    }
    text += &error.message;
    let is_parse_error = error.category == "ParserError";
    let place = error.invocation.as_ref().filter(|place| place.command.is_some() || !is_parse_error);
    if let Some((place, Position { line, marks })) =
        place.and_then(|place| Some((place, Position::of(place)?)))
    {
        let (file, number, offset) = (&*place.script_name, place.script_line_number, place.offset_in_line);
        let file = if file.is_empty() { "line" } else { file };
        text += &format!("\nAt {file}:{number} char:{offset}\n+{line}\n+{marks}");
    }
    text += &format!("\n+ CategoryInfo          : {}", error.category_info.message);
    text += &format!("\n+ FullyQualifiedErrorId : {}", error.fully_qualified_error_id);
    text + &format!("\n+ PSComputerName        : {computer}")
}

/// A place is shown in a file, which is no module, or in a script of several lines.
fn is_shown(place: &Invocation) -> bool {
    (!place.script_name.is_empty() || place.script_line_number > 1) && !place.script_name.ends_with(".psm1")
}

/// What the error is named after.
fn reason(error: &RemoteError) -> &str {
    let place = error.invocation.as_ref();
    let category = if error.category == "NotSpecified" { "" } else { error.category };
    let candidates = [
        &*error.category_info.activity,
        place.and_then(|place| place.command.as_deref()).unwrap_or_default(),
        place.map_or("", |place| &place.invocation_name),
        category,
        &error.category_info.reason,
    ];
    candidates.into_iter().find(|candidate| !candidate.is_empty()).unwrap_or("Error")
}

/// The message; of a parser's, which holds its place too, what is said first.
fn message(error: &RemoteError) -> Cow<'_, str> {
    if error.category != "ParserError" {
        return error.message.as_str().into();
    }
    let text = error.message.replace("\r\n", "\n");
    let said = text.split_once("~\n").map_or(&*text, |(_, said)| said);
    let first = said.split("\n\n").next().unwrap_or(said);
    first.replace(['\n', '\t'], " ").into()
}

/// A text in lines of at most so many characters, broken between words.
fn broken(text: &str, most: usize) -> Vec<String> {
    let text = text.replace("\r\n", " ").replace(['\n', '\t'], " ");
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let is_full = line.chars().count() + 1 + word.chars().count() > most;
        match line.is_empty() {
            true => line.push_str(word),
            false if is_full => lines.push(word.to_owned()),
            false => line.extend([" ", word]),
        }
    }
    lines
}
