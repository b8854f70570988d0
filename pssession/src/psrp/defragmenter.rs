//! Joining fragments: gaps, replays, and the limits on what a peer may send.

use std::borrow::Cow;

use super::fragment::{FragmentError, FragmentId, HEADER_LEN, Header, Limits, ObjectId};

/// What to do about fragments that do not continue the open object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gaps {
    /// They are an error.
    Refused,
    /// They are dropped until one continues the open object or starts the next, which ends the exception.
    UntilNext,
    /// They are dropped, with what they fail to continue, at any time.
    Accepted,
}

/// Whether whole objects may be missing before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Losses {
    Never,
    /// Not yet; once the stream was cut they may.
    AfterACut,
    /// Perhaps, where more ids than these are left out: so many may be those of objects on other streams.
    Now {
        other_ids: u64,
    },
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
pub(super) struct OpenObject {
    id: ObjectId,
    next_fragment_id: FragmentId,
    pub(super) bytes: Vec<u8>,
}

/// What a stream has next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined<'i> {
    /// A whole object; borrowed from the input where it lies there as one fragment.
    Object { id: ObjectId, bytes: Cow<'i, [u8]> },
    /// Fragments of this object are missing, and it will not be completed.
    Gap(ObjectId),
    /// Whole objects may be missing, the last of them with this id; at most so many, if that is known.
    Loss { last: ObjectId, at_most: Option<u64> },
}

/// What a header means for the blob behind it.
struct Admission {
    /// Whether the blob belongs to the open object.
    belongs: bool,
    /// What is missing before it, where this header is the first to show that.
    missing: Option<Joined<'static>>,
}

/// Joins the fragments of one stream to objects, whatever pieces the bytes come in.
#[derive(Debug)]
pub(crate) struct Defragmenter {
    limits: Limits,
    gaps: Gaps,
    losses: Losses,
    position: Position,
    pub(super) open: Option<OpenObject>,
    /// Objects up to this one are dropped; the open one comes after it.
    dropped_through: Option<ObjectId>,
    /// The object last reported as a gap, of which more fragments may follow.
    lost: Option<ObjectId>,
    /// Bytes of objects so far.
    size: u64,
}

impl Defragmenter {
    pub(crate) fn new(limits: Limits) -> Defragmenter {
        let position = Position::Header(Vec::new());
        let (open, dropped_through, lost) = (None, None, None);
        let (gaps, losses) = (Gaps::Refused, Losses::Never);
        Defragmenter { limits, gaps, losses, position, open, dropped_through, lost, size: 0 }
    }

    /// For a stream of a shell whose OutputBufferingMode is Drop: any fragment may be missing, and what it
    /// leaves incomplete is dropped without an error.
    pub(crate) fn accept_gaps(&mut self) {
        self.gaps = Gaps::Accepted;
    }

    /// For a stream of such a shell, what may have been dropped so far.
    pub(crate) fn report_losses(&mut self, losses: Losses) {
        self.losses = losses;
    }

    /// The stream was cut and goes on, after a connect or reconnect, perhaps in the middle of an object.
    ///
    /// A server may give its last answer again. Of the open object, fragments that are here already are
    /// dropped, and a new start replaces them. Other fragments are dropped until one continues the open object
    /// or starts the next, as in PowerShell. Answers consist of whole fragments, so that a fragment of which
    /// only a part is here is continued.
    pub(crate) fn resynchronise(&mut self) {
        if self.gaps == Gaps::Refused {
            self.gaps = Gaps::UntilNext;
        }
        if self.losses == Losses::AfterACut {
            self.losses = Losses::Now { other_ids: 0 };
        }
    }

    /// From now on, objects with this id or a lower one are dropped: they are a replay.
    pub(crate) fn drop_through(&mut self, id: ObjectId) {
        self.dropped_through = self.dropped_through.max(Some(id));
    }

    /// Whether the bytes so far end with an object, rather than in the middle of one.
    pub(crate) fn is_at_boundary(&self) -> bool {
        self.open.is_none() && matches!(&self.position, Position::Header(bytes) if bytes.is_empty())
    }

    /// As [`next`](Defragmenter::next), for streams on which neither gaps nor ids matter.
    pub(crate) fn next_object<'i>(
        &mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Cow<'i, [u8]>>, FragmentError> {
        loop {
            match self.next(input)? {
                Some(Joined::Object { bytes, .. }) => return Ok(Some(bytes)),
                Some(Joined::Gap(_) | Joined::Loss { .. }) => {}
                None => return Ok(None),
            }
        }
    }

    /// Takes bytes off the front of `input` up to the end of the next object or to a gap, and gives that.
    ///
    /// `None` means that all of `input` is taken and more is needed.
    pub(crate) fn next<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Joined<'i>>, FragmentError> {
        loop {
            match &mut self.position {
                Position::Header(_) => {
                    let Some(header) = self.take_header(input).transpose()? else {
                        return Ok(None);
                    };
                    let remaining = header.blob_length as usize;
                    let Admission { belongs, missing } = self.admit(&header)?;
                    if (belongs && header.start && header.end && missing.is_none())
                        && let Some((blob, rest)) = input.split_at_checked(remaining)
                    {
                        *input = rest;
                        self.open = None;
                        return Ok(Some(Joined::Object { id: header.object_id, bytes: Cow::Borrowed(blob) }));
                    }
                    self.position = match belongs {
                        true => Position::Blob { remaining, end: header.end },
                        false => Position::Dropped { remaining },
                    };
                    if missing.is_some() {
                        return Ok(missing);
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
                    if end && let Some(OpenObject { id, bytes, .. }) = self.open.take() {
                        return Ok(Some(Joined::Object { id, bytes: Cow::Owned(bytes) }));
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

    /// Applies the rules of order and the limits.
    fn admit(&mut self, header: &Header) -> Result<Admission, FragmentError> {
        let &Header { object_id, fragment_id, .. } = header;
        if header.blob_length > self.limits.blob_length {
            return Err(FragmentError::BlobTooLong(header.blob_length));
        }
        if header.start && fragment_id != FragmentId::FIRST {
            return Err(FragmentError::StartNotFirst { object_id, fragment_id });
        }
        if self.is_replay(header) {
            return Ok(Admission { belongs: false, missing: None });
        }
        let missing = match self.fits(header) {
            Ok(()) => self.loss_before(header),
            Err(misfit) if self.gaps == Gaps::Refused => return Err(misfit),
            Err(_) => self.give_up(header).map(Joined::Gap),
        };
        if self.losses != Losses::Never {
            self.losses = Losses::AfterACut;
        }
        if header.start {
            self.lost = None;
            let (id, next_fragment_id) = (object_id, FragmentId::FIRST);
            self.open = Some(OpenObject { id, next_fragment_id, bytes: Vec::new() });
        }
        let Some(open) = &mut self.open else { return Ok(Admission { belongs: false, missing }) };
        if self.gaps == Gaps::UntilNext {
            self.gaps = Gaps::Refused;
        }
        open.next_fragment_id = fragment_id.next();
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
        Ok(Admission { belongs: true, missing })
    }

    /// Whether what comes is here already.
    fn is_replay(&self, header: &Header) -> bool {
        let of_open = self.open.as_ref().is_some_and(|open| {
            open.id == header.object_id && !header.start && header.fragment_id < open.next_fragment_id
        });
        Some(header.object_id) <= self.dropped_through || (of_open && self.gaps != Gaps::Refused)
    }

    /// Whether this fragment is the one that has to come next (MS-PSRP 2.2.4).
    fn fits(&self, header: &Header) -> Result<(), FragmentError> {
        let &Header { object_id, fragment_id, start, .. } = header;
        match &self.open {
            None if start => Ok(()),
            None => Err(FragmentError::MissingStart { object_id, fragment_id }),
            // A replay that begins with the open object.
            Some(open) if start && open.id == object_id && self.gaps != Gaps::Refused => Ok(()),
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

    /// What may be missing between the object before and the one that starts here, by the ids between them. Without an
    /// object before, anything.
    fn loss_before(&self, header: &Header) -> Option<Joined<'static>> {
        let Losses::Now { other_ids } = self.losses else { return None };
        let at_most = self
            .dropped_through
            .map(|last| header.object_id.get().saturating_sub(last.get()).saturating_sub(1));
        let is_continued = self.open.is_some() || at_most.is_some_and(|at_most| at_most <= other_ids);
        let last = ObjectId::new(header.object_id.get() - 1)?;
        (!is_continued).then_some(Joined::Loss { last, at_most })
    }

    /// Drops the open object, which this fragment does not continue. The object that is lost by that, where it
    /// is not known yet.
    fn give_up(&mut self, header: &Header) -> Option<ObjectId> {
        let abandoned = self.open.take().map(|open| open.id);
        let lost = if header.start { abandoned } else { Some(header.object_id) };
        let known = std::mem::replace(&mut self.lost, lost);
        lost.filter(|_| lost != known)
    }
}

/// Takes what is there of the next `remaining` bytes, and counts them off.
fn take_up_to<'i>(input: &mut &'i [u8], remaining: &mut usize) -> &'i [u8] {
    let (taken, rest) = input.split_at(input.len().min(*remaining));
    *input = rest;
    *remaining -= taken.len();
    taken
}
