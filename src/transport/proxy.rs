//! The proxy on the way to a server, as the environment names it.

use super::endpoint::Endpoint;
use super::error::Error;
use crate::auth::Credential;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxies of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, read as curl reads them.
pub struct Proxies {
    matcher: Matcher,
    /// Who logs on to them, in place of whom the environment names.
    credential: Option<Credential>,
}

impl Proxies {
    pub fn from_environment(credential: Option<Credential>) -> Proxies {
        Proxies { matcher: Matcher::from_env(), credential }
    }

    /// No proxy for anybody.
    pub fn none() -> Proxies {
        Proxies { matcher: Matcher::builder().build(), credential: None }
    }

    /// The proxy for an endpoint, and its address as it may be shown.
    pub fn for_endpoint(&self, endpoint: &Endpoint) -> Result<Option<(reqwest::Proxy, String)>, Error> {
        let Ok(uri) = endpoint.url().as_str().parse() else { return Ok(None) };
        let Some(intercept) = self.matcher.intercept(&uri) else { return Ok(None) };
        let shown = intercept.uri().to_string();
        let proxy = reqwest::Proxy::all(&shown).map_err(|_| Error::BadProxy { proxy: shown.clone() })?;
        let proxy = match (&self.credential, intercept.basic_auth(), intercept.raw_auth()) {
            (Some(Credential { user_name, password }), _, _) => {
                proxy.basic_auth(user_name, password.expose_secret())
            }
            (None, Some(header), _) => proxy.custom_http_auth(header.clone()),
            (None, None, Some((user, password))) => proxy.basic_auth(user, password),
            (None, None, None) => proxy,
        };
        Ok(Some((proxy, shown)))
    }
}
