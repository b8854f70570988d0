//! Tests that look at several rooms of the program at once.

mod errors;
