//! What a command line gives: values that clap has read, looked up by their parameters.

use super::parameter::{Param, Parameter};
use clap::ArgMatches;

#[derive(Debug, Default)]
pub struct Given(pub ArgMatches);

impl Given {
    /// The value of a parameter, if this cmdlet has it and it is given.
    pub fn get<T: Clone + Send + Sync + 'static>(&self, param: &Param<T>) -> Option<T> {
        self.0.try_get_one(param.parameter.name).ok().flatten().cloned()
    }

    /// What is written for a parameter.
    pub fn text(&self, parameter: &Parameter) -> Option<&str> {
        self.0.try_get_raw(parameter.name).ok()??.next()?.to_str()
    }

    /// The value of a parameter, whose empty text means `preference`, as PowerShell's preference variables do.
    pub fn get_or(&self, param: &Param<String>, preference: Option<&String>) -> Option<String> {
        let given = self.get(param)?;
        Some(preference.filter(|_| given.is_empty()).cloned().unwrap_or(given))
    }

    pub fn is_on(&self, switch: &Param<bool>) -> bool {
        self.get(switch) == Some(true)
    }

    pub fn has(&self, parameter: &Parameter) -> bool {
        self.0.try_contains_id(parameter.name).unwrap_or(false)
    }
}
