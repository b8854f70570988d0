//! What is meant: a typed request in, session records and error records out.
//!
//! This is the library surface. No argument parser and no printing here: a cmdlet takes a request that is valid
//! because it exists, and yields records to a [`Host`] as they happen.

mod access;
mod cause;
pub mod connect;
pub mod connection;
pub mod disconnect;
mod failure;
pub mod get;
mod kerberos;
mod known;
mod login;
mod option;
mod proxy;
mod remote;
pub mod remove;
mod run;
pub mod selection;
mod wildcard;

pub use wildcard::{InvalidPattern, WildcardPattern};

use crate::access::{ClientCertificate, Policy, Thumbprint};
use crate::engine::Interrupt;
use crate::error::ErrorRecord;
use crate::record::PSSession;
use crate::secret::Secret;
use run::{Consent, Run};
use selection::Selection;
use std::path::PathBuf;

/// The cmdlets this program acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmdlet {
    ConnectPSSession,
    GetPSSession,
    DisconnectPSSession,
    RemovePSSession,
    NewPSSessionOption,
}

impl Cmdlet {
    /// The name as PowerShell writes it, which is also the activity in an error's CategoryInfo.
    pub fn name(self) -> &'static str {
        match self {
            Cmdlet::ConnectPSSession => "Connect-PSSession",
            Cmdlet::GetPSSession => "Get-PSSession",
            Cmdlet::DisconnectPSSession => "Disconnect-PSSession",
            Cmdlet::RemovePSSession => "Remove-PSSession",
            Cmdlet::NewPSSessionOption => "New-PSSessionOption",
        }
    }

    /// PowerShell's implementing class, the last part of a FullyQualifiedErrorId.
    pub fn class(self) -> &'static str {
        match self {
            Cmdlet::ConnectPSSession => "Microsoft.PowerShell.Commands.ConnectPSSessionCommand",
            Cmdlet::GetPSSession => "Microsoft.PowerShell.Commands.GetPSSessionCommand",
            Cmdlet::DisconnectPSSession => "Microsoft.PowerShell.Commands.DisconnectPSSessionCommand",
            Cmdlet::RemovePSSession => "Microsoft.PowerShell.Commands.RemovePSSessionCommand",
            Cmdlet::NewPSSessionOption => "Microsoft.PowerShell.Commands.NewPSSessionOptionCommand",
        }
    }
}

/// What a command line asks of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Connect(connect::Request),
    Get(get::Request),
    Disconnect(disconnect::Request),
    Remove(remove::Request),
}

impl Request {
    pub fn cmdlet(&self) -> Cmdlet {
        match self {
            Request::Connect(_) => Cmdlet::ConnectPSSession,
            Request::Get(_) => Cmdlet::GetPSSession,
            Request::Disconnect(_) => Cmdlet::DisconnectPSSession,
            Request::Remove(_) => Cmdlet::RemovePSSession,
        }
    }

    /// -WhatIf and -Confirm.
    fn consent(&self) -> Consent {
        let (what_if, confirm) = match self {
            Request::Connect(request) => (request.what_if, request.confirm),
            Request::Get(_) => (false, false),
            Request::Disconnect(request) => (request.what_if, request.confirm),
            Request::Remove(request) => (request.what_if, request.confirm),
        };
        Consent { what_if, confirm }
    }

    /// Whether the store is only looked at.
    fn only_reads(&self) -> bool {
        matches!(self, Request::Get(request) if matches!(request.selection, Selection::Known(_)))
    }

    /// How to reach servers, where the request says so.
    pub fn connection(&self) -> Option<&connection::Connection> {
        match self {
            Request::Connect(request) => request.selection.connection(),
            Request::Get(request) => request.selection.connection(),
            Request::Disconnect(_) | Request::Remove(_) => None,
        }
    }
}

/// Runs a command. Ends when all is done, when the host wants no more, or when it is interrupted and what was under
/// way has come to its end. Needs a tokio runtime with I/O and time, of one thread or of many.
pub async fn run(request: &Request, mut settings: Settings, interrupt: &Interrupt, host: &mut dyn Host) {
    let lines = settings.lines.take().unwrap_or_else(|| Box::new(std::iter::empty()));
    let run = Run::new(request, &settings, interrupt, host);
    match request {
        Request::Connect(request) => match &request.selection {
            Selection::Remote(remote) => remote::connect(run, remote, lines, request.throttle_limit).await,
            Selection::Known(known) => known::connect(run, known, lines, request.throttle_limit).await,
        },
        Request::Get(request) => match &request.selection {
            Selection::Remote(remote) => remote::list(run, remote, lines, request).await,
            Selection::Known(known) => known::list(run, known, lines).await,
        },
        Request::Disconnect(request) => known::disconnect(run, request, lines).await,
        Request::Remove(request) => known::remove(run, request, lines).await,
    }
}

/// Who asked: takes what a cmdlet yields, in the order in which it happens.
pub trait Host: Send {
    /// A session that is connected now.
    fn session(&mut self, session: &PSSession) -> Flow;
    /// An error of one computer or session; the others go on.
    fn error(&mut self, error: &ErrorRecord) -> Flow;
    /// The person who was asked for something wants the run to end.
    fn interrupted(&mut self) {}
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
pub struct Settings {
    /// Directory of the session store.
    pub store: PathBuf,
    pub passwords: Box<dyn Passwords>,
    pub certificates: Box<dyn Certificates>,
    /// The password that goes with the user name of the session option's ProxyCredential.
    pub proxy_password: Option<Secret>,
    pub policy: Policy,
    /// What [`selection::Input::StandardInput`] stands for.
    pub lines: Option<Lines>,
}

/// Sessions as they are told from outside, and what was no session. Read on a thread that may wait.
pub type Lines = Box<dyn Iterator<Item = Result<selection::SessionReference, ErrorRecord>> + Send + Sync>;

/// Where passwords come from.
pub trait Passwords: Send + Sync {
    /// The password of a user. May wait for a person to type it.
    fn password(&self, user_name: &str) -> Result<Secret, NoPassword>;
}

/// Why there is no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPassword {
    /// The person who was asked wants the run to end.
    Interrupted,
    /// As a sentence without its end.
    Unavailable(String),
}

/// Where client certificates come from.
pub trait Certificates: Send + Sync {
    /// The certificate with this thumbprint and its key. May wait for a person to type a password.
    fn find(&self, thumbprint: Thumbprint) -> Result<ClientCertificate, NoCertificate>;
}

/// Why there is no client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCertificate {
    /// The person who was asked wants the run to end.
    Interrupted,
    /// The reason is a sentence without its end.
    Unavailable { reason: String, hint: Option<String> },
}
