//! Help laid out for a terminal: lines of a width that fits it.

/// A heading and its contents.
pub struct Section {
    pub heading: &'static str,
    pub blocks: Vec<Block>,
}

pub enum Block {
    /// Paragraphs of words, with empty lines between them.
    Text(String),
    /// A syntax line, in pieces that are not broken.
    Syntax(Vec<String>),
    /// Something, and paragraphs about it.
    Item(String, String),
    /// Something, and what it is in a few words, which may be none.
    Pair(String, String),
}

/// Columns that help keeps within, except where a word is longer.
pub const WIDTH: usize = 98;
/// Where the second column begins.
const COLUMN: usize = 34;

/// The text of a page.
pub fn lay_out(sections: &[Section]) -> String {
    let mut page = Page(String::new());
    for section in sections {
        page.heading(section.heading);
        section.blocks.iter().for_each(|block| page.block(block));
    }
    page.0.truncate(page.0.trim_end().len());
    page.0 + "\n"
}

/// The text as it grows.
struct Page(String);

impl Page {
    fn heading(&mut self, heading: &str) {
        if !self.0.is_empty() {
            self.empty_line();
        }
        self.line(0, heading);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => {
                self.paragraphs(4, text);
                self.empty_line();
            }
            Block::Syntax(pieces) => self.fill(4, 8, pieces.iter().map(String::as_str)),
            Block::Item(name, text) => {
                self.line(4, name);
                self.paragraphs(8, text);
                self.empty_line();
            }
            Block::Pair(first, second) => self.two_columns(first, second),
        }
    }

    fn empty_line(&mut self) {
        if !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.0.push_str(&format!("{:indent$}{text}\n", ""));
    }

    /// Paragraphs of words, each followed by an empty line but the last.
    fn paragraphs(&mut self, indent: usize, text: &str) {
        for (index, paragraph) in text.split("\n\n").enumerate() {
            if index > 0 {
                self.empty_line();
            }
            self.fill(indent, indent, paragraph.split(' '));
        }
    }

    fn fill<'a>(&mut self, first: usize, rest: usize, words: impl Iterator<Item = &'a str>) {
        let mut line = String::new();
        let mut indent = first;
        for word in words {
            if !line.is_empty() && indent + line.len() + 1 + word.len() > WIDTH {
                self.line(indent, &line);
                line.clear();
                indent = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(indent, &line);
    }

    /// Two columns; a first one that is too long has the second below it.
    fn two_columns(&mut self, first: &str, second: &str) {
        let width = COLUMN - 6;
        match (second, first.len() <= width) {
            ("", _) => self.line(4, first),
            (_, true) => {
                let beginning = self.0.len();
                self.fill(COLUMN, COLUMN, second.split(' '));
                self.0.replace_range(beginning..beginning + COLUMN, &format!("    {first:width$}  "));
            }
            (_, false) => {
                self.line(4, first);
                self.fill(COLUMN, COLUMN, second.split(' '));
            }
        }
    }
}
