//! Connections that are lost for a while or for good, at any request.

use super::world::{Spoil, Trouble, World, client, options, script};
use super::{is_ours, numbers, pipeline};
use crate::psrp::message::{MessageType, PipelineId};
use crate::psrp::pipeline::{CreatePipeline, PipelineEvent};
use crate::session::{
    ConnectKind, DisconnectOptions, Event, FailureKind, InDoubt, PipelineEnd, PipelineOutput, Reader,
    SessionOptions,
};
use crate::wsman::FaultCode;
use crate::wsman::enumerate::BufferMode;
use std::time::Duration;

const LOST: Spoil = Spoil::Before(FailureKind::Lost);
const UNREACHABLE: Spoil = Spoil::Before(FailureKind::Unreachable);

/// A session is opened and a script run in it while the network is away: from one request on, for so many.
#[test]
fn a_network_that_is_away_for_a_while_costs_nothing_once_the_session_is_open() {
    for (index, away) in (0..16).flat_map(|index| [1, 3, 6].map(|away| (index, away))) {
        for first in [LOST, Spoil::After(FailureKind::Lost)] {
            let mut world = World::new(|_| {});
            world.spoils = vec![(index, first)];
            world.spoils.extend((index + 1..index + away).map(|at| (at, UNREACHABLE)));
            let mut session = world.open();
            let context = format!("{index} {away} {first:?}");
            assert_eq!(world.outcome(&mut session), Event::Opened(Ok(())), "{context}: {:?}", world.actions);
            let id = pipeline();
            let create = script("1..6 | ForEach-Object { $_; Start-Sleep 1 }");
            session.invoke(id, &create, Reader::ThisClient).unwrap();
            let read = world.read_to_end(&mut session, id);
            assert_eq!(read, (numbers(6), PipelineEnd::Ended), "{context}: {:?}", world.actions);
            assert_eq!(world.service.sessions().len(), 1, "{context}: {:?}", world.actions);
            world.spoils.clear();
            session.remove();
            assert_eq!(world.outcome(&mut session), Event::Removed(Ok(())), "{context}");
        }
    }
}

/// What is asked for before it is sent again, and with which requests.
#[test]
fn a_create_or_a_command_whose_answer_was_lost_is_asked_for_by_its_id() {
    let mut world = World::new(|_| {});
    world.spoils = vec![(0, Spoil::After(FailureKind::Lost))];
    let mut session = world.open();
    assert_eq!(world.outcome(&mut session), Event::Opened(Ok(())));
    assert_eq!(world.actions[..4], ["Create", "Reconnect", "Get", "Receive"]);

    let mut world = World::new(|_| {});
    world.spoils = vec![(0, LOST)];
    let mut session = world.open();
    assert_eq!(world.outcome(&mut session), Event::Opened(Ok(())));
    assert_eq!(world.actions[..4], ["Create", "Reconnect", "Create", "Receive"]);

    for (spoil, expected) in [
        (Spoil::After(FailureKind::Lost), &["Command", "Reconnect", "Reconnect", "Receive"] as &[_]),
        (LOST, &["Command", "Reconnect", "Reconnect", "Command", "Receive"]),
        (UNREACHABLE, &["Command", "Reconnect", "Command", "Receive"]),
    ] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Reconnect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        let begun = world.actions.len();
        world.spoils = vec![(begun, spoil)];
        let id = pipeline();
        session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
        assert_eq!(world.read_to_end(&mut session, id), (numbers(3), PipelineEnd::Ended));
        let mut actions: Vec<_> = world.actions[begun..].iter().map(String::as_str).collect();
        // Of the pool, after a Connect.
        let pool = actions.iter().position(|action| *action == "Receive").unwrap();
        if actions.get(pool + 1) == Some(&"Receive") {
            actions.remove(pool);
        }
        assert_eq!(actions[..expected.len()], *expected, "{spoil:?}");
    }
}

/// It is described when its Create is answered.
#[test]
fn a_session_whose_create_was_not_answered_is_described_all_the_same() {
    let describe = |spoils| {
        let mut world = World::new(|settings| settings.buffer_mode = pssession_listener::BufferMode::Drop);
        world.spoils = spoils;
        let mut session = world.open();
        assert_eq!(world.outcome(&mut session), Event::Opened(Ok(())), "{:?}", world.actions);
        let shell = session.take_created().unwrap();
        (shell.idle_timeout, shell.max_idle_timeout, shell.buffer_mode)
    };
    let answered = describe(vec![]);
    assert_eq!(answered.2, Some(BufferMode::Drop));
    let lost = (0, Spoil::After(FailureKind::Lost));
    assert_eq!(describe(vec![lost]), answered);
    assert_eq!(describe(vec![lost, (2, LOST), (3, UNREACHABLE)]), answered);
    // A service that does not describe it has created it no less.
    let refused = Spoil::Before(FailureKind::Fault(Some(FaultCode::ACCESS_DENIED)));
    assert_eq!(describe(vec![lost, (2, refused)]), (None, None, None));
}

#[test]
fn a_command_for_the_next_client_is_started_once_whether_or_not_its_answer_is_lost() {
    for spoil in [LOST, Spoil::After(FailureKind::Lost)] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Reconnect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        world.spoils = vec![(world.actions.len(), spoil)];
        let id = pipeline();
        session.invoke(id, &script("1..3"), Reader::NextClient).unwrap();
        while session.unsent(id) > 0 {
            assert!(world.step(&mut session));
        }
        assert!(session.goes_on(id), "{spoil:?}");
        assert_eq!(world.service.sessions()[0].commands.len(), 1, "{spoil:?}: {:?}", world.actions);
        assert!(!world.actions.contains(&"Receive".to_owned()), "{:?}", world.actions);
    }
}

#[test]
fn a_command_that_cannot_be_asked_for_any_more_is_in_doubt() {
    for reader in [Reader::ThisClient, Reader::NextClient] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Reconnect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        let begun = world.actions.len();
        world.spoils = vec![(begun, Spoil::After(FailureKind::Lost))];
        world.spoils.extend((1..1000).map(|at| (begun + at, UNREACHABLE)));
        let id = pipeline();
        session.invoke(id, &script("1..3"), reader).unwrap();
        let (_, end) = world.read_to_end(&mut session, id);
        assert_eq!(
            end,
            PipelineEnd::InDoubt(InDoubt::Start, Trouble(FailureKind::Unreachable)),
            "{reader:?}"
        );
    }
}

/// What is asked about a command must not wait for its output, which may wait for its input.
#[test]
fn a_command_with_input_goes_on_at_once_whatever_answer_is_lost() {
    for index in 0..20 {
        for spoil in [LOST, Spoil::After(FailureKind::Lost), UNREACHABLE] {
            let mut world = World::new(|_| {});
            let shell = world.left(None);
            let mut session = world.acquire(ConnectKind::Connect, &shell, client());
            assert!(is_ours(&world.event(&mut session)));
            let (begun, id) = (world.now, pipeline());
            world.spoils = vec![(world.actions.len() + index, spoil)];
            let create = CreatePipeline { no_input: false, ..script("$input") };
            session.invoke(id, &create, Reader::ThisClient).unwrap();
            for number in 1..=3 {
                while session.unsent(id) > 0 {
                    assert!(world.step(&mut session));
                }
                session.send(id, MessageType::PipelineInput, &format!("<I32>{number}</I32>")).unwrap();
            }
            session.send(id, MessageType::EndOfPipelineInput, "").unwrap();
            let (read, end) = world.read_to_end(&mut session, id);
            let context = format!("{index} {spoil:?}: {:?}", world.actions);
            let is_in_doubt = matches!(end, PipelineEnd::InDoubt(InDoubt::Input, _));
            assert!(is_in_doubt || (read, end) == (numbers(3), PipelineEnd::Ended), "{context}");
            assert!(world.now - begun < Duration::from_secs(5), "{context}");
        }
    }
}

/// A command that has ended and is not freed counts against the limits of its user.
#[test]
fn a_command_is_freed_although_an_answer_is_lost() {
    for spoil in [LOST, Spoil::After(FailureKind::Lost)] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Reconnect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        world.spoil_next("Signal", 0, spoil);
        let id = pipeline();
        session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
        assert_eq!(world.read_to_end(&mut session, id), (numbers(3), PipelineEnd::Ended));
        while !session.is_settled() {
            assert!(world.step(&mut session));
        }
        assert_eq!(world.service.sessions()[0].commands.len(), 0, "{spoil:?}: {:?}", world.actions);
    }
    // Not for ever.
    let mut world = World::new(|_| {});
    let mut session = world.open();
    assert_eq!(world.event(&mut session), Event::Opened(Ok(())));
    world.spoil_all("Signal", LOST);
    let id = pipeline();
    session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
    assert_eq!(world.read_to_end(&mut session, id), (numbers(3), PipelineEnd::Ended));
    while !session.is_settled() {
        assert!(world.step(&mut session));
    }
    assert_eq!(world.actions.iter().filter(|action| *action == "Signal").count(), 2);
}

#[test]
fn input_that_did_not_arrive_is_sent_again_and_input_that_may_have_arrived_is_not() {
    let disconnected = FailureKind::Fault(Some(FaultCode::SHELL_DISCONNECTED));
    for (spoil, is_in_doubt) in [
        (UNREACHABLE, false),
        (Spoil::Before(FailureKind::Busy), false),
        (Spoil::Before(disconnected), false),
        (LOST, true),
        (Spoil::After(FailureKind::TimedOut), true),
    ] {
        for sends in 0..3 {
            let mut world = World::new(|_| {});
            let shell = world.left(None);
            let mut session = world.acquire(ConnectKind::Connect, &shell, client());
            assert!(is_ours(&world.event(&mut session)));
            let id = pipeline();
            let mut create = script("$input");
            create.no_input = false;
            session.invoke(id, &create, Reader::ThisClient).unwrap();
            world.spoil_next("Send", sends, spoil);
            for text in ["<S>a</S>", "<S>b</S>"] {
                session.send(id, MessageType::PipelineInput, text).unwrap();
                while session.unsent(id) > 0 {
                    assert!(world.step(&mut session));
                }
            }
            session.send(id, MessageType::EndOfPipelineInput, "").unwrap();
            let context = format!("{spoil:?} {sends}: {:?}", world.actions);
            match world.read_to_end(&mut session, id) {
                (read, PipelineEnd::Ended) => {
                    assert_eq!((read, is_in_doubt), (vec!["a".into(), "b".into()], false), "{context}")
                }
                (_, end) => {
                    assert!(
                        matches!(end, PipelineEnd::InDoubt(InDoubt::Input, _)) && is_in_doubt,
                        "{end:?} {context}"
                    );
                }
            }
        }
    }
}

/// A connection that breaks as soon as it is used is none, however often it is made.
#[test]
fn a_connection_that_is_restored_and_breaks_at_once_again_is_given_up_in_time() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    assert_eq!(world.event(&mut session), Event::Opened(Ok(())));
    let (id, begun) = (pipeline(), world.now);
    session.invoke(id, &script("Start-Sleep 100000"), Reader::ThisClient).unwrap();
    world.spoil_all("Receive", LOST);
    let (_, end) = world.read_to_end(&mut session, id);
    assert_eq!(end, PipelineEnd::Failed(Trouble(FailureKind::Lost)));
    let lasted = world.now - begun;
    assert!(lasted > Duration::from_secs(200) && lasted <= Duration::from_secs(240), "{lasted:?}");
    assert!(world.actions.len() < 150, "{} requests", world.actions.len());
}

/// As long as the connection holds for a while in between, each loss has its own time.
#[test]
fn a_connection_that_was_good_in_between_is_lost_anew() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    world.event(&mut session);
    let id = pipeline();
    session.invoke(id, &script("1..900 | ForEach-Object { $_; Start-Sleep 1 }"), Reader::ThisClient).unwrap();
    world.spoils = (0..80).map(|number| (5 + 7 * number, LOST)).collect();
    assert_eq!(world.read_to_end(&mut session, id), (numbers(900), PipelineEnd::Ended));
}

fn for_seconds(seconds: u64) -> SessionOptions {
    SessionOptions { reconnect_for: Duration::from_secs(seconds), ..options() }
}

#[test]
fn reconnecting_ends_in_time_whether_the_network_refuses_or_is_silent() {
    for (seconds, spoil) in [
        (0, UNREACHABLE),
        (10, UNREACHABLE),
        (240, UNREACHABLE),
        (0, Spoil::Never),
        (10, Spoil::Never),
        (240, Spoil::Never),
    ] {
        let mut world = World::new(|_| {});
        let mut session = world.open_with_options(for_seconds(seconds));
        world.event(&mut session);
        let id = pipeline();
        session.invoke(id, &script("Start-Sleep 100000"), Reader::ThisClient).unwrap();
        for _ in 0..10 {
            world.step(&mut session);
        }
        let begun = world.now;
        world.spoils = vec![(world.actions.len(), LOST)];
        world.spoils.extend((1..1000).map(|at| (world.actions.len() + at, spoil)));
        world.lose_waiting(&mut session);
        let (_, end) = world.read_to_end(&mut session, id);
        let failed =
            if seconds == 0 || spoil == Spoil::Never { FailureKind::Lost } else { FailureKind::Unreachable };
        assert_eq!(end, PipelineEnd::Failed(Trouble(failed)), "{seconds} {spoil:?}");
        let lasted = world.now - begun;
        assert!(lasted <= Duration::from_secs(seconds), "{seconds} {spoil:?}: {lasted:?}");
        assert!(seconds < 60 || lasted > Duration::from_secs(200), "{seconds} {spoil:?}: {lasted:?}");
    }
}

/// The server has only let go of a client that it did not hear: that is no loss of the network.
#[test]
fn a_session_that_its_server_has_disconnected_is_reconnected_even_if_nothing_lost_is() {
    let mut world = World::new(|_| {});
    let mut session = world.open_with_options(for_seconds(0));
    world.event(&mut session);
    world.service.advance(world.now);
    world.now += Duration::from_secs(300);
    let id = pipeline();
    session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
    assert_eq!(world.read_to_end(&mut session, id), (numbers(3), PipelineEnd::Ended));
}

#[test]
fn a_session_that_is_lost_is_left_at_once() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    world.event(&mut session);
    let id = pipeline();
    session.invoke(id, &script("Start-Sleep 100000"), Reader::ThisClient).unwrap();
    for _ in 0..10 {
        world.step(&mut session);
    }
    world.spoil_everything(UNREACHABLE);
    world.lose_waiting(&mut session);
    assert!(matches!(world.event(&mut session), Event::Lost { .. }));
    let left = world.now;
    session.disconnect(DisconnectOptions::default());
    assert_eq!(world.event(&mut session), Event::Disconnected(Ok(())));
    assert_eq!(world.read_to_end(&mut session, id).1, PipelineEnd::Detached);
    assert_eq!(world.now, left);
}

#[test]
fn a_session_that_is_gone_meanwhile_is_reported_as_that() {
    let mut world = World::new(|_| {});
    let mut session = world.open();
    world.event(&mut session);
    let id = pipeline();
    session.invoke(id, &script("Start-Sleep 100000"), Reader::ThisClient).unwrap();
    for _ in 0..10 {
        world.step(&mut session);
    }
    world.lose_waiting(&mut session);
    world.abandon();
    world.service.remove_session(session.shell().shell_id.0.as_str());
    let gone = FailureKind::Fault(Some(FaultCode::INVALID_SELECTORS));
    assert_eq!(world.read_to_end(&mut session, id).1, PipelineEnd::Failed(Trouble(gone)));
}

#[test]
fn a_delete_whose_answer_was_lost_is_repeated() {
    for spoil in [LOST, Spoil::After(FailureKind::Lost)] {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Connect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        world.spoils = vec![(1, spoil)];
        session.remove();
        assert_eq!(world.event(&mut session), Event::Removed(Ok(())));
        assert_eq!((world.service.sessions().len(), world.actions.len()), (0, 3));
    }
}

#[test]
fn a_session_is_removed_although_the_network_is_away_for_a_while() {
    let remove = |spoils: Vec<Spoil>| {
        let mut world = World::new(|_| {});
        let shell = world.left(None);
        let mut session = world.acquire(ConnectKind::Connect, &shell, client());
        assert!(is_ours(&world.event(&mut session)));
        world.spoils = spoils.into_iter().enumerate().map(|(index, spoil)| (1 + index, spoil)).collect();
        let begun = world.now;
        session.remove();
        (world.event(&mut session), world.now - begun, world.actions.len() - 1)
    };
    let seconds = |halves| Duration::from_millis(500) * halves;
    let removed = Event::Removed(Ok(()));
    assert_eq!(remove(vec![LOST, LOST]), (removed.clone(), seconds(1), 3));
    assert_eq!(remove(vec![LOST, UNREACHABLE, UNREACHABLE, LOST]), (removed, seconds(7), 5));
    let failed = |kind| Event::Removed(Err(Trouble(kind)));
    assert_eq!(remove(vec![LOST; 9]), (failed(FailureKind::Lost), seconds(7), 5));
    // One that cannot be reached at all may be away for good.
    assert_eq!(remove(vec![UNREACHABLE]), (failed(FailureKind::Unreachable), seconds(0), 1));
}

#[test]
fn a_session_that_breaks_while_it_is_ours_can_be_removed() {
    let refused = FailureKind::Fault(Some(FaultCode::ACCESS_DENIED));
    for index in [1, 2] {
        let mut world = World::new(|_| {});
        world.spoils = vec![(index, Spoil::Before(refused))];
        let mut session = world.open();
        assert_eq!(world.outcome(&mut session), Event::Opened(Err(Trouble(refused))));
        session.remove();
        assert_eq!(world.outcome(&mut session), Event::Removed(Ok(())));
        assert_eq!(world.service.sessions().len(), 0, "{:?}", world.actions);
    }
    // Whether it was created is not known; and one that was tampered with is asked nothing more.
    for (kind, left) in [(FailureKind::TimedOut, 0), (FailureKind::Untrusted, 1)] {
        let mut world = World::new(|_| {});
        world.spoils = vec![(0, Spoil::After(kind))];
        let mut session = world.open();
        assert_eq!(world.outcome(&mut session), Event::Opened(Err(Trouble(kind))));
        session.remove();
        let removed = if left == 0 { Ok(()) } else { Err(Trouble(kind)) };
        assert_eq!(world.outcome(&mut session), Event::Removed(removed));
        assert_eq!(world.service.sessions().len(), left, "{:?}", world.actions);
    }
}

/// As below, of the stream of the session itself.
#[test]
fn the_sessions_stream_is_read_a_little_later_too_where_the_server_still_sends_it_elsewhere() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let mut session = world.acquire(ConnectKind::Connect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    let (begun, id) = (world.now, pipeline());
    session.invoke(id, &script("Start-Sleep 5; 1"), Reader::ThisClient).unwrap();
    let taken = Spoil::Before(FailureKind::Fault(Some(FaultCode::CONCURRENCY)));
    // The first two are the command's.
    world.spoil_next("Receive", 2, taken);
    while world.actions.iter().filter(|action| *action == "Receive").count() < 4 {
        assert!(world.step(&mut session), "{:?}", world.actions);
    }
    assert_eq!(world.now - begun, Duration::from_millis(500));
    assert_eq!(world.read_to_end(&mut session, id), (numbers(1), PipelineEnd::Ended), "{:?}", world.actions);
    assert!(session.application_private_data().is_some(), "{:?}", world.actions);
}

/// It has not noticed yet that the connection is gone.
#[test]
fn a_stream_that_the_server_still_sends_to_a_lost_connection_is_read_a_little_later() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let mut session = world.acquire(ConnectKind::Reconnect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    let id = pipeline();
    session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
    let taken = Spoil::Before(FailureKind::Fault(Some(FaultCode::CONCURRENCY)));
    let begun = world.actions.len();
    world.spoils = vec![(begun + 1, LOST), (begun + 2, UNREACHABLE)];
    world.spoil_next("Receive", 2, taken);
    assert_eq!(world.read_to_end(&mut session, id), (numbers(3), PipelineEnd::Ended), "{:?}", world.actions);
}

/// The command goes on meanwhile, and its output is kept for the next reader.
#[test]
fn a_server_that_is_away_for_an_hour_is_gone_on_with_in_time_and_received_later() {
    const HOUR: u64 = 3600;
    for seconds in [2 * HOUR, 240] {
        let mut world = World::new(|_| {});
        let shell = world.left(Some("1..9 | ForEach-Object { $_; Start-Sleep 600 }"));
        let command_id = crate::wsman::CommandId(world.command_id());
        let (id, client) = (PipelineId(command_id.guid().unwrap()), client());
        let mut session = world.acquire_with(ConnectKind::Connect, &shell, client, for_seconds(seconds));
        assert!(is_ours(&world.event(&mut session)));
        session.attach(id, command_id.clone(), None);
        let mark = loop {
            if let PipelineOutput::Event(number, PipelineEvent::Output(_)) = world.output(&mut session, id) {
                break number;
            }
        };

        world.spoil_everything(UNREACHABLE);
        world.lose_waiting(&mut session);
        let back = world.now + Duration::from_secs(HOUR);
        while world.now < back && world.step(&mut session) {}
        world.now = world.now.max(back);
        world.spoils.clear();
        let rest = (numbers(9)[1..].to_vec(), PipelineEnd::Ended);
        if seconds > HOUR {
            assert_eq!(world.read_to_end(&mut session, id), rest);
            continue;
        }
        assert_eq!(
            world.output(&mut session, id),
            PipelineOutput::End(PipelineEnd::Failed(Trouble(FailureKind::Unreachable)))
        );
        let mut again = world.acquire(ConnectKind::Reconnect, &shell, client);
        assert!(is_ours(&world.event(&mut again)));
        again.attach(id, command_id, Some(mark));
        assert_eq!(world.read_to_end(&mut again, id), rest);
    }
}
