//! The records of the streams beside output and errors (MS-PSRP 2.2.2.22 to 2.2.2.26).

use crate::psrp::clixml::{self, Content, DateTime, Value};
use crate::psrp::handshake::DecodeError;

/// What Write-Information and Write-Host write. The latter's has the tag `PSHOST`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InformationRecord {
    pub message_data: Value,
    /// The script or command.
    pub source: Option<String>,
    pub time_generated: Option<DateTime>,
    pub tags: Vec<String>,
    pub user: Option<String>,
    pub computer: Option<String>,
}

impl InformationRecord {
    pub(super) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<InformationRecord, DecodeError> {
        const MESSAGE_DATA: &str = "MessageData";
        let mut bag = clixml::read(data, limits)?;
        let message_data = bag.take_property(MESSAGE_DATA);
        let tags = match bag.property("Tags").and_then(Value::as_object).map(|tags| &tags.content) {
            Some(Content::List(tags)) => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let text = |name| bag.property(name).and_then(Value::as_str).map(str::to_owned);
        let time_generated = match bag.property("TimeGenerated").map(Value::base) {
            Some(Value::DateTime(at)) => Some(*at),
            _ => None,
        };
        Ok(InformationRecord {
            message_data: message_data.ok_or(DecodeError::MissingProperty(MESSAGE_DATA))?,
            source: text("Source"),
            time_generated,
            tags,
            user: text("User"),
            computer: text("Computer"),
        })
    }
}

/// The message of a warning, verbose or debug record.
pub(super) fn message(data: &[u8], limits: &clixml::Limits) -> Result<String, DecodeError> {
    const MESSAGE: &str = "InformationalRecord_Message";
    let record = clixml::read(data, limits)?;
    let message = record.property(MESSAGE).and_then(Value::as_str);
    let shown = || record.as_object().and_then(|object| object.to_string.as_deref());
    message.or_else(shown).map(str::to_owned).ok_or(DecodeError::MissingProperty(MESSAGE))
}
