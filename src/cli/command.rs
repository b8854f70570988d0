//! The parameters of a command that is run, and of how its output is shown.

use super::bind_error::BindError;
use super::convert::{Argument, Value, literal, literals, parameter};
use super::parameter::{Param, Validation};
use super::token::DASHES;
use pssession::PSObject;
use pssession::cmdlet::invoke::Argument as CommandArgument;
use std::ffi::OsString;

/// A script block, which a shell passes as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script(pub String);

impl Value for Script {
    const TYPE_NAME: &'static str = "System.Management.Automation.ScriptBlock";

    /// The braces around it may be there or not.
    fn read(argument: &Argument) -> Result<Script, BindError> {
        let text = argument.text.trim();
        let inside = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        Ok(Script(inside.unwrap_or(argument.text).to_owned()))
    }
}

/// The values of -ArgumentList.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments(pub Vec<PSObject>);

impl Value for Arguments {
    const TYPE_NAME: &'static str = "System.Object[]";

    fn read(argument: &Argument) -> Result<Arguments, BindError> {
        Ok(Arguments(literals(argument.text)))
    }
}

pub const SCRIPT_BLOCK: Param<Script> = parameter("ScriptBlock", "The commands to run.")
    .aliases(&["Command"])
    .validation(Validation::NotNull)
    .details("PowerShell code as one word, with or without braces around it: '{Get-Process}'.");

pub const FILE_PATH: Param<String> = parameter("FilePath", "A local script file to run on the computers.")
    .aliases(&["PSPath"])
    .validation(Validation::NotNull)
    .details("The text of the file is sent. The value - reads the script from standard input.");

pub const ARGUMENT_LIST: Param<Arguments> = parameter(
    "ArgumentList",
    "Values of the script's parameters, in order.",
)
.aliases(&["Args"])
.details(
    "Numbers, $true, $false, $null, 'strings', @(arrays) and @{hash=tables}, separated by commas; any other \
              text is a string. Named arguments follow after --, as in -- -Name WinRM -Force.",
);

/// The arguments behind `--`: `-Name value`, `-Switch` and values without a name.
pub fn arguments(words: &[OsString]) -> Result<Vec<CommandArgument>, BindError> {
    let mut arguments = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let text = unicode(word)?;
        let Some(name) = name(text) else {
            arguments.push(CommandArgument { name: None, value: literal(text) });
            continue;
        };
        let value = match name.split_once(':') {
            Some((_, "")) | None => {
                match words.next_if(|next| next.to_str().is_some_and(|next| self::name(next).is_none())) {
                    Some(value) => literal(unicode(value)?),
                    None => true.into(),
                }
            }
            Some((_, value)) => literal(value),
        };
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        arguments.push(CommandArgument { name: Some(name.to_owned()), value });
    }
    Ok(arguments)
}

/// The name of a parameter, and what its colon attaches.
fn name(word: &str) -> Option<&str> {
    word.strip_prefix(DASHES).filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

fn unicode(word: &OsString) -> Result<&str, BindError> {
    word.to_str().ok_or_else(|| BindError::NotUnicode { word: word.to_string_lossy().into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Vec<(Option<String>, PSObject)> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        arguments(&words).unwrap().into_iter().map(|argument| (argument.name, argument.value)).collect()
    }

    #[test]
    fn what_follows_two_dashes_is_for_the_script() {
        let named = |name: &str, value| (Some(name.to_owned()), value);
        assert_eq!(
            read(&["-Name", "WinRM", "-Count", "3", "-Force", "-Offset:-5", "x", "-Last"]),
            [
                named("Name", "WinRM".into()),
                named("Count", 3.into()),
                named("Force", true.into()),
                named("Offset", "-5".into()),
                (None, "x".into()),
                named("Last", true.into()),
            ]
        );
        assert_eq!(read(&["-Offset", "-5"]), [named("Offset", "-5".into())]);
        assert_eq!(read(&["-Force:$false"]), [named("Force", false.into())]);
    }
}
