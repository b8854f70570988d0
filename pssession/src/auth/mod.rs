//! Authentication: challenge in, `Authorization` out, and the sealing of message bodies.
//!
//! Nothing here waits, reads a clock or opens anything. The transport sends what a [`Mechanism`] hands it, feeds
//! back what the server answered, and looks up everything it has to know beforehand in the mechanism's row of
//! [`SCHEMES`]: which PowerShell names select it, whether it seals bodies, whether it may be used over plain HTTP.
//!
//! A handshake belongs to one TCP connection and so does all that grows from it: keys, cipher streams, sequence
//! numbers. A second connection begins with a new mechanism; only the [`Credential`] is shared.
//!
//! To add a mechanism: one file that implements [`Mechanism`], and its row's `start`.

mod basic;
mod certificate;
mod channel_binding;
mod credential;
mod credssp;
mod der;
mod digest;
mod encrypted;
mod error;
mod header;
mod kerberos;
mod ntlm;
mod spnego;
#[cfg(test)]
mod test_support;

pub(crate) use channel_binding::ChannelBindings;
pub(crate) use credential::{Credential, KeptCredential};
pub(crate) use credssp::NtStatus;
pub(crate) use encrypted::{SealedBody, seal_body, unseal_body};
pub(crate) use error::{BodyFault, Error, listed};
pub(crate) use header::{Challenge, challenges};
pub(crate) use kerberos::{KerberosFault, Progress, SecurityContext, Ticket, Wish};

pub(crate) use crate::access::Authentication;
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};

impl Authentication {
    /// The HTTP authentication scheme that carries it.
    pub fn scheme(self) -> &'static Scheme {
        match self {
            Authentication::Default
            | Authentication::Negotiate
            | Authentication::NegotiateWithImplicitCredential => &NEGOTIATE,
            Authentication::Basic => &BASIC,
            Authentication::Credssp => &CREDSSP,
            Authentication::Digest => &DIGEST,
            Authentication::Kerberos => &KERBEROS,
        }
    }
}

/// One row of the table of HTTP authentication schemes. Whoever needs one of these facts reads it here.
#[derive(Debug, Clone, Copy)]
pub struct Scheme {
    /// The scheme's name in `WWW-Authenticate` and `Authorization`; compared without regard to letter case.
    pub name: &'static str,
    /// How it seals message bodies, if it can (MS-WSMV 2.2.9.1).
    pub sealing: Option<Sealing>,
    /// Whether the mechanism ties itself to the TLS channel below it (RFC 5929, `tls-server-end-point`).
    pub uses_channel_bindings: bool,
    /// Whether it may be used over plain HTTP: only what never shows the password and can seal.
    pub allowed_over_plain_http: bool,
    /// Which requests carry the `Authorization` header.
    pub authorizes: Authorizes,
    /// Begins a handshake.
    start: Start,
    /// Begins one with a Kerberos ticket, if the scheme carries Kerberos.
    start_with_ticket: Option<StartWithTicket>,
}

/// How a scheme frames sealed bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealing {
    /// The media type that the framing names as its protocol. It follows the HTTP scheme, not the mechanism inside.
    pub protocol: &'static str,
    /// Most octets of plaintext in one chunk; a longer body is sent as `multipart/x-multi-encrypted`.
    pub max_chunk: usize,
}

/// Which requests carry the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorizes {
    /// Those of the handshake; after it the TCP connection itself is authenticated.
    Connection,
    /// Every one.
    EachRequest,
}

type Start = fn(Context<'_>) -> Result<Box<dyn Mechanism>, Error>;
type StartWithTicket = fn(&'static Scheme, Ticket, Context<'_>) -> Result<Box<dyn Mechanism>, Error>;

/// `Negotiate`: SPNEGO, or one of its mechanisms without the wrapping.
pub(crate) static NEGOTIATE: Scheme = Scheme {
    name: "Negotiate",
    sealing: Some(Sealing { protocol: "application/HTTP-SPNEGO-session-encrypted", max_chunk: usize::MAX }),
    uses_channel_bindings: true,
    allowed_over_plain_http: true,
    authorizes: Authorizes::Connection,
    start: ntlm::start,
    start_with_ticket: Some(kerberos::start_with),
};

/// `Kerberos`: Kerberos and nothing else.
pub(crate) static KERBEROS: Scheme = Scheme {
    name: "Kerberos",
    sealing: Some(Sealing { protocol: "application/HTTP-Kerberos-session-encrypted", max_chunk: usize::MAX }),
    uses_channel_bindings: true,
    allowed_over_plain_http: true,
    authorizes: Authorizes::Connection,
    start: kerberos::start,
    start_with_ticket: Some(kerberos::start_with),
};

/// `CredSSP` (MS-CSSP): hands the password to the server. Its own inner TLS takes the place of channel bindings,
/// and limits a chunk to what one TLS record holds.
pub(crate) static CREDSSP: Scheme = Scheme {
    name: "CredSSP",
    sealing: Some(Sealing { protocol: "application/HTTP-CredSSP-session-encrypted", max_chunk: 16_384 }),
    uses_channel_bindings: false,
    allowed_over_plain_http: true,
    authorizes: Authorizes::Connection,
    start: credssp::start,
    start_with_ticket: Some(credssp::start_with),
};

/// `Basic` (RFC 7617).
pub(crate) static BASIC: Scheme = Scheme {
    name: "Basic",
    sealing: None,
    uses_channel_bindings: false,
    allowed_over_plain_http: false,
    authorizes: Authorizes::EachRequest,
    start: basic::start,
    start_with_ticket: None,
};

/// `Digest` (RFC 7616).
pub(crate) static DIGEST: Scheme = Scheme {
    name: "Digest",
    sealing: None,
    uses_channel_bindings: false,
    allowed_over_plain_http: false,
    authorizes: Authorizes::EachRequest,
    start: digest::start,
    start_with_ticket: None,
};

/// TLS client authentication, which the request only announces (DSP0226, the security profile
/// `wsman/secprofile/https/mutual`). No `-Authentication` selects it: `-CertificateThumbprint` does.
pub(crate) static CERTIFICATE: Scheme = Scheme {
    name: "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
    sealing: None,
    uses_channel_bindings: false,
    allowed_over_plain_http: false,
    authorizes: Authorizes::EachRequest,
    start: certificate::start,
    start_with_ticket: None,
};

/// The table.
pub static SCHEMES: [&Scheme; 6] = [&NEGOTIATE, &KERBEROS, &CREDSSP, &BASIC, &DIGEST, &CERTIFICATE];

impl Scheme {
    /// The values of `-Authentication` that select this scheme.
    pub fn authentications(&self) -> impl Iterator<Item = Authentication> {
        Authentication::ALL.into_iter().filter(|authentication| authentication.scheme().name == self.name)
    }

    /// What people call it: its name, but for that of the client certificate, which is a URL.
    pub fn title(&self) -> &'static str {
        if self.name == CERTIFICATE.name { "Certificate" } else { self.name }
    }

    /// Whether the server gets the password itself, which is not for one that nobody vouches for.
    pub fn hands_over_password(&self) -> bool {
        [CREDSSP.name, BASIC.name].contains(&self.name)
    }

    /// Begins the handshake of a new connection.
    ///
    /// # Errors
    /// [`Error::CredentialRequired`] and what else the credential lacks.
    pub fn start(&self, context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
        (self.start)(context)
    }

    /// Whether it carries Kerberos.
    pub fn takes_tickets(&self) -> bool {
        self.start_with_ticket.is_some()
    }

    /// As [`Scheme::start`], with a ticket of the Kerberos library, for the schemes that carry Kerberos.
    ///
    /// # Errors
    /// As [`Scheme::start`].
    pub fn start_with_ticket(
        &'static self,
        ticket: Ticket,
        context: Context<'_>,
    ) -> Result<Box<dyn Mechanism>, Error> {
        match self.start_with_ticket {
            Some(start) => start(self, ticket, context),
            // To the others a ticket is of no use.
            None => self.start(context),
        }
    }

    /// The value of an `Authorization` header with this token.
    fn authorization(&self, token: &[u8]) -> Secret {
        // The room for all of it is taken at once: a growing string would leave copies of the secret behind.
        let mut value = String::with_capacity(self.name.len() + 1 + token.len().div_ceil(3) * 4);
        value.push_str(self.name);
        value.push(' ');
        BASE64_STANDARD.encode_string(token, &mut value);
        Secret::new(value)
    }
}

/// What a handshake may draw on. Each mechanism takes what it needs of it.
pub struct Context<'a> {
    /// Who logs on; `None` for the current user, which only Kerberos can find out.
    pub credential: Option<&'a Credential>,
    /// The receiver as a service principal name, such as `HTTP/server01`.
    pub target_name: &'a str,
    pub receiver: Receiver,
    /// What stands in the request line behind the method: path and query, or host and port of a tunnel.
    pub request_target: &'a str,
    /// The time as a Windows FILETIME: units of 100 nanoseconds since 1601-01-01 UTC.
    pub now: u64,
    /// Fills a buffer with octets that nobody can predict.
    pub random: &'a mut dyn FnMut(&mut [u8]),
}

/// Whom a login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// The service itself, which is sent POST requests.
    Server,
    /// A proxy, which is asked to CONNECT. Messages are not for it, so that none is sealed for it.
    Proxy,
}

impl Receiver {
    /// The method of the requests that carry the login.
    fn method(self) -> &'static str {
        match self {
            Receiver::Server => "POST",
            Receiver::Proxy => "CONNECT",
        }
    }
}

/// One side of a handshake on one connection, and the security context that comes of it.
pub trait Mechanism: Send + Sync {
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
    /// A mechanism that authorizes each request ([`Authorizes::EachRequest`]) yields [`Step::Send`] each time, or
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

    /// What it means that the server answers 401 after this side has said all it has to say.
    fn refusal(&self) -> Error {
        Error::Refused { scheme: self.scheme().name }
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
pub enum Step {
    /// Send a request with this as the full value of its `Authorization` header.
    Send(Secret),
    /// Send a request without body and without that header, for the challenge in the server's answer.
    Ask,
    /// The handshake is over; requests carry no such header any more.
    Established,
}

/// A message as [`Mechanism::seal`] leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
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
fn token(challenge: &str) -> Result<Option<Vec<u8>>, Error> {
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
    fn numbers_and_names_are_those_of_powershell() {
        let listed: Vec<_> = Authentication::ALL.iter().map(|a| (*a as u8, a.name())).collect();
        assert_eq!(
            listed,
            [
                (0, "Default"),
                (1, "Basic"),
                (2, "Negotiate"),
                (3, "NegotiateWithImplicitCredential"),
                (4, "Credssp"),
                (5, "Digest"),
                (6, "Kerberos"),
            ]
        );
    }

    #[test]
    fn every_authentication_selects_one_row_of_the_table() {
        for authentication in Authentication::ALL {
            let rows = SCHEMES.iter().filter(|row| row.authentications().any(|a| a == authentication));
            assert_eq!(rows.count(), 1, "{authentication:?}");
        }
        assert_eq!(CERTIFICATE.authentications().count(), 0);
    }

    #[test]
    fn plain_http_is_only_for_what_seals() {
        for row in SCHEMES {
            assert_eq!(row.allowed_over_plain_http, row.sealing.is_some(), "{}", row.name);
        }
    }

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
