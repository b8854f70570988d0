//! The charsets that SOAP may be written in: UTF-8, and UTF-16 with a mark at its beginning.

/// The charset of a request, in which it is answered too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Utf16,
}

impl Charset {
    /// That of a media type, if it is SOAP 1.2's.
    pub fn of(media_type: &str) -> Option<Charset> {
        let media_type = media_type.to_ascii_lowercase();
        let mut parts = media_type.split(';').map(str::trim);
        if parts.next() != Some("application/soap+xml") {
            return None;
        }
        match parts.find_map(|parameter| parameter.strip_prefix("charset=")) {
            None => Some(Charset::Utf8),
            Some(charset) => match charset.trim_matches('"') {
                "utf-8" => Some(Charset::Utf8),
                "utf-16" => Some(Charset::Utf16),
                _ => None,
            },
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Charset::Utf8 => "application/soap+xml;charset=UTF-8",
            Charset::Utf16 => "application/soap+xml;charset=UTF-16",
        }
    }

    /// The same text in UTF-8; `None` if it is not in this charset. UTF-8 is looked at later, by the service.
    pub fn decode(self, octets: &[u8]) -> Option<Vec<u8>> {
        if self == Charset::Utf8 {
            return Some(octets.to_vec());
        }
        let units = |octets: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = octets.as_chunks();
            let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok())?
        };
        let text = match octets {
            [0xFF, 0xFE, rest @ ..] => units(rest, u16::from_le_bytes),
            [0xFE, 0xFF, rest @ ..] => units(rest, u16::from_be_bytes),
            _ => None,
        };
        text.map(String::into_bytes)
    }

    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Charset::Utf8 => text.as_bytes().to_vec(),
            Charset::Utf16 => {
                let mut octets = vec![0xFF, 0xFE];
                text.encode_utf16().for_each(|unit| octets.extend(unit.to_le_bytes()));
                octets
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Charset;

    #[test]
    fn what_is_encoded_is_decoded() {
        for charset in [Charset::Utf8, Charset::Utf16] {
            assert_eq!(
                charset.decode(&charset.encode("<a>é\u{1F4DA}</a>")),
                Some("<a>é\u{1F4DA}</a>".into())
            );
            assert_eq!(Charset::of(charset.media_type()), Some(charset));
        }
        assert_eq!(Charset::Utf16.decode(&[0xFE, 0xFF, 0, b'<']), Some(b"<".to_vec()));
        assert_eq!(Charset::Utf16.decode(b"<x/>"), None);
        assert_eq!(Charset::Utf16.decode(&[0xFF, 0xFE, b'<']), None);
        assert_eq!(Charset::of("application/soap+xml; charset=\"utf-8\""), Some(Charset::Utf8));
        assert_eq!(Charset::of("text/xml;charset=UTF-8"), None);
        assert_eq!(Charset::of("application/soap+xml;charset=latin1"), None);
    }
}
