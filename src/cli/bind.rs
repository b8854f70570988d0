//! Binding: which parameters are given, and which parameter set is meant.
//!
//! PowerShell's order, which decides which error a person sees when several are there: named parameters with their
//! conversions, then positions, then the parameter sets, then what is left over, then what is missing.

use super::bind_error::BindError;
use super::command::{FILE_PATH, SCRIPT_BLOCK};
use super::credential;
use super::environment::{Environment, StandardInput};
use super::given::Given;
use super::grammar;
use super::look::parameter_by_look;
use super::parameter::{Parameter, Pipeline};
use super::sessions::{ID, INSTANCE_ID, NAME, SESSION};
use super::table::{Row, SetMask, Table};
use super::target::{COMPUTER_NAME, CONNECTION_URI};
use super::token::{Canonical, Named, Unbound};
use std::ops::Deref;

/// What the parameters of a cmdlet are bound to, and the parameter set they are in.
#[derive(Debug)]
pub struct Bound {
    table: &'static Table,
    given: Given,
    set: usize,
}

impl Deref for Bound {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

/// Finds the parameters of words without a name. A word that no parameter takes beside the others stays.
pub fn place(table: &'static Table, typed: &mut Canonical) {
    let Canonical { named, unbound, ambiguous, .. } = typed;
    if ambiguous.is_some() {
        return;
    }
    let script = script_word(table, named, unbound);
    let mut words = 0;
    unbound.retain(|one| {
        let Unbound::Word(word) = one else { return true };
        words += 1;
        let sets = table.sets_with(named.iter().map(|one| one.parameter));
        let is_free = |row: &&Row| {
            named.iter().all(|one| one.parameter != row.parameter) && !sets.and(row.mask()).is_empty()
        };
        let is_script = script == Some(words - 1);
        let look = if is_script { &SCRIPT_BLOCK.parameter } else { parameter_by_look(word) };
        // Beside -AllowRedirection only an address can be meant, as in PowerShell; this one is then relative.
        let address = Some(&CONNECTION_URI.parameter).filter(|_| *look == COMPUTER_NAME.parameter);
        let row = [Some(look), address].into_iter().flatten().filter_map(|one| table.row(one)).find(is_free);
        named.extend(row.map(|&Row { parameter, .. }| Named {
            parameter,
            name: parameter.name.to_owned(),
            text: word.clone(),
        }));
        row.is_none()
    });
}

/// Which of the words without a name is what is to be run: the last one, where the others or a parameter say where.
fn script_word(table: &Table, named: &[Named], unbound: &[Unbound]) -> Option<usize> {
    const PLACES: [&Parameter; 6] = [
        &COMPUTER_NAME.parameter,
        &CONNECTION_URI.parameter,
        &SESSION.parameter,
        &ID.parameter,
        &NAME.parameter,
        &INSTANCE_ID.parameter,
    ];
    let is_given = |parameter: &Parameter| named.iter().any(|one| one.parameter == parameter);
    let is_missing = table.row(&SCRIPT_BLOCK.parameter).is_some()
        && !is_given(&SCRIPT_BLOCK.parameter)
        && !is_given(&FILE_PATH.parameter);
    let words = unbound.iter().filter(|one| matches!(one, Unbound::Word(_))).count();
    let has_place = words > 1 || PLACES.into_iter().any(is_given);
    words.checked_sub(1).filter(|_| is_missing && has_place)
}

/// Binds what is given to a parameter set.
///
/// What the command line does not select comes from the pipeline, which here is the standard input: only when
/// it selects nothing at all, and only when something is piped in. So a `while read` loop around the program keeps its
/// input.
///
/// # Errors
/// Any [`BindError`] from [`BindError::NamedParameterNotFound`] to [`BindError::ParameterBindingFailed`].
pub fn bind(
    table: &'static Table,
    typed: Canonical,
    given: Given,
    environment: &Environment,
) -> Result<Bound, BindError> {
    let parameters: Vec<_> = typed.named.iter().map(|one| one.parameter).collect();
    if let Some((parameter, reason)) = credential::conflict(&given, &parameters) {
        return Err(BindError::ParameterBindingFailed { name: parameter.name, reason });
    }
    let sets = table.sets_with(parameters.iter().copied());
    let mut bound = Bound { table, given, set: table.default_set };
    // The choice can wait only for what the pipeline may still bring.
    let may_come_from_pipeline = |row: &Row| {
        let is_possible = !sets.and(row.mask()).is_empty() && !bound.has(row.parameter);
        row.parameter.pipeline != Pipeline::No && is_possible
    };
    if !table.rows.iter().any(may_come_from_pipeline) {
        bound.choose_set(sets)?;
    }
    match typed.unbound.into_iter().next() {
        Some(Unbound::Parameter(name)) => {
            let suggestion = grammar::suggestion(table, &name);
            return Err(BindError::NamedParameterNotFound { name, suggestion });
        }
        Some(Unbound::Word(argument)) => return Err(BindError::PositionalParameterNotFound { argument }),
        None => {}
    }
    if let Some(row) =
        pipeline_row(table, &parameters).filter(|_| environment.stdin == StandardInput::Pipeline)
    {
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
/// all of it has an effect beside them.
fn pipeline_row(table: &'static Table, bound: &[&Parameter]) -> Option<&'static Row> {
    let by_value = |row: &&Row| row.parameter.pipeline == Pipeline::ByValueAndPropertyName;
    let row = table.rows.iter().find(by_value)?;
    let has_an_effect = |other: &Row| {
        let is_mandatory = (0..other.sets.len()).any(|set| other.is_mandatory_in(set));
        !is_mandatory && !other.mask().and(row.mask()).is_empty()
    };
    bound.iter().filter_map(|parameter| table.row(parameter)).all(has_an_effect).then_some(row)
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
