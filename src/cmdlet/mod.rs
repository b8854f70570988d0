//! What is meant: a typed request in, session records and error records out.
//!
//! This is the library surface. No argument parser and no printing here: a cmdlet takes a request that is valid
//! because it exists, and yields records to a [`Host`] as they happen.

mod cause;
pub mod connect;
pub mod connection;
mod failure;
mod option;
mod remote;
mod wildcard;

pub use failure::store_failed;
pub use remote::run;
pub use wildcard::{InvalidPattern, WildcardPattern};

use crate::error::ErrorRecord;
use crate::secret::Secret;
use crate::session::PSSession;
use std::path::PathBuf;
use std::time::Duration;

/// The cmdlets this program acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmdlet {
    ConnectPSSession,
}

impl Cmdlet {
    /// The name as PowerShell writes it, which is also the activity in an error's CategoryInfo.
    pub fn name(self) -> &'static str {
        match self {
            Cmdlet::ConnectPSSession => "Connect-PSSession",
        }
    }

    /// PowerShell's implementing class, the last part of a FullyQualifiedErrorId.
    pub fn class(self) -> &'static str {
        match self {
            Cmdlet::ConnectPSSession => "Microsoft.PowerShell.Commands.ConnectPSSessionCommand",
        }
    }
}

/// Who asked: takes what a cmdlet yields, in the order in which it happens.
pub trait Host: Send {
    /// A session that is connected now.
    fn session(&mut self, session: &PSSession) -> Flow;
    /// An error of one computer or session; the others go on.
    fn error(&mut self, error: &ErrorRecord) -> Flow;
    fn warning(&mut self, text: &str);
    fn verbose(&mut self, text: &str);
    /// What would have been done, had it not been for -WhatIf.
    fn what_if(&mut self, text: &str);
    /// Asks whether an action is wanted, for -Confirm.
    ///
    /// # Errors
    /// When there is nobody to ask.
    fn confirm(&mut self, action: &str) -> std::io::Result<bool>;
}

/// Whether the host wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    GoOn,
    Stop,
}

/// What a cmdlet works with besides its request.
#[derive(Debug)]
pub struct Surroundings {
    /// Directory of the session store.
    pub store: PathBuf,
    /// The password that goes with the request's user name.
    pub password: Option<Secret>,
    /// The password that goes with the user name of the session option's ProxyCredential.
    pub proxy_password: Option<Secret>,
    /// The only certificate authorities to believe; `None` for the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts that NTLM may speak to over plain HTTP.
    pub trusted_hosts: crate::transport::TrustedHosts,
    /// How long to wait for a connection, and for an answer; `None` for the defaults.
    pub timeout: Option<Duration>,
}
