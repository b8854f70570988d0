//! The exchange of the session key, in a pair with the server's half of it.

use super::world::{Trouble, client, configuration, identity, options};
use crate::psrp::clixml::{self, Object, SecureString, Value};
use crate::psrp::fragment::{Fragmenter, ObjectId};
use crate::psrp::host::{HostAnswer, HostCall, HostRequest};
use crate::psrp::message::{Destination, Message, MessageType, PipelineId, RunspacePoolId};
use crate::psrp::session_key::{KeyPair, SessionKey};
use crate::session::{Event, FailureKind, Session};
use crate::wsman::shell::{Received, ShellAddress, StreamData};
use crate::wsman::{Request, Response, ShellId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use rsa::{BoxedUint, PublicKey};
use std::sync::LazyLock;
use std::time::Instant;
use uuid::Uuid;

const KEY: [u8; 32] = [9; 32];
const PASSWORD: &str = "Passw0rd!";

/// The keys of a client: they take a while to make.
static KEYS: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(&mut SysRng).unwrap());

/// The server's half, and what a client of it sends.
struct Server {
    pool: RunspacePoolId,
    fragmenter: Fragmenter,
    now: Instant,
}

/// As a real server sends what belongs to no pool.
const NO_POOL: RunspacePoolId = RunspacePoolId(Uuid::nil());

impl Server {
    fn new() -> (Server, Session<Trouble>) {
        let shell =
            ShellAddress { resource_uri: configuration(), shell_id: ShellId::of_guid(Uuid::new_v4()) };
        let identity = identity(shell, client());
        let pool = identity.pool_id;
        let server = Server { pool, fragmenter: Fragmenter::new(ObjectId::FIRST), now: Instant::now() };
        (server, Session::held(identity, options()))
    }

    /// A message as bytes of the pool's stream.
    fn message(&mut self, message_type: MessageType, data: &str) -> Vec<u8> {
        let is_of_pool = message_type == MessageType::RunspacePoolHostCall;
        let message = Message {
            destination: Destination::Client,
            message_type,
            runspace_pool_id: if is_of_pool { self.pool } else { NO_POOL },
            pipeline_id: None::<PipelineId>,
            data: data.as_bytes().into(),
        };
        self.fragmenter.cut([&message.encode()[..]], usize::MAX).concat()
    }

    /// The session key, encrypted for the client that has sent this.
    fn encrypted_session_key(&mut self, public_key: &Value) -> Vec<u8> {
        let blob = STANDARD.decode(public_key.property("PublicKey").unwrap().as_str().unwrap()).unwrap();
        let number = |octets: &[u8]| BoxedUint::from_le_slice_vartime(octets);
        let public_key = PublicKey::new(number(&blob[20..]), number(&blob[16..20])).unwrap();
        let mut encrypted = public_key.pkcs1v15_encrypt_with_rng(&mut SysRng, &KEY).unwrap();
        encrypted.reverse();
        let blob = [&[1, 2, 0, 0, 0x10, 0x66, 0, 0, 0, 0xA4, 0, 0][..], &encrypted].concat();
        let bag = Object::bag([("EncryptedSessionKey", STANDARD.encode(blob).as_str().into())]);
        self.message(MessageType::EncryptedSessionKey, &clixml::write(&bag.into()))
    }

    /// The message that the client sends next; the Receive before it stays open.
    fn sent(&self, session: &mut Session<Trouble>) -> Option<(MessageType, Value)> {
        while let Some(outgoing) = session.poll_request(self.now) {
            if let Request::Send(send) = outgoing.request {
                session.handle_response(self.now, outgoing.id, Ok(Response::Done));
                let message = Message::decode(&send.data[21..]).unwrap();
                let data = clixml::read(&message.data, &clixml::Limits::default()).unwrap();
                return Some((message.message_type, data));
            }
        }
        None
    }

    /// Gives the client bytes of the pool's stream.
    fn give(&self, session: &mut Session<Trouble>, data: Vec<u8>) {
        let receive = session.poll_request(self.now).unwrap();
        assert!(matches!(receive.request, Request::Receive(_)), "{receive:?}");
        let stream = StreamData { command_id: None, data };
        let received = Received { streams: vec![stream], commands: Vec::new() };
        session.handle_response(self.now, receive.id, Ok(Response::Received(received)));
    }
}

fn read_line(id: i64) -> HostCall {
    let xml =
        format!(r#"<Obj RefId="0"><MS><I64 N="ci">{id}</I64><I32 N="mi">12</I32><Nil N="mp" /></MS></Obj>"#);
    HostCall::decode(xml.as_bytes(), &clixml::Limits::default()).unwrap()
}

fn secret(call: &HostCall) -> crate::psrp::host::HostResponse {
    call.response(Ok(Some(HostAnswer::Secret(PASSWORD.into()))))
}

fn password(response: &Value) -> String {
    let Some(Value::SecureString(secure)) = response.property("mr") else { panic!("{response:?}") };
    SessionKey::of(KEY).decrypt(secure).unwrap().expose_secret().to_owned()
}

#[test]
fn answers_with_secrets_wait_for_one_exchange_of_keys() {
    let (mut server, mut session) = Server::new();
    session.respond(None, secret(&read_line(1))).unwrap();
    session.respond(None, secret(&read_line(2))).unwrap();
    assert_eq!(session.poll_event(), Some(Event::KeysWanted));
    assert_eq!(session.poll_event(), None);
    // Answers without a secret do not wait.
    session.respond(None, read_line(3).response(Ok(Some(HostAnswer::Text("x".into()))))).unwrap();
    assert_eq!(server.sent(&mut session).unwrap().0, MessageType::RunspacePoolHostResponse);

    session.exchange_keys(Some(KEYS.clone()));
    let (message_type, public_key) = server.sent(&mut session).unwrap();
    assert_eq!(message_type, MessageType::PublicKey);
    let answer = server.encrypted_session_key(&public_key);
    server.give(&mut session, answer.clone());
    assert_eq!(session.poll_event(), Some(Event::SessionKey));
    for id in [1, 2] {
        let (message_type, response) = server.sent(&mut session).unwrap();
        assert_eq!(message_type, MessageType::RunspacePoolHostResponse);
        assert_eq!(response.property("ci"), Some(&Value::I64(id)));
        assert_eq!(password(&response), PASSWORD);
    }
    // Later ones need no exchange.
    session.respond(None, secret(&read_line(4))).unwrap();
    assert_eq!(password(&server.sent(&mut session).unwrap().1), PASSWORD);
    assert_eq!(session.poll_event(), None);
}

#[test]
fn a_server_that_needs_a_key_asks_for_it() {
    let (mut server, mut session) = Server::new();
    let request = server.message(MessageType::PublicKeyRequest, "<S></S>");
    let call = server.message(
        MessageType::RunspacePoolHostCall,
        r#"<Obj RefId="0"><MS><I64 N="ci">1</I64><I32 N="mi">11</I32><Nil N="mp" /></MS></Obj>"#,
    );
    // The stream of a pool is read while a key is awaited.
    session.exchange_keys(Some(KEYS.clone()));
    server.sent(&mut session).unwrap();
    server.give(&mut session, [request, call].concat());
    assert_eq!(session.poll_event(), Some(Event::KeysWanted));
    let Some(Event::HostCall(call)) = session.poll_event() else { panic!("a call") };
    assert_eq!(call.request, HostRequest::ReadLine);
}

#[test]
fn the_public_key_is_sent_again_when_it_may_be_lost() {
    let (server, mut session) = Server::new();
    session.exchange_keys(Some(KEYS.clone()));
    let send = session.poll_request(server.now).unwrap();
    session.handle_response(server.now, send.id, Err(Trouble(FailureKind::Lost)));
    assert!(matches!(session.poll_event(), Some(Event::Lost { .. })));
    let reconnect = session.poll_request(server.now).unwrap();
    session.handle_response(server.now, reconnect.id, Ok(Response::Done));
    assert_eq!(session.poll_event(), Some(Event::Recovered));
    assert_eq!(server.sent(&mut session).unwrap().0, MessageType::PublicKey);
}

#[test]
fn without_keys_secrets_are_refused() {
    let (server, mut session) = Server::new();
    session.respond(None, secret(&read_line(1))).unwrap();
    session.exchange_keys(None);
    let (_, response) = server.sent(&mut session).unwrap();
    assert_eq!((response.property("mr"), response.property("me").is_some()), (None, true));
}

#[test]
fn a_session_key_that_is_none_breaks_the_session() {
    let (mut server, mut session) = Server::new();
    session.exchange_keys(Some(KEYS.clone()));
    server.sent(&mut session).unwrap();
    let data = r#"<Obj RefId="0"><MS><S N="EncryptedSessionKey">AAAA</S></MS></Obj>"#;
    let bad = server.message(MessageType::EncryptedSessionKey, data);
    server.give(&mut session, bad);
    assert_eq!(session.poll_event(), Some(Event::Broken(Trouble(FailureKind::Unusable))));
}

#[test]
fn a_key_that_was_not_asked_for_is_ignored() {
    let (mut server, mut session) = Server::new();
    let public = clixml::read(KEYS.encode_public().as_bytes(), &clixml::Limits::default()).unwrap();
    let answer = server.encrypted_session_key(&public);
    session.exchange_keys(Some(KEYS.clone()));
    server.sent(&mut session).unwrap();
    server.give(&mut session, [answer.clone(), answer].concat());
    assert_eq!(session.poll_event(), Some(Event::SessionKey));
    assert_eq!(session.poll_event(), None);
    let secure = SecureString::new(b"no cipher text".to_vec());
    assert_eq!(session.session_key().unwrap().unwrap().decrypt(&secure), None);
}
