//! The identifiers of WS-Management, each a type of its own.
//!
//! For a PowerShell session created by an ordinary client the ShellId, the runspace pool's id and the PSSession's
//! InstanceId are the same GUID. They are still three things: the service addresses shells by a *text* that it
//! compares letter by letter, PSRP carries sixteen octets, and people type any spelling. They are turned into one
//! another where the engine joins a shell and its pool, nowhere else.

use std::fmt;
use uuid::Uuid;

/// `a:MessageID`: names one request, and no other, a repeated one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageId(pub Uuid);

/// `p:SessionId`: names the client to the service (MS-WSMV 2.2.4.47).
///
/// A shell belongs to the SessionId it is connected to. It is what tells Reconnect (the same) from Connect
/// (another), so it outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId(pub Uuid);

/// `p:OperationID`: names one operation of the client, such as the reading of one stream, over all its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OperationId(pub Uuid);

/// The ShellId selector, in exactly the letters the service gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShellId(pub String);

/// A command's id, in the letters the service gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandId(pub String);

/// `w:ResourceURI`. A shell is addressed by the one it was created with, verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceUri(pub String);

impl ShellId {
    /// The spelling in which Windows clients choose, and Windows answers, ids.
    pub(crate) fn of_guid(guid: Uuid) -> ShellId {
        ShellId(guid.hyphenated().encode_upper(&mut Uuid::encode_buffer()).to_owned())
    }

    /// The GUID behind the text, if it is one; cmd shells may have other ids.
    pub(crate) fn guid(&self) -> Option<Uuid> {
        Uuid::try_parse(self.0.trim()).ok()
    }
}

impl ResourceUri {
    /// The resource URI of a session configuration, given by its name or already as a URI.
    pub(crate) fn of_configuration(name: &str) -> ResourceUri {
        if name.contains(super::name::CONFIGURATION_PREFIX) {
            ResourceUri(name.to_owned())
        } else {
            ResourceUri(format!("{}{name}", super::name::CONFIGURATION_PREFIX))
        }
    }

    /// The session configuration's name; `None` for what is no PowerShell shell.
    pub(crate) fn configuration(&self) -> Option<&str> {
        let prefix = super::name::CONFIGURATION_PREFIX;
        let (head, name) = self.0.split_at_checked(prefix.len())?;
        // Nearly always in these very letters.
        (head == prefix || head.eq_ignore_ascii_case(prefix)).then_some(name)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uuid:{:X}", self.0.hyphenated())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uuid:{:X}", self.0.hyphenated())
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uuid:{:X}", self.0.hyphenated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_a_name_or_a_whole_uri() {
        let uri = ResourceUri::of_configuration("ITTasks");
        assert_eq!(uri.0, "http://schemas.microsoft.com/powershell/ITTasks");
        assert_eq!(uri.configuration(), Some("ITTasks"));
        assert_eq!(ResourceUri::of_configuration(&uri.0), uri);
        let odd = ResourceUri("HTTP://Schemas.Microsoft.com/PowerShell/X".into());
        assert_eq!(odd.configuration(), Some("X"));
        assert_eq!(ResourceUri("http://schemas.microsoft.com/wbem/é".into()).configuration(), None);
    }

    #[test]
    fn ids_are_written_as_windows_writes_them() {
        let guid = Uuid::from_u128(0xb6631d8e_65a0_49f2_9053_a1b156c95777);
        assert_eq!(ShellId::of_guid(guid).0, "B6631D8E-65A0-49F2-9053-A1B156C95777");
        assert_eq!(MessageId(guid).to_string(), "uuid:B6631D8E-65A0-49F2-9053-A1B156C95777");
        assert_eq!(ShellId("b6631d8e-65a0-49f2-9053-a1b156c95777".into()).guid(), Some(guid));
    }
}
