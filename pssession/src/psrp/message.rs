//! The message: who it is for, what it is about, and its data (MS-PSRP 2.2.1).

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;
use uuid::Uuid;

use super::fragment::take;

/// Names a RunspacePool, on both sides (RPID).
///
/// For a shell that this program made it is the same GUID as the ShellId; that is a habit of clients, not a
/// rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RunspacePoolId(pub Uuid);

/// Names a pipeline within its RunspacePool (PID); WS-Management calls the same thing CommandId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PipelineId(pub Uuid);

display!(RunspacePoolId PipelineId);

/// Whom a message is for (MS-PSRP 2.2.1, Destination).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    Client = 1,
    Server = 2,
}

macro_rules! message_types {
    ($($variant:ident = $number:literal $name:literal,)*) => {
        /// What a message is about (MS-PSRP 2.2.1, MessageType).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum MessageType {
            $(#[doc = $name] $variant,)*
            /// A number without a name here: something newer than this table.
            Other(u32),
        }

        impl MessageType {
            /// Every type that has a name.
            #[cfg(test)]
            pub(crate) const NAMED: &[MessageType] = &[$(MessageType::$variant),*];

            pub(crate) fn from_number(number: u32) -> MessageType {
                match number {
                    $($number => MessageType::$variant,)*
                    other => MessageType::Other(other),
                }
            }

            pub(crate) fn number(self) -> u32 {
                match self {
                    $(MessageType::$variant => $number,)*
                    MessageType::Other(number) => number,
                }
            }

            /// The name as MS-PSRP writes it; `None` for a type without one.
            pub(crate) fn name(self) -> Option<&'static str> {
                match self {
                    $(MessageType::$variant => Some($name),)*
                    MessageType::Other(_) => None,
                }
            }
        }
    };
}

message_types! {
    SessionCapability = 0x0001_0002 "SESSION_CAPABILITY",
    CloseSession = 0x0001_0003 "CLOSE_SESSION",
    InitRunspacePool = 0x0001_0004 "INIT_RUNSPACEPOOL",
    PublicKey = 0x0001_0005 "PUBLIC_KEY",
    EncryptedSessionKey = 0x0001_0006 "ENCRYPTED_SESSION_KEY",
    PublicKeyRequest = 0x0001_0007 "PUBLIC_KEY_REQUEST",
    ConnectRunspacePool = 0x0001_0008 "CONNECT_RUNSPACEPOOL",
    SetMaxRunspaces = 0x0002_1002 "SET_MAX_RUNSPACES",
    SetMinRunspaces = 0x0002_1003 "SET_MIN_RUNSPACES",
    RunspaceAvailability = 0x0002_1004 "RUNSPACE_AVAILABILITY",
    RunspacePoolState = 0x0002_1005 "RUNSPACEPOOL_STATE",
    CreatePipeline = 0x0002_1006 "CREATE_PIPELINE",
    GetAvailableRunspaces = 0x0002_1007 "GET_AVAILABLE_RUNSPACES",
    UserEvent = 0x0002_1008 "USER_EVENT",
    ApplicationPrivateData = 0x0002_1009 "APPLICATION_PRIVATE_DATA",
    GetCommandMetadata = 0x0002_100A "GET_COMMAND_METADATA",
    RunspacePoolInitData = 0x0002_100B "RUNSPACEPOOL_INIT_DATA",
    ResetRunspaceState = 0x0002_100C "RESET_RUNSPACE_STATE",
    RunspacePoolHostCall = 0x0002_1100 "RUNSPACEPOOL_HOST_CALL",
    RunspacePoolHostResponse = 0x0002_1101 "RUNSPACEPOOL_HOST_RESPONSE",
    PipelineInput = 0x0004_1002 "PIPELINE_INPUT",
    EndOfPipelineInput = 0x0004_1003 "END_OF_PIPELINE_INPUT",
    PipelineOutput = 0x0004_1004 "PIPELINE_OUTPUT",
    ErrorRecord = 0x0004_1005 "ERROR_RECORD",
    PipelineState = 0x0004_1006 "PIPELINE_STATE",
    DebugRecord = 0x0004_1007 "DEBUG_RECORD",
    VerboseRecord = 0x0004_1008 "VERBOSE_RECORD",
    WarningRecord = 0x0004_1009 "WARNING_RECORD",
    ProgressRecord = 0x0004_1010 "PROGRESS_RECORD",
    InformationRecord = 0x0004_1011 "INFORMATION_RECORD",
    StopPowerShell = 0x0004_1012 "STOP_POWERSHELL",
    PipelineHostCall = 0x0004_1100 "PIPELINE_HOST_CALL",
    PipelineHostResponse = 0x0004_1101 "PIPELINE_HOST_RESPONSE",
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "message type {:#010x}", self.number()),
        }
    }
}

/// One message; `data` may be borrowed from the object it was joined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<'o> {
    pub destination: Destination,
    pub message_type: MessageType,
    /// All zero in the SESSION_CAPABILITY with which a server answers a Create.
    pub runspace_pool_id: RunspacePoolId,
    /// `None` for a message of the RunspacePool itself, which has zeros there.
    pub pipeline_id: Option<PipelineId>,
    /// CLIXML in UTF-8 without a byte order mark; empty for a type that has no data.
    pub data: Cow<'o, [u8]>,
}

/// Destination, MessageType, RPID and PID: what comes before the data.
const HEADER_LEN: usize = 4 + 4 + 16 + 16;
/// UTF-8's byte order mark. Windows begins its data with one, other implementations do not.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why an object is not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum MessageError {
    #[error("a message of {0} bytes is shorter than its header")]
    Truncated(usize),
    #[error("a message is for the unknown destination {0}")]
    UnknownDestination(u32),
}

impl<'o> Message<'o> {
    /// Reads the header, which is little-endian with GUIDs as .NET writes them: the first three groups
    /// little-endian too (MS-DTYP 2.3.4.2).
    pub(crate) fn decode(object: &'o [u8]) -> Result<Message<'o>, MessageError> {
        let mut rest = object;
        let Some((destination, message_type, runspace_pool_id, pipeline_id)) = take_header(&mut rest) else {
            return Err(MessageError::Truncated(object.len()));
        };
        let destination = match destination {
            1 => Destination::Client,
            2 => Destination::Server,
            other => return Err(MessageError::UnknownDestination(other)),
        };
        Ok(Message {
            destination,
            message_type: MessageType::from_number(message_type),
            runspace_pool_id: RunspacePoolId(runspace_pool_id),
            pipeline_id: (!pipeline_id.is_nil()).then_some(PipelineId(pipeline_id)),
            data: Cow::Borrowed(rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest)),
        })
    }

    /// The object to be cut into fragments: header and data, without a byte order mark.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let pipeline_id = self.pipeline_id.map_or(Uuid::nil(), |id| id.0);
        let mut object = Vec::with_capacity(HEADER_LEN + self.data.len());
        object.extend_from_slice(&(self.destination as u32).to_le_bytes());
        object.extend_from_slice(&self.message_type.number().to_le_bytes());
        object.extend_from_slice(&self.runspace_pool_id.0.to_bytes_le());
        object.extend_from_slice(&pipeline_id.to_bytes_le());
        object.extend_from_slice(&self.data);
        object
    }

    /// Keeps the message beyond the object it was read from.
    pub(crate) fn into_owned(self) -> Message<'static> {
        Message { data: Cow::Owned(self.data.into_owned()), ..self }
    }
}

fn take_header(bytes: &mut &[u8]) -> Option<(u32, u32, Uuid, Uuid)> {
    let destination = u32::from_le_bytes(take(bytes)?);
    let message_type = u32::from_le_bytes(take(bytes)?);
    let runspace_pool_id = Uuid::from_bytes_le(take(bytes)?);
    let pipeline_id = Uuid::from_bytes_le(take(bytes)?);
    Some((destination, message_type, runspace_pool_id, pipeline_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psrp::testing::Random;

    const RPID: Uuid = Uuid::from_u128(0xB6631D8E_65A0_49F2_9053_A1B156C95777);
    const PID: Uuid = Uuid::from_u128(0x00112233_4455_6677_8899_AABBCCDDEEFF);

    /// END_OF_PIPELINE_INPUT to the server, written down byte by byte.
    const OBJECT: [u8; 40] = [
        0x02, 0x00, 0x00, 0x00, 0x03, 0x10, 0x04, 0x00, // destination, type
        0x8E, 0x1D, 0x63, 0xB6, 0xA0, 0x65, 0xF2, 0x49, 0x90, 0x53, 0xA1, 0xB1, 0x56, 0xC9, 0x57, 0x77, 0x33,
        0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
    ];

    fn message(data: &[u8]) -> Message<'_> {
        Message {
            destination: Destination::Server,
            message_type: MessageType::EndOfPipelineInput,
            runspace_pool_id: RunspacePoolId(RPID),
            pipeline_id: Some(PipelineId(PID)),
            data: Cow::Borrowed(data),
        }
    }

    #[test]
    fn the_header_is_little_endian_with_guids_in_dotnet_order() {
        assert_eq!(message(b"").encode(), OBJECT);
        assert_eq!(Message::decode(&OBJECT), Ok(message(b"")));
    }

    #[test]
    fn a_pipeline_of_zeros_is_none() {
        let mut object = OBJECT;
        object[24..].fill(0);
        let pool_message = Message { pipeline_id: None, ..message(b"") };
        assert_eq!(Message::decode(&object), Ok(pool_message.clone()));
        assert_eq!(pool_message.encode(), object);
    }

    #[test]
    fn a_byte_order_mark_is_accepted_and_not_written() {
        let marked = [&OBJECT[..], b"\xEF\xBB\xBF<S />"].concat();
        let decoded = Message::decode(&marked).unwrap();
        assert_eq!(decoded, message(b"<S />"));
        assert_eq!(decoded.encode(), [&OBJECT[..], b"<S />"].concat());
    }

    #[test]
    fn a_cut_header_is_refused_at_every_byte() {
        for len in 0..OBJECT.len() {
            assert_eq!(Message::decode(&OBJECT[..len]), Err(MessageError::Truncated(len)));
        }
    }

    #[test]
    fn an_unknown_destination_is_refused() {
        let mut object = OBJECT;
        object[0] = 3;
        assert_eq!(Message::decode(&object), Err(MessageError::UnknownDestination(3)));
    }

    #[test]
    fn every_type_has_its_own_number_and_name() {
        for message_type in MessageType::NAMED {
            assert_eq!(MessageType::from_number(message_type.number()), *message_type);
        }
        assert_eq!(MessageType::from_number(0x0004_1010).name(), Some("PROGRESS_RECORD"));
        assert_eq!(MessageType::from_number(0x0002_100B).name(), Some("RUNSPACEPOOL_INIT_DATA"));
        assert_eq!(MessageType::from_number(0x0001_0009), MessageType::Other(0x0001_0009));
        assert_eq!(MessageType::Other(0x0001_0009).to_string(), "message type 0x00010009");
    }

    #[test]
    fn spoilt_objects_are_errors_or_messages() {
        for seed in 0..1000 {
            let spoilt = Random::new(seed).mutate(&OBJECT);
            if let Ok(message) = Message::decode(&spoilt) {
                assert_eq!(Message::decode(&message.encode()), Ok(message));
            }
        }
    }
}
