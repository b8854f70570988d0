//! A file of answers, for scripts that ask when no one is there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};
use zeroize::Zeroizing;

/// The answers of a file: each line is `PROMPT = ANSWER`, for each time that this prompt comes, or an answer to the next
/// prompt that has none of its own. `= ANSWER` is such an answer too, one that may hold an equals sign or begin with `#`,
/// which otherwise begins a comment. An empty line is an empty answer. Each computer gets all answers.
#[derive(Default)]
pub struct HostAnswers {
    named: Vec<(String, Zeroizing<String>)>,
    in_order: Vec<Zeroizing<String>>,
    /// How many of them each computer has got.
    taken: HashMap<String, usize>,
}

/// The file of answers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    #[error("The file of answers {} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("The file of answers {} is not UTF-8 text", .0.display())]
    NotText(PathBuf),
}

impl HostAnswers {
    /// # Errors
    /// The file cannot be read, or is no text.
    pub fn read(path: &Path) -> Result<HostAnswers, AnswersError> {
        let octets = fs::read(path);
        let octets = octets.map_err(|error| AnswersError::Unreadable { path: path.to_owned(), error })?;
        let octets = Zeroizing::new(octets);
        let text = str::from_utf8(&octets).map_err(|_| AnswersError::NotText(path.to_owned()))?;
        Ok(HostAnswers::parse(text))
    }

    pub fn parse(text: &str) -> HostAnswers {
        let mut answers = HostAnswers::default();
        for line in text.trim_start_matches('\u{FEFF}').lines().filter(|line| !line.starts_with('#')) {
            let answer = |text: &str| Zeroizing::new(text.to_owned());
            match line.strip_prefix("= ").map(|rest| ("", rest)).or_else(|| line.split_once(" = ")) {
                Some(("", text)) => answers.in_order.push(answer(text)),
                Some((prompt, text)) => answers.named.push((plain(prompt).to_owned(), answer(text))),
                None => answers.in_order.push(answer(line)),
            }
        }
        answers
    }

    /// The answer to a prompt of a computer: one of its own, else the next in order.
    pub fn take(&mut self, computer: &str, prompt: &str) -> Option<Zeroizing<String>> {
        self.named(prompt).or_else(|| {
            let taken = self.taken.entry(computer.to_owned()).or_default();
            let answer = self.in_order.get(*taken).cloned();
            *taken += usize::from(answer.is_some());
            answer
        })
    }

    pub fn named(&self, prompt: &str) -> Option<Zeroizing<String>> {
        let prompt = plain(prompt).to_lowercase();
        let named = self.named.iter().find(|(name, _)| !prompt.is_empty() && name.to_lowercase() == prompt);
        named.map(|(_, answer)| answer.clone())
    }
}

/// A prompt without what is shown behind it.
fn plain(prompt: &str) -> &str {
    prompt.trim().trim_end_matches(':')
}
