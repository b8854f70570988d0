//! How values look as text: what Out-String and Out-Default make of them. Objects with up to four properties are rows of
//! a table, those with more a list.

use super::value::{Object, Value};

/// Properties of an object that is still shown as a row.
const MAX_COLUMNS: usize = 4;

/// Puts values into lines, in their order.
#[derive(Debug, Default)]
pub struct Formatter {
    /// Objects with the same properties, which will be one table.
    rows: Vec<Object>,
}

impl Formatter {
    /// The lines that are certain with this value.
    pub fn push(&mut self, value: &Value) -> Vec<String> {
        match value {
            Value::Object(object) if object.members().count() <= MAX_COLUMNS => {
                let lines = match self.rows.first() {
                    Some(first) if !names(first).eq(names(object)) => self.end(),
                    _ => Vec::new(),
                };
                self.rows.push(object.clone());
                lines
            }
            other => {
                let mut lines = self.end();
                lines.extend(self.lines(other));
                lines
            }
        }
    }

    fn lines(&mut self, value: &Value) -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::List(values) => values.iter().flat_map(|value| self.push(value)).collect(),
            Value::Object(object) => list(object),
            Value::Hashtable(entries) => {
                let row = |(name, value): &(String, Value)| Object {
                    kind: "",
                    text: None,
                    properties: Vec::new(),
                    notes: vec![
                        ("Name".to_owned(), Value::string(name)),
                        ("Value".to_owned(), value.clone()),
                    ],
                };
                table(&entries.iter().map(row).collect::<Vec<_>>())
            }
            // How PowerShell shows an error that its client sends back.
            Value::Foreign(xml, text) if xml.contains(".ErrorRecord</T>") => vec![format!("Error: {text}")],
            // Strings pass through as they are.
            Value::String(text) => vec![text.clone()],
            value => value.text().lines().map(str::to_owned).collect(),
        }
    }

    /// The lines that were held back.
    pub fn end(&mut self) -> Vec<String> {
        match std::mem::take(&mut self.rows) {
            rows if rows.is_empty() => Vec::new(),
            rows => table(&rows),
        }
    }
}

fn names(object: &Object) -> impl Iterator<Item = &str> {
    object.members().map(|(name, _)| name.as_str())
}

fn list(object: &Object) -> Vec<String> {
    let width = names(object).map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): &(String, Value)| format!("{name:width$} : {}", value.text());
    let mut lines = vec![String::new()];
    lines.extend(object.members().map(line));
    lines.push(String::new());
    lines
}

fn table(rows: &[Object]) -> Vec<String> {
    let Some(first) = rows.first() else { return Vec::new() };
    let columns: Vec<Column> =
        names(first).enumerate().map(|(at, name)| Column::new(name, at, rows)).collect();
    let line = |cell: &dyn Fn(&Column) -> String| {
        let cells: Vec<String> = columns.iter().map(|column| column.pad(&cell(column))).collect();
        cells.join(" ").trim_end().to_owned()
    };
    let mut lines = vec![String::new(), line(&|column| column.name.clone())];
    lines.push(line(&|column| "-".repeat(column.name.chars().count())));
    lines.extend(rows.iter().map(|row| line(&|column| column.text(row))));
    lines.push(String::new());
    lines
}

struct Column {
    name: String,
    at: usize,
    width: usize,
    /// Numbers are.
    right_aligned: bool,
}

impl Column {
    fn new(name: &str, at: usize, rows: &[Object]) -> Column {
        let mut column = Column { name: name.to_owned(), at, width: 0, right_aligned: false };
        let widest = rows.iter().map(|row| column.text(row).chars().count()).max();
        column.width = widest.unwrap_or(0).max(name.chars().count());
        column.right_aligned =
            rows.iter().all(|row| matches!(row.members().nth(at), Some((_, Value::Int(_)))));
        column
    }

    fn text(&self, row: &Object) -> String {
        row.members().nth(self.at).map(|(_, value)| value.text()).unwrap_or_default()
    }

    fn pad(&self, text: &str) -> String {
        let width = self.width;
        if self.right_aligned { format!("{text:>width$}") } else { format!("{text:width$}") }
    }
}
