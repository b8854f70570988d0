//! The accepting side of Digest (RFC 7616) on one connection, with `qop=auth`. The WinRM service does not offer it;
//! other endpoints of WS-Management do.

use std::collections::HashMap;

use md5::{Digest as _, Md5};
use ring::digest::{SHA256, digest};

use super::{Accounts, AuthError, User};

const REALM: &str = "WS-Management \"here\"";
const OPAQUE: &str = "5ccc069c403ebaf9f0171e9517f40e41";

/// How Digest is offered.
#[derive(Debug, Clone)]
pub struct DigestPolicy {
    /// Each is a challenge of its own, in this order: `MD5`, `MD5-sess`, `SHA-256`.
    pub algorithms: Vec<&'static str>,
    /// `None` is the way of RFC 2069.
    pub qop: Option<&'static str>,
    /// After so many requests a nonce is stale.
    pub uses_of_nonce: u32,
    /// Each answer names the next nonce.
    pub names_next: bool,
}

impl Default for DigestPolicy {
    fn default() -> DigestPolicy {
        DigestPolicy {
            algorithms: vec!["MD5", "MD5-sess", "SHA-256"],
            qop: Some("auth,auth-int"),
            uses_of_nonce: u32::MAX,
            names_next: false,
        }
    }
}

/// The nonces of one connection.
#[derive(Debug, Default)]
pub struct Nonces {
    /// Of the challenge; keys of a session come of it.
    first: String,
    current: String,
    /// How many requests carried the current one.
    uses: u32,
}

/// A request that is let in, and what `Authentication-Info` says with its answer.
#[derive(Debug)]
pub struct Accepted {
    pub user: User,
    pub info: Option<String>,
}

/// Why a request is not let in, and whether it would have been with another nonce.
#[derive(Debug)]
pub struct Refused {
    pub error: AuthError,
    pub stale: bool,
}

impl Nonces {
    /// The challenges with a new nonce.
    pub fn challenges(&mut self, policy: &DigestPolicy, nonce: String) -> Vec<String> {
        *self = Nonces { first: nonce.clone(), current: nonce, uses: 0 };
        let challenge = |algorithm: &&str| {
            let mut text = format!(
                "Digest realm=\"{}\", nonce=\"{}\", opaque=\"{OPAQUE}\", algorithm={algorithm}",
                REALM.replace('"', "\\\""),
                self.current
            );
            text += &policy.qop.map(|qop| format!(", qop=\"{qop}\"")).unwrap_or_default();
            text
        };
        policy.algorithms.iter().map(challenge).collect()
    }

    /// Checks what follows `Digest` in `Authorization`. `next` is a nonce to go on with.
    pub fn check(
        &mut self,
        policy: &DigestPolicy,
        accounts: &Accounts,
        credentials: &str,
        (method, request_target): (&str, &str),
        next: String,
    ) -> Result<Accepted, Refused> {
        let refused = |error| Refused { error, stale: false };
        let fields = fields(credentials);
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let algorithm = field("algorithm");
        let is_as_asked = field("realm") == REALM
            && field("opaque") == OPAQUE
            && field("uri") == request_target
            && field("qop") == "auth"
            && policy.algorithms.contains(&algorithm);
        if !is_as_asked {
            return Err(refused(AuthError::BadDigest));
        }
        let name = user_name(&fields).ok_or(refused(AuthError::BadDigest))?;
        let user = accounts.find(&name).ok_or_else(|| refused(AuthError::UnknownUser(name.clone())))?;
        let (nonce, cnonce, count) = (field("nonce"), field("cnonce"), field("nc"));
        let mut ha1 = hash(algorithm, &format!("{name}:{REALM}:{}", user.password));
        if algorithm.ends_with("-sess") {
            ha1 = hash(algorithm, &format!("{ha1}:{}:{cnonce}", self.first));
        }
        let ha2 = hash(algorithm, &format!("{method}:{}", field("uri")));
        let expected = hash(algorithm, &format!("{ha1}:{nonce}:{count}:{cnonce}:auth:{ha2}"));
        if field("response") != expected {
            return Err(refused(AuthError::WrongPassword(name)));
        }
        self.uses += 1;
        if nonce != self.current || self.uses > policy.uses_of_nonce {
            return Err(Refused { error: AuthError::StaleNonce, stale: true });
        }
        if count != format!("{:08x}", self.uses) {
            return Err(refused(AuthError::BadDigest));
        }
        let info = policy.names_next.then(|| {
            (self.current, self.uses) = (next, 0);
            format!("qop=auth, nextnonce=\"{}\"", self.current)
        });
        Ok(Accepted { user: user.clone(), info })
    }
}

fn hash(algorithm: &str, text: &str) -> String {
    let octets = match algorithm.starts_with("SHA-256") {
        true => digest(&SHA256, text.as_bytes()).as_ref().to_vec(),
        false => Md5::digest(text).to_vec(),
    };
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// `username`, or `username*` in percent-encoded UTF-8.
fn user_name(fields: &HashMap<String, String>) -> Option<String> {
    if let Some(name) = fields.get("username") {
        return Some(name.clone());
    }
    let mut parts = fields.get("username*")?.strip_prefix("UTF-8''")?.split('%');
    let mut octets = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        octets.push(u8::from_str_radix(code, 16).ok()?);
        octets.extend(rest.as_bytes());
    }
    String::from_utf8(octets).ok()
}

/// `name=token` and `name="quoted"`, with commas between.
fn fields(text: &str) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let mut value = String::new();
        let mut characters = after.chars();
        if after.starts_with('"') {
            characters.next();
            while let Some(character) = characters.next().filter(|character| *character != '"') {
                value.extend(if character == '\\' { characters.next() } else { Some(character) });
            }
        } else {
            value.extend(characters.by_ref().take_while(|character| *character != ','));
        }
        fields.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        rest = characters.as_str().trim_start_matches([',', ' ']);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_tokens_and_quoted_strings() {
        let fields = fields("username=\"a \\\"b\\\\, c\", nc=00000001,QOP=auth, empty=\"\"");
        for (name, value) in [("username", "a \"b\\, c"), ("nc", "00000001"), ("qop", "auth"), ("empty", "")]
        {
            assert_eq!(fields[name], value);
        }
    }

    #[test]
    fn the_published_values_come_out() {
        // RFC 7616 3.9.1: MD5 of A1 and of all, with the method of that example.
        let ha1 = hash("MD5", "Mufasa:http-auth@example.org:Circle of Life");
        let ha2 = hash("MD5", "GET:/dir/index.html");
        let (nonce, cnonce) =
            ("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        let response = hash("MD5", &format!("{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}"));
        assert_eq!(response, "8ca523f5e9506fed4657c9700eebdbec");
    }
}
