//! Who may log in, which servers the program trusts, and what it reports when either fails.

use crate::support::{Home, Login, Place, Seen, error, logging_on, not_resolved, query_error};
use pssession::SCHEMES;
use pssession::access::Authentication;
use pssession_listener::{Certificate, ChannelBinding, Config};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

const REFUSED: &str =
    "the server does not accept this user name and password; for a local account try COMPUTER\\user";

#[test]
fn a_wrong_password_is_tried_once() {
    for way in [Login::Ntlm, Login::Basic] {
        let place = Place::new();
        place.session("ITTask");
        let mut command = place.command(way, &["-Name", "ITTask"]);
        let seen = Seen::of(command.env("PSSESSION_PASSWORD", "wrong"));
        seen.is("", &query_error("Access is denied.", "AccessDenied,", Some(REFUSED)), 1);
        let counters = place.listener.counters();
        assert_eq!(counters.logon_failures.values().sum::<u64>(), 1, "{way:?}: {counters:?}");
    }
}

#[test]
fn a_server_that_takes_no_request_with_the_login_is_asked_the_plain_way() {
    let place = Place::with(|config| config.login.sealed_with_authenticate = false);
    place.session("ITTask");
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    let counters = place.listener.counters();
    assert_eq!(counters.logon_failures.values().sum::<u64>(), 0);
    assert_eq!(counters.connections, 2);
}

#[test]
fn verbose_reports_once_how_each_computer_is_logged_on_to() {
    let place = Place::new();
    for name in ["a", "b"] {
        place.session(name);
    }
    let logged_on = |seen: Seen| -> String {
        seen.stderr.split_inclusive('\n').filter(|line| line.starts_with("VERBOSE: Logging on")).collect()
    };
    let ports = ["-Port", &place.listener.http_address().port().to_string()].map(str::to_owned);
    let args =
        ["-ComputerName", "localhost,127.0.0.1", &ports[0], &ports[1], "-Verbose", "-ThrottleLimit", "1"];
    let seen = Seen::of(&mut place.home.program(&args));
    let address = "VERBOSE: Logging on to 127.0.0.1 with NTLM in Negotiate, since Kerberos is not possible: there are no \
                   Kerberos tickets for an IP address.\n";
    assert_eq!(logged_on(seen), logging_on("localhost") + address);
    assert_eq!(
        logged_on(place.run_as("Connect-PSSession", &["-Id", "1,2", "-Verbose"])),
        logging_on("localhost")
    );
    let seen = place.run_as("Disconnect-PSSession", &["-Id", "1,2", "-Verbose"]);
    assert_eq!(logged_on(seen), logging_on("localhost"));
    let seen = place.run_over(Login::Basic, &["-Verbose"]);
    assert_eq!(logged_on(seen), "VERBOSE: Logging on to localhost with Basic over TLS.\n");
}

/// Asks computers that do not exist over HTTPS; what is decided before they are asked is reported all the same.
fn warned(computers: &str, more: &[&str]) -> String {
    let args = ["-ComputerName", computers, "-UseSSL", "--timeout", "5"];
    let seen = Seen::of(&mut Home::new().program(&[&args[..], more].concat()));
    assert_eq!(seen.status, 1);
    seen.stderr.split_inclusive('\n').filter(|line| line.starts_with("WARNING: ")).collect()
}

#[test]
fn a_server_that_nothing_authenticates_is_warned_of_once() {
    for (switches, named) in [
        ("SkipCACheck=1", "SkipCACheck"),
        ("SkipCNCheck=1", "SkipCNCheck"),
        ("SkipCACheck=1,SkipCNCheck=1", "SkipCACheck, SkipCNCheck"),
    ] {
        let expected = format!(
            "WARNING: {named}: nothing proves who the server is; Kerberos or a pinned certificate would.\n"
        );
        for authentication in ["Default", "Negotiate", "Digest"] {
            let more = ["-SessionOption", switches, "-Authentication", authentication];
            assert_eq!(warned("a.invalid,b.invalid", &more), expected);
        }
    }
}

#[test]
fn basic_gives_a_server_that_nothing_authenticates_no_password() {
    let expected = |name: &str| {
        let message = format!(
            "The certificate of the computer {name} is not checked, and the computer is not in the list of trusted \
             hosts; no password is sent to it."
        );
        let hint = format!(
            "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: \
             --trusted-hosts {name}"
        );
        query_error(&message, "ServerNotTrusted,", Some(&hint))
            .replace("for localhost", &format!("for {name}"))
    };
    let run = |more: &[&str]| {
        let args = ["-ComputerName", "a.invalid", "-UseSSL", "-Authentication", "Basic", "--timeout", "5"];
        Seen::of(&mut Home::new().program(&[&args[..], &["-SessionOption"], more].concat()))
    };
    for switches in ["SkipCACheck=1", "SkipCNCheck=1", "SkipCACheck=1,SkipCNCheck=1"] {
        run(&[switches]).is("", &expected("a.invalid"), 1);
    }
    // The second switch, and another way to know the server.
    let seen = run(&["SkipCACheck=1", "--trusted-hosts", "a.invalid"]);
    let warning =
        "WARNING: SkipCACheck: nothing proves who the server is; Kerberos or a pinned certificate would.\n";
    assert!(seen.stderr.starts_with(warning) && seen.stderr.contains("ComputerNotFound,"), "{seen:?}");
    let seen = run(&["SkipCACheck=1", "--pin-sha256", &"AB".repeat(32)]);
    assert!(
        seen.stderr.starts_with("Connect-PSSession : ") && seen.stderr.contains("ComputerNotFound,"),
        "{seen:?}"
    );
}

#[test]
fn a_server_that_something_authenticates_is_not_warned_of() {
    let pin = "AB".repeat(32);
    assert_eq!(warned("a.invalid", &[]), "");
    assert_eq!(warned("a.invalid", &["-SessionOption", "SkipCACheck=1", "--pin-sha256", &pin]), "");
    // Connections to this machine have no machine in the middle.
    assert_eq!(warned("localhost", &["-Port", "1", "-SessionOption", "SkipCACheck=1"]), "");
}

#[test]
fn who_wants_to_stop_at_the_warning_stops_before_anything_is_sent() {
    let more = ["-SessionOption", "SkipCACheck=1", "-WarningAction", "Stop"];
    let args = ["-ComputerName", "a.invalid", "-UseSSL", "--timeout", "5"];
    let seen = Seen::of(&mut Home::new().program(&[&args[..], &more].concat()));
    assert!(seen.stderr.contains("ActionPreferenceStop"), "{seen:?}");
    assert!(!seen.stderr.contains("ComputerNotFound"), "{seen:?}");
    assert_eq!(seen.status, 1);
}

/// Runs over HTTPS with Negotiate.
fn negotiate_over_tls(place: &Place, more: &[&str]) -> Seen {
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let args =
        ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &ca_file, "-Name", "ITTask"];
    Seen::of(&mut place.home.program(&[&args[..], more].concat()))
}

#[test]
fn ntlm_over_tls_is_bound_to_the_channel() {
    let place = Place::with(|config| config.login.channel_binding = ChannelBinding::Strict);
    place.session("ITTask");
    negotiate_over_tls(&place, &[]).is_table(&[ROW]);
    assert_eq!(place.listener.counters().connections, 1);
}

#[test]
fn a_scheme_that_is_not_offered_is_reported_with_those_that_are() {
    let place = Place::with(|config| config.login.basic = false);
    let expected = query_error(
        "The server does not offer Basic authentication; it offers Negotiate.",
        "",
        Some("-Authentication names the mechanism"),
    );
    place.run_over(Login::Basic, &["-Name", "ITTask"]).is("", &expected, 1);
}

#[test]
fn basic_is_not_spoken_in_the_clear() {
    let place = Place::with(|config| config.login.allow_unencrypted = true);
    let expected = query_error(
        "Basic authentication is used over HTTPS only.",
        "-2144108322,",
        Some("add -UseSSL, or an https:// connection URI"),
    );
    place.run(&["-Authentication", "Basic"]).is("", &expected, 1);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn ntlm_goes_only_to_hosts_that_are_trusted_when_there_is_no_tls() {
    let home = Home::new();
    let args = ["-ComputerName", "server01.invalid", "-Name", "ITTask", "--timeout", "5"];
    let seen = Seen::of(&mut home.program(&args));
    let localhost = query_error(
        "The computer server01.invalid is not authenticated over HTTP and is not in the list of trusted hosts \
         (Kerberos is not possible: the user name alice does not name a realm).",
        "ServerNotTrusted,",
        Some("use -UseSSL, or trust the host: --trusted-hosts server01.invalid"),
    );
    seen.is("", &localhost.replace("for localhost with", "for server01.invalid with"), 1);
    // Trusted, the next obstacle is that there is no such host.
    for command in [
        &mut home.program(&[&args[..], &["--trusted-hosts", "*.invalid"]].concat()),
        home.program(&args).env("PSSESSION_TRUSTED_HOSTS", "SERVER01.invalid"),
    ] {
        Seen::of(command).is("", &not_resolved("server01.invalid"), 1);
    }
}

#[test]
fn no_server_listens() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = Home::new();
    let port = closed.to_string();
    let seen = Seen::of(&mut home.program(&["-ComputerName", "localhost", "-Port", &port]));
    let expected = query_error(
        &format!(
            "The computer localhost refuses connections on port {port}. The client cannot connect to the destination specified in \
             the request. Verify that the service on the destination is running and is accepting requests. Consult \
             the logs and documentation for the WS-Management service running on the destination, most commonly IIS \
             or WinRM. If the destination is the WinRM service, run the following command on the destination to \
             analyze and configure the WinRM service: \"winrm quickconfig\"."
        ),
        "CannotConnect,",
        Some("check the name and -Port: WinRM listens on 5985 for HTTP and, with -UseSSL, on 5986"),
    );
    seen.is("", &expected, 1);
}

#[test]
fn a_wrong_path_is_reported() {
    let place = Place::new();
    let hint = "-ApplicationName names the path of the service, wsman by default";
    let seen = place.run(&["-ApplicationName", "nosuch"]);
    seen.is("", &query_error("The computer localhost answered HTTP 404.", "URLNotAvailable,", Some(hint)), 1);
}

#[test]
fn something_else_listens() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // The banner of SSH comes before anything is asked; here it waits, so that it is the answer every time.
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\0\x01\x02garbage");
        }
    });
    let home = Home::new();
    let seen = Seen::of(&mut home.program(&["-ComputerName", "localhost", "-Port", &port]));
    let message = format!("The computer localhost does not speak HTTP on port {port}.");
    let hint = "the port may be that of another service, or of HTTPS: -UseSSL, -Port";
    seen.is("", &query_error(&message, "", Some(hint)), 1);
    let seen = Seen::of(&mut home.program(&[
        "-ComputerName",
        "localhost",
        "-Port",
        &port,
        "-UseSSL",
        "-SessionOption",
        "SkipCACheck=true",
    ]));
    let hint = "the port may be that of HTTP, 5985: leave out -UseSSL, or give -Port";
    let message = "No TLS connection to localhost could be made: it does not speak TLS on this port.";
    seen.is("", &query_error(message, "12175,", Some(hint)), 1);
}

/// Which of the two switches a certificate needs, with its authority known and unknown.
#[test]
fn certificates_and_the_two_switches() {
    const NEITHER: &[&str] = &[];
    const CA: &[&str] = &["-SessionOption", "SkipCACheck=true"];
    const CN: &[&str] = &["-SessionOption", "SkipCNCheck=true"];
    const BOTH: &[&str] = &["-SessionOption", "SkipCACheck=true,SkipCNCheck=true"];
    type Passes = &'static [&'static [&'static str]];
    let matrix: [(Certificate, bool, Passes); 8] = [
        (Certificate::Good, true, &[NEITHER, CA, CN, BOTH]),
        (Certificate::Good, false, &[CA, BOTH]),
        (Certificate::WrongName, true, &[CN, BOTH]),
        (Certificate::WrongName, false, &[BOTH]),
        (Certificate::Expired, true, &[CA, BOTH]),
        (Certificate::Expired, false, &[CA, BOTH]),
        (Certificate::SelfSigned, false, &[CA, BOTH]),
        (Certificate::CommonNameOnly, false, &[BOTH]),
    ];
    for (certificate, known, passes) in matrix {
        let place = Place::with(|config: &mut Config| config.tls.certificate = certificate);
        let authority = if known {
            place.listener.authority()
        } else {
            Place::new().listener.authority().to_owned().leak()
        };
        let ca_file = place.home.write("ca.pem", authority);
        let port = place.listener.https_address().port().to_string();
        for switches in [NEITHER, CA, CN, BOTH] {
            place.session("ITTask");
            let args = [
                "-ComputerName",
                "localhost",
                "-Port",
                &port,
                "-UseSSL",
                "-Authentication",
                "Basic",
                "--ca-file",
                &ca_file,
                "-Name",
                "ITTask",
                "--output",
                "jsonl",
            ];
            let seen = Seen::of(&mut place.home.program(&[&args[..], switches].concat()));
            let passed = seen.status == 0 && !seen.stdout.is_empty();
            assert_eq!(
                passed,
                passes.contains(&switches),
                "{certificate:?}, known: {known}, {switches:?}: {seen:?}"
            );
            if !passed {
                assert!(seen.stderr.contains("12175,RemotePSSessionQueryFailed"), "{}", seen.stderr);
            }
            place.listener.with_service(|service, _| {
                let ids: Vec<_> = service.sessions().into_iter().map(|session| session.shell_id).collect();
                assert!(ids.iter().all(|id| service.remove_session(id)));
            });
        }
    }
}

#[test]
fn an_untrusted_certificate_is_refused_with_the_reason() {
    let refusal = |certificate: Certificate| {
        let place = Place::with(|config: &mut Config| config.tls.certificate = certificate);
        place.run_over(Login::Basic, &["-Name", "ITTask"])
    };
    let heading = |port: &str| {
        format!(
            "The server certificate on the destination computer (localhost:{port}) has the following errors:"
        )
    };
    let expected = query_error(
        "No TLS connection to localhost could be made: its certificate expired at 2021-01-01T00:00:00Z.",
        "12175,",
        Some(
            "if that is not so, set the clock of this computer; --pin-sha256 trusts a certificate by its fingerprint alone",
        ),
    );
    refusal(Certificate::Expired).is("", &expected, 1);
    let seen = refusal(Certificate::WrongName);
    assert!(
        seen.stderr
            .contains("common name (CN) that does not match the hostname. (Its certificate is not for this")
    );
    assert!(seen.stderr.contains("-SessionOption SkipCNCheck=true\n"));

    let place = Place::new();
    let port = place.listener.https_address().port().to_string();
    let other = place.home.write("other.pem", Place::new().listener.authority());
    let seen = Seen::of(&mut place.home.program(&[
        "-ComputerName",
        "localhost",
        "-Port",
        &port,
        "-UseSSL",
        "--ca-file",
        &other,
    ]));
    let expected = query_error(
        &format!("{} The SSL certificate is signed by an unknown certificate authority.", heading(&port)),
        "12175,",
        Some(
            "--ca-file FILE trusts the authorities in a PEM file; -SessionOption SkipCACheck=true trusts anyone",
        ),
    );
    seen.is("", &expected, 1);
}

#[test]
fn a_ca_file_must_be_one() {
    let place = Place::new();
    let empty = place.home.write("empty.pem", "no certificate here\n");
    let port = place.listener.https_address().port().to_string();
    let args = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &empty];
    let expected = error(
        &format!("The certificate authority file {empty} cannot be used: there is no PEM certificate in it."),
        "InvalidArgument: (:), ArgumentException",
        "CertificateAuthoritiesUnavailable",
        Some("--ca-file FILE names a PEM file with the authorities to trust"),
    );
    Seen::of(&mut place.home.program(&args)).is("", &expected, 1);
}

#[test]
fn without_a_user_nothing_is_contacted() {
    let place = Place::new();
    let mut command = place.command(Login::Ntlm, &["-Name", "ITTask"]);
    let no_cache = format!("FILE:{}", place.home.path().join("cache").display());
    let seen = Seen::of(command.env_remove("PSSESSION_USER").env("KRB5CCNAME", no_cache));
    // The user is the one of the ticket cache, if any; without a Kerberos library there is none.
    let no_ticket = query_error(
        "There is no Kerberos ticket.",
        "ExplicitCredentialsRequired,",
        Some("get a ticket with kinit, or name a user with -Credential"),
    );
    if !seen.stderr.contains("no Kerberos library") {
        seen.is("", &no_ticket, 1);
    }
    let mut command = place.command(Login::Basic, &["-Name", "ITTask"]);
    let seen = Seen::of(command.env_remove("PSSESSION_USER"));
    let expected = error(
        "No user was given: Basic authentication requires a user name and a password.",
        "InvalidArgument: (:), ArgumentException",
        "ExplicitCredentialsRequired",
        Some("name a user with -Credential or PSSESSION_USER"),
    );
    seen.is("", &expected, 1);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn the_readme_lists_each_mechanism_as_the_table_of_mechanisms_does() {
    let rows =
        include_str!("../README.md").lines().skip_while(|line| !line.starts_with("| -Authentication |"));
    let shown: Vec<_> = rows
        .skip(2)
        .take_while(|row| row.starts_with('|'))
        .map(|row| row.split('|').skip(1).take(3).map(str::trim).collect::<Vec<_>>())
        .collect();
    let expected: Vec<_> = SCHEMES
        .into_iter()
        .map(|scheme| {
            let names: Vec<_> = scheme.authentications().map(Authentication::name).collect();
            let names = if names.is_empty() { "-CertificateThumbprint".to_owned() } else { names.join(", ") };
            let http = match (scheme.allowed_over_plain_http, scheme.sealing) {
                (true, Some(_)) => "sealed",
                (true, None) => "yes",
                (false, _) => "refused",
            };
            vec![names, http.to_owned(), "yes".to_owned()]
        })
        .collect();
    assert_eq!(shown, expected);
}
