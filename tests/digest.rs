//! Digest, which the listener speaks as other services of WS-Management do.

use crate::support::{Home, Place, Seen, query_error};
use pssession_listener::{Config, DigestPolicy, User};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// A listener that offers Digest, and nothing else over TLS but Negotiate.
fn place(policy: DigestPolicy) -> Place {
    Place::with(|config: &mut Config| {
        config.login.basic = false;
        config.login.digest = Some(policy);
        config.users.push(User::new("Zoë \"Z\"", "pass\"word\\é"));
    })
}

fn run(place: &Place, user_name: &str, password: &str, more: &[&str]) -> Seen {
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let to = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &ca_file];
    let mut command = place.home.program(&[&to[..], &["-Authentication", "Digest"], more].concat());
    Seen::of(command.env("PSSESSION_USER", user_name).env("PSSESSION_PASSWORD", password))
}

#[test]
fn each_algorithm_is_spoken_and_the_server_is_asked_first() {
    for algorithms in [vec!["MD5"], vec!["MD5-sess"], vec!["SHA-256"], vec!["MD5", "MD5-sess", "SHA-256"]] {
        let place = place(DigestPolicy { algorithms, ..DigestPolicy::default() });
        place.session("ITTask");
        run(&place, "EXAMPLE\\alice", "Password1!", &["-Name", "ITTask"]).is_table(&[ROW]);
        let counters = place.listener.counters();
        // Nothing but the question went without a login: two requests follow it on the same connection.
        assert_eq!((counters.connections, counters.http_requests, counters.logons["alice"]), (1, 3, 2));
        assert_eq!(place.actions(), ["Enumerate", "Connect"]);
    }
}

/// How many sessions a run lists that knows the listener by so many addresses.
fn listed(place: &Place, times: usize) -> usize {
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let uris = vec![place.listener.https_url(); times].join(",");
    let args =
        ["-ConnectionUri", &uris, "--ca-file", &ca_file, "-Authentication", "Digest", "--output", "jsonl"];
    let seen = Seen::of(&mut place.home.cmdlet("Get-PSSession", &args));
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
    seen.stdout.lines().count()
}

#[test]
fn a_thousand_requests_follow_one_challenge_and_two_connections_have_one_each() {
    let place = Place::with(|config: &mut Config| {
        config.login.digest = Some(DigestPolicy::default());
        config.service.page_size = 1;
    });
    let count = 1000;
    (0..count).for_each(|number| drop(place.session(&format!("Task{number}"))));
    for times in [1, 2] {
        assert_eq!(listed(&place, times), times * count);
        let counters = place.listener.counters();
        let (connections, logons) = (times as u64, (times * count) as u64);
        assert_eq!((counters.connections, counters.logons["alice"]), (connections, logons));
        assert_eq!(counters.http_requests, connections + logons);
        // In turns, and not one connection after the other.
        let order: Vec<_> = place.listener.requests().iter().map(|request| request.connection).collect();
        assert!(
            order.iter().rposition(|one| *one == order[0]) >= order.iter().position(|one| *one != order[0])
        );
        place.listener.clear_journal();
    }
}

#[test]
fn stale_nonces_and_next_nonces_are_followed() {
    for algorithm in ["MD5-sess", "SHA-256"] {
        for (uses_of_nonce, names_next, http_requests) in [(1, false, 4), (1, true, 3)] {
            let place = place(DigestPolicy {
                algorithms: vec![algorithm],
                uses_of_nonce,
                names_next,
                ..DigestPolicy::default()
            });
            place.session("ITTask");
            run(&place, "alice", "Password1!", &["-Name", "ITTask"]).is_table(&[ROW]);
            let counters = place.listener.counters();
            assert_eq!(counters.http_requests, http_requests, "{algorithm} {names_next}");
            assert_eq!(counters.logon_failures.len(), 0);
        }
    }
}

#[test]
fn names_and_passwords_of_all_characters_are_taken() {
    let place = place(DigestPolicy::default());
    run(&place, "Zoë \"Z\"", "pass\"word\\é", &[]).is(
        "",
        "WARNING: localhost has no sessions to connect to.\n",
        0,
    );
}

#[test]
fn a_wrong_password_is_sent_once() {
    let place = place(DigestPolicy::default());
    let hint =
        "the server does not accept this user name and password; for a local account try COMPUTER\\user";
    let expected = query_error("Access is denied.", "AccessDenied,", Some(hint));
    run(&place, "alice", "wrong", &["-Name", "ITTask"]).is("", &expected, 1);
    assert_eq!(place.listener.counters().logon_failures["alice"], 1);
    assert_eq!(place.listener.counters().http_requests, 2);
}

#[test]
fn a_challenge_without_qop_is_not_answered() {
    let place = place(DigestPolicy { qop: None, ..DigestPolicy::default() });
    let expected = query_error(
        "The server does not offer Digest authentication in a safe form (qop=auth with SHA-256 or MD5).",
        "-2144108387,",
        Some("-Authentication selects another login"),
    );
    run(&place, "alice", "Password1!", &["-Name", "ITTask"]).is("", &expected, 1);
    assert_eq!(place.listener.counters().http_requests, 1);
}

#[test]
fn digest_is_not_spoken_in_the_clear_and_not_where_it_is_not_offered() {
    let place = Place::new();
    let expected = query_error(
        "Digest authentication is used over HTTPS only.",
        "-2144108322,",
        Some("add -UseSSL, or an https:// connection URI"),
    );
    place.run(&["-Authentication", "Digest"]).is("", &expected, 1);
    assert_eq!(place.listener.counters().connections, 0);

    let expected = query_error(
        "The server does not offer Digest authentication; it offers Negotiate, Basic.",
        "",
        Some("-Authentication names the mechanism"),
    );
    run(&place, "alice", "Password1!", &[]).is("", &expected, 1);
}

#[test]
fn digest_wants_a_user() {
    let home = Home::new();
    let mut command = home.program(&["-ComputerName", "localhost", "-UseSSL", "-Authentication", "Digest"]);
    let seen = Seen::of(command.env_remove("PSSESSION_USER"));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{seen:?}");
}
