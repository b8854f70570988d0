//! Digest authentication (RFC 7616): proof that the client knows the password, made for each request from the server's
//! nonce. It protects nothing else, so that it is for TLS only.
//!
//! Only `qop=auth` is spoken. Without it (RFC 2069) the answer depends on nothing of the client's, and anyone who poses
//! as the server can prepare for it.

use super::header::segments;
use super::{Context, Credential, DIGEST, Error, KeptCredential, Mechanism, Receiver, Scheme, Step};
use crate::secret::Secret;
use md5::Md5;
use ring::digest::{SHA256, digest};
use std::fmt::Write;
use zeroize::Zeroizing;

/// Begins. Draws the client's nonce, 16 octets.
pub(super) fn start(context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    let credential = context.credential.ok_or(Error::CredentialRequired { scheme: DIGEST.name })?;
    let mut cnonce = [0; 16];
    (context.random)(&mut cnonce);
    Ok(Box::new(Digest {
        credential: KeptCredential::of(credential),
        receiver: context.receiver,
        uri: context.request_target.to_owned(),
        cnonce: hex(&cnonce),
        session: None,
        attempt: Attempt::None,
    }))
}

struct Digest {
    credential: KeptCredential,
    receiver: Receiver,
    /// The request line's target.
    uri: String,
    cnonce: String,
    session: Option<Session>,
    attempt: Attempt,
}

/// What was sent of the current request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    None,
    Sent,
    /// Once more, since only the nonce was too old.
    SentAgain,
}

/// All that comes of one challenge, until there is another one.
struct Session {
    challenge: Accepted,
    /// H(A1), in hex.
    ha1: Zeroizing<String>,
    /// How many requests carried the nonce.
    count: u32,
}

impl Mechanism for Digest {
    fn scheme(&self) -> &'static Scheme {
        &DIGEST
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        if let Some(challenge) = challenge {
            // RFC 7616 3.3: with `stale` the password was right; without it, it was not, and is not tried twice.
            self.attempt = match self.attempt {
                Attempt::None => Attempt::Sent,
                Attempt::Sent if is_stale(challenge) => Attempt::SentAgain,
                Attempt::Sent | Attempt::SentAgain => return Err(Error::Refused { scheme: DIGEST.name }),
            };
            let challenge = Accepted::read(challenge).ok_or(Error::MalformedChallenge)??;
            let ha1 = challenge.ha1(&self.credential.for_login(), &self.cnonce);
            self.session = Some(Session { challenge, ha1, count: 0 });
        }
        let Some(session) = &mut self.session else { return Ok(Step::Ask) };
        if challenge.is_none() {
            self.attempt = Attempt::Sent;
        }
        session.count = session.count.wrapping_add(1);
        Ok(Step::Send(session.authorization(
            self.credential.user_name(),
            self.receiver,
            &self.uri,
            &self.cnonce,
        )))
    }

    fn unproven(&self) -> Option<&'static str> {
        self.session.is_none().then_some(DIGEST.name)
    }

    fn preference(&self, challenge: &str) -> u8 {
        match Accepted::read(challenge) {
            Some(Ok(accepted)) => accepted.algorithm.strength(),
            _ => 0,
        }
    }

    fn accepted(&mut self, authentication_info: &str) {
        self.attempt = Attempt::None;
        let next = parameter(authentication_info, "nextnonce");
        if let (Some(session), Some(next)) = (&mut self.session, next) {
            session.challenge.nonce = next;
            session.count = 0;
        }
    }
}

impl Session {
    /// RFC 7616 3.4.
    fn authorization(&self, user_name: &str, receiver: Receiver, uri: &str, cnonce: &str) -> Secret {
        let Accepted { algorithm, realm, nonce, opaque } = &self.challenge;
        let ha2 = algorithm.hash(&[receiver.method(), ":", uri]);
        let count = format!("{:08x}", self.count);
        let response = algorithm.hash(&[&self.ha1, ":", nonce, ":", &count, ":", cnonce, ":auth:", &ha2]);
        let mut value = format!(
            "{} {}, realm={}, nonce={}, uri={}, algorithm={}, response=\"{}\", qop=auth, nc={count}, \
             cnonce=\"{cnonce}\"",
            DIGEST.name,
            user_name_parameter(user_name),
            quoted(realm),
            quoted(nonce),
            quoted(uri),
            algorithm.name(),
            response.as_str(),
        );
        if let Some(opaque) = opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        Secret::new(value)
    }
}

/// A challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Accepted {
    algorithm: Algorithm,
    realm: String,
    nonce: String,
    opaque: Option<String>,
}

impl Accepted {
    /// `None` for anything but a challenge of Digest.
    fn read(text: &str) -> Option<Result<Accepted, Error>> {
        let (realm, nonce) = (parameter(text, "realm")?, parameter(text, "nonce")?);
        let qop = parameter(text, "qop").unwrap_or_default();
        let algorithm = match parameter(text, "algorithm") {
            Some(name) => Algorithm::of_name(&name),
            None => Some(Algorithm { hash: Hash::Md5, session: false }),
        };
        let offers_auth = qop.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth"));
        Some(match algorithm {
            Some(algorithm) if offers_auth => {
                Ok(Accepted { algorithm, realm, nonce, opaque: parameter(text, "opaque") })
            }
            _ => Err(Error::UnsafeDigest),
        })
    }

    /// RFC 7616 3.4.2. In a session it comes of the first nonce, whatever nonces follow.
    fn ha1(&self, credential: &Credential, cnonce: &str) -> Zeroizing<String> {
        let Credential { user_name, password } = credential;
        let plain = self.algorithm.hash(&[user_name, ":", &self.realm, ":", password.expose_secret()]);
        match self.algorithm.session {
            true => self.algorithm.hash(&[&plain, ":", &self.nonce, ":", cnonce]),
            false => plain,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Algorithm {
    hash: Hash,
    /// Whether the name ends in `-sess`.
    session: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

impl Algorithm {
    const ALL: [(&str, Algorithm); 4] = [
        ("MD5", Algorithm { hash: Hash::Md5, session: false }),
        ("MD5-sess", Algorithm { hash: Hash::Md5, session: true }),
        ("SHA-256", Algorithm { hash: Hash::Sha256, session: false }),
        ("SHA-256-sess", Algorithm { hash: Hash::Sha256, session: true }),
    ];

    fn of_name(name: &str) -> Option<Algorithm> {
        let known = Algorithm::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, algorithm)| *algorithm)
    }

    fn name(self) -> &'static str {
        Algorithm::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Its place in the table, which is from the weakest to the strongest.
    fn strength(self) -> u8 {
        let place = Algorithm::ALL.iter().position(|(_, known)| *known == self);
        place.map_or(0, |place| place as u8 + 1)
    }

    /// The hash of the parts one after the other, in hex.
    fn hash(self, parts: &[&str]) -> Zeroizing<String> {
        // The room for all of it is taken at once: a growing string would leave copies of a password behind.
        let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| text.push_str(part));
        match self.hash {
            Hash::Md5 => Zeroizing::new(hex(&<Md5 as md5::Digest>::digest(text.as_bytes()))),
            Hash::Sha256 => Zeroizing::new(hex(digest(&SHA256, text.as_bytes()).as_ref())),
        }
    }
}

fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}

fn is_stale(challenge: &str) -> bool {
    parameter(challenge, "stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
}

/// The value of a parameter: a token, or what a quoted string means.
fn parameter(text: &str, name: &str) -> Option<String> {
    segments(text, ',').find_map(|(_, segment)| {
        let (key, value) = segment.split_once('=')?;
        let value = value.trim();
        key.trim().eq_ignore_ascii_case(name).then(|| {
            match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
                Some(quoted) => unescaped(quoted),
                None => value.to_owned(),
            }
        })
    })
}

fn unescaped(quoted: &str) -> String {
    let mut escaped = false;
    let kept = quoted.chars().filter(|c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    });
    kept.collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// RFC 7616 3.4.4: what no quoted string can hold goes as an extended value (RFC 8187).
fn user_name_parameter(user_name: &str) -> String {
    if user_name.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return format!("username={}", quoted(user_name));
    }
    let mut value = String::from("username*=UTF-8''");
    for octet in user_name.bytes() {
        match octet {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => value.push(octet.into()),
            _ => {
                let _ = write!(value, "%{octet:02X}");
            }
        }
    }
    value
}

#[cfg(test)]
mod tests;
