//! Properties of what is typed, of the files that a person writes, and of what is shown: see `pssession::fuzzing`. The
//! library's are there.

pub use crate::certificate::fuzzing::certificate_file;
pub use crate::cli::fuzzing::{
    command_line, completion, config_file, literals, session_option, standard_input,
};
pub use crate::host::fuzzing::answers;
pub use crate::render::fuzzing::{objects, terminal_text};

#[cfg(test)]
mod tests;
