use super::*;
use crate::auth::test_support::Noise;
use crate::auth::{BASIC, CREDSSP, NEGOTIATE, Scheme, Sealed, Step};

const NEGOTIATE_TYPE: &str = "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";\
                              boundary=\"Encrypted Boundary\"";
const SOAP: &str = "application/soap+xml;charset=UTF-8";
const LIMIT: usize = 1 << 20;

/// Seals by flipping every bit; its signature is `sig` and the number of the message.
struct Flip {
    scheme: &'static Scheme,
    sealed: u8,
    unsealed: u8,
}

impl Flip {
    fn new(scheme: &'static Scheme) -> Flip {
        Flip { scheme, sealed: 0, unsealed: 0 }
    }
}

impl Mechanism for Flip {
    fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    fn authorization(&mut self, _: Option<&str>) -> Result<Step, Error> {
        Ok(Step::Established)
    }

    fn can_seal(&self) -> bool {
        true
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        self.sealed += 1;
        Ok(Sealed {
            signature: vec![b's', b'i', b'g', self.sealed],
            ciphertext: plaintext.iter().map(|octet| !octet).collect(),
        })
    }

    fn unseal(&mut self, signature: &[u8], mut ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.unsealed += 1;
        if signature != [b's', b'i', b'g', self.unsealed] {
            return Err(Error::BadSignature);
        }
        ciphertext.iter_mut().for_each(|octet| *octet = !*octet);
        Ok(ciphertext)
    }
}

fn seal(scheme: &'static Scheme, soap: &[u8]) -> SealedBody {
    seal_body(&mut Flip::new(scheme), SOAP, soap).unwrap()
}

fn unseal(content_type: &str, body: &[u8]) -> Result<Vec<u8>, Error> {
    unseal_body(&mut Flip::new(&NEGOTIATE), content_type, body.to_vec(), LIMIT)
}

/// Unseals, and sees that the cipher stream was not touched when it fails.
fn fault(body: &[u8]) -> Option<Error> {
    let mut mechanism = Flip::new(&NEGOTIATE);
    let error = unseal_body(&mut mechanism, NEGOTIATE_TYPE, body.to_vec(), LIMIT).err();
    assert!(error.is_none() || mechanism.unsealed == 0, "{error:?}");
    error
}

fn replace(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = body.windows(from.len()).position(|octets| octets == from.as_bytes()).unwrap();
    [&body[..at], to.as_bytes(), &body[at + from.len()..]].concat()
}

#[test]
fn a_sealed_body_looks_as_ms_wsmv_2_2_9_1_has_it() {
    let sealed = seal(&NEGOTIATE, b"<s/>");
    assert_eq!(sealed.content_type, NEGOTIATE_TYPE);
    let expected = b"--Encrypted Boundary\r\n\
        \tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n\
        \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n\
        --Encrypted Boundary\r\n\
        \tContent-Type: application/octet-stream\r\n\
        \x04\0\0\0sig\x01\xC3\x8C\xD0\xC1--Encrypted Boundary--\r\n";
    assert_eq!(sealed.body, expected);
    assert_eq!(unseal(NEGOTIATE_TYPE, expected), Ok(b"<s/>".to_vec()));
}

#[test]
fn bodies_of_all_sizes_come_back() {
    for size in [0, 1, 1023, 1024, 1025, 16_384, 16_385, 200_000] {
        let soap = Noise::new(3).octets(size);
        for scheme in [&NEGOTIATE, &CREDSSP] {
            let SealedBody { content_type, body } = seal(scheme, &soap);
            let unsealed = unseal_body(&mut Flip::new(scheme), &content_type, body, LIMIT);
            assert_eq!(unsealed, Ok(soap.clone()), "{} {size}", scheme.name);
        }
    }
}

#[test]
fn credssp_cuts_at_16384_octets_and_says_so() {
    let small = seal(&CREDSSP, &[0; 16_384]);
    assert!(small.content_type.starts_with("multipart/encrypted;"));
    let large = seal(&CREDSSP, &[0; 40_000]);
    assert!(large.content_type.starts_with("multipart/x-multi-encrypted;"));
    let lengths: Vec<_> = String::from_utf8_lossy(&large.body)
        .split(";Length=")
        .skip(1)
        .map(|rest| rest.split("\r\n").next().map(str::to_owned))
        .collect();
    assert_eq!(lengths, ["16384", "16384", "7232"].map(|length| Some(length.to_owned())));
    assert_eq!(large.body.windows(4).filter(|octets| octets == b"y--\r").count(), 1, "one closing boundary");
}

#[test]
fn a_closing_boundary_after_each_chunk_is_accepted() {
    let SealedBody { content_type, body } = seal(&CREDSSP, &[7; 20_000]);
    let at = body.windows(2).rposition(|octets| octets == b"\tO").unwrap();
    let at = body[..at].windows(4).rposition(|octets| octets == b"--En").unwrap();
    let twice = [&body[..at], b"--Encrypted Boundary--\r\n", &body[at..]].concat();
    let unsealed = unseal_body(&mut Flip::new(&CREDSSP), &content_type, twice, LIMIT);
    assert_eq!(unsealed, Ok(vec![7; 20_000]));
}

#[test]
fn an_epilogue_after_the_closing_boundary_is_accepted() {
    for scheme in [&NEGOTIATE, &CREDSSP] {
        let SealedBody { content_type, body } = seal(scheme, &[7; 20_000]);
        for epilogue in
            ["", "\r\n", "\r\n\r\n", " ", "\n", "what MIME puts here\r\n", "-", &"\r\n".repeat(100_000)]
        {
            let body = [&body[..], epilogue.as_bytes()].concat();
            let unsealed = unseal_body(&mut Flip::new(scheme), &content_type, body, LIMIT);
            assert_eq!(unsealed, Ok(vec![7; 20_000]), "{epilogue:.10}");
        }
        for cut in [
            "--",
            "--Encrypted",
            "--Encrypted Boundary",
            "--Encrypted Boundary\r\n",
            "--more than a boundary",
        ] {
            let body = [&body[..], cut.as_bytes()].concat();
            let unsealed = unseal_body(&mut Flip::new(scheme), &content_type, body, LIMIT);
            assert!(matches!(unsealed, Err(Error::MalformedBody(_))), "{cut}");
        }
    }
}

#[test]
fn what_some_servers_write_differently_is_accepted() {
    let body = seal(&NEGOTIATE, b"<s/>").body;
    let without_tabs: Vec<u8> = body.iter().copied().filter(|octet| *octet != b'\t').collect();
    let text = Ok(b"<s/>".to_vec());
    assert_eq!(unseal(NEGOTIATE_TYPE, &without_tabs), text);
    let mut with_blanks = body.clone();
    for at in (0..body.len()).rev().filter(|at| body[*at..].starts_with(b"Encrypted Boundary")) {
        with_blanks.insert(at, b' ');
    }
    assert_eq!(unseal(NEGOTIATE_TYPE, &with_blanks), text);
    assert_eq!(unseal(NEGOTIATE_TYPE, &replace(&body, "--Enc", "-- Enc")), text);
    assert_eq!(unseal(NEGOTIATE_TYPE, &body[..body.len() - 2]), text);
    let other_boundary =
        replace(&replace(&replace(&body, "Encrypted B", "B"), "Encrypted B", "B"), "Encrypted B", "B");
    assert!(other_boundary.starts_with(b"--Boundary\r\n"));
    assert_eq!(unseal(NEGOTIATE_TYPE, &other_boundary), text);
    let content_type = NEGOTIATE_TYPE.replace("multipart/encrypted;", "Multipart/X-Multi-Encrypted ; ");
    assert_eq!(unseal(&content_type, &body), text);
}

#[test]
fn a_boundary_inside_the_ciphertext_does_not_matter() {
    for inside in ["--Encrypted Boundary--\r\n", "--Encrypted Boundary\r\n", "\r\n", "--"] {
        let soap: Vec<u8> = [inside, "text", inside].concat().bytes().map(|octet| !octet).collect();
        let SealedBody { body, .. } = seal(&NEGOTIATE, &soap);
        assert!(body.windows(inside.len()).filter(|octets| octets == &inside.as_bytes()).count() > 2);
        assert_eq!(unseal(NEGOTIATE_TYPE, &body), Ok(soap));
    }
}

#[test]
fn unsealed_messages_are_recognized() {
    for content_type in ["application/soap+xml;charset=UTF-8", "text/html", "", "multipart/mixed;boundary=x"]
    {
        assert_eq!(unseal(content_type, b"<s:Envelope/>"), Err(Error::NotSealed));
    }
    let wrong = Err(Error::WrongProtocol { expected: "application/HTTP-SPNEGO-session-encrypted" });
    let body = seal(&NEGOTIATE, b"<s/>").body;
    assert_eq!(unseal("multipart/encrypted", &body), wrong);
    assert_eq!(unseal(&NEGOTIATE_TYPE.replace("SPNEGO", "Kerberos"), &body), wrong);
    assert_eq!(unseal(NEGOTIATE_TYPE, &replace(&body, "SPNEGO", "Kerberos")), wrong);
    let mut basic = Flip::new(&BASIC);
    assert_eq!(seal_body(&mut basic, SOAP, b"").err(), Some(Error::NotEstablished));
    assert_eq!(unseal_body(&mut basic, NEGOTIATE_TYPE, body, LIMIT), Err(Error::NotEstablished));
}

#[test]
fn a_body_cut_off_anywhere_is_refused_unread() {
    let body = seal(&NEGOTIATE, b"<s:Envelope/>").body;
    for length in 0..body.len() - 2 {
        assert_eq!(fault(&body[..length]), Some(Error::MalformedBody(BodyFault::Truncated)), "at {length}");
    }
    // Without its last line break it is whole; with half of it, it is not.
    assert_eq!(fault(&body[..body.len() - 2]), None);
    assert_eq!(fault(&body[..body.len() - 1]), Some(Error::MalformedBody(BodyFault::Truncated)));
}

#[test]
fn wrong_lengths_are_refused_unread() {
    let body = seal(&NEGOTIATE, b"<s:Envelope/>").body;
    let with_length = |length: &str| fault(&replace(&body, "Length=13", &format!("Length={length}")));
    let fails = |fault| Some(Error::MalformedBody(fault));
    assert_eq!(with_length("12"), fails(BodyFault::WrongLength));
    assert_eq!(with_length("0"), fails(BodyFault::WrongLength));
    assert_eq!(with_length("14"), fails(BodyFault::WrongLength));
    assert_eq!(with_length("30"), fails(BodyFault::Truncated));
    assert_eq!(with_length("1000"), fails(BodyFault::Truncated));
    assert_eq!(with_length("1048577"), Some(Error::BodyTooLarge { limit: LIMIT }));
    assert_eq!(with_length("18446744073709551615"), Some(Error::BodyTooLarge { limit: LIMIT }));
    for no_number in ["", "-1", "1e1", "18446744073709551616", "0x0D"] {
        assert_eq!(with_length(no_number), fails(BodyFault::NoLength));
    }
    let signature = |length: u32| {
        let mut body = body.clone();
        let at = body.windows(3).position(|octets| octets == b"sig").unwrap() - 4;
        body[at..at + 4].copy_from_slice(&length.to_le_bytes());
        fault(&body)
    };
    assert_eq!(signature(3), fails(BodyFault::WrongLength));
    assert_eq!(signature(u32::MAX), fails(BodyFault::Truncated));
}

#[test]
fn the_limit_counts_all_chunks() {
    let SealedBody { content_type, body } = seal(&CREDSSP, &[7; 20_000]);
    let unseal =
        |limit| unseal_body(&mut Flip::new(&CREDSSP), &content_type, body.clone(), limit).map(|_| ());
    assert_eq!(unseal(20_000), Ok(()));
    assert_eq!(unseal(19_999), Err(Error::BodyTooLarge { limit: 19_999 }));
}

#[test]
fn malformed_headers_are_refused_unread() {
    let body = seal(&NEGOTIATE, b"<s/>").body;
    let fails = |fault| Some(Error::MalformedBody(fault));
    assert_eq!(fault(b"\r\n--Encrypted Boundary\r\n"), fails(BodyFault::NoBoundary));
    assert_eq!(fault(b"-- \r\n"), fails(BodyFault::NoBoundary));
    assert_eq!(fault(&[b'-'; 2000]), fails(BodyFault::MalformedHeader));
    assert_eq!(
        fault(&replace(&body, "OriginalContent:", "OriginalContent")),
        fails(BodyFault::MalformedHeader)
    );
    assert_eq!(fault(&replace(&body, "OriginalContent:", "Other:")), fails(BodyFault::NoLength));
    assert_eq!(fault(&replace(&body, "octet-stream", "soap+xml")), fails(BodyFault::MalformedHeader));
    assert_eq!(fault(&[&body[..], b"--more than a boundary"].concat()), fails(BodyFault::WrongLength));
}

#[test]
fn no_body_makes_it_panic() {
    let mut noise = Noise::new(4);
    for scheme in [&NEGOTIATE, &CREDSSP] {
        let SealedBody { content_type, body } = seal(scheme, &[7; 100]);
        for _ in 0..20_000 {
            let _ = unseal_body(&mut Flip::new(scheme), &content_type, noise.mutate(&body), LIMIT);
        }
    }
}
