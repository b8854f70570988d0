//! Every way in which the listener can misbehave, at every request of the story. What comes out is a record that is
//! true or an error that has a name, in time; never silence, and never a success that is none.

use crate::support::{Login, Place, Seen, in_parallel, query_error};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::time::Duration;

const EFFECTS: &[Effect] = &[
    Effect::DropBefore,
    Effect::DropAfter,
    Effect::Cut(0),
    Effect::Cut(200),
    Effect::Status(400, None),
    Effect::Status(401, None),
    Effect::Status(403, None),
    Effect::Status(404, None),
    Effect::Status(413, None),
    Effect::Status(500, None),
    Effect::Status(503, None),
    Effect::Fault(5, None),
    Effect::Fault(2_150_858_793, None),
    Effect::Fault(2_150_858_843, None),
    Effect::Fault(2_150_859_174, None),
    Effect::Fault(2_150_859_213, None),
    Effect::ExpireLogin,
    Effect::Never,
    Effect::Delay(Duration::from_millis(50)),
    Effect::Garbage,
    Effect::Empty,
    Effect::Huge((4 << 20) + 1),
    Effect::WrongRelatesTo,
    Effect::BadSeal,
    Effect::Unsealed,
    Effect::Close,
];

/// A record whose session is connected, or errors with names and no record.
#[track_caller]
fn is_honest(seen: &Seen, connected: bool, case: &str) {
    let errors = seen.stderr.matches("+ FullyQualifiedErrorId : ").count();
    assert!(!seen.stderr.contains("panicked"), "{case}: {seen:?}");
    match seen.status {
        0 => {
            assert!(seen.stdout.contains(" Opened "), "{case}: {seen:?}");
            assert!(connected, "{case}: a success that is none: {seen:?}");
            assert_eq!(errors, 0, "{case}: {seen:?}");
        }
        1 => {
            assert!(seen.stdout.is_empty(), "{case}: {seen:?}");
            assert!(errors > 0, "{case}: an error without a name: {seen:?}");
        }
        _ => panic!("{case}: {seen:?}"),
    }
}

/// Runs the story with one effect, and again without: what went wrong once is not in the way for ever.
fn story(way: Login, target: Target, effect: &Effect, skip: usize, by_instance: bool) {
    let place = Place::with(|config| config.service.page_size = 1);
    place.session("Backups");
    let shell_id = place.session("ITTask");
    place.listener.inject(Injection::new(target, effect.clone()).after(skip));
    let select = if by_instance { ["-InstanceId", &shell_id] } else { ["-Name", "ITTask"] };
    // Only who never answers is given up; all else takes as long as it takes on a busy machine.
    let patience = if *effect == Effect::Never { "2" } else { "60" };
    let args = [&select[..], &["--timeout", patience]].concat();
    let case = format!("{way:?} {target:?} {effect:?} after {skip}, {select:?}");
    let seen = place.run_over(way, &args);
    is_honest(&seen, place.is_connected(&shell_id), &case);

    place.listener.clear_injections();
    let again = place.run_over(way, &[&select[..], &["--timeout", "60"]].concat());
    assert!(!again.stderr.contains("panicked"), "{case}: {again:?}");
    if seen.status == 1 && !place.is_connected(&shell_id) {
        panic!("{case}: it cannot be connected to afterwards: {seen:?} {again:?}");
    }
}

fn stories(cases: Vec<(Login, Target, Effect, usize, bool)>) {
    in_parallel(cases, |(way, target, effect, skip, by_instance)| {
        story(way, target, &effect, skip, by_instance)
    });
}

#[test]
fn an_answer_that_cannot_be_trusted_is_not_asked_for_again() {
    for (effect, message) in [
        (Effect::BadSeal, "The signature of a sealed message is wrong."),
        (Effect::Unsealed, "The server answered with a body that is not encrypted."),
    ] {
        let place = Place::new();
        place.session("ITTask");
        place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), effect));
        let hint = "someone on the network path may have changed the answer; -UseSSL protects it with TLS";
        place.run(&[]).is("", &query_error(message, "-2144108387,", Some(hint)), 1);
        assert_eq!(place.actions(), ["Enumerate"]);
        assert_eq!(place.listener.counters().connections, 1);
    }
}

#[test]
fn every_fault_at_every_soap_request() {
    let mut cases = Vec::new();
    for way in [Login::Ntlm, Login::Basic] {
        for effect in EFFECTS {
            for (verb, by_instance) in
                [(Verb::Enumerate, false), (Verb::Pull, false), (Verb::Connect, false), (Verb::Connect, true)]
            {
                cases.push((way, Target::Verb(verb), effect.clone(), 0, by_instance));
            }
        }
    }
    stories(cases);
}

#[test]
fn every_fault_at_every_http_request() {
    let on_http = EFFECTS.iter().filter(|effect| {
        matches!(
            effect,
            Effect::DropBefore
                | Effect::DropAfter
                | Effect::Cut(_)
                | Effect::Status(..)
                | Effect::Never
                | Effect::Garbage
                | Effect::Empty
                | Effect::Close
        )
    });
    let mut cases = Vec::new();
    for effect in on_http {
        for (way, requests) in [(Login::Ntlm, 4), (Login::Basic, 3)] {
            for skip in 0..requests {
                cases.push((way, Target::Http, effect.clone(), skip, false));
            }
        }
    }
    stories(cases);
}

#[test]
fn a_lost_answer_to_connect_is_found_out_about() {
    for effect in [Effect::DropAfter, Effect::Cut(0), Effect::Cut(200), Effect::Garbage, Effect::Empty] {
        let place = Place::new();
        let shell_id = place.session("ITTask");
        place.listener.inject(Injection::new(Target::Verb(Verb::Connect), effect.clone()));
        let seen = place.run(&["-Name", "ITTask"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0), "{effect:?}");
        assert!(place.is_connected(&shell_id));
        // The second Connect is refused, for the first was carried out, and Reconnect says that it was ours.
        assert_eq!(place.actions(), ["Enumerate", "Connect", "Connect", "Reconnect"], "{effect:?}");
    }
}

#[test]
fn a_login_that_the_server_forgets_is_made_again() {
    for way in [Login::Ntlm, Login::Basic] {
        let place = Place::new();
        place.session("ITTask");
        place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::ExpireLogin));
        let seen = place.run_over(way, &["-Name", "ITTask"]);
        if way == Login::Ntlm {
            assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
            assert_eq!(place.listener.counters().connections, 2);
        } else {
            // Basic carries the login with each request: a refusal is about the login itself.
            assert!(seen.stderr.contains("AccessDenied,PSSessionConnectFailed"), "{}", seen.stderr);
        }
    }
}

#[test]
fn a_busy_server_is_asked_again() {
    let place = Place::new();
    place.session("ITTask");
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), Effect::Status(503, None)));
    let seen = place.run(&["-Name", "ITTask"]);
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
}

#[test]
fn a_session_that_an_earlier_run_holds_without_knowing_is_taken_up_by_the_next() {
    for by_instance in [false, true] {
        let place = Place::new();
        let shell_id = place.session("ITTask");
        // The connect is carried out, its answer lost, and then the server silent.
        place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::DropAfter));
        place.listener.inject(Injection::new(Target::Http, Effect::Never).after(3).times(100));
        let seen = place.run(&["-Name", "ITTask", "--timeout", "1"]);
        assert!(seen.stderr.contains("WinRMOperationTimeout,PSSessionConnectFailed,"), "{}", seen.stderr);
        assert!(place.is_connected(&shell_id));

        place.listener.clear_injections();
        place.listener.clear_journal();
        let select = if by_instance { ["-InstanceId", &shell_id] } else { ["-Name", "ITTask"] };
        let row = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";
        place.run(&select).is_table(&[row]);
        assert_eq!(place.actions().last().unwrap(), "Reconnect");
        // And so it stays.
        match by_instance {
            true => place.run(&select).is_table(&[row]),
            false => {
                let warning = "WARNING: Session ITTask on localhost is already connected.\n";
                place.run(&select).is("", warning, 0);
            }
        }
    }
}
