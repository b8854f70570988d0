//! What holds of whatever is typed or piped in.

use super::cmdlets::names;
use super::config_file::ConfigFile;
use super::convert::literals as read_literals;
use super::environment::StandardInput;
use super::input::{InputForm, SessionLines, Wanted, objects};
use super::option::parse as parse_option;
use super::{Environment, Invocation, Prompt, parse};
use crate::render::{self, Output};
use pssession::PSObject;
use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Cursor};
use std::path::Path;

/// A command line is a request or an error with a record, the same each time; letter case means nothing in the names of
/// parameters; and what a person is asked for helps.
pub fn command_line(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut words = text.split('\n').map(OsString::from);
    let choice = words.next().unwrap_or_default().len();
    let argv0 = names().nth(choice % 9).unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    let stdin = [StandardInput::Terminal, StandardInput::Pipeline, StandardInput::Nothing][choice % 3];
    let environment = Environment { stdin, ..Environment::default() };
    let read = |words: &[OsString]| parse(OsStr::new(&argv0), words, &environment);
    let parsed = read(&words);
    assert_eq!(format!("{parsed:?}"), format!("{:?}", read(&words)));
    match parsed {
        Ok(Invocation::Complete(completion)) => drop(completion.answer(&[])),
        Ok(invocation) => {
            // What follows two dashes alone is for the command. A word that is no parameter's name may be a value, of which
            // letter case is a part.
            if words.iter().all(|word| word != "--") {
                let shouted: Vec<OsString> = words.iter().map(|word| shout(word)).collect();
                let again = read(&shouted).unwrap_or_else(|refusal| panic!("{shouted:?}: {refusal:?}"));
                assert_eq!(format!("{again:?}").to_lowercase(), format!("{invocation:?}").to_lowercase());
            }
        }
        Err(refusal) => {
            assert!(!refusal.error.record(refusal.cmdlet).message.is_empty());
            if let Some(prompt) = Prompt::after(&refusal.error, refusal.cmdlet) {
                let answers = vec![vec!["1".to_owned()]; prompt.fields.len()];
                let answered = prompt.answer(&words, &answers).map(|words| read(&words));
                if let Ok(Err(again)) = answered {
                    assert!(
                        Prompt::after(&again.error, again.cmdlet).is_none(),
                        "{words:?} is asked for again"
                    );
                }
            }
        }
    }
}

/// The name of a parameter in capitals.
fn shout(word: &OsStr) -> OsString {
    let text = word.to_string_lossy();
    if text.starts_with("--") || !text.starts_with('-') {
        return word.to_owned();
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(text.len());
    (text[..end].to_ascii_uppercase() + &text[end..]).into()
}

/// A shell that asks what a word can become gets lines, and nothing that could begin a command of its own.
pub fn completion(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (shell, line) = text.split_once('\n').unwrap_or(("bash", &text));
    let shell = ["bash", "zsh", "fish", "powershell"][shell.len() % 4];
    let words = ["--complete", shell, line].map(OsString::from);
    match parse(OsStr::new("connect-pssession"), &words, &Environment::default()) {
        Ok(Invocation::Complete(completion)) => {
            let answer = completion.answer(&[]);
            assert!(answer.is_empty() || answer.ends_with('\n'));
        }
        other => panic!("{other:?}"),
    }
}

/// The items of an input are the same in whatever pieces it comes, their lines are counted up, and an error shows no more
/// than the beginning of an item.
pub fn standard_input(data: &[u8]) {
    let (mode, data) = data.split_first().unwrap_or((&0, &[]));
    let wanted = [Wanted::Sessions, Wanted::Names, Wanted::Ids, Wanted::InstanceIds][usize::from(mode % 4)];
    let form = [InputForm::Text, InputForm::Json, InputForm::Bytes][usize::from(mode / 4 % 3)];
    let capacity = 1 + usize::from(mode / 16);
    let items: Vec<_> = SessionLines::new(data, wanted).collect();
    let pieces = SessionLines::new(BufReader::with_capacity(capacity, data), wanted);
    assert_eq!(format!("{items:?}"), format!("{:?}", pieces.collect::<Vec<_>>()));
    assert!(items.is_sorted_by_key(|(line, _)| *line));
    for (line, item) in items {
        assert!(line >= 1 && line <= 1 + data.iter().filter(|octet| **octet == b'\n').count());
        if let Err(bad) = item {
            assert!(bad.text.chars().count() <= 100 && !bad.text.contains('\n'));
        }
    }
    let whole: Vec<_> = objects(Cursor::new(data.to_vec()), form).collect();
    let pieces = objects(BufReader::with_capacity(capacity, Cursor::new(data.to_vec())), form);
    assert_eq!(format!("{whole:?}"), format!("{:?}", pieces.collect::<Vec<_>>()));
    assert!(whole.iter().rev().skip(1).all(|(_, item)| item.is_ok()), "an error is the last");
}

/// What is wrong with a file is on one of its lines.
pub fn config_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match ConfigFile::parse(Path::new("/etc/x/config.toml"), &text) {
        Ok(config) => drop(config.behind(Environment::default())),
        Err(bad) => {
            let fault = bad.fault.to_string();
            let line = fault.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
            let line: usize =
                line.and_then(|(line, _)| line.parse().ok()).unwrap_or_else(|| panic!("{fault}"));
            assert!((1..=text.matches('\n').count() + 1).contains(&line), "{fault}");
            assert!(!bad.hint().is_empty());
        }
    }
}

/// A text in quotes is itself, and anything else is a value.
pub fn literals(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for quote in ["'", "\""] {
        let quoted = format!("{quote}{}{quote}", text.replace(quote, &quote.repeat(2)));
        assert_eq!(read_literals(&quoted), [PSObject::from(&*text)], "{quoted}");
    }
    let values = read_literals(&text);
    assert!(!values.is_empty());
    // A lone word keeps its white space, and what is not a list is one text.
    if !text.contains([',', '@', '\'', '"']) {
        assert_eq!(values.len(), 1);
    }
}

/// Options that are read are written so that they are read as the same, as text and as JSON.
pub fn session_option(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(option) = parse_option(&text) {
        for output in [Output::Table, Output::Json] {
            let written = render::session_option(&option, output);
            assert_eq!(parse_option(&written).as_ref(), Ok(&option), "{written}");
        }
        render::session_option(&option, Output::List);
    }
}
