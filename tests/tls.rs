//! TLS beyond authorities and names: pinned certificates, dates, and logins bound to the channel.

use crate::support::proxy::Proxy;
use crate::support::{Home, Place, Seen, error, query_error};
use base64::prelude::{BASE64_STANDARD, Engine};
use pssession_listener::{Certificate, ChannelBinding, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::Command;

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// The program over HTTPS with Negotiate, without a trusted authority yet.
fn over_https(place: &Place, more: &[&str]) -> Command {
    let port = place.listener.https_address().port().to_string();
    let args = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "-Name", "ITTask"];
    place.home.program(&[&args[..], more].concat())
}

/// The SHA-256 fingerprint that the program shows of the server's certificate.
fn fingerprint(place: &Place) -> String {
    let seen = Seen::of(&mut over_https(place, &["--pin-sha256", &"00".repeat(32)]));
    let (_, expected) = seen.stderr.split_once("not the pinned one; its SHA-256 fingerprint is ").unwrap();
    expected.split_once('.').unwrap().0.to_owned()
}

#[test]
fn a_pinned_certificate_is_trusted_whatever_its_issuer() {
    for certificate in [Certificate::Good, Certificate::SelfSigned, Certificate::Expired] {
        let place = Place::with(|config| config.tls.certificate = certificate);
        place.session("ITTask");
        let pin = fingerprint(&place);
        Seen::of(&mut over_https(&place, &["--pin-sha256", &pin])).is_table(&[ROW]);
    }
}

#[test]
fn a_pin_may_be_hexadecimal_with_colons_or_base64() {
    let place = Place::new();
    place.session("ITTask");
    let pin = fingerprint(&place);
    let octets: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&pin[2 * at..2 * at + 2], 16).unwrap()).collect();
    let colons: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let another = format!("{},{pin}", "11".repeat(32));
    for pin in [&colons.join(":"), &BASE64_STANDARD.encode(octets), &another] {
        let seen = Seen::of(&mut over_https(&place, &["--pin-sha256", pin, "-WhatIf"]));
        assert_eq!(seen.status, 0, "{pin}: {seen:?}");
    }
}

/// As `openssl x509 -fingerprint -sha256` prints it, and as curl's --pinnedpubkey takes it.
#[test]
fn a_pin_may_be_what_openssl_prints_or_what_curl_takes() {
    let place = Place::new();
    place.session("ITTask");
    let certificate = CertificateDer::from_pem_slice(place.listener.certificate().as_bytes()).unwrap();
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).unwrap();
    let hash = |octets: &[u8]| ring::digest::digest(&ring::digest::SHA256, octets);
    let digits: Vec<_> = hash(&certificate).as_ref().iter().map(|octet| format!("{octet:02X}")).collect();
    let openssl = format!("sha256 Fingerprint={}", digits.join(":"));
    let key = format!("sha256//{}", BASE64_STANDARD.encode(hash(parsed.tbs_certificate.subject_pki.raw)));
    let another = format!("sha256//{};{key}", BASE64_STANDARD.encode([0; 32]));
    for pin in [&openssl, &key, &another] {
        let seen = Seen::of(&mut over_https(&place, &["--pin-sha256", pin, "-WhatIf"]));
        assert_eq!(seen.status, 0, "{pin}: {seen:?}");
    }
    // A key's hash is no certificate's.
    let wrong = format!("sha256//{}", BASE64_STANDARD.encode(hash(&certificate)));
    let seen = Seen::of(&mut over_https(&place, &["--pin-sha256", &wrong, "-WhatIf"]));
    assert!(seen.stderr.contains("its certificate is not the pinned one"), "{seen:?}");
    // It is remembered with the session.
    Seen::of(&mut over_https(&place, &["--pin-sha256", &key])).is_table(&[ROW]);
    Seen::of(&mut place.home.program(&["-Id", "1"])).is_table(&[ROW]);
}

#[test]
fn a_certificate_that_is_itself_in_the_ca_file_is_trusted() {
    for certificate in [Certificate::Good, Certificate::SelfSigned, Certificate::SelfSignedAuthority] {
        let place = Place::with(|config| config.tls.certificate = certificate);
        place.session("ITTask");
        let ca_file = place.home.write("ca.pem", place.listener.certificate());
        Seen::of(&mut over_https(&place, &["--ca-file", &ca_file])).is_table(&[ROW]);
    }
    // Its name and its dates still count.
    for (certificate, why) in
        [(Certificate::WrongName, "elsewhere.example"), (Certificate::Expired, "expired at")]
    {
        let place = Place::with(|config| config.tls.certificate = certificate);
        let ca_file = place.home.write("ca.pem", place.listener.certificate());
        let seen = Seen::of(&mut over_https(&place, &["--ca-file", &ca_file]));
        assert!(seen.stderr.contains(why), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    }
}

#[test]
fn an_authoritys_certificate_that_is_not_trusted_is_called_one_and_its_pin_offered() {
    let place = Place::with(|config| config.tls.certificate = Certificate::SelfSignedAuthority);
    place.session("ITTask");
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let pin = fingerprint(&place);
    let expected = query_error(
        &format!(
            "No TLS connection to localhost could be made: its certificate is for a certificate authority, not for a \
             server; its SHA-256 fingerprint is {pin}."
        ),
        "12175,",
        Some(&format!(
            "if that is the server's fingerprint, --pin-sha256 {pin} trusts this certificate; so does --ca-file with the \
             certificate itself in the file"
        )),
    );
    Seen::of(&mut over_https(&place, &["--ca-file", &ca_file])).is("", &expected, 1);
    Seen::of(&mut over_https(&place, &["--pin-sha256", &pin])).is_table(&[ROW]);
}

#[test]
fn another_certificate_than_the_pinned_is_refused_and_its_fingerprint_shown() {
    let place = Place::new();
    place.session("ITTask");
    // The authority is known, and yet does not count.
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let pin = "AB".repeat(32);
    let seen = Seen::of(&mut over_https(&place, &["--ca-file", &ca_file, "--pin-sha256", &pin]));
    let expected = query_error(
        &format!(
            "No TLS connection to localhost could be made: its certificate is not the pinned one; its SHA-256 \
             fingerprint is {}.",
            fingerprint(&place)
        ),
        "12175,",
        Some(
            "if the server has a new certificate, compare the fingerprint there before you pin it: Get-ChildItem \
             WSMan:\\localhost\\Listener names the certificate",
        ),
    );
    seen.is("", &expected, 1);
}

#[test]
fn a_pinned_certificate_must_still_be_for_the_name() {
    let place = Place::with(|config| config.tls.certificate = Certificate::WrongName);
    place.session("ITTask");
    let pin = fingerprint(&place);
    let seen = Seen::of(&mut over_https(&place, &["--pin-sha256", &pin]));
    assert!(seen.stderr.contains("but for elsewhere.example"), "{}", seen.stderr);
    let skip = ["--pin-sha256", &pin, "-SessionOption", "SkipCNCheck=true"];
    Seen::of(&mut over_https(&place, &skip)).is_table(&[ROW]);
}

#[test]
fn a_pin_is_remembered_with_the_session() {
    let place = Place::with(|config| config.tls.certificate = Certificate::SelfSigned);
    let shell = place.session("ITTask");
    let pin = fingerprint(&place);
    Seen::of(&mut over_https(&place, &["--pin-sha256", &pin])).is_table(&[ROW]);
    // The session is taken away and left again; a later command knows how its server is trusted.
    place.listener.with_service(|service, now| assert!(service.force_disconnect(now, &shell)));
    Seen::of(&mut place.home.program(&["-Id", "1"])).is_table(&[ROW]);
}

#[test]
fn a_pin_that_is_none_is_refused() {
    let expected = error(
        "Cannot bind parameter '--pin-sha256': \"1234\" is not a SHA-256 fingerprint: 64 hexadecimal digits of a \
         certificate, or sha256//BASE64 of a public key.",
        "InvalidArgument: (:), ParameterBindingException",
        "CannotConvertArgumentNoMessage",
        Some("openssl x509 -in FILE -noout -fingerprint -sha256 shows a certificate's fingerprint"),
    );
    let home = Home::new();
    Seen::of(&mut home.program(&["server01", "--pin-sha256", "1234"])).is("", &expected, 2);
}

#[test]
fn a_certificate_that_is_not_valid_yet_says_from_when() {
    let place = Place::with(|config| config.tls.certificate = Certificate::NotValidYet);
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let expected = query_error(
        "No TLS connection to localhost could be made: its certificate is not valid yet; it is valid from \
         2100-01-01T00:00:00Z.",
        "12175,",
        Some(
            "if that is not so, set the clock of this computer; --pin-sha256 trusts a certificate by its fingerprint alone",
        ),
    );
    Seen::of(&mut over_https(&place, &["--ca-file", &ca_file])).is("", &expected, 1);
}

#[test]
fn a_certificate_without_alternative_names_says_that_it_has_none() {
    let place = Place::with(|config| config.tls.certificate = Certificate::CommonNameOnly);
    let seen = Seen::of(&mut over_https(&place, &["-SessionOption", "SkipCACheck=true"]));
    let expected =
        "Its certificate is not for this name, but for no name at all (it has no subject alternative name).";
    assert!(seen.stderr.contains(expected), "{}", seen.stderr);
}

/// A server of our own TLS library with other cipher suites than the program has.
#[test]
fn a_server_with_old_cipher_suites_only_is_reported() {
    let port = serve_without_a_common_suite();
    let home = Home::new();
    let args =
        ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "-SessionOption", "SkipCACheck=true"];
    let expected = query_error(
        "No TLS connection to localhost could be made: it offers no cipher suite or version of TLS that this \
         program supports.",
        "12175,",
        Some(
            "Windows Server 2012 R2 and older may offer only CBC or RSA key exchange, which this program does not have; \
             HTTP with Negotiate is encrypted too",
        ),
    );
    Seen::of(&mut home.program(&args)).is("", &expected, 1);
}

/// What such a server answers to a ClientHello: a fatal alert, handshake_failure.
fn serve_without_a_common_suite() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
        }
    });
    port
}

fn strict(config: &mut Config) {
    config.login.channel_binding = ChannelBinding::Strict;
}

#[test]
fn logins_are_bound_by_the_hash_the_certificate_is_signed_with() {
    for sha384 in [false, true] {
        let place = Place::with(|config| {
            strict(config);
            config.tls.sha384 = sha384;
        });
        place.session("ITTask");
        let ca_file = place.home.write("ca.pem", place.listener.authority());
        Seen::of(&mut over_https(&place, &["--ca-file", &ca_file])).is_table(&[ROW]);
    }
}

#[test]
fn without_channel_binding_a_strict_service_refuses_and_a_warning_is_given() {
    const WARNING: &str = "WARNING: --no-channel-binding: logins are not bound to their TLS channel, so anyone who \
                           impersonates the server can relay them.\n";
    let place = Place::with(strict);
    place.session("ITTask");
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let args = ["--ca-file", &ca_file, "--no-channel-binding"];
    let seen = Seen::of(&mut over_https(&place, &args));
    assert!(seen.stderr.starts_with(WARNING) && seen.stderr.contains("Access is denied."), "{}", seen.stderr);
    assert_eq!(place.listener.refusals().last().unwrap().why, "the client sends no channel bindings");

    let place = Place::with(|config| config.login.channel_binding = ChannelBinding::Relaxed);
    place.session("ITTask");
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let args = ["--ca-file", &ca_file, "--no-channel-binding"];
    let seen = Seen::of(&mut over_https(&place, &args));
    assert_eq!((seen.stderr.as_str(), seen.status), (WARNING, 0));
}

#[test]
fn logins_are_bound_to_the_servers_certificate_through_a_proxy() {
    let place = Place::with(|config| {
        strict(config);
        config.tls.sha384 = true;
        config.tls.names.push("server01".into());
    });
    place.session("ITTask");
    let proxy = Proxy::open();
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let to = ["-ComputerName", "server01", "-Port", &port, "-UseSSL", "--ca-file", &ca_file];
    let mut command = place.home.program(&[&to[..], &["-Name", "ITTask"]].concat());
    Seen::of(command.env("HTTPS_PROXY", proxy.url())).is_table(&[&ROW.replace("localhost", "server01 ")]);
    assert_eq!(proxy.counts(), (1, 1));
}
