//! Records to text: the only room that writes to stdout and stderr, and that asks the person at the terminal.
//!
//! stdout carries session records and nothing else; everything that is said about them goes to stderr.

mod ask;
mod commands;
mod console;
mod csv;
mod debug;
mod exit_code;
mod hint;
mod host_text;
mod json;
mod left;
mod line_editor;
mod list;
mod lost;
mod notices;
mod objects;
mod outcomes;
mod progress;
mod properties;
mod records;
mod remote_error;
#[cfg(test)]
mod samples;
mod session_option;
mod settings;
mod table;
mod terminal;
mod tty;
mod variables;

pub use ask::{ask, ask_secret, question};
pub use commands::CommandSettings;
pub use console::Console;
pub use debug::DebugLines;
pub use exit_code::ExitCode;
pub use line_editor::{LineEditor, TypedLine};
pub use lost::ConnectionNotice;
pub use notices::say;
pub use records::write as show;
pub use session_option::session_option;
pub use settings::{ActionPreference, Color, ErrorView, ObjectOutput, Output, Settings};
pub use terminal::{harmless, line, styled, window};
pub use tty::{Answer as Typed, Watched, unless_terminated};
pub use variables::{VariableFile, Variables};
