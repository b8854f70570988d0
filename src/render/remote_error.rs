//! Errors of remote commands, as PowerShell shows them.

use pssession::RemoteError;

pub fn concise(error: &RemoteError) -> String {
    error.message.clone()
}

pub fn normal(error: &RemoteError) -> String {
    error.message.clone()
}

pub fn json(error: &RemoteError, _computer: &str) -> String {
    error.message.clone()
}
