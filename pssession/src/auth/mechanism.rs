//! What a mechanism is: one side of a handshake on one connection, and what grows from it.

use super::channel_binding::ChannelBindings;
use super::credential::Credential;
use super::error::Error;
use super::scheme::Scheme;
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};

/// What a handshake may draw on. Each mechanism takes what it needs of it.
pub(crate) struct Context<'a> {
    /// Who logs on; `None` for the current user, which only Kerberos can find out.
    pub credential: Option<&'a Credential>,
    /// The receiver as a service principal name, such as `HTTP/server01`.
    pub target_name: &'a str,
    pub receiver: Receiver,
    /// What follows the method in the request line: path and query, or host and port of a tunnel.
    pub request_target: &'a str,
    /// The time as a Windows FILETIME: units of 100 nanoseconds since 1601-01-01 UTC.
    pub now: u64,
    /// Fills a buffer with unpredictable octets.
    pub random: &'a mut dyn FnMut(&mut [u8]),
}

/// Whom a login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// The service itself, which is sent POST requests.
    Server,
    /// A proxy, which is asked to CONNECT. Messages are not for it, so that none is sealed for it.
    Proxy,
}

impl Receiver {
    /// The method of the requests that carry the login.
    pub(super) fn method(self) -> &'static str {
        match self {
            Receiver::Server => "POST",
            Receiver::Proxy => "CONNECT",
        }
    }
}

/// One side of a handshake on one connection, and the security context that comes of it.
pub(crate) trait Mechanism: Send + Sync {
    /// The row of the scheme it is carried by.
    fn scheme(&self) -> &'static Scheme;

    /// The next step of the handshake.
    ///
    /// `challenge` is what follows the scheme's name in `WWW-Authenticate`, and `None` at the start or when there
    /// is no such header. After the leg that the server answers with success this is called once more, since the
    /// server's last token may prove who it is: only then, and only if it yields [`Step::Established`], is the
    /// handshake over. A 401 after which the mechanism has nothing to send is the server's refusal
    /// ([`Error::Refused`]), whatever else this says.
    ///
    /// A mechanism that authorizes each request ([`super::Authorizes::EachRequest`]) yields [`Step::Send`] each time, or
    /// [`Step::Ask`] as long as it has seen no challenge. A 401 is answered as often as it has an answer to its
    /// challenge, with the same request: the server has not carried it out.
    ///
    /// # Errors
    /// The handshake has failed; a new one needs a new connection.
    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error>;

    /// Whether the next leg of the server must bring a token. Where it need not, a 401 without one is no refusal.
    fn needs_token(&self) -> bool {
        true
    }

    /// How much this challenge is preferred where the server offers several of the scheme; the first of equals is
    /// answered.
    fn preference(&self, _challenge: &str) -> u8 {
        0
    }

    /// For a mechanism that authorizes each request: the server has taken one. `authentication_info` is the value of
    /// its `Authentication-Info` (RFC 7615), empty if there is none.
    fn accepted(&mut self, _authentication_info: &str) {}

    /// Ties the login to the TLS channel it runs in, for a scheme that uses channel bindings. The certificate is
    /// seen when the connection is made, so this comes after the mechanism was started and before the token that
    /// carries the bindings.
    fn bind(&mut self, _bindings: ChannelBindings) {}

    /// The meaning of a 401 after the last leg of this side.
    fn refusal(&self) -> Error {
        Error::Refused { scheme: self.scheme().name }
    }

    /// What was tried, as long as nothing was sent that proves the password: a 401 says nothing about the user then.
    fn unproven(&self) -> Option<&'static str> {
        None
    }

    /// Whether bodies can be sealed by now. This may be so before the handshake is over: the first sealed request
    /// can then ride in its last leg.
    fn can_seal(&self) -> bool {
        false
    }

    /// Encrypts and signs one message; the order of calls is the order on the wire.
    ///
    /// # Errors
    /// [`Error::NotEstablished`].
    fn seal(&mut self, _plaintext: &[u8]) -> Result<Sealed, Error> {
        Err(Error::NotEstablished)
    }

    /// Decrypts one message in place and verifies it.
    ///
    /// # Errors
    /// [`Error::NotEstablished`]; [`Error::MalformedSignature`], [`Error::WrongSequenceNumber`] and
    /// [`Error::BadSignature`], after any of which the context is dead.
    fn unseal(&mut self, _signature: &[u8], _ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        Err(Error::NotEstablished)
    }

    /// How many octets of ciphertext follow this signature in a body whose framing says `Length=original_length`:
    /// just as many, unless the mechanism frames its ciphertext itself.
    fn ciphertext_length(&self, _signature: &[u8], original_length: usize) -> usize {
        original_length
    }
}

/// What [`Mechanism::authorization`] wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send a request with this as the full value of its `Authorization` header.
    Send(Secret),
    /// Send a request without body and without that header, for the challenge in the server's answer.
    Ask,
    /// The handshake is over; requests carry no such header any more.
    Established,
}

/// A message as [`Mechanism::seal`] leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// Goes in front of the ciphertext, with its length before it.
    pub signature: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

/// Counts the legs of one handshake, so that a server which always wants another one is given up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Legs(usize);

impl Legs {
    /// More than any mechanism needs.
    pub(crate) const MAX: usize = 8;

    /// Call before each request of the handshake.
    ///
    /// # Errors
    /// [`Error::TooManyLegs`] from the ninth on.
    pub(crate) fn count(&mut self) -> Result<(), Error> {
        if self.0 == Legs::MAX {
            return Err(Error::TooManyLegs);
        }
        self.0 += 1;
        Ok(())
    }
}

/// Most octets of a server's token that are looked at; in base64 they fill a header line of 64 KiB.
const MAX_TOKEN: usize = 48 * 1024;

/// The token in a challenge; `None` if the challenge is empty.
pub(super) fn token(challenge: &str) -> Result<Option<Vec<u8>>, Error> {
    if challenge.is_empty() {
        return Ok(None);
    }
    if challenge.len() > MAX_TOKEN / 3 * 4 {
        return Err(Error::TokenTooLarge);
    }
    BASE64_STANDARD.decode(challenge).map(Some).map_err(|_| Error::InvalidBase64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_leg_is_refused() {
        let mut legs = Legs::default();
        for _ in 0..8 {
            assert_eq!(legs.count(), Ok(()));
        }
        assert_eq!(legs.count(), Err(Error::TooManyLegs));
    }

    #[test]
    fn tokens_are_base64_of_bounded_length() {
        assert_eq!(token(""), Ok(None));
        assert_eq!(token("AQI="), Ok(Some(vec![1, 2])));
        assert_eq!(token("AQI"), Err(Error::InvalidBase64));
        assert_eq!(token("AQ I="), Err(Error::InvalidBase64));
        let largest = "A".repeat(64 * 1024);
        assert_eq!(token(&largest).map(|token| token.map(|t| t.len())), Ok(Some(MAX_TOKEN)));
        assert_eq!(token(&(largest + "AAAA")), Err(Error::TokenTooLarge));
    }
}
