//! How a listener is set up.

use crate::auth::{ChannelBinding, DigestPolicy, User};
use crate::service::Settings;
use crate::tls::TlsSettings;

/// The setup of a listener. The default is a usual Windows server with three users:
/// `alice` (Password1!), `bob` (Password2!) and the administrator `admin` (Password3!).
#[derive(Debug, Clone)]
pub struct Config {
    pub users: Vec<User>,
    pub login: LoginPolicy,
    pub tls: TlsSettings,
    pub service: Settings,
    /// The path of the service: the application name with a slash before it.
    pub path: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            users: vec![
                User::new("alice", "Password1!"),
                User::new("bob", "Password2!"),
                User::new("admin", "Password3!").administrator(),
            ],
            login: LoginPolicy::default(),
            tls: TlsSettings::default(),
            service: Settings::default(),
            path: "/wsman".to_owned(),
        }
    }
}

/// How clients may log in, and what they may send then.
#[derive(Debug, Clone)]
pub struct LoginPolicy {
    /// Basic is offered over TLS. (Windows does not by default.)
    pub basic: bool,
    /// Digest is offered over TLS. (Windows does not.)
    pub digest: Option<DigestPolicy>,
    /// Negotiate is offered.
    pub negotiate: bool,
    /// Plain bodies are taken over HTTP, and Basic with them (AllowUnencrypted).
    pub allow_unencrypted: bool,
    /// How strictly Negotiate is bound to the TLS channel (CbtHardeningLevel).
    pub channel_binding: ChannelBinding,
    /// A sealed request may come in the leg of Negotiate that completes it. Otherwise such a leg is answered
    /// with 400 and the connection closed.
    pub sealed_with_authenticate: bool,
}

impl Default for LoginPolicy {
    fn default() -> LoginPolicy {
        LoginPolicy {
            basic: true,
            digest: None,
            negotiate: true,
            allow_unencrypted: false,
            channel_binding: ChannelBinding::Relaxed,
            sealed_with_authenticate: true,
        }
    }
}
