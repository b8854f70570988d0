//! Kerberos (RFC 4120, RFC 4121): a ticket for the server, its answer, then a context that seals. Carried by
//! `Kerberos`, and by `Negotiate` without SPNEGO around it, as its receivers take it too (MS-SPNG 3.2.5.2); by
//! `CredSSP` in SPNEGO, see there.
//!
//! ```text
//! ticket (AP-REQ) ─►  success with the server's proof (AP-REP)
//! ```
//!
//! The system's Kerberos library handles tickets and keys. It asks KDCs, so it is no part of this room:
//! its owner makes the first token and hands it over as a [`Ticket`], with the [`SecurityContext`] behind it.

mod cipher;
mod fault;
mod framing;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod login_request;

pub(crate) use fault::KerberosFault;
pub(crate) use login_request::LoginRequest;

use super::der::{self, NotDer, Reader};
use super::{Error, KERBEROS, Mechanism, Scheme, Sealed, Step, token};

/// What the library has made of a ticket: the beginning of a login.
pub(crate) struct Ticket {
    /// The service principal name that it is for.
    pub target: String,
    /// The first token of the login.
    pub token: Vec<u8>,
    pub context: Box<dyn SecurityContext>,
}

impl Ticket {
    /// # Errors
    /// [`KerberosFault::WeakEncryption`].
    pub(crate) fn new(
        target: &str,
        token: Vec<u8>,
        context: Box<dyn SecurityContext>,
    ) -> Result<Ticket, KerberosFault> {
        cipher::check(&token)?;
        Ok(Ticket { target: target.to_owned(), token, context })
    }
}

/// A security context of GSS-API (RFC 2743), as the initiator has it. None of these calls asks a KDC.
pub(crate) trait SecurityContext: Send + Sync {
    /// Takes the server's token.
    ///
    /// # Errors
    /// The server refuses, or is not the one that the ticket is for.
    fn step(&mut self, token: &[u8]) -> Result<Progress, KerberosFault>;

    /// Seals a message.
    ///
    /// # Errors
    /// What the library says; nothing that the message could cause.
    fn wrap(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, KerberosFault>;

    /// Unseals a message.
    ///
    /// # Errors
    /// [`Error::BadSignature`] and [`Error::OutOfSequence`].
    fn unwrap(&mut self, token: &[u8]) -> Result<Vec<u8>, Error>;

    /// The signature of a message that is sent in clear, or was.
    ///
    /// # Errors
    /// As [`SecurityContext::wrap`].
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KerberosFault>;

    /// Checks the server's signature of a message.
    ///
    /// # Errors
    /// As [`SecurityContext::unwrap`].
    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error>;
}

/// How far a login is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The server has proved who it is, and messages can be sealed.
    Established,
    /// Another token is to be sent.
    Continue(Vec<u8>),
}

/// Begins with a ticket.
pub(super) fn start_with(scheme: &'static Scheme, ticket: Ticket) -> Box<dyn Mechanism> {
    let Ticket { target, token, context } = ticket;
    Box::new(Kerberos { scheme, target, state: State::Start { token, context } })
}

struct Kerberos {
    scheme: &'static Scheme,
    target: String,
    state: State,
}

enum State {
    Start { token: Vec<u8>, context: Box<dyn SecurityContext> },
    Sent(Box<dyn SecurityContext>),
    Established(Box<dyn SecurityContext>),
    Failed,
}

impl Mechanism for Kerberos {
    fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        let (state, step) = match std::mem::replace(&mut self.state, State::Failed) {
            State::Start { token, context } => {
                (State::Sent(context), Step::Send(self.scheme.authorization(&token)))
            }
            State::Sent(mut context) => {
                let not_proven = || KerberosFault::ServerNotProven { target: self.target.clone() };
                let received = token(challenge.unwrap_or_default())?.ok_or_else(not_proven)?;
                match context.step(bare(&received)?)? {
                    Progress::Established => (State::Established(context), Step::Established),
                    Progress::Continue(token) => {
                        (State::Sent(context), Step::Send(self.scheme.authorization(&token)))
                    }
                }
            }
            State::Established(_) => return Err(Error::UnexpectedToken),
            State::Failed => return Err(Error::NotEstablished),
        };
        self.state = state;
        Ok(step)
    }

    fn refusal(&self) -> Error {
        KerberosFault::TicketRefused { target: self.target.clone(), reason: None }.into()
    }

    fn can_seal(&self) -> bool {
        matches!(self.state, State::Established(_))
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        let State::Established(context) = &mut self.state else { return Err(Error::NotEstablished) };
        seal(context.as_mut(), plaintext)
    }

    fn unseal(&mut self, signature: &[u8], ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        let State::Established(context) = &mut self.state else { return Err(Error::NotEstablished) };
        let unsealed = unseal(context.as_mut(), signature, &ciphertext);
        if unsealed.is_err() {
            self.state = State::Failed;
        }
        unsealed
    }
}

/// Seals a message, and cuts it as the receivers of WinRM do.
pub(super) fn seal(context: &mut dyn SecurityContext, plaintext: &[u8]) -> Result<Sealed, Error> {
    framing::cut(context.wrap(plaintext)?, plaintext.len())
}

/// Unseals a message, wherever it was cut.
pub(super) fn unseal(
    context: &mut dyn SecurityContext,
    signature: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, Error> {
    framing::join(signature, ciphertext).and_then(|token| context.unwrap(&token))
}

/// The token without SPNEGO around it, should the server answer in it (RFC 4178 4.2.2, NegTokenResp).
fn bare(received: &[u8]) -> Result<&[u8], Error> {
    const NEG_TOKEN_RESP: u8 = der::context(1);
    const RESPONSE_TOKEN: u8 = der::context(2);
    const OCTET_STRING: u8 = 0x04;
    if received.first() != Some(&NEG_TOKEN_RESP) {
        return Ok(received);
    }
    let read = || {
        let mut fields = Reader::new(received).inside(NEG_TOKEN_RESP)?.inside(der::SEQUENCE)?;
        loop {
            match fields.next()? {
                (RESPONSE_TOKEN, content) => return Reader::new(content).element(OCTET_STRING),
                (0xA0..=0xA3, _) => {}
                _ => return Err(NotDer),
            }
        }
    };
    read().map_err(|NotDer| Error::MalformedChallenge)
}

#[cfg(test)]
mod tests;
