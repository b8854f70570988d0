//! The program as a person sees it: command lines, and all of what they print, against a listener of this project's
//! own. `tests/interop` tells the same stories with programs of others.

mod architecture;
mod client_certificate;
mod command_line;
mod config_file;
mod connect;
mod faults;
mod login;
mod pair;
#[cfg(target_os = "linux")]
mod secrets;
mod signals;
mod support;
mod tls;
