//! -SessionOption: a PSSessionOption in words.
//!
//! `@{OperationTimeout=30000; SkipCACheck=$true}` as PowerShell writes a hash table, or without the dressing
//! `OperationTimeout=30000,SkipCACheck=true`, which needs no quotes in a shell.

use super::convert::{
    self, ConversionError, Enumeration, Reason, ValidationError, cannot_convert, enumeration, in_range, int32,
};
use super::parameter::{Kind, Parameter, parameter};
use crate::auth::Authentication;
use crate::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType, ProxyAuthentication};
use std::time::Duration;

pub const SESSION_OPTION: Parameter = Parameter {
    details: "Written '@{OperationTimeout=30000; SkipCACheck=$true}' or OperationTimeout=30000,SkipCACheck=true. \
              Names are those of New-PSSessionOption's parameters or of the object's properties. Times are \
              milliseconds, or hh:mm:ss. IdleTimeout is accepted and changes nothing: the session keeps its own. \
              SkipCACheck believes any issuer of a certificate and expired ones, SkipCNCheck any name in it; \
              --pin-sha256 is better than either. SkipRevocationCheck is accepted and changes nothing: revocation \
              is never checked.",
    ..parameter("SessionOption", Kind::SessionOption, "Advanced options, as Key=Value,Key=Value.")
};

/// Why a text is no PSSessionOption.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionOptionError {
    #[error(
        "Cannot convert the \"{text}\" value of type \"System.String\" to type \
         \"System.Management.Automation.Remoting.PSSessionOption\"."
    )]
    NotAHashTable { text: String },
    #[error("The hash literal was incomplete.")]
    Incomplete,
    #[error("Missing '=' operator after key in hash literal.")]
    MissingEquals,
    #[error("Duplicate keys '{key}' are not allowed in hash literals.")]
    DuplicateKey { key: String },
    // The names in brackets are PowerShell's own list of settable properties, here with the parameter's name where
    // it differs.
    #[error(
        "Cannot create object of type \"{type_name}\". The {key} property was not found for the {type_name} object. \
         The available property is: {}", available(), type_name = Kind::SessionOption.type_name()
    )]
    UnknownKey { key: String },
    #[error(
        "Cannot create object of type \"{}\". Exception setting \"{key}\": \"{reason}\"",
        Kind::SessionOption.type_name()
    )]
    Setting { key: String, reason: SettingError },
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

/// One property of the object.
struct Property {
    name: &'static str,
    /// The parameter of New-PSSessionOption that sets it, and its alias.
    parameters: &'static [&'static str],
    type_name: &'static str,
    set: fn(&mut PSSessionOption, &str) -> Result<(), SettingError>,
}

const INT32: &str = "System.Int32";
const BOOLEAN: &str = "System.Boolean";
const TIME_SPAN: &str = "System.TimeSpan";
const DICTIONARY: &str = "System.Management.Automation.PSPrimitiveDictionary";

#[rustfmt::skip]
static PROPERTIES: [Property; 23] = [
    Property { name: "MaximumConnectionRedirectionCount", parameters: &["MaximumRedirection"], type_name: INT32,
        // Negative is unlimited.
        set: |option, text| { option.maximum_connection_redirection_count = u32::try_from(int32(text)?).ok(); Ok(()) } },
    Property { name: "NoCompression", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_compression = boolean(text)?; Ok(()) } },
    Property { name: "NoMachineProfile", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_machine_profile = boolean(text)?; Ok(()) } },
    Property { name: "Culture", parameters: &[], type_name: "System.Globalization.CultureInfo",
        set: |option, text| { option.culture = Some(not_empty(text)?); Ok(()) } },
    Property { name: "UICulture", parameters: &[], type_name: "System.Globalization.CultureInfo",
        set: |option, text| { option.ui_culture = Some(not_empty(text)?); Ok(()) } },
    Property { name: "MaximumReceivedDataSizePerCommand", parameters: &[], type_name: INT32,
        set: |option, text| { option.maximum_received_data_size_per_command = quota(text)?; Ok(()) } },
    Property { name: "MaximumReceivedObjectSize", parameters: &[], type_name: INT32,
        set: |option, text| { option.maximum_received_object_size = quota(text)?; Ok(()) } },
    Property { name: "OutputBufferingMode", parameters: &[], type_name: OutputBufferingMode::TYPE_NAME,
        set: |option, text| { option.output_buffering_mode = enumeration(text)?; Ok(()) } },
    Property { name: "MaxConnectionRetryCount", parameters: &[], type_name: INT32,
        set: |option, text| { option.max_connection_retry_count = natural(text)?; Ok(()) } },
    Property { name: "ApplicationArguments", parameters: &[], type_name: DICTIONARY,
        // They matter only to a session that is being created, and there is no way yet to create one.
        set: |_, text| Ok(dictionary(text)?) },
    Property { name: "OpenTimeout", parameters: &["OpenTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.open_timeout = timeout(text)?; Ok(()) } },
    Property { name: "CancelTimeout", parameters: &["CancelTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.cancel_timeout = timeout(text)?; Ok(()) } },
    Property { name: "IdleTimeout", parameters: &["IdleTimeoutMSec"], type_name: TIME_SPAN,
        // -1 leaves it to the server.
        set: |option, text| { option.idle_timeout = milliseconds(text, -1)?; Ok(()) } },
    Property { name: "OperationTimeout", parameters: &["OperationTimeoutMSec"], type_name: TIME_SPAN,
        set: |option, text| { option.operation_timeout = timeout(text)?; Ok(()) } },
    Property { name: "ProxyAccessType", parameters: &[], type_name: ProxyAccessType::TYPE_NAME,
        set: |option, text| { option.proxy_access_type = enumeration(text)?; Ok(()) } },
    Property { name: "ProxyAuthentication", parameters: &[], type_name: Kind::Authentication.type_name(),
        set: |option, text| { option.proxy_authentication = proxy_authentication(text)?; Ok(()) } },
    Property { name: "ProxyCredential", parameters: &[], type_name: Kind::Credential.type_name(),
        set: |option, text| { option.proxy_credential = Some(not_empty(text)?); Ok(()) } },
    Property { name: "SkipCACheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_ca_check = boolean(text)?; Ok(()) } },
    Property { name: "SkipCNCheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_cn_check = boolean(text)?; Ok(()) } },
    Property { name: "SkipRevocationCheck", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.skip_revocation_check = boolean(text)?; Ok(()) } },
    Property { name: "NoEncryption", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.no_encryption = boolean(text)?; Ok(()) } },
    Property { name: "UseUTF16", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.use_utf16 = boolean(text)?; Ok(()) } },
    Property { name: "IncludePortInSPN", parameters: &[], type_name: BOOLEAN,
        set: |option, text| { option.include_port_in_spn = boolean(text)?; Ok(()) } },
];

fn available() -> String {
    let one = |property: &Property| match property.parameters.first() {
        Some(parameter) => format!("[{} or {parameter} <{}>]", property.name, property.type_name),
        None => format!("[{} <{}>]", property.name, property.type_name),
    };
    PROPERTIES.iter().map(one).collect::<Vec<_>>().join(" , ")
}

/// Reads a PSSessionOption; what it does not mention keeps its default.
///
/// PowerShell takes property names only, and a bare integer for a time as ticks of 100 ns, so that 30000 would be
/// 3 ms. Here parameter names do as well, and an integer is milliseconds, as in New-PSSessionOption.
pub fn parse(text: &str) -> Result<PSSessionOption, SessionOptionError> {
    let mut option = PSSessionOption::default();
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries(text.trim())? {
        let (key, value) = entry.split_once('=').ok_or(SessionOptionError::MissingEquals)?;
        let (key, value) = (unquoted(key), unquoted(value));
        let is_named = |name: &str| name.eq_ignore_ascii_case(key);
        let property = PROPERTIES
            .iter()
            .find(|property| is_named(property.name) || property.parameters.iter().any(|name| is_named(name)))
            .ok_or_else(|| SessionOptionError::UnknownKey { key: key.to_owned() })?;
        if seen.contains(&property.name) {
            return Err(SessionOptionError::DuplicateKey { key: key.to_owned() });
        }
        seen.push(property.name);
        (property.set)(&mut option, value)
            .map_err(|reason| SessionOptionError::Setting { key: property.name.to_owned(), reason })?;
    }
    if option.proxy_credential.is_some() && option.proxy_access_type == ProxyAccessType::None {
        let reason = SettingError::ProxyCredentialWithoutProxy;
        return Err(SessionOptionError::Setting { key: "ProxyCredential".to_owned(), reason });
    }
    Ok(option)
}

/// The entries `Key=Value` of either form; empty ones are skipped, as in PowerShell. What stands in braces is one value.
fn entries(text: &str) -> Result<impl Iterator<Item = &str>, SessionOptionError> {
    let (inner, separators): (_, &[char]) = match text.strip_prefix("@{") {
        Some(rest) => (rest.strip_suffix('}').ok_or(SessionOptionError::Incomplete)?, &[';', '\n']),
        None if text.contains('=') => (text, &[',']),
        None => return Err(SessionOptionError::NotAHashTable { text: text.to_owned() }),
    };
    let mut depth = 0_usize;
    let ends_entry = move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && separators.contains(&c)
    };
    Ok(inner.split(ends_entry).map(str::trim).filter(|entry| !entry.is_empty()))
}

/// The text without white space and one pair of quotes around it.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

fn boolean(text: &str) -> Result<bool, ConversionError> {
    convert::boolean(text).ok_or_else(|| ConversionError::Boolean { value: text.to_owned() })
}

fn not_empty(text: &str) -> Result<String, ValidationError> {
    if text.is_empty() { Err(ValidationError::Empty) } else { Ok(text.to_owned()) }
}

fn natural(text: &str) -> Result<u32, SettingError> {
    let number = int32(text)?;
    in_range(number, 0, i32::MAX)?;
    Ok(number.unsigned_abs())
}

/// A number of bytes; `None` for no limit.
fn quota(text: &str) -> Result<Option<u32>, SettingError> {
    if is_null(text) { Ok(None) } else { natural(text).map(Some) }
}

fn is_null(text: &str) -> bool {
    text.eq_ignore_ascii_case("$null")
}

/// `$null` or a hash table, whose values are not looked at.
fn dictionary(text: &str) -> Result<(), ConversionError> {
    let table = || entries(text).is_ok_and(|mut entries| entries.all(|entry| entry.contains('=')));
    if is_null(text) || (text.starts_with("@{") && table()) {
        return Ok(());
    }
    Err(cannot_convert(text, DICTIONARY, Reason::NotAHashTable))
}

fn proxy_authentication(text: &str) -> Result<ProxyAuthentication, SettingError> {
    match enumeration(text)? {
        Authentication::Basic => Ok(ProxyAuthentication::Basic),
        Authentication::Negotiate => Ok(ProxyAuthentication::Negotiate),
        Authentication::Digest => Ok(ProxyAuthentication::Digest),
        other => {
            let member = Authentication::MEMBERS.iter().find(|(_, member)| *member == other);
            Err(SettingError::ProxyMechanism { mechanism: member.map_or("", |(name, _)| name) })
        }
    }
}

/// A time, where 0 is no limit.
fn timeout(text: &str) -> Result<Option<Duration>, SettingError> {
    Ok(milliseconds(text, 0)?.filter(|time| !time.is_zero()))
}

/// A time of at least `minimum` milliseconds; `None` for a negative one.
fn milliseconds(text: &str, minimum: i32) -> Result<Option<Duration>, SettingError> {
    let number = if text.contains(':') { time_span(text)? } else { int32(text)? };
    in_range(number, minimum, i32::MAX)?;
    Ok(u64::try_from(number).ok().map(Duration::from_millis))
}

/// `[d.]hh:mm[:ss[.fff]]` in milliseconds, as TimeSpan.Parse reads it; not the negative ones.
fn time_span(text: &str) -> Result<i32, ConversionError> {
    let parse = || {
        let (days, clock) = match text.split_once('.') {
            Some((days, clock)) if clock.contains(':') => (days, clock),
            _ => ("0", text),
        };
        let mut parts = clock.split(':');
        let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
        let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        if parts.next().is_some() || !(1..=7).contains(&fraction.len()) {
            return None;
        }
        let part = |text: &str, limit: i64| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i64>().ok())?.filter(|number| *number < limit)
        };
        let (days, hours) = (part(days, 10_675_199)?, part(hours, 24)?);
        let (minutes, seconds) = (part(minutes, 60)?, part(seconds, 60)?);
        let ticks = part(&format!("{fraction:0<7}"), 10_000_000)?;
        Some((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + ticks / 10_000)
    };
    let total = parse().ok_or_else(|| cannot_convert(text, TIME_SPAN, Reason::NotATimeSpan))?;
    i32::try_from(total).map_err(|_| cannot_convert(text, INT32, Reason::NotAnInt32))
}

impl Enumeration for OutputBufferingMode {
    const TYPE_NAME: &'static str = "System.Management.Automation.Runspaces.OutputBufferingMode";
    const MEMBERS: &'static [(&'static str, OutputBufferingMode)] = &[
        (OutputBufferingMode::None.name(), OutputBufferingMode::None),
        (OutputBufferingMode::Drop.name(), OutputBufferingMode::Drop),
        (OutputBufferingMode::Block.name(), OutputBufferingMode::Block),
    ];

    fn number(self) -> i32 {
        self as i32
    }
}

impl Enumeration for ProxyAccessType {
    const TYPE_NAME: &'static str = "System.Management.Automation.Remoting.ProxyAccessType";
    const MEMBERS: &'static [(&'static str, ProxyAccessType)] = &[
        ("None", ProxyAccessType::None),
        ("IEConfig", ProxyAccessType::IEConfig),
        ("WinHttpConfig", ProxyAccessType::WinHttpConfig),
        ("AutoDetect", ProxyAccessType::AutoDetect),
        ("NoProxyServer", ProxyAccessType::NoProxyServer),
    ];

    fn number(self) -> i32 {
        self as i32
    }
}

#[cfg(test)]
mod tests;
