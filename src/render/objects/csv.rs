//! Values as Export-Csv writes them: the columns are the properties of the first one, every value is quoted, and none is
//! written where there is no value. Lines end as they do on Unix.
//!
//! Export-Csv has no row for a number, and only its length for a string; here they are in a column of their own.

use pssession::PSObject;
use pssession::value::{PSValue, ValueKind};
use std::borrow::Cow;
use std::collections::HashMap;

/// The column of a value without properties.
const VALUE: &str = "Value";
const COMPUTER: &str = "PSComputerName";

/// The columns, once there are some.
#[derive(Default)]
pub struct Csv {
    columns: Option<Vec<String>>,
}

impl Csv {
    pub fn write(&mut self, object: &PSObject, computer: Option<&str>, out: &mut String) {
        let view = object.view();
        match view.root().kind() {
            ValueKind::List(items) => items.for_each(|item| self.row(item, computer, out)),
            _ => self.row(view.root(), computer, out),
        }
    }

    fn row(&mut self, value: PSValue<'_>, computer: Option<&str>, out: &mut String) {
        let parts = parts(value);
        let columns = self.columns.get_or_insert_with(|| {
            let columns: Vec<String> = parts.iter().map(|(name, _)| name.to_string()).collect();
            let computer = computer.map(|_| COMPUTER.to_owned());
            line(columns.iter().chain(&computer).map(|name| quoted(name)), out);
            columns
        });
        let by_name: HashMap<String, PSValue<'_>> =
            parts.into_iter().map(|(name, part)| (name.to_lowercase(), part)).collect();
        let cell = |name: &String| by_name.get(&name.to_lowercase()).and_then(|part| cell(*part));
        let cells = columns.iter().map(|name| cell(name).map_or(String::new(), |text| quoted(&text)));
        line(cells.chain(computer.map(quoted)), out);
    }
}

/// What is in the columns of a row.
fn parts(value: PSValue<'_>) -> Vec<(Cow<'_, str>, PSValue<'_>)> {
    let parts: Vec<_> = match value.kind() {
        ValueKind::Dictionary(entries) => {
            entries.map(|(key, value)| (Cow::Owned(key.to_string()), value)).collect()
        }
        ValueKind::Object => value.properties().map(|(name, value)| (Cow::Borrowed(name), value)).collect(),
        _ => Vec::new(),
    };
    if parts.is_empty() { vec![(VALUE.into(), value)] } else { parts }
}

/// The text of a value, if there is one.
fn cell(value: PSValue<'_>) -> Option<String> {
    match value.kind() {
        ValueKind::Null => None,
        ValueKind::List(_) | ValueKind::Dictionary(_) => match value.type_names().first() {
            Some(name) => Some(name.clone()),
            None => Some("System.Object[]".into()),
        },
        _ => Some(value.to_string()),
    }
}

fn line(cells: impl Iterator<Item = String>, out: &mut String) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push('\n');
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use crate::render::ObjectOutput as Form;
    use crate::render::objects::test_support::{shown, shown_of};

    #[test]
    fn the_columns_are_those_of_the_first_object() {
        let first = concat!(
            r#"<Obj RefId="0"><MS><I32 N="a">1</I32><Nil N="b" /><Obj N="c" RefId="1"><TN RefId="0"><T>System.Object[]</T></TN>"#,
            r#"<LST><I32>1</I32></LST></Obj><S N="d">q"x</S><DT N="e">2026-01-02T00:00:00</DT><Db N="f">1.5</Db>"#,
            r#"<Obj N="g" RefId="2"><MS><I32 N="z">1</I32></MS></Obj><B N="h">true</B></MS></Obj>"#,
        );
        let second = r#"<Obj RefId="0"><MS><I32 N="z">3</I32><I32 N="B">5</I32></MS></Obj>"#;
        assert_eq!(
            shown(Form::Csv, &[first, second]),
            "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"\n\
             \"1\",,\"System.Object[]\",\"q\"\"x\",\"01/02/2026 00:00:00\",\"1.5\",\"@{z=1}\",\"True\"\n\
             ,\"5\",,,,,,\n"
        );
    }

    #[test]
    fn plain_values_and_lists_have_a_column_too() {
        assert_eq!(
            shown_of(
                Form::Csv,
                &[("S1", "<S>a,b</S>"), ("S2", "<Obj RefId=\"0\"><LST><I32>1</I32><Nil /></LST></Obj>")]
            ),
            "\"Value\",\"PSComputerName\"\n\"a,b\",\"S1\"\n\"1\",\"S2\"\n,\"S2\"\n"
        );
    }
}
