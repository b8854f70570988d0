//! What a line asks for.
//!
//! A line that is one plain command goes as that command with its arguments, as PowerShell's own client sends it: that way
//! endpoints without a language take it. All others go as scripts, which the server reads.

use crate::psrp::clixml::Value;
use crate::psrp::pipeline::Command;

/// What was typed.
#[derive(Debug, PartialEq)]
pub(super) enum Typed {
    Nothing,
    /// The end of the session, with this status.
    Exit(i32),
    Command(Command),
}

/// PowerShell's keywords, which are no commands.
const KEYWORDS: &[&str] = &[
    "assembly",
    "base",
    "begin",
    "break",
    "catch",
    "class",
    "clean",
    "command",
    "configuration",
    "continue",
    "data",
    "define",
    "do",
    "dynamicparam",
    "else",
    "elseif",
    "end",
    "enum",
    "exit",
    "filter",
    "finally",
    "for",
    "foreach",
    "from",
    "function",
    "hidden",
    "if",
    "in",
    "inlinescript",
    "interface",
    "module",
    "namespace",
    "parallel",
    "param",
    "private",
    "process",
    "public",
    "return",
    "sequence",
    "static",
    "switch",
    "throw",
    "trap",
    "try",
    "type",
    "until",
    "using",
    "var",
    "while",
    "workflow",
];

pub(super) fn read(text: &str) -> Typed {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Typed::Nothing;
    }
    match exit(trimmed) {
        Some(number) => Typed::Exit(number),
        None => Typed::Command(plain(trimmed).unwrap_or_else(|| Command::script(text))),
    }
}

/// The number of `exit` and the like. They work whatever the endpoint lets its users run.
fn exit(text: &str) -> Option<i32> {
    let text = text.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).to_ascii_lowercase();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["exit" | "exit-pssession" | "exsn"] => Some(0),
        ["exit", number] => number.parse().ok(),
        _ => None,
    }
}

/// One command whose arguments mean what they say, whatever the session's state is.
fn plain(text: &str) -> Option<Command> {
    let (name, mut rest) = split(text);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !is_name || KEYWORDS.contains(&&*name.to_ascii_lowercase()) || text.contains(['\n', '\r']) {
        return None;
    }
    let mut command = Command::named(name);
    while !rest.is_empty() {
        let (word, after) = if rest.starts_with(['\'', '"']) { quoted(rest)? } else { split(rest) };
        command = match word {
            word if word.starts_with(['\'', '"']) => command.with(None, word[1..word.len() - 1].into()),
            // Whether it is a switch or takes the next argument is for the server to decide.
            word if is_parameter(word) => command.with(Some(word), Value::Nil),
            word => command.with(None, bare(word)?),
        };
        rest = after;
    }
    Some(command)
}

/// The first word, and what follows it.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// The first word with its quotes, and what follows it. `None` where the text is not what is between them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (quote, inside) = text.split_at(1);
    let end = inside.find(quote)? + 2;
    let (word, rest) = text.split_at(end);
    let is_special =
        |c: char| matches!(c, '\u{2018}'..='\u{201E}') || quote == "\"" && matches!(c, '$' | '`');
    let is_over = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (is_over && !word.contains(is_special)).then(|| (word, rest.trim_start()))
}

fn is_parameter(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// A word without quotes: a whole number, or text that cannot be taken for one or for anything else.
fn bare(word: &str) -> Option<Value> {
    if let Ok(number) = word.parse::<i32>() {
        return (number.to_string() == word && number >= 0).then_some(Value::I32(number));
    }
    let begins = word.starts_with(|c: char| c.is_alphabetic() || "_/\\~*?".contains(c))
        || word.starts_with('.') && !word[1..].starts_with(|c: char| c.is_numeric());
    let is_text = word.chars().all(|c| c.is_alphanumeric() || "_-./\\:~*?+".contains(c));
    (begins && is_text).then(|| word.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_command_goes_as_one() {
        let text = |text: &str| (None, Value::from(text));
        let name = |name: &'static str| (Some(name), Value::Nil);
        for (line, expected, parameters) in [
            ("Get-ChildItem", "Get-ChildItem", vec![]),
            (" cd .. ", "cd", vec![text("..")]),
            ("Get-Item /nope", "Get-Item", vec![text("/nope")]),
            ("Read-Host 'Your name'", "Read-Host", vec![text("Your name")]),
            ("Read-Host \"it's\" ", "Read-Host", vec![text("it's")]),
            (
                r"Get-ChildItem -Path C:\Users\* -Depth 2 -Name",
                "Get-ChildItem",
                vec![
                    name("-Path"),
                    text(r"C:\Users\*"),
                    name("-Depth"),
                    (None, Value::I32(2)),
                    name("-Name"),
                ],
            ),
        ] {
            let command = Command::named(expected);
            let command =
                parameters.into_iter().fold(command, |command, (name, value)| command.with(name, value));
            assert_eq!(read(line), Typed::Command(command), "{line}");
        }
    }

    #[test]
    fn what_a_server_has_to_read_goes_as_a_script() {
        for line in [
            "1 + 1",
            "$x",
            "Get-Job | Format-Table",
            "Get-Job; hostname",
            "hostname\nhostname",
            "echo $x",
            "echo \"$x\"",
            "echo 'a''b'",
            "echo 'a'b",
            "echo 'a\u{2019}b'",
            "echo a,b",
            "echo (1)",
            "echo 1kb",
            "echo 1.5",
            "echo 007",
            "echo -5",
            "echo .5",
            "echo +5",
            "echo a=b",
            "echo @x",
            "echo #x",
            "echo 2>file",
            "echo --x",
            "echo \u{2013}x",
            "echo -Name:x",
            "echo 'a",
            "foreach x",
            "Return 5",
            "& hostname",
            ".\\x.ps1",
            "a.exe",
        ] {
            assert_eq!(read(line), Typed::Command(Command::script(line)), "{line}");
        }
    }

    #[test]
    fn exit_is_read_here() {
        for (line, number) in
            [("exit", 0), (" EXIT ;", 0), ("exit 5", 5), ("exit -1", -1), ("Exit-PSSession", 0), ("exsn", 0)]
        {
            assert_eq!(read(line), Typed::Exit(number), "{line}");
        }
        for line in ["exit $x", "exit 1; 2", "exit-pssession 5", "exit 99999999999"] {
            assert!(matches!(read(line), Typed::Command(_)), "{line}");
        }
        assert_eq!(read(" \n "), Typed::Nothing);
    }
}
