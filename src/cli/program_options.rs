//! What the own options of a command line say, with the environment behind them.

use super::credential::{CertificateSource, PasswordSource};
use super::environment::Environment;
use super::given::Given;
use super::options;
use crate::render::{Color, Output};
use pssession::access::{Pins, TrustedHosts};
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

impl ProgramOptions {
    pub(super) fn read(given: &Given, environment: &Environment) -> ProgramOptions {
        let trusted_hosts = given.get(&options::TRUSTED_HOSTS).or_else(|| environment.trusted_hosts.clone());
        let seconds = given.get(&options::TIMEOUT).map(i32::unsigned_abs);
        ProgramOptions {
            output: given.get(&options::OUTPUT).or(environment.output).unwrap_or_default(),
            wide: given.is_on(&options::WIDE),
            color: given.get(&options::COLOR).or(environment.color).unwrap_or_default(),
            password: PasswordSource::choose(given, environment),
            proxy_password: environment.proxy_password.clone(),
            trusted_hosts: TrustedHosts::parse(&trusted_hosts.unwrap_or_default()),
            spn: given.get(&options::SPN),
            no_ntlm: given.is_on(&options::NO_NTLM),
            ca_file: given.get(&options::CA_FILE).or_else(|| environment.ca_file.clone()),
            pins: given.get(&options::PIN_SHA256).unwrap_or_default(),
            certificates: CertificateSource::choose(given, environment),
            channel_binding: !given.is_on(&options::NO_CHANNEL_BINDING),
            store: given.get(&options::STORE).or_else(|| environment.store.clone()),
            timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())).or(environment.timeout),
        }
    }
}
