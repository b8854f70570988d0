//! Handshakes with an acceptor that is written here by hand and shares no code with the client.

use super::*;
use crate::auth::test_support::{Noise, start_for_nobody};
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::Mac;
use md5::{Digest, Md5};
use rc4::consts::U16;
use rc4::{KeyInit, Rc4, StreamCipher};

/// What a Windows server answers to the flags the client asks for.
pub(in crate::auth) const SERVER_FLAGS: u32 = 0xE28A_8235;
const TIMESTAMP: u64 = 0x01DA_0000_0000_0000;
const NOW: u64 = 0x01DB_0000_0000_0000;
const SERVER_CHALLENGE: [u8; 8] = *b"\x01\x23\x45\x67\x89\xAB\xCD\xEF";

pub(in crate::auth) type Pairs = Vec<(u16, Vec<u8>)>;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(in crate::auth) fn server_pairs() -> Pairs {
    vec![
        (2, utf16("EXAMPLE")),
        (1, utf16("SERVER01")),
        (4, utf16("example.com")),
        (7, TIMESTAMP.to_le_bytes().to_vec()),
    ]
}

pub(in crate::auth) fn challenge(flags: u32, pairs: &Pairs) -> Vec<u8> {
    let target_name = utf16("EXAMPLE");
    let mut target_info = Vec::new();
    for (id, value) in pairs.iter().chain([&(0, Vec::new())]) {
        target_info.extend_from_slice(&id.to_le_bytes());
        target_info.extend_from_slice(&(value.len() as u16).to_le_bytes());
        target_info.extend_from_slice(value);
    }
    let field = |length: usize, offset: u32| {
        let length = (length as u16).to_le_bytes();
        [&length[..], &length, &offset.to_le_bytes()].concat()
    };
    [
        b"NTLMSSP\0\x02\0\0\0",
        &field(target_name.len(), 56)[..],
        &flags.to_le_bytes(),
        &SERVER_CHALLENGE,
        &[0; 8],
        &field(target_info.len(), 56 + target_name.len() as u32),
        &[10, 0, 0x7C, 0x4F, 0, 0, 0, 15],
        &target_name,
        &target_info,
    ]
    .concat()
}

/// AUTHENTICATE as the acceptor reads it, once it has verified response and MIC.
pub(in crate::auth) struct Accepted {
    pub(in crate::auth) domain: String,
    pub(in crate::auth) user: String,
    flags: u32,
    lm_response: Vec<u8>,
    time: u64,
    pairs: Pairs,
    pub(in crate::auth) key: [u8; 16],
    session: ServerSession,
}

/// The acceptor's half of MS-NLMP 3.2.5.1.2, for the account `alice` with the password `Password1!`.
pub(in crate::auth) fn accept(negotiate: &[u8], challenge: &[u8], authenticate: &[u8]) -> Accepted {
    let u16_at = |at: usize| u16::from_le_bytes(authenticate[at..at + 2].try_into().unwrap()) as usize;
    let u32_at = |at: usize| u32::from_le_bytes(authenticate[at..at + 4].try_into().unwrap());
    let field = |at: usize| &authenticate[u32_at(at + 4) as usize..][..u16_at(at)];
    let text = |at: usize| {
        let units: Vec<_> = field(at).chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
        String::from_utf16(&units).unwrap()
    };
    assert_eq!(&authenticate[..12], b"NTLMSSP\0\x03\0\0\0");
    let (domain, user, response) = (text(28), text(36), field(20));

    let hmac = |key: &[u8], data: &[u8]| -> [u8; 16] {
        <hmac::Hmac<Md5> as Mac>::new_from_slice(key)
            .unwrap()
            .chain_update(data)
            .finalize()
            .into_bytes()
            .into()
    };
    let ntowf =
        hmac(&md4::Md4::digest(utf16("Password1!")), &utf16(&format!("{}{domain}", user.to_uppercase())));
    let (proof, temp) = response.split_at(16);
    assert_eq!(proof, hmac(&ntowf, &[&SERVER_CHALLENGE, temp].concat()), "NTProofStr");
    let mut key = hmac(&ntowf, proof);
    if !field(52).is_empty() {
        let mut exchanged: [u8; 16] = field(52).try_into().unwrap();
        Rc4::<U16>::new((&key).into()).apply_keystream(&mut exchanged);
        key = exchanged;
    }

    let mut unsigned = authenticate.to_vec();
    unsigned[72..88].fill(0);
    assert_eq!(authenticate[72..88], hmac(&key, &[negotiate, challenge, &unsigned].concat()), "MIC");

    Accepted {
        domain,
        user,
        flags: u32_at(60),
        lm_response: field(12).to_vec(),
        time: u64::from_le_bytes(temp[8..16].try_into().unwrap()),
        pairs: read_pairs(&temp[28..]),
        session: ServerSession::new(&key),
        key,
    }
}

fn read_pairs(mut octets: &[u8]) -> Pairs {
    let mut pairs = Vec::new();
    loop {
        let id = u16::from_le_bytes([octets[0], octets[1]]);
        let length = u16::from_le_bytes([octets[2], octets[3]]) as usize;
        let (value, rest) = octets[4..].split_at(length);
        if id == 0 {
            assert_eq!((value, rest), (&[][..], &[0; 4][..]), "the end of NTLMv2_CLIENT_CHALLENGE");
            return pairs;
        }
        pairs.push((id, value.to_vec()));
        octets = rest;
    }
}

/// Sealing as the server does it: signing key, stream and number of each direction.
pub(in crate::auth) struct ServerSession {
    pub(in crate::auth) from_client: ([u8; 16], Rc4<U16>, u32),
    pub(in crate::auth) to_client: ([u8; 16], Rc4<U16>, u32),
}

impl ServerSession {
    pub(in crate::auth) fn new(key: &[u8; 16]) -> ServerSession {
        let direction = |name: &str| {
            let key_for = |purpose: &str| -> [u8; 16] {
                let magic = format!("session key to {name} {purpose} key magic constant\0");
                Md5::digest([&key[..], magic.as_bytes()].concat()).into()
            };
            (key_for("signing"), Rc4::new((&key_for("sealing")).into()), 0)
        };
        ServerSession { from_client: direction("client-to-server"), to_client: direction("server-to-client") }
    }

    pub(in crate::auth) fn sign(
        (key, stream, number): &mut ([u8; 16], Rc4<U16>, u32),
        text: &[u8],
    ) -> Vec<u8> {
        let mac = <hmac::Hmac<Md5> as Mac>::new_from_slice(key).unwrap();
        let mac = mac.chain_update(number.to_le_bytes()).chain_update(text).finalize().into_bytes();
        let mut checksum = mac[..8].to_vec();
        stream.apply_keystream(&mut checksum);
        *number += 1;
        [&[1, 0, 0, 0][..], &checksum, &(*number - 1).to_le_bytes()].concat()
    }

    pub(in crate::auth) fn seal(&mut self, text: &[u8]) -> Sealed {
        let mut ciphertext = text.to_vec();
        self.to_client.1.apply_keystream(&mut ciphertext);
        Sealed { signature: ServerSession::sign(&mut self.to_client, text), ciphertext }
    }

    pub(in crate::auth) fn unseal(&mut self, mut sealed: Sealed) -> Vec<u8> {
        self.from_client.1.apply_keystream(&mut sealed.ciphertext);
        assert_eq!(sealed.signature, ServerSession::sign(&mut self.from_client, &sealed.ciphertext));
        sealed.ciphertext
    }
}

fn client_of(
    user_name: &str,
    target_name: &str,
    bindings: Option<&ChannelBindings>,
) -> Result<Box<dyn Mechanism>, Error> {
    let mut client = client_for(Receiver::Server, user_name, target_name)?;
    bindings.into_iter().for_each(|bindings| client.bind(bindings.clone()));
    Ok(client)
}

fn client_for(receiver: Receiver, user_name: &str, target_name: &str) -> Result<Box<dyn Mechanism>, Error> {
    let credential = Credential { user_name: user_name.into(), password: Secret::new("Password1!".into()) };
    let mut noise = Noise::new(5);
    NEGOTIATE.start(
        None,
        Context {
            credential: Some(&credential),
            target_name,
            receiver,
            request_target: "/wsman",
            now: NOW,
            random: &mut |buffer| buffer.copy_from_slice(&noise.octets(buffer.len())),
        },
    )
}

fn client() -> Box<dyn Mechanism> {
    client_of("EXAMPLE\\alice", "HTTP/server01", None).unwrap()
}

/// The token of a step, or the error.
fn step(client: &mut Box<dyn Mechanism>, token: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let challenge = token.map(|token| BASE64_STANDARD.encode(token));
    match client.authorization(challenge.as_deref())? {
        Step::Send(value) => {
            let token = value.expose_secret().strip_prefix("Negotiate ").expect("the scheme").to_owned();
            Ok(BASE64_STANDARD.decode(token).unwrap())
        }
        Step::Established | Step::Ask => Ok(Vec::new()),
    }
}

fn handshake(mut client: Box<dyn Mechanism>, challenge: &[u8]) -> (Box<dyn Mechanism>, Accepted) {
    let negotiate = step(&mut client, None).unwrap();
    assert!(!client.can_seal());
    let authenticate = step(&mut client, Some(challenge)).unwrap();
    let accepted = accept(&negotiate, challenge, &authenticate);
    (client, accepted)
}

/// What becomes of the answer to a challenge.
fn answer(challenge: &[u8]) -> Result<Vec<u8>, Error> {
    let mut client = client();
    step(&mut client, None).unwrap();
    step(&mut client, Some(challenge))
}

#[test]
fn negotiate_asks_for_everything_and_reveals_nothing() {
    let negotiate = step(&mut client(), None).unwrap();
    let empty_field = [0, 0, 0, 0, 40, 0, 0, 0];
    let expected = [
        b"NTLMSSP\0\x01\0\0\0",
        &0xE288_8235_u32.to_le_bytes()[..],
        &empty_field,
        &empty_field,
        &[0, 0, 0, 0, 0, 0, 0, 15],
    ]
    .concat();
    assert_eq!(negotiate, expected);
}

#[test]
fn a_handshake_over_tls_says_who_the_server_is_and_what_channel_it_is_in() {
    let bindings = ChannelBindings::tls_server_end_point(&[0x30, 6, 0x30, 0, 0x30, 2, 6, 0]).unwrap();
    let client = client_of("EXAMPLE\\alice", "HTTP/server01", Some(&bindings)).unwrap();
    let (_, accepted) = handshake(client, &challenge(SERVER_FLAGS, &server_pairs()));
    assert_eq!((accepted.domain.as_str(), accepted.user.as_str()), ("EXAMPLE", "alice"));
    assert_eq!(accepted.flags, 0xE288_8235);
    assert_eq!(accepted.time, TIMESTAMP);
    assert_eq!(accepted.lm_response, [0; 24]);
    let own = vec![(6, vec![2, 0, 0, 0]), (10, bindings.hash().to_vec()), (9, utf16("HTTP/server01"))];
    assert_eq!(accepted.pairs, [server_pairs(), own].concat());
}

#[test]
fn without_tls_and_a_timestamp_the_rest_is_the_same() {
    let pairs = vec![
        (1, utf16("SERVER01")),
        (6, vec![1, 0, 0, 0x80]),
        (9, utf16("HTTP/elsewhere")),
        (10, vec![7; 16]),
        (0x7777, vec![1, 2]),
    ];
    let client = client_of("alice@example.com", "HTTP/server01", None);
    let (_, accepted) = handshake(client.unwrap(), &challenge(SERVER_FLAGS, &pairs));
    assert_eq!((accepted.domain.as_str(), accepted.user.as_str()), ("", "alice@example.com"));
    assert_eq!(accepted.time, NOW);
    assert_eq!(accepted.lm_response.len(), 24);
    assert_ne!(accepted.lm_response, [0; 24]);
    assert_eq!(
        accepted.pairs,
        [(1, utf16("SERVER01")), (0x7777, vec![1, 2]), (6, vec![3, 0, 0, 0x80]), (9, utf16("HTTP/server01"))]
    );
}

#[test]
fn sealed_messages_go_both_ways_before_and_after_the_end_of_the_handshake() {
    let (mut client, mut accepted) = handshake(client(), &challenge(SERVER_FLAGS, &server_pairs()));
    assert!(client.can_seal());
    let riding = client.seal(b"rides with AUTHENTICATE").unwrap();
    assert_eq!(accepted.session.unseal(riding), b"rides with AUTHENTICATE");
    assert_eq!(client.authorization(None), Ok(Step::Established));
    for length in [0, 1, 10_000] {
        let text = vec![0x3C; length];
        let reply = accepted.session.seal(&text);
        assert_eq!(client.unseal(&reply.signature, reply.ciphertext), Ok(text.clone()));
        assert_eq!(accepted.session.unseal(client.seal(&text).unwrap()), text);
    }
}

#[test]
fn after_a_bad_signature_the_session_is_dead() {
    let (mut client, mut accepted) = handshake(client(), &challenge(SERVER_FLAGS, &server_pairs()));
    let mut reply = accepted.session.seal(b"reply");
    reply.ciphertext[0] ^= 1;
    assert_eq!(client.unseal(&reply.signature, reply.ciphertext), Err(Error::BadSignature));
    let next = accepted.session.seal(b"next");
    assert_eq!(client.unseal(&next.signature, next.ciphertext), Err(Error::NotEstablished));
    assert_eq!(client.seal(b"request"), Err(Error::NotEstablished));
    assert!(!client.can_seal());
    assert_eq!(client.authorization(None), Err(Error::NotEstablished));
}

#[test]
fn a_server_without_the_protections_is_refused_by_name() {
    let names = [
        (0x20, "NTLMSSP_NEGOTIATE_SEAL"),
        (0x0008_0000, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"),
        (0x2000_0000, "NTLMSSP_NEGOTIATE_128"),
        (0x4000_0000, "NTLMSSP_NEGOTIATE_KEY_EXCH"),
    ];
    for (flag, name) in names {
        let trimmed = answer(&challenge(SERVER_FLAGS & !flag, &server_pairs()));
        assert_eq!(trimmed, Err(Error::ProtectionsTrimmed { missing: vec![name] }));
    }
    let all = names.iter().fold(SERVER_FLAGS, |flags, (flag, _)| flags & !flag);
    let missing = names.map(|(_, name)| name).to_vec();
    assert_eq!(answer(&challenge(all, &server_pairs())), Err(Error::ProtectionsTrimmed { missing }));
}

#[test]
fn a_proxy_need_not_protect_messages_but_has_to_take_ntlm_version_2() {
    const SIGN: u32 = 0x10;
    const SEAL: u32 = 0x20;
    const KEY_EXCH: u32 = 0x4000_0000;
    let client = || client_for(Receiver::Proxy, "EXAMPLE\\alice", "HTTP/proxy01").unwrap();
    for (lacking, agreed) in [
        (0, 0xE288_8235),
        (SEAL, 0xE288_8215),
        // Nothing to sign or seal is nothing to exchange a key for.
        (SIGN | SEAL, 0xA288_8205),
        (KEY_EXCH, 0xA288_8235),
    ] {
        let (_, accepted) = handshake(client(), &challenge(SERVER_FLAGS & !lacking, &server_pairs()));
        assert_eq!(accepted.flags, agreed, "{lacking:X}");
        assert_eq!(accepted.pairs.last(), Some(&(9, utf16("HTTP/proxy01"))));
    }
    let mut client = client();
    step(&mut client, None).unwrap();
    let missing = vec!["NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"];
    let old = challenge(SERVER_FLAGS & !0x0008_0000, &server_pairs());
    assert_eq!(step(&mut client, Some(&old)), Err(Error::ProtectionsTrimmed { missing }));
}

#[test]
fn malformed_challenges_are_refused() {
    let with_pair = |id, value: &[u8]| challenge(SERVER_FLAGS, &vec![(id, value.to_vec())]);
    let negotiate = step(&mut client(), None).unwrap();
    for malformed in [
        with_pair(6, &[0; 2]),
        with_pair(7, &[0; 4]),
        with_pair(1, b"odd"),
        challenge(SERVER_FLAGS & !1, &server_pairs()),
        challenge(SERVER_FLAGS & !1 | 2, &server_pairs()),
        b"NTLMSSP\0\x04\0\0\0".to_vec(),
        b"\xA1\x07\x30\x05\xA0\x03\x0A\x01\x02".to_vec(),
        negotiate,
    ] {
        assert_eq!(answer(&malformed), Err(Error::MalformedChallenge), "{malformed:?}");
    }
    let whole = challenge(SERVER_FLAGS, &server_pairs());
    for length in 1..whole.len() {
        assert_eq!(answer(&whole[..length]), Err(Error::MalformedChallenge), "at {length}");
    }
    assert_eq!(answer(&[]), Err(Error::MissingToken));
    let mut client = client();
    client.authorization(None).unwrap();
    assert_eq!(client.authorization(Some("realm=\"x\"")), Err(Error::InvalidBase64));
    assert_eq!(client.authorization(None), Err(Error::NotEstablished), "a failed handshake stays failed");
}

#[test]
fn no_challenge_makes_it_panic_or_gives_a_protection_away() {
    let mut noise = Noise::new(6);
    let whole = challenge(SERVER_FLAGS, &server_pairs());
    for _ in 0..10_000 {
        if let Ok(authenticate) = answer(&noise.mutate(&whole)) {
            let flags = u32::from_le_bytes(authenticate[60..64].try_into().unwrap());
            assert_eq!(flags & 0x6008_0021, 0x6008_0021);
        }
    }
}

#[test]
fn every_token_has_its_turn() {
    let mut silent = client();
    step(&mut silent, None).unwrap();
    assert_eq!(silent.authorization(None), Err(Error::MissingToken));

    // An offer before the client has spoken is not a challenge yet.
    assert_eq!(step(&mut client(), Some(b"hint")).map(|token| token[8]), Ok(1));

    let again = challenge(SERVER_FLAGS, &server_pairs());
    let (mut client, _) = handshake(client(), &again);
    assert_eq!(client.authorization(Some("oQcwBaADCgEA")), Ok(Step::Established));
    assert_eq!(step(&mut client, Some(&again)), Err(Error::UnexpectedToken));
    assert!(!client.can_seal());
}

#[test]
fn the_longest_names_fit_beside_the_largest_challenge() {
    let name = "é".repeat(MAX_NAME);
    let pairs = vec![(0x7777, vec![0; 0xB000])];
    let mut client = client_of(&format!("{name}\\{name}"), &name, None).unwrap();
    step(&mut client, None).unwrap();
    assert!(step(&mut client, Some(&challenge(SERVER_FLAGS, &pairs))).is_ok());

    let too_long = Some(Error::NameTooLong { limit: 1024 });
    for (user_name, target_name) in [
        (format!("{name}x"), "HTTP/s"),
        (format!("{name}x\\u"), "HTTP/s"),
        ("u".into(), &*format!("{name}x")),
    ] {
        assert_eq!(client_of(&user_name, target_name, None).err(), too_long);
    }
}

#[test]
fn without_a_credential_there_is_nothing_to_begin_with() {
    assert_eq!(start_for_nobody(&NEGOTIATE).err(), Some(Error::CredentialRequired { scheme: "Negotiate" }));
}
