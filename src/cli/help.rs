//! The help text, written from the tables.
//!
//! clap would write it, but it knows no long name behind a single dash; so the layout is ours: PowerShell's
//! headings, the syntax lines of its help pages, and lines that fit a terminal.

use super::config_file;
use super::options::{OPTIONS, OwnOption};
use super::parameter::{Kind, Membership, Parameter, Row, Table};
use super::token::Detail;

/// Columns that help keeps within, except where a word is longer.
const WIDTH: usize = 98;
/// Where the explanation of a parameter begins in the short help.
const COLUMN: usize = 34;

const POSITIONS: &str = "\
A word without a name is told by its look: digits are an Id, a GUID an InstanceId, a word with :// a ConnectionUri, \
- is the standard input (-Session -), and anything else a ComputerName.

Names of parameters may be shortened as long as they are unique. Values of an array are separated by commas. A \
switch is turned off with -UseSSL:false. What follows -- is no parameter, whatever it looks like.";

const STANDARD_INPUT: &str = "\
The standard input stands in for PowerShell's pipeline: one session a line, as an Id, an InstanceId, a name, or a \
record as --output json or jsonl writes them. It is read only when the command line selects no session at all and \
nobody is typing there, or where - stands for the value of -Session, -Id, -InstanceId or -Name.";

const ENVIRONMENT: [(&str, &str); 8] = [
    ("PSSESSION_USER", "stands in for -Credential"),
    ("PSSESSION_PASSWORD_COMMAND", "stands in for --password-command"),
    ("PSSESSION_PASSWORD", "the password, if nothing else gives one"),
    ("PSSESSION_TRUSTED_HOSTS", "stands in for --trusted-hosts"),
    ("PSSESSION_CERT_STORE", "stands in for --cert-store"),
    ("PSSESSION_CERT_PASSWORD", "opens the PFX file of a client certificate"),
    ("PSSESSION_STORE", "stands in for --store"),
    ("PSSESSION_CONFIG", "the configuration file"),
];

const CONFIGURATION_FILE: &str = "\
connect-pssession/config.toml in the platform's configuration directory (~/.config on Linux), or the file that \
PSSESSION_CONFIG names, in TOML. The command line goes before the environment, and that before the file. A key that is \
not known is an error. Paths in it may be relative to its directory.";

const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "all went well"),
    ("1", "there was an error, shown or not"),
    ("2", "the command line was wrong, and nothing was done"),
    ("130", "interrupted"),
];

/// The help text of a cmdlet.
pub fn help(table: &Table, detail: Detail) -> String {
    let mut page = Page(String::new());
    let name = table.cmdlet.name();
    page.heading("NAME");
    page.paragraphs(4, &format!("{name} ({}, alias {})", name.to_lowercase(), table.alias));
    page.heading("SYNOPSIS");
    page.paragraphs(4, table.synopsis);
    page.heading("SYNTAX");
    for set in 0..table.sets.len() {
        page.items(&syntax(table, set));
    }
    match detail {
        Detail::Short => {
            page.parameters("PARAMETERS", table.rows.iter().map(|row| row.parameter));
            let common = table.parameters().filter(|parameter| table.row(parameter.name).is_none());
            page.parameters("COMMON PARAMETERS", common);
            page.options();
            page.pairs("EXAMPLE", table.examples.iter().take(1).map(|example| (example.command, "")));
        }
        Detail::Long => long(&mut page, table),
    }
    page.0
}

fn long(page: &mut Page, table: &Table) {
    page.heading("DESCRIPTION");
    page.paragraphs(4, table.description);
    page.heading("PARAMETERS");
    for row in table.rows {
        page.parameter(row.parameter, &standing(table, row));
    }
    page.heading("COMMON PARAMETERS");
    for parameter in table.parameters().filter(|parameter| table.row(parameter.name).is_none()) {
        page.parameter(parameter, "");
    }
    page.options();
    page.heading("POSITIONS AND NAMES");
    page.paragraphs(4, POSITIONS);
    page.heading("STANDARD INPUT");
    page.paragraphs(4, STANDARD_INPUT);
    page.pairs("ENVIRONMENT", ENVIRONMENT.into_iter());
    page.heading("CONFIGURATION FILE");
    page.paragraphs(4, CONFIGURATION_FILE);
    page.0.push('\n');
    config_file::KEYS.into_iter().for_each(|(key, meaning)| page.two_columns(key, meaning));
    page.pairs("EXIT STATUS", EXIT_STATUS.into_iter());
    page.heading("EXAMPLES");
    for example in table.examples {
        page.line(4, example.command);
        page.paragraphs(8, example.explanation);
    }
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
    match parameter.kind {
        Kind::Switch => format!("-{}", parameter.name),
        kind => format!("-{} <{}>", parameter.name, kind.short_name()),
    }
}

/// In which sets a parameter stands, and how.
fn standing(table: &Table, row: &Row) -> String {
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

/// The text as it grows.
struct Page(String);

impl Page {
    fn heading(&mut self, heading: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        self.line(0, heading);
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.0.push_str(&format!("{:indent$}{text}\n", ""));
    }

    /// Paragraphs of words, each followed by an empty line but the last.
    fn paragraphs(&mut self, indent: usize, text: &str) {
        for (index, paragraph) in text.split("\n\n").enumerate() {
            if index > 0 {
                self.0.push('\n');
            }
            self.fill(indent, indent, paragraph.split(' '));
        }
    }

    /// A syntax line, whose pieces are not broken.
    fn items(&mut self, items: &[String]) {
        self.fill(4, 8, items.iter().map(String::as_str));
    }

    fn fill<'a>(&mut self, first: usize, rest: usize, words: impl Iterator<Item = &'a str>) {
        let mut line = String::new();
        let mut indent = first;
        for word in words {
            if !line.is_empty() && indent + line.len() + 1 + word.len() > WIDTH {
                self.line(indent, &line);
                line.clear();
                indent = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(indent, &line);
    }

    /// Two columns; a first one that is too long has the second below it.
    fn two_columns(&mut self, first: &str, second: &str) {
        let width = COLUMN - 6;
        match first.len() <= width || second.is_empty() {
            true => self.line(4, format!("{first:width$}  {second}").trim_end()),
            false => {
                self.line(4, first);
                self.line(COLUMN, second);
            }
        }
    }

    fn pairs<'a>(&mut self, heading: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        self.heading(heading);
        pairs.for_each(|(first, second)| self.two_columns(first, second));
    }

    fn parameters(&mut self, heading: &str, parameters: impl Iterator<Item = &'static Parameter>) {
        self.heading(heading);
        parameters.for_each(|parameter| self.two_columns(&label(parameter), parameter.help));
    }

    fn parameter(&mut self, parameter: &Parameter, standing: &str) {
        let aliases: String = parameter.aliases.iter().map(|alias| format!(", -{alias}")).collect();
        self.line(4, &format!("{}{aliases}", label(parameter)));
        for text in [parameter.help, parameter.details, standing] {
            if !text.is_empty() {
                self.paragraphs(8, text);
            }
        }
        self.0.push('\n');
    }

    fn options(&mut self) {
        self.heading("OPTIONS OF THIS PROGRAM");
        for option in &OPTIONS {
            self.two_columns(&option_label(option), option.help);
        }
    }
}

fn option_label(option: &OwnOption) -> String {
    match option.value_name() {
        Some(value) => format!("{} <{value}>", option.name),
        None if option.name == "--help" => format!("{}, -?", option.name),
        None => option.name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
