//! The program as a person sees it: command lines, and all of what they print, against a listener of this project's
//! own. `tests/interop` tells the same stories with programs of others.

mod architecture;
mod command_line;
mod config_file;
mod connect;
mod faults;
mod login;
mod pair;
mod signals;
mod support;
