//! PSSessionOption: how a connection behaves (System.Management.Automation.Remoting.PSSessionOption).
//!
//! A leaf: `cli` reads it from the command line; `cmdlet` and the engine apply it. [`PSSessionOption::default`] holds
//! PowerShell's built-in connection defaults; Connect-PSSession never reads the `$PSSessionOption` variable, so what is
//! not given is the default.
//!
//! As JSON it has PowerShell's property names, times in milliseconds, and null for what has no limit. As text it is a
//! hash table of what differs from the default: `@{OpenTimeout=30000; SkipCACheck=$true}`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

/// Advanced options of one connection. Every field has a value; what a user leaves out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PSSessionOption {
    /// How many redirections are followed if redirection is allowed; `None` is no limit. Default 5.
    pub maximum_connection_redirection_count: Option<u32>,
    /// Read when a session is created; a session that exists keeps what it has.
    pub no_compression: bool,
    /// Read when a session is created.
    pub no_machine_profile: bool,
    /// Culture name such as `en-US`; read when a session is created, `None` is the client's own.
    pub culture: Option<String>,
    /// UI culture name; read when a session is created, `None` is the client's own.
    #[serde(rename = "UICulture")]
    pub ui_culture: Option<String>,
    /// Bytes that one command may send to this client; `None` is no limit, which is the default.
    pub maximum_received_data_size_per_command: Option<u32>,
    /// Bytes of one object from the server; `None` is no limit. Default 209715200 (200 MiB).
    pub maximum_received_object_size: Option<u32>,
    /// What the server does with output while no client is connected.
    pub output_buffering_mode: OutputBufferingMode,
    /// Tries after the first when a session is created. Default 5.
    pub max_connection_retry_count: u32,
    /// What scripts of a new session see as `$PSSenderInfo.ApplicationArguments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_arguments: Option<Map<String, Value>>,
    /// Time to establish the connection; `None` waits for ever. Default 180 s.
    #[serde(with = "milliseconds")]
    pub open_timeout: Option<Duration>,
    /// Time to stop an operation; `None` waits for ever. Default 60 s. Connecting does not use it.
    #[serde(with = "milliseconds")]
    pub cancel_timeout: Option<Duration>,
    /// How long the server keeps an idle session; `None` leaves it to the server, which is the default. Connecting
    /// never changes it.
    #[serde(with = "milliseconds")]
    pub idle_timeout: Option<Duration>,
    /// Time for one operation; `None` waits for ever. Default 180 s.
    #[serde(with = "milliseconds")]
    pub operation_timeout: Option<Duration>,
    /// Where to look for the proxy.
    pub proxy_access_type: ProxyAccessType,
    /// How to log on to the proxy.
    pub proxy_authentication: ProxyAuthentication,
    /// User name for the proxy. A password is never part of an option.
    pub proxy_credential: Option<String>,
    /// Risk: any certificate authority is trusted.
    #[serde(rename = "SkipCACheck")]
    pub skip_ca_check: bool,
    /// Risk: a certificate of any other name is trusted.
    #[serde(rename = "SkipCNCheck")]
    pub skip_cn_check: bool,
    /// Risk: a revoked certificate is trusted.
    pub skip_revocation_check: bool,
    /// Risk: messages are sent in the clear over plain HTTP.
    pub no_encryption: bool,
    /// Requests are written in UTF-16 instead of UTF-8.
    #[serde(rename = "UseUTF16")]
    pub use_utf16: bool,
    /// The service principal name includes the port.
    #[serde(rename = "IncludePortInSPN")]
    pub include_port_in_spn: bool,
}

impl Default for PSSessionOption {
    fn default() -> PSSessionOption {
        PSSessionOption {
            maximum_connection_redirection_count: Some(5),
            no_compression: false,
            no_machine_profile: false,
            culture: None,
            ui_culture: None,
            maximum_received_data_size_per_command: None,
            maximum_received_object_size: Some(209_715_200),
            output_buffering_mode: OutputBufferingMode::None,
            max_connection_retry_count: 5,
            application_arguments: None,
            open_timeout: Some(Duration::from_millis(180_000)),
            cancel_timeout: Some(Duration::from_millis(60_000)),
            idle_timeout: None,
            operation_timeout: Some(Duration::from_millis(180_000)),
            proxy_access_type: ProxyAccessType::None,
            proxy_authentication: ProxyAuthentication::Negotiate,
            proxy_credential: None,
            skip_ca_check: false,
            skip_cn_check: false,
            skip_revocation_check: false,
            no_encryption: false,
            use_utf16: false,
            include_port_in_spn: false,
        }
    }
}

/// The value of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyValue<'a> {
    /// Yes or no.
    Boolean(bool),
    /// A number, or -1 for no limit.
    Number(i64),
    /// Milliseconds; 0 is no limit, and -1 leaves it to the server.
    Time(i64),
    /// A text.
    Text(&'a str),
    /// A hash table.
    Dictionary(&'a Map<String, Value>),
    /// No value.
    Null,
}

impl PSSessionOption {
    /// Every property by PowerShell's name, in the order of the class.
    pub fn properties(&self) -> [(&'static str, PropertyValue<'_>); 23] {
        use PropertyValue::{Boolean, Dictionary, Null, Number, Text, Time};
        fn text(text: &Option<String>) -> PropertyValue<'_> {
            text.as_deref().map_or(Null, Text)
        }
        let count = |count: Option<u32>, none| count.map_or(none, |count| Number(count.into()));
        let time = |time: Option<Duration>, none| {
            Time(time.map_or(none, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
        };
        [
            (
                "MaximumConnectionRedirectionCount",
                count(self.maximum_connection_redirection_count, Number(-1)),
            ),
            ("NoCompression", Boolean(self.no_compression)),
            ("NoMachineProfile", Boolean(self.no_machine_profile)),
            ("ProxyAccessType", Text(self.proxy_access_type.name())),
            ("ProxyAuthentication", Text(self.proxy_authentication.name())),
            ("ProxyCredential", text(&self.proxy_credential)),
            ("SkipCACheck", Boolean(self.skip_ca_check)),
            ("SkipCNCheck", Boolean(self.skip_cn_check)),
            ("SkipRevocationCheck", Boolean(self.skip_revocation_check)),
            ("OperationTimeout", time(self.operation_timeout, 0)),
            ("NoEncryption", Boolean(self.no_encryption)),
            ("UseUTF16", Boolean(self.use_utf16)),
            ("IncludePortInSPN", Boolean(self.include_port_in_spn)),
            ("OutputBufferingMode", Text(self.output_buffering_mode.name())),
            ("MaxConnectionRetryCount", Number(self.max_connection_retry_count.into())),
            ("Culture", text(&self.culture)),
            ("UICulture", text(&self.ui_culture)),
            ("MaximumReceivedDataSizePerCommand", count(self.maximum_received_data_size_per_command, Null)),
            ("MaximumReceivedObjectSize", count(self.maximum_received_object_size, Null)),
            ("ApplicationArguments", self.application_arguments.as_ref().map_or(Null, Dictionary)),
            ("OpenTimeout", time(self.open_timeout, 0)),
            ("CancelTimeout", time(self.cancel_timeout, 0)),
            ("IdleTimeout", time(self.idle_timeout, -1)),
        ]
    }
}

/// The text that -SessionOption takes, on one line unless a value has several.
impl fmt::Display for PSSessionOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = PSSessionOption::default();
        let differs = self.properties().into_iter().zip(default.properties());
        f.write_str("@{")?;
        for (index, ((name, value), _)) in differs.filter(|(own, default)| own != default).enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { "" } else { "; " })?;
        }
        f.write_str("}")
    }
}

/// As PowerShell writes it in a program.
impl fmt::Display for PropertyValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PropertyValue::Boolean(value) => write!(f, "${value}"),
            PropertyValue::Number(number) | PropertyValue::Time(number) => number.fmt(f),
            PropertyValue::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            PropertyValue::Dictionary(entries) => write_dictionary(f, entries),
            PropertyValue::Null => f.write_str("$null"),
        }
    }
}

fn write_dictionary(f: &mut fmt::Formatter<'_>, entries: &Map<String, Value>) -> fmt::Result {
    f.write_str("@{")?;
    for (index, (key, value)) in entries.iter().enumerate() {
        write!(f, "{}'{}'=", if index == 0 { "" } else { "; " }, key.replace('\'', "''"))?;
        write_value(f, value)?;
    }
    f.write_str("}")
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Null => f.write_str("$null"),
        Value::Bool(value) => write!(f, "${value}"),
        Value::Number(number) => write!(f, "{number}"),
        Value::String(text) => write!(f, "{}", PropertyValue::Text(text)),
        Value::Object(entries) => write_dictionary(f, entries),
        Value::Array(values) => {
            f.write_str("@(")?;
            for (index, value) in values.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write_value(f, value)?;
            }
            f.write_str(")")
        }
    }
}

/// What the server does when a disconnected session's output buffer is full
/// (System.Management.Automation.Runspaces.OutputBufferingMode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OutputBufferingMode {
    /// As the server is configured, normally Block.
    #[default]
    None = 0,
    /// The oldest output is lost; the command continues.
    Drop = 1,
    /// The command waits until its output is read.
    Block = 2,
}

members!(OutputBufferingMode: None Drop Block);

/// Where a proxy is looked for on Windows (System.Management.Automation.Remoting.ProxyAccessType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ProxyAccessType {
    /// Not stated: the proxy of the environment, if there is one.
    #[default]
    None = 0,
    /// In the settings of Internet Explorer.
    IEConfig = 1,
    /// In the settings of WinHTTP.
    WinHttpConfig = 2,
    /// Found out from the network.
    AutoDetect = 4,
    /// No proxy is used.
    NoProxyServer = 8,
}

members!(ProxyAccessType: None IEConfig WinHttpConfig AutoDetect NoProxyServer);

/// The three mechanisms a proxy may be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ProxyAuthentication {
    /// The user name and the password as they are.
    Basic,
    /// Kerberos, or NTLM if that is not possible.
    #[default]
    Negotiate,
    /// A hash of the password (RFC 7616).
    Digest,
}

members!(ProxyAuthentication: Basic Negotiate Digest);

/// Times as whole milliseconds.
mod milliseconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_property_names_and_milliseconds_and_reads_back() {
        let option = PSSessionOption {
            skip_ca_check: true,
            idle_timeout: Some(Duration::from_secs(60)),
            open_timeout: None,
            ..PSSessionOption::default()
        };
        let json = serde_json::to_string(&option).unwrap();
        assert_eq!(
            json,
            "{\"MaximumConnectionRedirectionCount\":5,\"NoCompression\":false,\"NoMachineProfile\":false,\
             \"Culture\":null,\"UICulture\":null,\"MaximumReceivedDataSizePerCommand\":null,\
             \"MaximumReceivedObjectSize\":209715200,\"OutputBufferingMode\":\"None\",\"MaxConnectionRetryCount\":5,\
             \"OpenTimeout\":null,\"CancelTimeout\":60000,\"IdleTimeout\":60000,\"OperationTimeout\":180000,\
             \"ProxyAccessType\":\"None\",\"ProxyAuthentication\":\"Negotiate\",\"ProxyCredential\":null,\
             \"SkipCACheck\":true,\"SkipCNCheck\":false,\"SkipRevocationCheck\":false,\"NoEncryption\":false,\
             \"UseUTF16\":false,\"IncludePortInSPN\":false}"
        );
        assert_eq!(serde_json::from_str::<PSSessionOption>(&json).unwrap(), option);
        assert_eq!(serde_json::from_str::<PSSessionOption>("{}").unwrap(), PSSessionOption::default());
    }
}
