//! What a payload consists of, without what it says.

use super::fragment::Header;
use super::message::MessageType;
use std::fmt::Write;

/// The fragments of a payload, as ` [object 5, fragment 0, start, end, 123 octets, PIPELINE_OUTPUT]`. What is none, as
/// where a payload is compressed, is counted.
pub(crate) fn outline(mut payload: &[u8]) -> String {
    let mut out = String::new();
    loop {
        let rest = payload;
        let Some(Ok(header)) = Header::decode(&mut payload) else {
            return if rest.is_empty() { out } else { out + &format!(" ({} octets)", rest.len()) };
        };
        let Header { object_id, fragment_id, start, end, blob_length } = header;
        let blob = payload.split_off(..payload.len().min(blob_length as usize)).unwrap_or_default();
        let flags = [(start, ", start"), (end, ", end")]
            .map(|(is_set, text)| if is_set { text } else { "" })
            .concat();
        // Writing to a string does not fail.
        let _ = write!(out, " [object {object_id}, fragment {}{flags}, {blob_length} octets", fragment_id.0);
        // Destination, then the type (MS-PSRP 2.2.1).
        if let (true, Some(number)) = (start, blob.get(4..8).and_then(|octets| octets.try_into().ok())) {
            let message_type = MessageType::from_number(u32::from_le_bytes(number));
            let _ = write!(out, ", {message_type}");
        }
        out.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::outline;
    use crate::psrp::fragment::Fragmenter;
    use crate::record::ObjectId;

    #[test]
    fn fragments_are_listed_and_what_is_none_is_counted() {
        let message = [&[1, 0, 0, 0], &0x0004_1004_u32.to_le_bytes()[..], b"secret"].concat();
        let payload = Fragmenter::new(ObjectId::FIRST).cut([&message[..], b"x"], 1000).concat();
        let expected = " [object 1, fragment 0, start, end, 14 octets, PIPELINE_OUTPUT] [object 2, fragment 0, start, \
                        end, 1 octets]";
        assert_eq!(outline(&payload), expected);
        assert_eq!(outline(&[&payload[..], &[0; 30]].concat()), format!("{expected} (30 octets)"));
        let cut = &payload[..30];
        assert_eq!(outline(cut), " [object 1, fragment 0, start, end, 14 octets, PIPELINE_OUTPUT]");
        assert_eq!(outline(b""), "");
    }
}
