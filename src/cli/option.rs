//! -SessionOption: a PSSessionOption in words.
//!
//! `@{OperationTimeout=30000; SkipCACheck=$true}` as PowerShell writes a hash table; without the dressing
//! `OperationTimeout=30000,SkipCACheck=true`, which needs no quotes in a shell; a JSON object; or `@FILE`, a file
//! with any of these.

mod hash_table;
mod json;
mod value;

use super::bind_error::BindError;
use super::convert::{Argument, ConversionError, SessionOptionError, SettingError, Value, parameter};
use super::environment::ReadFile;
use super::parameter::Param;
use hash_table::Entry;
use pssession::access::Authentication;
use pssession::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType};
use std::path::Path;
use value::{INT32, TIME_SPAN, Text};

pub use value::Dictionary;

pub const SESSION_OPTION: Param<PSSessionOption> = parameter("SessionOption", "Advanced options, as Key=Value,Key=Value.")
    .details("Write '@{OperationTimeout=30000; SkipCACheck=$true}', OperationTimeout=30000,SkipCACheck=true or \
              JSON; new-pssessionoption writes it for you. @FILE reads the options from a file. Use the names of \
              New-PSSessionOption's parameters or of the object's properties. Times are in milliseconds, or \
              hh:mm:ss. NoMachineProfile, Culture, UICulture, ApplicationArguments, IdleTimeout and \
              MaxConnectionRetryCount are for new sessions; one that exists keeps its own. NoCompression is always \
              on for new sessions. CancelTimeout is accepted but ignored.\n\n\
              SkipCACheck trusts any issuer and expired certificates; SkipCNCheck accepts any name in a \
              certificate. --pin-sha256 is safer than either. SkipRevocationCheck is accepted but ignored: \
              revocation is never checked.\n\n\
              The proxy comes from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY), unless ProxyAccessType is \
              NoProxyServer; its other values make no difference. Over HTTPS, ProxyAuthentication selects how \
              to log on to it: Negotiate (Kerberos, or NTLM with ProxyCredential), Digest, or Basic, which sends \
              it the password. The password is taken from PSSESSION_PROXY_PASSWORD. NO_PROXY lists the hosts \
              reached without it: example.com, .example.com or *.example.com for a domain, host:port, an address, a \
              network such as 10.0.0.0/8, or * for everything. This computer and plain HTTP never use a proxy.");

/// One property of the object.
pub(super) struct Property {
    pub name: &'static str,
    /// The parameter of New-PSSessionOption that sets it, and its alias.
    parameters: &'static [&'static str],
    type_name: &'static str,
    pub set: fn(&mut PSSessionOption, Text) -> Result<(), SettingError>,
}

const BOOLEAN: &str = "System.Boolean";
/// The .NET type of a culture. Any name is accepted: only a server knows which cultures exist.
pub const CULTURE_INFO: &str = "System.Globalization.CultureInfo";

macro_rules! property {
    ($name:literal $(or $parameter:literal)?, $type_name:expr, $field:ident = $read:ident) => {
        Property {
            name: $name,
            parameters: &[$($parameter)?],
            type_name: $type_name,
            set: |option, text| {
                option.$field = value::$read(text)?;
                Ok(())
            },
        }
    };
}

pub(super) static PROPERTIES: [Property; 23] = [
    property!("MaximumConnectionRedirectionCount" or "MaximumRedirection", INT32,
        maximum_connection_redirection_count = redirections),
    property!("NoCompression", BOOLEAN, no_compression = boolean),
    property!("NoMachineProfile", BOOLEAN, no_machine_profile = boolean),
    property!("Culture", CULTURE_INFO, culture = not_empty),
    property!("UICulture", CULTURE_INFO, ui_culture = not_empty),
    property!("MaximumReceivedDataSizePerCommand", INT32, maximum_received_data_size_per_command = quota),
    property!("MaximumReceivedObjectSize", INT32, maximum_received_object_size = quota),
    property!(
        "OutputBufferingMode",
        <OutputBufferingMode as Value>::TYPE_NAME,
        output_buffering_mode = member
    ),
    property!("MaxConnectionRetryCount", INT32, max_connection_retry_count = natural),
    property!("ApplicationArguments", Dictionary::TYPE_NAME, application_arguments = dictionary),
    property!("OpenTimeout" or "OpenTimeoutMSec", TIME_SPAN, open_timeout = timeout),
    property!("CancelTimeout" or "CancelTimeoutMSec", TIME_SPAN, cancel_timeout = timeout),
    property!("IdleTimeout" or "IdleTimeoutMSec", TIME_SPAN, idle_timeout = idle_timeout),
    property!("OperationTimeout" or "OperationTimeoutMSec", TIME_SPAN, operation_timeout = timeout),
    property!("ProxyAccessType", <ProxyAccessType as Value>::TYPE_NAME, proxy_access_type = member),
    property!(
        "ProxyAuthentication",
        <Authentication as Value>::TYPE_NAME,
        proxy_authentication = proxy_authentication
    ),
    property!("ProxyCredential", "System.Management.Automation.PSCredential", proxy_credential = not_empty),
    property!("SkipCACheck", BOOLEAN, skip_ca_check = boolean),
    property!("SkipCNCheck", BOOLEAN, skip_cn_check = boolean),
    property!("SkipRevocationCheck", BOOLEAN, skip_revocation_check = boolean),
    property!("NoEncryption", BOOLEAN, no_encryption = boolean),
    property!("UseUTF16", BOOLEAN, use_utf16 = boolean),
    property!("IncludePortInSPN", BOOLEAN, include_port_in_spn = boolean),
];

fn available() -> String {
    let one = |property: &Property| match property.parameters.first() {
        Some(parameter) => format!("[{} or {parameter} <{}>]", property.name, property.type_name),
        None => format!("[{} <{}>]", property.name, property.type_name),
    };
    PROPERTIES.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Property {
    /// Its own name, then those of parameters.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.parameters.iter().copied())
    }

    /// Whether it can have this value.
    pub fn check(&self, text: &str) -> Result<(), SettingError> {
        (self.set)(&mut PSSessionOption::default(), Some(text))
    }
}

/// The property of this name, or that a parameter of this name sets, in any letter case.
pub(super) fn property(key: &str) -> Option<&'static Property> {
    let key = key.trim();
    PROPERTIES.iter().find(|property| property.names().any(|name| name.eq_ignore_ascii_case(key)))
}

/// Reads a PSSessionOption; what it does not mention keeps its default.
///
/// PowerShell takes property names only, and a bare integer for a time as ticks of 100 ns, so that 30000 would be
/// 3 ms. Here parameter names do as well, and an integer is milliseconds, as in New-PSSessionOption.
pub fn parse(text: &str) -> Result<PSSessionOption, SessionOptionError> {
    // Files of Windows may begin with a byte order mark.
    let text = text.trim_start_matches('\u{FEFF}').trim();
    match text.starts_with('{') {
        true => option(json::entries(text)?),
        false => option(hash_table::entries(text)?),
    }
}

impl Value for PSSessionOption {
    const TYPE_NAME: &'static str = super::convert::SESSION_OPTION;

    fn read(argument: &Argument) -> Result<PSSessionOption, BindError> {
        argument.convert(|text| {
            let option = match file(text) {
                Some(path) => read(path, argument.read_file),
                None => parse(text),
            };
            option.map_err(|error| ConversionError::SessionOption(Box::new(error)))
        })
    }
}

/// The file that a text names instead of the value itself: `@FILE`.
fn file(text: &str) -> Option<&Path> {
    text.strip_prefix('@').filter(|path| !path.is_empty() && !path.starts_with('{')).map(Path::new)
}

/// Reads the PSSessionOption in a file.
fn read(path: &Path, read_file: ReadFile) -> Result<PSSessionOption, SessionOptionError> {
    let shown = path.display().to_string();
    match read_file.read(path) {
        Ok(text) => {
            parse(&text).map_err(|error| SessionOptionError::InFile { path: shown, fault: fault(&error) })
        }
        Err(error) => Err(SessionOptionError::UnreadableFile { path: shown, reason: error.to_string() }),
    }
}

/// What is wrong with a text, without any of it.
fn fault(error: &SessionOptionError) -> String {
    match error {
        SessionOptionError::Setting { key, .. } => {
            let name = property(key).map_or("a property", |property| property.name);
            format!("the value of {name} is not valid")
        }
        SessionOptionError::UnknownKey { available, .. } => {
            format!("a property in it was not found. The available property is: {available}")
        }
        SessionOptionError::DuplicateKey { .. } => "a property is in it twice".to_owned(),
        SessionOptionError::NotJson { .. } => "its JSON text cannot be read".to_owned(),
        SessionOptionError::NotAHashTable { .. }
        | SessionOptionError::Incomplete
        | SessionOptionError::MissingTerminator { .. }
        | SessionOptionError::MissingEquals
        | SessionOptionError::UnreadableFile { .. }
        | SessionOptionError::InFile { .. } => {
            "it is neither a hash table, nor Key=Value lines, nor JSON".to_owned()
        }
    }
}

fn option(entries: Vec<Entry>) -> Result<PSSessionOption, SessionOptionError> {
    let mut option = PSSessionOption::default();
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in entries {
        let property = property(&key).ok_or_else(|| SessionOptionError::UnknownKey {
            key: key.clone().into_owned(),
            available: available(),
        })?;
        if seen.contains(&property.name) {
            return Err(SessionOptionError::DuplicateKey { key: key.into_owned() });
        }
        seen.push(property.name);
        (property.set)(&mut option, value.as_deref())
            .map_err(|reason| SessionOptionError::Setting { key: property.name.to_owned(), reason })?;
    }
    check(&option)
        .map_err(|reason| SessionOptionError::Setting { key: "ProxyCredential".to_owned(), reason })?;
    Ok(option)
}

/// What no property can say alone.
pub fn check(option: &PSSessionOption) -> Result<(), SettingError> {
    match option.proxy_credential.is_some() && option.proxy_access_type == ProxyAccessType::None {
        true => Err(SettingError::ProxyCredentialWithoutProxy),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
