//! The output of remote commands, in the form that was asked for.

use crate::render::ObjectOutput;
use pssession::PSObject;

/// The values of one run.
pub struct Objects;

impl Objects {
    pub fn new(_form: ObjectOutput, _width: usize, _with_computer: bool) -> Objects {
        Objects
    }

    pub fn write(&mut self, _computer: &str, object: &PSObject, out: &mut String) {
        *out += &object.to_string();
        out.push('\n');
    }

    pub fn flush(&mut self, _out: &mut String) {}

    pub fn end_computer(&mut self, _computer: &str, _out: &mut String) {}

    pub fn end(&mut self, _out: &mut String) {}
}
