//! Servers that send the connection elsewhere, and how far the program goes along.

use crate::support::{Place, Seen, connect_error, error, instance, table};
use pssession_listener::{Effect, Injection, Target, Verb};

const ROW: &str = "  1 ITTask          127.0.0.1       Opened        Microsoft.PowerShell     Available";

/// ERROR_WSMAN_REDIRECT_REQUESTED.
const REDIRECT: u32 = 2_150_859_161;

/// The two ways of sending a client elsewhere.
fn ways_to(location: &str) -> [Effect; 3] {
    let location = location.to_owned();
    let fault = format!("The service is elsewhere: \"{location}\".");
    [
        Effect::Redirect { status: 307, location: location.clone() },
        Effect::Redirect { status: 302, location },
        Effect::Fault(REDIRECT, Some(fault)),
    ]
}

/// What the effect says before its address.
fn said(effect: &Effect, host: &str) -> String {
    match effect {
        Effect::Fault(_, text) => text.clone().unwrap(),
        _ => format!("The computer {host} redirects the connection."),
    }
}

/// A place whose every request is answered so.
fn sending(effect: &Effect) -> Place {
    let place = Place::new();
    place.session("ITTask");
    place.listener.inject(Injection::new(Target::Soap, effect.clone()).times(usize::MAX));
    place
}

fn run(place: &Place, uri: &str, args: &[&str]) -> Seen {
    Seen::of(&mut place.home.program(&[&["-ConnectionUri", uri], args].concat()))
}

fn warning(uri: &str) -> String {
    format!("WARNING: Your connection has been redirected to the following URI: \"{uri}\"\n")
}

fn refused(host: &str, message: &str, id: &str, hint: Option<&str>) -> String {
    error(
        &format!("The remote session query failed for {host} with the following error message: {message}"),
        "InvalidOperation: (System.Manageme...nConnectionInfo:WSManConnectionInfo), RuntimeException",
        &format!("{id},RemotePSSessionQueryFailed"),
        hint,
    )
}

/// Nothing was sent there.
#[track_caller]
fn is_untouched(place: &Place) {
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_redirection_is_followed_where_it_is_allowed() {
    let there = Place::new();
    let shell_id = there.session("ITTask");
    let uri = there.listener.http_url();
    for effect in ways_to(&uri) {
        let here = sending(&effect);
        let seen = run(&here, &here.listener.http_url(), &["-Name", "ITTask", "-AllowRedirection"]);
        seen.is(&table(&[ROW]), &warning(&uri), 0);
        // What was refused here was carried out there, and all that came after went there at once.
        assert_eq!(here.actions(), [""; 0], "{effect:?}");
        assert_eq!(there.actions(), ["Enumerate", "Connect"]);
        assert!(
            there
                .listener
                .requests()
                .iter()
                .all(|request| request.soap.contains(&format!("<a:To>{uri}</a:To>")))
        );
        assert_eq!(here.listener.counters().logons.values().sum::<u64>(), 1);
        assert_eq!(there.listener.counters().logons.values().sum::<u64>(), 1);
        there.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
        there.listener.clear_journal();
    }
}

#[test]
fn the_session_is_recorded_where_it_is() {
    let there = Place::new();
    let shell_id = there.session("ITTask");
    let uri = there.listener.http_url();
    for effect in ways_to(&uri) {
        let here = sending(&effect);
        // Connecting by InstanceId asks nothing first: it is the Connect that is redirected.
        let args = ["-InstanceId", &shell_id, "-AllowRedirection", "--output", "jsonl"];
        let seen = run(&here, &here.listener.http_url(), &args);
        let record = format!(
            "{{\"Id\":1,\"Name\":null,\"InstanceId\":\"{}\",\"ComputerName\":\"127.0.0.1\",\"ComputerType\":\
             \"RemoteMachine\",\"ConnectionUri\":\"{uri}\",\"ConfigurationName\":\"Microsoft.PowerShell\",\"State\":\
             \"Opened\",\"Availability\":\"Available\",\"IdleTimeout\":null,\"OutputBufferingMode\":null,\
             \"DisconnectedOn\":null,\"ExpiresOn\":null,\"LastSeen\":\"{}\"}}\n",
            instance(&shell_id),
            here.home.last_seen(1)
        );
        assert_eq!((seen.stdout.as_str(), seen.status), (record.as_str(), 0), "{effect:?}: {}", seen.stderr);
        assert!(seen.stderr.contains("Your connection has been redirected to the following URI: "));
        let store = here.home.path().join(".local/state/connect-pssession/sessions.db");
        let kept = String::from_utf8_lossy(&std::fs::read(store).unwrap()).into_owned();
        assert!(kept.contains(&uri), "{effect:?}");
        there.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    }
}

#[test]
fn sessions_are_listed_where_they_are() {
    let there = Place::new();
    there.session("ITTask");
    let uri = there.listener.http_url();
    let here = sending(&Effect::Redirect { status: 307, location: uri.clone() });
    let here_uri = here.listener.http_url();
    let args =
        ["--as", "get-pssession", "-ConnectionUri", &here_uri, "-AllowRedirection", "--output", "jsonl"];
    let seen = Seen::of(&mut here.home.program(&args));
    assert!(seen.stdout.contains(&format!("\"ConnectionUri\":\"{uri}\"")), "{}", seen.stdout);
    assert!(
        seen.stderr.contains("Your connection has been redirected to the following URI: "),
        "{}",
        seen.stderr
    );
    assert_eq!((seen.stdout.lines().count(), seen.stderr.lines().count(), seen.status), (1, 1, 0));
}

#[test]
fn a_redirection_is_not_followed_without_permission() {
    let there = Place::new();
    let uri = there.listener.http_url();
    for effect in ways_to(&uri) {
        let here = sending(&effect);
        let message = |host| format!("{} Redirect location reported: {uri}.", said(&effect, host));
        let expected = refused(
            "127.0.0.1",
            &message("127.0.0.1"),
            "RedirectInformationRequired",
            Some("-AllowRedirection follows it"),
        );
        let here_uri = here.listener.http_url();
        run(&here, &here_uri, &["-Name", "ITTask"]).is("", &expected, 1);
        // A number alone allows nothing.
        let option = ["-Name", "ITTask", "-SessionOption", "MaximumRedirection=3"];
        run(&here, &here_uri, &option).is("", &expected, 1);
        let expected = refused(
            "localhost",
            &message("localhost"),
            "RedirectInformationRequired",
            Some("-ConnectionUri with -AllowRedirection follows it, -ComputerName does not"),
        );
        here.run(&["-Name", "ITTask"]).is("", &expected, 1);
    }
    is_untouched(&there);
}

#[test]
fn a_redirected_connect_is_reported_with_its_session() {
    let there = Place::new();
    let uri = there.listener.http_url();
    let here = Place::new();
    let shell_id = here.session("ITTask");
    let redirect = Effect::Redirect { status: 302, location: uri.clone() };
    here.listener.inject(Injection::new(Target::Verb(Verb::Connect), redirect));
    let message =
        format!("The computer 127.0.0.1 redirects the connection. Redirect location reported: {uri}.");
    let expected = connect_error(
        "ITTask",
        &message,
        "RedirectInformationRequired,",
        Some("-AllowRedirection follows it"),
    )
    .replace("remote server localhost", "remote server 127.0.0.1");
    run(&here, &here.listener.http_url(), &["-Name", "ITTask"]).is("", &expected, 1);
    assert!(!here.is_connected(&shell_id));
    is_untouched(&there);
}

#[test]
fn see_other_is_no_redirection_of_a_request() {
    let here = Place::new();
    let redirect = Effect::Redirect { status: 303, location: here.listener.https_url() };
    here.listener.inject(Injection::new(Target::Soap, redirect).times(2));
    let seen = run(&here, &here.listener.http_url(), &["-Name", "ITTask", "-AllowRedirection"]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert!(seen.stderr.contains("The computer 127.0.0.1 answered HTTP 303."), "{}", seen.stderr);
}

#[test]
fn a_credential_does_not_follow_to_another_host() {
    let there = Place::new();
    there.session("ITTask");
    // It is the same machine, and its name is not the one that the user gave.
    let uri = there.listener.http_url().replace("127.0.0.1", "localhost");
    for effect in ways_to(&uri) {
        let here = sending(&effect);
        let seen = run(&here, &here.listener.http_url(), &["-Name", "ITTask", "-AllowRedirection"]);
        let expected = refused(
            "127.0.0.1",
            &format!(
                "{} It is not followed: that is another computer, and the credential is not meant for it. Redirect \
                 location reported: {uri}.",
                said(&effect, "127.0.0.1")
            ),
            "RedirectLocationInvalid",
            Some("if that computer is to have the credential, name it yourself with -ConnectionUri"),
        );
        seen.is("", &expected, 1);
    }
    is_untouched(&there);
}

#[test]
fn a_password_over_basic_does_not_follow_either() {
    let there = Place::new();
    let uri = there.listener.https_url().replace("localhost", "127.0.0.1");
    let here = sending(&Effect::Redirect { status: 302, location: uri });
    let ca_file = here.home.write("ca.pem", here.listener.authority());
    let args = ["-Authentication", "Basic", "--ca-file", &ca_file, "-AllowRedirection"];
    let seen = run(&here, &here.listener.https_url(), &args);
    assert!(seen.stderr.contains("RedirectLocationInvalid,RemotePSSessionQueryFailed"), "{}", seen.stderr);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    is_untouched(&there);
}

#[test]
fn another_port_is_another_service_that_gets_no_password() {
    let there = Place::new();
    let uri = there.listener.https_url();
    for effect in ways_to(&uri) {
        let here = sending(&effect);
        let ca_file = here
            .home
            .write("ca.pem", &format!("{}{}", here.listener.authority(), there.listener.authority()));
        let args =
            ["-Authentication", "Basic", "--ca-file", &ca_file, "-AllowRedirection", "-Name", "ITTask"];
        let expected = refused(
            "localhost",
            &format!(
                "{} It is not followed: that is another service on the computer, and the password is not meant for \
                 it. \
                 Redirect location reported: {uri}.",
                said(&effect, "localhost")
            ),
            "RedirectLocationInvalid",
            Some("if that service is to have the password, name it yourself with -ConnectionUri"),
        );
        run(&here, &here.listener.https_url(), &args).is("", &expected, 1);
    }
    is_untouched(&there);
}

#[test]
fn http_leads_to_https_on_the_same_host_and_never_back() {
    let (here, there) = (Place::new(), Place::new());
    there.session("ITTask");
    let secure = there.listener.https_url();
    let redirect = Effect::Redirect { status: 301, location: secure.clone() };
    here.listener.inject(Injection::new(Target::Soap, redirect));
    let ca_file = here.home.write("ca.pem", there.listener.authority());
    let uri = here.listener.http_url().replace("127.0.0.1", "localhost");
    let args = ["-Name", "ITTask", "-AllowRedirection", "--ca-file", &ca_file];
    let row = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";
    run(&here, &uri, &args).is(&table(&[row]), &warning(&secure), 0);
    assert_eq!(there.actions(), ["Enumerate", "Connect"]);

    here.listener.clear_journal();
    let redirect = Effect::Redirect { status: 301, location: uri.clone() };
    there.listener.inject(Injection::new(Target::Soap, redirect));
    let expected = refused(
        "localhost",
        &format!(
            "The computer localhost redirects the connection. It is not followed: it leads from HTTPS to HTTP. \
             Redirect location reported: {uri}."
        ),
        "RedirectLocationInvalid",
        Some("if plain HTTP is good enough there, name that address yourself with -ConnectionUri"),
    );
    run(&here, &secure, &args).is("", &expected, 1);
    is_untouched(&here);
}

#[test]
fn a_redirection_may_lead_to_another_path_or_to_no_address() {
    let place = Place::new();
    for (location, why) in [
        ("ftp://127.0.0.1/wsman", "that is not the address of a WS-Management service"),
        ("http://alice:secret@127.0.0.1/wsman", "that is not the address of a WS-Management service"),
        ("/wsman", "that address has already redirected it"),
    ] {
        let redirect = Effect::Redirect { status: 308, location: location.into() };
        place.listener.inject(Injection::new(Target::Soap, redirect));
        let expected = refused(
            "127.0.0.1",
            &format!(
                "The computer 127.0.0.1 redirects the connection. It is not followed: {why}. Redirect location \
                 reported: {location}."
            ),
            "RedirectLocationInvalid",
            None,
        );
        run(&place, &place.listener.http_url(), &["-AllowRedirection"]).is("", &expected, 1);
    }
    let redirect = Effect::Redirect { status: 308, location: "/wsman?there".into() };
    place.session("ITTask");
    place.listener.inject(Injection::new(Target::Soap, redirect));
    let uri = place.listener.http_url();
    let seen = run(&place, &uri, &["-Name", "ITTask", "-AllowRedirection"]);
    seen.is(&table(&[ROW]), &warning(&format!("{uri}?there")), 0);
}

/// Places of which each sends on to the next, and the last to none.
fn row_of(count: usize) -> Vec<Place> {
    let mut places = vec![Place::new()];
    places[0].session("ITTask");
    while places.len() < count {
        let location = places[places.len() - 1].listener.http_url();
        places.push(sending(&Effect::Redirect { status: 307, location }));
    }
    places.reverse();
    places
}

#[test]
fn the_number_of_redirections_is_honoured() {
    let places = row_of(7);
    let uri = |index: usize| places[index].listener.http_url();
    let go = |from: usize, more: &[&str]| {
        let args = [&["-Name", "ITTask", "-AllowRedirection"], more].concat();
        run(&places[0], &uri(from), &args)
    };
    let warnings =
        |steps: std::ops::RangeInclusive<usize>| steps.map(|index| warning(&uri(index))).collect::<String>();
    let stopped_at = |index: usize| {
        refused(
            "127.0.0.1",
            &format!(
                "The computer 127.0.0.1 redirects the connection. Redirect location reported: {}.",
                uri(index)
            ),
            "RedirectInformationRequired",
            Some("MaximumRedirection in -SessionOption sets how many are followed"),
        )
    };
    go(4, &["-SessionOption", "MaximumRedirection=0"]).is("", &stopped_at(5), 1);
    go(4, &["-SessionOption", "MaximumConnectionRedirectionCount=1"]).is(
        "",
        &(warnings(5..=5) + &stopped_at(6)),
        1,
    );
    // Five by default.
    go(0, &[]).is("", &(warnings(1..=5) + &stopped_at(6)), 1);
    is_untouched(&places[6]);
    go(1, &[]).is(&table(&[ROW]), &warnings(2..=6), 0);
    let shell_id = places[6].listener.sessions()[0].shell_id.clone();
    places[6].listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    go(0, &["-SessionOption", "MaximumRedirection=-1"]).is(&table(&[ROW]), &warnings(1..=6), 0);
}

#[test]
fn who_is_sent_in_circles_stops() {
    let (first, second) = (Place::new(), Place::new());
    let (first_uri, second_uri) = (first.listener.http_url(), second.listener.http_url());
    for unlimited in [false, true] {
        for (place, location) in [(&first, &second_uri), (&second, &first_uri)] {
            place.listener.clear_injections();
            let redirect = Effect::Redirect { status: 307, location: location.clone() };
            place.listener.inject(Injection::new(Target::Http, redirect).times(usize::MAX));
        }
        let option = if unlimited { "MaximumRedirection=-1" } else { "MaximumRedirection=5" };
        let seen = run(&first, &first_uri, &["-AllowRedirection", "-SessionOption", option]);
        let expected = refused(
            "127.0.0.1",
            &format!(
                "The computer 127.0.0.1 redirects the connection. It is not followed: that address has already \
                 redirected it. Redirect location reported: {first_uri}."
            ),
            "RedirectLocationInvalid",
            None,
        );
        seen.is("", &(warning(&second_uri) + &expected), 1);
        // Neither got further than the first token.
        assert_eq!(first.listener.counters().logons.len() + second.listener.counters().logons.len(), 0);
    }
}

#[test]
fn what_goes_over_a_redirected_connection_is_still_bound_to_trust() {
    let there = Place::new();
    there.session("ITTask");
    let here = sending(&Effect::Redirect { status: 302, location: there.listener.https_url() });
    let ca_file = here.home.write("ca.pem", here.listener.authority());
    let args = ["--ca-file", &ca_file, "-AllowRedirection", "-Name", "ITTask"];
    let seen = run(&here, &here.listener.https_url(), &args);
    // The other listener has an authority of its own, which was not named.
    assert!(seen.stderr.contains("12175,RemotePSSessionQueryFailed"), "{}", seen.stderr);
    assert_eq!(there.listener.counters().http_requests, 0);
}
