//! The cmdlets that this program acts as, and which of them a command line means.

use super::bind_error::BindError;
use super::grammar;
use super::options::AS;
use super::table::Table;
use super::{connect, disconnect, enter, get, invoke, new, new_session_option, receive, remove};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The cmdlets this program acts as.
#[rustfmt::skip]
pub static TABLES: [&Table; 9] = [
    &connect::TABLE, &get::TABLE, &new::TABLE, &enter::TABLE, &invoke::TABLE, &disconnect::TABLE, &receive::TABLE,
    &remove::TABLE, &new_session_option::TABLE,
];

/// The names that the program acts by, as a shell knows them.
pub fn names() -> impl Iterator<Item = String> {
    TABLES.iter().map(|table| table.cmdlet.name().to_lowercase())
}

/// The cmdlet to act as: the one that `--as` names, else the one this program is called by. Also returns the words
/// that are left.
pub fn choose<'a>(
    argv0: &OsStr,
    args: &'a [OsString],
) -> Result<(&'static Table, &'a [OsString]), BindError> {
    let (choice, rest) = args.split_at_checked(words_that_choose(args)).unwrap_or((args, &[]));
    let (name, type_name) = (AS.parameter.name, AS.parameter.kind.type_name);
    let name = match choice {
        [] => Path::new(argv0).file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        _ => grammar::option(choice, &AS).ok_or(BindError::MissingArgument { name, type_name })?,
    };
    let is_named = |table: &&Table| {
        // A cmdlet without an alias has an empty one.
        let is_alias = !name.is_empty() && table.alias.eq_ignore_ascii_case(&name);
        is_alias || table.cmdlet.name().eq_ignore_ascii_case(&name)
    };
    match TABLES.into_iter().find(is_named) {
        Some(table) => Ok((table, rest)),
        None => Err(BindError::CommandNotFound { name, known: names().collect() }),
    }
}

/// How many words at the front choose the cmdlet: `--as=CMDLET` is one, `--as CMDLET` two.
pub fn words_that_choose(args: &[OsString]) -> usize {
    let first = args.first().map(|word| word.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match first.as_str() {
        "--as" => 2,
        word if word.starts_with("--as=") => 1,
        _ => 0,
    }
}
