//! An HTTP answer, read to its end.

use crate::auth::{Mechanism, Scheme, challenges};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};

/// An answer, read to its end.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn content_type(&self) -> String {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Where the request is to be sent instead, as it was. (303 asks for something else to be got.)
    pub fn location(&self) -> Option<&str> {
        let location = self.headers.get(LOCATION).filter(|_| matches!(self.status, 301 | 302 | 307 | 308));
        location.and_then(|value| value.to_str().ok())
    }

    fn authenticate(&self) -> impl Iterator<Item = &str> {
        self.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok())
    }

    /// The names of the offered schemes, each once.
    pub fn challenges(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for challenge in challenges(self.authenticate()) {
            if !names.iter().any(|name| name.eq_ignore_ascii_case(challenge.scheme)) {
                names.push(challenge.scheme.to_owned());
            }
        }
        names
    }

    /// The server's token in a scheme.
    pub fn token(&self, scheme: &Scheme) -> Option<String> {
        challenges(self.authenticate()).into_iter().find(|c| c.is_for(scheme)).map(|c| c.text.to_owned())
    }

    /// Of the server's challenges the one that the mechanism would rather answer.
    pub fn challenge(&self, mechanism: &dyn Mechanism) -> Option<String> {
        let offered = challenges(self.authenticate());
        let ours = offered.into_iter().filter(|challenge| challenge.is_for(mechanism.scheme()));
        // Of equals the last is the greatest.
        ours.rev().max_by_key(|c| mechanism.preference(c.text)).map(|c| c.text.to_owned())
    }

    /// What the server says of a login that goes with each request (RFC 7615).
    pub fn authentication_info(&self) -> &str {
        let info = self.headers.get("Authentication-Info");
        info.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The beginning of a body that is text, for an error message.
    pub fn excerpt(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.body[..self.body.len().min(2048)]).ok()?;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| line.chars().filter(|c| !c.is_control()).take(160).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Context, Credential, DIGEST, Receiver};
    use crate::secret::Secret;
    use reqwest::header::HeaderValue;

    #[test]
    fn the_challenge_that_the_mechanism_prefers_is_found_wherever_it_stands() {
        let credential = Credential { user_name: "alice".into(), password: Secret::new("x".into()) };
        let context = Context {
            credential: Some(&credential),
            target_name: "",
            receiver: Receiver::Server,
            request_target: "/wsman",
            now: 0,
            random: &mut |_| (),
        };
        let digest = DIGEST.start(context).unwrap();
        let chosen = |lines: &[&'static str]| {
            let mut reply = Reply { status: 401, headers: HeaderMap::new(), body: Vec::new() };
            for line in lines {
                reply.headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(line));
            }
            reply.challenge(digest.as_ref())
        };
        const MD5: &str = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
        const SHA: &str = "digest realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=SHA-256";
        const BOTH: &str =
            "Digest realm=r, nonce=3, qop=auth, Basic realm=x, Digest realm=r, nonce=4, qop=auth";
        let text = |line: &str| Some(line[7..].to_owned());
        assert_eq!(chosen(&[MD5, "Negotiate", SHA]), text(SHA));
        assert_eq!(chosen(&[SHA, MD5]), text(SHA));
        assert_eq!(chosen(&[BOTH]), Some("realm=r, nonce=3, qop=auth".into()));
        assert_eq!(chosen(&["Negotiate", "Basic realm=\"x\""]), None);
    }
}
