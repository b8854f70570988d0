//! The proxy on the way to a server, as the environment names it.

use super::endpoint::Endpoint;
use super::error::Error;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxies of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, read as curl reads them.
pub struct Proxies(Matcher);

impl Proxies {
    pub fn from_environment() -> Proxies {
        Proxies(Matcher::from_env())
    }

    /// No proxy for anybody.
    pub fn none() -> Proxies {
        Proxies(Matcher::builder().build())
    }

    /// The proxy for an endpoint, and its address as it may be shown.
    pub fn for_endpoint(&self, endpoint: &Endpoint) -> Result<Option<(reqwest::Proxy, String)>, Error> {
        let Ok(uri) = endpoint.url().as_str().parse() else { return Ok(None) };
        let Some(intercept) = self.0.intercept(&uri) else { return Ok(None) };
        let shown = intercept.uri().to_string();
        let proxy = reqwest::Proxy::all(&shown).map_err(|_| Error::BadProxy { proxy: shown.clone() })?;
        let proxy = match (intercept.basic_auth(), intercept.raw_auth()) {
            (Some(header), _) => proxy.custom_http_auth(header.clone()),
            (None, Some((user, password))) => proxy.basic_auth(user, password),
            (None, None) => proxy,
        };
        Ok(Some((proxy, shown)))
    }
}
