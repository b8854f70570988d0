//! What Format-Table and its like put out: a layout with its rows, which Out-String and Out-Default show.

use super::layout::{Alignment, Column};
use pssession::value::{PSValue, ValueKind};

/// One object of a layout.
pub enum Packet {
    Start(Shape),
    /// With the heading of the group, where there is one.
    GroupStart(Option<String>),
    Entry(Entry),
    GroupEnd,
    End,
}

/// How entries are laid out.
#[derive(Debug)]
pub enum Shape {
    Table {
        columns: Vec<Column>,
        hide_header: bool,
    },
    List,
    /// So many entries to a line.
    Wide(usize),
    Lines,
}

/// A row, or what is one in another shape.
pub enum Entry {
    Cells(Vec<String>),
    Fields(Vec<(String, String)>),
    Lines(String),
}

const NAMESPACE: &str = "Microsoft.PowerShell.Commands.Internal.Format.";
/// Deepest nesting of Format-Custom's frames.
const DEEPEST: usize = 100;

impl Packet {
    /// `None` for a value that is not part of a layout.
    pub fn of(value: PSValue<'_>, window: usize) -> Option<Packet> {
        match kind(value)? {
            "FormatStartData" => Some(Packet::Start(shape(value.property("shapeInfo")?))),
            "GroupStartData" => Some(Packet::GroupStart(heading(value, window))),
            "FormatEntryData" => entry(value.property("formatEntryInfo")?, window).map(Packet::Entry),
            "GroupEndData" => Some(Packet::GroupEnd),
            "FormatEndData" => Some(Packet::End),
            _ => None,
        }
    }
}

/// The type's name in the namespace of layouts.
fn kind(value: PSValue<'_>) -> Option<&str> {
    let name = value.type_names().first()?;
    name.strip_prefix("Deserialized.").unwrap_or(name).strip_prefix(NAMESPACE)
}

fn shape(info: PSValue<'_>) -> Shape {
    match kind(info) {
        Some("TableHeaderInfo") => Shape::Table {
            columns: items(info, "tableColumnInfoList").map(column).collect(),
            hide_header: is_true(info, "hideHeader"),
        },
        Some("WideViewHeaderInfo") => Shape::Wide(match number(info, "columns") {
            0 => 2,
            columns => columns,
        }),
        Some("ListViewHeaderInfo") => Shape::List,
        _ => Shape::Lines,
    }
}

fn column(info: PSValue<'_>) -> Column {
    let label = match text(info, "label") {
        label if label.is_empty() => text(info, "propertyName"),
        label => label,
    };
    let alignment = match number(info, "alignment") {
        2 => Alignment::Center,
        3 => Alignment::Right,
        _ => Alignment::Left,
    };
    Column { label, width: number(info, "width"), alignment }
}

fn heading(group: PSValue<'_>, window: usize) -> Option<String> {
    let entry = group.property("groupingEntry")?;
    let values = entry.property("formatValueList")?;
    let text = complex(values, window);
    Some(text.trim_end_matches('\n').to_owned()).filter(|text| !text.is_empty())
}

fn entry(info: PSValue<'_>, window: usize) -> Option<Entry> {
    let value = |field: PSValue<'_>| text(field, "propertyValue");
    Some(match kind(info)? {
        "TableRowEntry" => Entry::Cells(items(info, "formatPropertyFieldList").map(value).collect()),
        "WideViewEntry" => {
            Entry::Cells(info.property("formatPropertyField").map(value).into_iter().collect())
        }
        "ListViewEntry" => {
            let field = |field: PSValue<'_>| {
                let label = match text(field, "label") {
                    label if label.is_empty() => text(field, "propertyName"),
                    label => label,
                };
                (label, field.property("formatPropertyField").map(value).unwrap_or_default())
            };
            Entry::Fields(items(info, "listViewFieldList").map(field).collect())
        }
        "ComplexViewEntry" => Entry::Lines(complex(info.property("formatValueList")?, window)),
        "RawTextFormatEntry" => Entry::Lines(text(info, "text") + "\n"),
        _ => return None,
    })
}

/// The lines of Format-Custom.
fn complex(values: PSValue<'_>, window: usize) -> String {
    let mut page = Page { window, indentation: 0, depth: 0, line: String::new(), text: String::new() };
    page.values(values);
    // Also where the last line is ended: a blank line comes after it.
    page.end_line();
    page.text
}

struct Page {
    window: usize,
    indentation: usize,
    depth: usize,
    line: String,
    text: String,
}

impl Page {
    fn values(&mut self, values: PSValue<'_>) {
        let ValueKind::List(values) = values.kind() else { return };
        for value in values {
            match kind(value) {
                Some("FormatTextField") => self.line.push_str(&text(value, "text")),
                Some("FormatPropertyField") => self.line.push_str(&text(value, "propertyValue")),
                Some("FormatNewLine") => self.end_line(),
                Some("FormatEntry") => self.frame(value),
                _ => {}
            }
        }
    }

    fn frame(&mut self, frame: PSValue<'_>) {
        let indentation = frame.property("frameInfo").map_or(0, |info| number(info, "leftIndentation"));
        let outer = self.indentation;
        self.depth += 1;
        self.indentation = (outer + indentation).min(self.window / 2);
        if let Some(values) = frame.property("formatValueList").filter(|_| self.depth < DEEPEST) {
            self.values(values);
        }
        self.depth -= 1;
        self.indentation = outer;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        for piece in super::layout::wrap(&line, (self.window - self.indentation).max(1)) {
            self.text.extend(std::iter::repeat_n(' ', self.indentation));
            self.text.push_str(piece);
            self.text.push('\n');
        }
    }
}

fn items<'v>(value: PSValue<'v>, name: &str) -> impl Iterator<Item = PSValue<'v>> + use<'v> {
    let items = value.property(name).and_then(|list| match list.kind() {
        ValueKind::List(items) => Some(items),
        _ => None,
    });
    items.into_iter().flatten()
}

fn text(value: PSValue<'_>, name: &str) -> String {
    value.property(name).map_or(String::new(), |text| text.to_string())
}

fn number(value: PSValue<'_>, name: &str) -> usize {
    match value.property(name).map(PSValue::kind) {
        // No window is wider.
        Some(ValueKind::Integer(number)) => usize::try_from(number.clamp(0, 10_000)).unwrap_or_default(),
        _ => 0,
    }
}

fn is_true(value: PSValue<'_>, name: &str) -> bool {
    matches!(value.property(name).map(PSValue::kind), Some(ValueKind::Bool(true)))
}
