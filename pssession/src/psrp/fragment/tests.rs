use std::borrow::Cow;

use super::*;
use crate::psrp::defragmenter::Defragmenter;
use crate::psrp::testing::Random;

const LIMITS: Limits = Limits { blob_length: 64, object_size: 100, fragments: 8, stream_size: 1000 };

/// A fragment written down byte by byte, so that the cutter is not its own judge.
fn fragment(object_id: u8, fragment_id: u8, flags: u8, blob: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, object_id, 0, 0, 0, 0, 0, 0, 0, fragment_id, flags];
    bytes.extend([0, 0, 0, blob.len() as u8]);
    bytes.extend(blob);
    bytes
}

fn objects(defragmenter: &mut Defragmenter, mut input: &[u8]) -> Result<Vec<Vec<u8>>, FragmentError> {
    let mut objects = Vec::new();
    while let Some(object) = defragmenter.next_object(&mut input)? {
        objects.push(object.into_owned());
    }
    assert!(input.is_empty(), "all input is taken before more is asked for");
    Ok(objects)
}

fn joined(stream: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, FragmentError> {
    objects(&mut Defragmenter::new(LIMITS), &stream.concat())
}

fn object_id(number: u64) -> ObjectId {
    ObjectId::new(number).unwrap()
}

#[test]
fn an_object_that_fits_is_one_fragment() {
    let mut fragmenter = Fragmenter::new(object_id(7));
    assert_eq!(fragmenter.cut([&b"abc"[..]], 1000), [fragment(7, 0, 3, b"abc")]);
    assert_eq!(fragmenter.cut([&b"d"[..]], 1000), [fragment(8, 0, 3, b"d")]);
}

#[test]
fn objects_share_payloads_and_are_cut_where_a_payload_is_full() {
    let payloads = Fragmenter::new(ObjectId::FIRST).cut([&b"abc"[..], &b"defghijkl"[..]], 2 * HEADER_LEN + 5);
    let expected =
        [[fragment(1, 0, 3, b"abc"), fragment(2, 0, 1, b"de")].concat(), fragment(2, 1, 2, b"fghijkl")];
    assert_eq!(payloads, expected);
}

#[test]
fn a_payload_without_room_for_a_byte_of_blob_is_not_filled_further() {
    let payloads = Fragmenter::new(ObjectId::FIRST).cut([&b"abc"[..], &b"d"[..]], 2 * HEADER_LEN + 3);
    assert_eq!(payloads, [fragment(1, 0, 3, b"abc"), fragment(2, 0, 3, b"d")]);
}

#[test]
fn the_smallest_payload_carries_one_byte() {
    let payloads = Fragmenter::new(ObjectId::FIRST).cut([&b"abc"[..]], 0);
    let expected = [fragment(1, 0, 1, b"a"), fragment(1, 1, 0, b"b"), fragment(1, 2, 2, b"c")];
    assert_eq!(payloads, expected);
}

#[test]
fn cut_objects_join_again_wherever_the_bytes_are_split() {
    let whole: Vec<Vec<u8>> = vec![b"first".to_vec(), vec![], (0..90).collect(), b"last".to_vec()];
    let cut = Fragmenter::new(ObjectId::FIRST).cut(whole.iter().map(Vec::as_slice), 40).concat();
    for at in 0..=cut.len() {
        let mut defragmenter = Defragmenter::new(LIMITS);
        let mut found = objects(&mut defragmenter, &cut[..at]).unwrap();
        found.extend(objects(&mut defragmenter, &cut[at..]).unwrap());
        assert_eq!(found, whole, "split at {at}");
        assert!(defragmenter.is_at_boundary());
    }
    let mut defragmenter = Defragmenter::new(LIMITS);
    let mut byte_by_byte = Vec::new();
    for byte in cut.chunks(1) {
        byte_by_byte.extend(objects(&mut defragmenter, byte).unwrap());
    }
    assert_eq!(byte_by_byte, whole);
}

#[test]
fn an_object_in_one_piece_is_not_copied() {
    let stream = [fragment(1, 0, 3, b"abc"), fragment(2, 0, 1, b"d"), fragment(2, 1, 2, b"e")].concat();
    let mut input = stream.as_slice();
    let mut defragmenter = Defragmenter::new(LIMITS);
    assert!(matches!(defragmenter.next_object(&mut input), Ok(Some(Cow::Borrowed(b"abc")))));
    assert!(matches!(defragmenter.next_object(&mut input), Ok(Some(Cow::Owned(_)))));
    assert_eq!(defragmenter.next_object(&mut input), Ok(None));
}

#[test]
fn object_ids_may_jump_and_go_down() {
    let stream = [fragment(9, 0, 3, b"a"), fragment(3, 0, 3, b"b"), fragment(3, 0, 3, b"c")];
    assert_eq!(joined(&stream), Ok(vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]));
}

#[test]
fn what_breaks_the_order_is_refused() {
    let (first, second) = (object_id(1), object_id(2));
    let cases = [
        (vec![fragment(0, 0, 3, b"a")], FragmentError::ObjectIdZero),
        (vec![fragment(1, 0, 7, b"a")], FragmentError::UnknownFlags(7)),
        (
            vec![fragment(1, 1, 2, b"a")],
            FragmentError::MissingStart { object_id: first, fragment_id: FragmentId(1) },
        ),
        (
            vec![fragment(1, 2, 1, b"a")],
            FragmentError::StartNotFirst { object_id: first, fragment_id: FragmentId(2) },
        ),
        (
            vec![fragment(1, 0, 1, b"a"), fragment(2, 1, 0, b"b")],
            FragmentError::Interleaved { open: first, found: second },
        ),
        (
            vec![fragment(1, 0, 1, b"a"), fragment(2, 0, 3, b"b")],
            FragmentError::Interleaved { open: first, found: second },
        ),
        (
            vec![fragment(1, 0, 1, b"a"), fragment(1, 2, 2, b"b")],
            FragmentError::OutOfOrder { object_id: first, expected: FragmentId(1), found: FragmentId(2) },
        ),
        (
            vec![fragment(1, 0, 1, b"a"), fragment(1, 0, 0, b"b")],
            FragmentError::OutOfOrder { object_id: first, expected: FragmentId(1), found: FragmentId(0) },
        ),
    ];
    for (stream, error) in cases {
        assert_eq!(joined(&stream), Err(error));
    }
}

#[test]
fn sizes_over_the_limits_are_refused_from_the_header_alone() {
    let mut huge = fragment(1, 0, 3, b"");
    huge[17..].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(joined(&[huge]), Err(FragmentError::BlobTooLong(u32::MAX)));
    assert_eq!(joined(&[fragment(1, 0, 3, &[0; 65])]), Err(FragmentError::BlobTooLong(65)));

    let long = [fragment(1, 0, 1, &[0; 64]), fragment(1, 1, 0, &[0; 36]), fragment(1, 2, 2, &[0; 1])];
    assert_eq!(joined(&long), Err(FragmentError::ObjectTooLarge(object_id(1))));

    let mut many = vec![fragment(1, 0, 1, b"")];
    many.extend((1..9).map(|id| fragment(1, id, 0, b"")));
    assert_eq!(joined(&many), Err(FragmentError::TooManyFragments(object_id(1))));

    let row: Vec<_> = (1..17).map(|id| fragment(id, 0, 3, &[0; 64])).collect();
    assert!(joined(&row[..15]).is_ok());
    assert_eq!(joined(&row), Err(FragmentError::StreamTooLong(object_id(16))));
}

#[test]
fn a_claimed_length_allocates_nothing() {
    let mut claim = fragment(1, 0, 1, b"");
    claim[17..].copy_from_slice(&(200_u32 << 20).to_be_bytes());
    let mut defragmenter = Defragmenter::new(Limits::default());
    assert_eq!(objects(&mut defragmenter, &claim), Ok(vec![]));
    assert_eq!(defragmenter.open.map(|open| open.bytes.capacity()), Some(0));
}

#[test]
fn a_stream_cut_by_a_reconnect_goes_on_with_the_next_object() {
    let mut defragmenter = Defragmenter::new(LIMITS);
    defragmenter.resynchronise();
    let rest = [fragment(4, 3, 0, b"x"), fragment(4, 4, 2, b"y"), fragment(5, 0, 3, b"whole")].concat();
    assert_eq!(objects(&mut defragmenter, &rest), Ok(vec![b"whole".to_vec()]));
    let error = FragmentError::MissingStart { object_id: object_id(6), fragment_id: FragmentId(1) };
    assert_eq!(objects(&mut defragmenter, &fragment(6, 1, 2, b"z")), Err(error));
}

#[test]
fn an_object_that_a_reconnect_did_not_cut_is_completed() {
    let mut defragmenter = Defragmenter::new(LIMITS);
    assert_eq!(objects(&mut defragmenter, &fragment(4, 0, 1, b"be")), Ok(vec![]));
    defragmenter.resynchronise();
    assert_eq!(objects(&mut defragmenter, &fragment(4, 1, 2, b"gun")), Ok(vec![b"begun".to_vec()]));
}

#[test]
fn an_object_that_a_reconnect_did_cut_is_dropped() {
    let mut defragmenter = Defragmenter::new(LIMITS);
    assert_eq!(objects(&mut defragmenter, &fragment(4, 0, 1, b"lost")), Ok(vec![]));
    defragmenter.resynchronise();
    let rest = [fragment(4, 2, 2, b"end"), fragment(5, 0, 3, b"whole")].concat();
    assert_eq!(objects(&mut defragmenter, &rest), Ok(vec![b"whole".to_vec()]));
}

#[test]
fn a_stream_with_gaps_yields_the_objects_that_are_whole() {
    let stream = [
        fragment(1, 0, 1, b"no end"),
        fragment(2, 0, 3, b"two"),
        fragment(3, 1, 2, b"no start"),
        fragment(4, 0, 1, b"fo"),
        fragment(4, 1, 2, b"ur"),
        fragment(5, 0, 1, b"no"),
        fragment(5, 2, 2, b"middle"),
        fragment(6, 0, 3, b"six"),
    ];
    let mut defragmenter = Defragmenter::new(LIMITS);
    defragmenter.accept_gaps();
    let found = objects(&mut defragmenter, &stream.concat()).unwrap();
    assert_eq!(found, [b"two".to_vec(), b"four".to_vec(), b"six".to_vec()]);
}

#[test]
fn a_stream_that_ends_early_yields_what_came_before() {
    let stream = [fragment(1, 0, 3, b"one"), fragment(2, 0, 1, b"t"), fragment(2, 1, 2, b"wo")].concat();
    for end in 0..stream.len() {
        let mut defragmenter = Defragmenter::new(LIMITS);
        let found = objects(&mut defragmenter, &stream[..end]).unwrap();
        assert_eq!(found.len(), usize::from(end >= HEADER_LEN + 3));
        assert_eq!(defragmenter.is_at_boundary(), end == 0 || end == HEADER_LEN + 3);
    }
}

#[test]
fn spoilt_streams_are_errors_or_objects_within_the_limits() {
    let stream = Fragmenter::new(ObjectId::FIRST).cut([&[b'a'; 90][..], &b"b"[..], &[b'c'; 50][..]], 50);
    let stream = stream.concat();
    for seed in 0..5000 {
        let mut random = Random::new(seed);
        let spoilt = random.mutate(&stream);
        let mut defragmenter = Defragmenter::new(LIMITS);
        if seed % 2 == 1 {
            defragmenter.accept_gaps();
        }
        let (start, end) = spoilt.split_at(random.below(spoilt.len()));
        let found = objects(&mut defragmenter, start)
            .and_then(|found| Ok([found, objects(&mut defragmenter, end)?].concat()));
        for object in found.unwrap_or_default() {
            assert!(object.len() <= LIMITS.object_size);
        }
    }
}
