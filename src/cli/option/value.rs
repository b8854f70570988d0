//! The values of a PSSessionOption's properties. Null means no limit, and is allowed only where there may be none.

use super::hash_table;
use crate::cli::bind_error::BindError;
use crate::cli::convert::{
    self, Argument, ConversionError, Enumeration, Reason, SettingError, ValidationError, Value,
    cannot_convert, dotnet_enum, enumeration, in_range, int32, literal,
};
use pssession::access::Authentication;
use pssession::session_option::{OutputBufferingMode, ProxyAccessType, ProxyAuthentication};
use pssession::value::{PSValue, ValueKind};
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// What is written for a value; `None` is null.
pub type Text<'a> = Option<&'a str>;

pub const INT32: &str = "System.Int32";
pub const TIME_SPAN: &str = "System.TimeSpan";

/// A null where a value is required is treated as any other invalid text.
fn given(text: Text<'_>) -> &str {
    text.unwrap_or(hash_table::NULL)
}

pub fn boolean(text: Text) -> Result<bool, ConversionError> {
    let text = given(text);
    convert::boolean(text).ok_or_else(|| ConversionError::Boolean { value: text.to_owned() })
}

pub fn member<E: Enumeration>(text: Text) -> Result<E, ConversionError> {
    enumeration(given(text))
}

pub fn not_empty(text: Text) -> Result<Option<String>, ValidationError> {
    match text {
        Some("") => Err(ValidationError::Empty),
        text => Ok(text.map(str::to_owned)),
    }
}

pub fn natural(text: Text) -> Result<u32, SettingError> {
    let number = int32(given(text))?;
    in_range(number, 0, i32::MAX)?;
    Ok(number.unsigned_abs())
}

/// A number of bytes; `None` for no limit.
pub fn quota(text: Text) -> Result<Option<u32>, SettingError> {
    text.map(|text| natural(Some(text))).transpose()
}

/// How many redirections are followed; a negative number has no limit.
pub fn redirections(text: Text) -> Result<Option<u32>, ConversionError> {
    Ok(text.map(int32).transpose()?.and_then(|count| u32::try_from(count).ok()))
}

/// A hash table of the values that PSPrimitiveDictionary allows, as JSON.
#[derive(Debug, Clone)]
pub struct Dictionary;

impl Value for Dictionary {
    const TYPE_NAME: &'static str = "System.Management.Automation.PSPrimitiveDictionary";

    fn read(argument: &Argument) -> Result<Dictionary, BindError> {
        argument.convert(|text| dictionary(Some(text))).map(|_| Dictionary)
    }
}

/// A hash table, or nothing: null, or one without entries.
pub fn dictionary(text: Text) -> Result<Option<Map<String, Json>>, ConversionError> {
    let Some(text) = text else { return Ok(None) };
    let is_whole = text.starts_with("@{") && hash_table::entries(text).is_ok();
    match Some(json(literal(text).view().root())).filter(|_| is_whole) {
        Some(Some(Json::Object(entries))) => Ok(Some(entries).filter(|entries| !entries.is_empty())),
        _ => Err(cannot_convert(text, Dictionary::TYPE_NAME, Reason::NotAHashTable)),
    }
}

/// What a literal is; `None` for what only a program can make.
fn json(value: PSValue<'_>) -> Option<Json> {
    Some(match value.kind() {
        ValueKind::Null => Json::Null,
        ValueKind::Bool(value) => value.into(),
        ValueKind::Integer(number) => i64::try_from(number).ok()?.into(),
        ValueKind::Double(number) => number.into(),
        ValueKind::String(text) => text.into(),
        ValueKind::List(items) => items.map(json).collect::<Option<Vec<_>>>()?.into(),
        ValueKind::Dictionary(entries) => {
            let entry = |(key, value): (PSValue<'_>, PSValue<'_>)| Some((key_text(key)?, json(value)?));
            Json::Object(entries.map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The keys of a PSPrimitiveDictionary are strings.
fn key_text(key: PSValue<'_>) -> Option<String> {
    key.as_str().map(str::to_owned)
}

/// The mechanism for a proxy, where it is one.
pub fn proxy_authentication(text: Text) -> Result<ProxyAuthentication, SettingError> {
    match member(text)? {
        Authentication::Basic => Ok(ProxyAuthentication::Basic),
        Authentication::Negotiate => Ok(ProxyAuthentication::Negotiate),
        Authentication::Digest => Ok(ProxyAuthentication::Digest),
        other => Err(SettingError::ProxyMechanism { mechanism: other.name() }),
    }
}

/// A time; 0 means no limit.
pub fn timeout(text: Text) -> Result<Option<Duration>, SettingError> {
    Ok(milliseconds(text, 0)?.filter(|time| !time.is_zero()))
}

/// A time; -1 leaves it to the server.
pub fn idle_timeout(text: Text) -> Result<Option<Duration>, SettingError> {
    milliseconds(text, -1)
}

/// A time of at least `minimum` milliseconds; `None` for a negative one.
fn milliseconds(text: Text, minimum: i32) -> Result<Option<Duration>, SettingError> {
    let Some(text) = text else { return Ok(None) };
    let number = if text.contains(':') { time_span(text)? } else { int32(text)? };
    in_range(number, minimum, i32::MAX)?;
    Ok(u64::try_from(number).ok().map(Duration::from_millis))
}

/// `[d.]hh:mm[:ss[.fff]]` in milliseconds, as TimeSpan.Parse reads it; not the negative ones.
pub fn time_span(text: &str) -> Result<i32, ConversionError> {
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

dotnet_enum!(
    OutputBufferingMode,
    "System.Management.Automation.Runspaces.OutputBufferingMode": None Drop Block
);

dotnet_enum!(
    ProxyAccessType,
    "System.Management.Automation.Remoting.ProxyAccessType":
    None IEConfig WinHttpConfig AutoDetect NoProxyServer
);
