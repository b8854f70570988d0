//! The program as a person sees it: command lines, and all of what they print, against a listener of this project's
//! own. `tests/interop` runs the same stories with other programs.

// clippy.toml exempts tests, but not what helps them.
#![allow(clippy::unwrap_used)]

mod binding;
mod checklist;
mod client_certificate;
mod command_line;
mod command_output;
mod commands;
mod common_parameters;
mod completion;
mod config_file;
mod connect;
mod contact;
mod digest;
#[cfg(unix)]
mod enter;
#[cfg(unix)]
mod escape;
mod examples;
mod faults;
mod harmless;
mod help;
mod host_calls;
mod hostile;
mod housekeeping;
mod known;
mod leave;
mod leaving;
mod login;
mod loss;
mod names;
mod new_session;
mod new_session_option;
mod output;
mod password;
mod proxy;
mod real_server;
mod receive;
mod redirect;
#[cfg(target_os = "linux")]
mod secrets;
mod session_option;
mod signals;
mod standard_input;
mod store;
mod support;
mod tls;
mod transcript;
#[cfg(unix)]
mod waits;
