//! CredSSP (MS-CSSP): logs on, and hands the password to the server so that it can log on elsewhere.
//!
//! ```text
//! TLS handshake                        ◄─► one leg for each flight
//!                                          with NTLM
//! NEGOTIATE                             ─► CHALLENGE
//! AUTHENTICATE, hash over the TLS key   ─► hash over the TLS key, the other way
//!                                          with Kerberos
//! ticket (AP-REQ)                       ─► the server's proof (AP-REP)
//! hash over the TLS key                 ─► hash over the TLS key, the other way
//!
//! the password                          ─► success
//! ```
//!
//! All but the handshake goes in TSRequests through a TLS connection of CredSSP's own, in HTTP as in HTTPS. The hashes
//! are sealed by NTLM or Kerberos, in SPNEGO: who makes them knows the account's secret, or that of the service, and
//! sees the same TLS key as the other side, so that there is no machine in the middle. The password leaves only after
//! the server's hash was right. Who the server is only Kerberos proves.
//!
//! [`tls`] is the connection, which seals bodies too; [`inner`] the login; [`ts_request`] the messages; [`status`] the
//! server's refusals.

#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod inner;
mod status;
mod tls;
mod ts_request;

pub(crate) use status::NtStatus;
pub(crate) use tls::check_signatures;

use super::kerberos::Ticket;
use super::ntlm::Logon;
use super::{CREDSSP, Context, Error, KeptCredential, Mechanism, Scheme, Sealed, Step, token};
use inner::{Inner, Turn};
use ring::digest;
use tls::{Received, Tls};
use ts_request::{TsAnswer, TsRequest, credentials};

/// MS-CSSP 3.1.5: older ones have no nonce in the hashes, and a machine in the middle can do with them what the user
/// may (CVE-2018-0886).
const OLDEST_SAFE_VERSION: u32 = 5;

/// MS-CSSP 3.1.5, steps 3 and 4: what the hashes begin with.
const CLIENT_TO_SERVER: &[u8] = b"CredSSP Client-To-Server Binding Hash\0";
const SERVER_TO_CLIENT: &[u8] = b"CredSSP Server-To-Client Binding Hash\0";

/// Begins a handshake with NTLM inside. Draws the nonce (32 octets), then what NTLM draws; the TLS connection draws for
/// itself.
pub(super) fn start(context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    begin(context, |context| Logon::new(context).map(Inner::ntlm))
}

/// As [`start`], with Kerberos inside.
pub(super) fn start_with(ticket: Ticket, context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    begin(context, |_| Ok(Inner::kerberos(ticket)))
}

fn begin(
    context: Context<'_>,
    inner: impl FnOnce(Context<'_>) -> Result<Inner, Error>,
) -> Result<Box<dyn Mechanism>, Error> {
    let credential = context.credential.ok_or(Error::CredentialRequired { scheme: CREDSSP.name })?;
    let credential = KeptCredential::of(credential);
    let tls = Tls::new(context.now)?;
    let mut nonce = [0; 32];
    (context.random)(&mut nonce);
    let client = Client { inner: inner(context)?, credential, nonce };
    Ok(Box::new(CredSsp { tls, stage: Stage::Connecting(Box::new(client)) }))
}

struct CredSsp {
    tls: Tls,
    stage: Stage,
}

/// All that the client brings along; wiped when it is sent or not needed any more.
struct Client {
    inner: Inner,
    credential: KeptCredential,
    nonce: [u8; 32],
}

enum Stage {
    /// The TLS connection is being made.
    Connecting(Box<Client>),
    /// The login inside is under way.
    Negotiating(Box<Client>),
    /// The hash was sent.
    Authenticated(Box<Client>),
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
            Stage::Negotiating(client) => self.authenticate(client, challenge)?,
            Stage::Authenticated(mut client) => self.delegate(&mut client, challenge)?,
            Stage::Delegated => {
                // The server has nothing left to say but no.
                let received = self.receive(challenge)?;
                if !received.plaintext.is_empty() {
                    answer(&received, refused)?;
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

    fn refusal(&self) -> Error {
        match &self.stage {
            Stage::Negotiating(client) | Stage::Authenticated(client) => client.inner.refused(),
            _ => refused(),
        }
    }

    fn unproven(&self) -> Option<&'static str> {
        match &self.stage {
            Stage::Connecting(_) => Some(CREDSSP.name),
            Stage::Negotiating(client) if matches!(client.inner, Inner::Ntlm(_)) => Some("NTLM in CredSSP"),
            Stage::Negotiating(_)
            | Stage::Authenticated(_)
            | Stage::Delegated
            | Stage::Established
            | Stage::Failed => None,
        }
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
    /// A flight of the TLS handshake, or when that is over, the first token of the login. The last flight goes alone:
    /// servers are known to lose what comes in the same leg.
    fn connect(&mut self, mut client: Box<Client>, challenge: &str) -> Result<(Stage, Step), Error> {
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
        let nego_token = client.inner.begin()?;
        let step = self.send(&TsRequest { nego_token: Some(&nego_token), ..TsRequest::default() })?;
        Ok((Stage::Negotiating(client), step))
    }

    /// The next token of the login; as soon as that can seal, the hash goes along.
    fn authenticate(&mut self, mut client: Box<Client>, challenge: &str) -> Result<(Stage, Step), Error> {
        let received = self.receive(challenge)?;
        let answer = answer(&received, || client.inner.refused())?;
        let token = match client.inner.answer(answer.nego_token.ok_or(Error::MissingToken)?)? {
            Turn::Ready(token) => token,
            Turn::Token(token) => {
                let step = self.send(&TsRequest { nego_token: Some(&token), ..TsRequest::default() })?;
                return Ok((Stage::Negotiating(client), step));
            }
        };
        let hash = binding_hash(CLIENT_TO_SERVER, &client.nonce, self.tls.server_public_key()?);
        let step = self.send(&TsRequest {
            nego_token: token.as_deref(),
            pub_key_auth: Some(&client.inner.seal(hash.as_ref())?),
            client_nonce: Some(&client.nonce),
            auth_info: None,
        })?;
        Ok((Stage::Authenticated(client), step))
    }

    /// The password, if the server has proved that it is the one.
    fn delegate(&mut self, client: &mut Client, challenge: &str) -> Result<(Stage, Step), Error> {
        let received = self.receive(challenge)?;
        let answer = answer(&received, || client.inner.refused())?;
        client.inner.finish(answer.nego_token)?;
        let pub_key_auth = answer.pub_key_auth.ok_or(Error::MissingToken)?;
        let expected = binding_hash(SERVER_TO_CLIENT, &client.nonce, self.tls.server_public_key()?);
        // Whatever is wrong with the proof, it is not one.
        if client.inner.unseal(pub_key_auth).ok().as_deref() != Some(expected.as_ref()) {
            return Err(Error::ForgedServerKey);
        }
        let auth_info = client.inner.seal(&credentials(&client.credential.for_login()))?;
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

/// The server's message, unless it is a refusal, which becomes `refused`.
fn answer(received: &Received, refused: impl FnOnce() -> Error) -> Result<TsAnswer<'_>, Error> {
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

fn refused() -> Error {
    Error::Refused { scheme: CREDSSP.name }
}

fn binding_hash(direction: &[u8], nonce: &[u8; 32], public_key: &[u8]) -> digest::Digest {
    let mut hash = digest::Context::new(&digest::SHA256);
    [direction, nonce, public_key].iter().for_each(|part| hash.update(part));
    hash.finish()
}

#[cfg(test)]
mod tests;
