//! User names and passwords that a script asks for.

use super::question::{NoAnswer, Questions, heading};
use crate::render;
use pssession::host::{Credential, CredentialPrompt};

/// PowerShell's caption where a script gives none; it says nothing.
const CAPTION: &str = "PowerShell credential request";

pub fn ask(questions: &mut Questions, prompt: &CredentialPrompt) -> Result<Credential, NoAnswer> {
    let caption = if prompt.caption == CAPTION { "" } else { &prompt.caption };
    questions.say(&heading(caption, &prompt.message));
    of_user(questions, &prompt.user_name)
}

/// The credential of a user; of any, where the name is empty.
pub fn of_user(questions: &mut Questions, user_name: &str) -> Result<Credential, NoAnswer> {
    questions.warn("credentials");
    let user_name = match user_name {
        "" => questions.line("User", "User: ")?,
        user_name => user_name.to_owned(),
    };
    let prompt = format!("Password for user {user_name}");
    let password = questions.password(&prompt, &format!("{}: ", render::line(&prompt)))?;
    Ok(Credential { user_name, password })
}
