//! The parameter that a word without a name is for.
//!
//! PowerShell distinguishes the number `4` from the string `'4'` and tries each position in turn; a shell has only
//! strings, so the form of the word decides, whatever its position.

use super::command::SCRIPT_BLOCK;
use super::convert::{elements, guid, guids, is_digits};
use super::parameter::Parameter;
use super::sessions::{ID, INSTANCE_ID, SESSION};
use super::target::{COMPUTER_NAME, CONNECTION_URI};

/// How a word looks, in help's words.
pub static LOOKS: [(&Parameter, &str); 6] = [
    (&ID.parameter, "digits are an Id"),
    (&INSTANCE_ID.parameter, "a GUID is an InstanceId"),
    (&CONNECTION_URI.parameter, "a word with :// is a ConnectionUri"),
    (&SESSION.parameter, "- is standard input (-Session -)"),
    (&SCRIPT_BLOCK.parameter, "one in braces, or the second, is a ScriptBlock"),
    (&COMPUTER_NAME.parameter, "anything else is a ComputerName"),
];

pub fn parameter_by_look(text: &str) -> &'static Parameter {
    let all = |is: fn(&str) -> bool| elements(text).into_iter().all(is);
    match text {
        "-" => &SESSION.parameter,
        _ if guids(text).into_iter().all(|text| guid(text).is_ok()) => &INSTANCE_ID.parameter,
        _ if text.trim_start().starts_with('{') => &SCRIPT_BLOCK.parameter,
        _ if all(|text| is_digits(text.strip_prefix('-').unwrap_or(text))) => &ID.parameter,
        _ if all(|text| text.contains("://")) => &CONNECTION_URI.parameter,
        _ => &COMPUTER_NAME.parameter,
    }
}
