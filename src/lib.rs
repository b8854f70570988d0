//! PowerShell's session cmdlets over WS-Management, as a library.

pub mod auth;
pub mod cli;
pub mod cmdlet;
pub mod engine;
pub mod error;
mod password;
pub mod program;
pub mod psrp;
pub mod render;
pub mod secret;
pub mod session;
pub mod session_option;
pub mod store;
pub mod transport;
pub mod wsman;
