//! Cells of text: how wide they are, how they are cut and wrapped, and how rows of them are laid out.

use crate::render::table::{head, tail};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What stands for what is cut off.
const ELLIPSIS: &str = "…";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    Left,
    Center,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    pub label: String,
    /// 0 where the rows decide.
    pub width: usize,
    pub alignment: Alignment,
}

/// The columns of a table with the widths they have on the screen; 0 for one that has no place there.
#[derive(Debug)]
pub struct Grid {
    columns: Vec<(usize, Alignment)>,
}

impl Grid {
    /// Lays columns out in a window. Where not all fit, the last ones are cut or left out.
    pub fn new(columns: &[Column], window: usize) -> Grid {
        let mut widths: Vec<usize> = columns.iter().map(|column| column.width.max(1)).collect();
        let total = |widths: &[usize]| {
            let shown = widths.iter().filter(|width| **width > 0).count();
            widths.iter().sum::<usize>() + shown.saturating_sub(1)
        };
        let room = window.saturating_sub(total(&widths));
        share(columns, &mut widths, room);
        for index in (0..widths.len()).rev() {
            let excess = total(&widths).saturating_sub(window);
            if excess == 0 {
                break;
            }
            // Without any width it has no separator either.
            widths[index] = widths[index].saturating_sub(excess);
        }
        let alignments = columns.iter().map(|column| column.alignment);
        Grid { columns: widths.into_iter().zip(alignments).collect() }
    }

    /// The labels, each over its dashes.
    pub fn head(&self, columns: &[Column], out: &mut String) {
        let labels: Vec<Vec<String>> = columns
            .iter()
            .zip(&self.columns)
            .map(|(column, (width, _))| wrap_words(&column.label, *width))
            .collect();
        let last = self.columns.iter().rposition(|(width, _)| *width > 0);
        for line in 0..labels.iter().map(Vec::len).max().unwrap_or_default() {
            let cells: Vec<&str> =
                labels.iter().map(|lines| lines.get(line).map_or("", String::as_str)).collect();
            self.line(&cells, last, out);
        }
        let dashes: Vec<String> = columns
            .iter()
            .zip(&self.columns)
            .map(|(column, (width, _))| {
                "-".repeat(if column.label.is_empty() { *width } else { column.label.width().min(*width) })
            })
            .collect();
        let dashes: Vec<&str> = dashes.iter().map(String::as_str).collect();
        self.line(&dashes, self.columns.len().checked_sub(1), out);
    }

    pub fn row(&self, cells: &[String], out: &mut String) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        self.line(&cells, self.columns.len().checked_sub(1), out);
    }

    /// A line in which the column `last` is not filled up with blanks.
    fn line(&self, cells: &[&str], last: Option<usize>, out: &mut String) {
        let mut is_first = true;
        for (index, (width, alignment)) in self.columns.iter().enumerate() {
            if *width == 0 {
                continue;
            }
            if !std::mem::replace(&mut is_first, false) {
                out.push(' ');
            }
            let text = fit(cells.get(index).copied().unwrap_or_default(), *width, *alignment);
            let padding = width.saturating_sub(text.width());
            let before = match alignment {
                Alignment::Left => 0,
                Alignment::Center => padding / 2,
                Alignment::Right => padding,
            };
            let after = if last == Some(index) { 0 } else { padding - before };
            out.extend(std::iter::repeat_n(' ', before));
            out.push_str(&text);
            out.extend(std::iter::repeat_n(' ', after));
        }
        out.push('\n');
    }
}

/// Gives the room that is left to the columns without a width, if there are some.
fn share(columns: &[Column], widths: &mut [usize], room: usize) {
    let open: Vec<usize> = (0..columns.len()).filter(|index| columns[*index].width == 0).collect();
    for (position, index) in open.iter().enumerate() {
        let extra = usize::from(position < room % open.len());
        widths[*index] += room / open.len() + extra;
    }
}

/// A text in a cell: its first line, cut where it is too long.
fn fit(text: &str, width: usize, alignment: Alignment) -> String {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let line = if line.len() < text.len() { format!("{line}{ELLIPSIS}") } else { line.to_owned() };
    if line.width() <= width {
        return line;
    }
    match (width, alignment) {
        (1, Alignment::Right) => tail(&line, 1),
        (1, _) => head(&line, 1),
        (_, Alignment::Right) => format!("{ELLIPSIS}{}", tail(&line, width - 1)),
        _ => format!("{}{ELLIPSIS}", head(&line, width - 1)),
    }
}

/// The lines of a text, each cut into pieces of at most `width` cells.
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (mut start, mut used) = (0, 0);
        for (at, grapheme) in line.grapheme_indices(true) {
            if used + grapheme.width() > width && at > start {
                lines.extend(line.get(start..at));
                (start, used) = (at, 0);
            }
            used += grapheme.width();
        }
        lines.extend(line.get(start..));
    }
    lines
}

/// As [`wrap`], between words where there are some.
fn wrap_words(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        for word in line.split_inclusive([' ', '\t', '-']) {
            if !current.is_empty() && current.width() + word.trim_end().width() > width {
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
            }
            current.push_str(word);
            while current.trim_end().width() > width && width > 0 {
                let piece = wrap(&current, width).first().map_or(0, |piece| piece.len());
                let rest = current.split_off(piece);
                lines.push(std::mem::replace(&mut current, rest));
            }
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

/// Properties and their values, one below the other, with the values of one property in as many lines as they need.
pub fn list(fields: &[(String, String)], window: usize, out: &mut String) {
    const SEPARATOR: &str = " : ";
    // Some room is left for the values.
    let most = window.saturating_sub(SEPARATOR.len() + 1);
    let name_width = fields.iter().map(|(name, _)| name.width()).max().unwrap_or_default().min(most);
    let value_width = window.saturating_sub(name_width + SEPARATOR.len()).max(1);
    for (name, value) in fields {
        let name = if name.width() > name_width { head(name, name_width) } else { name.clone() };
        let padding = " ".repeat(name_width.saturating_sub(name.width()));
        for (index, line) in wrap(value, value_width).into_iter().enumerate() {
            match index {
                0 => out.extend([&name, &*padding, SEPARATOR, line, "\n"]),
                _ => {
                    out.extend(std::iter::repeat_n(' ', name_width + SEPARATOR.len()));
                    out.extend([line, "\n"]);
                }
            }
        }
    }
}

/// How many cells a text takes in a table.
pub fn cells(text: &str) -> usize {
    text.width()
}
