//! Parameters, and the own options of this program: names, types, help.
//!
//! The words are those of PowerShell's own metadata (alias, validation, pipeline input).

use super::environment::ReadFile;
use clap::builder::ValueParser;
use std::marker::PhantomData;

/// One parameter as tables, help and completion see it.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// As errors spell it: `ComputerName`, and an own option with its dashes, `--output`.
    pub name: &'static str,
    pub kind: Kind,
    pub aliases: &'static [&'static str],
    pub validation: Validation,
    pub pipeline: Pipeline,
    /// The word `-` as its value means standard input. PowerShell has no such thing; shells do.
    pub standard_input: bool,
    /// The own option that must be given as well.
    pub needs: Option<&'static str>,
    /// The value may be left out.
    pub optional_value: bool,
    /// What help writes for the value; its type if this is empty.
    pub placeholder: &'static str,
    /// One line.
    pub help: &'static str,
    /// More for the long help; may be empty.
    pub details: &'static str,
}

/// A parameter whose values have this Rust type; a value is looked up by it.
#[derive(Debug)]
pub struct Param<T> {
    pub parameter: Parameter,
    value: PhantomData<fn() -> T>,
}

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The .NET type as PowerShell's errors spell it.
    pub type_name: &'static str,
    /// The names of all values, if they have names.
    pub members: fn() -> Vec<String>,
    /// How clap reads a value.
    pub parser: fn(&'static Parameter, ReadFile) -> ValueParser,
}

/// The .NET type of a switch.
pub const SWITCH: &str = "System.Management.Automation.SwitchParameter";

/// What a value must be beyond its type (PowerShell's Validate attributes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    None,
    NotNull,
    NotNullOrEmpty,
    /// Inclusive.
    Range(i32, i32),
    /// `SERVICE/HOST`, perhaps with `@REALM`.
    ServicePrincipalName,
}

/// Whether PowerShell binds the parameter from the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipeline {
    No,
    ByPropertyName,
    ByValueAndPropertyName,
}

impl Kind {
    /// The type as a syntax line spells it: `String[]`.
    pub fn short_name(self) -> &'static str {
        self.type_name.rsplit_once('.').map_or(self.type_name, |(_, short)| short)
    }

    pub fn is_array(self) -> bool {
        self.type_name.ends_with("[]")
    }

    pub fn is_switch(self) -> bool {
        self.type_name == SWITCH
    }
}

impl<T> Param<T> {
    pub const fn new(name: &'static str, kind: Kind, help: &'static str) -> Param<T> {
        let parameter = Parameter {
            name,
            kind,
            aliases: &[],
            validation: Validation::None,
            pipeline: Pipeline::No,
            standard_input: false,
            needs: None,
            optional_value: false,
            placeholder: "",
            help,
            details: "",
        };
        Param { parameter, value: PhantomData }
    }

    /// The .NET type, where several are one type here.
    pub const fn type_name(mut self, type_name: &'static str) -> Param<T> {
        self.parameter.kind.type_name = type_name;
        self
    }

    pub const fn needs<U>(mut self, other: &Param<U>) -> Param<T> {
        self.parameter.needs = Some(other.parameter.name);
        self
    }
}

/// Makes the methods that complete a parameter; each sets one field.
macro_rules! setters {
    ($($field:ident: $type:ty),*) => {
        impl<T> Param<T> {
            $(pub const fn $field(mut self, $field: $type) -> Param<T> {
                self.parameter.$field = $field;
                self
            })*
        }
    };
}

setters! {
    aliases: &'static [&'static str],
    validation: Validation,
    pipeline: Pipeline,
    standard_input: bool,
    optional_value: bool,
    placeholder: &'static str,
    help: &'static str,
    details: &'static str
}

impl Parameter {
    /// The name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Two dashes begin it: it is this program's own.
    pub fn is_own_option(&self) -> bool {
        self.name.starts_with("--")
    }

    /// What help writes for the value; `None` for a switch.
    pub fn value_name(&self) -> Option<String> {
        match self.placeholder {
            "" if self.kind.is_switch() => None,
            "" if self.is_own_option() => Some((self.kind.members)().join("|")),
            "" => Some(self.kind.short_name().to_owned()),
            placeholder => Some(placeholder.to_owned()),
        }
    }
}

/// A parameter is known by its name; a cmdlet may explain it in its own words.
impl PartialEq for Parameter {
    fn eq(&self, other: &Parameter) -> bool {
        self.name == other.name
    }
}

impl Eq for Parameter {}
