//! PSRP's octets: fragments (MS-PSRP 2.2.4) and the messages inside them (MS-PSRP 2.2.1).

/// A message is cut into fragments with no more than this many octets of it, as Windows' service does.
const FRAGMENT_DATA: usize = 32 * 1024;

/// Object id, fragment id, flags, length.
const FRAGMENT_HEADER: usize = 8 + 8 + 1 + 4;
/// Destination, message type, RPID, PID.
const MESSAGE_HEADER: usize = 4 + 4 + 16 + 16;

const START: u8 = 0x01;
const END: u8 = 0x02;

const DESTINATION_CLIENT: u32 = 1;
const DESTINATION_SERVER: u32 = 2;

/// No client of these tests sends a larger object.
const MAX_OBJECT: usize = 10 * 1024 * 1024;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A GUID as its 16 octets came. Clients disagree on the order of the octets, and the service compares them
/// as they are.
pub type GuidBytes = [u8; 16];

/// Why octets are no PSRP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("the fragment is cut short")]
    FragmentTruncated,
    #[error("object ids begin at 1")]
    ObjectIdZero,
    #[error("the fragment has unknown flags {0:#04x}")]
    UnknownFlags(u8),
    #[error("fragment {found} of the object came where {expected} was due")]
    OutOfOrder { expected: u64, found: u64 },
    #[error("the fragment begins no object and continues none")]
    NoObject,
    #[error("the object is not whole in one fragment")]
    NotWhole,
    #[error("the object is larger than any client sends")]
    ObjectTooLarge,
    #[error("the message is shorter than its header")]
    MessageTruncated,
    #[error("the message is for destination {0} and not for the server")]
    WrongDestination(u32),
    #[error("no message has the type {0:#010x}")]
    UnknownType(u32),
    #[error("the data of the message are no UTF-8")]
    NotUtf8,
}

/// The types of message that this listener reads or writes (MS-PSRP 2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    SessionCapability = 0x0001_0002,
    InitRunspacePool = 0x0001_0004,
    PublicKey = 0x0001_0005,
    EncryptedSessionKey = 0x0001_0006,
    ConnectRunspacePool = 0x0001_0008,
    SetMaxRunspaces = 0x0002_1002,
    SetMinRunspaces = 0x0002_1003,
    RunspaceAvailability = 0x0002_1004,
    RunspacePoolState = 0x0002_1005,
    CreatePipeline = 0x0002_1006,
    GetAvailableRunspaces = 0x0002_1007,
    GetCommandMetadata = 0x0002_100A,
    ApplicationPrivateData = 0x0002_1009,
    RunspacePoolInitData = 0x0002_100B,
    ResetRunspaceState = 0x0002_100C,
    RunspacePoolHostResponse = 0x0002_1101,
    PipelineInput = 0x0004_1002,
    EndOfPipelineInput = 0x0004_1003,
    PipelineOutput = 0x0004_1004,
    ErrorRecord = 0x0004_1005,
    PipelineState = 0x0004_1006,
    DebugRecord = 0x0004_1007,
    VerboseRecord = 0x0004_1008,
    WarningRecord = 0x0004_1009,
    ProgressRecord = 0x0004_1010,
    InformationRecord = 0x0004_1011,
    PipelineHostCall = 0x0004_1100,
    PipelineHostResponse = 0x0004_1101,
}

impl MessageType {
    const FROM_CLIENT: [MessageType; 14] = [
        MessageType::SessionCapability,
        MessageType::InitRunspacePool,
        MessageType::PublicKey,
        MessageType::ConnectRunspacePool,
        MessageType::SetMaxRunspaces,
        MessageType::SetMinRunspaces,
        MessageType::CreatePipeline,
        MessageType::GetAvailableRunspaces,
        MessageType::GetCommandMetadata,
        MessageType::ResetRunspaceState,
        MessageType::RunspacePoolHostResponse,
        MessageType::PipelineInput,
        MessageType::EndOfPipelineInput,
        MessageType::PipelineHostResponse,
    ];

    fn from_client(number: u32) -> Option<MessageType> {
        MessageType::FROM_CLIENT.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// A message of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMessage {
    pub kind: MessageType,
    pub rpid: GuidBytes,
    pub pid: GuidBytes,
    /// CLIXML, without a byte-order mark.
    pub data: String,
}

/// Cuts a message of the server into the octets of its fragments.
pub fn fragments(
    object_id: u64,
    kind: MessageType,
    rpid: GuidBytes,
    pid: GuidBytes,
    data: &str,
) -> Vec<Vec<u8>> {
    cut(object_id, DESTINATION_CLIENT, kind, rpid, pid, data)
}

/// The octets of a client's message, for a session that no real client has made.
pub fn from_client(
    object_id: u64,
    kind: MessageType,
    rpid: GuidBytes,
    pid: GuidBytes,
    data: &str,
) -> Vec<u8> {
    cut(object_id, DESTINATION_SERVER, kind, rpid, pid, data).concat()
}

fn cut(
    object_id: u64,
    destination: u32,
    kind: MessageType,
    rpid: GuidBytes,
    pid: GuidBytes,
    data: &str,
) -> Vec<Vec<u8>> {
    let mut message = Vec::with_capacity(MESSAGE_HEADER + BYTE_ORDER_MARK.len() + data.len());
    message.extend(destination.to_le_bytes());
    message.extend((kind as u32).to_le_bytes());
    message.extend(rpid);
    message.extend(pid);
    // Windows' service writes the mark before the data of every message that has some: the null has none.
    if !data.is_empty() {
        message.extend(BYTE_ORDER_MARK.as_bytes());
        message.extend(data.as_bytes());
    }

    let count = message.chunks(FRAGMENT_DATA).len();
    let mut fragments = Vec::with_capacity(count);
    for (id, chunk) in message.chunks(FRAGMENT_DATA).enumerate() {
        let start = if id == 0 { START } else { 0 };
        let end = if id + 1 == count { END } else { 0 };
        let mut fragment = Vec::with_capacity(FRAGMENT_HEADER + chunk.len());
        fragment.extend(object_id.to_be_bytes());
        fragment.extend((id as u64).to_be_bytes());
        fragment.push(start | end);
        fragment.extend((chunk.len() as u32).to_be_bytes());
        fragment.extend(chunk);
        fragments.push(fragment);
    }
    fragments
}

/// One fragment at the head of some octets.
struct Fragment<'a> {
    object_id: u64,
    fragment_id: u64,
    flags: u8,
    blob: &'a [u8],
}

/// Takes the next `N` octets off the front.
pub(crate) fn take<const N: usize>(octets: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = octets.split_first_chunk::<N>()?;
    *octets = rest;
    Some(*head)
}

/// Reads the fragment at the head of `octets`; `None` where it is not all there yet.
fn split_fragment(octets: &[u8]) -> Result<Option<(Fragment<'_>, &[u8])>, WireError> {
    let mut rest = octets;
    let (Some(object_id), Some(fragment_id), Some([flags]), Some(length)) =
        (take(&mut rest), take(&mut rest), take(&mut rest), take(&mut rest))
    else {
        return Ok(None);
    };
    let object_id = u64::from_be_bytes(object_id);
    let length = u32::from_be_bytes(length) as usize;
    if object_id == 0 {
        return Err(WireError::ObjectIdZero);
    }
    if flags & !(START | END) != 0 {
        return Err(WireError::UnknownFlags(flags));
    }
    if length > MAX_OBJECT {
        return Err(WireError::ObjectTooLarge);
    }
    let fragment_id = u64::from_be_bytes(fragment_id);
    let split = rest.split_at_checked(length);
    Ok(split.map(|(blob, rest)| (Fragment { object_id, fragment_id, flags, blob }, rest)))
}

/// Reads the message that is whole in the one fragment at the head of `octets`, and gives what follows it.
///
/// So the messages of connectXml must come: PowerShell's plug-in takes no others there.
pub fn split_whole_message(octets: &[u8]) -> Result<(ClientMessage, &[u8]), WireError> {
    let (fragment, rest) = split_fragment(octets)?.ok_or(WireError::FragmentTruncated)?;
    if fragment.flags != START | END || fragment.fragment_id != 0 {
        return Err(WireError::NotWhole);
    }
    Ok((read_message(fragment.blob)?, rest))
}

fn read_message(object: &[u8]) -> Result<ClientMessage, WireError> {
    let mut data = object;
    let (Some(destination), Some(number), Some(rpid), Some(pid)) =
        (take(&mut data), take(&mut data), take(&mut data), take(&mut data))
    else {
        return Err(WireError::MessageTruncated);
    };
    let destination = u32::from_le_bytes(destination);
    if destination != DESTINATION_SERVER {
        return Err(WireError::WrongDestination(destination));
    }
    let number = u32::from_le_bytes(number);
    let kind = MessageType::from_client(number).ok_or(WireError::UnknownType(number))?;
    let data = std::str::from_utf8(data).map_err(|_| WireError::NotUtf8)?;
    Ok(ClientMessage { kind, rpid, pid, data: data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data).to_owned() })
}

/// The pipeline that the first fragment of a message creates.
pub fn created_pipeline(octets: &[u8]) -> Result<Option<GuidBytes>, WireError> {
    let Some((fragment, _)) = split_fragment(octets)? else { return Ok(None) };
    let mut header = fragment.blob;
    let (Some(_destination), Some(number), Some::<GuidBytes>(_rpid), Some(pid)) =
        (take::<4>(&mut header), take(&mut header), take(&mut header), take(&mut header))
    else {
        return Err(WireError::MessageTruncated);
    };
    let creates = [MessageType::CreatePipeline, MessageType::GetCommandMetadata];
    Ok(creates.iter().any(|kind| *kind as u32 == u32::from_le_bytes(number)).then_some(pid))
}

/// A message of a server that is not this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerMessage {
    pub kind: u32,
    pub data: String,
}

impl ServerMessage {
    pub fn read(object: &[u8]) -> Option<ServerMessage> {
        let number = object.get(4..8)?.try_into().ok()?;
        let data = std::str::from_utf8(object.get(MESSAGE_HEADER..)?).ok()?;
        let data = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data).to_owned();
        Some(ServerMessage { kind: u32::from_le_bytes(number), data })
    }

    pub fn is(&self, kind: MessageType) -> bool {
        self.kind == kind as u32
    }

    /// PIPELINE_STATE Stopped, Completed or Failed.
    pub fn ends_pipeline(&self) -> bool {
        self.is(MessageType::PipelineState)
            && [3, 4, 5].iter().any(|state| self.data.contains(&format!("N=\"PipelineState\">{state}<")))
    }

    /// A host call that returns something: the call id of the others is -100.
    pub fn asks_client(&self) -> bool {
        self.is(MessageType::PipelineHostCall) && !self.data.contains("<I64 N=\"ci\">-100</I64>")
    }
}

/// Joins the fragments of one stream to messages.
#[derive(Debug)]
pub struct Reassembler {
    max_object: usize,
    /// The beginning of a fragment whose rest has not come.
    pending: Vec<u8>,
    object: Option<PartialObject>,
}

#[derive(Debug)]
struct PartialObject {
    id: u64,
    next_fragment: u64,
    data: Vec<u8>,
}

impl Default for Reassembler {
    fn default() -> Reassembler {
        Reassembler::with_limit(MAX_OBJECT)
    }
}

impl Reassembler {
    /// One for objects of up to this many octets.
    pub fn with_limit(max_object: usize) -> Reassembler {
        Reassembler { max_object, pending: Vec::new(), object: None }
    }

    /// Takes in octets of a client and gives the messages that they complete.
    pub fn push(&mut self, octets: &[u8]) -> Result<Vec<ClientMessage>, WireError> {
        self.objects(octets)?.iter().map(|object| read_message(object)).collect()
    }

    /// Takes in octets and gives the objects that they complete.
    pub fn objects(&mut self, octets: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend(octets);
        let mut rest = pending.as_slice();
        let mut objects = Vec::new();
        while let Some((fragment, after)) = split_fragment(rest)? {
            rest = after;
            objects.extend(self.join(&fragment)?);
        }
        self.pending = rest.to_vec();
        Ok(objects)
    }

    /// Adds a fragment to its object, and gives the object when that was its last.
    fn join(&mut self, fragment: &Fragment) -> Result<Option<Vec<u8>>, WireError> {
        let mut object = match self.object.take() {
            None if fragment.flags & START == 0 => return Err(WireError::NoObject),
            Some(object) if fragment.flags & START == 0 && object.id == fragment.object_id => object,
            Some(_) => return Err(WireError::NoObject),
            None => PartialObject { id: fragment.object_id, next_fragment: 0, data: Vec::new() },
        };
        if fragment.fragment_id != object.next_fragment {
            let (expected, found) = (object.next_fragment, fragment.fragment_id);
            return Err(WireError::OutOfOrder { expected, found });
        }
        if object.data.len() + fragment.blob.len() > self.max_object {
            return Err(WireError::ObjectTooLarge);
        }
        object.data.extend(fragment.blob);
        object.next_fragment += 1;
        if fragment.flags & END != 0 {
            return Ok(Some(object.data));
        }
        self.object = Some(object);
        Ok(None)
    }
}
