//! The types of parameter values, and how each is read from a word.

use super::error::{ConversionError, ValidationError};
use super::guid::{self, guid};
use super::number::{int32, is_digits};
use crate::cli::bind_error::BindError;
use crate::cli::environment::ReadFile;
use crate::cli::parameter::{Kind, Param, Parameter, SWITCH, Validation};
use clap::builder::ValueParser;
use pssession::cmdlet::selection::{Input, SessionReference};
use uuid::Uuid;

/// A type of parameter values.
pub trait Value: Clone + Send + Sync + 'static {
    /// The .NET type as PowerShell's errors spell it.
    const TYPE_NAME: &'static str;
    /// No array can become one, and a comma makes an array. Scalar strings take the comma as it is: PowerShell lets it
    /// be quoted, and here the quotes are gone.
    const IS_SCALAR: bool = false;

    /// # Errors
    /// The text has no value of this type.
    fn read(argument: &Argument) -> Result<Self, BindError>;

    /// PowerShell's Validate attributes.
    ///
    /// # Errors
    /// The value is not valid.
    fn validate(&self, _: Validation) -> Result<(), ValidationError> {
        Ok(())
    }

    /// The value that means standard input.
    fn standard_input() -> Option<Self> {
        None
    }

    /// The names of all values, if they have names.
    fn members() -> Vec<String> {
        Vec::new()
    }

    fn parser(parameter: &'static Parameter, read_file: ReadFile) -> ValueParser {
        ValueParser::new(move |text: &str| Argument { parameter, text, read_file }.value::<Self>())
    }
}

/// A parameter to be completed by its methods.
pub const fn parameter<T: Value>(name: &'static str, help: &'static str) -> Param<T> {
    let kind = Kind { type_name: T::TYPE_NAME, members: T::members, parser: T::parser };
    Param::new(name, kind, help)
}

/// The argument of a parameter.
#[derive(Debug, Clone, Copy)]
pub struct Argument<'a> {
    pub parameter: &'static Parameter,
    pub text: &'a str,
    /// How a file is read that the argument names.
    pub read_file: ReadFile,
}

impl Argument<'_> {
    /// The value of the argument.
    ///
    /// # Errors
    /// [`BindError::CannotConvertArgument`], [`BindError::CannotConvertArgumentNoMessage`],
    /// [`BindError::ParameterArgumentTransformationError`] and [`BindError::ParameterArgumentValidationError`].
    pub fn value<T: Value>(&self) -> Result<T, BindError> {
        let parameter = self.parameter;
        let standard_input = T::standard_input().filter(|_| parameter.standard_input && self.text == "-");
        if let Some(value) = standard_input {
            return Ok(value);
        }
        if T::IS_SCALAR && self.text.contains(',') {
            let reason = "Specified method is not supported.";
            return Err(BindError::CannotConvertArgument { parameter, from: "System.Object[]", reason });
        }
        let value = T::read(self)?;
        value
            .validate(parameter.validation)
            .map_err(|reason| BindError::ParameterArgumentValidationError { parameter, reason })?;
        Ok(value)
    }

    /// The text, converted.
    ///
    /// # Errors
    /// [`BindError::CannotConvertArgumentNoMessage`]
    pub fn convert<T>(&self, convert: impl Fn(&str) -> Result<T, ConversionError>) -> Result<T, BindError> {
        let parameter = self.parameter;
        convert(self.text).map_err(|reason| BindError::CannotConvertArgumentNoMessage { parameter, reason })
    }
}

impl Value for bool {
    const TYPE_NAME: &'static str = SWITCH;

    fn read(argument: &Argument) -> Result<bool, BindError> {
        let from = if argument.text.contains(',') { "System.Object[]" } else { "System.String" };
        let refusal = BindError::CannotConvertArgument { parameter: argument.parameter, from, reason: "" };
        boolean(argument.text).ok_or(refusal)
    }

    fn members() -> Vec<String> {
        vec!["true".to_owned(), "false".to_owned()]
    }
}

impl Value for String {
    const TYPE_NAME: &'static str = "System.String";

    fn read(argument: &Argument) -> Result<String, BindError> {
        Ok(argument.text.to_owned())
    }

    fn validate(&self, validation: Validation) -> Result<(), ValidationError> {
        match validation {
            Validation::NotNullOrEmpty if self.is_empty() => Err(ValidationError::Empty),
            Validation::ServicePrincipalName if !is_service_principal_name(self) => {
                Err(ValidationError::NotASpn { value: self.clone() })
            }
            _ => Ok(()),
        }
    }
}

fn is_service_principal_name(value: &str) -> bool {
    let (service, host) = value.split_once('/').unwrap_or_default();
    let is_spn = ![service, host].iter().any(|part| part.is_empty() || part.starts_with('@'));
    is_spn && !value.contains(|c: char| c.is_whitespace() || c.is_control())
}

impl Value for i32 {
    const TYPE_NAME: &'static str = "System.Int32";
    const IS_SCALAR: bool = true;

    fn read(argument: &Argument) -> Result<i32, BindError> {
        argument.convert(int32)
    }

    fn validate(&self, validation: Validation) -> Result<(), ValidationError> {
        match validation {
            Validation::Range(minimum, maximum) => in_range(*self, minimum, maximum),
            _ => Ok(()),
        }
    }
}

/// An element of an array.
pub trait Element: Clone + Send + Sync + 'static {
    /// The .NET type of the array.
    const ARRAY: &'static str;

    /// # Errors
    /// The text cannot be read as such an element.
    fn read(text: &str) -> Result<Self, ConversionError>;

    fn split(text: &str) -> Vec<&str> {
        elements(text)
    }

    fn is_empty(&self) -> bool {
        false
    }
}

impl<T: Element> Value for Input<T> {
    const TYPE_NAME: &'static str = T::ARRAY;

    fn read(argument: &Argument) -> Result<Input<T>, BindError> {
        argument.convert(|text| T::split(text).into_iter().map(T::read).collect()).map(Input::Given)
    }

    fn validate(&self, validation: Validation) -> Result<(), ValidationError> {
        let has_empty = matches!(self, Input::Given(elements) if elements.iter().any(T::is_empty));
        match validation == Validation::NotNullOrEmpty && has_empty {
            true => Err(ValidationError::EmptyElement),
            false => Ok(()),
        }
    }

    fn standard_input() -> Option<Input<T>> {
        Some(Input::StandardInput)
    }
}

impl Element for String {
    const ARRAY: &'static str = "System.String[]";

    fn read(text: &str) -> Result<String, ConversionError> {
        Ok(text.to_owned())
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl Element for i32 {
    const ARRAY: &'static str = "System.Int32[]";

    fn read(text: &str) -> Result<i32, ConversionError> {
        int32(text)
    }
}

impl Element for Uuid {
    const ARRAY: &'static str = "System.Guid[]";

    fn read(text: &str) -> Result<Uuid, ConversionError> {
        guid(text)
    }

    fn split(text: &str) -> Vec<&str> {
        guid::elements(text)
    }
}

impl Element for SessionReference {
    const ARRAY: &'static str = "System.Management.Automation.Runspaces.PSSession[]";

    fn read(text: &str) -> Result<SessionReference, ConversionError> {
        session_reference(text)
    }

    fn split(text: &str) -> Vec<&str> {
        guid::elements(text)
    }

    fn is_empty(&self) -> bool {
        *self == SessionReference::Name(String::new())
    }
}

/// The elements of an array. A lone element keeps its white space: it must have been quoted.
pub fn elements(text: &str) -> Vec<&str> {
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
/// The number is out of an Int32's range.
pub fn session_reference(text: &str) -> Result<SessionReference, ConversionError> {
    let text = text.trim();
    if let Ok(instance_id) = guid(text) {
        return Ok(SessionReference::InstanceId(instance_id));
    }
    match is_digits(text) {
        true => int32(text).map(SessionReference::Id),
        false => Ok(SessionReference::Name(text.to_owned())),
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
