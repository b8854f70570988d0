//! Values of CLIXML, and what becomes of them.

use super::Objects;
use crate::render::ObjectOutput as Form;
use pssession::PSObject;

pub fn object(xml: &str) -> PSObject {
    if xml.is_empty() {
        return object("<Nil />");
    }
    PSObject::from_clixml(xml).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

/// The output of one computer.
pub fn shown(form: Form, values: &[&str]) -> String {
    let named: Vec<_> = values.iter().map(|value| ("Server01", *value)).collect();
    all(Objects::new(form, 120, false), &named)
}

/// The output of several computers.
pub fn shown_of(form: Form, values: &[(&str, &str)]) -> String {
    all(Objects::new(form, 120, true), values)
}

fn all(mut objects: Objects, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (computer, xml) in values {
        objects.write(computer, &object(xml), &mut out);
    }
    objects.end(&mut out);
    out
}
