//! Records to text: the only room that writes to stdout and stderr, and that asks the person at the terminal.
//!
//! stdout carries session records and nothing else; everything that is said about them goes to stderr.

mod ask;
mod commands;
mod console;
mod csv;

mod exit_code;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
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
mod trace;
mod tty;
mod typed_ahead;
mod variables;
mod wait;
pub mod watch;

pub use ask::{ask, ask_secret, question};
pub use commands::CommandSettings;
pub use console::Console;
pub use exit_code::ExitCode;
pub use line_editor::{LineEditor, TypedLine};
pub use lost::ConnectionNotice;
pub use notices::say;
pub use progress::is_possible as shows_progress;
pub use records::write as show;
pub use session_option::session_option;
pub use settings::{ActionPreference, Color, ErrorView, ObjectOutput, Output, Settings};
pub use terminal::{harmless, line, styled, window};
pub use trace::{Trace, Transcript};
pub use tty::{Answer as Typed, Watched, unless_terminated};
pub use typed_ahead::Escaped;
pub use variables::{VariableFile, Variables};
