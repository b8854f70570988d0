//! The proxy in front of a server, as the environment names it, and who logs on to it.

use super::endpoint::Endpoint;
use super::error::{Error, ProxyFault};
use super::kerberos_user::KerberosUser;
use crate::access::Authentication;
use crate::auth::{BASIC, Credential, KeptCredential, LoginRequest};
use crate::secret::Secret;
use crate::session_option::{PSSessionOption, ProxyAccessType, ProxyAuthentication};
use base64::prelude::{BASE64_STANDARD, Engine};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::sync::OnceLock;

/// The proxies of HTTPS_PROXY, ALL_PROXY and NO_PROXY, read as curl reads them.
pub(super) struct Proxies {
    matcher: Matcher,
    login: Login,
    /// The user of `login` with Kerberos.
    pub(super) kerberos_user: KerberosUser,
    /// What became of a login that was refused: it is not tried again.
    pub(super) refused: OnceLock<Error>,
}

/// Who logs on to a proxy, and how.
#[derive(Clone)]
pub(super) struct Login {
    pub authentication: Authentication,
    /// `None` for the user that the ticket cache is of.
    pub credential: Option<KeptCredential>,
}

/// A proxy to go through.
pub(super) enum Proxy {
    /// The HTTP library speaks to it.
    Socks(reqwest::Proxy, String),
    Http(HttpProxy),
}

/// A proxy that tunnels.
#[derive(Clone)]
pub(super) struct HttpProxy {
    pub uri: Uri,
    /// Its address as it may be shown.
    pub shown: String,
    pub login: Login,
}

impl Proxies {
    /// Where Windows has settings of its own for each ProxyAccessType, other systems have the variables of the
    /// environment, which therefore stand for all of them. Without `credential`, a user in a proxy's address logs on
    /// with Basic.
    pub(super) fn new(option: &PSSessionOption, credential: Option<KeptCredential>) -> Proxies {
        let authentication = match option.proxy_authentication {
            ProxyAuthentication::Basic => Authentication::Basic,
            ProxyAuthentication::Negotiate => Authentication::Negotiate,
            ProxyAuthentication::Digest => Authentication::Digest,
        };
        Proxies {
            matcher: match option.proxy_access_type {
                ProxyAccessType::NoProxyServer => Matcher::builder().build(),
                _ => Matcher::from_env(),
            },
            login: Login { authentication, credential },
            kerberos_user: KerberosUser::new(),
            refused: OnceLock::new(),
        }
    }

    /// The proxy for an endpoint.
    pub(super) fn for_endpoint(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, Error> {
        // No proxy has the interfaces of this computer.
        if endpoint.scoped().is_some() {
            return Ok(None);
        }
        let Ok(uri) = endpoint.url().as_str().parse() else { return Ok(None) };
        let Some(intercept) = self.matcher.intercept(&uri) else { return Ok(None) };
        let shown = intercept.uri().to_string();
        let is_http = matches!(intercept.uri().scheme_str(), Some("http" | "https"));
        Ok(Some(match is_http {
            true => Proxy::Http(HttpProxy {
                uri: intercept.uri().clone(),
                shown,
                login: match intercept.basic_auth().and_then(credential) {
                    Some(credential) if self.login.credential.is_none() => Login {
                        authentication: Authentication::Basic,
                        credential: Some(KeptCredential::of(&credential)),
                    },
                    _ => self.login.clone(),
                },
            }),
            false => Proxy::Socks(self.socks(&intercept, &shown)?, shown),
        }))
    }

    /// SOCKS takes a user name and a password in clear, as Basic does, or nothing.
    fn socks(&self, intercept: &Intercept, shown: &str) -> Result<reqwest::Proxy, Error> {
        let proxy = reqwest::Proxy::all(shown).map_err(|_| Error::BadProxy { proxy: shown.to_owned() })?;
        let Login { authentication, credential } = &self.login;
        match (credential.as_ref().map(KeptCredential::for_login), intercept.raw_auth()) {
            (Some(_), _) if *authentication != Authentication::Basic => {
                let scheme = authentication.scheme().name;
                let fault = ProxyFault::NotOffered { scheme, offered: vec![BASIC.name.to_owned()] };
                Err(fault.of(shown))
            }
            (Some(Credential { user_name, password }), _) => {
                Ok(proxy.basic_auth(&user_name, password.expose_secret()))
            }
            (None, Some((user_name, password))) => Ok(proxy.basic_auth(user_name, password)),
            (None, None) => Ok(proxy),
        }
    }
}

/// The credential in a header of Basic.
fn credential(header: &HeaderValue) -> Option<Credential> {
    let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
    let user_pass = Secret::new(String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?);
    let (user_name, password) = user_pass.expose_secret().split_once(':')?;
    Some(Credential { user_name: user_name.to_owned(), password: Secret::new(password.to_owned()) })
}

impl Proxy {
    /// Its address as it may be shown.
    pub(super) fn shown(&self) -> &str {
        match self {
            Proxy::Socks(_, shown) => shown,
            Proxy::Http(proxy) => &proxy.shown,
        }
    }
}

impl HttpProxy {
    /// Its name, an IPv6 address in brackets.
    pub(super) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// What is wanted of a Kerberos login to it.
    pub(super) fn login_request(&self, no_ntlm: bool) -> LoginRequest<'_> {
        LoginRequest {
            authentication: self.login.authentication,
            user_name: self.login.credential.as_ref().map(KeptCredential::user_name),
            no_ntlm,
            host: self.host(),
            port: None,
            spn: None,
        }
    }
}
