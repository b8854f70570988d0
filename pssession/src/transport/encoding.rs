//! Request envelopes as octets.

/// The encoding of requests. What a service answers in is its own affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    #[default]
    Utf8,
    /// Little-endian, with a byte order mark.
    Utf16,
}

impl Encoding {
    /// The media type of SOAP in it (RFC 3902).
    pub(super) fn soap_type(self) -> &'static str {
        match self {
            Encoding::Utf8 => "application/soap+xml;charset=UTF-8",
            Encoding::Utf16 => "application/soap+xml;charset=UTF-16",
        }
    }

    pub(super) fn encode(self, envelope: &str) -> Vec<u8> {
        match self {
            Encoding::Utf8 => envelope.into(),
            Encoding::Utf16 => {
                let marked = std::iter::once(0xFEFF).chain(envelope.encode_utf16());
                marked.flat_map(u16::to_le_bytes).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn utf_16_begins_with_its_mark() {
        assert_eq!(Encoding::Utf8.encode("<é>"), "<é>".as_bytes());
        assert_eq!(Encoding::Utf16.encode("<é>"), [0xFF, 0xFE, b'<', 0, 0xE9, 0, b'>', 0]);
        assert_eq!(Encoding::Utf16.encode("\u{1F4DA}"), [0xFF, 0xFE, 0x3D, 0xD8, 0xDA, 0xDC]);
    }
}
