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

pub use value::{Dictionary, proxy_authentication_of};

pub const SESSION_OPTION: Param<PSSessionOption> = parameter("SessionOption", "Advanced options, as Key=Value,Key=Value.")
    .details("Write '@{OperationTimeout=30000; SkipCACheck=$true}', OperationTimeout=30000,SkipCACheck=true or \
              JSON; new-pssessionoption writes it for you. @FILE reads it from a file. Use the names of \
              New-PSSessionOption's parameters or of the object's properties. Times are in milliseconds, or \
              hh:mm:ss. IdleTimeout, CancelTimeout and options for new sessions are accepted but ignored: the \
              session keeps its own.\n\n\
              SkipCACheck trusts any issuer and expired certificates; SkipCNCheck accepts any name in a \
              certificate. --pin-sha256 is safer than either. SkipRevocationCheck is accepted but ignored: \
              revocation is never checked.\n\n\
              The proxy comes from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY) whatever the \
              ProxyAccessType, except that NoProxyServer uses none. Over HTTPS, ProxyAuthentication selects how \
              to log on to it: Negotiate (Kerberos, or NTLM with ProxyCredential), Digest, or Basic, which sends \
              it the password. The password is taken from PSSESSION_PROXY_PASSWORD.");

/// One property of the object.
pub(super) struct Property {
    pub name: &'static str,
    /// The parameter of New-PSSessionOption that sets it, and its alias.
    parameters: &'static [&'static str],
    type_name: &'static str,
    set: fn(&mut PSSessionOption, Text) -> Result<(), SettingError>,
}

const BOOLEAN: &str = "System.Boolean";
/// The .NET type of a culture. Any name is one: whether there is such a culture only a server knows.
pub const CULTURE_INFO: &str = "System.Globalization.CultureInfo";

#[rustfmt::skip]
pub(super) static PROPERTIES: [Property; 23] = [
    Property { name: "MaximumConnectionRedirectionCount", parameters: &["MaximumRedirection"], type_name: INT32,
        set: |option, text| { option.maximum_connection_redirection_count = value::redirections(text)?; Ok(()) } },
    Property { name: "NoCompression", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_compression = value::boolean(text)?; Ok(()) } },
    Property { name: "NoMachineProfile", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_machine_profile = value::boolean(text)?; Ok(()) } },
    Property { name: "Culture", parameters: &[], type_name: CULTURE_INFO,
        set: |option, text| { option.culture = value::not_empty(text)?; Ok(()) } },
    Property { name: "UICulture", parameters: &[], type_name: CULTURE_INFO,
        set: |option, text| { option.ui_culture = value::not_empty(text)?; Ok(()) } },
    Property { name: "MaximumReceivedDataSizePerCommand", parameters: &[], type_name: INT32,
        set: |option, text| { option.maximum_received_data_size_per_command = value::quota(text)?; Ok(()) } },
    Property { name: "MaximumReceivedObjectSize", parameters: &[], type_name: INT32,
        set: |option, text| { option.maximum_received_object_size = value::quota(text)?; Ok(()) } },
    Property { name: "OutputBufferingMode", parameters: &[], type_name: <OutputBufferingMode as Value>::TYPE_NAME,
        set: |option, text| { option.output_buffering_mode = value::member(text)?; Ok(()) } },
    Property { name: "MaxConnectionRetryCount", parameters: &[], type_name: INT32,
        set: |option, text| { option.max_connection_retry_count = value::natural(text)?; Ok(()) } },
    Property { name: "ApplicationArguments", parameters: &[], type_name: Dictionary::TYPE_NAME,
        // They matter only to a session that is being created, and there is no way yet to create one.
        set: |_, text| Ok(value::dictionary(text)?) },
    Property { name: "OpenTimeout", parameters: &["OpenTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.open_timeout = value::timeout(text)?; Ok(()) } },
    Property { name: "CancelTimeout", parameters: &["CancelTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.cancel_timeout = value::timeout(text)?; Ok(()) } },
    Property { name: "IdleTimeout", parameters: &["IdleTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.idle_timeout = value::idle_timeout(text)?; Ok(()) } },
    Property { name: "OperationTimeout", parameters: &["OperationTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.operation_timeout = value::timeout(text)?; Ok(()) } },
    Property { name: "ProxyAccessType", parameters: &[], type_name: <ProxyAccessType as Value>::TYPE_NAME,
        set: |option, text| { option.proxy_access_type = value::member(text)?; Ok(()) } },
    Property { name: "ProxyAuthentication", parameters: &[], type_name: <Authentication as Value>::TYPE_NAME,
        set: |option, text| { option.proxy_authentication = value::proxy_authentication(text)?; Ok(()) } },
    Property { name: "ProxyCredential", parameters: &[], type_name: "System.Management.Automation.PSCredential",
        set: |option, text| { option.proxy_credential = value::not_empty(text)?; Ok(()) } },
    Property { name: "SkipCACheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_ca_check = value::boolean(text)?; Ok(()) } },
    Property { name: "SkipCNCheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_cn_check = value::boolean(text)?; Ok(()) } },
    Property { name: "SkipRevocationCheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_revocation_check = value::boolean(text)?; Ok(()) } },
    Property { name: "NoEncryption", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_encryption = value::boolean(text)?; Ok(()) } },
    Property { name: "UseUTF16", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.use_utf16 = value::boolean(text)?; Ok(()) } },
    Property { name: "IncludePortInSPN", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.include_port_in_spn = value::boolean(text)?; Ok(()) } },
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
            parse(&text).map_err(|error| SessionOptionError::InFile { path: shown, error: Box::new(error) })
        }
        Err(error) => Err(SessionOptionError::UnreadableFile { path: shown, reason: error.to_string() }),
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
