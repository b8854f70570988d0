//! An HTTP answer, read to its end.

use crate::auth::{Scheme, challenges};
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

    /// The beginning of a body that is text, for an error message.
    pub fn excerpt(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.body[..self.body.len().min(2048)]).ok()?;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| line.chars().filter(|c| !c.is_control()).take(160).collect())
    }
}
