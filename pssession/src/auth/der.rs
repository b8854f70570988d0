//! A reader and a writer of DER (X.690): tag, length, content, one after the other.
//!
//! The reader never recurses and never allocates: what it hands out are slices of the input, and each inner level is a
//! reader that the caller makes. Lengths need not be the shortest possible, since senders of BER exist; the
//! indefinite form and tags of several octets are refused, which nothing read here uses.

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0A;
pub(super) const APPLICATION_0: u8 = 0x60;

/// The tag of an explicit context-specific element, `[number]`.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// What is not DER, or not the element that has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotDer;

/// Reads elements from the front of its input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Reader<'a> {
        Reader { rest: input }
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn element(&mut self, tag: u8) -> Result<&'a [u8], NotDer> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(NotDer),
        }
    }

    /// The content of the next element if it has this tag; otherwise the reader stays where it is.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, NotDer> {
        if self.rest.first() == Some(&tag) { self.element(tag).map(Some) } else { Ok(None) }
    }

    /// What is in the field of this number, an element with this tag; `None` if there is no such field next.
    pub(super) fn field(&mut self, number: u8, tag: u8) -> Result<Option<&'a [u8]>, NotDer> {
        self.optional(context(number))?.map(|field| Reader::new(field).element(tag)).transpose()
    }

    /// The elements inside the next element, which must have this tag.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Reader<'a>, NotDer> {
        self.element(tag).map(Reader::new)
    }

    /// Sees that nothing follows.
    pub(super) fn end(&self) -> Result<(), NotDer> {
        if self.rest.is_empty() { Ok(()) } else { Err(NotDer) }
    }

    /// Tag and content of the next element.
    pub(super) fn next(&mut self) -> Result<(u8, &'a [u8]), NotDer> {
        const MULTI_OCTET_TAG: u8 = 0x1F;
        let [tag, first, rest @ ..] = self.rest else { return Err(NotDer) };
        if tag & MULTI_OCTET_TAG == MULTI_OCTET_TAG {
            return Err(NotDer);
        }
        let (length, rest) = match first {
            0x00..=0x7F => (usize::from(*first), rest),
            // X.690 8.1.3.5: so many octets of length follow. Four are more than any message here can hold.
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F)).ok_or(NotDer)?;
                let length = octets.iter().fold(0u32, |length, octet| length << 8 | u32::from(*octet));
                (usize::try_from(length).map_err(|_| NotDer)?, rest)
            }
            _ => return Err(NotDer),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(NotDer)?;
        self.rest = rest;
        Ok((*tag, content))
    }
}

/// An element with the concatenation of the parts as its content. The room for all of it is taken at once, so that no
/// copy of a secret is left behind by growing.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let significant = octets.len() - (length.leading_zeros() / u8::BITS) as usize;
    let mut element = Vec::with_capacity(2 + significant + length);
    element.push(tag);
    if length < 0x80 {
        element.push(length as u8);
    } else {
        // At most eight.
        element.push(0x80 | significant as u8);
        element.extend_from_slice(octets.get(octets.len() - significant..).unwrap_or_default());
    }
    parts.iter().for_each(|part| element.extend_from_slice(part));
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(input: &[u8]) -> Result<(u8, &[u8]), NotDer> {
        Reader::new(input).next()
    }

    #[test]
    fn short_and_long_lengths_are_read() {
        assert_eq!(next(&[4, 2, 7, 8, 9]), Ok((4, &[7, 8][..])));
        assert_eq!(next(&[4, 0x81, 1, 7]), Ok((4, &[7][..])));
        let long = [&[4, 0x82, 1, 0][..], &[7; 256]].concat();
        assert_eq!(next(&long), Ok((4, &[7; 256][..])));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x1_0000] {
            let content = vec![7; length];
            let (left, right) = content.split_at(length / 2);
            assert_eq!(next(&element(OCTET_STRING, &[left, right])), Ok((OCTET_STRING, &content[..])));
        }
        assert_eq!(element(SEQUENCE, &[&[7; 0x100]])[..4], [0x30, 0x82, 1, 0]);
        assert_eq!(element(SEQUENCE, &[&[7; 0x80]])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(element(SEQUENCE, &[]), [0x30, 0]);
    }

    #[test]
    fn every_other_beginning_is_refused() {
        for input in [
            &[][..],
            &[4],
            &[4, 1],
            &[4, 0x80, 0, 0],
            &[4, 0x82, 1],
            &[4, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[4, 0x85, 0, 0, 0, 0, 1, 7],
            &[4, 0xFF],
            &[0x1F, 0x81, 0, 0],
        ] {
            assert_eq!(next(input), Err(NotDer), "{input:?}");
        }
    }

    #[test]
    fn an_optional_element_that_is_absent_leaves_the_reader_in_place() {
        let mut reader = Reader::new(&[0xA1, 2, 5, 0]);
        assert_eq!(reader.optional(context(0)), Ok(None));
        assert_eq!(reader.inside(context(1)).map(|mut inner| inner.next()), Ok(Ok((5, &[][..]))));
        assert_eq!(reader.optional(context(2)), Ok(None));
        assert_eq!(reader.element(SEQUENCE), Err(NotDer));
        assert_eq!(Reader::new(&[5, 0]).element(SEQUENCE), Err(NotDer));
    }
}
