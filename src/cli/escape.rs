//! The character that begins a line for this program, where lines are typed in a session.

use super::bind_error::BindError;
use super::convert::{Argument, ConversionError, Reason, Value};

/// With what a line begins that is for this program, and not for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape(pub Option<char>);

impl Default for Escape {
    fn default() -> Escape {
        Escape(Some('~'))
    }
}

impl Value for Escape {
    const TYPE_NAME: &'static str = "System.Char";

    fn read(argument: &Argument) -> Result<Escape, BindError> {
        let mut characters = argument.text.chars();
        match (argument.text, characters.next(), characters.next()) {
            ("none", ..) => Ok(Escape(None)),
            (_, Some(only), None) if !only.is_whitespace() && !only.is_control() => Ok(Escape(Some(only))),
            _ => argument.convert(|text| {
                let value = text.to_owned();
                Err(ConversionError::Value {
                    value,
                    type_name: Escape::TYPE_NAME,
                    reason: Reason::NotACharacter,
                })
            }),
        }
    }
}
