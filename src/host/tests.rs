//! What a person sees and types, and what a file answers in their place.

use super::question::{NoAnswer, Questions};
use super::{HostAnswers, choice, credential, fields};
use crate::render::Typed;
use pssession::host::{
    ChoiceDescription, ChoicePrompt, Credential, CredentialPrompt, FieldDescription, HostAnswer, Prompt,
};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// A terminal at which these lines are typed, and what is seen there.
fn terminal(lines: &[&str]) -> (Questions, Arc<Mutex<String>>) {
    let seen = Arc::new(Mutex::new(String::new()));
    let screen = seen.clone();
    let mut lines: VecDeque<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let ask = move |text: &str, typed| {
        let line = lines.pop_front().ok_or(io::ErrorKind::UnexpectedEof)?;
        let shown = if typed == Typed::Secret { "" } else { line.as_str() };
        *screen.lock().unwrap() += &format!("{text}{shown}\n");
        Ok(Zeroizing::new(line))
    };
    let mut questions = Questions::new(None, Box::new(ask));
    questions.of("Server01");
    (questions, seen)
}

/// No terminal, and a file with this text.
fn file(text: &str) -> Questions {
    let ask = |_: &str, _| Err(io::ErrorKind::NotFound.into());
    let mut questions = Questions::new(Some(HostAnswers::parse(text)), Box::new(ask));
    questions.of("Server01");
    questions
}

fn field(name: &str, type_name: &str) -> FieldDescription {
    let mut field = FieldDescription::default();
    field.name = name.into();
    field.type_name = type_name.into();
    field
}

fn prompt(caption: &str, message: &str, fields: Vec<FieldDescription>) -> Prompt {
    let mut prompt = Prompt::default();
    (prompt.caption, prompt.message, prompt.fields) = (caption.into(), message.into(), fields);
    prompt
}

fn choices(defaults: &[usize]) -> ChoicePrompt {
    let choice = |label: &str, hot_key, help: &str| {
        let mut choice = ChoiceDescription::default();
        (choice.label, choice.hot_key, choice.help_message) = (label.into(), hot_key, help.into());
        choice
    };
    let mut prompt = ChoicePrompt::default();
    (prompt.caption, prompt.message) = ("Caption".into(), "Message".into());
    prompt.choices =
        vec![choice("Yes", Some('Y'), "agree"), choice("No", Some('N'), ""), choice("Maybe", Some('Y'), "")];
    prompt.defaults = defaults.to_vec();
    prompt
}

fn text(text: &str) -> HostAnswer {
    HostAnswer::Text(text.into())
}

fn refused(message: &str) -> NoAnswer {
    NoAnswer::Refused(message.into())
}

#[test]
fn read_host_shows_its_prompt_alone() {
    let (mut questions, seen) = terminal(&["Alice"]);
    let prompt = prompt("", "", vec![field("Your name", "System.String")]);
    let filled_in = fields::fill_in(&mut questions, &prompt);
    assert_eq!(filled_in, Ok(vec![("Your name".into(), text("Alice"))]));
    assert_eq!(*seen.lock().unwrap(), "Your name: Alice\n");
}

#[test]
fn fields_have_a_heading_and_help() {
    let (mut questions, seen) = terminal(&["!?", "Ann", "7"]);
    let mut first = field("First", "System.String");
    first.help_message = "given name".into();
    let prompt = prompt("Caption", "Fill in", vec![first, field("Age", "System.Int32")]);
    let filled_in = fields::fill_in(&mut questions, &prompt);
    assert_eq!(filled_in, Ok(vec![("First".into(), text("Ann")), ("Age".into(), text("7"))]));
    assert_eq!(
        *seen.lock().unwrap(),
        "\nCaption\nFill in\n(Type !? for Help.)\nFirst: !?\ngiven name\nFirst: Ann\nAge: 7\n"
    );
}

#[test]
fn a_list_ends_with_an_empty_line() {
    let (mut questions, seen) = terminal(&["a", "b", ""]);
    let names = || vec![field("Names", "System.String[]")];
    let expected = Ok(vec![("Names".into(), HostAnswer::List(vec![text("a"), text("b")]))]);
    assert_eq!(fields::fill_in(&mut questions, &prompt("", "", names())), expected);
    assert_eq!(*seen.lock().unwrap(), "Names[0]: a\nNames[1]: b\nNames[2]: \n");
    assert_eq!(fields::fill_in(&mut file("Names = a, b"), &prompt("", "", names())), expected);
    assert_eq!(fields::fill_in(&mut file("a\nb\n\n"), &prompt("", "", names())), expected);
}

#[test]
fn a_secret_is_asked_for_with_a_warning() {
    let (mut questions, seen) = terminal(&["hush"]);
    let prompt = prompt("", "", vec![field("Pin", "System.Security.SecureString")]);
    let filled_in = fields::fill_in(&mut questions, &prompt);
    assert_eq!(filled_in, Ok(vec![("Pin".into(), HostAnswer::Secret("hush".into()))]));
    assert_eq!(
        *seen.lock().unwrap(),
        "Server01 is asking for a secret. Enter it only if you trust that computer and the script it runs.\nPin: \n"
    );
}

#[test]
fn a_credential_is_asked_for_with_a_warning() {
    const WARNING: &str = "Server01 is asking for credentials. Enter them only if you trust that computer and the script it runs.\n";
    let credential = |user: &str| Credential { user_name: user.into(), password: "pw".into() };
    let mut prompt = CredentialPrompt::default();
    prompt.caption = "PowerShell credential request".into();
    prompt.message = "Sign in".into();
    let (mut questions, seen) = terminal(&["bob", "pw"]);
    assert_eq!(credential::ask(&mut questions, &prompt), Ok(credential("bob")));
    let expected = format!("\nSign in\n{WARNING}User: bob\nPassword for user bob: \n");
    assert_eq!(*seen.lock().unwrap(), expected);

    prompt.user_name = r"CORP\alice".into();
    let (mut questions, seen) = terminal(&["pw"]);
    assert_eq!(credential::ask(&mut questions, &prompt), Ok(credential(r"CORP\alice")));
    assert_eq!(*seen.lock().unwrap(), format!("\nSign in\n{WARNING}Password for user CORP\\alice: \n"));
}

#[test]
fn a_choice_is_asked_for_until_it_is_one() {
    const MENU: &str = "[Y] Yes  [N] No  [Y] Maybe  [?] Help (default is \"N\"): ";
    let (mut questions, seen) = terminal(&["?", "z", ""]);
    assert_eq!(choice::one(&mut questions, &choices(&[1])), Ok(1));
    let expected = format!("\nCaption\nMessage\n{MENU}?\nY - agree\nN - \nY - \n{MENU}z\n{MENU}\n");
    assert_eq!(*seen.lock().unwrap(), expected);

    // The first of two with one letter; labels too.
    for (typed, expected) in [("y", 0), ("MAYBE", 2), (" n ", 1)] {
        assert_eq!(choice::one(&mut terminal(&[typed]).0, &choices(&[])), Ok(expected));
    }
    // Without a default an empty line chooses nothing.
    let (mut questions, seen) = terminal(&["", "n"]);
    assert_eq!(choice::one(&mut questions, &choices(&[])), Ok(1));
    assert!(seen.lock().unwrap().contains("[?] Help: \n[Y] Yes"), "{seen:?}");
}

#[test]
fn several_choices_end_with_an_empty_line() {
    const MENU: &str = "\nCaption\nMessage\n[Y] Yes\n[N] No\n[Y] Maybe\n[?] Help\n";
    let (mut questions, seen) = terminal(&["n", "x", "maybe", ""]);
    assert_eq!(choice::several(&mut questions, &choices(&[0, 1])), Ok(vec![1, 2]));
    assert_eq!(
        *seen.lock().unwrap(),
        format!(
            "{MENU}(default choices are Y,N)\nChoice[0]: n\nChoice[1]: x\nChoice[1]: maybe\nChoice[2]: \n"
        )
    );
    assert_eq!(choice::several(&mut terminal(&[""]).0, &choices(&[0, 1])), Ok(vec![0, 1]));
    assert_eq!(choice::several(&mut terminal(&["y, n", ""]).0, &choices(&[])), Ok(vec![0, 1]));
    assert_eq!(choice::several(&mut file("Message = yes,maybe"), &choices(&[])), Ok(vec![0, 2]));
}

#[test]
fn what_is_asked_cannot_steer_the_terminal() {
    let (mut questions, seen) = terminal(&["x"]);
    let prompt = prompt("\x1b[2J", "a\u{9b}b", vec![field("n\x07\nm", "System.String")]);
    fields::fill_in(&mut questions, &prompt).unwrap();
    assert_eq!(*seen.lock().unwrap(), "\n\u{FFFD}[2J\na\u{FFFD}b\nn\u{FFFD} m: x\n");
}

#[test]
fn without_a_terminal_a_question_is_refused_by_its_name() {
    let mut nobody = Questions::new(None, Box::new(|_: &str, _| Err(io::ErrorKind::NotFound.into())));
    let prompt = prompt("", "", vec![field("Your name", "System.String")]);
    let expected =
        "The prompt \"Your name\" cannot be answered without a terminal; --answer FILE gives answers.";
    assert_eq!(fields::fill_in(nobody.of("Server01"), &prompt), Err(refused(expected)));
    let expected =
        "The prompt \"Message\" cannot be answered: there is no terminal, and no answer in the file.";
    assert_eq!(choice::one(&mut file("Other = y"), &choices(&[])), Err(refused(expected)));
    // Asking again would bring the same.
    let expected = "The answer \"x\" is none of the choices of \"Message\".";
    assert_eq!(choice::one(&mut file("Message = x"), &choices(&[])), Err(refused(expected)));
}

#[test]
fn ctrl_c_is_no_answer() {
    let mut questions = Questions::new(None, Box::new(|_: &str, _| Err(io::ErrorKind::Interrupted.into())));
    assert_eq!(choice::one(&mut questions, &choices(&[0])), Err(NoAnswer::Interrupted));
}

#[test]
fn a_file_answers_by_name_and_in_order() {
    let text = "\u{FEFF}# for nightly.ps1\nyour name: = Alice\nfirst\n\n= a = b\n= # c\nPassword for user bob = pw\n";
    let mut answers = HostAnswers::parse(text);
    let mut take = |computer, prompt| answers.take(computer, prompt).map(|answer| answer.to_string());
    assert_eq!(take("Server01", "Your name").as_deref(), Some("Alice"));
    assert_eq!(take("Server01", "x").as_deref(), Some("first"));
    assert_eq!(take("Server01", "Your name: ").as_deref(), Some("Alice"));
    let rest = ["y", "z", "", "Password for user bob", "w"].map(|prompt| take("Server01", prompt));
    assert_eq!(
        rest.each_ref().map(Option::as_deref),
        [Some(""), Some("a = b"), Some("# c"), Some("pw"), None]
    );
    assert_eq!(take("Server02", "x").as_deref(), Some("first"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let directory = std::env::temp_dir();
    let error = HostAnswers::read(&directory.join("no such file")).err().unwrap().to_string();
    assert!(error.contains("no such file") && error.contains("cannot be read"), "{error}");
    let path = directory.join(format!("pssession-answers-{}", std::process::id()));
    std::fs::write(&path, b"\xFF\xFE").unwrap();
    let error = HostAnswers::read(&path).err().unwrap().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.ends_with("is not UTF-8 text"), "{error}");
}
