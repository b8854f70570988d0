//! Fragments: cutting objects into pieces that fit an envelope, and joining them again (MS-PSRP 2.2.4).
//!
//! A stream of PSRP is a row of fragments; where one network message ends has no meaning for them, so that
//! even a header may come in two pieces. In this file an *object* is what fragments carry: the bytes of one
//! message.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;

use thiserror::Error;

#[cfg(test)]
mod tests;

/// Names one object among all that a sender puts into a shell; never 0 (MS-PSRP 2.2.4).
///
/// A sender has one counter for all streams of a shell, so a receiver of one stream sees gaps. After a
/// connect the numbers may even go down, because Windows repeats its last answer to the session before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(NonZeroU64);

impl ObjectId {
    /// The first number of a new sender.
    pub const FIRST: ObjectId = ObjectId(NonZeroU64::MIN);

    /// `None` for 0, which numbers nothing.
    pub fn new(number: u64) -> Option<ObjectId> {
        NonZeroU64::new(number).map(ObjectId)
    }

    pub fn get(self) -> u64 {
        self.0.get()
    }

    fn next(self) -> ObjectId {
        self.0.checked_add(1).map_or(ObjectId::FIRST, ObjectId)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Numbers the fragments of one object: 0, 1, 2 and so on without a gap (MS-PSRP 2.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentId(pub u64);

impl FragmentId {
    pub const FIRST: FragmentId = FragmentId(0);

    fn next(self) -> FragmentId {
        FragmentId(self.0.saturating_add(1))
    }
}

impl fmt::Display for FragmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Bytes before the blob: object id, fragment id, flags, blob length; all big-endian.
pub(crate) const HEADER_LEN: usize = 8 + 8 + 1 + 4;
/// First fragment of its object ("S").
const START: u8 = 0x01;
/// Last fragment of its object ("E").
const END: u8 = 0x02;

struct Header {
    object_id: ObjectId,
    fragment_id: FragmentId,
    start: bool,
    end: bool,
    blob_length: u32,
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
    fn decode(bytes: &mut &[u8]) -> Option<Result<Header, FragmentError>> {
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
    /// A sender whose next object is numbered `next_object_id`: `FIRST`, or where a stored count goes on.
    pub(crate) fn new(next_object_id: ObjectId) -> Fragmenter {
        Fragmenter { next_object_id }
    }

    /// The number the next object will bear.
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
pub enum FragmentError {
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
    #[error("fragment {found} of object {object_id} came in the place of fragment {expected}")]
    OutOfOrder { object_id: ObjectId, expected: FragmentId, found: FragmentId },
    #[error("a fragment claims {0} bytes, which is over the limit")]
    BlobTooLong(u32),
    #[error("object {0} is over the size limit")]
    ObjectTooLarge(ObjectId),
    #[error("object {0} has more fragments than the limit")]
    TooManyFragments(ObjectId),
    #[error("the stream is over the size limit with object {0}")]
    StreamTooLong(ObjectId),
}

/// What to do about fragments that do not continue the open object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gaps {
    /// They are an error.
    Refused,
    /// They are dropped up to the next start of an object, which ends the exception.
    UntilStart,
    /// They are dropped, with what they fail to continue, at any time.
    Accepted,
}

/// Where in the row of fragments the next byte belongs.
#[derive(Debug)]
enum Position {
    /// To a header, of which these bytes are there already.
    Header(Vec<u8>),
    /// To a blob of the open object.
    Blob { remaining: usize, end: bool },
    /// To a blob that belongs to nothing.
    Dropped { remaining: usize },
}

/// The object whose fragments are coming in.
#[derive(Debug)]
struct OpenObject {
    id: ObjectId,
    next_fragment_id: FragmentId,
    bytes: Vec<u8>,
}

/// Joins the fragments of one stream to objects, whatever pieces the bytes come in.
#[derive(Debug)]
pub(crate) struct Defragmenter {
    limits: Limits,
    gaps: Gaps,
    position: Position,
    open: Option<OpenObject>,
    /// Bytes of objects so far.
    size: u64,
}

impl Defragmenter {
    pub(crate) fn new(limits: Limits) -> Defragmenter {
        let position = Position::Header(Vec::new());
        Defragmenter { limits, gaps: Gaps::Refused, position, open: None, size: 0 }
    }

    /// For a stream of a shell whose OutputBufferingMode is Drop: any fragment may be missing, and what it
    /// leaves incomplete is dropped without an error.
    pub(crate) fn with_gaps(limits: Limits) -> Defragmenter {
        Defragmenter { gaps: Gaps::Accepted, ..Defragmenter::new(limits) }
    }

    /// The stream was cut and goes on, after a connect or reconnect, perhaps in the middle of an object.
    ///
    /// Until the next object starts, fragments that do not continue what is here are dropped, as PowerShell
    /// does.
    pub(crate) fn resynchronise(&mut self) {
        if self.gaps == Gaps::Refused {
            self.gaps = Gaps::UntilStart;
        }
    }

    /// Whether the bytes so far end with an object, rather than in the middle of one.
    pub(crate) fn is_at_boundary(&self) -> bool {
        self.open.is_none() && matches!(&self.position, Position::Header(bytes) if bytes.is_empty())
    }

    /// Takes bytes off the front of `input` up to the end of the next object, and gives that object.
    ///
    /// `None` means that all of `input` is taken and more is needed. An object that lies in `input` as one
    /// fragment is borrowed from there.
    pub(crate) fn next_object<'i>(
        &mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Cow<'i, [u8]>>, FragmentError> {
        loop {
            match &mut self.position {
                Position::Header(_) => {
                    let Some(header) = self.take_header(input).transpose()? else {
                        return Ok(None);
                    };
                    let remaining = header.blob_length as usize;
                    if !self.admit(&header)? {
                        self.position = Position::Dropped { remaining };
                    } else if header.start
                        && header.end
                        && let Some((blob, rest)) = input.split_at_checked(remaining)
                    {
                        *input = rest;
                        self.open = None;
                        return Ok(Some(Cow::Borrowed(blob)));
                    } else {
                        self.position = Position::Blob { remaining, end: header.end };
                    }
                }
                Position::Blob { remaining, end } => {
                    let blob = take_up_to(input, remaining);
                    let (complete, end) = (*remaining == 0, *end);
                    if let Some(open) = &mut self.open {
                        open.bytes.extend_from_slice(blob);
                    }
                    if !complete {
                        return Ok(None);
                    }
                    self.position = Position::Header(Vec::new());
                    if end && let Some(object) = self.open.take() {
                        return Ok(Some(Cow::Owned(object.bytes)));
                    }
                }
                Position::Dropped { remaining } => {
                    take_up_to(input, remaining);
                    if *remaining > 0 {
                        return Ok(None);
                    }
                    self.position = Position::Header(Vec::new());
                }
            }
        }
    }

    /// The next header, once all its bytes are there.
    fn take_header(&mut self, input: &mut &[u8]) -> Option<Result<Header, FragmentError>> {
        let Position::Header(partial) = &mut self.position else { return None };
        if partial.is_empty()
            && let Some(header) = Header::decode(input)
        {
            return Some(header);
        }
        let mut missing = HEADER_LEN.saturating_sub(partial.len());
        partial.extend_from_slice(take_up_to(input, &mut missing));
        let header = Header::decode(&mut partial.as_slice())?;
        partial.clear();
        Some(header)
    }

    /// Applies the rules of order and the limits. True where the blob to come belongs to the open object.
    fn admit(&mut self, header: &Header) -> Result<bool, FragmentError> {
        let &Header { object_id, fragment_id, .. } = header;
        if header.blob_length > self.limits.blob_length {
            return Err(FragmentError::BlobTooLong(header.blob_length));
        }
        if header.start && fragment_id != FragmentId::FIRST {
            return Err(FragmentError::StartNotFirst { object_id, fragment_id });
        }
        if let Err(misfit) = self.fits(header) {
            if self.gaps == Gaps::Refused {
                return Err(misfit);
            }
            self.open = None;
        }
        if header.start {
            if self.gaps == Gaps::UntilStart {
                self.gaps = Gaps::Refused;
            }
            self.open =
                Some(OpenObject { id: object_id, next_fragment_id: FragmentId::FIRST, bytes: Vec::new() });
        }
        let Some(open) = &mut self.open else { return Ok(false) };
        open.next_fragment_id = open.next_fragment_id.next();
        if fragment_id.0 >= self.limits.fragments {
            return Err(FragmentError::TooManyFragments(object_id));
        }
        if open.bytes.len().saturating_add(header.blob_length as usize) > self.limits.object_size {
            return Err(FragmentError::ObjectTooLarge(object_id));
        }
        self.size = self.size.saturating_add(header.blob_length.into());
        if self.size > self.limits.stream_size {
            return Err(FragmentError::StreamTooLong(object_id));
        }
        Ok(true)
    }

    /// Whether this fragment is the one that has to come next (MS-PSRP 2.2.4).
    fn fits(&self, header: &Header) -> Result<(), FragmentError> {
        let &Header { object_id, fragment_id, start, .. } = header;
        match &self.open {
            None if start => Ok(()),
            None => Err(FragmentError::MissingStart { object_id, fragment_id }),
            Some(open) if start || open.id != object_id => {
                Err(FragmentError::Interleaved { open: open.id, found: object_id })
            }
            Some(open) if open.next_fragment_id != fragment_id => Err(FragmentError::OutOfOrder {
                object_id,
                expected: open.next_fragment_id,
                found: fragment_id,
            }),
            Some(_) => Ok(()),
        }
    }
}

/// Takes what is there of the next `remaining` bytes, and counts them off.
fn take_up_to<'i>(input: &mut &'i [u8], remaining: &mut usize) -> &'i [u8] {
    let (taken, rest) = input.split_at(input.len().min(*remaining));
    *input = rest;
    *remaining -= taken.len();
    taken
}

/// Takes the next `N` bytes off the front; `None`, and nothing taken, where there are fewer.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
