//! The proxy in front of a server, as the environment names it, and who logs on to it.

use super::choice::ProxyUse;
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
use std::env;
use std::sync::OnceLock;

/// The proxies of HTTPS_PROXY, ALL_PROXY and NO_PROXY, read as curl reads them.
pub(super) struct Proxies {
    matcher: Matcher,
    /// NO_PROXY.
    exceptions: String,
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
    Socks(reqwest::Proxy),
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
            exceptions: ["NO_PROXY", "no_proxy"]
                .into_iter()
                .find_map(|name| env::var(name).ok())
                .unwrap_or_default(),
            login: Login { authentication, credential },
            kerberos_user: KerberosUser::new(),
            refused: OnceLock::new(),
        }
    }

    /// What becomes of the proxy for an endpoint.
    pub(super) fn usage(&self, endpoint: &Endpoint) -> ProxyUse {
        match self.intercept(endpoint) {
            Some(intercept) if !endpoint.is_https() => {
                ProxyUse::NotOverHttp { shown: intercept.uri().to_string() }
            }
            // No proxy has the interfaces of this computer.
            Some(_) if !endpoint.is_loopback() && endpoint.scoped().is_none() => ProxyUse::Carries,
            Some(_) | None => ProxyUse::Direct,
        }
    }

    /// What the environment names for an endpoint.
    fn intercept(&self, endpoint: &Endpoint) -> Option<Intercept> {
        let uri = endpoint.url().as_str().parse().ok()?;
        let intercept = self.matcher.intercept(&uri)?;
        (!is_excepted(&self.exceptions, &uri)).then_some(intercept)
    }

    /// The proxy for an endpoint. There is none for this machine, which a proxy would take for its own, and none for
    /// plain HTTP.
    pub(super) fn for_endpoint(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, Error> {
        if self.usage(endpoint) != ProxyUse::Carries {
            return Ok(None);
        }
        let Some(intercept) = self.intercept(endpoint) else { return Ok(None) };
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
            false => Proxy::Socks(self.socks(&intercept, &shown)?),
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

/// Whether NO_PROXY excepts a URI in one of the forms that the matcher does not know: `*` for an address, `*.domain`,
/// `host:port`, and blanks between entries.
fn is_excepted(exceptions: &str, uri: &Uri) -> bool {
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = Some(uri.port_u16().unwrap_or(usual));
    let entries = exceptions.split([',', ' ', '\t']).filter_map(|entry| {
        let (host, wanted) = match entry.rsplit_once(':') {
            // The last part of a bare IPv6 address is not a port.
            Some((host, digits)) if !host.contains(':') || host.ends_with(']') => (host, digits.parse().ok()),
            _ => (entry, None),
        };
        let host = host.trim_matches(['[', ']']);
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        (wanted.is_none() || wanted == port).then_some(host)
    });
    let entries: Vec<&str> = entries.collect();
    // It decides about exceptions only.
    let any = Matcher::builder().all("http://any").no(entries.join(",")).build();
    entries.contains(&"*") || any.intercept(uri).is_none()
}

/// The credential in a header of Basic.
fn credential(header: &HeaderValue) -> Option<Credential> {
    let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
    let user_pass = Secret::new(String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?);
    let (user_name, password) = user_pass.expose_secret().split_once(':')?;
    Some(Credential { user_name: user_name.to_owned(), password: Secret::new(password.to_owned()) })
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

#[cfg(test)]
mod tests {
    use super::is_excepted;

    #[test]
    fn every_usual_form_of_no_proxy_is_heeded() {
        let uri = |text: &str| text.parse().unwrap();
        let server = uri("https://srv01.corp.example:5986/wsman");
        for exceptions in [
            "*",
            ".corp.example",
            "corp.example",
            "CORP.EXAMPLE",
            "*.corp.example",
            "srv01.corp.example:5986",
            "*.corp.example:5986",
            "a, srv01.corp.example",
            "a srv01.corp.example",
        ] {
            assert!(is_excepted(exceptions, &server), "{exceptions}");
        }
        for exceptions in [
            "",
            "orp.example",
            "*orp.example",
            "srv01.corp.example:443",
            "srv01",
            "10.0.0.0/8",
            "*.example.com",
        ] {
            assert!(!is_excepted(exceptions, &server), "{exceptions}");
        }
        for exceptions in ["10.0.0.0/8", "10.1.2.3", "10.1.2.3:443", "*"] {
            assert!(is_excepted(exceptions, &uri("https://10.1.2.3/wsman")), "{exceptions}");
        }
        for exceptions in ["fe80::/10", "fe80::1", "[fe80::1]", "[fe80::1]:5986"] {
            assert!(is_excepted(exceptions, &uri("https://[fe80::1]:5986/")), "{exceptions}");
        }
        assert!(!is_excepted("11.0.0.0/8,10.1.2.3:5986", &uri("https://10.1.2.3/")));
    }
}
