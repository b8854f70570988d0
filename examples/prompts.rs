//! Runs a script that writes to its host and asks questions, and answers them, through the library alone.
//!
//! ```text
//! PSSESSION_PASSWORD=... cargo run --example prompts -- URL USER SCRIPT [ANSWER ...]
//! ```
//!
//! The answers are given in order: a line for each field, the numbers of choices, `USER:PASSWORD` for a credential, a key.
//! When there are none left, questions are refused. Secure strings in the output are shown.

use pssession::host::{
    ChoicePrompt, Credential, FieldDescription, FieldKind, Host, HostAnswer, HostCall, HostRequest, KeyInfo,
    Terminal,
};
use pssession::{Client, PSObject, Pipeline, PipelineEvent};
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut word = || args.next().ok_or("usage: prompts URL USER SCRIPT [ANSWER ...]");
    let (url, user, script) = (word()?, word()?, word()?);
    let password = std::env::var("PSSESSION_PASSWORD").map_err(|_| "PSSESSION_PASSWORD is not set")?;
    let store = std::env::temp_dir().join(format!("pssession-prompts-{}", std::process::id()));
    let client = Client::builder().user(user, password).store(&store).build()?;

    let session = client.open(&url, "prompts").await?;
    let host = Host::Terminal(Terminal::new(120, 50));
    let mut pipeline = session.invoke_with_host(script, host).await?;
    while let Some(event) = pipeline.next().await? {
        match event {
            PipelineEvent::Output(object) => println!("{}", shown(&pipeline, &object).await?),
            PipelineEvent::Error(error) => eprintln!("{}", error.message),
            PipelineEvent::HostCall(call) => handle(call, &mut args),
            // Warnings and the like are left out here.
            _ => {}
        }
    }
    session.remove().await?;
    let _ = std::fs::remove_dir_all(store);
    Ok(())
}

/// An object as text, a secure string or the password of a credential in clear.
async fn shown(pipeline: &Pipeline, object: &PSObject) -> Result<String> {
    let password = object.property("Password");
    let secret = pipeline.reveal(password.as_ref().unwrap_or(object)).await?;
    Ok(secret.map_or_else(|| object.to_string(), |secret| format!("secret {}", secret.expose_secret())))
}

fn handle(call: HostCall, answers: &mut impl Iterator<Item = String>) {
    if !call.expects_answer() {
        match call.request() {
            HostRequest::Write { text, newline: true, .. } => println!("{text}"),
            HostRequest::Write { text, .. } => print!("{text}"),
            // What else is written comes as events of its own as well.
            _ => {}
        }
        return;
    }
    let answer = match call.request() {
        HostRequest::ReadLine => answers.next().map(HostAnswer::Text),
        HostRequest::ReadLineAsSecureString => answers.next().map(|line| HostAnswer::Secret(line.into())),
        HostRequest::ReadKey(_) => answers.next().as_deref().and_then(key),
        HostRequest::Prompt(prompt) => {
            let filled_in =
                |field: &FieldDescription| Some((field.name.clone(), value(&field.kind(), answers)?));
            prompt.fields.iter().map(filled_in).collect::<Option<_>>().map(HostAnswer::Fields)
        }
        HostRequest::PromptForCredential(_) => value(&FieldKind::Credential, answers),
        HostRequest::PromptForChoice(_) => {
            answers.next().and_then(|line| line.parse().ok()).map(HostAnswer::Choice)
        }
        HostRequest::PromptForChoiceMultipleSelection(ChoicePrompt { choices, .. }) => {
            let numbers = answers.next();
            let numbers =
                numbers.iter().flat_map(|line| line.split(',')).filter_map(|word| word.parse().ok());
            Some(HostAnswer::Choices(numbers.filter(|index| *index < choices.len()).collect()))
        }
        _ => None,
    };
    match answer {
        Some(answer) => call.answer(answer),
        None => call.refuse("There are no more answers."),
    }
}

/// What a field is filled in with; a list ends with an empty answer, or the last one.
fn value(kind: &FieldKind, answers: &mut impl Iterator<Item = String>) -> Option<HostAnswer> {
    Some(match kind {
        FieldKind::Text => HostAnswer::Text(answers.next()?),
        FieldKind::SecureString => HostAnswer::Secret(answers.next()?.into()),
        FieldKind::Credential => {
            let line = answers.next()?;
            let (user_name, password) = line.split_once(':')?;
            HostAnswer::Credential(Credential { user_name: user_name.to_owned(), password: password.into() })
        }
        FieldKind::List(_) => {
            let items = answers.by_ref().take_while(|line| !line.is_empty());
            HostAnswer::List(items.map(HostAnswer::Text).collect())
        }
    })
}

/// A key of a letter.
fn key(line: &str) -> Option<HostAnswer> {
    let letter = line.chars().next()?;
    let virtual_key_code = i32::try_from(u32::from(letter.to_ascii_uppercase())).ok()?;
    let character = u16::try_from(u32::from(letter)).ok()?;
    Some(HostAnswer::Key(KeyInfo { virtual_key_code, character, control_key_state: 0, key_down: true }))
}
