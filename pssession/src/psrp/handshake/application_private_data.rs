//! APPLICATION_PRIVATE_DATA: what a server says about itself (MS-PSRP 2.2.2.13).

use super::{DecodeError, ProtocolVersion};
use crate::psrp::clixml::{self, Object, Value, Version};

/// PSSession.ApplicationPrivateData: a dictionary which the server may leave null.
///
/// Windows puts its `$PSVersionTable` in. Debugger state that it adds beside the dictionary has no use here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApplicationPrivateData(Option<Object>);

impl ApplicationPrivateData {
    pub(crate) fn decode(
        data: &[u8],
        limits: &clixml::Limits,
    ) -> Result<ApplicationPrivateData, DecodeError> {
        const PROPERTY: &str = "ApplicationPrivateData";
        let message = clixml::read(data, limits)?;
        if message == Value::Nil {
            return Ok(ApplicationPrivateData(None));
        }
        match message.property(PROPERTY) {
            Some(Value::Nil) => Ok(ApplicationPrivateData(None)),
            Some(Value::Object(dictionary)) => Ok(ApplicationPrivateData(Some((**dictionary).clone()))),
            Some(_) => Err(DecodeError::InvalidProperty(PROPERTY)),
            None => Err(DecodeError::MissingProperty(PROPERTY)),
        }
    }

    /// The dictionary itself.
    pub(crate) fn dictionary(&self) -> Option<&Object> {
        self.0.as_ref()
    }

    /// An entry of the server's `$PSVersionTable`, such as `PSEdition`.
    pub(crate) fn ps_version_table(&self, key: &str) -> Option<&Value> {
        self.dictionary()?.entry("PSVersionTable")?.as_object()?.entry(key)
    }

    /// The version of PowerShell on the server; from version 6 on it is a SemanticVersion there.
    pub(crate) fn ps_version(&self) -> Option<String> {
        let version = self.ps_version_table("PSVersion")?;
        if let Value::SemanticVersion(version) = version.base() {
            return Some(version.clone());
        }
        version.as_version().map(|version| version.to_string()).or(version.as_str().map(str::to_owned))
    }

    /// The remoting protocol of the server. PowerShell's client decides by this whether a session can be
    /// disconnected.
    pub(crate) fn protocol_version(&self) -> Option<ProtocolVersion> {
        let version: Version = self.ps_version_table("PSRemotingProtocolVersion")?.as_version()?;
        Some(version.into())
    }
}
