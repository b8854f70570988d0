//! APPLICATION_PRIVATE_DATA: what a server says about itself (MS-PSRP 2.2.2.13).

use super::DecodeError;
use crate::psrp::clixml::{self, Object, Value};

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
}
