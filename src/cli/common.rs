//! The parameters that every cmdlet has (about_CommonParameters), and those of ShouldProcess.

use super::bind::Bound;
use super::convert::Enumeration;
use super::parameter::{Kind, Parameter, Validation, parameter};
use std::path::Path;

pub use crate::render::ActionPreference;

/// Parameters of every cmdlet that changes something.
pub static SHOULD_PROCESS: [Parameter; 2] = [
    Parameter {
        aliases: &["wi"],
        details: "The servers are asked which sessions there are, but nothing is changed.",
        ..parameter("WhatIf", Kind::Switch, "Say what would happen, and do nothing.")
    },
    Parameter { aliases: &["cf"], ..parameter("Confirm", Kind::Switch, "Ask before each session.") },
];

/// Parameters of every cmdlet. ProgressAction is PowerShell 7.4's; the others are those of 5.1.
pub static COMMON: [Parameter; 12] = [
    Parameter {
        aliases: &["vb"],
        ..parameter("Verbose", Kind::Switch, "Write VERBOSE: lines to standard error.")
    },
    Parameter {
        aliases: &["db"],
        ..parameter("Debug", Kind::Switch, "Write DEBUG: lines, the protocol without its secrets.")
    },
    Parameter {
        aliases: &["ea"],
        details: "Continue shows errors and goes on. Stop ends the run at the first one. SilentlyContinue and \
                  Ignore show none; the exit status still tells. Inquire asks on the terminal.",
        ..parameter("ErrorAction", Kind::ActionPreference, "What an error does: Continue, Stop, ...")
    },
    Parameter {
        aliases: &["wa"],
        ..parameter("WarningAction", Kind::ActionPreference, "What a warning does; Stop makes it fatal.")
    },
    Parameter {
        aliases: &["infa"],
        ..parameter("InformationAction", Kind::ActionPreference, "What an information record does.")
    },
    Parameter {
        aliases: &["proga"],
        ..parameter("ProgressAction", Kind::ActionPreference, "What a progress record does.")
    },
    Parameter {
        aliases: &["ev"],
        details: VARIABLE,
        validation: Validation::VariableName,
        ..parameter("ErrorVariable", Kind::String, "Write the error records to this file as well.")
    },
    Parameter {
        aliases: &["wv"],
        details: VARIABLE,
        validation: Validation::VariableName,
        ..parameter("WarningVariable", Kind::String, "Write the warnings to this file as well.")
    },
    Parameter {
        aliases: &["iv"],
        details: VARIABLE,
        validation: Validation::VariableName,
        ..parameter("InformationVariable", Kind::String, "Write information records to this file as well.")
    },
    Parameter {
        aliases: &["ov"],
        details: VARIABLE,
        validation: Validation::VariableName,
        ..parameter("OutVariable", Kind::String, "Write the output records to this file as well.")
    },
    Parameter {
        aliases: &["ob"],
        validation: Validation::Range(0, i32::MAX),
        ..parameter("OutBuffer", Kind::Int32, "Accepted, without effect: records are written as they come.")
    },
    Parameter {
        aliases: &["pv"],
        validation: Validation::VariableName,
        ..parameter(
            "PipelineVariable",
            Kind::String,
            "Accepted, without effect: there are no variables here.",
        )
    },
];

const VARIABLE: &str = "A name with a slash in it, or after file:, is a file that receives JSON lines; \
                        with + before it they are appended. Any other name is accepted with a warning, for there \
                        are no variables here.";

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
    pub pipeline_variable: Option<String>,
}

impl CommonParameters {
    pub(super) fn read(bound: &Bound) -> CommonParameters {
        let action = |name, default| bound.action_preference(name).unwrap_or(default);
        let variable = |name| bound.string(name).map(|text| Variable::parse(&text));
        CommonParameters {
            verbose: bound.switch("Verbose"),
            debug: bound.switch("Debug"),
            error_action: action("ErrorAction", ActionPreference::Continue),
            warning_action: action("WarningAction", ActionPreference::Continue),
            information_action: action("InformationAction", ActionPreference::SilentlyContinue),
            progress_action: action("ProgressAction", ActionPreference::Continue),
            error_variable: variable("ErrorVariable"),
            warning_variable: variable("WarningVariable"),
            information_variable: variable("InformationVariable"),
            out_variable: variable("OutVariable"),
            pipeline_variable: bound.string("PipelineVariable"),
        }
    }
}

/// Suspend (5) is left out: PowerShell accepts it for workflows only and rejects it for a cmdlet.
impl Enumeration for ActionPreference {
    const TYPE_NAME: &'static str = Kind::ActionPreference.type_name();
    const MEMBERS: &'static [(&'static str, ActionPreference)] = &[
        ("SilentlyContinue", ActionPreference::SilentlyContinue),
        ("Stop", ActionPreference::Stop),
        ("Continue", ActionPreference::Continue),
        ("Inquire", ActionPreference::Inquire),
        ("Ignore", ActionPreference::Ignore),
    ];

    fn number(self) -> i32 {
        self as i32
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

impl Variable {
    fn parse(text: &str) -> Variable {
        let (name, append) = text.strip_prefix('+').map_or((text, false), |name| (name, true));
        Variable { name: name.to_owned(), append }
    }

    /// The file to write to, where the name means one.
    pub fn file(&self) -> Option<&Path> {
        match self.name.strip_prefix("file:") {
            Some(path) => Some(Path::new(path)),
            None => self.name.contains('/').then(|| Path::new(&self.name)),
        }
    }

    /// Whether a text, which may begin with a plus sign, names a file or could name a variable.
    pub(super) fn is_valid(text: &str) -> bool {
        let variable = Variable::parse(text);
        match variable.file() {
            Some(path) => !path.as_os_str().is_empty(),
            None => {
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                !variable.name.is_empty() && variable.name.chars().all(is_part)
            }
        }
    }
}
