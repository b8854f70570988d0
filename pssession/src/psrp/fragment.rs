//! Fragments: cutting objects into pieces that fit an envelope, and joining them again (MS-PSRP 2.2.4).
//!
//! A stream of PSRP is a row of fragments; where one network message ends has no meaning for them, so that
//! even a header may come in two pieces. In this file an *object* is what fragments carry: the bytes of one
//! message.

use thiserror::Error;

pub(crate) use crate::record::ObjectId;

#[cfg(test)]
mod tests;

/// Numbers the fragments of one object: 0, 1, 2 and so on without a gap (MS-PSRP 2.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FragmentId(pub u64);

impl FragmentId {
    pub(crate) const FIRST: FragmentId = FragmentId(0);

    pub(super) fn next(self) -> FragmentId {
        FragmentId(self.0.saturating_add(1))
    }
}

display!(FragmentId);

/// Bytes before the blob: object id, fragment id, flags, blob length; all big-endian.
pub(crate) const HEADER_LEN: usize = 8 + 8 + 1 + 4;
/// First fragment of its object ("S").
const START: u8 = 0x01;
/// Last fragment of its object ("E").
const END: u8 = 0x02;

pub(super) struct Header {
    pub object_id: ObjectId,
    pub fragment_id: FragmentId,
    pub start: bool,
    pub end: bool,
    pub blob_length: u32,
}

impl Header {
    fn encode(&self, out: &mut Vec<u8>) {
        let start = if self.start { START } else { 0 };
        let end = if self.end { END } else { 0 };
        out.extend_from_slice(&self.object_id.get().to_be_bytes());
        out.extend_from_slice(&self.fragment_id.0.to_be_bytes());
        out.push(start | end);
        out.extend_from_slice(&self.blob_length.to_be_bytes());
    }

    /// `None` and nothing taken where the bytes do not yet make a header.
    pub(super) fn decode(bytes: &mut &[u8]) -> Option<Result<Header, FragmentError>> {
        let header = take::<HEADER_LEN>(bytes)?;
        let mut header = header.as_slice();
        let object_id = u64::from_be_bytes(take(&mut header)?);
        let fragment_id = FragmentId(u64::from_be_bytes(take(&mut header)?));
        let [flags] = take(&mut header)?;
        let blob_length = u32::from_be_bytes(take(&mut header)?);
        if flags & !(START | END) != 0 {
            return Some(Err(FragmentError::UnknownFlags(flags)));
        }
        let Some(object_id) = ObjectId::new(object_id) else {
            return Some(Err(FragmentError::ObjectIdZero));
        };
        let (start, end) = (flags & START != 0, flags & END != 0);
        Some(Ok(Header { object_id, fragment_id, start, end, blob_length }))
    }
}

/// Cuts the objects of one sender into fragments, and counts the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragmenter {
    next_object_id: ObjectId,
}

impl Fragmenter {
    /// A sender whose next object is numbered `next_object_id`: `FIRST`, or the next of a stored count.
    pub(crate) fn new(next_object_id: ObjectId) -> Fragmenter {
        Fragmenter { next_object_id }
    }

    /// The number of the next object.
    pub(crate) fn next_object_id(&self) -> ObjectId {
        self.next_object_id
    }

    /// Cuts objects into payloads of at most `max_payload` bytes, filling each before the next is begun.
    ///
    /// A payload holds whole fragments, one after another, of one or several objects. `max_payload` is taken
    /// as at least one byte more than a header, and at most what a blob length of 32 bits can say.
    pub(crate) fn cut<'o>(
        &mut self,
        objects: impl IntoIterator<Item = &'o [u8]>,
        max_payload: usize,
    ) -> Vec<Vec<u8>> {
        let max_payload = max_payload.clamp(HEADER_LEN + 1, u32::MAX as usize);
        let mut payloads = Vec::new();
        let mut payload = Vec::new();
        for object in objects {
            let object_id = self.next_object_id;
            self.next_object_id = object_id.next();
            let mut fragment_id = FragmentId::FIRST;
            let mut rest = object;
            loop {
                if max_payload - payload.len() <= HEADER_LEN {
                    payloads.push(std::mem::take(&mut payload));
                }
                let room = max_payload - payload.len() - HEADER_LEN;
                let (blob, after) = rest.split_at(rest.len().min(room));
                rest = after;
                let (start, end) = (fragment_id == FragmentId::FIRST, rest.is_empty());
                let blob_length = blob.len() as u32;
                Header { object_id, fragment_id, start, end, blob_length }.encode(&mut payload);
                payload.extend_from_slice(blob);
                if end {
                    break;
                }
                fragment_id = fragment_id.next();
            }
        }
        payloads.extend((!payload.is_empty()).then_some(payload));
        payloads
    }
}

/// How much a peer may send as one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Longest blob of one fragment, in bytes. Windows cuts at 32 KiB, and a blob never outgrows an envelope.
    pub blob_length: u32,
    /// Longest object, in bytes. The default is PowerShell's own default of MaximumReceivedObjectSize, 200
    /// MiB.
    pub object_size: usize,
    /// Most fragments of one object. The default lets an object of 200 MiB come in pieces of 200 bytes.
    pub fragments: u64,
    /// Longest stream, in bytes of its objects. By default it has no end, since a pool's stream need not have one.
    pub stream_size: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { blob_length: 200 << 20, object_size: 200 << 20, fragments: 1 << 20, stream_size: u64::MAX }
    }
}

/// Why the bytes of a stream are not fragments in order.
///
/// After an error the place of the next header is unknown: the stream is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FragmentError {
    #[error("a fragment has the object id 0")]
    ObjectIdZero,
    #[error("a fragment has unknown flags ({0:#04x})")]
    UnknownFlags(u8),
    #[error("fragment {fragment_id} of object {object_id} came before the start of that object")]
    MissingStart { object_id: ObjectId, fragment_id: FragmentId },
    #[error("object {object_id} starts with fragment {fragment_id} instead of 0")]
    StartNotFirst { object_id: ObjectId, fragment_id: FragmentId },
    #[error("a fragment of object {found} came within object {open}")]
    Interleaved { open: ObjectId, found: ObjectId },
    #[error("fragment {found} of object {object_id} came instead of fragment {expected}")]
    OutOfOrder { object_id: ObjectId, expected: FragmentId, found: FragmentId },
    #[error("a fragment claims {0} bytes, which exceeds the limit")]
    BlobTooLong(u32),
    #[error("object {0} exceeds the size limit")]
    ObjectTooLarge(ObjectId),
    #[error("object {0} has too many fragments")]
    TooManyFragments(ObjectId),
    #[error("the stream exceeds the size limit with object {0}")]
    StreamTooLong(ObjectId),
}

/// Takes the next `N` bytes off the front; `None`, and nothing taken, where there are fewer.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
