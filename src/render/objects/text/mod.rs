//! Values as PowerShell shows them: its views for the types it knows, else a table of up to four properties, else a list.
//!
//! This is how PowerShell's own formatter goes about it: the first value opens a document with a view, and those that come
//! after it are rows of that while the view is for them. Strings, numbers and the like stand between the rows as they are.

mod cell;
mod document;
mod known;
mod layout;
mod packet;
mod property;

use document::Document;
use pssession::PSObject;
use std::collections::BTreeMap;

/// Most octets of a computer's tables that wait for the others' to end.
const MOST_WAITING: usize = 64 << 10;

/// The text of one computer, or of several.
pub struct Texts {
    width: usize,
    several: bool,
    computers: BTreeMap<String, Computer>,
}

/// The output of one of several computers.
struct Computer {
    document: Document,
    /// What is to be shown together, under the computer's name.
    waiting: String,
}

impl Texts {
    pub fn new(width: usize, several: bool) -> Texts {
        Texts { width, several, computers: BTreeMap::new() }
    }

    pub fn write(&mut self, name: &str, object: &PSObject, out: &mut String) {
        if !self.several {
            let document = &mut self.computer("").document;
            return document.write(object, out);
        }
        let computer = self.computer(name);
        if computer.document.shows_as_line(object) {
            for line in object.to_string().split('\n') {
                out.extend([name, ": ", line.trim_end_matches('\r'), "\n"]);
            }
            return;
        }
        computer.document.write(object, &mut computer.waiting);
        if computer.waiting.len() > MOST_WAITING {
            computer.show(name, out);
        }
    }

    pub fn flush(&mut self, out: &mut String) {
        let several = self.several;
        for computer in self.computers.values_mut() {
            computer.document.flush(if several { &mut computer.waiting } else { out });
        }
    }

    pub fn end_computer(&mut self, name: &str, out: &mut String) {
        if self.several
            && let Some(mut computer) = self.computers.remove(name)
        {
            computer.document.end(&mut computer.waiting);
            computer.show(name, out);
        }
    }

    pub fn end(&mut self, out: &mut String) {
        for (name, mut computer) in std::mem::take(&mut self.computers) {
            computer.document.end(if self.several { &mut computer.waiting } else { out });
            computer.show(&name, out);
        }
    }

    fn computer(&mut self, name: &str) -> &mut Computer {
        // A name is copied once, and not for each value.
        if !self.computers.contains_key(name) {
            let computer = Computer { document: Document::new(self.width), waiting: String::new() };
            self.computers.insert(name.to_owned(), computer);
        }
        self.computers.get_mut(name).expect("it was inserted if it was not there")
    }
}

impl Computer {
    fn show(&mut self, name: &str, out: &mut String) {
        if !self.waiting.is_empty() {
            out.extend([name, ":\n", &self.waiting]);
            self.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests;
