//! Converts a PSSessionOption into the limits and settings of the modules below.

use super::selection::{Remote, Servers};
use crate::engine::{Redirects, buffer_mode};
use crate::psrp::Limits;
use crate::session::SessionOptions;
use crate::session_option::PSSessionOption;
use std::time::Duration;

/// The largest object that is taken, whatever the quota: it has to be held as a whole.
const MOST_OBJECT_SIZE: u32 = 1 << 30;

/// What the client brings to each of its sessions.
pub(crate) fn session_options(option: &PSSessionOption, reconnect_for: Duration) -> SessionOptions {
    let object_size = quota(option.maximum_received_object_size).unwrap_or(MOST_OBJECT_SIZE);
    let mut limits = Limits::default();
    limits.fragment.object_size = object_size.min(MOST_OBJECT_SIZE) as usize;
    let mut command_limits = limits;
    command_limits.fragment.stream_size =
        quota(option.maximum_received_data_size_per_command).map_or(u64::MAX, u64::from);
    let buffer_mode = buffer_mode(option.output_buffering_mode);
    SessionOptions { buffer_mode, limits, command_limits, reconnect_for }
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

/// A quota of no bytes is none.
fn quota(bytes: Option<u32>) -> Option<u32> {
    bytes.filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_become_limits_and_none_is_still_bounded() {
        let sizes = |object, command| {
            let option = PSSessionOption {
                maximum_received_object_size: object,
                maximum_received_data_size_per_command: command,
                ..PSSessionOption::default()
            };
            let SessionOptions { limits, command_limits, .. } = session_options(&option, Duration::ZERO);
            assert_eq!((limits.fragment.stream_size, limits.clixml), (u64::MAX, command_limits.clixml));
            assert_eq!(limits.fragment.object_size, command_limits.fragment.object_size);
            (limits.fragment.object_size, command_limits.fragment.stream_size)
        };
        assert_eq!(sizes(Some(1024), Some(4096)), (1024, 4096));
        assert_eq!(sizes(Some(0), Some(0)), (1 << 30, u64::MAX));
        assert_eq!(sizes(None, None), (1 << 30, u64::MAX));
        assert_eq!(sizes(Some(i32::MAX as u32), Some(i32::MAX as u32)), (1 << 30, i32::MAX as u64));
        assert_eq!(session_options(&PSSessionOption::default(), Duration::ZERO).limits, Limits::default());
    }
}
