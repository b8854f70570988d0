//! The identifiers of a session on the wire, each with its own type.
//!
//! For a PowerShell session created by an ordinary client the ShellId, the runspace pool's id and the PSSession's
//! InstanceId are the same GUID. They are still three things: the service addresses shells by a *text* that it compares
//! letter by letter, PSRP carries sixteen octets, and people type any spelling. They are turned into one another where
//! the engine joins a shell and its pool, nowhere else.

use std::fmt;
use std::num::NonZeroU64;
use uuid::Uuid;

/// What the resource URIs of session configurations begin with.
const CONFIGURATION_PREFIX: &str = "http://schemas.microsoft.com/powershell/";

/// `p:SessionId`: names the client to the service (MS-WSMV 2.2.4.47).
///
/// A shell belongs to the SessionId it is connected to. It is what separates Reconnect (the same) from Connect
/// (another), so it outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId(pub Uuid);

/// The ShellId selector, in exactly the letters the service gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellId(pub String);

/// A command's id, in the letters the service gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandId(pub String);

/// `w:ResourceURI`. A shell is addressed by the one it was created with, verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceUri(pub String);

impl ShellId {
    /// The spelling in which Windows clients choose, and Windows answers, ids.
    pub fn of_guid(guid: Uuid) -> ShellId {
        ShellId(guid.hyphenated().encode_upper(&mut Uuid::encode_buffer()).to_owned())
    }

    /// The GUID behind the text, if it is one; cmd shells may have other ids.
    pub fn guid(&self) -> Option<Uuid> {
        Uuid::try_parse(self.0.trim()).ok()
    }
}

impl CommandId {
    /// As [`ShellId::of_guid`].
    pub fn of_guid(guid: Uuid) -> CommandId {
        CommandId(ShellId::of_guid(guid).0)
    }

    /// The GUID behind the text, which is the pipeline's id.
    pub fn guid(&self) -> Option<Uuid> {
        Uuid::try_parse(self.0.trim()).ok()
    }
}

impl ResourceUri {
    /// The resource URI of a session configuration, given by its name or already as a URI.
    pub fn of_configuration(name: &str) -> ResourceUri {
        if name.contains(CONFIGURATION_PREFIX) {
            ResourceUri(name.to_owned())
        } else {
            ResourceUri(format!("{CONFIGURATION_PREFIX}{name}"))
        }
    }

    /// The session configuration's name; `None` for a shell that is not PowerShell's.
    pub fn configuration(&self) -> Option<&str> {
        let (head, name) = self.0.split_at_checked(CONFIGURATION_PREFIX.len())?;
        head.eq_ignore_ascii_case(CONFIGURATION_PREFIX).then_some(name)
    }
}

display!("uuid:{:X}": SessionId);

/// Names one object among all that a sender puts into a shell; never 0 (MS-PSRP 2.2.4).
///
/// A sender has one counter for all streams of a shell, so a receiver of one stream sees gaps. After a
/// connect the numbers may even go down, because Windows repeats its last answer to the session before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(NonZeroU64);

impl ObjectId {
    /// The first number of a new sender.
    pub const FIRST: ObjectId = ObjectId(NonZeroU64::MIN);

    /// `None` for 0, which numbers nothing.
    pub fn new(number: u64) -> Option<ObjectId> {
        NonZeroU64::new(number).map(ObjectId)
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The number after this one; numbering restarts after the last.
    pub(crate) fn next(self) -> ObjectId {
        self.0.checked_add(1).map_or(ObjectId::FIRST, ObjectId)
    }
}

display!(ObjectId);

/// A version of the remoting protocol itself.
///
/// 2.1 came with PowerShell 2.0, 2.2 with 3.0 and 4.0, 2.3 with 5.0 to 7.5, 2.4 with 7.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolVersion {
    /// The number before the dot; another one means another protocol.
    pub major: u32,
    /// The number behind the dot.
    pub minor: u32,
}

impl ProtocolVersion {
    /// The lowest that this client accepts.
    pub const V2_0: ProtocolVersion = ProtocolVersion { major: 2, minor: 0 };
    /// That of PowerShell 2.0.
    pub const V2_1: ProtocolVersion = ProtocolVersion { major: 2, minor: 1 };
    /// The first in which sessions can be disconnected.
    pub const V2_2: ProtocolVersion = ProtocolVersion { major: 2, minor: 2 };
    /// The one this client offers.
    pub const V2_3: ProtocolVersion = ProtocolVersion { major: 2, minor: 3 };

    /// Reads a version as it is displayed.
    pub fn parse(text: &str) -> Option<ProtocolVersion> {
        let (major, minor) = text.split_once('.')?;
        Some(ProtocolVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }

    /// Whether a session of this version can be disconnected and connected again.
    pub fn supports_disconnect(self) -> bool {
        self >= ProtocolVersion::V2_2
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
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
        assert_eq!(SessionId(guid).to_string(), "uuid:B6631D8E-65A0-49F2-9053-A1B156C95777");
        assert_eq!(ShellId("b6631d8e-65a0-49f2-9053-a1b156c95777".into()).guid(), Some(guid));
    }
}
