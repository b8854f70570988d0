//! What the own options of a command line say, with the environment behind them.

use super::credential::{CertificateSource, PasswordSource};
use super::environment::Environment;
use super::escape::Escape;
use super::given::Given;
use super::invoke::HIDE_COMPUTER_NAME;
use super::options;
use crate::render::{Color, ErrorView, ObjectOutput, Output};
use pssession::access::{Policy, TrustAnchors, TrustedHosts};
use pssession::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// The own options as given, or as the environment says, or by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOptions {
    pub output: Output,
    pub wide: bool,
    pub color: Color,
    pub password: PasswordSource,
    pub proxy_password: Option<Secret>,
    pub policy: Policy,
    pub certificates: CertificateSource,
    /// `None` is the platform's state directory.
    pub store: Option<PathBuf>,
    pub wildcards: bool,
    /// Where the exchanges with servers are written down.
    pub transcript: Option<PathBuf>,
    pub command: CommandOptions,
}

/// The options of the cmdlets that run or receive commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandOptions {
    pub output: ObjectOutput,
    pub error_view: ErrorView,
    /// Where the computers are written on which a command failed.
    pub failed_to: Option<PathBuf>,
    /// The file that answers the questions of scripts.
    pub answers: Option<PathBuf>,
    /// With what a line begins that is for this program, where lines are typed.
    pub escape: Escape,
    /// After so long the command is interrupted.
    pub time_limit: Option<Duration>,
    /// Output does not say which computer it is from.
    pub hide_computer_name: bool,
}

fn seconds(number: i32) -> Duration {
    Duration::from_secs(number.unsigned_abs().into())
}

impl ProgramOptions {
    pub(super) fn read(given: &Given, environment: &Environment) -> ProgramOptions {
        let trusted_hosts = given.get(&options::TRUSTED_HOSTS).or_else(|| environment.trusted_hosts.clone());
        let seconds = |option| given.get(option).map(seconds);
        ProgramOptions {
            output: given.get(&options::OUTPUT).or(environment.output).unwrap_or_default(),
            wide: given.is_on(&options::WIDE),
            color: given.get(&options::COLOR).or(environment.color).unwrap_or_default(),
            password: PasswordSource::choose(given, environment),
            proxy_password: environment.proxy_password.clone(),
            policy: Policy {
                anchors: TrustAnchors {
                    ca_file: given.get(&options::CA_FILE).or_else(|| environment.ca_file.clone()),
                    pins: given.get(&options::PIN_SHA256).unwrap_or_default(),
                },
                trusted_hosts: TrustedHosts::parse(&trusted_hosts.unwrap_or_default()),
                channel_binding: !given.is_on(&options::NO_CHANNEL_BINDING),
                spn: given.get(&options::SPN),
                no_ntlm: given.is_on(&options::NO_NTLM),
                timeout: seconds(&options::TIMEOUT).or(environment.timeout),
                reconnect_for: seconds(&options::RECONNECT_FOR)
                    .or(environment.reconnect_for)
                    .unwrap_or(Policy::default().reconnect_for),
            },
            certificates: CertificateSource::choose(given, environment),
            store: given.get(&options::STORE).or_else(|| environment.store.clone()),
            wildcards: given.is_on(&options::WILDCARDS),
            transcript: given.get(&options::TRANSCRIPT),
            command: CommandOptions {
                answers: given.get(&options::ANSWER),
                escape: given.get(&options::ESCAPE).unwrap_or_default(),
                ..CommandOptions::default()
            },
        }
    }

    /// As [`ProgramOptions::read`], for the cmdlets that run or receive commands. The time limit is one of all there is
    /// to do, so that none is left for a single answer.
    pub(super) fn read_for_commands(given: &Given, environment: &Environment) -> ProgramOptions {
        let options = ProgramOptions::read(given, environment);
        let output = given.get(&options::OBJECT_OUTPUT).unwrap_or_default();
        ProgramOptions {
            output: output.of_sessions(),
            policy: Policy { timeout: environment.timeout, ..options.policy },
            command: CommandOptions {
                output,
                error_view: given.get(&options::ERROR_VIEW).unwrap_or_default(),
                failed_to: given.get(&options::FAILED_TO),
                time_limit: options.policy.timeout.filter(|_| given.has(&options::COMMAND_TIMEOUT.parameter)),
                hide_computer_name: given.is_on(&HIDE_COMPUTER_NAME),
                ..options.command
            },
            ..options
        }
    }
}
