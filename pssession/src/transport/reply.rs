//! An HTTP answer, read to its end.

use crate::auth::{Mechanism, Scheme, challenges};
use crate::excerpt::MOST_ADDRESS;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderMap, LOCATION, PROXY_AUTHENTICATE, WWW_AUTHENTICATE};
use http_body_util::BodyExt;
use hyper::body::Body;

/// The largest answer that is read. Services keep to the MaxEnvelopeSize of the request, which is far below.
pub(super) const MAX_ANSWER: usize = 4 << 20;

/// The largest head of an answer, in which a token may be.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// An answer, read to its end.
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why an answer could not be read to its end.
pub(super) enum Unread<E> {
    HeadTooLarge,
    TooLarge,
    Failed(E),
}

impl Reply {
    /// Reads the body to its end, or the connection could not be used again; but no more than `most` octets.
    pub(super) async fn read<B>(response: Response<B>, most: usize) -> Result<Reply, Unread<B::Error>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (head, mut incoming) = response.into_parts();
        if head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
            > MAX_HEAD
        {
            return Err(Unread::HeadTooLarge);
        }
        let announced = incoming.size_hint().exact().unwrap_or(0);
        if announced > most as u64 {
            return Err(Unread::TooLarge);
        }
        let mut body = Vec::with_capacity(announced as usize);
        while let Some(frame) = incoming.frame().await {
            let Ok(octets) = frame.map_err(Unread::Failed)?.into_data() else { continue };
            if body.len() + octets.len() > most {
                return Err(Unread::TooLarge);
            }
            body.extend_from_slice(&octets);
        }
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }

    pub(super) fn content_type(&self) -> String {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Where the request is to be sent instead, as it was. (303 asks for something else to be got.)
    pub(super) fn location(&self) -> Option<&str> {
        let location = self.headers.get(LOCATION).filter(|_| matches!(self.status, 301 | 302 | 307 | 308));
        location.and_then(|value| value.to_str().ok()).filter(|location| location.len() <= MOST_ADDRESS)
    }

    /// What a server asks for, or with 407 a proxy: the one is never answered what the other has asked.
    fn authenticate(&self) -> impl Iterator<Item = &str> {
        let field = if self.status == 407 { PROXY_AUTHENTICATE } else { WWW_AUTHENTICATE };
        self.headers.get_all(field).iter().filter_map(|value| value.to_str().ok())
    }

    /// The names of the offered schemes, each once.
    pub(super) fn challenges(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for challenge in challenges(self.authenticate()) {
            if !names.iter().any(|name| name.eq_ignore_ascii_case(challenge.scheme)) {
                names.push(challenge.scheme.to_owned());
            }
        }
        names
    }

    /// The server's token in a scheme.
    pub(super) fn token(&self, scheme: &Scheme) -> Option<String> {
        challenges(self.authenticate()).into_iter().find(|c| c.is_for(scheme)).map(|c| c.text.to_owned())
    }

    /// Of the server's challenges the one that the mechanism would rather answer.
    pub(super) fn challenge(&self, mechanism: &dyn Mechanism) -> Option<String> {
        let offered = challenges(self.authenticate());
        let ours = offered.into_iter().filter(|challenge| challenge.is_for(mechanism.scheme()));
        // Of equals the last is the greatest.
        ours.rev().max_by_key(|c| mechanism.preference(c.text)).map(|c| c.text.to_owned())
    }

    /// What the server says of a login that goes with each request (RFC 7615).
    pub(super) fn authentication_info(&self) -> &str {
        let info = self.headers.get("Authentication-Info");
        info.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The beginning of a body that is text, for an error message.
    pub(super) fn excerpt(&self) -> Option<String> {
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
    use http::HeaderValue;

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
        let digest = DIGEST.start(None, context).unwrap();
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
