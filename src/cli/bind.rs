//! Binding: which parameters are given, and which parameter set is meant.
//!
//! PowerShell's order, which decides which error a person sees when several are there: named parameters with their
//! conversions, then positions, then the parameter sets, then what is left over, then what is missing.

use super::bind_error::BindError;
use super::common::ActionPreference;
use super::convert::{self, Value};
use super::credential;
use super::environment::Environment;
use super::parameter::{Parameter, Pipeline, Row, SetMask, Table};
use pssession::access::Authentication;
use pssession::cmdlet::get::SessionFilterState;
use pssession::cmdlet::selection::{Input, SessionReference};
use pssession::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType};
use uuid::Uuid;

/// What was typed, sorted out by [`super::token`] and read by clap.
#[derive(Debug)]
pub struct Arguments {
    /// In the order in which they were typed.
    pub named: Vec<(&'static Parameter, String)>,
    pub positional: Vec<String>,
    /// The first name that is no parameter's.
    pub unknown: Option<String>,
}

/// Bound parameters and the parameter set they are in.
#[derive(Debug)]
pub struct Bound {
    table: &'static Table,
    values: Vec<(&'static Parameter, Value)>,
    set: usize,
}

/// Binds the arguments of one command line.
///
/// What the command line does not select comes from the pipeline, which here is the standard input: only when
/// it selects nothing at all, and only when nobody is typing there. So a `while read` loop around the program keeps
/// its input.
///
/// # Errors
/// Any [`BindError`] from [`BindError::NamedParameterNotFound`] to [`BindError::ParameterBindingFailed`].
pub fn bind(
    table: &'static Table,
    arguments: Arguments,
    environment: &Environment,
) -> Result<Bound, BindError> {
    let mut bound = Bound { table, values: Vec::new(), set: table.default_set };
    for (parameter, text) in &arguments.named {
        bound.bind(parameter, text, environment)?;
    }
    let mut left_over = None;
    for argument in arguments.positional {
        if !bound.bind_by_look(&argument, environment)? {
            left_over = left_over.or(Some(argument));
        }
    }
    let sets = bound.possible_sets();
    if (0..table.sets.len()).all(|set| !sets.contains(set)) {
        return Err(BindError::AmbiguousParameterSet);
    }
    if let Some(name) = arguments.unknown {
        let suggestion = super::grammar::suggestion(table, &name);
        return Err(BindError::NamedParameterNotFound { name, suggestion });
    }
    if let Some(argument) = left_over {
        return Err(BindError::PositionalParameterNotFound { argument });
    }
    if let Some(row) = bound.pipeline_row().filter(|_| !environment.stdin_is_terminal) {
        bound.values.push((row.parameter, convert::standard_input(row.parameter.kind)));
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

impl Bound {
    /// Steps 2 and 3 of the binding for one parameter.
    fn bind(
        &mut self,
        parameter: &'static Parameter,
        text: &str,
        environment: &Environment,
    ) -> Result<(), BindError> {
        if self.value(parameter.name).is_some() {
            return Err(BindError::ParameterAlreadyBound { name: parameter.name });
        }
        self.values.push((parameter, convert::argument(parameter, text, environment)?));
        match credential::conflict(self) {
            Some(conflict) => Err(BindError::ParameterBindingFailed { name: parameter.name, conflict }),
            None => Ok(()),
        }
    }

    /// Binds a word without a name. `false` when no parameter accepts it beside those that are bound.
    fn bind_by_look(&mut self, text: &str, environment: &Environment) -> Result<bool, BindError> {
        let Some(row) = self.table.row(convert::parameter_by_look(text)) else { return Ok(false) };
        let is_free = self.value(row.parameter.name).is_none();
        if !is_free || self.possible_sets().and(row.mask()).is_empty() {
            return Ok(false);
        }
        self.bind(row.parameter, text, environment).map(|()| true)
    }

    /// The sets that have every bound parameter.
    fn possible_sets(&self) -> SetMask {
        let rows = self.values.iter().filter_map(|(parameter, _)| self.table.row(parameter.name));
        rows.fold(SetMask::ALL, |mask, row| mask.and(row.mask()))
    }

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
        mandatory.map(|row| row.parameter).filter(|parameter| self.value(parameter.name).is_none())
    }

    /// The parameter that sessions from the pipeline are for, if they are wanted: nothing that is bound selects
    /// any, and all of it has a meaning beside them. What tells how to reach a server has, for a session may come as
    /// a whole record, with its address; PowerShell binds that by property name.
    fn pipeline_row(&self) -> Option<&'static Row> {
        let by_value = |row: &&Row| row.parameter.pipeline == Pipeline::ByValueAndPropertyName;
        let row = self.table.rows.iter().find(by_value)?;
        let stands_beside = |other: &Row| {
            let is_mandatory = (0..other.sets.len()).any(|set| other.is_mandatory_in(set));
            let is_in_set = !other.mask().and(row.mask()).is_empty();
            !is_mandatory && (is_in_set || credential::CONNECTION.contains(&other.parameter.name))
        };
        let mut rows = self.values.iter().filter_map(|(parameter, _)| self.table.row(parameter.name));
        rows.all(stands_beside).then_some(row)
    }

    /// The name of the chosen parameter set.
    pub fn set(&self) -> &'static str {
        self.table.sets.get(self.set).copied().unwrap_or_default()
    }

    /// The value of a parameter, if this cmdlet has it and it is bound.
    fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(parameter, _)| parameter.name == name).map(|(_, value)| value)
    }

    pub fn switch(&self, name: &str) -> bool {
        self.value(name) == Some(&Value::Switch(true))
    }

    pub fn string(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn int32(&self, name: &str) -> Option<i32> {
        match self.value(name)? {
            Value::Int32(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements of a string array that never comes from standard input; none when it is not bound.
    pub fn strings(&self, name: &str) -> &[String] {
        match self.value(name) {
            Some(Value::Strings(Input::Given(texts))) => texts,
            _ => &[],
        }
    }

    /// A string array that may come from standard input.
    pub fn texts(&self, name: &str) -> Option<Input<String>> {
        match self.value(name)? {
            Value::Strings(texts) => Some(texts.clone()),
            _ => None,
        }
    }

    pub fn names(&self) -> Option<Input<String>> {
        self.texts("Name")
    }

    pub fn ids(&self) -> Option<Input<i32>> {
        match self.value("Id")? {
            Value::Int32s(ids) => Some(ids.clone()),
            _ => None,
        }
    }

    pub fn instance_ids(&self) -> Option<Input<Uuid>> {
        match self.value("InstanceId")? {
            Value::Guids(instance_ids) => Some(instance_ids.clone()),
            _ => None,
        }
    }

    pub fn sessions(&self) -> Option<Input<SessionReference>> {
        match self.value("Session")? {
            Value::Sessions(sessions) => Some(sessions.clone()),
            _ => None,
        }
    }

    pub fn authentication(&self) -> Authentication {
        self.mechanism("Authentication").unwrap_or(Authentication::Default)
    }

    pub fn mechanism(&self, name: &str) -> Option<Authentication> {
        match self.value(name)? {
            Value::Authentication(authentication) => Some(*authentication),
            _ => None,
        }
    }

    pub fn action_preference(&self, name: &str) -> Option<ActionPreference> {
        match self.value(name)? {
            Value::ActionPreference(action) => Some(*action),
            _ => None,
        }
    }

    pub fn session_filter_state(&self) -> SessionFilterState {
        match self.value("State") {
            Some(Value::SessionFilterState(state)) => *state,
            _ => SessionFilterState::All,
        }
    }

    pub fn proxy_access_type(&self) -> ProxyAccessType {
        match self.value("ProxyAccessType") {
            Some(Value::ProxyAccessType(access_type)) => *access_type,
            _ => ProxyAccessType::None,
        }
    }

    pub fn output_buffering_mode(&self) -> Option<OutputBufferingMode> {
        match self.value("OutputBufferingMode")? {
            Value::OutputBufferingMode(mode) => Some(*mode),
            _ => None,
        }
    }

    pub fn session_option(&self) -> PSSessionOption {
        match self.value("SessionOption") {
            Some(Value::SessionOption(option)) => PSSessionOption::clone(option),
            _ => PSSessionOption::default(),
        }
    }
}

#[cfg(test)]
mod tests;
