//! What a PSSessionOption comes down to: bounds and settings, in the words of the rooms below.

use super::selection::{Remote, Servers};
use super::{Cmdlet, Surroundings};
use crate::access::Authentication;
use crate::auth::{Credential, KeptCredential};
use crate::engine::Redirects;
use crate::error::ErrorRecord;
use crate::psrp::Limits;
use crate::session::SessionOptions;
use crate::session_option::{OutputBufferingMode, PSSessionOption, ProxyAccessType, ProxyAuthentication};
use crate::transport::{Encoding, Proxies};
use crate::wsman::enumerate::BufferMode;
use std::time::Duration;

/// How long a computer may take to accept a connection when OpenTimeout is not given.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest object that is taken, whatever the quota: it has to be held as a whole.
const MOST_OBJECT_SIZE: u32 = 1 << 30;

/// How long a session that was lost is tried for, as Windows does.
const RECONNECT_FOR: Duration = Duration::from_secs(240);

/// What the client brings to each of its sessions.
pub(super) fn session_options(option: &PSSessionOption) -> SessionOptions {
    let object_size = quota(option.maximum_received_object_size).unwrap_or(MOST_OBJECT_SIZE);
    let mut limits = Limits::default();
    limits.fragment.object_size = object_size.min(MOST_OBJECT_SIZE) as usize;
    let mut command_limits = limits;
    command_limits.fragment.stream_size =
        quota(option.maximum_received_data_size_per_command).map_or(u64::MAX, u64::from);
    let buffer_mode = buffer_mode(option.output_buffering_mode);
    SessionOptions { buffer_mode, limits, command_limits, reconnect_for: RECONNECT_FOR }
}

/// How far servers are followed that send the connection elsewhere. A number of times is for those who allow it; what
/// a selection cannot allow is no question.
pub(super) fn redirects(remote: &Remote) -> Redirects {
    let most = remote.connection.session_option.maximum_connection_redirection_count;
    match remote.servers {
        Servers::ConnectionUris { allow_redirection: true, .. } => {
            Redirects::AtMost(most.unwrap_or(u32::MAX))
        }
        Servers::ConnectionUris { .. } => Redirects::NotAllowed,
        Servers::ComputerNames { .. } => Redirects::Never,
    }
}

/// The proxies on the way. Where Windows has settings of its own for each ProxyAccessType, other systems have the
/// variables of the environment, which therefore stand for all of them.
///
/// # Errors
/// There is a user for the proxy who cannot log on to it.
pub(super) fn proxies(
    option: &PSSessionOption,
    surroundings: &Surroundings,
    cmdlet: Cmdlet,
) -> Result<Proxies, ErrorRecord> {
    if option.proxy_access_type == ProxyAccessType::NoProxyServer {
        return Ok(Proxies::none());
    }
    let authentication = match option.proxy_authentication {
        ProxyAuthentication::Basic => Authentication::Basic,
        ProxyAuthentication::Negotiate => Authentication::Negotiate,
        ProxyAuthentication::Digest => Authentication::Digest,
    };
    let credential = option.proxy_credential.as_ref().map(|user_name| {
        if authentication == Authentication::Basic && user_name.contains(':') {
            let message = "A user name for Basic authentication cannot contain a colon.".into();
            return Err(cmdlet.own(message, "InvalidProxyCredential", None));
        }
        let Some(password) = surroundings.proxy_password.clone() else {
            let message = format!("There is no password for the user {user_name} of the proxy.");
            let hint = "PSSESSION_PROXY_PASSWORD gives it".into();
            return Err(cmdlet.own(message, "PasswordUnavailable", Some(hint)));
        };
        Ok(KeptCredential::of(&Credential { user_name: user_name.clone(), password }))
    });
    Ok(Proxies::from_environment(authentication, credential.transpose()?))
}

/// The encoding of requests.
pub(super) fn encoding(option: &PSSessionOption) -> Encoding {
    if option.use_utf16 { Encoding::Utf16 } else { Encoding::Utf8 }
}

/// How long a computer may take to accept a connection. Nobody waits as long as PowerShell's default says unless that
/// was asked for; `None` is for ever.
pub(super) fn connect_timeout(option: &PSSessionOption) -> Option<Duration> {
    let default = PSSessionOption::default().open_timeout;
    if option.open_timeout == default { Some(CONNECT_TIMEOUT) } else { option.open_timeout }
}

/// A quota of no bytes is none.
fn quota(bytes: Option<u32>) -> Option<u32> {
    bytes.filter(|bytes| *bytes > 0)
}

pub(super) fn buffer_mode(mode: OutputBufferingMode) -> Option<BufferMode> {
    match mode {
        OutputBufferingMode::None => None,
        OutputBufferingMode::Drop => Some(BufferMode::Drop),
        OutputBufferingMode::Block => Some(BufferMode::Block),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_timeout_that_is_given_counts() {
        let timeout =
            |open_timeout| connect_timeout(&PSSessionOption { open_timeout, ..PSSessionOption::default() });
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(timeout(seconds(1)), seconds(1));
        assert_eq!(timeout(seconds(600)), seconds(600));
        assert_eq!(timeout(None), None);
        assert_eq!(connect_timeout(&PSSessionOption::default()), Some(CONNECT_TIMEOUT));
    }

    #[test]
    fn quotas_become_limits_and_none_is_still_bounded() {
        let sizes = |object, command| {
            let option = PSSessionOption {
                maximum_received_object_size: object,
                maximum_received_data_size_per_command: command,
                ..PSSessionOption::default()
            };
            let SessionOptions { limits, command_limits, .. } = session_options(&option);
            assert_eq!((limits.fragment.stream_size, limits.clixml), (u64::MAX, command_limits.clixml));
            assert_eq!(limits.fragment.object_size, command_limits.fragment.object_size);
            (limits.fragment.object_size, command_limits.fragment.stream_size)
        };
        assert_eq!(sizes(Some(1024), Some(4096)), (1024, 4096));
        assert_eq!(sizes(Some(0), Some(0)), (1 << 30, u64::MAX));
        assert_eq!(sizes(None, None), (1 << 30, u64::MAX));
        assert_eq!(sizes(Some(i32::MAX as u32), Some(i32::MAX as u32)), (1 << 30, i32::MAX as u64));
        assert_eq!(session_options(&PSSessionOption::default()).limits, Limits::default());
    }
}
