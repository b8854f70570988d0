//! This program's own options: two dashes, lower case. They exist for shells; PowerShell has none of them.

use super::bind_error::BindError;
use super::completion::Shell;
use super::convert::{self, ValidationError};
use super::credential::{CertificateSource, PasswordSource};
use super::environment::Environment;
use crate::render::{Color, Output};
use clap::ArgMatches;
use pssession::access::{Pins, TrustedHosts};
use pssession::secret::Secret;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// One own option.
#[derive(Debug)]
pub struct OwnOption {
    /// With its dashes.
    pub name: &'static str,
    pub value: OptionValue,
    pub help: &'static str,
}

/// What follows an own option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionValue {
    None,
    /// Any text, under the name that help gives it.
    Text(&'static str),
    /// A path, which need not be Unicode.
    Path(&'static str),
    /// A path or nothing.
    OptionalPath(&'static str),
    /// One of these.
    Set(&'static [&'static str]),
}

impl OwnOption {
    /// The name without its dashes.
    pub fn id(&self) -> &'static str {
        self.name.trim_start_matches('-')
    }

    /// The value as help and errors call it.
    pub fn value_name(&self) -> Option<String> {
        match self.value {
            OptionValue::None => None,
            OptionValue::Text(name) | OptionValue::Path(name) | OptionValue::OptionalPath(name) => {
                Some(name.to_owned())
            }
            OptionValue::Set(values) => Some(values.join("|")),
        }
    }
}

/// Every own option, in the order of the help text.
pub static OPTIONS: [OwnOption; 22] = [
    OwnOption {
        name: "--output",
        value: OptionValue::Set(Output::NAMES),
        help: "Form of the records: json is one array, jsonl a line per record.",
    },
    OwnOption {
        name: "--wide",
        value: OptionValue::None,
        help: "Tables with the ComputerType column of 5.1.",
    },
    OwnOption {
        name: "--color",
        value: OptionValue::Set(&["auto", "always", "never"]),
        help: "Colour on the terminal.",
    },
    OwnOption {
        name: "--password-command",
        value: OptionValue::Text("COMMAND"),
        help: "Take the password from the first line that this command prints.",
    },
    OwnOption {
        name: "--password-file",
        value: OptionValue::Path("FILE"),
        help: "Take the password from the first line of this file.",
    },
    OwnOption {
        name: "--trusted-hosts",
        value: OptionValue::Text("LIST"),
        help: "Hosts that may be sent NTLM over plain HTTP, as in TrustedHosts.",
    },
    OwnOption {
        name: "--spn",
        value: OptionValue::Text("SERVICE/HOST"),
        help: "The service to ask a Kerberos ticket for.",
    },
    OwnOption {
        name: "--no-ntlm",
        value: OptionValue::None,
        help: "Negotiate means Kerberos, and never NTLM.",
    },
    OwnOption {
        name: "--ca-file",
        value: OptionValue::Path("PEM"),
        help: "Believe these certificate authorities and no others.",
    },
    OwnOption {
        name: "--pin-sha256",
        value: OptionValue::Text("LIST"),
        help: "Believe these server certificates (SHA-256) and no others.",
    },
    OwnOption {
        name: "--cert-file",
        value: OptionValue::Path("FILE"),
        help: "Where the certificate of -CertificateThumbprint is: PEM or PFX.",
    },
    OwnOption {
        name: "--key-file",
        value: OptionValue::Path("PEM"),
        help: "Where its private key is, if it is not in --cert-file.",
    },
    OwnOption {
        name: "--cert-store",
        value: OptionValue::Path("DIR"),
        help: "Where to search for it: *.pem, *.crt with *.key, *.pfx, *.p12.",
    },
    OwnOption {
        name: "--no-channel-binding",
        value: OptionValue::None,
        help: "Do not tie logins to the TLS channel, which balancers break.",
    },
    OwnOption {
        name: "--store",
        value: OptionValue::Path("DIR"),
        help: "Directory that keeps the known sessions.",
    },
    OwnOption {
        name: "--timeout",
        value: OptionValue::Text("SECONDS"),
        help: "Wait this long for a connection, and for each answer.",
    },
    OwnOption {
        name: "--as",
        value: OptionValue::Text("CMDLET"),
        help: "Act as this cmdlet; only as the first word.",
    },
    OwnOption {
        name: "--install-links",
        value: OptionValue::OptionalPath("DIR"),
        help: "Give the program the names of its cmdlets, beside it or in DIR.",
    },
    OwnOption {
        name: "--completions",
        value: OptionValue::Set(&Shell::NAMES),
        help: "Print what lets a shell complete command lines.",
    },
    OwnOption { name: "--man", value: OptionValue::None, help: "Print the manual page." },
    OwnOption {
        name: "--help",
        value: OptionValue::None,
        help: "Show all of the help; -? shows the short one.",
    },
    OwnOption { name: "--version", value: OptionValue::None, help: "Show the version." },
];

/// The own option of this name, dashes included.
pub fn find(name: &str) -> Option<&'static OwnOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// The own options as given, or as the environment says, or by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOptions {
    pub output: Output,
    pub wide: bool,
    pub color: Color,
    pub password: PasswordSource,
    pub proxy_password: Option<Secret>,
    pub trusted_hosts: TrustedHosts,
    /// The service principal name to ask a Kerberos ticket for.
    pub spn: Option<String>,
    pub no_ntlm: bool,
    pub ca_file: Option<PathBuf>,
    pub pins: Pins,
    pub certificates: CertificateSource,
    pub channel_binding: bool,
    /// `None` is the platform's state directory.
    pub store: Option<PathBuf>,
    /// Time for one computer, at least a second.
    pub timeout: Option<Duration>,
}

/// The --output of a command line that may have failed to bind: its error is still to be shown that way.
pub(super) fn output_of(args: &[OsString], environment: &Environment) -> Output {
    let mut words = args.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    let mut found = environment.output.as_deref().and_then(Output::named).unwrap_or_default();
    while let Some(word) = words.next() {
        let word = word.to_ascii_lowercase();
        if word == "--output" {
            found = words.next().and_then(|value| Output::named(&value)).unwrap_or(found);
        } else if let Some(value) = word.strip_prefix("--output=") {
            found = Output::named(value).unwrap_or(found);
        }
    }
    found
}

impl ProgramOptions {
    pub(super) fn read(matches: &ArgMatches, environment: &Environment) -> Result<ProgramOptions, BindError> {
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        let path = |id: &str| matches.get_one::<OsString>(id).cloned();
        let trusted_hosts = text("trusted-hosts").or_else(|| environment.trusted_hosts.clone());
        Ok(ProgramOptions {
            output: text("output")
                .or_else(|| environment.output.clone())
                .and_then(|name| Output::named(&name))
                .unwrap_or_default(),
            wide: matches.get_flag("wide"),
            color: match text("color").as_deref().or(environment.color.as_deref()) {
                Some("always") => Color::Always,
                Some("never") => Color::Never,
                _ => Color::Auto,
            },
            password: PasswordSource::choose(text("password-command"), path("password-file"), environment),
            proxy_password: environment.proxy_password.clone(),
            trusted_hosts: TrustedHosts::parse(&trusted_hosts.unwrap_or_default()),
            spn: text("spn").map(spn).transpose()?,
            no_ntlm: matches.get_flag("no-ntlm"),
            ca_file: path("ca-file").or_else(|| environment.ca_file.clone()).map(PathBuf::from),
            pins: pins(&text("pin-sha256").unwrap_or_default())?,
            certificates: CertificateSource::choose(path, environment)?,
            channel_binding: !matches.get_flag("no-channel-binding"),
            store: path("store").or_else(|| environment.store.clone()).map(PathBuf::from),
            timeout: text("timeout")
                .or_else(|| environment.timeout.clone())
                .map(|seconds| timeout(&seconds))
                .transpose()?,
        })
    }
}

fn pins(list: &str) -> Result<Pins, BindError> {
    Pins::parse(list).map_err(|reason| BindError::BadPin { reason })
}

/// `SERVICE/HOST`, perhaps with `@REALM`.
fn spn(value: String) -> Result<String, BindError> {
    let (service, host) = value.split_once('/').unwrap_or_default();
    let is_spn = ![service, host].iter().any(|part| part.is_empty() || part.starts_with('@'));
    if is_spn && !value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(value);
    }
    Err(BindError::OptionValidationError { name: "--spn", reason: ValidationError::NotASpn { value } })
}

fn timeout(text: &str) -> Result<Duration, BindError> {
    let name = "--timeout";
    let seconds = convert::int32(text).map_err(|reason| BindError::OptionConversionError { name, reason })?;
    convert::in_range(seconds, 1, i32::MAX)
        .map_err(|reason| BindError::OptionValidationError { name, reason })?;
    Ok(Duration::from_secs(u64::from(seconds.unsigned_abs())))
}
