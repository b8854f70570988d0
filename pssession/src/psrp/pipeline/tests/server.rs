//! The server's half, written down byte by byte, so that no mistake of ours is made twice.

use uuid::Uuid;

use crate::psrp::message::PipelineId;

pub const ID: PipelineId = PipelineId(Uuid::from_u128(0x00112233_4455_6677_8899_AABBCCDDEEFF));

pub const OUTPUT: u32 = 0x0004_1004;
pub const ERROR: u32 = 0x0004_1005;
pub const STATE: u32 = 0x0004_1006;
pub const DEBUG: u32 = 0x0004_1007;
pub const VERBOSE: u32 = 0x0004_1008;
pub const WARNING: u32 = 0x0004_1009;
pub const PROGRESS: u32 = 0x0004_1010;
pub const INFORMATION: u32 = 0x0004_1011;
pub const HOST_CALL: u32 = 0x0004_1100;

pub const COMPLETED: &str = r#"<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>"#;

/// A message to the client and the pipeline, with the byte order mark that PowerShell writes.
pub fn message(message_type: u32, xml: &str) -> Vec<u8> {
    let mut bytes = vec![1, 0, 0, 0];
    bytes.extend(message_type.to_le_bytes());
    bytes.extend([7; 16]);
    bytes.extend([
        0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
    ]);
    bytes.extend(b"\xEF\xBB\xBF");
    bytes.extend(xml.as_bytes());
    bytes
}

pub fn fragment(object_id: u8, fragment_id: u8, flags: u8, blob: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, object_id, 0, 0, 0, 0, 0, 0, 0, fragment_id, flags];
    bytes.extend((blob.len() as u32).to_be_bytes());
    bytes.extend(blob);
    bytes
}

/// A whole message in one fragment.
pub fn sent(object_id: u8, message_type: u32, xml: &str) -> Vec<u8> {
    fragment(object_id, 0, 3, &message(message_type, xml))
}

/// An output of text in as many fragments as wanted.
pub fn pieces(object_id: u8, text: &str, count: usize) -> Vec<Vec<u8>> {
    let message = message(OUTPUT, &format!("<S>{text}</S>"));
    let chunks: Vec<&[u8]> = message.chunks(message.len().div_ceil(count)).collect();
    let last = chunks.len() - 1;
    let piece = |(at, blob): (usize, &&[u8])| {
        fragment(object_id, at as u8, u8::from(at == 0) | u8::from(at == last) << 1, blob)
    };
    chunks.iter().enumerate().map(piece).collect()
}
