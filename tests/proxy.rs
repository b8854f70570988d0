//! Proxies: which are used, how the program logs on to them, and what they get to see.

use crate::support::proxy::{Behaviour, Proxy, Refusal, Trouble, USER};
use crate::support::{Home, Login, PASSWORD, Place, Seen, error, logging_on, query_error, table};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pssession_listener::{DigestPolicy, Effect, Injection, ProxyOffer, Target};
use std::net::TcpListener;
use std::process::Command;

const ROW: &str = "  1 ITTask          server01        Opened        Microsoft.PowerShell     Available";

const WHO: &str = "ProxyCredential in -SessionOption and PSSESSION_PROXY_PASSWORD say who logs on to it, or its address \
                   in the environment does";
const SERVER: &str = "server01";

const WITHOUT: &str = "many proxies connect to port 443 only; NO_PROXY=server01 or -SessionOption \
                       ProxyAccessType=NoProxyServer goes without";

const WITHOUT_EFFECT: &str = "WARNING: The proxy settings of the session option have no effect: localhost is reached without \
                              a proxy.\n";

const WHICH: &str =
    "HTTPS_PROXY or ALL_PROXY names it; -SessionOption ProxyAccessType=NoProxyServer goes without";

/// The program over HTTPS, to a name that a proxy alone knows: this machine is never reached through one.
fn command(place: &Place, args: &[&str]) -> Command {
    let to = place.to(Login::Basic).into_iter().map(|word| word.replace("localhost", SERVER));
    place.home.program(&to.chain(args.iter().map(|arg| (*arg).to_owned())).collect::<Vec<_>>())
}

/// Runs with a proxy in the environment and a password for it.
fn run_by(url: &str, place: &Place, args: &[&str]) -> Seen {
    let mut command = command(place, &[&["-Name", "ITTask"], args].concat());
    Seen::of(command.env("HTTPS_PROXY", url).env("PSSESSION_PROXY_PASSWORD", USER.1))
}

/// User01 and how he logs on.
fn by(authentication: &str) -> String {
    format!("ProxyAccessType=IEConfig,ProxyAuthentication={authentication},ProxyCredential=User01")
}

fn digest(algorithms: &[&'static str]) -> ProxyOffer {
    ProxyOffer::Digest(DigestPolicy { algorithms: algorithms.to_vec(), ..DigestPolicy::default() })
}

/// A listener whose certificate is for the server.
fn server() -> Place {
    Place::with(|config| config.tls.names.push(SERVER.into()))
}

/// A place with a session.
fn place() -> Place {
    let place = server();
    place.session("ITTask");
    place
}

/// The error about a proxy.
fn proxy_error(url: &str, what: &str, id: &str, hint: Option<&str>) -> String {
    query_error(&format!("The proxy {url} {what}."), id, hint).replace("localhost", SERVER)
}

#[track_caller]
fn has_seen_no_connection(place: &Place) {
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn every_access_type_but_one_means_the_proxy_of_the_environment() {
    for access in ["None", "IEConfig", "WinHttpConfig", "AutoDetect", "NoProxyServer"] {
        let (place, proxy) = (place(), Proxy::open());
        let option = format!("ProxyAccessType={access}");
        let seen = run_by(&proxy.url(), &place, &["-SessionOption", &option]);
        let expected = match access {
            "NoProxyServer" => {
                assert!(
                    seen.stderr.contains("ComputerNotFound,"),
                    "only the proxy knows that name: {seen:?}"
                );
                vec![]
            }
            _ => vec![format!("CONNECT {SERVER}:{} HTTP/1.1", place.listener.https_address().port())],
        };
        let asked: Vec<_> =
            proxy.heads().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
        assert_eq!(asked, expected, "{access}");
        assert_eq!(seen.status == 0, access != "NoProxyServer", "{seen:?}");
        assert!(proxy.heads().iter().all(|head| !head.to_lowercase().contains("authorization")), "{access}");
    }
}

#[test]
fn a_proxy_is_logged_on_to_as_the_session_option_says() {
    let all = ["MD5", "MD5-sess", "SHA-256"];
    let negotiate = ProxyOffer::Negotiate;
    for (authentication, offers, requests, begins) in [
        ("Basic", vec![ProxyOffer::Basic], 1, "Basic VXNlcjAxOlByb3h5MSE="),
        ("Basic", vec![negotiate.clone(), digest(&all), ProxyOffer::Basic], 1, "Basic "),
        ("Digest", vec![digest(&["MD5"])], 2, "Digest username=\"User01\", "),
        ("Digest", vec![digest(&["MD5-sess"])], 2, "Digest username=\"User01\", "),
        ("Digest", vec![ProxyOffer::Basic, digest(&all)], 2, "Digest username=\"User01\", "),
        ("Negotiate", vec![negotiate.clone()], 3, "Negotiate TlRMTVNTUA"),
        ("Negotiate", vec![ProxyOffer::Basic, digest(&all), negotiate], 3, "Negotiate TlRMTVNTUA"),
    ] {
        for refusal in [Refusal::Stays, Refusal::Closes, Refusal::ClosesAsProxiesDo] {
            let behaviour = Behaviour { offers: offers.clone(), refusal, ..Behaviour::default() };
            let (place, proxy) = (place(), Proxy::with(behaviour));
            let seen = run_by(&proxy.url(), &place, &["-SessionOption", &by(authentication), "-Debug"]);
            assert!(seen.stdout.contains(ROW), "{authentication}: {}", seen.stderr);
            assert!(seen.stderr.contains("DEBUG: "), "nothing is shown in which a secret could be");
            let closed = usize::from(refusal != Refusal::Stays && authentication != "Basic");
            assert_eq!(proxy.counts(), (requests, 1 + closed), "{authentication}");
            let logins = proxy.logins();
            assert!(!logins.is_empty() && logins.iter().all(|login| login.starts_with(begins)), "{logins:?}");
            if authentication == "Digest" {
                let strongest = match offers.len() {
                    1 => "",
                    _ => "algorithm=SHA-256",
                };
                let target = format!("uri=\"{SERVER}:{}\"", place.listener.https_address().port());
                assert!(logins[0].contains(&target) && logins[0].contains(strongest), "{logins:?}");
            }
            for secret in [USER.1, PASSWORD, &BASE64_STANDARD.encode("User01:Proxy1!"), &logins[0]] {
                assert!(!seen.stderr.contains(secret), "{}", seen.stderr);
            }
            // Nothing of the server's login is there, and the server has one connection, with its own.
            let heads = proxy.heads().concat().to_lowercase();
            assert_eq!(heads.matches("authorization:").count(), logins.len());
            assert_eq!(place.listener.counters().connections, 1);
        }
    }
}

#[test]
fn without_being_asked_a_proxy_gets_no_login_but_basic() {
    for (authentication, logins) in [("Basic", 1), ("Digest", 0), ("Negotiate", 0)] {
        let (place, proxy) = (place(), Proxy::open());
        run_by(&proxy.url(), &place, &["-SessionOption", &by(authentication)]).is_table(&[ROW]);
        assert_eq!((proxy.counts(), proxy.logins().len()), ((1, 1), logins), "{authentication}");
    }
}

#[test]
fn a_user_in_the_address_logs_on_with_basic() {
    let (place, proxy) = (place(), Proxy::that_offers([ProxyOffer::Negotiate, ProxyOffer::Basic]));
    run_by(&proxy.url_of("http", "User01:Proxy1%21@"), &place, &[]).is_table(&[ROW]);
    assert_eq!(proxy.counts(), (1, 1));
    // The session option's goes before it.
    run_by(&proxy.url_of("http", "other:wrong@"), &place, &["-SessionOption", &by("Negotiate"), "-Id", "1"]);
    let place = self::place();
    let seen = run_by(&proxy.url_of("http", "other:wrong@"), &place, &["-SessionOption", &by("Negotiate")]);
    seen.is_table(&[ROW]);
    place.listener.clear_journal();
    let refused = "does not accept the user name and the password (Basic)";
    let expected = proxy_error(&proxy.url(), refused, "", Some(WHO));
    run_by(&proxy.url_of("http", "User01:wrong@"), &place, &[]).is("", &expected, 1);
    has_seen_no_connection(&place);
}

#[test]
fn a_wrong_password_is_shown_to_a_proxy_once() {
    let both = ["MD5", "SHA-256"];
    for (authentication, offer, requests, logins) in [
        ("Basic", ProxyOffer::Basic, 1, 1),
        ("Digest", digest(&both), 2, 1),
        ("Negotiate", ProxyOffer::Negotiate, 3, 2),
    ] {
        let (place, proxy) = (server(), Proxy::that_offers([offer]));
        let option = by(authentication);
        let args = ["-ComputerName", "server01,server02", "-ThrottleLimit", "1", "-UseSSL"];
        let mut command = place.home.program(&[&args[..], &["-SessionOption", &option]].concat());
        let seen =
            Seen::of(command.env("HTTPS_PROXY", proxy.url()).env("PSSESSION_PROXY_PASSWORD", "wrong-one"));
        let refused = format!("does not accept the user name and the password ({authentication})");
        let expected = proxy_error(&proxy.url(), &refused, "", Some(WHO));
        let other = expected.replace("failed for server01", "failed for server02");
        seen.is("", &(expected + &other), 1);
        assert_eq!((proxy.counts(), proxy.logins().len()), ((requests, 1), logins), "{authentication}");
    }
}

#[test]
fn a_mechanism_that_the_proxy_does_not_offer_is_reported_with_one_that_it_does() {
    let basic = "ProxyAuthentication=Basic in -SessionOption chooses that, and hands the proxy the password";
    let digest_hint = "ProxyAuthentication=Digest in -SessionOption chooses that";
    let negotiate_hint = "ProxyAuthentication=Negotiate in -SessionOption chooses that";
    let md5 = digest(&["MD5"]);
    for (authentication, offers, names, hint, sent) in [
        ("Negotiate", vec![ProxyOffer::Basic], "Basic", basic, 0),
        ("Digest", vec![ProxyOffer::Basic], "Basic", basic, 0),
        ("Negotiate", vec![ProxyOffer::Basic, md5.clone()], "Basic, Digest", digest_hint, 0),
        ("Digest", vec![ProxyOffer::Negotiate], "Negotiate", negotiate_hint, 0),
        ("Basic", vec![md5, ProxyOffer::Negotiate], "Digest, Negotiate", negotiate_hint, 1),
    ] {
        let (place, proxy) = (server(), Proxy::that_offers(offers));
        let what = format!("does not offer {authentication} authentication; it offers {names}");
        let expected = proxy_error(&proxy.url(), &what, "", Some(hint));
        run_by(&proxy.url(), &place, &["-SessionOption", &by(authentication)]).is("", &expected, 1);
        assert_eq!((proxy.counts(), proxy.logins().len()), ((1, 1), sent));
        has_seen_no_connection(&place);
    }
}

#[test]
fn a_proxy_that_asks_for_a_login_is_reported_if_there_is_none() {
    let address = " (Kerberos is not possible: there are no Kerberos tickets for an IP address)";
    for (authentication, offer, why, best) in [
        ("Negotiate", ProxyOffer::Basic, "", "Basic"),
        ("Basic", ProxyOffer::Basic, "", "Basic"),
        ("Digest", digest(&["SHA-256"]), "", "Digest"),
        ("Negotiate", ProxyOffer::Negotiate, address, "Negotiate"),
    ] {
        let (place, proxy) = (server(), Proxy::that_offers([offer]));
        let hint = format!(
            "-SessionOption ProxyAccessType=IEConfig,ProxyAuthentication={best},ProxyCredential=USER names one, and \
             PSSESSION_PROXY_PASSWORD gives the password"
        );
        let what = format!("requires a user name and a password{why}");
        let expected = proxy_error(&proxy.url(), &what, "", Some(&hint));
        let option = format!("ProxyAuthentication={authentication}");
        run_by(&proxy.url(), &place, &["-SessionOption", &option]).is("", &expected, 1);
        assert_eq!((proxy.counts(), proxy.logins().len()), ((1, 1), 0));
        has_seen_no_connection(&place);
    }
}

#[test]
fn without_ntlm_there_is_kerberos_to_a_proxy_or_nothing() {
    let (place, proxy) = (server(), Proxy::that_offers([ProxyOffer::Negotiate]));
    let what = "cannot be logged on to: there are no Kerberos tickets for an IP address";
    let hint = "HTTPS_PROXY or ALL_PROXY has to name it as the domain knows it";
    let expected = proxy_error(&proxy.url(), what, "", Some(hint));
    let seen = run_by(&proxy.url(), &place, &["-SessionOption", &by("Negotiate"), "--no-ntlm"]);
    seen.is("", &expected, 1);
    assert_eq!((proxy.counts(), proxy.logins().len()), ((1, 1), 0));
}

#[test]
fn proxies_that_answer_as_in_http_1_0_are_understood() {
    let welcome = "HTTP/1.0 200 Connection established\r\nProxy-agent: old\r\n\r\n";
    let offers = vec![ProxyOffer::Negotiate];
    let (place, proxy) = (place(), Proxy::with(Behaviour { offers, welcome, ..Behaviour::default() }));
    run_by(&proxy.url(), &place, &["-SessionOption", &by("Negotiate")]).is_table(&[ROW]);
}

#[test]
fn a_faulty_proxy_is_reported_and_the_login_not_sent_again() {
    let head = |status: &str, rest: &str| Trouble::Say(format!("HTTP/1.1 {status}\r\n{rest}").into_bytes());
    let long = format!("X-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    let page = |size: usize| format!("Content-Length: {size}\r\n\r\n{}", "No way ".repeat(size / 7));
    let waits = "--timeout SECONDS waits longer or shorter";
    let lost = "closed the connection too early";
    let no_http = "does not speak HTTP";
    let too_large = "sent an answer with a head of more than 65536 bytes";
    let challenge =
        |text: &str| head("407 No", &format!("Proxy-Authenticate: {text}\r\nContent-Length: 0\r\n\r\n"));
    let base64 = "cannot be logged on to: the proxy's token is not base64";
    let malformed = "cannot be logged on to: the proxy's challenge is malformed";
    for (request, trouble, what, id, hint) in [
        (0, Trouble::Close, lost, "", Some(WHICH)),
        (1, Trouble::Close, lost, "", Some(WHICH)),
        (2, Trouble::Close, lost, "", Some(WHICH)),
        (0, Trouble::Say(b"SSH-2.0-Server\r\n".to_vec()), no_http, "", Some(WHICH)),
        (1, Trouble::Say(vec![0xFF; 4096]), no_http, "", Some(WHICH)),
        (0, head("200 OK", &long), too_large, "", Some(WHICH)),
        (2, head("407 Again", &long), too_large, "", Some(WHICH)),
        (
            0,
            head("503 Busy", &page(14)),
            "does not connect to server01: HTTP 503: No way No way",
            "CannotConnect,",
            Some(WITHOUT),
        ),
        (
            2,
            head("403 No", &page(7 << 17)),
            "does not connect to server01: HTTP 403",
            "CannotConnect,",
            Some(WITHOUT),
        ),
        // It is no server.
        (
            0,
            head("401 No", "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
            "does not connect to server01: HTTP 401",
            "CannotConnect,",
            Some(WITHOUT),
        ),
        (
            0,
            head("302 Found", "Location: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
            "does not connect to server01: HTTP 302",
            "CannotConnect,",
            Some(WITHOUT),
        ),
        (1, challenge("Negotiate A, Basic realm=x"), base64, "", None),
        (1, challenge("Negotiate AAAA"), malformed, "", None),
        (
            0,
            Trouble::Silence,
            "made no connection to server01 within 1 seconds",
            "WinRMOperationTimeout,",
            Some(waits),
        ),
        (
            2,
            Trouble::Silence,
            "made no connection to server01 within 1 seconds",
            "WinRMOperationTimeout,",
            Some(waits),
        ),
    ] {
        let timeout = if matches!(trouble, Trouble::Silence) { "1" } else { "60" };
        let trouble = Some((request, trouble));
        let behaviour = Behaviour { offers: vec![ProxyOffer::Negotiate], trouble, ..Behaviour::default() };
        let (place, proxy) = (server(), Proxy::with(behaviour));
        let seen = run_by(&proxy.url(), &place, &["-SessionOption", &by("Negotiate"), "--timeout", timeout]);
        seen.is("", &proxy_error(&proxy.url(), what, id, hint), 1);
        assert_eq!(proxy.counts(), (request + 1, 1), "{what}");
        has_seen_no_connection(&place);
    }
}

#[test]
fn a_proxy_is_asked_for_host_and_port() {
    let refusal = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec();
    let trouble = Some((0, Trouble::Say(refusal)));
    let proxy = Proxy::with(Behaviour { trouble, ..Behaviour::default() });
    let home = Home::new();
    for (args, target) in [
        (&["-ComputerName", "Server01", "-UseSSL"][..], "server01:5986"),
        (&["-ComputerName", "2001:db8::1", "-UseSSL", "-Port", "1"], "[2001:db8::1]:1"),
        (&["-ConnectionUri", "https://server01.example/wsman"], "server01.example:443"),
    ] {
        let seen = Seen::of(home.program(args).env("HTTPS_PROXY", proxy.url()));
        let host = target.rsplit_once(':').unwrap().0;
        assert!(
            seen.stderr.contains(&format!(" does not connect to {host}: HTTP 403.\n")),
            "{}",
            seen.stderr
        );
        let expected =
            format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\nuser-agent: connect-pssession/");
        let head = proxy.heads().pop().unwrap();
        assert!(head.starts_with(&expected), "{head}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_reported() {
    let place = server();
    // The port is free again, and no test takes one by number.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let what = "cannot be reached (Connection refused (os error 111))";
    run_by(&url, &place, &[]).is("", &proxy_error(&url, what, "CannotConnect,", Some(WHICH)), 1);
}

#[test]
fn a_server_that_asks_as_a_proxy_does_gets_nothing() {
    let (place, proxy) = (place(), Proxy::that_offers([ProxyOffer::Basic]));
    place.listener.inject(Injection::new(Target::Soap, Effect::Status(407, Some("Log on".into()))));
    let hint = "another service, or a gateway in front of the server, answers there: -Port, -ApplicationName";
    let expected = query_error("The computer localhost answered HTTP 407: Log on.", "", Some(hint));
    let expected = expected.replace("localhost", SERVER);
    run_by(&proxy.url(), &place, &["-SessionOption", &by("Basic")]).is("", &expected, 1);
    assert_eq!((proxy.counts(), proxy.logins().len()), ((1, 1), 1));
}

#[test]
fn an_unusable_proxy_credential_is_reported_before_anything_is_sent() {
    let (place, proxy) = (server(), Proxy::open());
    let category = "InvalidArgument: (:), ArgumentException";
    for authentication in ["Basic", "Digest", "Negotiate"] {
        let mut command = command(&place, &["-SessionOption", &by(authentication)]);
        let message = "There is no password for the proxy user User01.";
        let hint = Some("set PSSESSION_PROXY_PASSWORD");
        let expected = error(message, category, "PasswordUnavailable", hint);
        Seen::of(command.env("HTTPS_PROXY", proxy.url())).is("", &expected, 1);
    }
    // Who uses no proxy needs no credential for it.
    place.session("ITTask");
    let none = by("Basic").replace("IEConfig", "NoProxyServer");
    let seen = Seen::of(&mut place.command(Login::Basic, &["-Name", "ITTask", "-SessionOption", &none]));
    seen.is(&table(&[&ROW.replace("server01 ", "localhost")]), WITHOUT_EFFECT, 0);
    place.listener.clear_journal();
    let message = "A user name for Basic authentication cannot contain a colon.";
    let expected = error(message, category, "InvalidProxyCredential", None);
    let option = by("Basic").replace("User01", "User:01");
    run_by(&proxy.url(), &place, &["-SessionOption", &option]).is("", &expected, 1);
    assert_eq!(proxy.counts(), (0, 0));
    has_seen_no_connection(&place);
}

#[test]
fn socks_proxies_take_a_user_name_and_a_password() {
    let place = place();
    let target = |name: &str| format!("{name}:{}", place.listener.https_address().port());
    let run = |url: &str, option: &str| {
        let args = ["-Name", "ITTask", "-SessionOption", option, "--output", "id"];
        let mut command = command(&place, &args);
        Seen::of(command.env("ALL_PROXY", url).env("PSSESSION_PROXY_PASSWORD", USER.1))
    };
    let open = Proxy::socks(false);
    run(&open.url_of("socks5h", ""), "ProxyAccessType=None").is("1\n", "", 0);
    assert_eq!(open.heads(), [target(SERVER)]);
    let closed = Proxy::socks(true);
    let disconnect = || {
        let mut command = place.home.cmdlet("disconnect-pssession", &["-Id", "1", "--output", "id"]);
        Seen::of(
            command
                .env("ALL_PROXY", closed.url_of("socks5h", "User01:Proxy1!@"))
                .env("PSSESSION_PROXY_PASSWORD", USER.1),
        )
    };
    for (login, option) in
        [("User01:Proxy1!@", "ProxyAccessType=None"), ("", &by("Basic")), ("a:b@", &by("Basic"))]
    {
        disconnect().is("1\n", "", 0);
        run(&closed.url_of("socks5h", login), option).is("1\n", "", 0);
    }
    assert_eq!(closed.heads(), vec![target(SERVER); 6]);
    // Its mechanism is none that hides the password.
    let hint = "ProxyAuthentication=Basic in -SessionOption chooses that, and hands the proxy the password";
    let url = closed.url_of("socks5h", "");
    let what = "does not offer Negotiate authentication; it offers Basic";
    let seen = run(&url, &by("Negotiate"));
    seen.is("", &proxy_error(&format!("{url}/"), what, "", Some(hint)), 1);
    assert_eq!(closed.heads().len(), 6);
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    // A proxy has another one, and what is trusted here is not trusted there.
    for name in ["localhost", "127.0.0.1"] {
        let (place, proxy) = (place(), Proxy::open());
        let to = place.to(Login::Basic).into_iter().map(|word| word.replace("localhost", name));
        let mut command = place.home.program(&to.collect::<Vec<_>>());
        let seen =
            Seen::of(command.args(["-Name", "ITTask", "--output", "id"]).env("HTTPS_PROXY", proxy.url()));
        seen.is("1\n", "", 0);
        assert_eq!(proxy.counts(), (0, 0), "{name}");
    }
}

#[test]
fn plain_http_goes_without_a_proxy_and_says_so() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (place, proxy) = (place(), Proxy::open());
        let option = ["-Name", "ITTask", "--output", "id", "-Verbose", "-Confirm:$false"];
        let seen = Seen::of(place.command(Login::Ntlm, &option).env(variable, proxy.url()));
        let said = format!(
            "VERBOSE: Connecting to localhost directly: a login over plain HTTP does not go through the proxy {}.\n",
            proxy.url()
        );
        let begins = logging_on("localhost") + &said;
        assert!(seen.stderr.starts_with(&begins), "{}", seen.stderr);
        assert_eq!((seen.stdout.as_str(), seen.status, proxy.counts()), ("1\n", 0, (0, 0)));
    }
}

#[test]
fn settings_for_a_proxy_that_is_not_used_are_warned_of() {
    let place = place();
    for option in ["ProxyAccessType=IEConfig", "ProxyAuthentication=Digest", &by("Negotiate")] {
        let mut command = place.command(Login::Ntlm, &["-Name", "nosuch*", "-SessionOption", option]);
        let none = "WARNING: No session's name matches \"nosuch*\".\n";
        let expected = format!("{WITHOUT_EFFECT}{none}");
        Seen::of(command.env("PSSESSION_PROXY_PASSWORD", USER.1)).is("", &expected, 0);
    }
}

#[test]
fn no_proxy_may_name_a_domain_with_a_star_or_a_port() {
    let refusal = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec();
    let behaviour =
        || Behaviour { trouble: Some((0, Trouble::Say(refusal.clone()))), ..Behaviour::default() };
    let home = Home::new();
    for (exceptions, asks) in [
        ("*.corp.invalid", false),
        ("srv01.corp.invalid:5986", false),
        ("srv01.corp.invalid:443", true),
        ("corp.invalid", false),
        ("other.invalid", true),
    ] {
        let proxy = Proxy::with(behaviour());
        let mut command = home.program(&["-ComputerName", "srv01.corp.invalid", "-UseSSL", "--timeout", "5"]);
        let seen = Seen::of(command.env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", exceptions));
        assert_eq!((proxy.counts().0 > 0, seen.status), (asks, 1), "{exceptions}: {}", seen.stderr);
    }
}
