//! From values to lines: which view a value is shown in, and what is between them.

use super::cell;
use super::known::{self, Group, Known, View};
use super::layout::{self, Alignment, Column, Grid};
use super::packet::{Entry, Packet, Shape};
use super::property::Thing;
use pssession::PSObject;
use pssession::value::{PSValue, ValueKind};

/// Most octets of a table's rows that are held back for the widths of its columns.
const MOST_HELD: usize = 64 << 10;
/// Most properties that are shown as a table where the type has no view.
const MOST_COLUMNS_OF_A_TABLE: usize = 4;
/// Most columns of a table without a view of its own.
const MOST_COLUMNS: usize = 10;

/// The output of one computer.
pub struct Document {
    width: usize,
    open: Option<Open>,
}

/// What has been begun.
struct Open {
    view: Viewed,
    sheet: Sheet,
    /// The value that the rows of the group share.
    group: Option<String>,
}

/// For which values the document is.
enum Viewed {
    Known(&'static Known),
    /// Dates, each a line.
    Dates,
    /// The properties of the first value, as a table; any other value is a row too.
    Columns(Vec<String>),
    /// Its own properties for each value.
    Properties,
    /// A layout that the server made.
    Layout,
}

/// The lines of a document.
struct Sheet {
    width: usize,
    shape: Shape,
    grid: Option<Grid>,
    held: Vec<Held>,
    held_octets: usize,
}

/// What waits for the widths of the columns.
enum Held {
    Row(Vec<String>),
    Text(String),
}

impl Document {
    pub fn new(width: usize) -> Document {
        Document { width, open: None }
    }

    /// Whether the value is a line of its own, outside of any table.
    pub fn shows_as_line(&self, object: &PSObject) -> bool {
        object.as_str().is_some() || known::line(object.view().root()).is_some()
    }

    pub fn write(&mut self, object: &PSObject, out: &mut String) {
        // The bulk of all output.
        if let Some(text) = object.as_str() {
            return self.text(text, out);
        }
        let view = object.view();
        match view.root().kind() {
            ValueKind::List(items) => items.for_each(|item| self.thing(Thing::Value(item), out)),
            ValueKind::Dictionary(entries) => {
                entries.for_each(|(key, value)| self.thing(Thing::Entry(key, value), out));
            }
            ValueKind::ByteArray(bytes) => bytes.iter().for_each(|byte| self.text(&byte.to_string(), out)),
            _ => self.thing(Thing::Value(view.root()), out),
        }
    }

    /// Shows the rows that are held back.
    pub fn flush(&mut self, out: &mut String) {
        if let Some(open) = &mut self.open {
            open.sheet.flush(out);
        }
    }

    /// Ends what is open.
    pub fn end(&mut self, out: &mut String) {
        if let Some(mut open) = self.open.take() {
            open.sheet.end(out);
        }
    }

    /// A line that is no row.
    fn text(&mut self, text: &str, out: &mut String) {
        match &mut self.open {
            Some(open) if !open.sheet.held.is_empty() => {
                let mut line = String::with_capacity(text.len() + 1);
                line.extend([text, "\n"]);
                open.sheet.hold(line.len(), Held::Text(line), out);
            }
            _ => out.extend([text, "\n"]),
        }
    }

    fn thing(&mut self, thing: Thing<'_>, out: &mut String) {
        if let Some(value) = thing.value() {
            if matches!(value.kind(), ValueKind::Null) {
                return;
            }
            if let Some(packet) = Packet::of(value, self.width) {
                return self.packet(packet, out);
            }
            if let Some(line) = known::line(value) {
                return self.text(&line, out);
            }
        }
        match &mut self.open {
            Some(open) if open.view.is_for(thing) => {}
            Some(_) => return self.aside(thing, out),
            None => self.open = Some(Open::new(thing, self.width)),
        }
        if let Some(open) = &mut self.open {
            open.row(thing, out);
        }
    }

    /// A value that is none for the open document: its properties, with a blank line before and after.
    fn aside(&mut self, thing: Thing<'_>, out: &mut String) {
        let fields = fields(thing);
        if fields.is_empty() {
            let text = thing.value().map_or(String::new(), own_text);
            return self.text(&text, out);
        }
        let mut text = String::from("\n");
        layout::list(&fields, self.width, &mut text);
        self.text(&text, out);
    }

    fn packet(&mut self, packet: Packet, out: &mut String) {
        match packet {
            Packet::Start(shape) => {
                self.end(out);
                let sheet = Sheet::new(shape, self.width);
                self.open = Some(Open { view: Viewed::Layout, sheet, group: None });
            }
            Packet::GroupStart(heading) => {
                if let Some(open) = &mut self.open {
                    open.sheet.start_group(heading.as_deref(), out);
                }
            }
            Packet::Entry(entry) => match &mut self.open {
                Some(open) => open.sheet.entry(entry, out),
                None => {
                    if let Entry::Lines(lines) = entry {
                        out.push_str(&lines);
                    }
                }
            },
            Packet::GroupEnd => self.flush(out),
            Packet::End => self.end(out),
        }
    }
}

impl Open {
    fn new(thing: Thing<'_>, width: usize) -> Open {
        let (view, shape) = view_of(thing);
        Open { view, sheet: Sheet::new(shape, width), group: None }
    }

    fn row(&mut self, thing: Thing<'_>, out: &mut String) {
        let group = self.view.group();
        let value = group.map(|group| (group.value)(thing)).unwrap_or_default();
        if self.group.as_ref() != Some(&value) {
            let heading = group.map(|group| format!("{}{value}", group.heading));
            self.group = Some(value);
            self.sheet.start_group(heading.as_deref(), out);
        }
        self.sheet.entry(self.view.entry(thing), out);
    }
}

/// The view that a first value opens.
fn view_of(thing: Thing<'_>) -> (Viewed, Shape) {
    if let Some(value) = thing.value()
        && matches!(value.kind(), ValueKind::DateTime(_))
    {
        return (Viewed::Dates, Shape::Lines);
    }
    if let Some(known) = known::view_of(thing) {
        let shape = match &known.view {
            View::List(_) => Shape::List,
            View::Columns(names) => {
                let column =
                    |name: &&str| Column { label: (*name).to_owned(), width: 0, alignment: Alignment::Left };
                Shape::Table { columns: names.iter().map(column).collect(), hide_header: false }
            }
            View::Table { columns, .. } => {
                let columns = columns.iter().map(|column| Column {
                    label: column.label.into(),
                    width: column.width,
                    alignment: column.alignment,
                });
                Shape::Table { columns: columns.collect(), hide_header: false }
            }
        };
        return (Viewed::Known(known), shape);
    }
    let properties = thing.properties();
    if properties.len() > MOST_COLUMNS_OF_A_TABLE {
        return (Viewed::Properties, Shape::List);
    }
    let columns = properties.iter().take(MOST_COLUMNS).map(|(name, part)| Column {
        label: name.to_string(),
        width: 0,
        alignment: cell::alignment(part),
    });
    let columns: Vec<Column> = columns.collect();
    let names = columns.iter().map(|column| column.label.clone()).collect();
    (Viewed::Columns(names), Shape::Table { columns, hide_header: false })
}

impl Viewed {
    fn is_for(&self, thing: Thing<'_>) -> bool {
        match self {
            Viewed::Known(known) => known.is_for(thing),
            Viewed::Dates => {
                thing.value().is_some_and(|value| matches!(value.kind(), ValueKind::DateTime(_)))
            }
            Viewed::Columns(_) | Viewed::Properties => true,
            Viewed::Layout => false,
        }
    }

    fn group(&self) -> Option<&'static Group> {
        match self {
            Viewed::Known(Known { view: View::Table { group, .. }, .. }) => group.as_ref(),
            Viewed::Known(_) | Viewed::Dates | Viewed::Columns(_) | Viewed::Properties | Viewed::Layout => {
                None
            }
        }
    }

    fn entry(&self, thing: Thing<'_>) -> Entry {
        match self {
            Viewed::Known(Known { view: View::Table { columns, .. }, .. }) => {
                Entry::Cells(columns.iter().map(|column| column.text(thing)).collect())
            }
            Viewed::Known(Known { view: View::Columns(names), .. }) => {
                Entry::Cells(names.iter().map(|name| field(thing, name, false)).collect())
            }
            Viewed::Known(Known { view: View::List(names), .. }) => Entry::Fields(
                names.iter().map(|name| ((*name).to_owned(), field(thing, name, false))).collect(),
            ),
            Viewed::Columns(names) => {
                Entry::Cells(names.iter().map(|name| field(thing, name, true)).collect())
            }
            Viewed::Dates => Entry::Lines(thing.value().map_or(String::new(), own_text) + "\n"),
            Viewed::Properties | Viewed::Layout => Entry::Fields(fields(thing)),
        }
    }
}

fn field(thing: Thing<'_>, name: &str, in_table: bool) -> String {
    thing.property(name).map_or(String::new(), |part| cell::text(&part, in_table))
}

fn fields(thing: Thing<'_>) -> Vec<(String, String)> {
    let properties = thing.properties().into_iter();
    properties.map(|(name, part)| (name.into_owned(), cell::text(&part, false))).collect()
}

fn own_text(value: PSValue<'_>) -> String {
    match value.kind() {
        ValueKind::DateTime(at) => known::long_date(at),
        _ => value.to_string(),
    }
}

impl Sheet {
    fn new(shape: Shape, width: usize) -> Sheet {
        Sheet { width, shape, grid: None, held: Vec::new(), held_octets: 0 }
    }

    fn start_group(&mut self, heading: Option<&str>, out: &mut String) {
        self.flush(out);
        self.grid = None;
        out.push('\n');
        if let Some(heading) = heading {
            out.extend([heading, "\n\n"]);
        }
        let decides_now = match &self.shape {
            Shape::Table { columns, .. } => columns.first().is_some_and(|column| column.width > 0),
            Shape::Wide(_) => true,
            Shape::List | Shape::Lines => false,
        };
        if decides_now {
            self.lay_out(out);
        }
    }

    fn entry(&mut self, entry: Entry, out: &mut String) {
        match entry {
            Entry::Cells(cells) => match self.shape {
                Shape::Wide(columns) => self.cell(columns, cells, out),
                Shape::Table { .. } | Shape::List | Shape::Lines => self.row(cells, out),
            },
            Entry::Fields(fields) => {
                layout::list(&fields, self.width, out);
                out.push('\n');
            }
            Entry::Lines(lines) => out.push_str(&lines),
        }
    }

    fn row(&mut self, cells: Vec<String>, out: &mut String) {
        match &self.grid {
            Some(grid) => grid.row(&cells, out),
            None => {
                let octets = cells.iter().map(String::len).sum();
                self.hold(octets, Held::Row(cells), out);
            }
        }
    }

    /// One of several entries to a line.
    fn cell(&mut self, columns: usize, cell: Vec<String>, out: &mut String) {
        let mut cells = match self.held.pop() {
            Some(Held::Row(cells)) => cells,
            Some(Held::Text(_)) | None => Vec::new(),
        };
        cells.extend(cell);
        self.held.push(Held::Row(cells));
        if matches!(self.held.last(), Some(Held::Row(cells)) if cells.len() >= columns) {
            self.flush(out);
        }
    }

    fn hold(&mut self, octets: usize, held: Held, out: &mut String) {
        self.held_octets += octets + size_of::<Held>();
        self.held.push(held);
        if self.held_octets > MOST_HELD {
            self.flush(out);
        }
    }

    /// Shows what is held back, in columns that are as wide as that.
    fn flush(&mut self, out: &mut String) {
        if self.held.is_empty() {
            return;
        }
        if self.grid.is_none() {
            self.lay_out(out);
        }
        self.held_octets = 0;
        for held in std::mem::take(&mut self.held) {
            match (held, &self.grid) {
                (Held::Row(cells), Some(grid)) => grid.row(&cells, out),
                (Held::Row(_), None) => {}
                (Held::Text(text), _) => out.push_str(&text),
            }
        }
    }

    /// Settles the widths of the columns, and shows their labels.
    fn lay_out(&mut self, out: &mut String) {
        let mut columns = match &self.shape {
            Shape::Table { columns, .. } => columns.clone(),
            Shape::Wide(count) => {
                let column = Column { label: String::new(), width: 0, alignment: Alignment::Left };
                vec![column; *count]
            }
            Shape::List | Shape::Lines => return,
        };
        let is_table = matches!(self.shape, Shape::Table { .. });
        if is_table && columns.first().is_some_and(|column| column.width == 0) {
            for (index, column) in columns.iter_mut().enumerate() {
                let cells = self.held.iter().filter_map(|held| match held {
                    Held::Row(cells) => cells.get(index),
                    Held::Text(_) => None,
                });
                let widest = cells.map(|cell| layout::cells(cell)).max().unwrap_or_default();
                column.width = layout::cells(&column.label).max(widest);
            }
        }
        let grid = Grid::new(&columns, self.width);
        if matches!(self.shape, Shape::Table { hide_header: false, .. }) {
            grid.head(&columns, out);
        }
        self.grid = Some(grid);
    }

    fn end(&mut self, out: &mut String) {
        self.flush(out);
        if !matches!(self.shape, Shape::List) {
            out.push('\n');
        }
    }
}
