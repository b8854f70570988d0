//! Everything that can be wrong with a command line, and the error record a person sees for it.
//!
//! The variants are named for PowerShell's error ids and speak with its sentences, also where one of this
//! program's own options is at fault: one voice, and ids that scripts already know. Nothing has been contacted
//! yet when one of these is raised.

use super::config_file::BadConfigFile;
use super::convert::{ConversionError, SettingError, ValidationError};
use super::parameter::{Parameter, SWITCH};
use pssession::access::{BadHash, Thumbprint};
use pssession::cmdlet::Cmdlet;
use pssession::error::{ErrorCategory, ErrorRecord, ErrorTarget, Hint, Unavailable};

/// A command line that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The program was called by, or given with --as, a name that is not one of its cmdlets.
    #[error(
        "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. \
         Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
    )]
    CommandNotFound { name: String, known: Vec<String> },
    /// No parameter or option begins like this. `suggestion` is what may have been meant, with its dashes.
    #[error("A parameter cannot be found that matches parameter name '{name}'.")]
    NamedParameterNotFound { name: String, suggestion: Option<String> },
    #[error("A positional parameter cannot be found that accepts argument '{argument}'.")]
    PositionalParameterNotFound { argument: String },
    #[error(
        "Missing an argument for parameter '{name}'. Specify a parameter of type '{type_name}' and try again."
    )]
    MissingArgument { name: &'static str, type_name: &'static str },
    #[error(
        "Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches \
         include:{}.", candidates.iter().map(|name| format!(" -{name}")).collect::<String>()
    )]
    AmbiguousParameter { name: String, candidates: Vec<&'static str> },
    #[error(
        "Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot \
         be used together or an insufficient number of parameters were provided."
    )]
    AmbiguousParameterSet,
    #[error(
        "Cannot process command because of one or more missing mandatory parameters:{}.",
        parameters.iter().map(|parameter| format!(" {}", parameter.name)).collect::<String>()
    )]
    MissingMandatoryParameter { parameters: Vec<&'static Parameter> },
    #[error(
        "Cannot bind parameter because parameter '{name}' is specified more than once. To provide multiple values \
         to parameters that can accept multiple values, use the array syntax. For example, \"-parameter \
         value1,value2,value3\"."
    )]
    ParameterAlreadyBound { name: String },
    #[error("{}", cannot_convert_argument(parameter, from, reason))]
    CannotConvertArgument { parameter: &'static Parameter, from: &'static str, reason: &'static str },
    #[error("Cannot bind parameter '{}'. {reason}", parameter.name)]
    CannotConvertArgumentNoMessage { parameter: &'static Parameter, reason: ConversionError },
    /// The text for a credential is not a user name.
    #[error(
        "Cannot process argument transformation on parameter '{}'. Cannot process argument because the value of \
         argument \"userName\" is not valid. Change the value of the \"userName\" argument and run the operation \
         again.", parameter.name
    )]
    ParameterArgumentTransformationError { parameter: &'static Parameter },
    #[error("Cannot validate argument on parameter '{}'. {reason}", parameter.name)]
    ParameterArgumentValidationError { parameter: &'static Parameter, reason: ValidationError },
    /// Nothing was answered to the prompt for a mandatory array.
    #[error("Cannot bind argument to parameter '{}' because it is an empty array.", parameter.name)]
    EmptyArrayNotAllowed { parameter: &'static Parameter },
    #[error("Cannot bind parameter '{name}' to the target. Exception setting \"{name}\": \"{reason}\"")]
    ParameterBindingFailed { name: &'static str, reason: AssignmentError },
    #[error("Invalid URI: The hostname could not be parsed.")]
    InvalidComputerName { name: String },
    /// New-PSSession and Invoke-Command have words of their own.
    #[error(
        "One or more computer names are not valid. If you are trying to pass a URI, use the -ConnectionUri parameter, or \
         pass URI objects instead of strings."
    )]
    InvalidNewComputerName { name: String },
    /// Seconds.
    #[error(
        "The specified IdleTimeout session option {given} (seconds) is not a valid period.  Specify an IdleTimeout value \
         that is greater than or equal to the minimum allowed {shortest} (seconds)."
    )]
    InvalidIdleTimeout { given: u64, shortest: u64 },
    #[error("Relative URIs are not supported in the creation of remote sessions.")]
    RelativeUri,
    #[error("{scheme} is not a valid schema value. Valid values are \"http\" and \"https\".")]
    InvalidSchemeValue { scheme: String },
    #[error("Invalid URI: The format of the URI could not be determined.")]
    InvalidUri,
    /// The URI holds a user name, and perhaps a password, so it is not repeated.
    #[error("Invalid URI: A user name cannot be part of a connection URI.")]
    UriWithUserName,
    /// New-PSSessionOption: options that do not go together.
    #[error(transparent)]
    InvalidSessionOption { reason: SettingError },
    /// A line of standard input that does not name a session; lines are counted from 1. Reading continues.
    #[error(
        "The input object cannot be bound to any parameters for the command either because the command does not \
         take pipeline input or the input and its properties do not match any of the parameters that take pipeline \
         input."
    )]
    InputObjectNotBound { line: usize, text: String, reason: BadInput },
    /// An own option without a value was given one.
    #[error("The option '{name}' does not take a value.")]
    OptionTakesNoValue { name: &'static str },
    #[error("The option '--as' is not the first word.")]
    AsIsNotFirst,
    /// There is a user and no source for the password.
    #[error("The credential is incomplete: {}.", .0.reason)]
    PasswordUnavailable(Unavailable),
    #[error("Cannot bind parameter '--pin-sha256': {reason}.")]
    BadPin { reason: BadHash },
    #[error("Cannot bind parameter 'CertificateThumbprint': {reason}.")]
    BadThumbprint { reason: BadHash },
    #[error("The option '{name}' requires the option '{needed}'.")]
    OptionNeedsAnother { name: &'static str, needed: &'static str },
    /// A file with a client certificate is named, but not the certificate.
    #[error("The option '--cert-file' requires the parameter -CertificateThumbprint.")]
    CertificateNotChosen { thumbprints: Vec<Thumbprint> },
    #[error(transparent)]
    ConfigFileUnusable(BadConfigFile),
    /// A job is asked for, of which this program has none.
    #[error("The parameter '{name}' cannot be used: this program has no jobs.")]
    NoJobs { name: &'static str },
    #[error(
        "You cannot use the Invoke-Command cmdlet with both the AsJob and Disconnected parameters in the same command."
    )]
    AsJobAndDisconnected,
    #[error("The SessionName parameter can only be used with the Disconnected switch parameter.")]
    SessionNameWithoutDisconnected,
    /// -FilePath names a file that cannot be read.
    #[error("The file '{path}' cannot be read: {reason}.")]
    ScriptUnreadable { path: String, reason: String },
    #[error("The argument '{word}' is not valid Unicode.")]
    NotUnicode { word: String },
}

/// Why an item of standard input does not name a session; what is said of its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInput {
    #[error("is not an Id, an InstanceId, a name or a session record")]
    NotASession,
    #[error("is longer than 64 KiB")]
    TooLong,
    #[error("is not JSON")]
    NotJson,
    /// Nothing more can be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

/// Why a cmdlet refuses a value that has the right type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    // Parameters that exclude each other whatever the parameter set (PSRemotingBaseCmdlet,
    // ValidateSpecifiedAuthentication).
    #[error("A CertificateThumbPrint cannot be specified when Credential is specified.")]
    ThumbprintAndCredential,
    #[error("A CertificateThumbPrint cannot be specified when {0} is specified.")]
    ThumbprintAndAuthentication(&'static str),
    #[error("A Credential cannot be specified when NegotiateWithImplicitCredential is specified.")]
    ImplicitAndCredential,
    #[error(
        "The Suspend ActionPreference value is reserved for future use and is not supported at this time. For more \
         information about preference variables, see the Help topic, \"about_Preference_Variables.\""
    )]
    Suspend,
    #[error("Break starts a debugger, and this program has none.")]
    Break,
}

fn cannot_convert_argument(parameter: &Parameter, from: &str, reason: &str) -> String {
    let (name, type_name) = (parameter.name, parameter.kind.type_name);
    let message =
        format!("Cannot convert '{from}' to the type '{type_name}' required by parameter '{name}'. {reason}");
    message.trim_end().to_owned()
}

impl BindError {
    /// The record that `cmdlet` shows for this error.
    pub fn record(&self, cmdlet: Cmdlet) -> ErrorRecord {
        let (id, category, reason) = self.classification();
        let fully_qualified_error_id = match self {
            // Raised before there is a class to name.
            Self::CommandNotFound { .. } => id.to_owned(),
            _ => format!("{id},{}", cmdlet.class()),
        };
        ErrorRecord {
            cmdlet,
            message: self.to_string(),
            category,
            reason,
            target: self.target(),
            fully_qualified_error_id,
            hint: self.hint(cmdlet).map(Hint::Text),
        }
    }

    /// The error id, the category, and the short name of the .NET exception type.
    fn classification(&self) -> (&'static str, ErrorCategory, &'static str) {
        use ErrorCategory::{InvalidArgument, InvalidData, NotSpecified, ObjectNotFound, WriteError};
        const BINDING: &str = "ParameterBindingException";
        let id = match self {
            Self::CommandNotFound { .. } => "CommandNotFoundException",
            Self::NamedParameterNotFound { .. } => "NamedParameterNotFound",
            Self::PositionalParameterNotFound { .. } => "PositionalParameterNotFound",
            Self::MissingArgument { .. } => "MissingArgument",
            Self::AmbiguousParameter { .. } => "AmbiguousParameter",
            Self::AmbiguousParameterSet => "AmbiguousParameterSet",
            Self::MissingMandatoryParameter { .. } => "MissingMandatoryParameter",
            Self::ParameterAlreadyBound { .. } => "ParameterAlreadyBound",
            Self::CannotConvertArgument { .. } => "CannotConvertArgument",
            Self::CannotConvertArgumentNoMessage { .. } | Self::BadPin { .. } => {
                "CannotConvertArgumentNoMessage"
            }
            Self::ParameterArgumentTransformationError { .. } => "ParameterArgumentTransformationError",
            Self::ParameterArgumentValidationError { .. } => "ParameterArgumentValidationError",
            Self::EmptyArrayNotAllowed { .. } => "ParameterArgumentValidationErrorEmptyArrayNotAllowed",
            Self::ParameterBindingFailed { .. } => "ParameterBindingFailed",
            // PowerShell raises the next ones when the cmdlet runs, as bare .NET exceptions, whose id is their type.
            Self::InvalidComputerName { .. } | Self::InvalidUri | Self::UriWithUserName => {
                "System.UriFormatException"
            }
            Self::InvalidNewComputerName { .. } => "PSSessionInvalidComputerName",
            Self::InvalidIdleTimeout { .. } => "Argument",
            Self::RelativeUri => "System.NotSupportedException",
            Self::InvalidSchemeValue { .. } | Self::InvalidSessionOption { .. } => "System.ArgumentException",
            Self::InputObjectNotBound { .. } => "InputObjectNotBound",
            Self::OptionTakesNoValue { .. } => "OptionTakesNoValue",
            Self::AsIsNotFirst => "AsIsNotFirst",
            Self::BadThumbprint { .. } => "InvalidCertificateThumbprint",
            Self::NotUnicode { .. } => "ArgumentNotUnicode",
            Self::PasswordUnavailable(_) => "PasswordUnavailable",
            Self::OptionNeedsAnother { .. } => "OptionNeedsAnother",
            Self::CertificateNotChosen { .. } => "CertificateNotChosen",
            Self::ConfigFileUnusable(_) => "ConfigFileUnusable",
            Self::NoJobs { .. } => "JobsNotSupported",
            Self::AsJobAndDisconnected => "AsJobAndDisconnectedError",
            Self::SessionNameWithoutDisconnected => "System.InvalidOperationException",
            Self::ScriptUnreadable { .. } => "FileOpenFailure",
        };
        let (category, reason) = match self {
            Self::CommandNotFound { .. } => (ObjectNotFound, id),
            Self::ParameterArgumentTransformationError { .. } => {
                (InvalidData, "ParameterBindingArgumentTransformationException")
            }
            Self::ParameterArgumentValidationError { .. } | Self::EmptyArrayNotAllowed { .. } => {
                (InvalidData, "ParameterBindingValidationException")
            }
            Self::ParameterBindingFailed { .. } => (WriteError, BINDING),
            Self::PasswordUnavailable(_)
            | Self::ConfigFileUnusable(_)
            | Self::InvalidNewComputerName { .. } => (InvalidArgument, "ArgumentException"),
            Self::InvalidIdleTimeout { .. } => (InvalidArgument, "PSArgumentException"),
            _ => id.strip_prefix("System.").map_or((InvalidArgument, BINDING), |name| (NotSpecified, name)),
        };
        (id, category, reason)
    }

    fn target(&self) -> Option<ErrorTarget> {
        const NAMES: &str = "System.String[]";
        if let Self::InvalidNewComputerName { .. } = self {
            return Some(ErrorTarget { name: NAMES.to_owned(), type_name: "String[]" });
        }
        let text = match self {
            Self::CommandNotFound { name, .. } => name,
            Self::InputObjectNotBound { text, .. } => text,
            _ => return None,
        };
        Some(ErrorTarget { name: text.clone(), type_name: "String" })
    }

    /// What can be done about it.
    fn hint(&self, cmdlet: Cmdlet) -> Option<String> {
        let words = match self {
            Self::CommandNotFound { known, .. } => {
                return Some(format!(
                    "this program acts as {}; choose one with --as CMDLET as the first word",
                    known.join(", ")
                ));
            }
            Self::NamedParameterNotFound { suggestion: Some(meant), .. } => {
                return Some(format!("did you mean {meant}?"));
            }
            Self::PositionalParameterNotFound { argument }
                if cmdlet == Cmdlet::DisconnectPSSession && argument.contains(char::is_alphabetic) =>
            {
                return Some(format!("a session's name is given with -Name: -Name {argument}"));
            }
            // It has no positions.
            Self::PositionalParameterNotFound { .. } if cmdlet != Cmdlet::NewPSSessionOption => {
                "separate several values with commas: Server01,Server02"
            }
            Self::CannotConvertArgumentNoMessage { reason: ConversionError::SessionOption(_), .. } => {
                "new-pssessionoption writes such a value; 'new-pssessionoption -?' lists what it takes"
            }
            Self::MissingArgument { type_name, name } if *type_name == SWITCH => {
                return Some(format!(
                    "the shell removes an unquoted $true or $false: write -{name}:true or -{name}:false, or quote the word"
                ));
            }
            Self::MissingArgument { name, .. } if !name.starts_with('-') => {
                return Some(format!("a value that looks like a parameter can be attached: -{name}:VALUE"));
            }
            Self::InvalidComputerName { name } | Self::InvalidNewComputerName { name }
                if name.contains("://") =>
            {
                "give a full address with -ConnectionUri"
            }
            Self::InvalidIdleTimeout { .. } => "IdleTimeout in -SessionOption is in milliseconds",
            Self::InvalidComputerName { .. } | Self::InvalidNewComputerName { .. } => {
                "give a port with -Port, a path with -ApplicationName, a full address with -ConnectionUri"
            }
            Self::RelativeUri | Self::InvalidUri => "a connection URI looks like http://Server01:5985/wsman",
            Self::UriWithUserName => "give the user name with -Credential",
            Self::NoJobs { .. } => {
                "start the command with -InDisconnectedSession, and show its output with receive-pssession"
            }
            Self::ParameterArgumentTransformationError { .. } => {
                "give a user name; the password is prompted for, or comes from --password-command"
            }
            Self::InputObjectNotBound { line, reason, .. } => {
                return Some(format!("line {line} of standard input {reason}"));
            }
            Self::PasswordUnavailable(why) => return why.hint.clone(),
            Self::CertificateNotChosen { thumbprints } if !thumbprints.is_empty() => {
                let thumbprints: Vec<_> = thumbprints.iter().map(Thumbprint::to_string).collect();
                return Some(format!("-CertificateThumbprint {}", thumbprints.join(" or ")));
            }
            Self::CertificateNotChosen { .. } | Self::BadThumbprint { .. } => {
                "openssl x509 -in FILE -noout -fingerprint -sha1 shows a certificate's thumbprint"
            }
            Self::BadPin { .. } => {
                "openssl x509 -in FILE -noout -fingerprint -sha256 shows a certificate's fingerprint"
            }
            Self::ConfigFileUnusable(bad) => return Some(bad.hint()),
            Self::AsIsNotFirst => "put --as CMDLET before everything else",
            Self::NotUnicode { .. } => "write the argument in UTF-8",
            _ => return Some(format!("'{} -?' lists the parameters", cmdlet.name().to_lowercase())),
        };
        Some(words.to_owned())
    }
}

#[cfg(test)]
mod tests;
