//! The manual page of a cmdlet, section 1: what the long help says, in roff.

use super::help::{self, Block, Section};
use super::table::Table;
use roff::{Inline, Roff, bold, italic, roman};

/// The source text of the page.
pub fn man(table: &Table) -> String {
    let name = table.cmdlet.name().to_lowercase();
    let version = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let mut page = Roff::new();
    // Without a date: the page is as old as the program that prints it.
    page.control("TH", [name.to_uppercase().as_str(), "1", "\"\"", version]);
    // No word is broken: most of them are to be typed.
    page.control("nh", []).control("ad", ["l"]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - {}", table.synopsis.trim_end_matches('.')))]);
    let syntax = Section { heading: "SYNOPSIS", blocks: help::syntax_lines(table) };
    for Section { heading, blocks } in std::iter::once(syntax).chain(help::long(table)) {
        page.control("SH", [heading]);
        blocks.iter().enumerate().for_each(|(index, block)| write(&mut page, index, block));
    }
    page.render()
}

fn write(page: &mut Roff, index: usize, block: &Block) {
    match block {
        Block::Text(text) => paragraphs(page, text, "PP", index > 0),
        Block::Syntax(pieces) => {
            if index > 0 {
                page.control("PP", []);
            }
            let mut words = pieces.iter().flat_map(|piece| piece.split(' '));
            let name = words.next().unwrap_or_default().to_lowercase();
            let words = words.flat_map(|word| [vec![roman(" ")], styled(word)].concat());
            page.text(std::iter::once(bold(name)).chain(words).collect::<Vec<_>>());
        }
        Block::Item(name, text) | Block::Pair(name, text) => {
            page.control("TP", []);
            page.text([bold(name.as_str())]);
            paragraphs(page, text, "IP", false);
        }
    }
}

/// Paragraphs that begin with `macro_name`; the first one only if something precedes it.
fn paragraphs(page: &mut Roff, text: &str, macro_name: &str, follows: bool) {
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if follows || index > 0 {
            page.control(macro_name, []);
        }
        page.text([roman(paragraph)]);
    }
}

/// A word of a syntax line: names are typed as they stand, types are replaced.
fn styled(word: &str) -> Vec<Inline> {
    let core = word.trim_start_matches('[');
    let (open, core) = word.split_at(word.len() - core.len());
    // `<Int32[]>]` has brackets of its own.
    let end = core.find('>').map_or_else(|| core.trim_end_matches(']').len(), |end| end + 1);
    let (core, close) = core.split_at(end);
    let core = if core.starts_with('<') { italic(core) } else { bold(core) };
    let parts = [roman(open), core, roman(close)];
    parts.into_iter().filter(|part| !matches!(part, Inline::Roman(text) if text.is_empty())).collect()
}
