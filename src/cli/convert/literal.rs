//! Values of scripts' arguments, typed from text as PowerShell types them: numbers, `$true`, `$null`, strings in quotes,
//! `@(...)` and `@{...}`. What is none of these is a string.

use pssession::PSObject;

/// Deeper than any argument that a person types.
const MOST_DEPTH: usize = 32;

/// The elements of an argument list. A lone word keeps its white space: it must have been quoted.
pub fn literals(text: &str) -> Vec<PSObject> {
    if !text.contains([',', '@', '\'', '"']) {
        return vec![bare(text, false)];
    }
    let mut reader = Reader { rest: text };
    match reader.list("", 0) {
        Some(values) => values,
        // Braces or quotes that are not closed are text like any other.
        None => vec![PSObject::from(text)],
    }
}

/// One argument: several elements are an array.
pub fn literal(text: &str) -> PSObject {
    let mut values = literals(text);
    match values.len() {
        1 => values.remove(0),
        _ => PSObject::array(values),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// The values between commas, up to a character that closes them; `None` if it is missing.
    fn list(&mut self, close: &str, depth: usize) -> Option<Vec<PSObject>> {
        let mut values = Vec::new();
        if !close.is_empty() && self.taken(close) {
            return Some(values);
        }
        loop {
            values.push(self.value(if close.is_empty() { "," } else { ",)" }, depth)?);
            if self.taken(",") {
                continue;
            }
            return match close.is_empty() {
                true => self.rest.is_empty().then_some(values),
                false => self.taken(close).then_some(values),
            };
        }
    }

    /// A value, which ends before one of these characters.
    fn value(&mut self, ends: &str, depth: usize) -> Option<PSObject> {
        if depth > MOST_DEPTH {
            return None;
        }
        let before = self.rest;
        let special = self.special(depth)?;
        let is_whole =
            |reader: &Self| reader.rest.trim_start().chars().next().is_none_or(|c| ends.contains(c));
        if let Some(value) = special.filter(|_| is_whole(self)) {
            self.rest = self.rest.trim_start();
            return Some(value);
        }
        self.rest = before;
        let (word, rest) =
            self.rest.split_at(self.rest.find(|c| ends.contains(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(bare(word.trim(), depth > 0))
    }

    /// A string in quotes, an array or a hash table; the outer `None` if its end is missing.
    fn special(&mut self, depth: usize) -> Option<Option<PSObject>> {
        let text = self.rest.trim_start();
        if let Some(quote @ ('\'' | '"')) = text.chars().next() {
            self.rest = &text[1..];
            return self.quoted(quote).map(Some);
        }
        if let Some(rest) = text.strip_prefix("@(") {
            self.rest = rest;
            return self.list(")", depth + 1).map(|values| Some(PSObject::array(values)));
        }
        if let Some(rest) = text.strip_prefix("@{") {
            self.rest = rest;
            return self.entries(depth + 1).map(|entries| Some(PSObject::hashtable(entries)));
        }
        Some(None)
    }

    /// Two quotes mean one.
    fn quoted(&mut self, quote: char) -> Option<PSObject> {
        let mut text = String::new();
        loop {
            let end = self.rest.find(quote)?;
            text += &self.rest[..end];
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix(quote) {
                Some(rest) => self.rest = rest,
                None => return Some(text.into()),
            }
            text.push(quote);
        }
    }

    /// `Key=Value` between semicolons, up to the brace that closes them.
    fn entries(&mut self, depth: usize) -> Option<Vec<(PSObject, PSObject)>> {
        let mut entries = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
            if self.taken("}") {
                return Some(entries);
            }
            let key = self.key()?;
            let mut values = vec![self.value(",;}\n", depth)?];
            while self.taken(",") {
                values.push(self.value(",;}\n", depth)?);
            }
            let value = if values.len() == 1 { values.remove(0) } else { PSObject::array(values) };
            entries.push((key, value));
        }
    }

    /// The key of an entry, and the sign behind it.
    fn key(&mut self) -> Option<PSObject> {
        if let Some(quote @ ('\'' | '"')) = self.rest.chars().next() {
            self.rest = &self.rest[1..];
            let key = self.quoted(quote)?;
            return self.taken("=").then_some(key);
        }
        let (key, rest) = self.rest.split_once('=')?;
        self.rest = rest;
        Some(key.trim().into())
    }

    fn taken(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        rest.inspect(|rest| self.rest = rest).is_some()
    }
}

/// A word without quotes. A number is one only if it is written as it would be shown: `007` and `2.30` are texts, which
/// PowerShell converts where a number is wanted.
fn bare(word: &str, is_expression: bool) -> PSObject {
    match word.to_ascii_lowercase().as_str() {
        "$null" => return PSObject::null(),
        "$true" => return true.into(),
        "$false" => return false.into(),
        _ => {}
    }
    // A dash makes an argument a string in PowerShell too, but not what is within a hash table or an array.
    let digits = if is_expression { word.strip_prefix('-').unwrap_or(word) } else { word };
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
    if let Some(number) = word.parse::<i32>().ok().filter(|number| is_number && number.to_string() == word) {
        return number.into();
    }
    if let Some(number) = word.parse::<i64>().ok().filter(|number| is_number && number.to_string() == word) {
        return number.into();
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    match word.parse::<f64>() {
        Ok(number) if is_number && digits <= 15 && number.to_string() == word => number.into(),
        _ => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        literals(text).iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ")
    }

    fn debug(values: impl IntoIterator<Item = PSObject>) -> String {
        values.into_iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_have_the_types_that_powershell_gives_them() {
        for (text, value) in [
            ("5", PSObject::from(5)),
            ("12345678901", 12_345_678_901_i64.into()),
            ("2.5", 2.5.into()),
            ("$true", true.into()),
            ("$NULL", PSObject::null()),
            ("-5", "-5".into()),
            ("007", "007".into()),
            ("2.30", "2.30".into()),
            ("1e3", "1e3".into()),
            (" a b ", " a b ".into()),
            ("'a,b'", "a,b".into()),
            ("'it''s'", "it's".into()),
            ("'not closed", "'not closed".into()),
            ("C:\\{x}", "C:\\{x}".into()),
            ("", "".into()),
        ] {
            assert_eq!(literals(text), [value], "{text}");
        }
    }

    #[test]
    fn lists_and_tables_nest() {
        assert_eq!(shown("1, b ,'c,d'"), debug([1.into(), "b".into(), "c,d".into()]));
        let table = PSObject::hashtable([
            ("a".into(), 1.into()),
            ("b c".into(), PSObject::array(["x".into(), "y".into()])),
            ("d".into(), PSObject::hashtable([("e".into(), true.into())])),
        ]);
        assert_eq!(shown("@{a=1; 'b c' = x, y; d=@{e=$true}}, 2"), debug([table, 2.into()]));
        assert_eq!(
            shown("@(1, @(2)),@()"),
            debug([PSObject::array([1.into(), PSObject::array([2.into()])]), PSObject::array([]),])
        );
        assert_eq!(literals("@{a=1"), ["@{a=1".into()]);
        assert_eq!(literal("1,2"), PSObject::array([1.into(), 2.into()]));
        let deep = "@(".repeat(100_000);
        assert_eq!(literals(&deep), [deep.as_str().into()]);
    }

    #[test]
    fn a_key_in_quotes_may_hold_what_ends_another_and_numbers_in_a_table_have_signs() {
        let table = PSObject::hashtable([
            ("it's=".into(), PSObject::array([PSObject::from(-1), "-x".into()])),
            ("B".into(), PSObject::from(-5)),
        ]);
        assert_eq!(shown("@{'it''s=' = @(-1, -x); B=-5}"), debug([table]));
        assert_eq!(shown("-5"), debug([PSObject::from("-5")]));
    }
}
