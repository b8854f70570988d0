//! Logging in with a client certificate: where it is found, and what servers make of it.

use crate::support::terminal::{Shown, Terminal};
use crate::support::{Home, LIST_PARAMETERS, Place, Seen, error, query_error, table};
use base64::prelude::{BASE64_STANDARD, Engine};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use pssession_listener::{ClientCertificate, Effect, Injection, Target};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::process::Command;

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// A listener that asks for certificates in the first handshake.
fn asking() -> Place {
    Place::with(|config| config.tls.asks_for_certificate = true)
}

/// The certificate's name, by another library than the program's.
fn thumbprint(certificate: &ClientCertificate) -> String {
    let der = CertificateDer::from_pem_slice(certificate.certificate.as_bytes()).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
    digest.as_ref().iter().map(|octet| format!("{octet:02X}")).collect()
}

/// A PFX file with the certificate and its key in it.
fn pfx(
    certificate: &ClientCertificate,
    password: &str,
    algorithm: EncryptionAlgorithm,
    mac: MacAlgorithm,
) -> Vec<u8> {
    let der = CertificateDer::from_pem_slice(certificate.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).unwrap();
    let key = PrivateKey::from_der(key.secret_der()).unwrap();
    let chain = PrivateKeyChain::new(vec![1], key, [Certificate::from_der(&der).unwrap()]);
    let mut store = KeyStore::new();
    store.add_entry("alice", KeyStoreEntry::PrivateKeyChain(chain));
    store.writer(password).encryption_algorithm(algorithm).mac_algorithm(mac).write().unwrap()
}

/// The program over HTTPS with a certificate and no user.
fn with_certificate(place: &Place, thumbprint: &str, more: &[&str]) -> Command {
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let args =
        ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &ca_file, "-Name", "ITTask"];
    let mut command =
        place.home.program(&[&args[..], &["-CertificateThumbprint", thumbprint], more].concat());
    command.env_remove("PSSESSION_USER").env_remove("PSSESSION_PASSWORD");
    command
}

#[test]
fn a_certificate_from_a_file_logs_in() {
    let place = asking();
    place.session("ITTask");
    let alice = place.listener.certify("alice").unwrap();
    let thumbprint = thumbprint(&alice);
    let (certificate, key) =
        (place.home.write("alice.pem", &alice.certificate), place.home.write("secret.pem", &alice.key));
    let files = ["--cert-file", &certificate, "--key-file", &key];
    Seen::of(&mut with_certificate(&place, &thumbprint, &files)).is_table(&[ROW]);
    assert!(place.listener.counters().logons["alice"] > 0);
    assert_eq!(place.listener.counters().connections, 1);
}

#[test]
fn a_store_is_searched_for_every_kind_of_file() {
    let legacy = (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1);
    let modern = (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256);
    for kind in ["pem", "crt", "pfx", "p12", "PFX without a password"] {
        let place = asking();
        place.session("ITTask");
        let alice = place.listener.certify("alice").unwrap();
        let others = place.listener.certify("bob").unwrap();
        let store = place.home.path().join("certs");
        std::fs::create_dir(&store).unwrap();
        place.home.write("certs/bob.pem", &(others.certificate + &others.key));
        place.home.write("certs/readme.txt", "nothing");
        place.home.write("certs/broken.pem", "nothing");
        place.home.write("certs/broken.pfx", "nothing");
        match kind {
            "pem" => drop(place.home.write("certs/alice.pem", &(alice.key.clone() + &alice.certificate))),
            "crt" => {
                place.home.write("certs/alice.crt", &alice.certificate);
                place.home.write("certs/alice.key", &alice.key);
            }
            "pfx" => {
                std::fs::write(store.join("alice.pfx"), pfx(&alice, "Pfx1!", modern.0, modern.1)).unwrap();
            }
            "p12" => {
                std::fs::write(store.join("alice.P12"), pfx(&alice, "Pfx1!", legacy.0, legacy.1)).unwrap();
            }
            _ => std::fs::write(store.join("alice.PFX"), pfx(&alice, "", modern.0, modern.1)).unwrap(),
        }
        // As it is copied from a viewer.
        let thumbprint: Vec<_> = thumbprint(&alice)
            .to_lowercase()
            .as_bytes()
            .chunks(2)
            .map(|two| String::from_utf8_lossy(two).into_owned())
            .collect();
        let mut command = with_certificate(&place, &thumbprint.join(" "), &[]);
        command.env("PSSESSION_CERT_STORE", &store);
        if matches!(kind, "pfx" | "p12") {
            command.env("PSSESSION_CERT_PASSWORD", "Pfx1!");
        }
        let seen = Seen::of(&mut command);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0), "{kind}");
    }
}

/// A key of PKCS #8 in SEC 1, which is what PKCS #8 has inside (RFC 5915 3, RFC 5958 2).
fn sec1(key: &str) -> String {
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    // The OCTET STRING that ends a P-256 key in PKCS #8 has a SEQUENCE in it.
    let octets = key.secret_der();
    let inner = octets.windows(2).position(|two| two == [0x04, 0x6D]).unwrap() + 2;
    let body = BASE64_STANDARD.encode(&octets[inner..]);
    format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n")
}

/// A key is known by its public half, not by its file's name.
#[test]
fn a_key_in_a_store_is_the_one_that_matches_whatever_its_file_is_called() {
    for kind in ["beside", "one file", "another certificate's file", "SEC 1", "DER", "decoy"] {
        let place = asking();
        place.session("ITTask");
        let (alice, bob) = (place.listener.certify("alice").unwrap(), place.listener.certify("bob").unwrap());
        std::fs::create_dir(place.home.path().join("certs")).unwrap();
        place.home.write("certs/all-keys.txt", &bob.key);
        place.home.write("certs/client-alice.pem", &alice.certificate);
        match kind {
            "beside" => drop(place.home.write("certs/client-alice.key.pem", &alice.key)),
            "one file" => drop(place.home.write("certs/keys", &format!("{}{}", bob.key, alice.key))),
            "another certificate's file" => {
                place.home.write("certs/bob.pem", &(bob.certificate.clone() + &bob.key + &alice.key));
            }
            "SEC 1" => drop(place.home.write("certs/x.pem", &sec1(&alice.key))),
            "DER" => {
                let key = PrivateKeyDer::from_pem_slice(alice.key.as_bytes()).unwrap();
                std::fs::write(place.home.path().join("certs/x.der"), key.secret_der()).unwrap();
            }
            _ => {
                place.home.write("certs/client-alice.key", &bob.key);
                place.home.write("certs/zzz", &alice.key);
            }
        }
        let store = place.home.path().join("certs");
        let store = ["--cert-store", store.to_str().unwrap()];
        Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &store)).is_table(&[ROW]);
        // The others' keys are of no use.
        std::fs::remove_dir_all(store[1]).unwrap();
        std::fs::create_dir(store[1]).unwrap();
        place.home.write("certs/client-alice.pem", &alice.certificate);
        place.home.write("certs/client-alice.key", &bob.key);
        let seen = Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &store));
        assert!(seen.stderr.contains("client-alice.pem has no private key."), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    }
}

#[test]
fn a_session_is_taken_up_again_with_the_certificate_it_was_connected_with() {
    let place = asking();
    let shell = place.session("ITTask");
    let alice = place.listener.certify("alice").unwrap();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let file = ["--cert-file", certificate.as_str()];
    Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &file)).is_table(&[ROW]);
    let leave = ["--as", "disconnect-pssession", "-Id", "1", file[0], file[1]];
    assert_eq!(Seen::of(&mut place.home.program(&leave)).status, 0);
    assert!(!place.is_connected(&shell));
    Seen::of(&mut place.home.program(&["-Id", "1", file[0], file[1]])).is_table(&[ROW]);
    assert!(place.is_connected(&shell));
}

#[test]
fn a_session_is_found_left_and_removed_with_the_certificate() {
    let place = asking();
    place.session("ITTask");
    let alice = place.listener.certify("alice").unwrap();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let file = ["--cert-file", certificate.as_str()];
    let ca_file = place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let thumbprint = thumbprint(&alice);
    let server = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "--ca-file", &ca_file];
    let login = ["-CertificateThumbprint", &thumbprint, "--output", "id"];
    let on_server = |cmdlet: &'static str| [&["--as", cmdlet][..], &server, &login, &file].concat();
    let without_user = |args: &[&str]| {
        let mut command = place.home.program(args);
        Seen::of(command.env_remove("PSSESSION_USER").env_remove("PSSESSION_PASSWORD"))
    };
    let found = without_user(&on_server("get-pssession"));
    assert_eq!((found.stdout.lines().count(), found.stderr.as_str(), found.status), (1, "", 0));
    without_user(&on_server("connect-pssession")).is("1\n", "", 0);
    for (cmdlet, expected) in
        [("disconnect-pssession", "1\n"), ("connect-pssession", "1\n"), ("remove-pssession", "")]
    {
        without_user(&["--as", cmdlet, "-Id", "1", "--output", "id", file[0], file[1]]).is(expected, "", 0);
    }
    assert_eq!(place.listener.sessions().len(), 0);
}

#[test]
fn a_known_session_is_not_reached_without_its_certificate() {
    let place = asking();
    place.session("ITTask");
    let alice = place.listener.certify("alice").unwrap();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let thumbprint = thumbprint(&alice);
    Seen::of(&mut with_certificate(&place, &thumbprint, &["--cert-file", &certificate])).is_table(&[ROW]);
    let leave = ["--as", "disconnect-pssession", "-Id", "1", "--cert-file", &certificate];
    assert_eq!(Seen::of(&mut place.home.program(&leave)).status, 0);
    let before = place.listener.counters().connections;
    let seen = Seen::of(&mut place.home.program(&["-Id", "1"]));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert!(
        seen.stderr.contains(&format!("No location is given for the certificate {thumbprint}.")),
        "{}",
        seen.stderr
    );
    assert_eq!(place.listener.counters().connections, before);
}

#[test]
fn the_password_of_a_file_is_asked_for_without_being_seen() {
    let place = asking();
    place.session("ITTask");
    let alice = place.listener.certify("alice").unwrap();
    let file = place.home.path().join("alice.pfx");
    let modern = (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256);
    std::fs::write(&file, pfx(&alice, "Pfx1!", modern.0, modern.1)).unwrap();
    let file = file.to_str().unwrap();
    let command = with_certificate(&place, &thumbprint(&alice), &["--cert-file", file]);
    let question = format!("Password for {file}: ");
    for (keys, stdout, status) in [("\x03", String::new(), 130), ("Pfx1!\n", table(&[ROW]), 0)] {
        let mut terminal = Terminal::start(&command, Shown::Nothing, 120);
        terminal.wait_for(&question, 1);
        assert!(!terminal.echoes());
        terminal.press(keys);
        let seen = terminal.end();
        assert_eq!(seen.screen, format!("{question}\n"));
        assert_eq!((seen.stdout, seen.stderr.as_str(), seen.status), (stdout, "", status));
    }
}

#[test]
fn a_server_that_does_not_ask_for_the_certificate_gets_a_hint_how_to() {
    let place = Place::new();
    let alice = place.listener.certify("alice").unwrap();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let seen = Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &["--cert-file", &certificate]));
    let expected = query_error(
        "The computer localhost did not request the client certificate when the connection was made.",
        "",
        Some(
            "the server has to ask in the first handshake: there, delete the listener's binding and add it again with \
             clientcertnegotiation=enable (netsh http show sslcert, netsh http add sslcert)",
        ),
    );
    seen.is("", &expected, 1);
    // Windows asks when it has read the request, in a way that is not answered, and gives up.
    place.listener.inject(Injection::new(Target::Http, Effect::DropBefore));
    let seen = Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &["--cert-file", &certificate]));
    seen.is("", &expected, 1);
}

#[test]
fn a_certificate_that_belongs_to_no_user_is_refused() {
    let place = asking();
    let alice = place.listener.certify("alice").unwrap();
    place.listener.unmap_clients();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let hint = "the server must allow certificates (Set-Item WSMan:\\localhost\\Service\\Auth\\Certificate $true), \
                trust this one's authority, and map it to a local account (New-Item WSMan:\\localhost\\ClientCertificate)";
    let seen = Seen::of(&mut with_certificate(&place, &thumbprint(&alice), &["--cert-file", &certificate]));
    seen.is("", &query_error("Access is denied.", "AccessDenied,", Some(hint)), 1);

    // Of an authority that the server does not know.
    let stranger = Place::new().listener.certify("alice").unwrap();
    let certificate = place.home.write("stranger.pem", &(stranger.certificate.clone() + &stranger.key));
    let seen =
        Seen::of(&mut with_certificate(&place, &thumbprint(&stranger), &["--cert-file", &certificate]));
    assert!(seen.stderr.contains("it does not accept the client certificate ("), "{}", seen.stderr);
    assert!(seen.stderr.contains(hint), "{}", seen.stderr);
}

#[test]
fn certificates_go_over_https_only() {
    let place = Place::new();
    let alice = place.listener.certify("alice").unwrap();
    let certificate = place.home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let port = place.listener.http_address().port().to_string();
    let thumbprint = thumbprint(&alice);
    let args = ["-ComputerName", "localhost", "-Port", &port, "-CertificateThumbprint", &thumbprint];
    let seen = Seen::of(&mut place.home.program(&[&args[..], &["--cert-file", &certificate]].concat()));
    let expected = query_error(
        "Certificate authentication is used over HTTPS only.",
        "-2144108322,",
        Some("add -UseSSL, or an https:// connection URI"),
    );
    seen.is("", &expected, 1);
    assert_eq!(place.listener.counters().connections, 0);
}

/// An error about the certificate, before any request.
fn unavailable(message: &str, hint: Option<&str>) -> String {
    error(message, "InvalidArgument: (:), ArgumentException", "ClientCertificateUnavailable", hint)
}

#[test]
fn each_fault_of_a_certificate_is_reported() {
    let place = asking();
    let (alice, bob) = (place.listener.certify("alice").unwrap(), place.listener.certify("bob").unwrap());
    let expired = place.listener.certify_expired("alice").unwrap();
    let (name, bobs) = (thumbprint(&alice), thumbprint(&bob));
    let bare = place.home.write("bare.pem", &alice.certificate);
    let swapped = place.home.write("swapped.pem", &(alice.certificate.clone() + &bob.key));
    let old = place.home.write("old.pem", &(expired.certificate.clone() + &expired.key));
    let locked = place.home.write(
        "locked.pem",
        &(alice.certificate.clone()
            + "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"),
    );
    let files = ["--cert-file", &bare, "--key-file", "nosuch.pem"];
    let expected = unavailable(
        "The key file nosuch.pem cannot be read: No such file or directory (os error 2).",
        Some("--key-file names the file with the private key"),
    );
    Seen::of(&mut with_certificate(&place, &name, &files)).is("", &expected, 1);
    let modern = (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256);
    let sealed = place.home.path().join("sealed.pfx");
    std::fs::write(&sealed, pfx(&alice, "Pfx1!", modern.0, modern.1)).unwrap();
    let sealed = sealed.to_str().unwrap();
    for (thumbprint, file, message, hint) in [
        (
            &name,
            &bare,
            format!("The certificate {name} in {bare} has no private key."),
            "name the file with the key with --key-file; in a certificate store, any file may hold the \
             key"
            .to_owned(),
        ),
        (
            &bobs,
            &bare,
            format!("The certificate {bobs} is not in {bare}."),
            format!("the certificates there: {name}"),
        ),
        (
            &name,
            &swapped,
            format!("The private key in {swapped} does not belong to the certificate."),
            "--key-file names the file with the certificate's own key".to_owned(),
        ),
        (
            &name,
            &locked,
            format!(
                "The private key in {locked} is encrypted; this program reads encrypted keys from PFX files only."
            ),
            "convert it to PFX: openssl pkcs12 -export -in CERT -inkey KEY -out FILE.pfx".to_owned(),
        ),
        (
            &thumbprint(&expired),
            &old,
            format!("The certificate {} expired at 2021-01-01T00:00:00Z.", thumbprint(&expired)),
            "-CertificateThumbprint names another certificate, which the server has to map to the account"
                .to_owned(),
        ),
        (
            &name,
            &sealed.to_owned(),
            format!("The certificate {name} is not in {sealed}."),
            format!(
                "{sealed} cannot be opened: it needs a password; without a terminal, set PSSESSION_CERT_PASSWORD"
            ),
        ),
    ] {
        let seen = Seen::of(&mut with_certificate(&place, thumbprint, &["--cert-file", file]));
        seen.is("", &unavailable(&message, Some(&hint)), 1);
    }
    let mut command = with_certificate(&place, &name, &["--cert-file", sealed]);
    let hint = format!("{sealed} cannot be opened: the password in PSSESSION_CERT_PASSWORD is wrong");
    let expected = unavailable(&format!("The certificate {name} is not in {sealed}."), Some(&hint));
    Seen::of(command.env("PSSESSION_CERT_PASSWORD", "wrong")).is("", &expected, 1);
    let expected = unavailable(
        &format!("No location is given for the certificate {name}."),
        Some("give its location with --cert-file FILE, --cert-store DIR or PSSESSION_CERT_STORE"),
    );
    Seen::of(&mut with_certificate(&place, &name, &[])).is("", &expected, 1);
    let expected = unavailable(
        "The certificate store nosuch cannot be read: No such file or directory (os error 2).",
        Some("--cert-store or PSSESSION_CERT_STORE names the directory"),
    );
    Seen::of(&mut with_certificate(&place, &name, &["--cert-store", "nosuch"])).is("", &expected, 1);
    let seen = Seen::of(&mut with_certificate(&place, "12AB", &["--cert-file", &bare]));
    let expected = error(
        "Cannot bind parameter 'CertificateThumbprint': \"12AB\" is not a thumbprint, which has 40 hexadecimal digits.",
        "InvalidArgument: (:), ParameterBindingException",
        "InvalidCertificateThumbprint",
        Some("openssl x509 -in FILE -noout -fingerprint -sha1 shows a certificate's thumbprint"),
    );
    seen.is("", &expected, 2);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_certificates_file_alone_does_not_choose_it() {
    let home = Home::new();
    let place = asking();
    let alice = place.listener.certify("alice").unwrap();
    let certificate = home.write("alice.pem", &(alice.certificate.clone() + &alice.key));
    let seen = Seen::of(&mut home.program(&["server01", "-UseSSL", "--cert-file", &certificate]));
    let expected = error(
        "The option '--cert-file' requires the parameter -CertificateThumbprint.",
        "InvalidArgument: (:), ParameterBindingException",
        "CertificateNotChosen",
        Some(&format!("-CertificateThumbprint {}", thumbprint(&alice))),
    );
    seen.is("", &expected, 2);
    let seen = Seen::of(&mut home.program(&["server01", "--key-file", &certificate]));
    let expected = error(
        "The option '--key-file' requires the option '--cert-file'.",
        "InvalidArgument: (:), ParameterBindingException",
        "OptionNeedsAnother",
        Some(LIST_PARAMETERS),
    );
    seen.is("", &expected, 2);
}
