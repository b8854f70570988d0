//! Asking for mandatory parameters that were not given, as PowerShell does at its console.
//!
//! Pure: this says what to ask and turns the answers into a command line. The caller asks, if there is a terminal;
//! otherwise a missing parameter is an error.

use super::bind_error::BindError;
use super::cmdlets::words_that_choose;
use super::parameter::Parameter;
use pssession::cmdlet::Cmdlet;
use std::ffi::OsString;

/// What to ask for, in order: print `caption` and `message`, a line each, then ask for each field.
#[derive(Debug, PartialEq, Eq)]
pub struct Prompt {
    pub caption: String,
    pub message: &'static str,
    pub fields: Vec<Field>,
}

/// One parameter to ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    parameter: &'static Parameter,
}

impl Field {
    /// The text before the `index`th answer, counted from 0: `Name[0]: `.
    pub fn label(&self, index: usize) -> String {
        match self.is_array() {
            true => format!("{}[{index}]: ", self.parameter.name),
            false => format!("{}: ", self.parameter.name),
        }
    }

    /// An array is asked for again and again until an empty line, which is not an answer.
    pub fn is_array(&self) -> bool {
        self.parameter.kind.is_array()
    }
}

impl Prompt {
    /// What is to be asked after this error; `None` if asking does not help.
    pub fn after(error: &BindError, cmdlet: Cmdlet) -> Option<Prompt> {
        let BindError::MissingMandatoryParameter { parameters } = error else { return None };
        Some(Prompt {
            caption: format!("cmdlet {} at command pipeline position 1", cmdlet.name()),
            message: "Supply values for the following parameters:",
            fields: parameters.iter().map(|parameter| Field { parameter }).collect(),
        })
    }

    /// The command line with the answers in it, to be parsed again. `answers` has one list for each field.
    ///
    /// A comma in an answer separates, as it does on the command line.
    ///
    /// # Errors
    /// [`BindError::EmptyArrayNotAllowed`] where an array got no answer.
    pub fn answer(&self, args: &[OsString], answers: &[Vec<String>]) -> Result<Vec<OsString>, BindError> {
        let (choice, rest) = args.split_at_checked(words_that_choose(args)).unwrap_or((args, &[]));
        let mut words = choice.to_vec();
        for (index, Field { parameter }) in self.fields.iter().enumerate() {
            let answers = answers.get(index).map_or(&[] as &[String], Vec::as_slice);
            match answers {
                [] => return Err(BindError::EmptyArrayNotAllowed { parameter }),
                // A colon with nothing behind it would take the next word.
                [lone] if lone.is_empty() => {
                    words.extend([format!("-{}", parameter.name).into(), lone.into()])
                }
                _ => words.push(format!("-{}:{}", parameter.name, answers.join(",")).into()),
            }
        }
        words.extend_from_slice(rest);
        Ok(words)
    }
}
