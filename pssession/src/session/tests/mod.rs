//! Whole lives of a session, in a pair with the service of this project's listener.

mod keys;
mod loss;
mod stay;
mod world;

use super::*;
use crate::psrp::message::{MessageType, PipelineId};
use crate::psrp::pipeline::{PipelineEvent, PipelineState};
use crate::wsman::FaultCode;
use std::time::Duration;
use uuid::Uuid;
use world::{Spoil, Trouble, World, client, script};

const OURS: Event<Trouble> = Event::Acquired(Acquired::Ours { protocol_version: None });

fn is_ours(event: &Event<Trouble>) -> bool {
    matches!(event, Event::Acquired(Acquired::Ours { .. }))
}

fn pipeline() -> PipelineId {
    PipelineId(Uuid::new_v4())
}

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}

#[test]
fn a_free_session_is_connected_to_with_one_request() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let mut session = world.acquire(ConnectKind::Connect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    assert_eq!(world.actions, ["Connect"]);
}

#[test]
fn a_session_of_ours_is_reconnected_with_one_request() {
    let mut world = World::new(|_| {});
    let (shell, client) = (world.left(None), client());
    let mut session = world.acquire(ConnectKind::Connect, &shell, client);
    world.event(&mut session);
    for _ in 0..2 {
        // It makes no difference whether the server holds it to be connected.
        world.actions.clear();
        let mut again = world.acquire(ConnectKind::Reconnect, &shell, client);
        assert_eq!(world.event(&mut again), OURS);
        assert_eq!(world.actions, ["Reconnect"]);
        world.now += Duration::from_secs(600);
    }
}

#[test]
fn a_session_that_another_client_had_since_is_connected_to_if_it_is_free() {
    let mut world = World::new(|_| {});
    let (shell, ours, other) = (world.left(None), client(), client());
    let mut session = world.acquire(ConnectKind::Connect, &shell, other);
    world.event(&mut session);

    let mut held = world.acquire(ConnectKind::Reconnect, &shell, ours);
    assert!(matches!(world.event(&mut held), Event::Acquired(Acquired::HeldByOther(_))));
    assert_eq!(world.actions, ["Connect", "Reconnect", "Connect"]);
    let mut held = world.acquire(ConnectKind::Connect, &shell, ours);
    assert!(matches!(world.event(&mut held), Event::Acquired(Acquired::HeldByOther(_))));
    let mut held = world.acquire(ConnectKind::Resume, &shell, ours);
    assert!(matches!(world.event(&mut held), Event::Acquired(Acquired::HeldByOther(_))));

    session.disconnect(DisconnectOptions::default());
    assert_eq!(world.event(&mut session), Event::Disconnected(Ok(())));
    world.actions.clear();
    let mut free = world.acquire(ConnectKind::Reconnect, &shell, ours);
    assert!(is_ours(&world.event(&mut free)));
    assert_eq!(world.actions, ["Reconnect", "Connect"]);
    // The same client again, in another process that does not know.
    let mut again = world.acquire(ConnectKind::Connect, &shell, ours);
    assert!(is_ours(&world.event(&mut again)));
}

#[test]
fn a_session_that_is_gone_is_gone_by_every_kind() {
    for kind in [ConnectKind::Connect, ConnectKind::Reconnect, ConnectKind::Resume] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        world.now += Duration::from_secs(100_000);
        let mut session = world.acquire(kind, &shell, client());
        assert!(matches!(world.event(&mut session), Event::Acquired(Acquired::Gone(_))), "{kind:?}");
    }
}

/// Whatever becomes of any one request of an acquisition, it is acquired, or the failure is named; and a lost answer
/// never costs the session.
#[test]
fn an_acquisition_comes_to_a_known_end_whatever_becomes_of_a_request() {
    use FailureKind::{Busy, Fault, Lost, Refused, TimedOut, Unreachable, Untrusted};
    let kinds =
        [Lost, TimedOut, Untrusted, Busy, Unreachable, Refused, Fault(Some(FaultCode::ACCESS_DENIED))];
    for kind in [ConnectKind::Connect, ConnectKind::Reconnect] {
        for index in 0..3 {
            for failure in kinds {
                for spoil in
                    [Spoil::Before(failure), Spoil::After(failure), Spoil::Late(Duration::from_secs(9))]
                {
                    let mut world = World::new(|_| {});
                    let shell = world.left(None);
                    world.spoils = vec![(index, spoil)];
                    let client = client();
                    let mut session = world.acquire(kind, &shell, client);
                    let event = world.event(&mut session);
                    let Event::Acquired(acquired) = &event else { panic!("{event:?}") };
                    let context = format!("{kind:?} {index} {spoil:?}: {acquired:?} by {:?}", world.actions);
                    match acquired {
                        Acquired::Ours { .. } => {}
                        Acquired::Failed { failure: Trouble(found), .. } => {
                            assert_eq!(*found, failure, "{context}");
                            assert!(!matches!(failure, Lost | Busy), "{context}");
                        }
                        Acquired::HeldByOther(_) | Acquired::Gone(_) => panic!("{context}"),
                    }
                    // Whatever happened, the same client can have it.
                    world.spoils.clear();
                    let mut again = world.acquire(ConnectKind::Reconnect, &shell, client);
                    assert!(is_ours(&world.event(&mut again)), "{context}");
                }
            }
        }
    }
}

/// The record of a session must name the client that may hold it, whatever the last of its requests came to.
#[test]
fn a_connect_whose_answer_was_lost_leaves_the_session_in_doubt_if_the_repetition_is_not_sent() {
    use FailureKind::{Busy, Lost, Refused, TimedOut, Unreachable};
    for kind in [ConnectKind::Connect, ConnectKind::Reconnect] {
        for (first, last) in [(Lost, Unreachable), (Lost, Refused), (Lost, TimedOut), (Busy, Unreachable)] {
            let mut world = World::new(|_| {});
            let shell = world.left(None);
            world.spoils = vec![(0, Spoil::After(first)), (1, Spoil::Before(last))];
            let mut session = world.acquire(kind, &shell, client());
            let event = world.event(&mut session);
            let Event::Acquired(Acquired::Failed { failure: Trouble(found), is_in_doubt, .. }) = event else {
                panic!("{kind:?} {first:?} {last:?}: {event:?}")
            };
            assert_eq!((found, is_in_doubt), (last, first == Lost), "{kind:?} {first:?} {last:?}");
        }
    }
}

#[test]
fn a_script_is_run_and_read_to_its_end() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    assert_eq!(world.event(&mut session), Event::Opened(Ok(())));
    let id = pipeline();
    session.invoke(id, &script("1..5 | ForEach-Object { $_; Start-Sleep 1 }"), Reader::ThisClient).unwrap();
    assert_eq!(world.read_to_end(&mut session, id), (numbers(5), PipelineEnd::Ended));
    while !world.actions.contains(&"Signal".to_owned()) {
        assert!(world.step(&mut session), "the command is freed");
    }
    session.remove();
    assert_eq!(world.event(&mut session), Event::Removed(Ok(())));
}

#[test]
fn a_pipeline_is_stopped_while_its_output_is_awaited() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    world.event(&mut session);
    let (id, started) = (pipeline(), world.now);
    session.invoke(id, &script("'first'; Start-Sleep 600; 'second'"), Reader::ThisClient).unwrap();
    while !matches!(world.output(&mut session, id), PipelineOutput::Event(_, PipelineEvent::Output(_))) {}
    session.stop(id);
    let (rest, end) = world.read_to_end(&mut session, id);
    assert_eq!((rest, end), (vec![], PipelineEnd::Ended));
    assert_eq!(world.last_state, Some(PipelineState::Stopped));
    assert!(world.now - started < Duration::from_secs(60), "it did not wait for the script");
}

/// Reads a running script of 40 numbers through so many lives of the session, every second one by another client.
fn leave_and_return(world: &mut World, lives: usize) -> Vec<String> {
    let shell = world.left(Some("1..40 | ForEach-Object { $_; Start-Sleep 1 }"));
    let command = world.command_id();
    let command_id = crate::wsman::CommandId(command);
    let id = PipelineId(command_id.guid().unwrap());
    let (mut read, mut mark, mut ours) = (Vec::new(), None, client());
    for life in 0.. {
        let kind = if life % 2 == 0 { ConnectKind::Connect } else { ConnectKind::Reconnect };
        ours = if life % 2 == 0 { client() } else { ours };
        let mut session = world.acquire(kind, &shell, ours);
        let event = world.event(&mut session);
        assert!(is_ours(&event), "{event:?} in life {life}");
        session.attach(id, command_id.clone(), mark);
        let mut budget = if life < lives { 40 / lives } else { usize::MAX };
        loop {
            if budget == 0 {
                session.disconnect(DisconnectOptions::default());
                budget = usize::MAX;
            }
            match world.output(&mut session, id) {
                PipelineOutput::Event(object_id, PipelineEvent::Output(value)) => {
                    mark = Some(object_id);
                    read.extend(world::text(&value));
                    budget -= 1;
                }
                PipelineOutput::Event(object_id, _) => mark = Some(object_id),
                PipelineOutput::End(PipelineEnd::Detached) => break,
                PipelineOutput::End(PipelineEnd::Ended) => return read,
                PipelineOutput::End(end) => panic!("{end:?} {:?}", world.actions),
            }
        }
        world.now += Duration::from_secs(3);
    }
    unreachable!("the last life reads to the end")
}

#[test]
fn a_session_is_left_and_taken_up_again_and_no_number_is_lost_or_doubled() {
    for lives in [1, 2, 5, 10] {
        let mut world = World::new(|_| {});
        assert_eq!(leave_and_return(&mut world, lives), numbers(40), "{lives} lives");
    }
}

/// A request of a live session that is lost, late or refused for now costs nothing: the session is acquired again, and
/// the stream goes on where it was.
#[test]
fn the_output_is_whole_whatever_becomes_of_a_request() {
    use FailureKind::{Busy, Lost, TimedOut, Unreachable};
    for index in 0..24 {
        for spoil in [
            Spoil::Before(Lost),
            Spoil::After(Lost),
            Spoil::Before(TimedOut),
            Spoil::Before(Busy),
            Spoil::Before(Unreachable),
            Spoil::Late(Duration::from_secs(9)),
        ] {
            let mut world = World::new(|_| {});
            let shell = world.left(Some("1..12 | ForEach-Object { $_; Start-Sleep 1 }"));
            let command_id = crate::wsman::CommandId(world.command_id());
            let id = PipelineId(command_id.guid().unwrap());
            let mut session = world.acquire(ConnectKind::Connect, &shell, client());
            world.event(&mut session);
            session.attach(id, command_id, None);
            world.spoils = vec![(index, spoil)];
            let read = world.read_to_end(&mut session, id);
            assert_eq!(read, (numbers(12), PipelineEnd::Ended), "{index} {spoil:?}: {:?}", world.actions);
        }
    }
}

/// A script that this client starts, whatever becomes of one request: its output comes whole and once, or it is named what
/// failed. A Command whose answer was lost is asked for before it is sent again.
#[test]
fn a_script_comes_to_a_known_end_whatever_becomes_of_a_request() {
    use FailureKind::{Busy, Lost, Refused, TimedOut, Unreachable, Untrusted};
    for index in 0..20 {
        for kind in [Lost, TimedOut, Untrusted, Busy, Unreachable, Refused] {
            for spoil in [Spoil::Before(kind), Spoil::After(kind), Spoil::Late(Duration::from_secs(7))] {
                // A server that has carried it out cannot have been out of reach.
                if matches!(spoil, Spoil::After(Busy | Unreachable | Refused)) {
                    continue;
                }
                let mut world = World::new(|_| {});
                world.spoils = vec![(index, spoil)];
                let mut session = world.open();
                let event = world.outcome(&mut session);
                let Event::Opened(Ok(())) = event else {
                    assert!(index < 5 && kind != Lost, "{index} {spoil:?}: {event:?}");
                    continue;
                };
                let id = pipeline();
                session
                    .invoke(id, &script("1..6 | ForEach-Object { $_; Start-Sleep 1 }"), Reader::ThisClient)
                    .unwrap();
                let (read, end) = world.read_to_end(&mut session, id);
                let context = format!("{index} {spoil:?}: {read:?} {end:?} by {:?}", world.actions);
                assert!(numbers(6).starts_with(&read), "{context}");
                match end {
                    PipelineEnd::Ended => assert_eq!(read, numbers(6), "{context}"),
                    PipelineEnd::Failed(Trouble(found))
                    | PipelineEnd::InDoubt(InDoubt::Start, Trouble(found)) => {
                        assert_eq!(found, kind, "{context}");
                        assert!(matches!(kind, Untrusted | Refused), "{context}");
                    }
                    PipelineEnd::InDoubt(InDoubt::Input, _) | PipelineEnd::Detached => {
                        panic!("{context}")
                    }
                }
            }
        }
    }
}

/// A session that is let go of, whatever becomes of one request, is disconnected, or the failure is named; and nothing of
/// the output is lost for the next client.
#[test]
fn leaving_comes_to_a_known_end_whatever_becomes_of_a_request() {
    use FailureKind::{Busy, Lost, TimedOut, Unreachable, Untrusted};
    for index in 0..14 {
        for kind in [Lost, TimedOut, Untrusted, Busy, Unreachable] {
            for spoil in [Spoil::Before(kind), Spoil::Late(Duration::from_secs(3))] {
                let mut world = World::new(|_| {});
                let shell = world.left(Some("1..12 | ForEach-Object { $_; Start-Sleep 1 }"));
                let command_id = crate::wsman::CommandId(world.command_id());
                let id = PipelineId(command_id.guid().unwrap());
                let client = client();
                let mut session = world.acquire(ConnectKind::Connect, &shell, client);
                world.event(&mut session);
                session.attach(id, command_id.clone(), None);
                world.spoils = vec![(index, spoil)];
                let (mut read, mut mark) = (Vec::new(), None);
                loop {
                    match world.output(&mut session, id) {
                        PipelineOutput::Event(object_id, PipelineEvent::Output(value)) => {
                            mark = Some(object_id);
                            read.extend(world::text(&value));
                            if read.len() == 3 {
                                session.disconnect(DisconnectOptions::default());
                            }
                        }
                        PipelineOutput::Event(object_id, _) => mark = Some(object_id),
                        PipelineOutput::End(_) => break,
                    }
                    while session.poll_event().is_some() {}
                    if read.len() > 3
                        && !matches!(session.phase(), Phase::Disconnecting(_) | Phase::Disconnected)
                    {
                        // The Disconnect failed, and the session is open as before.
                        break;
                    }
                }
                world.spoils.clear();
                drop(session);
                world.abandon();
                world.now += Duration::from_secs(90);
                let mut again = world.acquire(ConnectKind::Reconnect, &shell, client);
                let event = world.event(&mut again);
                assert!(is_ours(&event), "{index} {spoil:?}: {event:?}");
                again.attach(id, command_id, mark);
                let (rest, end) = world.read_to_end(&mut again, id);
                read.extend(rest);
                let context = format!("{index} {spoil:?}: {end:?} by {:?}", world.actions);
                assert_eq!((read, end), (numbers(12), PipelineEnd::Ended), "{context}");
            }
        }
    }
}

/// What a server throws away in Drop mode is named, and what comes after it is read.
#[test]
fn a_hole_in_the_output_is_reported_where_the_mode_is_drop() {
    let mut world = World::new(|settings| {
        settings.buffer_mode = pssession_listener::BufferMode::Drop;
        settings.buffer_size = 600;
    });
    let shell = world.left(Some("1..60 | ForEach-Object { $_; Start-Sleep 1 }"));
    let command_id = crate::wsman::CommandId(world.command_id());
    let id = PipelineId(command_id.guid().unwrap());
    world.now += Duration::from_secs(50);
    let mut session = world.acquire_dropping(&shell);
    world.event(&mut session);
    session.attach(id, command_id, None);
    let (read, end) = world.read_to_end(&mut session, id);
    assert_eq!(end, PipelineEnd::Ended);
    assert!(read.len() < 60 && numbers(60).ends_with(&read), "{read:?}");
}

#[test]
fn what_cannot_be_had_again_in_time_is_lost_with_its_first_reason() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    world.event(&mut session);
    let id = pipeline();
    session.invoke(id, &script("Start-Sleep 100000"), Reader::ThisClient).unwrap();
    for _ in 0..10 {
        world.step(&mut session);
    }
    world.service.remove_session(session.shell().shell_id.0.as_str());
    let (_, end) = world.read_to_end(&mut session, id);
    assert!(matches!(end, PipelineEnd::Failed(Trouble(FailureKind::Fault(_)))), "{end:?}");
    // What is asked of it then has an answer too.
    while session.poll_event().is_some() {}
    session.disconnect(DisconnectOptions::default());
    assert!(matches!(world.event(&mut session), Event::Disconnected(Err(_))));
    // One that is gone is as good as removed.
    session.remove();
    assert_eq!(world.event(&mut session), Event::Removed(Ok(())));
}

#[test]
fn a_shell_whose_streams_are_compressed_is_read_and_written() {
    // Whether that was reported of the shell, or is seen when it is read.
    for is_reported in [true, false] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        world.compresses = true;
        let identity =
            Identity { is_compressed: is_reported.then_some(true), ..world::identity(shell, client()) };
        let mut session = Session::acquire(ConnectKind::Connect, identity, world::options(), world.now);
        assert!(is_ours(&world.event(&mut session)));
        let (first, second) = (pipeline(), pipeline());
        session.invoke(first, &script("1..5"), Reader::ThisClient).unwrap();
        assert_eq!(world.read_to_end(&mut session, first), (numbers(5), PipelineEnd::Ended));
        let mut create = script("$input");
        create.no_input = false;
        session.invoke(second, &create, Reader::ThisClient).unwrap();
        session.send(second, MessageType::PipelineInput, "<S>a</S>").unwrap();
        session.send(second, MessageType::EndOfPipelineInput, "").unwrap();
        assert_eq!(world.read_to_end(&mut session, second).1, PipelineEnd::Ended);
        assert_eq!(world.last_state, Some(PipelineState::Completed));
    }
}

#[test]
fn what_cannot_be_decompressed_ends_the_pipeline() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let identity = Identity { is_compressed: Some(true), ..world::identity(shell, client()) };
    let mut session = Session::acquire(ConnectKind::Connect, identity, world::options(), world.now);
    world.event(&mut session);
    // It answers in plain octets once it was seen to compress.
    world.compresses = true;
    let id = pipeline();
    session.invoke(id, &script("1..5"), Reader::ThisClient).unwrap();
    assert_eq!(world.read_to_end(&mut session, id).1, PipelineEnd::Ended);
    world.compresses = false;
    let id = pipeline();
    session.invoke(id, &script("1..5"), Reader::ThisClient).unwrap();
    let unusable = PipelineEnd::Failed(Trouble(FailureKind::Unusable));
    assert_eq!(world.read_to_end(&mut session, id), (Vec::new(), unusable));
}

#[test]
fn a_shell_that_cannot_be_created_now_is_created_a_little_later() {
    let busy = |retries| {
        let mut world = World::new(|_| {});
        world.spoils = (0..3).map(|at| (at, Spoil::Before(FailureKind::Busy))).collect();
        let mut session = world.open_with(CreateOptions { retries, ..CreateOptions::default() });
        (world.event(&mut session), world.actions.iter().filter(|action| *action == "Create").count())
    };
    assert_eq!(busy(5), (Event::Opened(Ok(())), 4));
    assert_eq!(busy(1), (Event::Opened(Err(Trouble(FailureKind::Busy))), 2));
    assert_eq!(busy(0), (Event::Opened(Err(Trouble(FailureKind::Busy))), 1));
}
