//! The server's half of a conversation, written down byte by byte, so that no mistake of ours is made twice.

use uuid::Uuid;

use crate::psrp::message::RunspacePoolId;

pub const ID: RunspacePoolId = RunspacePoolId(Uuid::from_u128(0xB6631D8E_65A0_49F2_9053_A1B156C95777));
/// `ID` as it travels, and no id at all.
pub const RPID: [u8; 16] =
    [0x8E, 0x1D, 0x63, 0xB6, 0xA0, 0x65, 0xF2, 0x49, 0x90, 0x53, 0xA1, 0xB1, 0x56, 0xC9, 0x57, 0x77];
pub const NO_RPID: [u8; 16] = [0; 16];

pub const CAPABILITY: u32 = 0x0001_0002;
pub const STATE: u32 = 0x0002_1005;
pub const PRIVATE_DATA: u32 = 0x0002_1009;
pub const INIT_DATA: u32 = 0x0002_100B;

pub const CAPABILITY_XML: &str = concat!(
    r#"<Obj RefId="0"><MS><Version N="protocolversion">2.3</Version><Version N="PSVersion">2.0</Version>"#,
    r#"<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>"#,
);
pub const INIT_DATA_XML: &str =
    r#"<Obj RefId="0"><MS><I32 N="MinRunspaces">3</I32><I32 N="MaxRunspaces">1</I32></MS></Obj>"#;
pub const PRIVATE_DATA_XML: &str = concat!(
    r#"<Obj RefId="0"><MS><Obj N="ApplicationPrivateData" RefId="1"><DCT><En><S N="Key">PSVersionTable</S>"#,
    r#"<Obj N="Value" RefId="2"><DCT><En><S N="Key">PSRemotingProtocolVersion</S>"#,
    r#"<Version N="Value">2.2</Version></En></DCT></Obj></En></DCT></Obj></MS></Obj>"#,
);

/// A whole message to the client in one fragment, with the byte order mark that Windows writes.
pub fn sent(object_id: u8, message_type: u32, rpid: [u8; 16], xml: &str) -> Vec<u8> {
    let length = 40 + 3 + xml.len() as u32;
    let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, object_id, 0, 0, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend(length.to_be_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(message_type.to_le_bytes());
    bytes.extend(rpid);
    bytes.extend([0; 16]);
    bytes.extend(b"\xEF\xBB\xBF");
    bytes.extend(xml.as_bytes());
    bytes
}

/// RUNSPACEPOOL_STATE.
pub fn sent_state(object_id: u8, number: i32) -> Vec<u8> {
    let xml = format!(r#"<Obj RefId="0"><MS><I32 N="RunspaceState">{number}</I32></MS></Obj>"#);
    sent(object_id, STATE, RPID, &xml)
}

pub fn opening() -> Vec<u8> {
    let messages = [
        sent(1, CAPABILITY, NO_RPID, CAPABILITY_XML),
        sent(2, PRIVATE_DATA, RPID, PRIVATE_DATA_XML),
        sent_state(3, 2),
    ];
    messages.concat()
}

pub fn connect_response() -> Vec<u8> {
    [sent(4, CAPABILITY, RPID, CAPABILITY_XML), sent(5, INIT_DATA, RPID, INIT_DATA_XML)].concat()
}
