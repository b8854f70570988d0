//! What help says of a cmdlet, written from the tables: on a terminal, and as a manual page.
//!
//! clap would write it, but it knows no long name behind a single dash; so the words are put together here, under
//! PowerShell's headings and with the syntax lines of its help pages, and laid out by [`page`] and [`super::man`].

mod page;

pub use page::{Block, Section};

use super::cmdlets::{TABLES, names};
use super::config_file;
use super::look::LOOKS;
use super::options::{ESCAPE, HELP, ON_INTERRUPT};
use super::parameter::{Parameter, Pipeline};
use super::table::{Example, Membership, Row, Table};
use super::token::Detail;

const NAMES: &str = "\
Parameter names may be shortened as long as they are unique. Array values are separated by commas. Turn a switch off \
with -{switch}:false. Words after -- are never parameters.";

const STANDARD_INPUT: &str = "\
Standard input replaces PowerShell's pipeline. Each line is one session: digits are an Id, a GUID is an InstanceId, and \
other text is a name. Records that --output json, jsonl, csv or table wrote are read too; a JSON string is a name. \
After -Name -, every line is a name, whatever it looks like. Names are literal unless --wildcards is given. No \
address is taken from a record: sessions are looked up among the known ones, or on the computers named on the \
command line. The text is UTF-8, or UTF-16 with a byte order mark. Standard input is used only";

const CMDLETS: &str = "\
This program provides several cmdlets; the name it is run under selects one. --install-links creates a link for each. \
--as CMDLET as the first word selects a cmdlet under any name: connect-pssession --as {cmdlet}.";

const ENVIRONMENT: [(&str, &str); 10] = [
    ("PSSESSION_USER", "default for -Credential"),
    ("PSSESSION_PASSWORD_COMMAND", "default for --password-command"),
    ("PSSESSION_PASSWORD", "the password, if no other source is given"),
    ("PSSESSION_PROXY_PASSWORD", "the password for ProxyCredential in -SessionOption"),
    ("PSSESSION_TRUSTED_HOSTS", "default for --trusted-hosts"),
    ("PSSESSION_CERT_STORE", "default for --cert-store"),
    ("PSSESSION_CERT_PASSWORD", "opens the PFX file of a client certificate"),
    ("PSSESSION_STORE", "default for --store"),
    ("PSSESSION_CONFIG", "the configuration file"),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "the proxy, and the hosts reached without it"),
];

const CONFIGURATION_FILE: &str = "\
A TOML file: connect-pssession/config.toml in the platform's configuration directory (~/.config on Linux), or the \
file that PSSESSION_CONFIG names. The command line overrides the environment, which overrides the file. Unknown keys \
are errors. Paths may be relative to the file's directory.";

const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "success"),
    ("1", "an error occurred, even if it was not shown"),
    ("2", "the command line was wrong; nothing was done"),
    ("130", "interrupted"),
];

/// The statuses of the cmdlets that run or receive commands, besides these.
const COMMAND_STATUS: [(&str, &str); 5] = [
    ("N", "the command called exit N; 255 if no status can be N"),
    ("74", "the connection was lost, and whether the command has ended is not known"),
    ("75", "the command or the session is left running"),
    ("124", "--timeout has passed"),
    ("141", "standard output was closed before the end"),
];

/// The help text of a cmdlet.
pub fn help(table: &Table, detail: Detail) -> String {
    let name = table.cmdlet.name();
    let name = match table.alias {
        "" => format!("{name} ({})", name.to_lowercase()),
        alias => format!("{name} ({}, alias {alias})", name.to_lowercase()),
    };
    let mut page = sections(vec![
        ("NAME", vec![Block::Text(name)]),
        ("SYNOPSIS", vec![Block::Text(table.synopsis.to_owned())]),
        ("SYNTAX", syntax_lines(table)),
    ]);
    page.extend(match detail {
        Detail::Short => short(table),
        Detail::Long => long(table),
    });
    page::lay_out(&page)
}

/// The sections that have something in them.
fn sections(all: Vec<(&'static str, Vec<Block>)>) -> Vec<Section> {
    let filled = all.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    filled.map(|(heading, blocks)| Section { heading, blocks }).collect()
}

fn short(table: &Table) -> Vec<Section> {
    let example = table.examples.iter().take(1);
    sections(vec![
        ("PARAMETERS", table.rows.iter().map(|row| pair(row.parameter)).collect()),
        ("COMMON PARAMETERS", inherited(table).map(pair).collect()),
        ("OPTIONS OF THIS PROGRAM", table.options.iter().copied().map(pair).collect()),
        ("EXAMPLE", example.map(|example| Block::Pair(example.command.into(), String::new())).collect()),
    ])
}

/// The sections of the full help, after the syntax.
pub fn long(table: &Table) -> Vec<Section> {
    let own = table.rows.iter().map(|row| item(row.parameter, &membership(table, row)));
    let inherited = inherited(table).map(|parameter| item(parameter, ""));
    let example = |example: &Example| Block::Item(example.command.into(), example.explanation.into());
    // They matter only to a cmdlet that works on sessions.
    let (mut environment, mut configuration_file) = (Vec::new(), Vec::new());
    if LOOKS.iter().any(|(parameter, _)| table.row(parameter).is_some()) {
        environment = pairs(table, &ENVIRONMENT);
        configuration_file = pairs(table, &config_file::KEYS);
        configuration_file.insert(0, Block::Text(CONFIGURATION_FILE.to_owned()));
    }
    sections(vec![
        ("DESCRIPTION", vec![Block::Text(table.description.to_owned())]),
        ("PARAMETERS", own.collect()),
        ("COMMON PARAMETERS", inherited.collect()),
        ("OPTIONS OF THIS PROGRAM", table.options.iter().copied().map(pair).collect()),
        ("POSITIONS AND NAMES", vec![Block::Text(positions_and_names(table))]),
        ("STANDARD INPUT", standard_input(table).into_iter().map(Block::Text).collect()),
        ("ENVIRONMENT", environment),
        ("CONFIGURATION FILE", configuration_file),
        ("EXIT STATUS", exit_status(table)),
        ("CMDLETS OF THIS PROGRAM", cmdlets()),
        ("EXAMPLES", table.examples.iter().map(example).collect()),
    ])
}

fn exit_status(table: &Table) -> Vec<Block> {
    let of_commands: &[_] = if table.options.contains(&&ON_INTERRUPT.parameter) {
        &COMMAND_STATUS
    } else if table.options.contains(&&ESCAPE.parameter) {
        // What is entered has no time limit for all of it.
        &COMMAND_STATUS[..3]
    } else {
        &[]
    };
    pairs(table, &[&EXIT_STATUS[..], of_commands].concat())
}

/// The parameters that are not the cmdlet's own.
fn inherited(table: &Table) -> impl Iterator<Item = &'static Parameter> {
    table.parameters().filter(|parameter| table.row(parameter).is_none())
}

fn item(parameter: &Parameter, membership: &str) -> Block {
    let aliases: String = parameter.aliases.iter().map(|alias| format!(", -{alias}")).collect();
    let texts = [parameter.help, parameter.details, membership];
    let texts: Vec<_> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    Block::Item(format!("{}{aliases}", label(parameter)), texts.join("\n\n"))
}

fn pair(parameter: &Parameter) -> Block {
    Block::Pair(label(parameter), parameter.help.to_owned())
}

/// The pairs that speak of nothing this cmdlet lacks.
fn pairs(table: &Table, pairs: &[(&str, &str)]) -> Vec<Block> {
    let is_there = |word: &str| match word.strip_prefix('-').filter(|name| !name.starts_with('-')) {
        Some(name) => table.exact(name).is_some(),
        None => true,
    };
    let shown = pairs.iter().filter(|(_, text)| text.split(' ').all(is_there));
    shown.map(|(name, text)| Block::Pair((*name).to_owned(), (*text).to_owned())).collect()
}

fn positions_and_names(table: &Table) -> String {
    let looks: Vec<_> =
        LOOKS.iter().filter(|(parameter, _)| table.row(parameter).is_some()).map(|(_, look)| *look).collect();
    let own_switch = table.rows.iter().rfind(|row| row.parameter.kind.is_switch());
    let inherited = if table.should_process { "Confirm" } else { "Verbose" };
    let names = NAMES.replace("{switch}", own_switch.map_or(inherited, |row| row.parameter.name));
    match looks.split_last() {
        None => names,
        Some((only, [])) => format!("A word without a parameter name: {only}.\n\n{names}"),
        Some((last, others)) => {
            let others = others.join(", ");
            format!(
                "A word without a parameter name is recognized by its form: {others}, and {last}.\n\n{names}"
            )
        }
    }
}

/// When standard input is read; `None` for a cmdlet that never does.
fn standard_input(table: &Table) -> Option<String> {
    let by_value = table.rows.iter().any(|row| row.parameter.pipeline == Pipeline::ByValueAndPropertyName);
    let by_value = by_value
        .then(|| "if it is a pipe, a socket or a file and the command line selects no session".to_owned());
    let named: Vec<_> = table.rows.iter().map(|row| row.parameter).filter(|one| one.standard_input).collect();
    let named = named.split_last().map(|(last, others)| {
        let others: Vec<_> = others.iter().map(|parameter| format!("-{}", parameter.name)).collect();
        let or = if others.is_empty() { "" } else { " or " };
        format!("where - is the value of {}{or}-{}", others.join(", "), last.name)
    });
    let when: Vec<_> = by_value.into_iter().chain(named).collect();
    (!when.is_empty()).then(|| format!("{STANDARD_INPUT} {}.", when.join(", or ")))
}

/// What the program can be besides this cmdlet.
fn cmdlets() -> Vec<Block> {
    let last = names().last().unwrap_or_default();
    let pairs = names().zip(TABLES).map(|(name, table)| Block::Pair(name, table.synopsis.to_owned()));
    std::iter::once(Block::Text(CMDLETS.replace("{cmdlet}", &last))).chain(pairs).collect()
}

/// A line for each parameter set.
pub fn syntax_lines(table: &Table) -> Vec<Block> {
    (0..table.sets.len()).map(|set| Block::Syntax(syntax(table, set))).collect()
}

/// The syntax line of a parameter set in pieces that stay whole, as Windows' help page has it.
pub fn syntax(table: &Table, set: usize) -> Vec<String> {
    let mut items = vec![table.cmdlet.name().to_owned()];
    for row in table.rows {
        let (name, label) = (row.parameter.name, label(row.parameter));
        match row.sets.get(set) {
            None | Some(Membership::No) => {}
            Some(Membership::Optional) => items.push(format!("[{label}]")),
            Some(Membership::Mandatory) => items.push(label),
            Some(Membership::MandatoryAt(_)) => {
                items.push(format!("[-{name}] <{}>", row.parameter.kind.short_name()));
            }
        }
    }
    if table.should_process {
        items.extend(["[-WhatIf]".to_owned(), "[-Confirm]".to_owned()]);
    }
    items.push("[<CommonParameters>]".to_owned());
    items
}

/// `-Port <Int32>`, or `-UseSSL` for a switch.
fn label(parameter: &Parameter) -> String {
    let dash = if parameter.is_own_option() { "" } else { "-" };
    let name = parameter.name;
    match parameter.value_name() {
        Some(value) if parameter.optional_value => format!("{dash}{name} [<{value}>]"),
        Some(value) => format!("{dash}{name} <{value}>"),
        None if *parameter == HELP.parameter => format!("{name}, -?"),
        None => format!("{dash}{name}"),
    }
}

/// Which sets have a parameter, and how.
fn membership(table: &Table, row: &Row) -> String {
    let names = |wanted: fn(&Membership) -> bool| {
        let sets = table.sets.iter().zip(row.sets).filter(|(_, membership)| wanted(membership));
        sets.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let mut sentences = Vec::new();
    match row.sets.iter().all(|membership| *membership == Membership::Optional) {
        true => sentences.push("In all parameter sets.".to_owned()),
        false => {
            let required =
                names(|membership| matches!(membership, Membership::Mandatory | Membership::MandatoryAt(_)));
            let optional = names(|membership| *membership == Membership::Optional);
            for (word, names) in [("Required in", required), ("Optional in", optional)] {
                if !names.is_empty() {
                    sentences.push(format!("{word} {names}."));
                }
            }
        }
    }
    if row.parameter.standard_input {
        sentences.push("The value - is standard input.".to_owned());
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests;
