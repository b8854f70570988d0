//! A session at whose prompt someone thinks.

use super::world::{Spoil, World, client, script};
use super::{is_ours, numbers, pipeline};
use crate::session::{ConnectKind, FailureKind, Reader};
use crate::wsman::FaultCode;
use std::time::Duration;

#[test]
fn a_session_that_nothing_runs_in_stays_connected_where_that_is_wanted() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let mut session = world.acquire(ConnectKind::Connect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    session.stay_connected();
    let begun = world.now;
    while world.now < begun + Duration::from_secs(3600) {
        assert!(world.step(&mut session), "{:?}", world.actions);
    }
    world.service.advance(world.now);
    assert!(world.service.sessions()[0].connected);
    assert_eq!(session.poll_event(), None);
}

/// The process before this one may have ended with its request still open.
#[test]
fn a_request_that_is_open_already_is_as_good() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let concurrency = FailureKind::Fault(Some(FaultCode::CONCURRENCY));
    world.spoils = vec![(1, Spoil::Before(concurrency))];
    let mut session = world.acquire(ConnectKind::Connect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    session.stay_connected();
    assert!(world.step(&mut session));
    assert!(!world.step(&mut session), "it is not asked for again and again: {:?}", world.actions);
    let id = pipeline();
    session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
    assert_eq!(world.read_to_end(&mut session, id).0, numbers(3));
    world.actions.clear();
    session.stay_connected();
    while !world.actions.iter().any(|action| action == "Receive") {
        assert!(world.step(&mut session), "{:?}", world.actions);
    }
}

/// A second Receive would need a second connection, and a login.
#[test]
fn a_short_command_has_the_stream_of_its_shell_read_once() {
    let mut world = World::new(|_| {});
    let shell = world.left(None);
    let mut session = world.acquire(ConnectKind::Connect, &shell, client());
    assert!(is_ours(&world.event(&mut session)));
    let id = pipeline();
    session.invoke(id, &script("1..3"), Reader::ThisClient).unwrap();
    world.actions.clear();
    let begun = world.now;
    while world.now == begun {
        assert!(world.step(&mut session));
    }
    assert_eq!(world.actions, ["Command", "Receive", "Receive"], "one of the shell, one of the command");
}
