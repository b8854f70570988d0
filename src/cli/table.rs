//! The table of a cmdlet: its parameter sets and parameters, from which binding, help and tests come.
//!
//! A [`Parameter`] is the same in every parameter set; a [`Row`] says which sets of one cmdlet have it.

use super::bind_error::BindError;
use super::common;
use super::parameter::{Param, Parameter};
use pssession::cmdlet::Cmdlet;

/// The command line of one cmdlet.
#[derive(Debug)]
pub struct Table {
    pub cmdlet: Cmdlet,
    /// PowerShell's short name of the cmdlet, e.g. `cnsn`.
    pub alias: &'static str,
    /// One sentence.
    pub synopsis: &'static str,
    /// Paragraphs for the long help.
    pub description: &'static str,
    /// Names of the parameter sets; at most 32.
    pub sets: &'static [&'static str],
    /// Index in `sets` of the set that wins when several would do.
    pub default_set: usize,
    /// The cmdlet's own parameters, in the order in which a syntax line shows them.
    pub rows: &'static [Row],
    /// This program's own options that it has.
    pub options: &'static [&'static Parameter],
    /// The cmdlet changes something, so it has -WhatIf and -Confirm (SupportsShouldProcess).
    pub should_process: bool,
    pub examples: &'static [Example],
}

/// One parameter of a cmdlet and its place in each parameter set, in the order of [`Table::sets`].
#[derive(Debug)]
pub struct Row {
    pub parameter: &'static Parameter,
    pub sets: &'static [Membership],
}

/// A row of a table.
pub const fn row<T>(param: &'static Param<T>, sets: &'static [Membership]) -> Row {
    Row { parameter: &param.parameter, sets }
}

/// What a parameter is in one parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    No,
    Optional,
    Mandatory,
    /// Mandatory, and bound by position as well.
    MandatoryAt(u8),
}

/// Mandatory, and at position 0.
pub const M0: Membership = Membership::MandatoryAt(0);

/// A command line and what it does.
#[derive(Debug)]
pub struct Example {
    pub command: &'static str,
    pub explanation: &'static str,
}

/// A set of parameter sets, one bit each, in the order of [`Table::sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetMask(u32);

impl SetMask {
    pub const ALL: SetMask = SetMask(u32::MAX);

    pub fn only(set: usize) -> SetMask {
        SetMask(1 << set)
    }

    pub fn and(self, other: SetMask) -> SetMask {
        SetMask(self.0 & other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, set: usize) -> bool {
        self.0 & SetMask::only(set).0 != 0
    }
}

impl Row {
    /// The sets this parameter may be used in.
    pub fn mask(&self) -> SetMask {
        let bits = self.sets.iter().enumerate().filter(|(_, membership)| **membership != Membership::No);
        SetMask(bits.fold(0, |mask, (set, _)| mask | SetMask::only(set).0))
    }

    pub fn is_mandatory_in(&self, set: usize) -> bool {
        matches!(self.sets.get(set), Some(Membership::Mandatory | Membership::MandatoryAt(_)))
    }
}

impl Table {
    /// Every parameter of the command line: the cmdlet's own, then those of ShouldProcess, then the common ones.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        let should_process: &[_] = if self.should_process { &common::SHOULD_PROCESS } else { &[] };
        let inherited = should_process.iter().chain(&common::COMMON).copied();
        self.rows.iter().map(|row| row.parameter).chain(inherited)
    }

    /// The row of one of the cmdlet's own parameters; `None` for the common ones, which are in every set.
    pub fn row(&self, parameter: &Parameter) -> Option<&'static Row> {
        self.rows.iter().find(|row| row.parameter == parameter)
    }

    /// The sets that have all of these parameters.
    pub fn sets_with<'a>(&self, parameters: impl Iterator<Item = &'a Parameter>) -> SetMask {
        let rows = parameters.filter_map(|parameter| self.row(parameter));
        rows.fold(SetMask::ALL, |mask, row| mask.and(row.mask()))
    }

    /// The parameter of this name or alias, in any letter case.
    pub fn exact(&self, typed: &str) -> Option<&'static Parameter> {
        self.parameters().find(|parameter| parameter.names().any(|name| name.eq_ignore_ascii_case(typed)))
    }

    /// The parameter meant by a name as typed: in any letter case, by alias, or by a prefix that is unique among
    /// all names and aliases. `None` when nothing begins like that.
    ///
    /// Where several begin like that and just one is the cmdlet's own, that one is meant
    /// (MergedCommandParameterMetadata.GetMatchingParameter).
    ///
    /// # Errors
    /// [`BindError::AmbiguousParameter`] lists every candidate, the common parameters included.
    pub fn resolve(&self, typed: &str) -> Result<Option<&'static Parameter>, BindError> {
        if let Some(parameter) = self.exact(typed) {
            return Ok(Some(parameter));
        }
        let begins =
            |name: &str| name.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
        let candidates: Vec<_> =
            self.parameters().filter(|parameter| parameter.names().any(begins)).collect();
        let mut own = candidates.iter().filter(|parameter| self.row(parameter).is_some());
        match (candidates.as_slice(), own.next(), own.next()) {
            ([], ..) => Ok(None),
            ([only], ..) => Ok(Some(only)),
            (_, Some(only_own), None) => Ok(Some(only_own)),
            _ => Err(BindError::AmbiguousParameter {
                name: typed.to_owned(),
                candidates: candidates.iter().map(|parameter| parameter.name).collect(),
            }),
        }
    }
}

#[cfg(test)]
pub mod tests;
