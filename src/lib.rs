//! PowerShell's session cmdlets over WS-Management, as a library.

pub mod auth;
pub mod cli;
pub mod cmdlet;
pub mod error;
pub mod psrp;
pub mod secret;
pub mod session_option;
pub mod transport;
pub mod wsman;
