//! What holds of streams, messages and values, whatever a server sends.

use super::clixml::{self, References, Value};
use super::defragmenter::{Defragmenter, Joined};
use super::fragment::{FragmentError, Fragmenter, ObjectId};
use super::handshake::{InitRunspacePool, ProtocolVersion};
use super::host::{HostAnswer, HostCall, HostError};
use super::message::{Destination, Message, MessageType, PipelineId, RunspacePoolId};
use super::pipeline::{Pipeline, PipelineError, PipelineEvent};
use super::runspace_pool::{PoolError, PoolEvent, PoolState, RunspacePool};
use super::{Limits, fragment};
use crate::fuzzing::{Choices, split};
use std::borrow::Cow;
use uuid::Uuid;

/// Bounds that inputs of a few kilobytes reach.
const LIMITS: Limits = Limits {
    fragment: fragment::Limits { blob_length: 2000, object_size: 3000, fragments: 20, stream_size: 20_000 },
    clixml: clixml::Limits { size: 20_000, nesting: 20, elements: 1000, objects: 100, references: 100 },
};

/// Of the pool, and of its first pipeline.
pub(crate) const ID: Uuid = Uuid::from_u128(0x00112233_4455_6677_8899_AABBCCDDEEFF);

/// Fragments join to the same objects, gaps and errors in whatever pieces they come, and what was cut joins again.
pub fn fragments(data: &[u8]) {
    let mut choices = Choices(data);
    let (mode, through) = (choices.octet(), u64::from(choices.octet()));
    let defragmenter = || {
        let mut defragmenter = Defragmenter::new(LIMITS.fragment);
        match mode & 3 {
            1 => defragmenter.accept_gaps(),
            2 => defragmenter.resynchronise(),
            _ => {}
        }
        if let Some(through) = ObjectId::new(through).filter(|_| mode & 4 != 0) {
            defragmenter.drop_through(through);
        }
        defragmenter
    };
    let stream = choices.piece();
    let pieces = split(&mut choices, stream);
    let whole = joined(defragmenter(), &[stream]);
    assert_eq!(whole, joined(defragmenter(), &pieces), "in pieces");
    for (_, object) in &whole.0 {
        assert!(object.as_ref().is_none_or(|object| object.len() <= LIMITS.fragment.object_size));
    }

    let max_payload = usize::from(choices.octet());
    let mut objects = Vec::new();
    while !choices.is_over() && objects.len() < 8 {
        objects.push(choices.piece());
    }
    let payloads = Fragmenter::new(ObjectId::FIRST).cut(objects.iter().copied(), max_payload);
    let longest = max_payload.max(fragment::HEADER_LEN + 1);
    assert!(payloads.iter().all(|payload| !payload.is_empty() && payload.len() <= longest));
    let limits = fragment::Limits::default();
    let cut = payloads.concat();
    let (joined, end) = joined(Defragmenter::new(limits), &split(&mut Choices(data), &cut));
    assert_eq!(end, Ok(true));
    let expected: Vec<_> = (1..).zip(&objects).map(|(id, object)| (id, Some(object.to_vec()))).collect();
    assert_eq!(joined, expected);
}

/// An object with its id, or a gap where it should be.
type Found = (u64, Option<Vec<u8>>);

/// The objects and gaps of a stream, and whether it ends between two objects.
fn joined(mut defragmenter: Defragmenter, pieces: &[&[u8]]) -> (Vec<Found>, Result<bool, FragmentError>) {
    let mut all = Vec::new();
    for mut piece in pieces.iter().copied() {
        loop {
            match defragmenter.next(&mut piece) {
                Ok(Some(Joined::Object { id, bytes })) => all.push((id.get(), Some(bytes.into_owned()))),
                Ok(Some(Joined::Gap(id) | Joined::Loss { last: id, .. })) => all.push((id.get(), None)),
                Ok(None) => break assert!(piece.is_empty(), "nothing is left over"),
                Err(error) => return (all, Err(error)),
            }
        }
    }
    (all, Ok(defragmenter.is_at_boundary()))
}

/// A message that is read is written as the same.
pub fn message(data: &[u8]) {
    if let Ok(message) = Message::decode(data) {
        let written = message.encode();
        // The mark is not written; one that follows it is data.
        assert!(data.ends_with(&message.data) && written.len() <= data.len());
        if !message.data.starts_with(b"\xEF\xBB\xBF") {
            assert_eq!(Message::decode(&written), Ok(message.into_owned()));
        }
    }
}

/// A value that is read is written so that it is read as the same, also as one of several in a document.
pub fn clixml(data: &[u8]) {
    let Ok(value) = clixml::read(data, &LIMITS.clixml) else { return };
    let written = clixml::write(&value);
    assert_eq!(clixml::write(&read_again(&written)), written);
    let references = References::of(&value);
    assert!(references.object(&value).is_some() == value.as_object().is_some());

    let mut next = 7;
    let in_document = clixml::write_for_document(&value, &mut next);
    assert!(next >= 7);
    assert!(!in_document.contains("<SS"), "{in_document}");
    read_again(&in_document);
}

/// What was written, which is longer than what it was read from.
fn read_again(written: &str) -> Value {
    let limits = clixml::Limits { size: usize::MAX, ..LIMITS.clixml };
    clixml::read(written.as_bytes(), &limits).unwrap_or_else(|error| panic!("{error}: {written}"))
}

/// Every call can be refused and answered, and the answer names it.
pub fn host_call(data: &[u8]) {
    let Ok(call) = HostCall::decode(data, &LIMITS.clixml) else { return };
    call.expects_response();
    let answers = [
        call.refusal(),
        call.response(Ok(None)),
        call.response(Ok(Some(HostAnswer::Text(String::from_utf8_lossy(data).into_owned())))),
        call.response(Ok(Some(HostAnswer::Choices(vec![0, data.len()])))),
        call.response(Err(HostError { message: String::from_utf8_lossy(data).into_owned() })),
    ];
    for answer in answers {
        let Some(written) = answer.encode(None) else { panic!("{answer:?} holds no secret") };
        let read = read_again(&written);
        assert_eq!(read.property("ci").and_then(Value::as_i64), Some(call.id.0));
        assert_eq!(read.property("mi").and_then(Value::as_i32), Some(call.method.0));
    }
}

/// A stream brings the same in whatever pieces it comes, each object once and in order, and nothing after its end.
pub fn pipeline(data: &[u8]) {
    let mut choices = Choices(data);
    let mode = choices.octet();
    let pipeline = || {
        let mut pipeline = match mode & 3 {
            1 => Pipeline::attach(PipelineId(ID), ObjectId::new(2), &LIMITS),
            2 => Pipeline::attach(PipelineId(ID), None, &LIMITS),
            _ => Pipeline::new(PipelineId(ID), &LIMITS),
        };
        if mode & 4 != 0 {
            pipeline.accept_gaps();
        }
        pipeline
    };
    let lengths = [choices.octet(), choices.octet(), choices.octet()];
    // What comes before and after a loss of the connection.
    let (before, after) = (stream(&mut choices), stream(&mut choices));
    let whole = brought(pipeline(), [&[&before[..]], &[&after[..]]]);
    let [first, second] = [&before, &after].map(|stream| split(&mut Choices(&lengths), stream));
    assert_eq!(format!("{whole:?}"), format!("{:?}", brought(pipeline(), [&first, &second])), "in pieces");
    let ids: Vec<ObjectId> =
        whole.0.iter().filter(|(_, event)| *event != PipelineEvent::Gap).map(|(id, _)| *id).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    if let Some(at) = whole.0.iter().position(|(_, event)| is_end(event)) {
        assert_eq!(at + 1, whole.0.len());
    }
}

fn is_end(event: &PipelineEvent) -> bool {
    matches!(event, PipelineEvent::State(state, _) if state.is_end())
}

type Brought = (Vec<(ObjectId, PipelineEvent)>, Option<PipelineError>);

/// The events of a stream that was lost once, and its error.
fn brought(mut pipeline: Pipeline, lives: [&[&[u8]]; 2]) -> Brought {
    let (mut events, mut failed) = (Vec::new(), None);
    for pieces in lives {
        for mut piece in pieces.iter().copied() {
            loop {
                match pipeline.next_event(&mut piece) {
                    Ok(None) => break assert!(piece.is_empty(), "nothing is left over"),
                    Ok(Some(event)) => {
                        assert!(failed.is_none(), "nothing follows an error");
                        events.push(event);
                    }
                    Err(error) => {
                        assert!(failed.replace(error).is_none(), "a stream fails once");
                    }
                }
            }
        }
        pipeline.resume();
    }
    assert_eq!(
        pipeline.has_ended(),
        failed.is_some() || events.last().is_some_and(|(_, event)| is_end(event))
    );
    (events, failed)
}

/// A stream of messages that a server could send, or nearly so: their types, ids and cuts are chosen, and sometimes all is
/// as it was given.
pub(crate) fn stream(choices: &mut Choices<'_>) -> Vec<u8> {
    const TYPES: [u32; 16] = [
        0x0004_1004,
        0x0004_1005,
        0x0004_1006,
        0x0004_1007,
        0x0004_1008,
        0x0004_1009,
        0x0004_1010,
        0x0004_1011,
        0x0004_1100,
        0x0001_0002,
        0x0002_1009,
        0x0002_1005,
        0x0002_1100,
        0x0001_0006,
        0x0001_0007,
        0x0002_100B,
    ];
    let mut octets = Vec::new();
    for _ in 0..choices.below(8) {
        let how = choices.octet();
        let (kind, id, data) = (choices.below(TYPES.len()), choices.octet(), choices.piece());
        if how == 0xFF {
            octets.extend_from_slice(data);
            continue;
        }
        let is_of_pool = TYPES[kind] < 0x0004_0000;
        let message = Message {
            destination: if how & 0x40 == 0 { Destination::Client } else { Destination::Server },
            message_type: MessageType::from_number(TYPES[kind]),
            runspace_pool_id: RunspacePoolId(ID),
            pipeline_id: (how & 0x20 == 0 && !is_of_pool).then_some(PipelineId(ID)),
            data: Cow::Borrowed(data),
        };
        let first = ObjectId::new(u64::from(id)).unwrap_or(ObjectId::FIRST);
        let mut payloads = Fragmenter::new(first).cut([&message.encode()[..]], usize::from(how & 0x1F) * 32);
        if how & 0x80 != 0 {
            payloads.pop();
        }
        octets.extend(payloads.concat());
    }
    octets
}

/// A pool comes to the same state in whatever pieces its stream comes; once it is broken it stays so, with its reason.
pub fn runspace_pool(data: &[u8]) {
    let mut choices = Choices(data);
    let (mode, lengths) = (choices.octet(), [choices.octet(), choices.octet(), choices.octet()]);
    let (response, stream) = (stream(&mut choices), stream(&mut choices));
    let life = |pieces: &[&[u8]]| {
        let mut pool = match mode & 3 {
            1 => RunspacePool::connect(RunspacePoolId(ID), LIMITS).0,
            2 => RunspacePool::resume(RunspacePoolId(ID), ProtocolVersion::V2_3, LIMITS),
            _ => RunspacePool::open(RunspacePoolId(ID), &InitRunspacePool::default(), 32 << 10, LIMITS).0,
        };
        let mut life = PoolLife::default();
        if mode & 4 != 0 {
            let events = pool.connect_response(&response);
            life.record(&pool, events);
        }
        for piece in pieces {
            let events = pool.receive(piece);
            life.record(&pool, events);
        }
        (pool.state(), pool.protocol_version(), life)
    };
    let (state, version, whole) = life(&[&stream]);
    let (state_in_pieces, version_in_pieces, pieces) = life(&split(&mut Choices(&lengths), &stream));
    assert_eq!((state, version, &whole.broken), (state_in_pieces, version_in_pieces, &pieces.broken));
    // What came in the same piece as the reason is not looked at any more.
    assert!(whole.broken.is_some() || whole.events == pieces.events);
}

#[derive(Default)]
struct PoolLife {
    events: Vec<PoolEvent>,
    broken: Option<PoolError>,
}

impl PoolLife {
    fn record(&mut self, pool: &RunspacePool, result: Result<Vec<PoolEvent>, PoolError>) {
        match result {
            Ok(events) => self.events.extend(events),
            Err(error) => assert_eq!(*self.broken.get_or_insert_with(|| error.clone()), error),
        }
        assert_eq!(pool.state() == PoolState::Broken, self.broken.is_some());
        assert!(self.broken.is_none() || pool.protocol_version().is_none());
    }
}
