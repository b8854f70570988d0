//! The same with Kerberos inside: a library whose seal anyone can read, and a server to match.

use super::*;
use crate::auth::kerberos::{KerberosFault, Progress, SecurityContext, Ticket};

const TARGET: &str = "WSMAN/server01";

/// Tokens laid out as in RFC 4121 4.2.6.2, without a cipher.
struct Glass;

impl SecurityContext for Glass {
    fn step(&mut self, token: &[u8]) -> Result<Progress, KerberosFault> {
        match token {
            b"AP-REP" => Ok(Progress::Established),
            _ => Err(KerberosFault::ServerNotProven { target: TARGET.into() }),
        }
    }

    fn wrap(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        let header = [5, 4, 2, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Ok([&header[..], &[b'c'; 16], plaintext, &[b's'; 28]].concat())
    }

    fn unwrap(&mut self, token: &[u8]) -> Result<Vec<u8>, Error> {
        let mut body = token.get(16..).ok_or(Error::BadSignature)?.to_vec();
        body.rotate_left(usize::from(token[7]));
        body.strip_prefix(&[b'c'; 16])
            .and_then(|body| body.strip_suffix(&[b's'; 28]))
            .map(<[u8]>::to_vec)
            .ok_or(Error::BadSignature)
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        Ok([b"ours", message].concat())
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        if signature == theirs(message) { Ok(()) } else { Err(Error::BadSignature) }
    }
}

fn theirs(message: &[u8]) -> Vec<u8> {
    [b"theirs", message].concat()
}

/// What the server says after the handshake of the TLS.
#[derive(Clone, Copy)]
struct Says {
    /// negState, the OID of the mechanism, AP-REP, mechListMIC.
    first: (u8, &'static [u8], &'static [u8], Option<&'static [u8]>),
    /// mechListMIC, with the hash.
    last: Option<&'static [u8]>,
    flips: Option<usize>,
    error_code: Option<&'static [u8]>,
}

const MS_KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2];
const NTLMSSP: &[u8] = &[0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];
const USUAL: Says =
    Says { first: (0, MS_KERBEROS, b"AP-REP", None), last: None, flips: None, error_code: None };

/// What the client has sent: the signature over the list, the password.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    mech_list_mic: Option<Vec<u8>>,
    credentials: Option<Vec<u8>>,
}

fn octets(number: u8, content: &[u8]) -> Vec<u8> {
    element(der::context(number), &[&element(der::OCTET_STRING, &[content])])
}

fn nego_response(says: Says) -> Vec<u8> {
    let (state, mechanism, token, mic) = says.first;
    nego_token(&[
        &element(der::context(0), &[&element(der::ENUMERATED, &[&[state]])]),
        &element(der::context(1), &[&element(der::OBJECT_IDENTIFIER, &[mechanism])]),
        &if token.is_empty() { Vec::new() } else { octets(2, token) },
        &mic.map(|mic| octets(3, mic)).unwrap_or_default(),
    ])
}

/// The server's answer to a message.
fn answer(server: &Server, says: Says, sent: &mut Sent, request: &[u8]) -> Vec<u8> {
    let version = element(der::context(0), &[&element(der::INTEGER, &[&[6]])]);
    if let Some(code) = says.error_code {
        let code = element(der::context(4), &[&element(der::INTEGER, &[code])]);
        return element(der::SEQUENCE, &[&version, &code]);
    }
    let mut fields = Reader::new(request).inside(der::SEQUENCE).unwrap();
    fields.element(der::context(0)).unwrap();
    let tokens = fields.optional(der::context(1)).unwrap();
    let token = tokens.map(|tokens| {
        let mut data = Reader::new(tokens).inside(der::SEQUENCE).unwrap().inside(der::SEQUENCE).unwrap();
        data.inside(der::context(0)).unwrap().element(der::OCTET_STRING).unwrap()
    });
    let mut sealed = |number| {
        let field = fields.optional(der::context(number)).unwrap();
        field.map(|field| Reader::new(field).element(der::OCTET_STRING).unwrap())
    };
    let (auth_info, hash, nonce) = (sealed(2), sealed(3), sealed(5));
    if let Some(auth_info) = auth_info {
        sent.credentials = Some(Glass.unwrap(auth_info).unwrap());
        return Vec::new();
    }
    let Some(hash) = hash else {
        assert_eq!(token, Some(&*MechTypes::KERBEROS.init(b"AP-REQ")));
        return element(der::SEQUENCE, &[&version, &nego_response(says)]);
    };
    let signed = token.map(|token| MechTypes::KERBEROS.read(token).unwrap());
    sent.mech_list_mic = signed.and_then(|signed| signed.mech_list_mic.map(<[u8]>::to_vec));
    let nonce = nonce.unwrap().try_into().unwrap();
    assert_eq!(
        Glass.unwrap(hash).unwrap(),
        binding_hash(CLIENT_TO_SERVER, nonce, &server.public_key).as_ref()
    );
    let mut hash = binding_hash(SERVER_TO_CLIENT, nonce, &server.public_key).as_ref().to_vec();
    if let Some(bit) = says.flips {
        hash[bit / 8] ^= 1 << (bit % 8);
    }
    let mic = says.last.map(|mic| nego_token(&[&octets(3, mic)])).unwrap_or_default();
    element(der::SEQUENCE, &[&version, &mic, &octets(3, &Glass.wrap(&hash).unwrap())])
}

/// How many legs a handshake takes, or why it does not come to its end.
fn shake_hands(says: Says) -> (Result<usize, Error>, Sent) {
    let credential =
        Credential { user_name: "alice@example.com".into(), password: Secret::new("Password1!".into()) };
    let context = Context {
        credential: Some(&credential),
        target_name: TARGET,
        receiver: Receiver::Server,
        request_target: "/wsman",
        now: NOW,
        random: &mut |buffer| buffer.fill(7),
    };
    let ticket = Ticket { target: TARGET.into(), token: b"AP-REQ".to_vec(), context: Box::new(Glass) };
    let mut client = CREDSSP.start(Some(ticket), context).unwrap();
    let (mut server, mut sent) = (Server::new(super::USUAL), Sent::default());
    let mut token = step(client.as_mut(), None).unwrap();
    for legs in 1..9 {
        let message = server.take(&token);
        if !message.is_empty() {
            let answer = answer(&server, says, &mut sent, &message);
            server.tls.writer().write_all(&answer).unwrap();
        }
        let answer = server.outgoing();
        token = match step(client.as_mut(), Some(&answer)) {
            Ok(token) => token,
            Err(error) => {
                assert_eq!((client.can_seal(), &sent.credentials), (false, &None));
                return (Err(error), sent);
            }
        };
        if token.is_empty() {
            assert!(client.can_seal());
            return (Ok(legs), sent);
        }
    }
    unreachable!("more legs than any handshake has")
}

#[test]
fn the_password_arrives() {
    let (legs, sent) = shake_hands(USUAL);
    let credential =
        Credential { user_name: "alice@example.com".into(), password: Secret::new("Password1!".into()) };
    assert_eq!((legs, sent.mech_list_mic), (Ok(5), None));
    assert_eq!(sent.credentials.as_deref(), Some(&**credentials(&credential)));
}

#[test]
fn the_list_is_signed_by_both_where_the_server_wants_it() {
    let list = MechTypes::KERBEROS.list();
    let signed = Some(&*theirs(&list).leak());
    let first = |state, mic| (state, MS_KERBEROS, &b"AP-REP"[..], mic);
    // accept-incomplete and request-mic; the server signs at once or when the client has.
    for state in [1, 3] {
        for says in [
            Says { first: first(state, signed), ..USUAL },
            Says { first: first(state, None), last: signed, ..USUAL },
        ] {
            let (legs, sent) = shake_hands(says);
            assert_eq!((legs, sent.mech_list_mic), (Ok(5), Some([b"ours", &*list].concat())));
        }
        let (error, _) = shake_hands(Says { first: first(state, None), ..USUAL });
        assert_eq!(error, Err(Error::MissingToken));
    }
    // One that is not wanted is looked at all the same.
    let forged = Some(&b"theirs"[..]);
    for says in [
        Says { first: first(0, forged), ..USUAL },
        Says { last: forged, ..USUAL },
        Says { first: first(3, None), last: forged, ..USUAL },
    ] {
        assert_eq!(shake_hands(says).0, Err(Error::ForgedServerKey));
    }
    assert_eq!(shake_hands(Says { first: first(0, signed), ..USUAL }).0, Ok(5));
}

#[test]
fn the_password_stays_here_if_the_proof_of_the_server_is_wrong_in_a_single_bit() {
    for bit in [0, 7, 100, 255] {
        assert_eq!(shake_hands(Says { flips: Some(bit), ..USUAL }).0, Err(Error::ForgedServerKey), "{bit}");
    }
}

#[test]
fn a_server_that_does_not_prove_who_it_is_gets_no_hash() {
    let not_proven = || Err(KerberosFault::ServerNotProven { target: TARGET.into() }.into());
    for token in [&b""[..], b"AP-RAP"] {
        assert_eq!(shake_hands(Says { first: (0, MS_KERBEROS, token, None), ..USUAL }).0, not_proven());
    }
    // There is no way back to NTLM.
    let other = Says { first: (3, NTLMSSP, b"NTLMSSP\0", None), ..USUAL };
    assert_eq!(shake_hands(other).0, Err(Error::MalformedChallenge));
}

#[test]
fn a_refusal_is_one_of_the_ticket() {
    let refused = || Err(KerberosFault::TicketRefused { target: TARGET.into(), reason: None }.into());
    let logon_failure = Some(&[0xC0, 0, 0, 0x6D][..]);
    assert_eq!(shake_hands(Says { error_code: logon_failure, ..USUAL }).0, refused());
    assert_eq!(shake_hands(Says { first: (2, MS_KERBEROS, b"", None), ..USUAL }).0, refused());
    let locked_out = Says { error_code: Some(&[0, 0xC0, 0, 2, 0x34]), ..USUAL };
    let (error, _) = shake_hands(locked_out);
    assert_eq!(
        error.unwrap_err().to_string(),
        "the server refused the login: the account is locked out (0xC0000234)"
    );
}
