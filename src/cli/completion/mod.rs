//! Completion of command lines: one engine for every shell.
//!
//! A shell is given a small script (`--completions SHELL`) that calls the program back for the word that is being
//! typed: `connect-pssession --complete SHELL LINE [REPLACED]`. LINE is the command as it is typed up to the cursor,
//! with its quotes; REPLACED, for bash alone, is the part at its end that bash is going to replace. The answer is a
//! line for each candidate, in the form that the script wants, or one line that
//! leaves it to the shell to complete a path.
//!
//! Nothing is read here, and no server asked: the known sessions come in as data.

mod candidate;
mod candidates;
mod shell;
mod values;

pub use shell::Shell;

use super::cmdlets::names;
use super::environment::Environment;
use super::grammar;
use super::options::STORE;
use candidate::Candidate;
use candidates::Wanted;
use clap::ValueEnum;
use pssession::record::PSSession;
use shell::Line;
use std::ffi::OsString;
use std::path::PathBuf;

/// The shell is to complete the name of a file. No candidate begins with white space.
const FILES: &str = "\tfiles\n";
/// The shell is to complete the name of a directory.
const DIRECTORIES: &str = "\tdirectories\n";

/// A word to complete.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    shell: Shell,
    /// The command up to the cursor.
    line: String,
    /// What bash replaces; it takes some characters for the end of a word that are none here.
    replaced: Option<String>,
    /// Directory of the session store, if it is not the platform's.
    pub store: Option<PathBuf>,
}

impl Completion {
    /// What a script asks for; `None` if these words do not ask for completion.
    pub(super) fn read(args: &[OsString], environment: &Environment) -> Option<Completion> {
        let words: Vec<_> = args.iter().map(|word| word.to_string_lossy()).collect();
        let (shell, line, replaced) = match words.as_slice() {
            [first, shell, line] if first == "--complete" => (shell, line, None),
            [first, shell, line, replaced] if first == "--complete" => (shell, line, Some(replaced)),
            _ => return None,
        };
        let shell = Shell::from_str(shell, false).ok()?;
        let words: Vec<_> = shell.split(line).words.into_iter().map(OsString::from).collect();
        let store = grammar::option(&words, &STORE);
        let store = store.or_else(|| environment.store.clone());
        Some(Completion {
            shell,
            line: line.clone().into_owned(),
            replaced: replaced.map(|replaced| replaced.clone().into_owned()),
            store,
        })
    }

    /// The candidates, one a line.
    pub fn answer(&self, known: &[PSSession]) -> String {
        let Line { words, open } = self.shell.split(&self.line);
        match candidates::wanted(&words, known) {
            Wanted::Files => FILES.to_owned(),
            Wanted::Directories => DIRECTORIES.to_owned(),
            Wanted::Words(mut candidates) => {
                if self.shell == Shell::Fish && open.is_some() {
                    // Within quotes fish can only add, so the letters that were typed stay.
                    let typed = words.last().map_or("", String::as_str);
                    candidates.iter_mut().for_each(|candidate| candidate.keep(typed));
                }
                let width = candidates.iter().map(|one| one.shown.chars().count()).max().unwrap_or_default();
                let lines = candidates.iter().map(|candidate| self.candidate(candidate, width) + "\n");
                match self.shell {
                    Shell::Bash => keep_quote_open(lines.collect()),
                    _ => lines.collect(),
                }
            }
        }
    }

    fn candidate(&self, Candidate { word, shown, description }: &Candidate, width: usize) -> String {
        match self.shell {
            Shell::Bash => self.for_bash(word),
            Shell::Zsh if description.is_empty() => format!("{word}\t{shown}"),
            Shell::Zsh => format!("{word}\t{shown:width$}  -- {description}"),
            Shell::Fish => format!("{word}\t{description}"),
            Shell::Pwsh => {
                let tip = if description.is_empty() { shown } else { description };
                format!("{}\t{shown}\t{tip}", Shell::Pwsh.quote(word, None))
            }
        }
    }

    /// The end of the word that bash puts in place of what it replaces, with the blank after it.
    fn for_bash(&self, word: &str) -> String {
        let replaced = self.replaced.as_deref().unwrap_or_default();
        let kept = self.line.strip_suffix(replaced).unwrap_or(&self.line);
        let kept = Shell::Bash.split(kept);
        let before = kept.words.last().map_or(0, |word| word.chars().count());
        let rest: String = word.chars().skip(before).collect();
        let rest = Shell::Bash.quote(&rest, kept.open);
        // bash closes a quote by itself, and a key waits for its value.
        if kept.open.is_some() || rest.ends_with('=') { rest } else { rest + " " }
    }
}

/// bash closes the quote behind the only candidate there is, even behind a key that waits for its value; so there are
/// two.
fn keep_quote_open(answer: String) -> String {
    match answer.strip_suffix("=\n") {
        Some(key) if !key.contains('\n') => format!("{answer}{key}=...\n"),
        _ => answer,
    }
}

/// The script that lets a shell complete the command lines of every cmdlet.
pub fn script(shell: Shell) -> String {
    let names: Vec<_> = names().collect();
    let (script, separator) = match shell {
        Shell::Bash => (include_str!("bash.sh"), " "),
        Shell::Zsh => (include_str!("zsh.zsh"), " "),
        Shell::Fish => (include_str!("fish.fish"), " "),
        Shell::Pwsh => (include_str!("powershell.ps1"), ", "),
    };
    script.replace("@NAMES@", &names.join(separator))
}

#[cfg(test)]
mod tests;
