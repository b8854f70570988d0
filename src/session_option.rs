//! PSSessionOption: how a connection behaves (System.Management.Automation.Remoting.PSSessionOption).
//!
//! A leaf: `cli` reads it from what was typed, `cmdlet` and the engine obey it. [`PSSessionOption::default`] holds
//! PowerShell's built-in connection defaults; Connect-PSSession never reads the `$PSSessionOption` variable, so
//! what is not given is the default.

use std::time::Duration;

/// Advanced options of one connection. Every field has a value; what a user leaves out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PSSessionOption {
    /// How many redirections are followed where redirection is allowed at all; `None` is no limit. Default 5.
    pub maximum_connection_redirection_count: Option<u32>,
    /// Read when a session is created; a session that exists keeps what it has.
    pub no_compression: bool,
    /// Read when a session is created.
    pub no_machine_profile: bool,
    /// Culture name such as `en-US`; read when a session is created, `None` is the client's own.
    pub culture: Option<String>,
    /// UI culture name; read when a session is created, `None` is the client's own.
    pub ui_culture: Option<String>,
    /// Bytes that one command may send to this client; `None` is no limit, which is the default.
    pub maximum_received_data_size_per_command: Option<u32>,
    /// Bytes of one object from the server; `None` is no limit. Default 209715200 (200 MiB).
    pub maximum_received_object_size: Option<u32>,
    /// What the server does with output while nobody listens.
    pub output_buffering_mode: OutputBufferingMode,
    /// Tries after the first when a session is created. Default 5.
    pub max_connection_retry_count: u32,
    /// Time to establish the connection; `None` waits for ever. Default 180 s.
    pub open_timeout: Option<Duration>,
    /// Time to stop an operation; `None` waits for ever. Default 60 s. Connecting has nothing to stop.
    pub cancel_timeout: Option<Duration>,
    /// How long the server keeps a session that hears nothing; `None` leaves it to the server, which is the
    /// default. Connecting never changes it.
    pub idle_timeout: Option<Duration>,
    /// Time for one operation; `None` waits for ever. Default 180 s.
    pub operation_timeout: Option<Duration>,
    pub proxy_access_type: ProxyAccessType,
    pub proxy_authentication: ProxyAuthentication,
    /// User name for the proxy. A password is never part of an option.
    pub proxy_credential: Option<String>,
    /// Risk: any certificate authority is believed.
    pub skip_ca_check: bool,
    /// Risk: a certificate of any other name is believed.
    pub skip_cn_check: bool,
    /// Risk: a revoked certificate is believed.
    pub skip_revocation_check: bool,
    /// Risk: bodies travel in the clear over plain HTTP.
    pub no_encryption: bool,
    /// Requests are written in UTF-16 instead of UTF-8.
    pub use_utf16: bool,
    /// The service principal name carries the port.
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

/// What the server does when a disconnected session's output buffer is full
/// (System.Management.Automation.Runspaces.OutputBufferingMode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputBufferingMode {
    /// As the server is configured, normally Block.
    #[default]
    None = 0,
    /// The oldest output is lost, the command goes on.
    Drop = 1,
    /// The command waits until somebody reads.
    Block = 2,
}

impl OutputBufferingMode {
    pub const ALL: [OutputBufferingMode; 3] =
        [OutputBufferingMode::None, OutputBufferingMode::Drop, OutputBufferingMode::Block];

    /// The name as PowerShell spells it.
    pub const fn name(self) -> &'static str {
        match self {
            OutputBufferingMode::None => "None",
            OutputBufferingMode::Drop => "Drop",
            OutputBufferingMode::Block => "Block",
        }
    }
}

/// Where a proxy is looked for on Windows (System.Management.Automation.Remoting.ProxyAccessType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyAccessType {
    #[default]
    None = 0,
    IEConfig = 1,
    WinHttpConfig = 2,
    AutoDetect = 4,
    NoProxyServer = 8,
}

/// The three mechanisms a proxy may be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyAuthentication {
    Basic,
    #[default]
    Negotiate,
    Digest,
}
