//! SESSION_CAPABILITY: the versions each side speaks (MS-PSRP 2.2.2.1), and whether they fit (3.1.5.4.1).

use thiserror::Error;

use super::decode::{DecodeError, property};
use crate::psrp::clixml::{self, Object, Value, Version};
pub(crate) use crate::record::ProtocolVersion;

impl From<Version> for ProtocolVersion {
    /// Only the first two parts have a meaning.
    fn from(version: Version) -> ProtocolVersion {
        ProtocolVersion { major: version.major, minor: version.minor }
    }
}

/// The versions one side offers.
///
/// Windows PowerShell adds a TimeZone, a serialized .NET object, which is passed over here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionCapability {
    pub protocol_version: ProtocolVersion,
    /// The constant 2.0 on every PowerShell, whatever its own version.
    pub ps_version: Version,
    pub serialization_version: Version,
}

/// The versions of two sides do not fit; each variant has the client's and then the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum IncompatibleVersion {
    #[error("the server uses version {server} of the remoting protocol, which is not supported")]
    Protocol { client: ProtocolVersion, server: ProtocolVersion },
    #[error("the server has PSVersion {server}, but {client} is required")]
    PSVersion { client: Version, server: Version },
    #[error("the server has SerializationVersion {server}, but {client} is required")]
    Serialization { client: Version, server: Version },
}

impl SessionCapability {
    /// What this client offers. No server refuses protocol version 2.3; a newer one would change how secure
    /// strings travel.
    pub(crate) const CLIENT: SessionCapability = SessionCapability {
        protocol_version: ProtocolVersion::V2_3,
        ps_version: Version::new(2, 0),
        serialization_version: Version { major: 1, minor: 1, build: Some(0), revision: Some(1) },
    };

    pub(crate) fn encode(&self) -> String {
        let protocol_version = Version::new(self.protocol_version.major, self.protocol_version.minor);
        let bag = Object::bag([
            ("protocolversion", Value::Version(protocol_version)),
            ("PSVersion", Value::Version(self.ps_version)),
            ("SerializationVersion", Value::Version(self.serialization_version)),
        ]);
        clixml::write(&bag.into())
    }

    pub(crate) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<SessionCapability, DecodeError> {
        let bag = clixml::read(data, limits)?;
        let protocol_version = property(&bag, "protocolversion", Value::as_version)?;
        Ok(SessionCapability {
            protocol_version: protocol_version.into(),
            ps_version: property(&bag, "PSVersion", Value::as_version)?,
            serialization_version: property(&bag, "SerializationVersion", Value::as_version)?,
        })
    }

    /// The protocol version that client and server will speak: the server's, which has heard the client's
    /// offer and answers with what it makes of it.
    ///
    /// PowerShell's client takes any version from 2.0 to 2.3 and its own, and wants the two others equal.
    pub(crate) fn negotiate(
        &self,
        server: &SessionCapability,
    ) -> Result<ProtocolVersion, IncompatibleVersion> {
        let known = ProtocolVersion::V2_0..=ProtocolVersion::V2_3;
        if !known.contains(&server.protocol_version) && server.protocol_version != self.protocol_version {
            let (client, server) = (self.protocol_version, server.protocol_version);
            return Err(IncompatibleVersion::Protocol { client, server });
        }
        if server.ps_version != self.ps_version {
            let (client, server) = (self.ps_version, server.ps_version);
            return Err(IncompatibleVersion::PSVersion { client, server });
        }
        if server.serialization_version != self.serialization_version {
            let (client, server) = (self.serialization_version, server.serialization_version);
            return Err(IncompatibleVersion::Serialization { client, server });
        }
        Ok(server.protocol_version)
    }
}
