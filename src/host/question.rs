//! One question and its answer, wherever that comes from.

use super::answers::HostAnswers;
use crate::render::{self, Typed};
use pssession::secret::Secret;
use std::io;
use std::mem;
use zeroize::Zeroizing;

/// Asks on the terminal.
pub type Ask = Box<dyn FnMut(&str, Typed) -> io::Result<Zeroizing<String>> + Send>;

/// Why a question has no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAnswer {
    Interrupted,
    /// For the script: a sentence.
    Refused(String),
}

/// The questions of one call after the other.
pub struct Questions {
    answers: Option<HostAnswers>,
    ask: Ask,
    computer: String,
    /// What is shown before the next question.
    lead: String,
}

/// A line, and whether it is from the file: then to ask again would bring the same.
pub struct Line {
    pub text: Zeroizing<String>,
    pub is_given: bool,
}

impl Questions {
    pub fn new(answers: Option<HostAnswers>, ask: Ask) -> Questions {
        Questions { answers, ask, computer: String::new(), lead: String::new() }
    }

    /// For the next call, which is a computer's.
    pub fn of(&mut self, computer: &str) -> &mut Questions {
        computer.clone_into(&mut self.computer);
        self.lead.clear();
        self
    }

    /// Shows a remote text before the next question, as lines of their own.
    pub fn say(&mut self, text: &str) {
        if !text.is_empty() {
            self.lead += &render::harmless(text);
            self.lead.push('\n');
        }
    }

    /// Secrets are asked for by the computer, which a person has to know.
    pub fn warn(&mut self, of: &str) {
        let computer = render::line(&self.computer);
        self.lead += &format!(
            "{computer} is asking for {of}. Enter {} only if you trust that computer and the script it runs.\n",
            if of == "credentials" { "them" } else { "it" }
        );
    }

    /// A line, by the prompt's name in the file of answers and the text on the terminal. The text's parts are harmless.
    pub fn ask(&mut self, prompt: &str, text: &str, typed: Typed) -> Result<Line, NoAnswer> {
        if let Some(text) = self.given(prompt) {
            return Ok(Line { text, is_given: true });
        }
        let shown = mem::take(&mut self.lead) + text;
        match (self.ask)(&shown, typed) {
            Ok(text) => Ok(Line { text, is_given: false }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(NoAnswer::Interrupted),
            Err(_) => Err(self.refusal(prompt)),
        }
    }

    /// The answer that the file has to a prompt.
    pub fn given(&mut self, prompt: &str) -> Option<Zeroizing<String>> {
        self.answers.as_mut()?.take(&self.computer, prompt)
    }

    /// The answer that the file has under the very name of a prompt.
    pub fn named(&self, prompt: &str) -> Option<Zeroizing<String>> {
        self.answers.as_ref()?.named(prompt)
    }

    fn refusal(&self, prompt: &str) -> NoAnswer {
        let what = match prompt {
            "" => "The question of the script".to_owned(),
            prompt => format!("The prompt \"{prompt}\""),
        };
        NoAnswer::Refused(match &self.answers {
            Some(_) => format!("{what} cannot be answered: there is no terminal, and no answer in the file."),
            None => format!("{what} cannot be answered without a terminal; --answer FILE gives answers."),
        })
    }

    pub fn line(&mut self, prompt: &str, text: &str) -> Result<String, NoAnswer> {
        Ok(self.ask(prompt, text, Typed::Line)?.text.to_string())
    }

    /// A line that is not shown, after a warning.
    pub fn secret(&mut self, prompt: &str, text: &str) -> Result<Secret, NoAnswer> {
        self.warn("a secret");
        self.password(prompt, text)
    }

    pub fn password(&mut self, prompt: &str, text: &str) -> Result<Secret, NoAnswer> {
        let mut line = self.ask(prompt, text, Typed::Secret)?;
        Ok(Secret::new(mem::take(&mut *line.text)))
    }
}

/// Caption and message as lines, after an empty one; nothing where there is neither.
pub fn heading(caption: &str, message: &str) -> String {
    let lines: Vec<_> = [caption, message].into_iter().filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) }
}
