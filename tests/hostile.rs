//! Servers that mean harm, or do not know better: what they send is bounded, and costs no more than it is long.

use crate::support::{Home, Login, Place, Seen, query_error};
use pssession_listener::{DigestPolicy, Effect, Injection, Target, Verb};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A service that answers each request so, by its number from 1, and the heads of the requests so far.
fn service(answer: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (answer, heads) = (Arc::new(answer), Arc::<Mutex<Vec<String>>>::default());
    let seen = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), answer, seen) = (stream, answer.clone(), seen.clone()) else { return };
            thread::spawn(move || -> std::io::Result<()> {
                let mut reader = BufReader::new(stream.try_clone()?);
                loop {
                    let (mut head, mut length) = (String::new(), 0);
                    while !head.ends_with("\r\n\r\n") {
                        let line = head.len();
                        if reader.read_line(&mut head)? == 0 {
                            return Ok(());
                        }
                        let line = head[line..].to_ascii_lowercase();
                        let announced = line.strip_prefix("content-length:");
                        length = announced.map_or(length, |number| number.trim().parse().unwrap());
                    }
                    reader.read_exact(&mut vec![0; length])?;
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(head);
                        seen.len()
                    };
                    stream.write_all(&answer(number))?;
                }
            });
        }
    });
    (port, heads)
}

/// What the program says of a service that refuses with these header lines.
pub fn refused_with(headers: &str) -> Seen {
    let answer = format!("HTTP/1.1 401 Unauthorized\r\n{headers}Content-Length: 0\r\n\r\n");
    let (port, _) = service(move |_| answer.clone().into_bytes());
    Seen::of(&mut Home::new().cmdlet("Get-PSSession", &["-ComputerName", "localhost", "-Port", &port]))
}

fn as_get(text: String) -> String {
    text.replace("Connect-PSSession", "Get-PSSession").replace("ConnectPSSession", "GetPSSession")
}

const NOTHING_TO_USE: &str = "no password was sent; on the server, winrm get winrm/config/service shows what it allows (Auth, AllowUnencrypted)";

#[test]
fn a_head_of_blanks_is_refused_by_its_size_and_a_smaller_one_read_in_one_go() {
    let blanks =
        |count| format!("WWW-Authenticate: Negotiate {}a=1{}\r\n", " ".repeat(count), ", b=2".repeat(1_000));
    let message = "The computer localhost sent an answer with a head of more than 65536 bytes.";
    let hint = "another service, or a gateway in front of the server, answers there: -Port, -ApplicationName";
    let too_large = as_get(query_error(message, "", Some(hint)));
    refused_with(&blanks(300_000)).is("", &too_large, 1);
    refused_with(&blanks(3_000_000)).is("", &too_large, 1);
    refused_with(&"X: y\r\n".repeat(200)).is("", &too_large, 1);
    let malformed = as_get(query_error(
        "The server's token is not base64.",
        "-2144108387,",
        Some("-Authentication selects another login"),
    ));
    refused_with(&blanks(59_000)).is("", &malformed, 1);
}

#[test]
fn an_error_names_no_more_of_the_offered_schemes_than_a_person_reads() {
    let schemes: Vec<String> = (0..8_000).map(|number| format!("s{number}")).collect();
    let seen = refused_with(&format!("WWW-Authenticate: {}\r\n", schemes.join(",")));
    let message = format!(
        "The server does not offer Negotiate authentication; it offers {}.",
        schemes[..32].join(", ")
    );
    seen.is("", &as_get(query_error(&message, "", Some("-Authentication names the mechanism"))), 1);
    let seen = refused_with(&format!("WWW-Authenticate: {}\r\n", "s".repeat(60_000)));
    assert!(seen.stderr.contains("sss….") && seen.stderr.len() < 2_000, "{seen:?}");
}

#[test]
fn a_password_that_was_not_sent_is_not_blamed() {
    for (headers, offered) in [
        ("", "nothing"),
        ("WWW-Authenticate: Negotiate\r\n", "Negotiate"),
        ("WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Kerberos\r\n", "Negotiate, Kerberos"),
    ] {
        let message = format!(
            "The server offers no authentication that can be used: NTLM in Negotiate was tried; the server offers \
             {offered}."
        );
        refused_with(headers).is("", &as_get(query_error(&message, "", Some(NOTHING_TO_USE))), 1);
    }
}

/// A listener of a session of alice's.
fn place() -> Place {
    let place = Place::new();
    place.session("ITTask");
    place
}

fn get(place: &Place, way: Login, more: &[&str]) -> Seen {
    let to = place.to(way);
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    place.run_as("Get-PSSession", &[&to[..], more].concat())
}

#[test]
fn a_login_that_a_service_never_answers_times_out_and_the_error_says_so() {
    let timed_out = |scheme: &str| {
        let message = format!(
            "The computer localhost did not answer the {scheme} login within 1 seconds; no request was sent yet."
        );
        let hint = "a firewall may be in the way, or the port or scheme wrong; -Authentication selects another login, and \
                    --timeout SECONDS waits longer or shorter";
        as_get(query_error(&message, "WinRMOperationTimeout,", Some(hint)))
    };
    let (port, heads) = service(|_| Vec::new());
    let args = ["-ComputerName", "localhost", "-Port", &port, "--timeout", "1"];
    let seen = Seen::of(&mut Home::new().cmdlet("Get-PSSession", &args));
    seen.is("", &timed_out("Negotiate"), 1);
    assert_eq!(heads.lock().unwrap().len(), 1);

    let place = Place::with(|config| config.login.digest = Some(DigestPolicy::default()));
    for leg in 0..2 {
        place.listener.inject(Injection::new(Target::Http, Effect::Never).after(leg));
        let ca_file = place.home.write("ca.pem", place.listener.authority());
        let port = place.listener.https_address().port().to_string();
        let to = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &ca_file];
        let more = ["--timeout", "1", "-Authentication", ["Digest", "Negotiate"][leg]];
        let seen = place.run_as("Get-PSSession", &[&to[..], &more].concat());
        match leg {
            0 => seen.is("", &timed_out("Digest"), 1),
            // The second leg of NTLM has the request in it.
            _ => assert!(seen.stderr.contains("localhost did not answer within 1 seconds."), "{seen:?}"),
        }
    }
}

#[test]
fn a_chain_of_redirections_is_followed_for_the_time_of_one_operation() {
    let (port, _) = service(|number| {
        thread::sleep(Duration::from_millis(300));
        format!("HTTP/1.1 307 Elsewhere\r\nLocation: /{number}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    let uri = format!("http://localhost:{port}/wsman");
    let more = ["-AllowRedirection", "-SessionOption", "MaximumRedirection=50", "--timeout", "1"];
    let seen =
        Seen::of(&mut Home::new().cmdlet("Get-PSSession", &[&["-ConnectionUri", &uri][..], &more].concat()));
    assert!(
        seen.stderr.contains("The service was still redirecting the connection after 1 seconds."),
        "{seen:?}"
    );
    assert_eq!(seen.status, 1);
}

#[test]
fn an_unsealed_page_on_a_sealed_connection_is_not_quoted() {
    let page = "<h1>Call 555-0100 and give your password</h1>";
    let status = |status| Injection::new(Target::Soap, Effect::Status(status, Some(page.into()))).times(9);
    for number in [403, 404, 500, 502] {
        let place = place();
        place.listener.inject(status(number));
        let seen = get(&place, Login::Ntlm, &[]);
        assert!(seen.stderr.contains(&format!("The computer localhost answered HTTP {number}.")), "{seen:?}");
        // Over TLS it is the server that said so.
        place.listener.inject(status(number));
        let seen = get(&place, Login::Basic, &[]);
        assert!(seen.stderr.contains(&format!("answered HTTP {number}: {page}.")), "{seen:?}");
    }
}

#[test]
fn a_sealed_answer_may_have_an_epilogue() {
    for epilogue in ["\r\n", "\r\n\r\n", "an epilogue\r\n"] {
        let place = place();
        place.listener.inject(Injection::new(Target::Soap, Effect::Epilogue(epilogue)).times(2));
        place.run(&["-Name", "ITTask"]).is_table(&[
            "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available",
        ]);
    }
}

pub const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
const CIM: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Shell";

/// A session in a list.
pub fn item(namespace: &str, name: &str, more: &str) -> String {
    format!(
        "<i:Shell xmlns:i=\"{namespace}\"><i:ShellId>11111111-0000-0000-0000-{:012}</i:ShellId><i:Name>{name}</i:Name>\
         <i:ResourceUri>http://schemas.microsoft.com/powershell/Microsoft.PowerShell</i:ResourceUri>{more}\
         <i:State>Disconnected</i:State></i:Shell>",
        name.len()
    )
}

/// The answer to an Enumerate, or to a Pull, with these items and as much as follows them.
fn page(verb: Verb, items: &str, next: &str) -> Effect {
    let (response, prefix) = match verb {
        Verb::Pull => ("PullResponse", 'n'),
        _ => ("EnumerateResponse", 'w'),
    };
    Effect::Body(format!("<n:{response}>{next}<{prefix}:Items>{items}</{prefix}:Items></n:{response}>"))
}

const END: &str = "<n:EndOfSequence/>";
const MORE: &str = "<n:EnumerationContext>uuid:7</n:EnumerationContext>";

/// A service that lists this, once.
pub fn listing_place(items: &str) -> Place {
    let place = Place::new();
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), page(Verb::Enumerate, items, END)));
    place
}

/// What is listed, by a service that lists this.
fn listing(items: &str, more: &[&str]) -> (Seen, Vec<String>) {
    let place = listing_place(items);
    let seen = get(&place, Login::Ntlm, &[&["--output", "jsonl"], more].concat());
    let name = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["Name"].as_str().unwrap().to_owned()
    };
    let names = seen.stdout.lines().map(name).collect();
    (seen, names)
}

#[test]
fn sessions_are_listed_whatever_their_namespace_and_whatever_they_lack() {
    let nil = "<i:IdleTimeOut xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>";
    let odd = "<i:IdleTimeOut>a while</i:IdleTimeOut><i:MaxIdleTimeOut/><i:ShellInactivity>-PT1S</i:ShellInactivity>\
               <i:BufferMode>Maybe</i:BufferMode>";
    let items = [item(SHELL, "a", ""), item(CIM, "bc", nil), item("urn:x", "def", odd)].concat();
    let (seen, names) = listing(&items, &["-Verbose"]);
    assert_eq!((names, seen.status), (vec!["a".to_owned(), "bc".into(), "def".into()], 0), "{seen:?}");
    assert!(!seen.stderr.contains("left out"), "{seen:?}");
}

#[test]
fn items_that_cannot_be_read_are_counted_and_the_others_listed() {
    let items = [
        &item(SHELL, "a", "").replace("State>", "Condition>"),
        "<i:Thing xmlns:i=\"urn:x\"/>",
        &item(SHELL, "bc", ""),
        // A shell of another kind is no session, and needs no word.
        &item(SHELL, "def", "").replace("powershell/Microsoft.PowerShell", "wbem/wsman/1/windows/shell/cmd"),
    ];
    let (seen, names) = listing(&items.concat(), &["-Verbose"]);
    assert_eq!((names, seen.status), (vec!["bc".to_owned()], 0), "{seen:?}");
    assert!(
        seen.stderr.contains("2 items in the list from localhost cannot be read and are left out."),
        "{seen:?}"
    );
}

#[test]
fn a_very_long_name_is_cut_where_it_is_shown() {
    let (seen, names) = listing(&item(SHELL, &"n".repeat(30_000), ""), &[]);
    assert_eq!((names, seen.status), (vec![format!("{}…", "n".repeat(1024))], 0));
}

#[test]
fn a_fault_that_says_too_much_is_cut() {
    for text in ["x".repeat(1 << 20), "é".repeat(1 << 19), "a ".repeat(1 << 19)] {
        let place = place();
        let fault = Effect::Fault(5, Some(text));
        place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), fault));
        let seen = get(&place, Login::Ntlm, &[]);
        assert!(seen.stderr.contains('…') && seen.stderr.len() < 4096, "{}", seen.stderr.len());
    }
}

/// What the program says of a list of which each page is like this.
fn pages(way: Login, items: &str, more: &[&str]) -> Seen {
    let place = Place::new();
    for verb in [Verb::Enumerate, Verb::Pull] {
        place.listener.inject(Injection::new(Target::Verb(verb), page(verb, items, MORE)).times(100_000));
    }
    get(&place, way, more)
}

#[test]
fn a_list_without_end_is_given_up_and_the_reason_said() {
    let given_up = |reason: &str| as_get(query_error(reason, "", None));
    pages(Login::Ntlm, "", &[]).is(
        "",
        &given_up("The service's list did not end: it had more than 100 empty pages in a row."),
        1,
    );
    pages(Login::Ntlm, &"<a/>".repeat(10_000), &[]).is(
        "",
        &given_up("The service lists more than 50000 items."),
        1,
    );
    pages(Login::Ntlm, &"<a/>".repeat(60_000), &[]).is(
        "",
        &given_up("The service lists more than 50000 items."),
        1,
    );
    let large = format!("<a>{}</a>", " ".repeat(4_000_000));
    pages(Login::Basic, &large, &[]).is("", &given_up("The service's list is larger than 64 MiB."), 1);
}

#[test]
fn a_list_that_is_slow_to_end_is_given_up_with_the_time_of_one_operation() {
    let place = Place::new();
    for verb in [Verb::Enumerate, Verb::Pull] {
        let page = page(verb, "<a/>", MORE);
        place.listener.inject(Injection::new(Target::Verb(verb), page).times(100_000));
    }
    let seen = get(&place, Login::Ntlm, &["--timeout", "1"]);
    let message = "The service's list did not end within 1 seconds.";
    let ended_by_time = as_get(query_error(message, "", Some("--timeout SECONDS waits longer or shorter")));
    let ended_by_items = as_get(query_error("The service lists more than 50000 items.", "", None));
    assert!([ended_by_time, ended_by_items].contains(&seen.stderr), "{seen:?}");
}

/// Each would take minutes if an item cost as much as what follows it.
#[test]
fn a_list_that_is_made_to_be_costly_is_read_in_one_go() {
    let listed = |item: &str| {
        let items = item.repeat((3 << 20) / item.len());
        listing(&items, &["-Name", "nothing-like-it"]).0
    };
    for item in [
        "<s><Shell><Name>x</Name></Shell ></s>",
        "<Shell><Name>x</Name>                                                                       </Shell\n>",
        "<Shell><Name>x</Name><Shell/></Shell >",
        "<Shell><Name>x</Name><![CDATA[</Shell>]]></Shell >                                                 ",
        "<Shell><Name>x</Name><!-- </Shell> --></Shell                                                    >",
    ] {
        let seen = listed(item);
        assert!(seen.stdout.is_empty() && seen.status == 1, "{seen:?}");
    }
}
