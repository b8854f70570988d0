//! What holds of what is shown, whatever a server sends.

use super::ObjectOutput;
use super::objects::Objects;
use super::terminal::{harmless, harmless_json, line, output, styled};
use pssession::PSObject;
use serde_json::Value;

/// Every value can be written in every form: as JSON that is JSON, a line for each value; as a document that can be read;
/// as CSV whose quotes match; and as text.
pub fn objects(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let values: Vec<PSObject> = text.split('\n').filter_map(|xml| PSObject::from_clixml(xml).ok()).collect();
    for with_computer in [false, true] {
        let written = |form| {
            let mut objects = Objects::new(form, 40, with_computer);
            let mut out = String::new();
            for value in &values {
                objects.write("server01", value, &mut out);
            }
            objects.flush(&mut out);
            objects.end_computer("server01", &mut out);
            objects.end(&mut out);
            out
        };
        let lines = written(ObjectOutput::JsonLines);
        assert_eq!(lines.lines().count(), values.len());
        // Values nest less deep than serde_json reads.
        let json = |text: &str| -> Value {
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
        };
        let each: Vec<Value> = lines.lines().map(json).collect();
        assert_eq!(json(&written(ObjectOutput::Json)), Value::Array(each));
        assert_eq!(written(ObjectOutput::Csv).matches('"').count() % 2, 0);
        let document = written(ObjectOutput::Clixml);
        let inner = document.lines().skip(1).take(values.len()).map(str::trim_start);
        inner.for_each(|value| assert!(PSObject::from_clixml(value).is_ok(), "{document}"));
        written(ObjectOutput::Text);
    }
}

/// Nothing that could steer a terminal is left of any text; and JSON still says the same.
pub fn terminal_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let shown = harmless(&text);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
    assert_eq!(harmless(&shown), shown);
    assert!(!output(&text).contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    let one = line(&text);
    assert!(!one.contains(char::is_control) && one.len() <= 3 * 4096 + 3);
    assert!(!styled(&text, false).contains(|c: char| c.is_control() && c != '\n'));
    for piece in styled(&text, true).split('\x1b').skip(1) {
        let end = piece.find('m').unwrap_or_else(|| panic!("{piece:?} is no style"));
        let parameters = piece[..end].strip_prefix('[').unwrap_or_else(|| panic!("{piece:?} is no style"));
        assert!(parameters.bytes().all(|octet| octet.is_ascii_digit() || octet == b';'));
    }
    let json = serde_json::to_string(&*text).unwrap_or_default();
    let shown = harmless_json(&json);
    assert!(!shown.contains(char::is_control));
    assert_eq!(serde_json::from_str::<String>(&shown).ok().as_deref(), Some(&*text));
}
