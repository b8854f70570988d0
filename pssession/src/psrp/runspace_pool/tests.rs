//! Stories between the machine and a server, and the table of transitions against the machine.

use uuid::Uuid;

use super::PoolState as S;
use super::*;
use crate::psrp::fragment::{FragmentError, FragmentId};
use crate::psrp::handshake::IncompatibleVersion;
use crate::psrp::message::MessageError;
use crate::psrp::testing::Random;
use server::*;

mod server;

fn opened_event() -> PoolEvent {
    PoolEvent::Opened
}

fn new_pool() -> RunspacePool {
    RunspacePool::open(ID, &InitRunspacePool::default(), 32768, Limits::default()).0
}

fn connecting_pool() -> RunspacePool {
    RunspacePool::connect(ID, Limits::default()).0
}

fn connected_pool() -> RunspacePool {
    let mut pool = connecting_pool();
    assert_eq!(pool.connect_response(&connect_response()), Ok(vec![opened_event()]));
    pool
}

/// A message of the server's that the machine refuses, and how.
fn check_breaks(mut pool: RunspacePool, bytes: &[u8], error: PoolError) {
    let result =
        if pool.state() == S::Connecting { pool.connect_response(bytes) } else { pool.receive(bytes) };
    assert_eq!(result, Err(error.clone()));
    assert_eq!(pool.state(), S::Broken);
    assert_eq!(pool.receive(b""), Err(error));
}

#[test]
fn open_whatever_pieces_the_answers_come_in() {
    let answers = opening();
    for at in 0..=answers.len() {
        let mut pool = new_pool();
        let mut events = pool.receive(&answers[..at]).unwrap();
        events.extend(pool.receive(&answers[at..]).unwrap());
        assert_eq!(events, [PoolEvent::ApplicationPrivateData, opened_event()], "split at {at}");
        assert_eq!(pool.state(), S::Opened);
    }
}

#[test]
fn open_step_by_step() {
    let mut pool = new_pool();
    assert_eq!((pool.state(), pool.protocol_version()), (S::NegotiationSent, None));
    assert_eq!(pool.receive(&sent(1, CAPABILITY, NO_RPID, CAPABILITY_XML)), Ok(vec![]));
    assert_eq!(pool.state(), S::NegotiationSucceeded);
    assert_eq!(pool.protocol_version(), Some(ProtocolVersion::V2_3));
    assert_eq!(pool.receive(&sent_state(2, 1)), Ok(vec![]));
    assert_eq!(pool.receive(&sent_state(3, 2)), Ok(vec![opened_event()]));
    assert_eq!(pool.application_private_data(), None);
}

#[test]
fn the_creation_carries_two_messages() {
    let (_, payloads) = RunspacePool::open(ID, &InitRunspacePool::default(), 32768, Limits::default());
    let [payload] = payloads.as_slice() else { panic!("one payload is enough") };
    let mut expected = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 199];
    expected.extend([2, 0, 0, 0, 0x02, 0x00, 0x01, 0x00]);
    expected.extend(RPID);
    expected.extend(NO_RPID);
    expected.extend(CAPABILITY_XML.as_bytes());
    expected.extend([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    let (start, rest) = payload.split_at(expected.len());
    assert_eq!(start, expected);
    let (length, rest) = rest.split_at(4);
    assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, rest.len());
    assert_eq!(rest[..8], [2, 0, 0, 0, 0x04, 0x00, 0x01, 0x00]);
    assert_eq!(rest[8..24], RPID);
    assert_eq!(rest[24..40], NO_RPID);
    assert_eq!(rest[40..], *InitRunspacePool::default().encode().as_bytes());
}

#[test]
fn a_creation_that_does_not_fit_goes_on_in_further_payloads() {
    let (pool, payloads) = RunspacePool::open(ID, &InitRunspacePool::default(), 500, Limits::default());
    assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() <= 500));
    assert_eq!(payloads[0].len(), 500);
    let (_, whole) = RunspacePool::open(ID, &InitRunspacePool::default(), 32768, Limits::default());
    let extra_headers = payloads.len() - 1;
    assert_eq!(payloads.concat().len(), whole[0].len() + extra_headers * crate::psrp::fragment::HEADER_LEN);
    assert_eq!(pool.state(), S::NegotiationSent);
}

#[test]
fn the_connect_carries_two_whole_messages() {
    let (_, payload) = RunspacePool::connect(ID, Limits::default());
    let mut expected = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 199];
    expected.extend([2, 0, 0, 0, 0x02, 0x00, 0x01, 0x00]);
    expected.extend(RPID);
    expected.extend(NO_RPID);
    expected.extend(CAPABILITY_XML.as_bytes());
    expected.extend([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 45]);
    expected.extend([2, 0, 0, 0, 0x08, 0x00, 0x01, 0x00]);
    expected.extend(RPID);
    expected.extend(NO_RPID);
    expected.extend(b"<S />");
    assert_eq!(payload, expected);
    assert_eq!(payload.len(), 286);
}

#[test]
fn connect_to_the_pool_of_another_client() {
    let mut pool = connected_pool();
    assert_eq!(pool.state(), S::Opened);

    // The server's last answer to the other client comes again, with a lower number, and means nothing.
    assert_eq!(pool.receive(&sent_state(3, 2)), Ok(vec![]));
    assert_eq!(pool.receive(&sent(1, CAPABILITY, NO_RPID, CAPABILITY_XML)), Ok(vec![]));
    let private_data = sent(6, PRIVATE_DATA, RPID, PRIVATE_DATA_XML);
    assert_eq!(pool.receive(&private_data), Ok(vec![PoolEvent::ApplicationPrivateData]));
    let dictionary = pool.application_private_data().and_then(ApplicationPrivateData::dictionary);
    assert!(dictionary.and_then(|dictionary| dictionary.entry("PSVersionTable")).is_some());
}

#[test]
fn what_the_other_client_was_receiving_is_dropped() {
    let mut middle = sent_state(9, 2);
    middle[15] = 4; // fragment id
    middle[16] = 2; // the last fragment of its object
    let mut pool = connected_pool();
    assert_eq!(pool.receive(&middle), Ok(vec![]));
    let private_data = sent(10, PRIVATE_DATA, RPID, PRIVATE_DATA_XML);
    assert_eq!(pool.receive(&private_data), Ok(vec![PoolEvent::ApplicationPrivateData]));
    let error =
        FragmentError::MissingStart { object_id: ObjectId::new(9).unwrap(), fragment_id: FragmentId(4) };
    check_breaks(pool, &middle, error.into());
}

#[test]
fn more_than_was_asked_for_in_the_answer_to_a_connect() {
    let more = [connect_response(), sent(6, PRIVATE_DATA, RPID, "<Nil />"), sent_state(7, 2)];
    let expected = vec![opened_event(), PoolEvent::ApplicationPrivateData];
    assert_eq!(connecting_pool().connect_response(&more.concat()), Ok(expected));
}

#[test]
fn an_answer_to_a_connect_that_ends_early() {
    let (first, whole) = (sent(4, CAPABILITY, RPID, CAPABILITY_XML).len(), connect_response());
    for end in 0..whole.len() {
        let error = match end {
            0 => PoolError::MissingMessage(MessageType::SessionCapability),
            _ if end == first => PoolError::MissingMessage(MessageType::RunspacePoolInitData),
            _ => PoolError::IncompleteConnectResponse,
        };
        check_breaks(connecting_pool(), &whole[..end], error);
    }
}

#[test]
fn an_answer_to_a_connect_that_is_something_else() {
    let capability = sent(4, CAPABILITY, RPID, CAPABILITY_XML);
    let init_data = sent(5, INIT_DATA, RPID, INIT_DATA_XML);
    let unexpected = |message_type| PoolError::UnexpectedMessage { message_type, state: S::Connecting };
    check_breaks(connecting_pool(), &init_data, unexpected(MessageType::RunspacePoolInitData));
    let twice = [capability.clone(), capability.clone()].concat();
    check_breaks(connecting_pool(), &twice, unexpected(MessageType::SessionCapability));
    let other_version = sent(4, CAPABILITY, RPID, &CAPABILITY_XML.replace("2.3", "3.0"));
    let incompatible = IncompatibleVersion::Protocol {
        client: ProtocolVersion::V2_3,
        server: ProtocolVersion { major: 3, minor: 0 },
    };
    check_breaks(connecting_pool(), &[other_version, init_data].concat(), incompatible.into());
    let without_counts = [capability.clone(), sent(5, INIT_DATA, RPID, "<S />")].concat();
    let malformed = PoolError::Malformed {
        message_type: MessageType::RunspacePoolInitData,
        source: DecodeError::MissingProperty("MinRunspaces"),
    };
    check_breaks(connecting_pool(), &without_counts, malformed);
    let mut of_another_pool = [capability, sent(5, INIT_DATA, [1; 16], INIT_DATA_XML)].concat();
    let found = RunspacePoolId(Uuid::from_bytes([1; 16]));
    let message_type = MessageType::RunspacePoolInitData;
    check_breaks(connecting_pool(), &of_another_pool, PoolError::WrongRunspacePool { message_type, found });
    of_another_pool[21] = 2; // destination
    check_breaks(
        connecting_pool(),
        &of_another_pool,
        PoolError::WrongDestination(MessageType::SessionCapability),
    );
}

#[test]
fn messages_that_break_a_pool() {
    let unexpected = |message_type, state| PoolError::UnexpectedMessage { message_type, state };
    let opened = sent_state(1, 2);
    check_breaks(new_pool(), &opened, unexpected(MessageType::RunspacePoolState, S::NegotiationSent));
    let private_data = sent(1, PRIVATE_DATA, RPID, PRIVATE_DATA_XML);
    check_breaks(
        new_pool(),
        &private_data,
        unexpected(MessageType::ApplicationPrivateData, S::NegotiationSent),
    );
    let capability = sent(1, CAPABILITY, NO_RPID, CAPABILITY_XML);
    let twice = [capability.clone(), capability].concat();
    check_breaks(new_pool(), &twice, unexpected(MessageType::SessionCapability, S::NegotiationSucceeded));
    let no_id = sent(1, STATE, NO_RPID, "<Nil />");
    let wrong = PoolError::WrongRunspacePool {
        message_type: MessageType::RunspacePoolState,
        found: RunspacePoolId(Uuid::nil()),
    };
    check_breaks(connected_pool(), &no_id, wrong);
    let malformed = PoolError::Malformed {
        message_type: MessageType::RunspacePoolState,
        source: DecodeError::UnknownState(7),
    };
    check_breaks(connected_pool(), &sent_state(1, 7), malformed);
    let short = [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1][..], &[1]].concat();
    check_breaks(connected_pool(), &short, MessageError::Truncated(1).into());
}

#[test]
fn a_server_that_ends_the_pool() {
    check_breaks(connected_pool(), &sent_state(8, 3), PoolError::ServerClosed);
    let broken = concat!(
        r#"<Obj RefId="0"><MS><I32 N="RunspaceState">5</I32><Obj N="ExceptionAsErrorRecord" RefId="1">"#,
        r#"<ToString>out of memory</ToString></Obj></MS></Obj>"#,
    );
    let error = PoolError::ServerBroken { reason: Some("out of memory".into()) };
    assert_eq!(error.to_string(), "the server broke the runspace pool: out of memory");
    check_breaks(connected_pool(), &sent(8, STATE, RPID, broken), error);
}

#[test]
fn messages_that_are_not_about_the_state_are_passed_on() {
    for number in [0x0002_1008, 0x0002_1004, 0x0001_0005, 0x0003_0001] {
        let events = connected_pool().receive(&sent(8, number, RPID, "<S>x</S>")).unwrap();
        let [PoolEvent::Message(message)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(message.message_type.number(), number);
        assert_eq!(&*message.data, b"<S>x</S>");
    }
}

#[test]
fn a_later_process_resumes_the_pool() {
    let mut pool = RunspacePool::resume(ID, ProtocolVersion::V2_3, Limits::default());
    assert_eq!(pool.receive(&sent_state(9, 2)), Ok(vec![]));
    assert_eq!(pool.state(), S::Opened);
    pool.number_objects_from(ObjectId::new(42).unwrap());
    let payloads = pool.send(MessageType::PublicKey, None, "<S />", 500);
    assert_eq!(payloads[0][..8], [0, 0, 0, 0, 0, 0, 0, 42]);
}

#[test]
fn all_messages_of_a_client_are_numbered_by_one_counter() {
    let mut pool = connected_pool();
    let pipeline = PipelineId(Uuid::from_u128(7));
    let first = pool.send(MessageType::CreatePipeline, Some(pipeline), "<S />", 500).concat();
    let second = pool.send(MessageType::GetAvailableRunspaces, None, "<S />", 500).concat();
    assert_eq!((first[7], second[7]), (3, 4));
    assert_eq!(first[21..29], [2, 0, 0, 0, 0x06, 0x10, 0x02, 0x00]);
    assert_eq!(first[45..61], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
}

#[test]
fn spoilt_answers_break_the_pool_or_do_no_harm() {
    let (opening, response) = (opening(), connect_response());
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut pool = new_pool();
        let (start, end) = opening.split_at(random.below(opening.len()));
        let result = pool.receive(&random.mutate(start)).and_then(|_| pool.receive(&random.mutate(end)));
        assert_eq!(result.is_err(), pool.state() == S::Broken);

        let mut pool = connecting_pool();
        let result = pool.connect_response(&random.mutate(&response));
        assert_eq!(result.is_err(), pool.state() == S::Broken);
    }
}
