//! The parameters that every cmdlet has (about_CommonParameters), and those of ShouldProcess.

use super::bind_error::{AssignmentError, BindError};
use super::convert::{Argument, Enumeration, ValidationError, Value, enumeration, parameter};
use super::given::Given;
use super::parameter::{Param, Parameter, Validation};
use std::path::Path;

pub use crate::render::ActionPreference;

pub const WHAT_IF: Param<bool> = parameter("WhatIf", "Show what would happen without doing it.")
    .aliases(&["wi"])
    .details("Servers are asked for their sessions, but nothing is changed.");

pub const CONFIRM: Param<bool> = parameter("Confirm", "Ask before each session.").aliases(&["cf"]);

pub const VERBOSE: Param<bool> =
    parameter("Verbose", "Write VERBOSE: lines to standard error.").aliases(&["vb"]);

pub const DEBUG: Param<bool> =
    parameter("Debug", "Write DEBUG: lines that show the protocol, without secrets.").aliases(&["db"]);

pub const ERROR_ACTION: Param<ActionPreference> = parameter(
    "ErrorAction",
    "How to respond to an error: Continue, Stop, ...",
)
.aliases(&["ea"])
.details(
    "Continue shows errors and goes on. Stop ends the run at the first error. SilentlyContinue and Ignore \
              show none, but the exit status reports them. Inquire asks on the terminal.",
);

pub const WARNING_ACTION: Param<ActionPreference> =
    parameter("WarningAction", "How to respond to a warning; Stop makes it fatal.").aliases(&["wa"]);

pub const INFORMATION_ACTION: Param<ActionPreference> =
    parameter("InformationAction", "How to respond to an information record.").aliases(&["infa"]);

pub const PROGRESS_ACTION: Param<ActionPreference> =
    parameter("ProgressAction", "How to respond to a progress record.").aliases(&["proga"]);

pub const ERROR_VARIABLE: Param<Variable> =
    parameter("ErrorVariable", "Write the error records to this file as well.")
        .aliases(&["ev"])
        .details(VARIABLE);

pub const WARNING_VARIABLE: Param<Variable> =
    parameter("WarningVariable", "Write the warnings to this file as well.")
        .aliases(&["wv"])
        .details(VARIABLE);

pub const INFORMATION_VARIABLE: Param<Variable> =
    parameter("InformationVariable", "Write information records to this file as well.")
        .aliases(&["iv"])
        .details(VARIABLE);

pub const OUT_VARIABLE: Param<Variable> =
    parameter("OutVariable", "Write the output records to this file as well.")
        .aliases(&["ov"])
        .details(VARIABLE);

pub const OUT_BUFFER: Param<i32> =
    parameter("OutBuffer", "Accepted but ignored: records are written as they arrive.")
        .aliases(&["ob"])
        .validation(Validation::Range(0, i32::MAX));

pub const PIPELINE_VARIABLE: Param<Variable> =
    parameter("PipelineVariable", "Accepted but ignored: this program has no variables.").aliases(&["pv"]);

/// Parameters of every cmdlet that changes something.
pub static SHOULD_PROCESS: [&Parameter; 2] = [&WHAT_IF.parameter, &CONFIRM.parameter];

/// Parameters of every cmdlet. ProgressAction is PowerShell 7.4's; the others are those of 5.1.
#[rustfmt::skip]
pub static COMMON: [&Parameter; 12] = [
    &VERBOSE.parameter, &DEBUG.parameter, &ERROR_ACTION.parameter, &WARNING_ACTION.parameter,
    &INFORMATION_ACTION.parameter, &PROGRESS_ACTION.parameter, &ERROR_VARIABLE.parameter,
    &WARNING_VARIABLE.parameter, &INFORMATION_VARIABLE.parameter, &OUT_VARIABLE.parameter,
    &OUT_BUFFER.parameter, &PIPELINE_VARIABLE.parameter,
];

const VARIABLE: &str = "A name that contains a slash or begins with file: is a file that receives JSON lines; a \
              leading + appends to it. Any other name is accepted with a warning, because this program has no \
              variables.";

/// The common parameters as given or by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonParameters {
    pub verbose: bool,
    pub debug: bool,
    pub error_action: ActionPreference,
    pub warning_action: ActionPreference,
    pub information_action: ActionPreference,
    pub progress_action: ActionPreference,
    pub error_variable: Option<Variable>,
    pub warning_variable: Option<Variable>,
    pub information_variable: Option<Variable>,
    pub out_variable: Option<Variable>,
    pub pipeline_variable: Option<Variable>,
}

impl CommonParameters {
    pub(super) fn read(given: &Given) -> CommonParameters {
        let action = |param| given.get(param).unwrap_or(ActionPreference::Continue);
        CommonParameters {
            verbose: given.is_on(&VERBOSE),
            debug: given.is_on(&DEBUG),
            error_action: action(&ERROR_ACTION),
            warning_action: action(&WARNING_ACTION),
            information_action: given.get(&INFORMATION_ACTION).unwrap_or(ActionPreference::SilentlyContinue),
            progress_action: action(&PROGRESS_ACTION),
            error_variable: given.get(&ERROR_VARIABLE),
            warning_variable: given.get(&WARNING_VARIABLE),
            information_variable: given.get(&INFORMATION_VARIABLE),
            out_variable: given.get(&OUT_VARIABLE),
            pipeline_variable: given.get(&PIPELINE_VARIABLE),
        }
    }
}

/// What can be typed for an [`ActionPreference`], and why some of it is refused.
pub(super) type Action = Result<ActionPreference, AssignmentError>;

impl Enumeration for Action {
    const TYPE_NAME: &'static str = "System.Management.Automation.ActionPreference";
    const MEMBERS: &'static [(&'static str, Action)] = &[
        ("SilentlyContinue", Ok(ActionPreference::SilentlyContinue)),
        ("Stop", Ok(ActionPreference::Stop)),
        ("Continue", Ok(ActionPreference::Continue)),
        ("Inquire", Ok(ActionPreference::Inquire)),
        ("Ignore", Ok(ActionPreference::Ignore)),
        ("Suspend", Err(AssignmentError::Suspend)),
        ("Break", Err(AssignmentError::Break)),
    ];

    fn number(self) -> i32 {
        let refused = if self == Err(AssignmentError::Suspend) { 5 } else { 6 };
        self.map_or(refused, |action| action as i32)
    }
}

impl Value for ActionPreference {
    const TYPE_NAME: &'static str = <Action as Enumeration>::TYPE_NAME;

    fn read(argument: &Argument) -> Result<ActionPreference, BindError> {
        let refuse = |reason| BindError::ParameterBindingFailed { name: argument.parameter.name, reason };
        argument.convert(enumeration::<Action>)?.map_err(refuse)
    }

    fn members() -> Vec<String> {
        let accepted = Action::MEMBERS.iter().filter(|(_, action)| action.is_ok());
        accepted.map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// The value of -ErrorVariable and its like, which PowerShell fills with records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// As typed, without the plus sign.
    pub name: String,
    /// `+name`: records are added to what is there.
    pub append: bool,
}

impl Value for Variable {
    const TYPE_NAME: &'static str = String::TYPE_NAME;

    fn read(&Argument { text, .. }: &Argument) -> Result<Variable, BindError> {
        let (name, append) = text.strip_prefix('+').map_or((text, false), |name| (name, true));
        Ok(Variable { name: name.to_owned(), append })
    }

    /// It is a name that a variable could have, or names a file.
    fn validate(&self, _: Validation) -> Result<(), ValidationError> {
        match self.file() {
            None if self.name.is_empty() => Err(ValidationError::NoVariable),
            None if self.name.contains(':') => Err(ValidationError::NotAVariable { name: self.name.clone() }),
            Some(path) if path.as_os_str().is_empty() => Err(ValidationError::NoVariable),
            Some(_) | None => Ok(()),
        }
    }
}

impl Variable {
    /// The file to write to, where the name means one.
    pub fn file(&self) -> Option<&Path> {
        match self.name.strip_prefix("file:") {
            Some(path) => Some(Path::new(path)),
            None => self.name.contains('/').then(|| Path::new(&self.name)),
        }
    }
}
