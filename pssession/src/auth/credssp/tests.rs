//! Handshakes with an acceptor in memory. Its NTLM is that of NTLM's own tests, its TLS that of a server.

use super::*;
use crate::auth::der::{self, Reader, element};
use crate::auth::ntlm::tests::{SERVER_FLAGS, ServerSession, accept, challenge, server_pairs};
use crate::auth::spnego::MechTypes;
use crate::auth::test_support::{Noise, start_for_nobody};
use crate::auth::{Credential, Receiver, seal_body, unseal_body};
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::io::{Read, Write};
use std::sync::Arc;

mod kerberos;

const NOW: u64 = 0x01DB_0000_0000_0000;

/// A server as it is or as it is not.
#[derive(Clone, Copy)]
struct Traits {
    tls: &'static SupportedProtocolVersion,
    version: u8,
    /// Says no instead of its challenge, or at the very end.
    error_code: Option<(Moment, &'static [u8])>,
    signs_mech_types: bool,
    /// Which bit of its hash is wrong.
    flips: Option<usize>,
    /// It sees another key than the client: there is a machine in the middle.
    is_behind_another: bool,
    /// The certificate is shown without its key.
    lacks_its_key: bool,
    /// So much of an answer is left.
    cut: Option<(Moment, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Challenge,
    Proof,
    End,
}

const USUAL: Traits = Traits {
    tls: &TLS13,
    version: 6,
    error_code: None,
    signs_mech_types: true,
    flips: None,
    is_behind_another: false,
    lacks_its_key: false,
    cut: None,
};

struct Server {
    traits: Traits,
    tls: ServerConnection,
    public_key: Vec<u8>,
    negotiate: Option<Vec<u8>>,
    session: Option<ServerSession>,
    /// What TSCredentials says: domain, user, password.
    credentials: Option<[String; 3]>,
}

#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl Server {
    fn new(traits: Traits) -> Server {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["server01".into()]).unwrap().self_signed(&key).unwrap().into();
        let signer = if traits.lacks_its_key { KeyPair::generate().unwrap() } else { key };
        let public_key = signer.der_bytes().to_vec();
        let signer = rustls::crypto::ring::sign::any_ecdsa_type(&signer.into()).unwrap();
        let shown = Shown(Arc::new(CertifiedKey::new(vec![certificate], signer)));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[traits.tls])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        Server {
            traits,
            tls: ServerConnection::new(Arc::new(config)).unwrap(),
            public_key,
            negotiate: None,
            session: None,
            credentials: None,
        }
    }

    /// One leg.
    fn leg(&mut self, token: &[u8]) -> Vec<u8> {
        let message = self.take(token);
        if !message.is_empty() {
            let answer = self.answer(&message);
            self.tls.writer().write_all(&answer).unwrap();
        }
        self.outgoing()
    }

    fn take(&mut self, mut octets: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        while !octets.is_empty() {
            self.tls.read_tls(&mut octets).unwrap();
            let Ok(state) = self.tls.process_new_packets() else { return Vec::new() };
            let start = message.len();
            message.resize(start + state.plaintext_bytes_to_read(), 0);
            self.tls.reader().read_exact(&mut message[start..]).unwrap();
        }
        message
    }

    fn outgoing(&mut self) -> Vec<u8> {
        let mut outgoing = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut outgoing).unwrap();
        }
        outgoing
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let mut fields = Reader::new(request).inside(der::SEQUENCE).unwrap();
        assert_eq!(fields.element(der::context(0)), Ok(&[2, 1, 6][..]));
        let tokens = fields.optional(der::context(1)).unwrap();
        let token = tokens.map(|tokens| {
            let mut data = Reader::new(tokens).inside(der::SEQUENCE).unwrap().inside(der::SEQUENCE).unwrap();
            data.inside(der::context(0)).unwrap().element(der::OCTET_STRING).unwrap()
        });
        let mut octets = |number| {
            let field = fields.optional(der::context(number)).unwrap();
            field.map(|field| Reader::new(field).element(der::OCTET_STRING).unwrap().to_vec())
        };
        let (auth_info, pub_key_auth, nonce) = (octets(2), octets(3), octets(5));
        let (moment, answer) = match (token, pub_key_auth, auth_info) {
            (Some(token), None, None) => (Moment::Challenge, self.challenge(token)),
            (Some(token), Some(hash), None) => {
                (Moment::Proof, self.proof(token, &hash, &nonce.expect("a nonce").try_into().unwrap()))
            }
            (None, None, Some(info)) => (Moment::End, self.end(&info)),
            _ => panic!("no leg of CredSSP: {request:?}"),
        };
        match self.traits.cut {
            Some((when, length)) if when == moment => answer[..length.min(answer.len() - 1)].to_vec(),
            _ => answer,
        }
    }

    fn message(&self, moment: Moment, fields: &[&[u8]]) -> Vec<u8> {
        let version = element(der::context(0), &[&element(der::INTEGER, &[&[self.traits.version]])]);
        match self.traits.error_code {
            Some((when, code)) if when == moment => {
                let code = element(der::context(4), &[&element(der::INTEGER, &[code])]);
                element(der::SEQUENCE, &[&version, &code])
            }
            _ => element(der::SEQUENCE, &[&version, &fields.concat()]),
        }
    }

    fn challenge(&mut self, token: &[u8]) -> Vec<u8> {
        let at = token.windows(8).position(|octets| octets == b"NTLMSSP\0").unwrap();
        self.negotiate = Some(token[at..].to_vec());
        let ntlm = challenge(SERVER_FLAGS, &server_pairs());
        let state = element(der::context(0), &[&[10, 1, 1]]);
        let token = element(der::context(2), &[&element(der::OCTET_STRING, &[&ntlm])]);
        self.message(Moment::Challenge, &[&nego_token(&[&state, &token])])
    }

    fn proof(&mut self, token: &[u8], hash: &[u8], nonce: &[u8; 32]) -> Vec<u8> {
        let response = MechTypes::NTLM.read(token).unwrap();
        let (ntlm, mic) = (response.token.unwrap(), response.mech_list_mic.unwrap());
        let challenge = challenge(SERVER_FLAGS, &server_pairs());
        let accepted = accept(self.negotiate.as_ref().unwrap(), &challenge, ntlm);
        assert_eq!((accepted.domain.as_str(), accepted.user.as_str()), ("EXAMPLE", "alice"));
        // Streams that are made for the list alone, and numbers that run on.
        let mut aside = ServerSession::new(&accepted.key);
        assert_eq!(mic, ServerSession::sign(&mut aside.from_client, &MechTypes::NTLM.list()));
        let mic = ServerSession::sign(&mut aside.to_client, &MechTypes::NTLM.list());
        let mut session = ServerSession::new(&accepted.key);
        (session.from_client.2, session.to_client.2) = (1, 1);

        let expected = binding_hash(CLIENT_TO_SERVER, nonce, &self.public_key);
        assert_eq!(open(&mut session, hash) == expected.as_ref(), !self.traits.is_behind_another);
        let mut hash = binding_hash(SERVER_TO_CLIENT, nonce, &self.public_key).as_ref().to_vec();
        if let Some(bit) = self.traits.flips {
            hash[bit / 8] ^= 1 << (bit % 8);
        }
        let Sealed { signature, ciphertext } = session.seal(&hash);
        let pub_key_auth =
            element(der::context(3), &[&element(der::OCTET_STRING, &[&signature, &ciphertext])]);
        let state = element(der::context(0), &[&[10, 1, 0]]);
        let mic = element(der::context(3), &[&element(der::OCTET_STRING, &[&mic])]);
        let mic = if self.traits.signs_mech_types { mic } else { Vec::new() };
        self.session = Some(session);
        self.message(Moment::Proof, &[&nego_token(&[&state, &mic]), &pub_key_auth])
    }

    fn end(&mut self, auth_info: &[u8]) -> Vec<u8> {
        let credentials = open(self.session.as_mut().unwrap(), auth_info);
        let mut credentials = Reader::new(&credentials).inside(der::SEQUENCE).unwrap();
        assert_eq!(credentials.element(der::context(0)), Ok(&[2, 1, 1][..]));
        let password = credentials.inside(der::context(1)).unwrap().inside(der::OCTET_STRING);
        let mut password = password.unwrap().inside(der::SEQUENCE).unwrap();
        self.credentials = Some([0, 1, 2].map(|number| {
            let text = password.inside(der::context(number)).unwrap().element(der::OCTET_STRING).unwrap();
            let units: Vec<_> = text.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            String::from_utf16(&units).unwrap()
        }));
        match self.traits.error_code {
            Some((Moment::End, _)) => self.message(Moment::End, &[]),
            _ => Vec::new(),
        }
    }
}

fn nego_token(fields: &[&[u8]]) -> Vec<u8> {
    let response = element(der::context(1), &[&element(der::SEQUENCE, fields)]);
    let token = element(der::context(0), &[&element(der::OCTET_STRING, &[&response])]);
    element(der::context(1), &[&element(der::SEQUENCE, &[&element(der::SEQUENCE, &[&token])])])
}

fn open(session: &mut ServerSession, sealed: &[u8]) -> Vec<u8> {
    let (signature, ciphertext) = sealed.split_at(16);
    session.unseal(Sealed { signature: signature.to_vec(), ciphertext: ciphertext.to_vec() })
}

fn client() -> Box<dyn Mechanism> {
    let credential =
        Credential { user_name: "EXAMPLE\\alice".into(), password: Secret::new("Password1!".into()) };
    let mut noise = Noise::new(12);
    let context = Context {
        credential: Some(&credential),
        target_name: "HTTP/server01",
        receiver: Receiver::Server,
        request_target: "/wsman",
        now: NOW,
        random: &mut |buffer| buffer.copy_from_slice(&noise.octets(buffer.len())),
    };
    CREDSSP.start(None, context).unwrap()
}

/// The token of a step; empty when the handshake is over.
fn step(client: &mut dyn Mechanism, token: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let challenge = token.map(|token| BASE64_STANDARD.encode(token));
    match client.authorization(challenge.as_deref())? {
        Step::Send(value) => {
            let token = value.expose_secret().strip_prefix("CredSSP ").expect("the scheme").to_owned();
            Ok(BASE64_STANDARD.decode(token).unwrap())
        }
        Step::Established | Step::Ask => Ok(Vec::new()),
    }
}

/// Runs a handshake to its end, and returns how many legs it took.
fn shake_hands(client: &mut dyn Mechanism, server: &mut Server) -> Result<usize, Error> {
    let mut token = step(client, None)?;
    for legs in 1.. {
        assert!(legs < 8 && !client.can_seal());
        let answer = server.leg(&token);
        token = step(client, Some(&answer))?;
        if token.is_empty() {
            return Ok(legs);
        }
    }
    unreachable!()
}

/// What becomes of a handshake that must not come to its end, before the password has left.
fn failure(traits: Traits) -> Error {
    let (mut client, mut server) = (client(), Server::new(traits));
    let error = shake_hands(client.as_mut(), &mut server).unwrap_err();
    assert_eq!(server.credentials, None);
    // A failed handshake stays failed.
    assert!(!client.can_seal());
    assert_eq!(client.authorization(None).err(), Some(Error::NotEstablished));
    error
}

#[test]
fn the_password_arrives_and_bodies_are_sealed_both_ways() {
    for (tls, legs, trailer) in [(&TLS12, 5, 16), (&TLS13, 5, 17)] {
        for version in [5, 6] {
            let (mut client, mut server) = (client(), Server::new(Traits { tls, version, ..USUAL }));
            assert_eq!(shake_hands(client.as_mut(), &mut server), Ok(legs));
            let expected = ["EXAMPLE", "alice", "Password1!"].map(str::to_owned);
            assert_eq!(server.credentials, Some(expected));
            for length in [0, 1, 16_383, 16_384, 16_385, 60_000, 200_000] {
                let text = Noise::new(13).octets(length);
                let mut arrived = Vec::new();
                for chunk in text.chunks(16_384) {
                    let Sealed { signature, ciphertext } = client.seal(chunk).unwrap();
                    assert_eq!(signature.len(), trailer);
                    arrived.extend(server.take(&[signature, ciphertext].concat()));
                }
                assert!(arrived == text, "{length}");
            }
        }
    }
}

#[test]
fn bodies_of_the_server_are_read_by_the_lengths_of_their_records() {
    for (tls, trailer) in [(&TLS12, 16), (&TLS13, 17)] {
        let (mut client, mut server) = (client(), Server::new(Traits { tls, ..USUAL }));
        shake_hands(client.as_mut(), &mut server).unwrap();
        for length in [1, 16_384, 16_385, 200_000] {
            let text = Noise::new(14).octets(length);
            let mut body = Vec::new();
            for chunk in text.chunks(16_384) {
                server.tls.writer().write_all(chunk).unwrap();
                let record = server.outgoing();
                body.extend(format!(
                    "--Encrypted Boundary\r\n\tContent-Type: application/HTTP-CredSSP-session-encrypted\r\n\
                     \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={}\r\n\
                     --Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n",
                    chunk.len()
                ).into_bytes());
                body.extend((trailer as u32).to_le_bytes());
                body.extend(record);
            }
            body.extend(b"--Encrypted Boundary--\r\n");
            let content_type = "multipart/x-multi-encrypted;\
                protocol=\"application/HTTP-CredSSP-session-encrypted\";boundary=\"Encrypted Boundary\"";
            assert!(unseal_body(client.as_mut(), content_type, body, 1 << 20) == Ok(text), "{length}");
        }
        let sealed = seal_body(client.as_mut(), "application/soap+xml;charset=UTF-8", &[0; 20_000]).unwrap();
        assert!(sealed.content_type.starts_with("multipart/x-multi-encrypted;"));
        let Err(error) = client.unseal(&[23, 3, 3, 0, 20], vec![0; 20]) else { panic!() };
        assert_eq!(error, Error::BadSignature);
        assert_eq!(client.seal(b"more"), Err(Error::NotEstablished), "after a bad record the login is dead");
    }
}

#[test]
fn the_password_stays_here_if_the_proof_of_the_server_is_wrong_in_a_single_bit() {
    for bit in [0, 7, 100, 255] {
        assert_eq!(failure(Traits { flips: Some(bit), ..USUAL }), Error::ForgedServerKey, "{bit}");
    }
}

#[test]
fn the_password_stays_here_if_there_is_a_machine_in_the_middle() {
    for tls in [&TLS12, &TLS13] {
        // He passes on what both sides say, through two connections with two keys.
        let (mut client, mut server) =
            (client(), Server::new(Traits { tls, is_behind_another: true, ..USUAL }));
        server.public_key = Server::new(USUAL).public_key;
        assert_eq!(shake_hands(client.as_mut(), &mut server), Err(Error::ForgedServerKey));
        assert_eq!(server.credentials, None);
        // He shows the server's own certificate.
        assert_eq!(failure(Traits { tls, lacks_its_key: true, ..USUAL }), Error::ForgedServerKey);
    }
}

#[test]
fn versions_without_a_nonce_are_refused() {
    for version in [1, 2, 3, 4] {
        let expected = Error::UnsafeCredSsp { version: version.into() };
        assert_eq!(failure(Traits { version, ..USUAL }), expected);
    }
}

#[test]
fn a_list_of_mechanisms_without_its_signature_is_refused() {
    assert_eq!(failure(Traits { signs_mech_types: false, ..USUAL }), Error::MissingToken);
}

#[test]
fn the_reason_of_a_refusal_is_read() {
    let refused = Error::Refused { scheme: "CredSSP" };
    for moment in [Moment::Challenge, Moment::Proof] {
        let wrong_password = Some((moment, &[0xC0, 0, 0, 0x6D][..]));
        assert_eq!(failure(Traits { error_code: wrong_password, ..USUAL }), refused);
        let locked_out = Some((moment, &[0, 0xC0, 0, 2, 0x34][..]));
        let error = failure(Traits { error_code: locked_out, ..USUAL });
        assert_eq!(error.to_string(), "the server refused the login: the account is locked out (0xC0000234)");
    }
    let (mut client, mut server) =
        (client(), Server::new(Traits { error_code: Some((Moment::End, &[0x80, 9, 3, 0x27])), ..USUAL }));
    let error = shake_hands(client.as_mut(), &mut server).unwrap_err();
    assert_eq!(error.to_string(), "the server refused the login: error 0x80090327");
}

#[test]
fn answers_that_are_cut_anywhere_are_refused() {
    for length in (0..320).step_by(7) {
        for moment in [Moment::Challenge, Moment::Proof] {
            let error = failure(Traits { cut: Some((moment, length)), ..USUAL });
            let expected = if length == 0 { Error::MissingToken } else { Error::MalformedChallenge };
            assert_eq!(error, expected, "{length}");
        }
    }
}

#[test]
fn no_token_makes_it_panic_or_gives_the_password_away() {
    let mut noise = Noise::new(15);
    for spoilt in (1..5).cycle().take(120) {
        let (mut client, mut server) = (client(), Server::new(USUAL));
        let mut token = step(client.as_mut(), None).unwrap();
        for leg in 1..6 {
            let mut answer = server.leg(&token);
            if leg == spoilt {
                answer = noise.mutate(&answer);
            }
            match step(client.as_mut(), Some(&answer)) {
                Ok(next) => token = next,
                Err(_) => break,
            }
        }
    }
}

#[test]
fn every_token_has_its_turn() {
    assert_eq!(step(client().as_mut(), Some(b"")).map(|token| token[0]), Ok(22), "a ClientHello");
    let mut silent = client();
    step(silent.as_mut(), None).unwrap();
    assert!(silent.needs_token());
    assert_eq!(silent.authorization(None), Err(Error::MissingToken));
    let mut other = client();
    step(other.as_mut(), None).unwrap();
    assert!(matches!(step(other.as_mut(), Some(b"HTTP/1.1 400 \r\n")), Err(Error::InnerTls(_))));
    assert_eq!(client().seal(b"x"), Err(Error::NotEstablished));
    assert_eq!(client().unseal(&[], Vec::new()), Err(Error::NotEstablished));
}

#[test]
fn without_a_credential_there_is_nothing_to_begin_with() {
    assert_eq!(start_for_nobody(&CREDSSP).err(), Some(Error::CredentialRequired { scheme: "CredSSP" }));
}
