use super::*;
use crate::auth::test_support::{Noise, start_for_nobody};

/// The credential and the nonces of RFC 7616 3.9.1.
const MUFASA: &str = "Mufasa";
const CIRCLE_OF_LIFE: &str = "Circle of Life";
const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const SHA_256: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
    nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
const MD5: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
    nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

fn digest_of(user_name: &str, password: &str) -> Box<dyn Mechanism> {
    digest_for(Receiver::Server, "/wsman?PSVersion=7.5", user_name, password)
}

fn digest_for(
    receiver: Receiver,
    request_target: &str,
    user_name: &str,
    password: &str,
) -> Box<dyn Mechanism> {
    let credential = Credential { user_name: user_name.into(), password: Secret::new(password.into()) };
    let context = Context {
        credential: Some(&credential),
        target_name: "HTTP/server01",
        receiver,
        request_target,
        now: 0,
        random: &mut |octets| octets.fill(0xA5),
    };
    DIGEST.start(None, context).unwrap()
}

fn mufasa() -> Box<dyn Mechanism> {
    digest_of(MUFASA, CIRCLE_OF_LIFE)
}

/// A parameter of the header that a step sends.
fn sent(step: Result<Step, Error>, name: &str) -> String {
    let Ok(Step::Send(value)) = step else { panic!("{step:?}") };
    let text = value.expose_secret().strip_prefix("Digest ").unwrap().to_owned();
    parameter(&text, name).unwrap_or_else(|| panic!("{name} in {text}"))
}

/// The response of RFC 7616's example. Its method is GET, ours is always POST: so the parts are put together here.
fn published_response(challenge: &str) -> Zeroizing<String> {
    let accepted = Accepted::read(challenge).unwrap().unwrap();
    let credential = Credential { user_name: MUFASA.into(), password: Secret::new(CIRCLE_OF_LIFE.into()) };
    let ha1 = accepted.ha1(&credential, CNONCE);
    let ha2 = accepted.algorithm.hash(&["GET:", "/dir/index.html"]);
    let nonce = &accepted.nonce;
    accepted.algorithm.hash(&[&ha1, ":", nonce, ":00000001:", CNONCE, ":auth:", &ha2])
}

#[test]
fn the_published_responses_come_out() {
    // RFC 7616 3.9.1.
    assert_eq!(
        *published_response(SHA_256),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
    assert_eq!(*published_response(MD5), "8ca523f5e9506fed4657c9700eebdbec");
    // RFC 2617 3.5.
    let older = Accepted::read(
        "realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
    );
    let credential = Credential { user_name: MUFASA.into(), password: Secret::new("Circle Of Life".into()) };
    let older = older.unwrap().unwrap();
    assert_eq!(*older.ha1(&credential, ""), "939e7578ed9e3c518a452acee763bce9");
}

#[test]
fn a_session_key_is_made_of_the_first_nonces() {
    let accepted = Accepted::read("realm=r, nonce=n, qop=auth, algorithm=md5-SESS").unwrap().unwrap();
    let credential = Credential { user_name: "u".into(), password: Secret::new("p".into()) };
    let plain = accepted.algorithm.hash(&["u:r:p"]);
    assert_eq!(accepted.ha1(&credential, "c"), accepted.algorithm.hash(&[&plain, ":n:c"]));

    let mut digest = mufasa();
    let first =
        sent(digest.authorization(Some("realm=r, nonce=n, qop=auth, algorithm=MD5-sess")), "response");
    digest.accepted("nextnonce=\"m\"");
    let step = digest.authorization(None);
    let ha1 = accepted.algorithm.hash(&["Mufasa:r:Circle of Life"]);
    let cnonce = "a5".repeat(16);
    let ha1 = accepted.algorithm.hash(&[&ha1, ":n:", &cnonce]);
    let ha2 = accepted.algorithm.hash(&["POST:/wsman?PSVersion=7.5"]);
    let expected = |nonce: &str| {
        accepted.algorithm.hash(&[&ha1, ":", nonce, ":00000001:", &cnonce, ":auth:", &ha2]).to_string()
    };
    assert_eq!((first, sent(step, "response")), (expected("n"), expected("m")));
}

#[test]
fn the_server_is_asked_first_and_the_nonce_is_counted() {
    let mut digest = mufasa();
    assert_eq!(digest.authorization(None), Ok(Step::Ask));
    let Ok(Step::Send(value)) = digest.authorization(Some(SHA_256)) else { panic!() };
    let response = sent(Ok(Step::Send(value.clone())), "response");
    assert_eq!(
        value.expose_secret(),
        format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/wsman?PSVersion=7.5\", algorithm=SHA-256, \
             response=\"{response}\", qop=auth, nc=00000001, cnonce=\"{}\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            "a5".repeat(16)
        )
    );
    digest.accepted("");
    assert_eq!(sent(digest.authorization(None), "nc"), "00000002");
    digest.accepted("qop=auth, nextnonce=\"an\\\"other\"");
    let step = digest.authorization(None);
    assert_eq!((sent(step.clone(), "nonce"), sent(step, "nc")), ("an\"other".into(), "00000001".into()));
}

#[test]
fn a_proxy_is_asked_to_connect_to_a_host_and_a_port() {
    let mut digest = digest_for(Receiver::Proxy, "server01:5986", MUFASA, CIRCLE_OF_LIFE);
    let Ok(Step::Send(value)) = digest.authorization(Some("realm=r, nonce=n, qop=auth")) else { panic!() };
    let md5 = |text: &str| hex(&<Md5 as md5::Digest>::digest(text));
    let (ha1, ha2) = (md5("Mufasa:r:Circle of Life"), md5("CONNECT:server01:5986"));
    let expected = md5(&format!("{ha1}:n:00000001:{}:auth:{ha2}", "a5".repeat(16)));
    assert_eq!(sent(Ok(Step::Send(value.clone())), "response"), expected);
    assert_eq!(sent(Ok(Step::Send(value)), "uri"), "server01:5986");
}

#[test]
fn a_password_is_sent_once_and_again_only_for_a_stale_nonce() {
    let refused = Err(Error::Refused { scheme: "Digest" });
    let stale = "realm=r, nonce=n2, qop=auth, stale=TRUE";
    let mut digest = mufasa();
    assert!(digest.authorization(Some(MD5)).is_ok());
    assert_eq!(digest.authorization(Some(MD5)), refused);

    let mut digest = mufasa();
    assert!(digest.authorization(Some(MD5)).is_ok());
    assert_eq!(sent(digest.authorization(Some(stale)), "nonce"), "n2");
    assert_eq!(digest.authorization(Some(stale)), refused, "a server that finds every nonce stale");

    let mut digest = mufasa();
    assert!(digest.authorization(Some(MD5)).is_ok());
    digest.accepted("");
    assert!(digest.authorization(None).is_ok());
    assert_eq!(sent(digest.authorization(Some(stale)), "nonce"), "n2", "in the middle of a session");
}

#[test]
fn the_strongest_challenge_is_preferred_and_unsafe_ones_are_refused() {
    let digest = mufasa();
    let challenge = |algorithm: &str| format!("realm=r, nonce=n, qop=auth{algorithm}");
    let strengths = ["", ", algorithm=\"MD5\"", ", algorithm=MD5-sess", ", algorithm=SHA-256"]
        .map(|algorithm| digest.preference(&challenge(algorithm)));
    assert_eq!(strengths, [1, 1, 2, 3]);
    for text in [
        "realm=r, nonce=n",
        "realm=r, nonce=n, qop=\"auth-int\"",
        "realm=r, nonce=n, qop=auth, algorithm=SHA-512-256",
        "realm=r, nonce=n, qop=auth, algorithm=token",
    ] {
        assert_eq!(digest.preference(text), 0);
        assert_eq!(mufasa().authorization(Some(text)), Err(Error::UnsafeDigest), "{text}");
    }
    for text in ["", "realm=r", "nonce=n, qop=auth"] {
        assert_eq!(mufasa().authorization(Some(text)), Err(Error::MalformedChallenge), "{text}");
    }
}

#[test]
fn names_are_quoted_and_others_than_ascii_are_extended() {
    for (user_name, expected) in [
        ("EXAMPLE\\alice", "username=\"EXAMPLE\\\\alice\""),
        ("a \"b\", c", "username=\"a \\\"b\\\", c\""),
        // RFC 7616 3.9.2.
        ("Jäsøn Doe", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe"),
        ("a\nb", "username*=UTF-8''a%0Ab"),
    ] {
        assert_eq!(user_name_parameter(user_name), expected);
        let mut digest = digest_of(user_name, "x");
        let step = digest.authorization(Some("realm=\"a, \\\"b\\\\\", nonce=\"n\", qop=auth"));
        assert_eq!(sent(step, "realm"), "a, \"b\\");
    }
}

#[test]
fn no_challenge_makes_it_panic() {
    let mut noise = Noise::new(7);
    for _ in 0..5_000 {
        let challenge = noise.mutate(SHA_256.as_bytes());
        let Ok(challenge) = String::from_utf8(challenge) else { continue };
        let mut digest = mufasa();
        digest.preference(&challenge);
        let _ = digest.authorization(Some(&challenge));
        digest.accepted(&challenge);
    }
}

#[test]
fn without_a_credential_there_is_nothing_to_begin_with() {
    assert_eq!(start_for_nobody(&DIGEST).err(), Some(Error::CredentialRequired { scheme: "Digest" }));
}
