//! Why a text has no value of the wanted type, in PowerShell's sentences.

use std::fmt::Display;

/// The .NET type of -SessionOption.
pub const SESSION_OPTION: &str = "System.Management.Automation.Remoting.PSSessionOption";

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
    #[error("The input string '{0}' was not in a correct format.")]
    NotANumber(String),
    #[error("Value was either too large or too small for an Int32.")]
    NotAnInt32,
    #[error("String must be exactly one character long.")]
    NotACharacter,
    #[error("Unrecognized Guid format.")]
    NotAGuid,
    #[error("Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).")]
    GuidLength,
    #[error("Dashes are in the wrong position for GUID parsing.")]
    GuidDashes,
    #[error("Guid string should only contain hexadecimal characters.")]
    GuidDigits,
    #[error("Expected 0x prefix.")]
    GuidPrefix,
    #[error("String was not recognized as a valid TimeSpan.")]
    NotATimeSpan,
    #[error("An age is a number and s, m, h or d, such as 12h.")]
    NotAnAge,
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
    NotInSet { value: String, set: Vec<String> },
    #[error(
        "Cannot process argument because the value of argument \"path\" is not valid. Change the value of the \
         \"path\" argument and run the operation again."
    )]
    NoVariable,
    #[error("Cannot validate argument '{name}' because it is not a valid variable name.")]
    NotAVariable { name: String },
    #[error("The argument \"{value}\" is not a service principal name such as HTTP/server01.example.com.")]
    NotASpn { value: String },
}

/// Why a text cannot be read as a PSSessionOption.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionOptionError {
    #[error("Cannot convert the \"{text}\" value of type \"System.String\" to type \"{}\".", SESSION_OPTION)]
    NotAHashTable { text: String },
    #[error("The hash literal was incomplete.")]
    Incomplete,
    #[error("The string is missing the terminator: {quote}.")]
    MissingTerminator { quote: char },
    #[error("Missing '=' operator after key in hash literal.")]
    MissingEquals,
    #[error("Duplicate keys '{key}' are not allowed in hash literals.")]
    DuplicateKey { key: String },
    // The names in brackets are PowerShell's own list of settable properties, here with the parameter's name where
    // it differs.
    #[error(
        "Cannot create object of type \"{type_name}\". The property '{key}' was not found for the '{type_name}' \
         object. The settable properties are: {available}.", type_name = SESSION_OPTION
    )]
    UnknownKey { key: String, available: String },
    #[error("Cannot create object of type \"{}\". Exception setting \"{key}\": \"{reason}\"", SESSION_OPTION)]
    Setting { key: String, reason: SettingError },
    #[error(
        "Cannot create object of type \"{}\". The text is not a JSON object (line {line}, column {column}).",
        SESSION_OPTION
    )]
    NotJson { line: usize, column: usize },
    #[error("Cannot read the file \"{path}\": {reason}.")]
    UnreadableFile { path: String, reason: String },
    /// Without any of the file's content, which may be secret.
    #[error("Cannot read a PSSessionOption from the file \"{path}\": {fault}.")]
    InFile { path: String, fault: String },
}

/// Why a value does not fit its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    #[error(transparent)]
    Conversion(#[from] ConversionError),
    #[error(transparent)]
    Validation(#[from] ValidationError),
    #[error(
        "{mechanism} cannot be specified as a proxy authentication mechanism. Only Basic,Negotiate or Digest are \
         supported for proxy authentication."
    )]
    ProxyMechanism { mechanism: &'static str },
    #[error(
        "Proxy credentials cannot be specified when using the following proxy access type: None. Either specify a \
         different access type, or do not specify proxy credentials."
    )]
    ProxyCredentialWithoutProxy,
}

/// `Cannot convert value ... Error: ...`
pub fn cannot_convert(value: impl Display, type_name: &'static str, reason: Reason) -> ConversionError {
    ConversionError::Value { value: value.to_string(), type_name, reason }
}
