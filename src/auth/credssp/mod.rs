//! CredSSP (MS-CSSP): logs on, and hands the password to the server so that it can log on elsewhere.
//!
//! ```text
//! TLS handshake                        ◄─► one leg for each flight
//! NEGOTIATE                             ─► CHALLENGE
//! AUTHENTICATE, hash over the TLS key   ─► hash over the TLS key, the other way
//! the password                          ─► success
//! ```
//!
//! All but the handshake goes in TSRequests through a TLS connection of CredSSP's own, in HTTP as in HTTPS. The hashes
//! are sealed by NTLM, in SPNEGO: who makes them knows the account's secret and sees the same TLS key as the other side,
//! so that nobody is in between. The password leaves only after the server's hash was right.
//!
//! [`tls`] is the connection, which seals bodies too; [`ts_request`] the messages; [`status`] the server's refusals.

mod status;
mod tls;
mod ts_request;

pub use status::NtStatus;

use super::ntlm::{self, Logon, Session};
use super::spnego::{self, MECH_TYPES};
use super::{CREDSSP, Context, Credential, Error, Mechanism, Scheme, Sealed, Step, token};
use ring::digest;
use tls::{Received, Tls};
use ts_request::{TsAnswer, TsRequest, credentials};

/// MS-CSSP 3.1.5: older ones have no nonce in the hashes, and somebody in between can do with them what the user may
/// (CVE-2018-0886).
const OLDEST_SAFE_VERSION: u32 = 5;

/// MS-CSSP 3.1.5, steps 3 and 4: what the hashes begin with.
const CLIENT_TO_SERVER: &[u8] = b"CredSSP Client-To-Server Binding Hash\0";
const SERVER_TO_CLIENT: &[u8] = b"CredSSP Server-To-Client Binding Hash\0";

/// Begins a handshake. Draws the nonce (32 octets), then what NTLM draws; the TLS connection draws for itself.
pub(super) fn start(context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    let Context { credential, target_name, receiver, request_target, now, random } = context;
    let credential = credential.ok_or(Error::CredentialRequired { scheme: CREDSSP.name })?.clone();
    let tls = Tls::new(now)?;
    let mut nonce = [0; 32];
    random(&mut nonce);
    // The service class that Windows' clients name in here.
    let host = target_name.split_once('/').map_or(target_name, |(_, host)| host);
    let target_name = format!("WSMAN/{host}");
    let logon = Context {
        credential: Some(&credential),
        target_name: &target_name,
        receiver,
        request_target,
        now,
        random,
    };
    let logon = Logon::new(logon)?;
    let client = Client { logon, credential, nonce };
    Ok(Box::new(CredSsp { tls, stage: Stage::Connecting(Box::new(client)) }))
}

struct CredSsp {
    tls: Tls,
    stage: Stage,
}

/// All that the client brings along; wiped when it is sent or not needed any more.
struct Client {
    logon: Logon,
    credential: Credential,
    nonce: [u8; 32],
}

enum Stage {
    /// The TLS connection is being made.
    Connecting(Box<Client>),
    Negotiated {
        client: Box<Client>,
        /// NTLM's NEGOTIATE as it was sent.
        negotiate: Vec<u8>,
    },
    /// AUTHENTICATE was sent, and the hash.
    Authenticated {
        client: Box<Client>,
        session: Box<Session>,
    },
    /// The password was sent.
    Delegated,
    Established,
    Failed,
}

impl Mechanism for CredSsp {
    fn scheme(&self) -> &'static Scheme {
        &CREDSSP
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        // On every way out that is not a step forward the handshake has failed.
        let challenge = challenge.unwrap_or_default();
        let (stage, step) = match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Connecting(client) => self.connect(client, challenge)?,
            Stage::Negotiated { client, negotiate } => self.authenticate(client, &negotiate, challenge)?,
            Stage::Authenticated { client, session } => self.delegate(&client, session, challenge)?,
            Stage::Delegated => {
                // The server has nothing left to say but no.
                let received = self.receive(challenge)?;
                if !received.plaintext.is_empty() {
                    answer(&received)?;
                }
                (Stage::Established, Step::Established)
            }
            Stage::Established | Stage::Failed => return Err(Error::NotEstablished),
        };
        self.stage = stage;
        Ok(step)
    }

    fn needs_token(&self) -> bool {
        // The last flight of a TLS handshake may be the client's: then the server has nothing to say to it.
        !(matches!(self.stage, Stage::Connecting(_)) && self.tls.is_made())
    }

    fn can_seal(&self) -> bool {
        matches!(self.stage, Stage::Established)
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        if self.can_seal() { self.tls.seal(plaintext) } else { Err(Error::NotEstablished) }
    }

    fn unseal(&mut self, signature: &[u8], ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        if !self.can_seal() {
            return Err(Error::NotEstablished);
        }
        let unsealed = self.tls.unseal(signature, &ciphertext);
        if unsealed.is_err() {
            self.stage = Stage::Failed;
        }
        unsealed
    }

    /// One TLS record has no length but its own.
    fn ciphertext_length(&self, signature: &[u8], original_length: usize) -> usize {
        tls::rest_of_record(signature).unwrap_or(original_length)
    }
}

impl CredSsp {
    /// A flight of the TLS handshake, or when that is over, NEGOTIATE. The last flight goes alone: servers are known to
    /// lose what comes in the same leg.
    fn connect(&mut self, client: Box<Client>, challenge: &str) -> Result<(Stage, Step), Error> {
        let received = self.receive(challenge)?;
        if !received.outgoing.is_empty() {
            let step = Step::Send(CREDSSP.authorization(&received.outgoing));
            return Ok((Stage::Connecting(client), step));
        }
        if !received.is_ready {
            return Err(Error::MissingToken);
        }
        if !received.plaintext.is_empty() {
            return Err(Error::UnexpectedToken);
        }
        let negotiate = ntlm::negotiate()?;
        let nego_token = spnego::init(&negotiate);
        let step = self.send(&TsRequest { nego_token: Some(&nego_token), ..TsRequest::default() })?;
        Ok((Stage::Negotiated { client, negotiate }, step))
    }

    fn authenticate(
        &mut self,
        client: Box<Client>,
        negotiate: &[u8],
        challenge: &str,
    ) -> Result<(Stage, Step), Error> {
        let received = self.receive(challenge)?;
        let response = response(answer(&received)?)?;
        let challenge = response.ntlm.ok_or(Error::MissingToken)?;
        let (authenticate, mut session) = client.logon.authenticate(negotiate, challenge)?;
        let mech_list_mic = session.sign_mech_types(MECH_TYPES);
        let hash = binding_hash(CLIENT_TO_SERVER, &client.nonce, self.tls.server_public_key()?);
        let step = self.send(&TsRequest {
            nego_token: Some(&spnego::response(&authenticate, &mech_list_mic)),
            pub_key_auth: Some(&sealed(&mut session, hash.as_ref())),
            client_nonce: Some(&client.nonce),
            auth_info: None,
        })?;
        Ok((Stage::Authenticated { client, session }, step))
    }

    /// The password, if the server has proved that it is the one.
    fn delegate(
        &mut self,
        client: &Client,
        mut session: Box<Session>,
        challenge: &str,
    ) -> Result<(Stage, Step), Error> {
        let received = self.receive(challenge)?;
        let answer = answer(&received)?;
        let mech_list_mic = response(answer)?.mech_list_mic.ok_or(Error::MissingToken)?;
        let pub_key_auth = answer.pub_key_auth.ok_or(Error::MissingToken)?;
        let expected = binding_hash(SERVER_TO_CLIENT, &client.nonce, self.tls.server_public_key()?);
        let proof = session
            .verify_mech_types(MECH_TYPES, mech_list_mic)
            .and_then(|()| unsealed(&mut session, pub_key_auth));
        // Whatever is wrong with the proof, it is not one.
        if proof.ok().as_deref() != Some(expected.as_ref()) {
            return Err(Error::ForgedServerKey);
        }
        let auth_info = sealed(&mut session, &credentials(&client.credential));
        let step = self.send(&TsRequest { auth_info: Some(&auth_info), ..TsRequest::default() })?;
        Ok((Stage::Delegated, step))
    }

    fn receive(&mut self, challenge: &str) -> Result<Received, Error> {
        self.tls.receive(&token(challenge)?.unwrap_or_default())
    }

    fn send(&mut self, request: &TsRequest<'_>) -> Result<Step, Error> {
        Ok(Step::Send(CREDSSP.authorization(&self.tls.send(&request.write())?)))
    }
}

/// The server's message, if it is no refusal.
fn answer(received: &Received) -> Result<TsAnswer<'_>, Error> {
    if received.plaintext.is_empty() {
        return Err(Error::MissingToken);
    }
    let answer = TsAnswer::read(&received.plaintext).map_err(|_| Error::MalformedChallenge)?;
    match answer.error_code {
        Some(status) if status.is_logon_failure() => Err(refused()),
        Some(status) => Err(Error::LogonRefused { status }),
        None if answer.version < OLDEST_SAFE_VERSION => Err(Error::UnsafeCredSsp { version: answer.version }),
        None => Ok(answer),
    }
}

/// SPNEGO's part of it.
fn response(answer: TsAnswer<'_>) -> Result<spnego::Response<'_>, Error> {
    let token = answer.nego_token.ok_or(Error::MissingToken)?;
    let response = spnego::Response::read(token).map_err(|_| Error::MalformedChallenge)?;
    if response.is_rejection { Err(refused()) } else { Ok(response) }
}

fn refused() -> Error {
    Error::Refused { scheme: CREDSSP.name }
}

/// Here a sealed message is the signature and the ciphertext, with no length between them.
fn sealed(session: &mut Session, message: &[u8]) -> Vec<u8> {
    let Sealed { signature, ciphertext } = session.seal(message);
    [signature, ciphertext].concat()
}

fn unsealed(session: &mut Session, message: &[u8]) -> Result<Vec<u8>, Error> {
    let (signature, ciphertext) =
        message.split_at_checked(ntlm::SIGNATURE_LENGTH).ok_or(Error::MalformedSignature)?;
    session.unseal(signature, ciphertext.to_vec())
}

fn binding_hash(direction: &[u8], nonce: &[u8; 32], public_key: &[u8]) -> digest::Digest {
    let mut hash = digest::Context::new(&digest::SHA256);
    [direction, nonce, public_key].iter().for_each(|part| hash.update(part));
    hash.finish()
}

#[cfg(test)]
mod tests;
