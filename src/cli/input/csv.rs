//! Comma-separated values with a line of names first, as --output csv and Export-Csv write them.

use super::json;
use super::wanted::Wanted;
use pssession::cmdlet::selection::SessionReference;
use serde_json::{Map, Value};

/// The names of a CSV input's columns.
#[derive(Debug)]
pub struct Columns(Vec<String>);

impl Columns {
    /// Reads the line of names; `None` for any other line.
    pub fn of(line: &str) -> Option<Columns> {
        let names: Vec<String> = fields(line)?.into_iter().map(Option::unwrap_or_default).collect();
        let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        (has("Name") && (has("InstanceId") || has("Id"))).then_some(Columns(names))
    }

    /// The session of a row.
    pub fn reference(&self, row: &str, wanted: Wanted) -> Option<SessionReference> {
        let values = fields(row).filter(|values| values.len() == self.0.len())?;
        let named = self.0.iter().zip(values).filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some((
                name.clone(),
                match name.eq_ignore_ascii_case("Id") {
                    true => value.parse::<i32>().map_or(Value::String(value), Value::from),
                    false => Value::String(value),
                },
            ))
        });
        json::session(&named.collect::<Map<_, _>>(), wanted)
    }
}

/// The fields of a line (RFC 4180 2), `None` for one with nothing in it; `None` for a line with a quote out of place.
fn fields(line: &str) -> Option<Vec<Option<String>>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(mut quoted) => {
                let mut field = String::new();
                loop {
                    let (part, after) = quoted.split_once('"')?;
                    field += part;
                    let Some(after_pair) = after.strip_prefix('"') else { break (Some(field), after) };
                    field.push('"');
                    quoted = after_pair;
                }
            }
            None => {
                let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                (Some(field.to_owned()).filter(|field| !field.is_empty()), after)
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return after.is_empty().then_some(fields),
        }
    }
}
