//! A word that can be typed.

use crate::render::harmless;
use std::collections::HashSet;

/// One word that can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// The part of it that is new.
    pub shown: String,
    /// A few words; may be empty.
    pub description: String,
}

impl Candidate {
    /// Lets the word begin with the letters that were typed.
    pub fn keep(&mut self, typed: &str) {
        let rest: String = self.word.chars().skip(typed.chars().count()).collect();
        self.word = typed.to_owned() + &rest;
    }
}

pub fn begins(text: &str, typed: &str) -> bool {
    let mut characters = text.chars();
    typed.chars().all(|c| characters.next().is_some_and(|d| d.to_lowercase().eq(c.to_lowercase())))
}

/// The words that begin as typed, in any letter case, each once; `head` precedes them.
///
/// A shell puts what all candidates have in common in place of what was typed. So that this is never less than was
/// typed, they begin with the letters that were typed, unless they agree on others.
pub fn beginning(head: &str, typed: &str, words: impl Iterator<Item = (String, String)>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut seen = HashSet::new();
    for (word, description) in words {
        // What a server has named in control characters is better typed by hand.
        let is_typable = harmless(&word) == word && !word.contains('\n') && !word.is_empty();
        if is_typable && begins(&word, typed) && seen.insert(word.clone()) {
            let description = harmless(&description).replace('\n', " ");
            candidates.push(Candidate { word: word.clone(), shown: word, description });
        }
    }
    let start =
        |candidate: &Candidate| candidate.word.chars().take(typed.chars().count()).collect::<String>();
    let agreed = candidates.first().map(start);
    let agreed = agreed.filter(|agreed| candidates.iter().all(|candidate| start(candidate) == *agreed));
    let agreed = agreed.as_deref().unwrap_or(typed);
    for candidate in &mut candidates {
        candidate.keep(agreed);
        candidate.word.insert_str(0, head);
    }
    candidates
}
