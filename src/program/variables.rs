//! -ErrorVariable and similar parameters: the files they name, and the warnings if they name none.

use crate::cli::CommonParameters;
use crate::cli::common::Variable;
use crate::render::{VariableFile, Variables};
use pssession::cmdlet::Cmdlet;
use pssession::error::{ErrorCategory, ErrorRecord};

/// The files of -ErrorVariable and its like, made before anything is done.
pub fn open(cmdlet: Cmdlet, common: &CommonParameters) -> Result<Variables, ErrorRecord> {
    let file = |(name, variable): (&str, &Option<Variable>)| {
        let Some((variable, path)) = variable.as_ref().and_then(|v| Some((v, v.file()?))) else {
            return Ok(None);
        };
        VariableFile::open(path, variable.append).map(Some).map_err(|error| {
            let text = format!("The file {} of -{name} cannot be opened: {error}.", path.display());
            ErrorRecord {
                category: ErrorCategory::OpenError,
                reason: "IOException",
                ..cmdlet.own(text, "VariableFileUnavailable", None)
            }
        })
    };
    let [error, warning, information, out] = all(common);
    Ok(Variables {
        error: file(error)?,
        warning: file(warning)?,
        information: file(information)?,
        out: file(out)?,
    })
}

fn all(common: &CommonParameters) -> [(&'static str, &Option<Variable>); 4] {
    [
        ("ErrorVariable", &common.error_variable),
        ("WarningVariable", &common.warning_variable),
        ("InformationVariable", &common.information_variable),
        ("OutVariable", &common.out_variable),
    ]
}

/// Warnings about variable names that name no file, so that a script does not rely on them.
pub fn without_effect(common: &CommonParameters) -> Vec<String> {
    let is_no_file = |variable: &Variable| variable.file().is_none();
    let named = all(common).into_iter();
    let mut warnings: Vec<String> = named
        .filter(|(_, variable)| variable.as_ref().is_some_and(is_no_file))
        .map(|(name, _)| {
            format!(
                "-{name} has no effect: this program has no variables, and the name of a file must contain a slash."
            )
        })
        .collect();
    if common.pipeline_variable.is_some() {
        warnings.push("-PipelineVariable has no effect: this program has no variables.".into());
    }
    warnings
}
