//! Fields to be filled in, as PowerShell's console does it.

use super::credential;
use super::question::{NoAnswer, Questions, heading};
use crate::render;
use pssession::host::{FieldDescription, FieldKind, HostAnswer, Prompt};

/// Asks for one field after the other.
pub fn fill_in(questions: &mut Questions, prompt: &Prompt) -> Result<Vec<(String, HostAnswer)>, NoAnswer> {
    questions.say(&heading(&prompt.caption, &prompt.message));
    if prompt.fields.iter().any(|field| !field.help_message.is_empty()) {
        questions.say("(Type !? for Help.)");
    }
    let filled_in = |field: &FieldDescription| Ok((field.name.clone(), value(questions, field)?));
    prompt.fields.iter().map(filled_in).collect()
}

fn value(questions: &mut Questions, field: &FieldDescription) -> Result<HostAnswer, NoAnswer> {
    let name = if field.label.is_empty() { &field.name } else { &field.label };
    match field.kind() {
        FieldKind::List(kind) => list(questions, field, name, &kind),
        kind => item(questions, field, name, &kind),
    }
}

/// Items until one is empty. A file has them in one line, or one by one.
fn list(
    questions: &mut Questions,
    field: &FieldDescription,
    name: &str,
    kind: &FieldKind,
) -> Result<HostAnswer, NoAnswer> {
    if let (FieldKind::Text, Some(line)) = (kind, questions.named(name)) {
        let items = line.split(',').map(|item| HostAnswer::Text(item.trim().to_owned()));
        return Ok(HostAnswer::List(items.collect()));
    }
    let mut items = Vec::new();
    loop {
        let item = item(questions, field, &format!("{name}[{}]", items.len()), kind)?;
        let is_empty = match &item {
            HostAnswer::Text(text) => text.is_empty(),
            HostAnswer::Secret(secret) => secret.expose_secret().is_empty(),
            HostAnswer::Credential(credential) => credential.user_name.is_empty(),
            _ => false,
        };
        if is_empty {
            return Ok(HostAnswer::List(items));
        }
        items.push(item);
    }
}

fn item(
    questions: &mut Questions,
    field: &FieldDescription,
    name: &str,
    kind: &FieldKind,
) -> Result<HostAnswer, NoAnswer> {
    let text = format!("{}: ", render::line(name));
    match kind {
        FieldKind::SecureString => questions.secret(name, &text).map(HostAnswer::Secret),
        FieldKind::Credential => {
            questions.say(name);
            credential::of_user(questions, "").map(HostAnswer::Credential)
        }
        FieldKind::Text | FieldKind::List(_) => loop {
            let line = questions.line(name, &text)?;
            if line != "!?" || field.help_message.is_empty() {
                return Ok(HostAnswer::Text(line));
            }
            questions.say(&field.help_message);
        },
    }
}
