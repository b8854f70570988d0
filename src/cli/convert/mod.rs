//! From words to values: PowerShell's type conversions and Validate attributes, with its texts.
//!
//! The shell has taken the quotes away, so a comma always separates the elements of an array, and a word of digits
//! is a number where a number can stand.

mod enumeration;
mod expression;
mod guid;
mod number;

pub use enumeration::{Enumeration, enumeration};
pub use expression::int32_expression;
pub use guid::guid;
pub use number::int32;

use super::bind_error::BindError;
use super::environment::Environment;
use super::option::{self, SessionOptionError};
use super::parameter::{Kind, Parameter, Validation};
use crate::cli::common::{ActionPreference, Variable};
use pssession::access::Authentication;
use pssession::cmdlet::get::SessionFilterState;
use pssession::cmdlet::selection::{Input, SessionReference};
use pssession::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType};
use std::fmt::Display;
use uuid::Uuid;

/// The value of a bound parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Switch(bool),
    String(String),
    Strings(Input<String>),
    Int32(i32),
    Int32s(Input<i32>),
    Guids(Input<Uuid>),
    Sessions(Input<SessionReference>),
    Authentication(Authentication),
    ActionPreference(ActionPreference),
    SessionFilterState(SessionFilterState),
    OutputBufferingMode(OutputBufferingMode),
    ProxyAccessType(ProxyAccessType),
    SessionOption(Box<PSSessionOption>),
}

/// Why a text has no value of the wanted type; these are the inner sentences of PowerShell's binding errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    #[error("Cannot convert value \"{value}\" to type \"{type_name}\". Error: \"{reason}\"")]
    Value { value: String, type_name: &'static str, reason: Reason },
    #[error(
        "Cannot convert value \"{value}\" to type \"{type_name}\" due to enumeration values that are not valid. \
         Specify one of the following enumeration values and try again. The possible enumeration values are \"{}\".",
        members.join(",")
    )]
    UndefinedNumber { value: String, type_name: &'static str, members: Vec<&'static str> },
    #[error(
        "Cannot convert value \"{value}\" to type \"System.Boolean\". Boolean parameters accept only Boolean values \
         and numbers, such as $True, $False, 1 or 0."
    )]
    Boolean { value: String },
    #[error(transparent)]
    SessionOption(Box<SessionOptionError>),
}

/// What .NET says of a text that it cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("Input string was not in a correct format.")]
    NotANumber,
    #[error("Value was either too large or too small for an Int32.")]
    NotAnInt32,
    // The sentence of the .NET Framework, which 5.1 runs on; newer .NET says it a little differently.
    #[error("Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).")]
    NotAGuid,
    #[error("String was not recognized as a valid TimeSpan.")]
    NotATimeSpan,
    #[error("A hash table is written @{{Key=Value; Key=Value}}.")]
    NotAHashTable,
    #[error(
        "Unable to match the identifier name {name} to a valid enumerator name. Specify one of the following \
         enumerator names and try again:\n{}", members.join(", ")
    )]
    NoSuchEnumerator { name: String, members: Vec<&'static str> },
    #[error(
        "The identifier name {name} cannot be processed because it is either too similar or identical to the \
         following enumerator names: {}. Use a more specific identifier name.", members.join(", ")
    )]
    SimilarEnumerators { name: String, members: Vec<&'static str> },
}

/// What a Validate attribute refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    #[error(
        "The argument is null or empty. Provide an argument that is not null or empty, and then try the command \
         again."
    )]
    Empty,
    #[error(
        "The argument is null, empty, or an element of the argument collection contains a null value. Supply a \
         collection that does not contain any null values and then try the command again."
    )]
    EmptyElement,
    #[error(
        "The {value} argument is less than the minimum allowed range of {minimum}. Supply an argument that is \
         greater than or equal to {minimum} and then try the command again."
    )]
    TooSmall { value: i32, minimum: i32 },
    #[error(
        "The {value} argument is greater than the maximum allowed range of {maximum}. Supply an argument that is \
         less than or equal to {maximum} and then try the command again."
    )]
    TooLarge { value: i32, maximum: i32 },
    #[error(
        "The argument \"{value}\" does not belong to the set \"{}\" specified by the ValidateSet attribute. Supply \
         an argument that is in the set and then try the command again.", set.join(",")
    )]
    NotInSet { value: String, set: &'static [&'static str] },
    #[error("Cannot validate argument '{name}' because it is not a valid variable name.")]
    NotAVariable { name: String },
    #[error("The argument \"{value}\" is no service principal name, such as HTTP/server01.example.com.")]
    NotASpn { value: String },
}

/// The value of a parameter from its argument, or from the file that the argument names.
///
/// # Errors
/// Those of [`value`].
pub fn argument(
    parameter: &'static Parameter,
    text: &str,
    environment: &Environment,
) -> Result<Value, BindError> {
    match (parameter.kind, option::file(text)) {
        (Kind::SessionOption, Some(path)) => session_option(parameter, option::read(path, environment)),
        _ => value(parameter, text),
    }
}

fn session_option(
    parameter: &'static Parameter,
    option: Result<PSSessionOption, SessionOptionError>,
) -> Result<Value, BindError> {
    option.map(|option| Value::SessionOption(Box::new(option))).map_err(|error| {
        let reason = ConversionError::SessionOption(Box::new(error));
        BindError::CannotConvertArgumentNoMessage { parameter, reason }
    })
}

/// The value of a parameter from its argument.
///
/// # Errors
/// [`BindError::CannotConvertArgument`], [`BindError::CannotConvertArgumentNoMessage`],
/// [`BindError::ParameterArgumentTransformationError`] and [`BindError::ParameterArgumentValidationError`].
pub fn value(parameter: &'static Parameter, text: &str) -> Result<Value, BindError> {
    if parameter.standard_input && text == "-" {
        return Ok(standard_input(parameter.kind));
    }
    // A comma makes an array, and an array is no scalar. Scalar strings take the comma as it is: PowerShell lets
    // it be quoted, and here nobody can tell.
    if is_scalar(parameter.kind) && text.contains(',') {
        return Err(BindError::CannotConvertArgument {
            parameter,
            from: "System.Object[]",
            reason: "Specified method is not supported.",
        });
    }
    let unconverted = |reason| BindError::CannotConvertArgumentNoMessage { parameter, reason };
    let value = match parameter.kind {
        Kind::Switch => Value::Switch(boolean(text).ok_or(BindError::CannotConvertArgument {
            parameter,
            from: "System.String",
            reason: "",
        })?),
        Kind::String | Kind::CultureInfo => Value::String(text.to_owned()),
        Kind::Credential if text.trim().is_empty() => {
            return Err(BindError::ParameterArgumentTransformationError { parameter });
        }
        Kind::Credential => Value::String(text.to_owned()),
        // A Uri is read when its parameter set is known, as PowerShell does: any text is a Uri, perhaps a relative.
        Kind::Strings | Kind::Uris => Value::Strings(given(elements(text), |text| Ok(text.to_owned()))?),
        Kind::Int32 => Value::Int32(int32(text).map_err(unconverted)?),
        Kind::Int32Expression => Value::Int32(int32_expression(text).map_err(unconverted)?),
        Kind::Int32s => Value::Int32s(given(elements(text), int32).map_err(unconverted)?),
        Kind::Guids => Value::Guids(given(guid::elements(text), guid).map_err(unconverted)?),
        Kind::Sessions => {
            Value::Sessions(given(guid::elements(text), session_reference).map_err(unconverted)?)
        }
        Kind::Authentication => Value::Authentication(enumeration(text).map_err(unconverted)?),
        Kind::ActionPreference => Value::ActionPreference(enumeration(text).map_err(unconverted)?),
        Kind::SessionFilterState => Value::SessionFilterState(enumeration(text).map_err(unconverted)?),
        Kind::OutputBufferingMode => Value::OutputBufferingMode(enumeration(text).map_err(unconverted)?),
        Kind::ProxyAccessType => Value::ProxyAccessType(enumeration(text).map_err(unconverted)?),
        Kind::SessionOption => return session_option(parameter, option::parse(text)),
        Kind::Dictionary => {
            option::dictionary(Some(text)).map_err(unconverted)?;
            Value::String(text.to_owned())
        }
    };
    validate(parameter.validation, &value)
        .map_err(|reason| BindError::ParameterArgumentValidationError { parameter, reason })?;
    Ok(value)
}

/// Numbers and enumerations that are no arrays.
fn is_scalar(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Int32
            | Kind::Int32Expression
            | Kind::Authentication
            | Kind::ActionPreference
            | Kind::SessionFilterState
            | Kind::OutputBufferingMode
            | Kind::ProxyAccessType
    )
}

/// The value that stands for standard input.
pub fn standard_input(kind: Kind) -> Value {
    match kind {
        Kind::Int32s => Value::Int32s(Input::StandardInput),
        Kind::Guids => Value::Guids(Input::StandardInput),
        Kind::Sessions => Value::Sessions(Input::StandardInput),
        _ => Value::Strings(Input::StandardInput),
    }
}

fn given<T, E>(elements: Vec<&str>, convert: impl Fn(&str) -> Result<T, E>) -> Result<Input<T>, E> {
    elements.into_iter().map(convert).collect::<Result<_, _>>().map(Input::Given)
}

/// The elements of an array. A lone element keeps its white space: it must have been quoted.
fn elements(text: &str) -> Vec<&str> {
    if text.contains(',') { text.split(',').map(str::trim).collect() } else { vec![text] }
}

/// A switch value. PowerShell takes `$true`, `$false` and numbers; the words without the dollar sign are for
/// shells, which would replace `$true` by nothing.
pub fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "$true" | "true" | "1" => Some(true),
        "$false" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A session in words, on the command line or on a line of standard input: digits are an Id, a GUID is an
/// InstanceId, anything else a name.
///
/// # Errors
/// A number that is no Int32.
pub fn session_reference(text: &str) -> Result<SessionReference, ConversionError> {
    let text = text.trim();
    if let Ok(instance_id) = guid(text) {
        return Ok(SessionReference::InstanceId(instance_id));
    }
    match number::is_digits(text) {
        true => int32(text).map(SessionReference::Id),
        false => Ok(SessionReference::Name(text.to_owned())),
    }
}

/// The parameter that a word without a name is for. PowerShell tells the number `4` from the string `'4'` and
/// tries each position in turn; a shell has only strings, so the look of the word decides, whatever its position.
pub fn parameter_by_look(text: &str) -> &'static str {
    let all = |is: fn(&str) -> bool| elements(text).into_iter().all(is);
    match text {
        "-" => "Session",
        _ if guid::elements(text).into_iter().all(|text| guid(text).is_ok()) => "InstanceId",
        _ if all(|text| number::is_digits(text.strip_prefix('-').unwrap_or(text))) => "Id",
        _ if all(|text| text.contains("://")) => "ConnectionUri",
        _ => "ComputerName",
    }
}

fn validate(validation: Validation, value: &Value) -> Result<(), ValidationError> {
    match (validation, value) {
        (Validation::NotNullOrEmpty, Value::String(text)) if text.is_empty() => Err(ValidationError::Empty),
        (Validation::NotNullOrEmpty, Value::Strings(Input::Given(texts)))
            if texts.iter().any(String::is_empty) =>
        {
            Err(ValidationError::EmptyElement)
        }
        (Validation::NotNullOrEmpty, Value::Sessions(Input::Given(sessions)))
            if sessions.contains(&SessionReference::Name(String::new())) =>
        {
            Err(ValidationError::EmptyElement)
        }
        (Validation::Range(minimum, maximum), Value::Int32(value)) => in_range(*value, minimum, maximum),
        (Validation::VariableName, Value::String(name)) if !Variable::is_valid(name) => {
            Err(ValidationError::NotAVariable { name: name.trim_start_matches('+').to_owned() })
        }
        _ => Ok(()),
    }
}

/// ValidateRange.
pub fn in_range(value: i32, minimum: i32, maximum: i32) -> Result<(), ValidationError> {
    match value {
        value if value < minimum => Err(ValidationError::TooSmall { value, minimum }),
        value if value > maximum => Err(ValidationError::TooLarge { value, maximum }),
        _ => Ok(()),
    }
}

/// `Cannot convert value ... Error: ...`
pub fn cannot_convert(value: impl Display, type_name: &'static str, reason: Reason) -> ConversionError {
    ConversionError::Value { value: value.to_string(), type_name, reason }
}

#[cfg(test)]
mod tests;
