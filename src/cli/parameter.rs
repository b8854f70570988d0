//! The table of a cmdlet: its parameter sets and parameters, from which binding, help and tests come.
//!
//! The words are those of PowerShell's own metadata (parameter set, alias, mandatory, position, pipeline input).
//! A [`Parameter`] is the same in every parameter set; a [`Row`] says in which sets of one cmdlet it stands.

use super::bind_error::BindError;
use super::common;
use pssession::cmdlet::Cmdlet;

/// All there is to know about the command line of one cmdlet.
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

/// How a parameter stands in one parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    No,
    Optional,
    Mandatory,
    /// Mandatory, and bound by position as well.
    MandatoryAt(u8),
}

/// A command line and what it does.
#[derive(Debug)]
pub struct Example {
    pub command: &'static str,
    pub explanation: &'static str,
}

/// One parameter. Cmdlets share it; one that says more or less of it has its own, made from the shared one.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub aliases: &'static [&'static str],
    pub validation: Validation,
    pub pipeline: Pipeline,
    /// The word `-` as its value means standard input. PowerShell has no such thing; shells do.
    pub standard_input: bool,
    /// One line.
    pub help: &'static str,
    /// More for the long help; may be empty.
    pub details: &'static str,
}

/// A parameter without aliases, validation or pipeline input, to be completed with `..`.
pub const fn parameter(name: &'static str, kind: Kind, help: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        aliases: &[],
        validation: Validation::None,
        pipeline: Pipeline::No,
        standard_input: false,
        help,
        details: "",
    }
}

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Switch,
    String,
    Strings,
    Int32,
    /// An Int32 that may be written as a sum or product: `60*60*15`.
    Int32Expression,
    Int32s,
    Guids,
    Uris,
    Sessions,
    Credential,
    Authentication,
    ActionPreference,
    SessionFilterState,
    OutputBufferingMode,
    ProxyAccessType,
    /// Any culture name; whether there is such a culture only a server knows.
    CultureInfo,
    Dictionary,
    SessionOption,
}

/// What a value must be beyond its type (PowerShell's Validate attributes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    None,
    NotNull,
    NotNullOrEmpty,
    /// Inclusive.
    Range(i32, i32),
    /// A variable's name, or the file that stands in for it.
    VariableName,
}

/// Whether PowerShell binds the parameter from the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipeline {
    No,
    ByPropertyName,
    ByValueAndPropertyName,
}

impl Kind {
    /// The .NET type as PowerShell's errors spell it.
    pub const fn type_name(self) -> &'static str {
        match self {
            Kind::Switch => "System.Management.Automation.SwitchParameter",
            Kind::String => "System.String",
            Kind::Strings => "System.String[]",
            Kind::Int32 | Kind::Int32Expression => "System.Int32",
            Kind::Int32s => "System.Int32[]",
            Kind::Guids => "System.Guid[]",
            Kind::Uris => "System.Uri[]",
            Kind::Sessions => "System.Management.Automation.Runspaces.PSSession[]",
            Kind::Credential => "System.Management.Automation.PSCredential",
            Kind::Authentication => "System.Management.Automation.Runspaces.AuthenticationMechanism",
            Kind::ActionPreference => "System.Management.Automation.ActionPreference",
            Kind::SessionFilterState => "Microsoft.PowerShell.Commands.SessionFilterState",
            Kind::OutputBufferingMode => "System.Management.Automation.Runspaces.OutputBufferingMode",
            Kind::ProxyAccessType => "System.Management.Automation.Remoting.ProxyAccessType",
            Kind::CultureInfo => "System.Globalization.CultureInfo",
            Kind::Dictionary => "System.Management.Automation.PSPrimitiveDictionary",
            Kind::SessionOption => "System.Management.Automation.Remoting.PSSessionOption",
        }
    }

    /// The type as a syntax line spells it: `String[]`.
    pub fn short_name(self) -> &'static str {
        let name = self.type_name();
        name.rsplit_once('.').map_or(name, |(_, short)| short)
    }

    pub fn is_array(self) -> bool {
        self.type_name().ends_with("[]")
    }
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
        let should_process: &'static [Parameter] =
            if self.should_process { &common::SHOULD_PROCESS } else { &[] };
        self.rows.iter().map(|row| row.parameter).chain(should_process).chain(&common::COMMON)
    }

    /// The row of one of the cmdlet's own parameters; `None` for the common ones, which stand in every set.
    pub fn row(&self, name: &str) -> Option<&'static Row> {
        self.rows.iter().find(|row| row.parameter.name == name)
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
        let mut own = candidates.iter().filter(|parameter| self.row(parameter.name).is_some());
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

impl Parameter {
    /// The name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

#[cfg(test)]
pub mod tests;
