//! The octets of a client, for tests: messages and fragments, right or wrong.

use super::wire::{GuidBytes, MessageType};

pub const RPID: GuidBytes = [0x11; 16];
pub const PID: GuidBytes = [0x22; 16];

pub const CAPABILITY: &str = "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version><Version N=\"PSVersion\">2.0</Version>\
     <Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>";

pub const INIT_RUNSPACEPOOL: &str = "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">1</I32><I32 N=\"MaxRunspaces\">2</I32>\
     <Obj N=\"HostInfo\" RefId=\"1\"><MS><B N=\"_isHostNull\">true</B></MS></Obj></MS></Obj>";

/// A fragment.
pub fn fragment(object_id: u64, fragment_id: u64, flags: u8, blob: &[u8]) -> Vec<u8> {
    let length = (blob.len() as u32).to_be_bytes();
    [&object_id.to_be_bytes(), fragment_id.to_be_bytes().as_slice(), &[flags], &length, blob].concat()
}

/// A message.
pub fn object(kind: u32, rpid: GuidBytes, pid: GuidBytes, data: &str) -> Vec<u8> {
    [&2u32.to_le_bytes(), kind.to_le_bytes().as_slice(), &rpid, &pid, data.as_bytes()].concat()
}

/// A message for the pool in one fragment.
pub fn pool_message(object_id: u64, kind: MessageType, data: &str) -> Vec<u8> {
    fragment(object_id, 0, 3, &object(kind as u32, RPID, [0; 16], data))
}

/// creationXml of a usual client.
pub fn creation_xml() -> Vec<u8> {
    let capability = pool_message(1, MessageType::SessionCapability, CAPABILITY);
    [capability, pool_message(2, MessageType::InitRunspacePool, INIT_RUNSPACEPOOL)].concat()
}

/// connectXml of a usual client.
pub fn connect_xml(rpid: GuidBytes) -> Vec<u8> {
    let message = |id, kind: MessageType, data| fragment(id, 0, 3, &object(kind as u32, rpid, [0; 16], data));
    let capability = message(1, MessageType::SessionCapability, CAPABILITY);
    [capability, message(2, MessageType::ConnectRunspacePool, "<S />")].concat()
}

/// The data of CREATE_PIPELINE with a script.
pub fn create_pipeline(script: &str, no_input: bool) -> String {
    pipeline_of(&script_command(script), no_input)
}

/// A script as a command of a pipeline.
pub fn script_command(script: &str) -> String {
    pipeline_command(script, true, 0, "")
}

/// A command of a pipeline. `merged`: the PipelineResultTypes that come to it from those before; the arguments are
/// `<Obj RefId="20"><MS>...` with N and V.
pub fn pipeline_command(name: &str, is_script: bool, merged: i32, arguments: &str) -> String {
    let name = super::clixml::encode(name);
    format!(
        "<Obj RefId=\"5\"><MS><S N=\"Cmd\">{name}</S><B N=\"IsScript\">{is_script}</B>\
         <Obj N=\"MergePreviousResults\" RefId=\"6\"><I32>{merged}</I32></Obj>\
         <Obj N=\"Args\" RefId=\"7\"><LST>{arguments}</LST></Obj></MS></Obj>"
    )
}

/// An argument of a command, with its value's CLIXML, which has the name V.
pub fn argument(name: Option<&str>, value: &str) -> String {
    let name = name.map_or("<Nil N=\"N\" />".to_owned(), |name| format!("<S N=\"N\">{name}</S>"));
    format!("<Obj RefId=\"20\"><MS>{name}{value}</MS></Obj>")
}

/// The data of CREATE_PIPELINE with these commands, of a client with a host.
pub fn pipeline_of(commands: &str, no_input: bool) -> String {
    format!(
        "<Obj RefId=\"0\"><MS><B N=\"NoInput\">{no_input}</B><Obj N=\"ApartmentState\" RefId=\"1\"><I32>2</I32></Obj>\
         <B N=\"AddToHistory\">false</B><Obj N=\"HostInfo\" RefId=\"2\"><MS><B N=\"_isHostNull\">false</B></MS></Obj>\
         <Obj N=\"PowerShell\" RefId=\"3\"><MS><Obj N=\"Cmds\" RefId=\"4\"><LST>{commands}</LST></Obj></MS></Obj></MS></Obj>"
    )
}

/// The first fragment of a command with a script.
pub fn arguments(script: &str, no_input: bool) -> Vec<u8> {
    let data = create_pipeline(script, no_input);
    fragment(3, 0, 3, &object(MessageType::CreatePipeline as u32, RPID, PID, &data))
}

/// A message of the server, as a client sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub object_id: u64,
    pub kind: u32,
    pub rpid: GuidBytes,
    pub pid: GuidBytes,
    pub data: String,
}

/// Reads messages of the server, whose fragments come one after another.
pub fn read_server(octets: &[u8]) -> Vec<Seen> {
    let (mut rest, mut object, mut seen) = (octets, Vec::new(), Vec::new());
    while !rest.is_empty() {
        let object_id = u64::from_be_bytes(rest[..8].try_into().unwrap());
        let length = u32::from_be_bytes(rest[17..21].try_into().unwrap()) as usize;
        object.extend(&rest[21..21 + length]);
        if rest[16] & 2 != 0 {
            assert_eq!(object[..4], [1, 0, 0, 0], "the destination is the client");
            seen.push(Seen {
                object_id,
                kind: u32::from_le_bytes(object[4..8].try_into().unwrap()),
                rpid: object[8..24].try_into().unwrap(),
                pid: object[24..40].try_into().unwrap(),
                data: String::from_utf8(object[40..].to_vec())
                    .unwrap()
                    .trim_start_matches('\u{feff}')
                    .to_owned(),
            });
            object.clear();
        }
        rest = &rest[21 + length..];
    }
    seen
}
