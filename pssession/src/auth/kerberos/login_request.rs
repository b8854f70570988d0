//! Whether a login can be made with Kerberos, for which service, as which principal: the part of the choice that is
//! known without a request.

use super::KerberosFault;
use crate::access::Authentication;
use core::net::IpAddr;

/// What is wanted of a login to one computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoginRequest<'a> {
    pub authentication: Authentication,
    /// `None` is the user that the ticket cache is of.
    pub user_name: Option<&'a str>,
    /// NTLM must not be used, even if nothing else is possible.
    pub no_ntlm: bool,
    /// The host of the URL.
    pub host: &'a str,
    /// The port that is to be a part of the service principal name.
    pub port: Option<u16>,
    /// The only service principal name to ask a ticket for: `SERVICE/HOST`, or with a realm `SERVICE/HOST@REALM`.
    pub spn: Option<&'a str>,
}

impl LoginRequest<'_> {
    /// Whether Kerberos can be used at all.
    fn takes_kerberos(&self) -> bool {
        self.authentication.scheme().takes_tickets()
    }

    /// Whether NTLM may stand in for Kerberos. It needs a password.
    pub(crate) fn takes_ntlm(&self) -> bool {
        let has_both = self.takes_kerberos() && self.authentication != Authentication::Kerberos;
        has_both && self.user_name.is_some() && !self.no_ntlm
    }

    /// The names to ask a ticket for, one after the other until the KDC knows one. WinRM runs as the computer, whose
    /// account has them all; but HTTP may have been given to a web application, and WSMAN may be missing. CredSSP of
    /// Windows' clients names WSMAN.
    ///
    /// # Errors
    /// [`KerberosFault::Address`].
    pub(crate) fn targets(&self) -> Result<Vec<String>, KerberosFault> {
        if let Some(spn) = self.spn {
            return Ok(vec![spn.to_owned()]);
        }
        let host = self.host;
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return Err(KerberosFault::Address);
        }
        Ok(match self.port {
            Some(_) => vec![self.target_name()],
            None => self.classes().iter().map(|class| format!("{class}/{host}")).collect(),
        })
    }

    /// The service that NTLM says it means, which need not exist.
    pub(crate) fn target_name(&self) -> String {
        let ([class, ..], host) = (self.classes(), self.host);
        match (self.spn, self.port) {
            (Some(spn), _) => spn.to_owned(),
            (None, Some(port)) => format!("{class}/{host}:{port}"),
            (None, None) => format!("{class}/{host}"),
        }
    }

    fn classes(&self) -> [&'static str; 3] {
        match self.authentication {
            Authentication::Credssp => ["WSMAN", "host", "HTTP"],
            _ => ["HTTP", "host", "WSMAN"],
        }
    }

    /// Who asks for the ticket, as `user@REALM`; `None` is the user that the ticket cache is of.
    ///
    /// The realm is in a name such as `user@example.com` or `example.com\user`. A domain of one word is the realm
    /// that this computer belongs to if that begins so; any other may be the name of the server, with an account of
    /// its own. Where NTLM is no way out, what is left can only be of this computer's realm.
    ///
    /// # Errors
    /// [`KerberosFault::UserWithoutRealm`], and [`KerberosFault::NoRealm`] where this computer has none.
    pub(crate) fn principal(
        &self,
        default_realm: impl FnOnce() -> Option<String>,
    ) -> Result<Option<String>, KerberosFault> {
        let Some(user_name) = self.user_name else { return Ok(None) };
        let (user, domain) = match user_name.split_once('\\') {
            Some((domain, user)) => (user, domain),
            None => user_name.rsplit_once('@').unwrap_or((user_name, "")),
        };
        let without_realm = || KerberosFault::UserWithoutRealm { user: user_name.to_owned() };
        let realm = match domain {
            "." => return Err(without_realm()),
            "" if self.takes_ntlm() => return Err(without_realm()),
            domain if domain.contains('.') => realm(domain),
            domain if !domain.is_empty() && !user_name.contains('\\') => realm(domain),
            domain => {
                let realm = default_realm().ok_or(KerberosFault::NoRealm)?;
                let first = realm.split('.').next().unwrap_or_default();
                if self.takes_ntlm() && !first.eq_ignore_ascii_case(domain) {
                    return Err(without_realm());
                }
                realm
            }
        };
        Ok(Some(format!("{}@{realm}", escaped(user))))
    }
}

/// Realms differ by letter case, domains are not: a name in small letters means the domain, whose realm is
/// written in capitals.
fn realm(domain: &str) -> String {
    if domain.contains(char::is_uppercase) { domain.to_owned() } else { domain.to_uppercase() }
}

/// A user name as the text of a principal (RFC 1964 2.1.1): some characters would end it.
fn escaped(user: &str) -> String {
    let mut text = String::with_capacity(user.len());
    for character in user.chars() {
        if matches!(character, '\\' | '/' | '@') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests;
