//! What is meant: a typed request in, session records and error records out.
//!
//! This is the library surface. No argument parser and no printing here: a cmdlet takes a request that is valid
//! because it exists, and yields records as they happen.

pub mod connect;
pub mod connection;

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
