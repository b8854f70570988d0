//! A PSSessionOption, the output of New-PSSessionOption.

use super::Output;
use pssession::session_option::{PSSessionOption, PropertyValue};

/// The object as text that ends with a line end: JSON, PowerShell's list, or else what -SessionOption takes.
pub fn session_option(option: &PSSessionOption, output: Output) -> String {
    match output {
        Output::Json | Output::JsonLines => {
            let json = serde_json::to_string(option).expect("strings, numbers and structs always serialize");
            json + "\n"
        }
        Output::List => list(option),
        _ => format!("{option}\n"),
    }
}

/// Format-List: blank lines around, and labels as wide as the widest.
fn list(option: &PSSessionOption) -> String {
    let properties = option.properties();
    let width = properties.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |(name, value): (&str, PropertyValue)| {
        let line = format!("{name:width$} : {}", shown(&value));
        line.trim_end().to_owned() + "\n"
    };
    format!("\n{}\n\n", properties.into_iter().map(line).collect::<String>())
}

fn shown(value: &PropertyValue) -> String {
    match value {
        PropertyValue::Boolean(true) => "True".to_owned(),
        PropertyValue::Boolean(false) => "False".to_owned(),
        PropertyValue::Number(number) => number.to_string(),
        PropertyValue::Time(milliseconds) => time_span(*milliseconds),
        // A value of several lines stays in one, so that none of them looks like a label.
        PropertyValue::Text(text) => text.replace(['\n', '\r'], " "),
        PropertyValue::Dictionary(entries) => {
            format!("{{{}}}", entries.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        PropertyValue::Null => String::new(),
    }
}

/// A TimeSpan as .NET writes it: `[-][d.]hh:mm:ss[.fffffff]`.
fn time_span(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let (seconds, rest) = (milliseconds.unsigned_abs() / 1000, milliseconds.unsigned_abs() % 1000);
    let days = match seconds / 86_400 {
        0 => String::new(),
        days => format!("{days}."),
    };
    let fraction = if rest == 0 { String::new() } else { format!(".{:07}", rest * 10_000) };
    let (hours, minutes, seconds) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_are_written_as_dotnet_writes_them() {
        for (milliseconds, text) in [
            (0, "00:00:00"),
            (180_000, "00:03:00"),
            (-1, "-00:00:00.0010000"),
            (90_061_500, "1.01:01:01.5000000"),
            (2_147_483_647, "24.20:31:23.6470000"),
        ] {
            assert_eq!(time_span(milliseconds), text);
        }
    }
}
