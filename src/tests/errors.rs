//! `docs/command-line-errors.md`: what is refused before a computer is contacted, made here from command lines and from
//! the errors themselves; `UPDATE=1 cargo test every_error_of_the_command_line_has_its_row` writes it anew.

use crate::certificate::{CertificateError as C, Unopened};
use crate::cli::bind_error::{BadInput, BindError};
use crate::cli::config_file::{BadConfigFile, ConfigFault as F};
use crate::cli::environment::ReadFile;
use crate::cli::{self, Environment};
use crate::links::LinkError as L;
use crate::password::{Flaw, Origin, PasswordError as P};
use jiff::Timestamp;
use pssession::access::{BadKey, Thumbprint};
use pssession::cmdlet::Cmdlet;
use pssession::error::{ErrorRecord, Hint};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

const CMDLET: Cmdlet = Cmdlet::ConnectPSSession;

/// Command lines that do not bind, each wrong in one way.
const COMMAND_LINES: &[&str] = &[
    "nonsense",
    "connect-pssession -Foo x",
    "connect-pssession --outptu json",
    "connect-pssession Server01 Server02",
    "connect-pssession -Name",
    "connect-pssession -Name -Id",
    "connect-pssession -Confirm: Server01",
    "connect-pssession -Con x",
    "connect-pssession -Name x -Id 4",
    "connect-pssession",
    "connect-pssession -Id 4 -Id 5",
    "connect-pssession Server01 -UseSSL:maybe",
    "connect-pssession Server01 -Port 5985,5986",
    "connect-pssession Server01 -Port x",
    "connect-pssession Server01 -InstanceId x",
    "connect-pssession Server01 -Authentication Ntlm",
    "connect-pssession Server01 -Credential ''",
    "connect-pssession Server01 -Port 0",
    "connect-pssession Server01 -Name ''",
    "connect-pssession Server01 -ErrorAction Break",
    "connect-pssession Server01 -Credential User01 -CertificateThumbprint 12AB",
    "connect-pssession Server01:5985",
    "connect-pssession http://Server01 -ConnectionUri Server01",
    "connect-pssession -ConnectionUri Server01",
    "connect-pssession -ConnectionUri ftp://Server01",
    "connect-pssession -ConnectionUri http://:x",
    "connect-pssession -ConnectionUri http://User01@Server01",
    "connect-pssession Server01 -SessionOption x",
    "connect-pssession Server01 -SessionOption OpenTimeout=x",
    "connect-pssession Server01 -SessionOption Foo=1",
    "connect-pssession Server01 -SessionOption ProxyCredential=User01",
    "connect-pssession Server01 -SessionOption @nosuch.txt",
    "new-pssessionoption -ProxyAuthentication Kerberos",
    "new-pssessionoption -ProxyCredential User01",
    "disconnect-pssession ITTask",
    "connect-pssession Server01 --output xml",
    "connect-pssession Server01 --wide=yes",
    "connect-pssession Server01 --as get-pssession",
    "connect-pssession Server01 --key-file key.pem",
    "connect-pssession Server01 --pin-sha256 12AB",
    "connect-pssession Server01 -CertificateThumbprint 12AB",
];

/// What a command line is refused with. Single quotes are the shell's.
fn refusal(line: &str) -> ErrorRecord {
    let mut words = line.split(' ').map(|word| OsString::from(word.trim_matches('\'')));
    refused(&words.next().unwrap_or_default(), &words.collect::<Vec<_>>())
}

fn refused(name: &OsString, args: &[OsString]) -> ErrorRecord {
    let environment = Environment { read_file: ReadFile(|_| Err(missing())), ..Environment::default() };
    let refusal = cli::parse(name, args, &environment).expect_err("the command line binds");
    refusal.error.record(refusal.cmdlet)
}

fn missing() -> io::Error {
    io::Error::from_raw_os_error(2)
}

fn thumbprint(of: &[u8]) -> Thumbprint {
    Thumbprint::of(of)
}

fn input() -> Vec<ErrorRecord> {
    let bad = |reason| BindError::InputObjectNotBound { line: 3, text: "?".into(), reason };
    let reasons = [BadInput::NotASession, BadInput::TooLong, BadInput::Unreadable("it is UTF-16".into())];
    reasons.into_iter().map(|reason| bad(reason).record(CMDLET)).collect()
}

fn passwords() -> Vec<ErrorRecord> {
    let file = || PathBuf::from("password.txt");
    let errors = [
        P::Command(missing()),
        P::CommandFailed(ExitStatus::from_raw(3 << 8)),
        P::File { file: file(), source: missing() },
        P::Exposed(file()),
        P::Flawed { origin: Origin::Command, flaw: Flaw::Empty },
        P::Flawed { origin: Origin::File(file()), flaw: Flaw::Nul },
        P::Flawed { origin: Origin::File(file()), flaw: Flaw::NotText },
        P::Flawed { origin: Origin::Terminal, flaw: Flaw::TooLong },
        P::NoTerminal { user: "User01".into() },
    ];
    errors.map(|error| BindError::PasswordUnavailable(error.unavailable()).record(CMDLET)).into()
}

fn certificates() -> Vec<ErrorRecord> {
    let file = || PathBuf::from("client.pem");
    let (wanted, other) = (thumbprint(b"wanted"), thumbprint(b"other"));
    let not_found = |found: Vec<Thumbprint>, unopened: Vec<Unopened>| C::NotFound {
        thumbprint: wanted,
        place: file(),
        found,
        unopened,
    };
    let locked = Unopened { file: "client.pfx".into(), reason: "the typed password is wrong".into() };
    let errors = [
        C::Nowhere(wanted),
        C::Store { directory: "certs".into(), source: missing() },
        not_found(vec![], vec![]),
        not_found(vec![other], vec![]),
        not_found(vec![], vec![locked]),
        C::NoPrivateKey { thumbprint: wanted, file: file() },
        C::EncryptedKey { file: file() },
        C::KeyFile { file: "key.pem".into(), source: missing() },
        C::Key { file: file(), fault: BadKey::Unsupported },
        C::Key { file: file(), fault: BadKey::OfAnother },
        C::Malformed { thumbprint: wanted },
        C::Expired { thumbprint: wanted, at: Timestamp::UNIX_EPOCH },
        C::NotValidYet { thumbprint: wanted, until: Timestamp::UNIX_EPOCH },
    ];
    let not_chosen = [vec![], vec![wanted]]
        .map(|thumbprints| BindError::CertificateNotChosen { thumbprints }.record(CMDLET));
    let unavailable = errors.map(|error| CMDLET.no_certificate(error.unavailable()));
    unavailable.into_iter().chain(not_chosen).collect()
}

fn configuration() -> Vec<ErrorRecord> {
    let key = |key: &str| (2, key.to_owned());
    let bad_type = |(line, key), type_name| F::BadType { line, key, type_name };
    let bad_value = |(line, key), reason: &str| F::BadValue { line, key, reason: reason.to_owned() };
    let faults = [
        F::Unreadable(missing().to_string()),
        F::UnknownKey { line: 2, key: "trusted_host".into() },
        bad_type(key("user"), "a string"),
        bad_type(key("timeout"), "a number of seconds"),
        bad_type(key("trusted_hosts"), "an array of strings"),
        bad_value(key("timeout"), "0 is not a number of seconds from 1 to 2147483647"),
        bad_value(key("output"), "\"xml\" is not one of table, list, json, jsonl, csv, id"),
        bad_value(key("color"), "\"on\" is not one of auto, always, never"),
        F::Twice { line: 2 },
        F::Syntax { line: 2 },
    ];
    let unusable = |fault| BindError::ConfigFileUnusable(BadConfigFile { file: "config.toml".into(), fault });
    faults.map(|fault| unusable(fault).record(CMDLET)).into()
}

fn links() -> Vec<ErrorRecord> {
    let link = || PathBuf::from("/usr/local/bin/get-pssession");
    let errors = [L::Program(missing()), L::Foreign(link()), L::Make { link: link(), source: missing() }];
    errors.iter().map(L::record).collect()
}

fn cell(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', "\\|").replace('`', "\\`");
    // A list of all properties, of which the first show what it is.
    let text = match text.char_indices().nth(320) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    text.replace('<', "&lt;").replace('*', "\\*")
}

/// What is said, the id that scripts find, and what can be done: the last three columns.
fn columns(record: &ErrorRecord) -> String {
    let Some(Hint::Text(hint)) = &record.hint else { panic!("no hint: {}", record.message) };
    let (id, _) =
        record.fully_qualified_error_id.split_once(',').unwrap_or((&record.fully_qualified_error_id, ""));
    format!("{} | `{id}` | {} |\n", cell(&record.message), cell(hint))
}

const HEAD: &str = "\
# Errors of the command line

What is refused before any computer is contacted, with example names and numbers, and what to type instead. Of the
FullyQualifiedErrorId, which ends with the cmdlet's class, the first part is shown. What can go wrong with computers and
sessions is in [Errors by cause](errors.md).

This page is generated from the program's code; change the code, not the page.

## Command lines that do not bind

The exit status is 2.

| typed | what is said | error id | what to do |
| --- | --- | --- | --- |
";

#[test]
fn every_error_of_the_command_line_has_its_row() {
    let mut page = HEAD.to_owned();
    for line in COMMAND_LINES {
        page += &format!("| `{line}` | {}", columns(&refusal(line)));
    }
    let raw = refused(&"connect-pssession".into(), &[OsString::from_vec(b"Server\xFF".to_vec())]);
    page += &format!("| `connect-pssession $'Server\\xFF'` | {}", columns(&raw));
    for (title, note, records) in [
        (
            "Standard input",
            "Each bad line is one error; the rest is read, and the exit status is 1.",
            input(),
        ),
        (
            "Passwords",
            "The exit status is 2. Where a known session needs the password, it is 1.",
            passwords(),
        ),
        ("Client certificates", "The exit status is 1; it is 2 where none was chosen.", certificates()),
        ("The configuration file", "The exit status is 2.", configuration()),
        ("Links", "The exit status of `--install-links` is 1.", links()),
    ] {
        page += &format!(
            "\n## {title}\n\n{note}\n\n| what is said | error id | what to do |\n| --- | --- | --- |\n"
        );
        page.extend(records.iter().map(|record| format!("| {}", columns(record))));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/command-line-errors.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the page is there");
    assert!(
        written == page,
        "docs/command-line-errors.md is not up to date: UPDATE=1 cargo test every_error_of_the_command_line_has_its_row"
    );
}
