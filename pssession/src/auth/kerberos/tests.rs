use super::*;
use crate::auth::test_support::start_for_nobody;
use crate::auth::{Context, KERBEROS, NEGOTIATE, Receiver, Scheme};
use crate::secret::Secret;
use std::sync::{Arc, Mutex};

const TARGET: &str = "HTTP/server01";

/// A token as RFC 4121 4.2.4 and 4.2.6.2 lay it out, before it is turned; the cipher is missing, so that each part is
/// seen: `c` confounder, `h` header again, `s` checksum.
fn token(plaintext: &[u8], checksum: usize) -> Vec<u8> {
    let header = [5, 4, 2, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    [&header[..], &[b'c'; 16], plaintext, &[b'h'; 16], &vec![b's'; checksum]].concat()
}

/// The same, turned to the right.
fn turned(mut token: Vec<u8>, by: u16) -> Vec<u8> {
    token[6..8].copy_from_slice(&by.to_be_bytes());
    let length = token.len() - 16;
    token[16..].rotate_right(usize::from(by) % length);
    token
}

#[test]
fn the_signature_is_all_that_is_not_data() {
    // 12 octets of checksum belong to AES with SHA-1 (RFC 3962), 16 and 24 to AES with SHA-2 (RFC 8009).
    for (checksum, signature_length) in [(12, 60), (16, 64), (24, 72)] {
        for length in [0, 1, 10, 33, 5_000, 200_000] {
            let plaintext = vec![b'p'; length];
            let Sealed { signature, ciphertext } = framing::cut(token(&plaintext, checksum), length).unwrap();
            assert_eq!(signature.len(), signature_length);
            assert_eq!(ciphertext, plaintext);
            let by = 16 + checksum as u16;
            assert_eq!([signature, ciphertext].concat(), turned(token(&plaintext, checksum), by));
        }
    }
}

#[test]
fn a_token_that_the_library_has_turned_already_is_turned_to_the_same_place() {
    let expected = framing::cut(token(b"plaintext", 12), 9);
    for by in [1, 12, 28, 40, 53, 1_000] {
        assert_eq!(framing::cut(turned(token(b"plaintext", 12), by), 9), expected, "{by}");
    }
}

#[test]
fn tokens_of_another_shape_are_not_sent() {
    let unusable = || {
        let reason = "the library seals messages in an unknown way".into();
        Err(Error::Kerberos(KerberosFault::Other { reason }))
    };
    let mut only_signed = token(b"p", 12);
    only_signed[2] = 0;
    assert_eq!(framing::cut(only_signed, 1), unusable());
    let mut padded = token(b"p", 12);
    padded[5] = 1;
    assert_eq!(framing::cut(padded, 1), unusable());
    assert_eq!(framing::cut(token(b"p", 12), 1_000), unusable());
    assert_eq!(framing::cut(token(b"", 12)[..15].to_vec(), 0), unusable());
    assert_eq!(framing::cut(token(b"", 12)[..16].to_vec(), 0), unusable());
    // RC4 (RFC 4757) has the mechanism in front.
    let rc4 = [0x60, 0x2B, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 2, 1, 0x11].to_vec();
    assert_eq!(framing::cut(rc4.clone(), 0), Err(KerberosFault::WeakEncryption.into()));
    assert_eq!(framing::join(&rc4, b""), Err(Error::MalformedSignature));
}

#[test]
fn what_the_server_cut_is_joined_again() {
    assert_eq!(framing::join(&[5, 4, 6, 255, 0, 0], &[1, 2]), Ok(vec![5, 4, 6, 255, 0, 0, 1, 2]));
    assert_eq!(framing::join(&[], &[]), Err(Error::MalformedSignature));
    assert_eq!(framing::join(&[5, 4, 6, 255, 0], &[]), Err(Error::MalformedSignature));
}

#[test]
fn a_message_with_an_extra_count_is_refused_before_the_library_sees_it() {
    let (mut kerberos, _) = begun(&KERBEROS, Ok(Progress::Established));
    kerberos.authorization(None).unwrap();
    kerberos.authorization(Some("AwQ=")).unwrap();
    assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 0], vec![9]), Ok(vec![5, 4, 6, 255, 0, 0, 9]));
    for extra_count in [[0, 1], [1, 0], [0, 16], [255, 255]] {
        let signature = [&[5, 4, 6, 255][..], &extra_count].concat();
        assert_eq!(framing::join(&signature, &[9]), Err(Error::MalformedSignature));
    }
    assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 1], vec![9]), Err(Error::MalformedSignature));
    assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 0], vec![9]), Err(Error::NotEstablished));
}

/// A context that notes what it is given.
struct Noting {
    steps: Arc<Mutex<Vec<Vec<u8>>>>,
    answer: Result<Progress, KerberosFault>,
}

impl SecurityContext for Noting {
    fn step(&mut self, token: &[u8]) -> Result<Progress, KerberosFault> {
        self.steps.lock().unwrap().push(token.to_vec());
        self.answer.clone()
    }

    fn wrap(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        Ok(token(plaintext, 12))
    }

    fn unwrap(&mut self, token: &[u8]) -> Result<Vec<u8>, Error> {
        if token.len() == 7 { Ok(token.to_vec()) } else { Err(Error::BadSignature) }
    }

    fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        unreachable!("nothing is sent in clear")
    }

    fn verify(&mut self, _: &[u8], _: &[u8]) -> Result<(), Error> {
        unreachable!("nothing is sent in clear")
    }
}

type Steps = Arc<Mutex<Vec<Vec<u8>>>>;

fn begun(scheme: &'static Scheme, answer: Result<Progress, KerberosFault>) -> (Box<dyn Mechanism>, Steps) {
    let steps = Steps::default();
    let noting = Box::new(Noting { steps: steps.clone(), answer });
    let ticket = Ticket { target: TARGET.into(), token: vec![1, 2], context: noting };
    let context = Context {
        credential: None,
        target_name: TARGET,
        receiver: Receiver::Server,
        request_target: "/wsman",
        now: 0,
        random: &mut |_| (),
    };
    (scheme.start(Some(ticket), context).unwrap(), steps)
}

fn sends(value: &str) -> Result<Step, Error> {
    Ok(Step::Send(Secret::new(value.into())))
}

#[test]
fn the_login_is_one_leg_and_the_servers_proof() {
    for scheme in [&KERBEROS, &NEGOTIATE] {
        let (mut kerberos, steps) = begun(scheme, Ok(Progress::Established));
        assert_eq!(kerberos.authorization(None), sends(&format!("{} AQI=", scheme.name)));
        assert!(!kerberos.can_seal());
        assert_eq!(kerberos.seal(b"early"), Err(Error::NotEstablished));
        assert_eq!(kerberos.authorization(Some("AwQ=")), Ok(Step::Established));
        assert_eq!(*steps.lock().unwrap(), [[3, 4]]);
        assert!(kerberos.can_seal());
        assert_eq!(kerberos.seal(b"text").unwrap().ciphertext, b"text");
        assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 0], vec![9]), Ok(vec![5, 4, 6, 255, 0, 0, 9]));
        assert_eq!(kerberos.authorization(Some("AwQ=")), Err(Error::UnexpectedToken));
    }
}

#[test]
fn a_server_that_proves_nothing_is_not_spoken_to() {
    let (mut kerberos, _) = begun(&KERBEROS, Ok(Progress::Established));
    kerberos.authorization(None).unwrap();
    let target = TARGET.to_owned();
    let not_proven = Err(KerberosFault::ServerNotProven { target }.into());
    assert_eq!(kerberos.authorization(None), not_proven);
    assert_eq!(kerberos.authorization(Some("AwQ=")), Err(Error::NotEstablished));
}

#[test]
fn a_refused_ticket_is_no_wrong_password() {
    let refused = || KerberosFault::TicketRefused { target: TARGET.into(), reason: None };
    let (mut kerberos, _) = begun(&NEGOTIATE, Err(refused()));
    kerberos.authorization(None).unwrap();
    assert_eq!(kerberos.refusal(), refused().into());
    assert_eq!(kerberos.authorization(Some("AwQ=")), Err(refused().into()));
}

#[test]
fn another_leg_is_sent_if_the_library_wants_one() {
    let (mut kerberos, _) = begun(&KERBEROS, Ok(Progress::Continue(vec![5])));
    kerberos.authorization(None).unwrap();
    assert_eq!(kerberos.authorization(Some("AwQ=")), sends("Kerberos BQ=="));
}

#[test]
fn a_message_that_does_not_verify_ends_the_context() {
    let (mut kerberos, _) = begun(&KERBEROS, Ok(Progress::Established));
    kerberos.authorization(None).unwrap();
    kerberos.authorization(Some("AwQ=")).unwrap();
    assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 0], vec![]), Err(Error::BadSignature));
    assert_eq!(kerberos.unseal(&[5, 4, 6, 255, 0, 0], vec![9]), Err(Error::NotEstablished));
    assert!(!kerberos.can_seal());
}

#[test]
fn the_servers_token_may_be_in_spnego() {
    // negState accept-completed, supportedMech Kerberos, responseToken.
    let mut response = vec![0xA1, 0x1A, 0x30, 0x18, 0xA0, 3, 0x0A, 1, 0, 0xA1, 0x0B, 6, 9];
    response.extend([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2]);
    response.extend([0xA2, 4, 4, 2, 3, 4]);
    assert_eq!(bare(&response), Ok(&[3, 4][..]));
    assert_eq!(bare(&[0x60, 3, 4]), Ok(&[0x60, 3, 4][..]));
    for end in 1..response.len() {
        assert_eq!(bare(&response[..end]), Err(Error::MalformedChallenge), "{end}");
    }
    let without_token = [0xA1, 7, 0x30, 5, 0xA0, 3, 0x0A, 1, 2];
    assert_eq!(bare(&without_token), Err(Error::MalformedChallenge));
}

#[test]
fn there_is_no_kerberos_without_a_ticket() {
    assert_eq!(start_for_nobody(&KERBEROS).err(), Some(KerberosFault::NoLibrary.into()));
}
