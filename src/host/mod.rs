//! What scripts ask: questions of remote scripts are answered at the terminal, or from a file of answers.
//!
//! A [`Prompts`] deals with the host calls that wait for an answer. What a script writes is `render`'s affair.

mod answers;
mod choice;
mod credential;
mod fields;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod key;
mod question;

#[cfg(test)]
mod tests;

pub use answers::HostAnswers;
use pssession::host::{HostAnswer, HostCall, HostRequest};
use question::{NoAnswer, Questions};

/// Answers the questions of scripts.
pub struct Prompts {
    questions: Questions,
    /// Calls that Ctrl-C was typed at. An answer would let their scripts go on before they are stopped or left.
    held: Vec<HostCall>,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It was answered, or refused.
    Dealt,
    /// Ctrl-C was typed instead of an answer.
    Interrupted,
}

impl Prompts {
    /// Answers from a file come first; where it has none the terminal is asked, if there is one.
    pub fn new(answers: Option<HostAnswers>) -> Prompts {
        Prompts { questions: Questions::new(answers, Box::new(crate::render::question)), held: Vec::new() }
    }

    /// Lets go of calls whose scripts have ended.
    pub fn release(&mut self) {
        self.held.clear();
    }

    /// Answers a call that waits for it. What cannot be answered is refused at once, with an error that names the prompt.
    pub fn answer(&mut self, computer: &str, call: HostCall) -> Asked {
        let questions = self.questions.of(computer);
        let answer = match call.request() {
            HostRequest::ReadLine => questions.line("", "").map(HostAnswer::Text),
            HostRequest::ReadLineAsSecureString => questions.secret("", "").map(HostAnswer::Secret),
            HostRequest::ReadKey(options) => key::read(questions, *options).map(HostAnswer::Key),
            HostRequest::Prompt(prompt) => fields::fill_in(questions, prompt).map(HostAnswer::Fields),
            HostRequest::PromptForCredential(prompt) => {
                credential::ask(questions, prompt).map(HostAnswer::Credential)
            }
            HostRequest::PromptForChoice(prompt) => choice::one(questions, prompt).map(HostAnswer::Choice),
            HostRequest::PromptForChoiceMultipleSelection(prompt) => {
                choice::several(questions, prompt).map(HostAnswer::Choices)
            }
            // What a terminal cannot do. The library says so.
            _ => return Asked::Dealt,
        };
        match answer {
            Ok(answer) => call.answer(answer),
            Err(NoAnswer::Interrupted) => {
                self.held.push(call);
                return Asked::Interrupted;
            }
            Err(NoAnswer::Refused(message)) => call.refuse(message),
        }
        Asked::Dealt
    }
}
