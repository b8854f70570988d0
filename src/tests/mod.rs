//! Tests that look at several rooms of the program at once.

#[cfg(unix)]
mod errors;
