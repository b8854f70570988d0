//! Binding: which parameters are given, and which parameter set is meant.
//!
//! PowerShell's order, which decides which error a person sees when several are there: named parameters with their
//! conversions, then positions, then the parameter sets, then what is left over, then what is missing.

use super::bind_error::BindError;
use super::credential;
use super::environment::Environment;
use super::given::Given;
use super::grammar;
use super::look::parameter_by_look;
use super::parameter::{Parameter, Pipeline};
use super::table::{Row, SetMask, Table};
use std::ops::Deref;

/// What the parameters of a cmdlet are bound to, and the parameter set they are in.
#[derive(Debug)]
pub struct Bound {
    table: &'static Table,
    given: Given,
    set: usize,
}

/// What binds to no parameter. PowerShell looks at it when all else is bound.
#[derive(Debug, Default)]
pub struct LeftOver {
    /// The first name that is no parameter's.
    pub unknown: Option<String>,
    /// The first word without a name that nothing takes.
    pub argument: Option<String>,
}

impl Deref for Bound {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

/// Names the parameters of words without a name. Returns the first word that no parameter takes beside the others.
pub fn place(
    table: &'static Table,
    named: &mut Vec<(&'static Parameter, String)>,
    positional: Vec<String>,
) -> Option<String> {
    let mut left_over = None;
    for word in positional {
        let sets = table.sets_with(named.iter().map(|(parameter, _)| *parameter));
        let row = table.row(parameter_by_look(&word)).filter(|row| {
            let is_free = named.iter().all(|(parameter, _)| *parameter != row.parameter);
            is_free && !sets.and(row.mask()).is_empty()
        });
        match row {
            Some(row) => named.push((row.parameter, word)),
            None => left_over = left_over.or(Some(word)),
        }
    }
    left_over
}

/// Binds what is given to a parameter set.
///
/// What the command line does not select comes from the pipeline, which here is the standard input: only when
/// it selects nothing at all, and only when nobody is typing there. So a `while read` loop around the program keeps
/// its input.
///
/// # Errors
/// Any [`BindError`] from [`BindError::NamedParameterNotFound`] to [`BindError::ParameterBindingFailed`].
pub fn bind(
    table: &'static Table,
    named: &[(&'static Parameter, String)],
    given: Given,
    left_over: LeftOver,
    environment: &Environment,
) -> Result<Bound, BindError> {
    let parameters: Vec<_> = named.iter().map(|(parameter, _)| *parameter).collect();
    if let Some((parameter, conflict)) = credential::conflict(&given, &parameters) {
        return Err(BindError::ParameterBindingFailed { name: parameter.name, conflict });
    }
    let sets = table.sets_with(parameters.iter().copied());
    let mut bound = Bound { table, given, set: table.default_set };
    if (0..table.sets.len()).all(|set| !sets.contains(set)) {
        return Err(BindError::AmbiguousParameterSet);
    }
    if let Some(name) = left_over.unknown {
        let suggestion = grammar::suggestion(table, &name);
        return Err(BindError::NamedParameterNotFound { name, suggestion });
    }
    if let Some(argument) = left_over.argument {
        return Err(BindError::PositionalParameterNotFound { argument });
    }
    if let Some(row) = pipeline_row(table, &parameters).filter(|_| !environment.stdin_is_terminal) {
        bound.choose_set(row.mask())?;
        return Ok(bound);
    }
    bound.choose_set(sets)?;
    let parameters: Vec<_> = bound.missing(bound.set).collect();
    match parameters.is_empty() {
        true => Ok(bound),
        false => Err(BindError::MissingMandatoryParameter { parameters }),
    }
}

/// The parameter that sessions from the pipeline are for, if they are wanted: nothing that is bound selects any, and
/// all of it has a meaning beside them. How to reach a server has one, for a session may come as a whole record, with
/// its address; PowerShell binds that by property name.
fn pipeline_row(table: &'static Table, bound: &[&Parameter]) -> Option<&'static Row> {
    let by_value = |row: &&Row| row.parameter.pipeline == Pipeline::ByValueAndPropertyName;
    let row = table.rows.iter().find(by_value)?;
    let has_a_meaning = |other: &Row| {
        let is_mandatory = (0..other.sets.len()).any(|set| other.is_mandatory_in(set));
        let is_in_set = !other.mask().and(row.mask()).is_empty();
        !is_mandatory && (is_in_set || credential::CONNECTION.contains(&other.parameter))
    };
    bound.iter().filter_map(|parameter| table.row(parameter)).all(has_a_meaning).then_some(row)
}

impl Bound {
    /// Chooses among the sets that are possible: one that lacks nothing, the default set before others; if each
    /// lacks something, the default set or the only one.
    fn choose_set(&mut self, possible: SetMask) -> Result<(), BindError> {
        let possible: Vec<usize> = (0..self.table.sets.len()).filter(|set| possible.contains(*set)).collect();
        let complete: Vec<usize> =
            possible.iter().copied().filter(|set| self.missing(*set).next().is_none()).collect();
        let candidates = if complete.is_empty() { possible } else { complete };
        self.set = match candidates.as_slice() {
            [only] => *only,
            several if several.contains(&self.table.default_set) => self.table.default_set,
            _ => return Err(BindError::AmbiguousParameterSet),
        };
        Ok(())
    }

    /// Mandatory parameters of a set that are not bound.
    fn missing(&self, set: usize) -> impl Iterator<Item = &'static Parameter> {
        let mandatory = self.table.rows.iter().filter(move |row| row.is_mandatory_in(set));
        mandatory.map(|row| row.parameter).filter(|parameter| !self.has(parameter))
    }

    /// The name of the chosen parameter set.
    pub fn set(&self) -> &'static str {
        self.table.sets.get(self.set).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
