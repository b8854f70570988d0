//! What can go wrong between this program and a server's authentication.

use super::{KerberosFault, NtStatus};
use crate::excerpt::excerpt;

/// Why a handshake, a seal or a sealed body failed. None of these holds a secret or text of the server's, but for
/// the names of the schemes it offers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("{scheme} authentication requires a user name and a password")]
    CredentialRequired { scheme: &'static str },
    /// RFC 7617 section 2: the first colon ends the user name, so that one inside it cannot be expressed.
    #[error("a user name for Basic authentication cannot contain a colon")]
    ColonInUserName,
    #[error("the user, domain or target name is longer than {limit} characters")]
    NameTooLong { limit: usize },

    /// For the transport: the 401 does not list the scheme.
    #[error("the server does not offer {scheme} authentication; it offers {}", listed(.offered))]
    SchemeNotOffered { scheme: &'static str, offered: Vec<String> },
    /// For the transport: a 401 before anything was sent that proves the password.
    #[error(
        "the server offers no authentication that can be used: {tried} was tried; the server offers {}",
        listed(.offered)
    )]
    NothingToUse { tried: &'static str, offered: Vec<String> },
    /// For the transport: a 401 although the mechanism is finished.
    #[error("the server refused the credential ({scheme})")]
    Refused { scheme: &'static str },
    #[error(transparent)]
    Kerberos(#[from] KerberosFault),
    #[error("the handshake does not end")]
    TooManyLegs,
    #[error("the server did not send a token that the handshake requires")]
    MissingToken,
    #[error("the server sent a token after the end of the handshake")]
    UnexpectedToken,
    #[error("the server's token is too large")]
    TokenTooLarge,
    #[error("the server's token is not base64")]
    InvalidBase64,
    #[error("the server's challenge is malformed")]
    MalformedChallenge,
    /// RFC 2069, `auth-int` alone, or an unknown hash.
    #[error("the server does not offer Digest authentication in a safe form (qop=auth with SHA-256 or MD5)")]
    UnsafeDigest,
    /// A machine in the middle may have done this, so it is never accepted.
    #[error("the server does not agree to {}, which NTLM needs to be safe", .missing.join(", "))]
    ProtectionsTrimmed { missing: Vec<&'static str> },
    /// MS-CSSP 3.1.5, CVE-2018-0886.
    #[error("the server uses version {version} of CredSSP, which could expose the password")]
    UnsafeCredSsp { version: u32 },
    /// There may be a machine in the middle.
    #[error("the server does not prove that it owns the key of the TLS connection inside CredSSP")]
    ForgedServerKey,
    #[error("the server refused the login: {status}")]
    LogonRefused { status: NtStatus },
    #[error("the TLS connection inside CredSSP failed: {0}")]
    InnerTls(&'static str),
    #[error("the server's certificate is malformed")]
    MalformedCertificate,

    #[error("there is no security context to seal with")]
    NotEstablished,
    #[error("the signature of a sealed message is malformed")]
    MalformedSignature,
    #[error("a sealed message has sequence number {found} instead of {expected}")]
    WrongSequenceNumber { expected: u32, found: u32 },
    #[error("a sealed message is missing, repeated or out of order")]
    OutOfSequence,
    #[error("the signature of a sealed message is wrong")]
    BadSignature,

    /// A body in clear where it must be sealed: never to be trusted.
    #[error("the server answered with a body that is not encrypted")]
    NotSealed,
    #[error("the encrypted body does not use the protocol {expected}")]
    WrongProtocol { expected: &'static str },
    #[error("the encrypted body is malformed: {0}")]
    MalformedBody(#[from] BodyFault),
    #[error("the encrypted body is larger than {limit} bytes")]
    BodyTooLarge { limit: usize },
}

/// What is wrong with the framing of a sealed body (MS-WSMV 2.2.9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    #[error("it ends too early")]
    Truncated,
    #[error("it does not begin with a boundary")]
    NoBoundary,
    #[error("a part has a malformed header")]
    MalformedHeader,
    #[error("a part does not give the length of its content")]
    NoLength,
    #[error("a part does not have the length that it gives")]
    WrongLength,
}

impl Error {
    /// Whether the login succeeded and a sealed answer is wrong: the request behind it may have been carried out.
    pub(crate) fn is_about_an_answer(&self) -> bool {
        matches!(
            self,
            Error::MalformedSignature
                | Error::WrongSequenceNumber { .. }
                | Error::OutOfSequence
                | Error::BadSignature
                | Error::NotSealed
                | Error::WrongProtocol { .. }
                | Error::MalformedBody(_)
                | Error::BodyTooLarge { .. }
        )
    }
}

/// What is offered, for a sentence.
pub(crate) fn listed(schemes: &[String]) -> String {
    if schemes.is_empty() { "nothing".into() } else { excerpt(schemes.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn messages_name_what_is_offered() {
        let refused = |offered: &[&str]| {
            let offered = offered.iter().map(|s| s.to_string()).collect();
            Error::SchemeNotOffered { scheme: "Negotiate", offered }.to_string()
        };
        assert_eq!(
            refused(&["Kerberos", "Basic"]),
            "the server does not offer Negotiate authentication; it offers Kerberos, Basic"
        );
        assert_eq!(refused(&[]), "the server does not offer Negotiate authentication; it offers nothing");
    }
}
