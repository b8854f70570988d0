//! This program's own options: two dashes, lower case. They exist for shells; PowerShell has none of them.

use super::bind_error::BindError;
use super::completion::Shell;
use super::convert::{Argument, ValidationError, Value, parameter};
use super::parameter::{Kind, Param, Parameter, Validation};
use crate::render::{Color, Output};
use clap::builder::{OsStringValueParser, TypedValueParser};
use pssession::transport::Pins;
use std::path::PathBuf;

pub const OUTPUT: Param<OneOf<Output>> =
    parameter("--output", "Output format: json is one array, jsonl one line per record.");
pub const WIDE: Param<bool> = parameter("--wide", "Show tables with the ComputerType column of 5.1.");
pub const COLOR: Param<OneOf<Color>> = parameter("--color", "When to use colour.");
pub const PASSWORD_COMMAND: Param<String> =
    parameter("--password-command", "Take the password from the first line that this command prints.")
        .placeholder("COMMAND");
pub const PASSWORD_FILE: Param<PathBuf> =
    path("--password-file", "Take the password from the first line of this file.").placeholder("FILE");
pub const TRUSTED_HOSTS: Param<String> =
    parameter("--trusted-hosts", "Hosts that NTLM may be used with over plain HTTP (TrustedHosts).")
        .placeholder("LIST");
pub const SPN: Param<String> = parameter("--spn", "Request the Kerberos ticket for this service.")
    .placeholder("SERVICE/HOST")
    .validation(Validation::ServicePrincipalName);
pub const NO_NTLM: Param<bool> = parameter("--no-ntlm", "Make Negotiate use Kerberos only, never NTLM.");
pub const CA_FILE: Param<PathBuf> =
    path("--ca-file", "Trust only these certificate authorities.").placeholder("PEM");
pub const PIN_SHA256: Param<Pins> =
    parameter("--pin-sha256", "Trust only these server certificates (SHA-256 fingerprints).")
        .placeholder("LIST");
pub const CERT_FILE: Param<PathBuf> =
    path("--cert-file", "File with the certificate of -CertificateThumbprint: PEM or PFX.")
        .placeholder("FILE");
pub const KEY_FILE: Param<PathBuf> =
    path("--key-file", "File with its private key, if it is not in --cert-file.")
        .placeholder("PEM")
        .needs(&CERT_FILE);
pub const CERT_STORE: Param<PathBuf> =
    path("--cert-store", "Directory to search for it: *.pem, *.crt with *.key, *.pfx, *.p12.")
        .placeholder("DIR");
pub const NO_CHANNEL_BINDING: Param<bool> =
    parameter("--no-channel-binding", "Do not bind logins to the TLS channel, for load balancers.");
pub const STORE: Param<PathBuf> =
    path("--store", "Directory where the known sessions are stored.").placeholder("DIR");
pub const TIMEOUT: Param<i32> = parameter("--timeout", "Time limit for connecting and for each response.")
    .placeholder("SECONDS")
    .validation(Validation::Range(1, i32::MAX));
pub const AS: Param<String> =
    parameter("--as", "Act as this cmdlet; only as the first word.").placeholder("CMDLET");
pub const INSTALL_LINKS: Param<Option<PathBuf>> =
    optional_path("--install-links", "Link the cmdlets' names to the program, beside it or in DIR.")
        .placeholder("DIR");
pub const COMPLETIONS: Param<OneOf<Shell>> =
    parameter("--completions", "Print the completion script for a shell.");
pub const MAN: Param<bool> = parameter("--man", "Print the manual page.");
pub const HELP: Param<bool> = parameter("--help", "Show the full help; -? shows a summary.");
pub const VERSION: Param<bool> = parameter("--version", "Show the version.");

/// Every own option, in the order of the help text.
#[rustfmt::skip]
pub static OPTIONS: [&Parameter; 22] = [
    &OUTPUT.parameter, &WIDE.parameter, &COLOR.parameter, &PASSWORD_COMMAND.parameter,
    &PASSWORD_FILE.parameter, &TRUSTED_HOSTS.parameter, &SPN.parameter, &NO_NTLM.parameter,
    &CA_FILE.parameter, &PIN_SHA256.parameter, &CERT_FILE.parameter, &KEY_FILE.parameter,
    &CERT_STORE.parameter, &NO_CHANNEL_BINDING.parameter, &STORE.parameter, &TIMEOUT.parameter,
    &AS.parameter, &INSTALL_LINKS.parameter, &COMPLETIONS.parameter, &MAN.parameter, &HELP.parameter,
    &VERSION.parameter,
];

/// The own option of this name, dashes included.
pub fn find(name: &str) -> Option<&'static Parameter> {
    OPTIONS.into_iter().find(|option| option.name == name)
}

/// A value with a name from a list, as it is written there.
pub trait Choice: Copy + Send + Sync + 'static {
    const MEMBERS: &'static [(&'static str, Self)];

    fn named(name: &str) -> Option<Self> {
        Self::MEMBERS.iter().find(|(member, _)| *member == name).map(|(_, value)| *value)
    }

    fn names() -> Vec<&'static str> {
        Self::MEMBERS.iter().map(|(name, _)| *name).collect()
    }
}

#[derive(Debug, Clone)]
pub struct OneOf<T>(pub T);

impl<T: Choice> Value for OneOf<T> {
    const TYPE_NAME: &'static str = String::TYPE_NAME;

    fn read(&Argument { parameter, text, .. }: &Argument) -> Result<OneOf<T>, BindError> {
        T::named(text).map(OneOf).ok_or_else(|| match text {
            "" => BindError::MissingArgument { name: parameter.name, type_name: parameter.kind.type_name },
            _ => {
                let reason = ValidationError::NotInSet { value: text.to_owned(), set: T::names() };
                BindError::ParameterArgumentValidationError { parameter, reason }
            }
        })
    }

    fn members() -> Vec<&'static str> {
        T::names()
    }
}

impl Choice for Output {
    const MEMBERS: &'static [(&'static str, Output)] = &[
        ("table", Output::Table),
        ("list", Output::List),
        ("json", Output::Json),
        ("jsonl", Output::JsonLines),
        ("csv", Output::Csv),
        ("id", Output::Id),
    ];
}

impl Choice for Color {
    const MEMBERS: &'static [(&'static str, Color)] =
        &[("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];
}

impl Choice for Shell {
    const MEMBERS: &'static [(&'static str, Shell)] =
        &[("bash", Shell::Bash), ("zsh", Shell::Zsh), ("fish", Shell::Fish), ("powershell", Shell::Pwsh)];
}

impl Value for Pins {
    const TYPE_NAME: &'static str = String::TYPE_NAME;

    fn read(argument: &Argument) -> Result<Pins, BindError> {
        Pins::parse(argument.text).map_err(|reason| BindError::BadPin { reason })
    }
}

/// An option whose value is a path, which need not be Unicode.
const fn path(name: &'static str, help: &'static str) -> Param<PathBuf> {
    let parser = |_, _| OsStringValueParser::new().map(PathBuf::from).into();
    Param::new(
        name,
        Kind { type_name: String::TYPE_NAME, members: Vec::new, is_optional: false, parser },
        help,
    )
}

/// An option whose value is a path or nothing.
const fn optional_path(name: &'static str, help: &'static str) -> Param<Option<PathBuf>> {
    let parser =
        |_, _| OsStringValueParser::new().map(|path| (!path.is_empty()).then(|| PathBuf::from(path))).into();
    Param::new(
        name,
        Kind { type_name: String::TYPE_NAME, members: Vec::new, is_optional: true, parser },
        help,
    )
}
